"""Everything that can be refused or go wrong, with its exit code; words are translated in cli/render."""

from __future__ import annotations

from typing import ClassVar

Field = str | int

__all__ = [
    "AuthNeeded",
    "Busy",
    "Field",
    "InvalidInput",
    "KeyringUnusable",
    "NoSuchThing",
    "PluginFailed",
    "ProviderUnreachable",
    "Refused",
    "SpirouError",
    "StoreError",
    "Syncing",
    "TimedOut",
    "mark",
]


def mark(text: str) -> str:
    """Mark a message for translation where it is written; it is translated where it is shown."""
    return text


class SpirouError(Exception):
    """An expected failure: what happened, and what to type next.

    ``message`` and ``hint`` are templates with ``{named}`` fields; ``fields`` are data and never
    translated. ``code`` is the stable word of ``--json``. Exit codes: docs/reference/exit-codes.md.
    """

    exit_code: ClassVar[int] = 1
    code: ClassVar[str] = "ERROR"

    def __init__(self, message: str, hint: str = "", **fields: Field) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.fields = fields

    def __str__(self) -> str:
        return self.message.format_map(self.fields)


class InvalidInput(SpirouError):
    """What was typed can't be used; nothing was saved."""

    exit_code = 2
    code = "INVALID_INPUT"


class PluginFailed(SpirouError):
    """A plugin can't be used; everything else can."""

    code = "PLUGIN_FAILED"


class ProviderUnreachable(SpirouError):
    """A provider could not be reached; what was asked is saved and not sent."""

    exit_code = 3
    code = "UNREACHABLE"


class AuthNeeded(SpirouError):
    """A provider wants its key first."""

    exit_code = 4
    code = "AUTH_REQUIRED"


class KeyringUnusable(AuthNeeded):
    """There is no keyring to keep a key in, or it doesn't open; the key can be kept elsewhere."""

    code = "KEYRING"


class TimedOut(SpirouError):
    """``wait`` ran out of time; nothing failed."""

    exit_code = 5
    code = "TIMED_OUT"


class NoSuchThing(SpirouError):
    """No such task, provider or plan."""

    exit_code = 6
    code = "NOT_FOUND"


class Refused(SpirouError):
    """Refused before sending: a budget, a rule of the provider, a missing approval. The task is kept."""

    exit_code = 7
    code = "REFUSED"


class StoreError(SpirouError):
    """The local store or the disk (EX_IOERR of sysexits.h)."""

    exit_code = 74
    code = "STORE"


class Busy(SpirouError):
    """Another spirou is syncing or writing (EX_TEMPFAIL of sysexits.h)."""

    exit_code = 75
    code = "BUSY"


class Syncing(Busy):
    """Another spirou is syncing: what was saved leaves with it."""
