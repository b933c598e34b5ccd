"""Agreement to what leaves the machine, costs or can't be undone: by a flag, or by a person at a terminal."""

from __future__ import annotations

import sys

from spirou_cli.cli.session import Session
from spirou_cli.domain.errors import Field, InvalidInput, Refused, mark

__all__ = ["agreed", "answer_line"]

_YES = frozenset({"y", "yes", "o", "oui"})
_NO = frozenset({"n", "no", "non"})


def agreed(
    session: Session, question: str, /, *, command: str, default: bool = False, **fields: Field
) -> bool:
    """Whether the person says yes; Enter is ``default``.

    Refused where nobody can answer: it names ``command``, which has the answer as a flag.
    """
    words = session.words
    text = words.say(question, **fields)
    if not session.may_ask:
        raise Refused(
            mark("{question} Nobody is here to say yes; nothing was done."),
            "{command}",
            question=text,
            command=command,
        )
    choice = words.say(mark("[Y/n]") if default else mark("[y/N]"))
    while True:
        session.screen.question(f"{text} {choice}")
        typed = answer_line().strip().lower()
        if typed in _YES or typed in _NO or not typed:
            return default if not typed else typed in _YES


def answer_line() -> str:
    """A line that the person typed."""
    typed = sys.stdin.readline()
    if not typed:
        raise InvalidInput(mark("The input ended before the answer. Nothing was done."))
    return typed.rstrip("\n")
