"""Words of a language: every message passes here, with outside text made safe inside it."""

from __future__ import annotations

import gettext
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path

from spirou_cli.domain.errors import Field, InvalidInput, SpirouError, mark
from spirou_cli.domain.states import TaskState
from spirou_cli.domain.text import safe_line

__all__ = ["LANGUAGES", "Words", "choose_language"]

LANGUAGES = ("en", "fr")

_LOCALE = Path(__file__).parents[2] / "locale"


_STATES = {
    TaskState.DRAFT: mark("draft"),
    TaskState.AWAITING_APPROVAL: mark("to approve"),
    TaskState.QUEUED: mark("queued"),
    TaskState.UNCONFIRMED: mark("not sure it arrived"),
    TaskState.SUBMITTED: mark("sent"),
    TaskState.WORKING: mark("working"),
    TaskState.INPUT_REQUIRED: mark("needs you"),
    TaskState.AUTH_REQUIRED: mark("needs you"),
    TaskState.PAUSED: mark("paused"),
    TaskState.DELIVERED: mark("to review"),
    TaskState.COMPLETED: mark("done"),
    TaskState.REJECTED: mark("refused"),
    TaskState.FAILED: mark("failed"),
    TaskState.EXPIRED: mark("failed"),
    TaskState.CANCELED: mark("canceled"),
}


def choose_language(option: str | None, environ: Mapping[str, str]) -> str:
    """The language asked for, else the environment's, else English.

    The first variable that is set decides, as POSIX has it. InvalidInput for an option that isn't
    one of LANGUAGES; the environment may name any language, and gets English.
    """
    if option is not None:
        if _code(option) not in LANGUAGES:
            raise InvalidInput(
                "Spirou doesn't speak “{language}”.",
                "Languages: {languages}.",
                language=option,
                languages=", ".join(LANGUAGES),
            )
        return _code(option)
    for name in ("SPIROU_LANG", "LC_ALL", "LC_MESSAGES", "LANG"):
        if value := environ.get(name):
            return _code(value) if _code(value) in LANGUAGES else "en"
    return "en"


def _code(locale: str) -> str:
    return locale.replace("-", "_").partition("_")[0].partition(".")[0].lower()


class Words:
    """The messages of one language. English is what the code says; others come from a catalogue."""

    def __init__(self, language: str = "en") -> None:
        self.language = language
        self._catalogue = _catalogue(language)

    def say(self, message: str, /, **fields: Field) -> str:
        """``message`` in this language with its ``{fields}`` filled in, each made a safe line."""
        return self._catalogue.gettext(message).format_map(_safe(fields)) if message else ""

    def known(self, text: str) -> str:
        """``text`` that a plugin wrote, translated if the catalogue has it: data, so never a template."""
        return safe_line(self._catalogue.gettext(text)) if text else ""

    def plural(self, one: str, many: str, n: int, /, **fields: Field) -> str:
        """``one`` or ``many`` as this language counts ``n``, which fills ``{n}``."""
        return self._catalogue.ngettext(one, many, n).format_map(_safe({"n": n, **fields}))

    def error(self, error: SpirouError) -> tuple[str, str]:
        """What happened, and what to do ("" if there is nothing to do)."""
        fields = {
            name: self.state(field) if isinstance(field, TaskState) else field
            for name, field in error.fields.items()
        }
        return self.say(error.message, **fields), self.say(error.hint, **fields)

    def state(self, state: TaskState) -> str:
        """The word of a state."""
        return self.say(_STATES[state])


def _safe(fields: Mapping[str, Field]) -> dict[str, Field]:
    return {name: safe_line(value) if isinstance(value, str) else value for name, value in fields.items()}


def _catalogue(language: str) -> gettext.NullTranslations:
    if language == "en":
        return gettext.NullTranslations()
    compiled = _LOCALE / language / "LC_MESSAGES" / "spirou.mo"
    source = compiled.with_suffix(".po")
    # The wheel has only the compiled one; a source tree may have none, or an old one.
    if source.exists() and (not compiled.exists() or compiled.stat().st_mtime < source.stat().st_mtime):
        return _compiled(source)
    with compiled.open("rb") as file:
        return gettext.GNUTranslations(file)


def _compiled(source: Path) -> gettext.GNUTranslations:
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    machine = BytesIO()
    with source.open("rb") as file:
        write_mo(machine, read_po(file))
    machine.seek(0)
    return gettext.GNUTranslations(machine)
