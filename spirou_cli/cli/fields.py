"""The fields of a brief as options give them, the same for add, edit and templates."""

from __future__ import annotations

from typing import Literal, cast

from spirou_cli.cli import arguments
from spirou_cli.cli.session import Session
from spirou_cli.domain.errors import InvalidInput, mark

__all__ = ["body", "due", "language", "priority"]


def body(session: Session, typed: str, source: str, *, edit: bool, before: str = "") -> str:
    """A text typed, in a file, or written in the editor, which starts from the text ``before``."""
    if typed and source:
        raise InvalidInput(mark("-b and -F are two ways to say the same."), mark("spirou add … -b TEXT"))
    text = arguments.text_from(source, "-F") if source else arguments.text_argument(typed, "--body")
    if not edit:
        return text
    from spirou_cli.cli.editor import edited

    return edited(session, text or before)


def due(session: Session, typed: str) -> tuple[int | None, bool]:
    """A date typed, and whether any time of that day will do; none for ""."""
    return arguments.day(session, arguments.text_argument(typed, "--due")) if typed else (None, True)


def priority(word: str) -> Literal["low", "normal", "high"]:
    """A priority, checked."""
    if word not in ("low", "normal", "high"):
        raise InvalidInput(
            mark("There is no priority {word}; there is low, normal and high."),
            mark("spirou add … --priority high"),
            word=word,
        )
    return cast("Literal['low', 'normal', 'high']", word)


def language(word: str) -> str:
    """The language of a brief, checked; "" for the provider's own."""
    if word not in ("", "en", "fr"):
        raise InvalidInput(
            mark("Briefs are written in en or fr, not in {word}."),
            mark("spirou add … --brief-lang fr"),
            word=word,
        )
    return word
