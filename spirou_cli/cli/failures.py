"""Where a failure becomes words and an exit code; no traceback ever reaches a person."""

from __future__ import annotations

import os
import signal
import sys
import traceback
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from spirou_cli.cli.render.messages import Words
from spirou_cli.cli.render.screen import OutputLost, Screen, lost
from spirou_cli.cli.usage import UsageError, refusal
from spirou_cli.domain.errors import AuthNeeded, ProviderUnreachable, SpirouError, mark
from spirou_cli.service import places

if TYPE_CHECKING:
    from spirou_cli.cli.session import Session

__all__ = ["report"]


def report(error: BaseException, session: Session, arguments: Sequence[str]) -> int:
    """Tell what happened and what to do, on the stream and in the form that was asked for."""
    if isinstance(error, typer.Exit):
        return error.exit_code
    if isinstance(error, OSError) and error.filename is None and sys.stdout is not None:
        error = lost(sys.stdout, error)  # Typer writes help pages itself, past the screen
    if isinstance(error, OutputLost):
        return _output_lost(error, session)
    if isinstance(error, KeyboardInterrupt | typer.Abort):
        return 128 + signal.SIGINT
    if isinstance(error, SystemExit):
        return error.code if isinstance(error.code, int) else 1
    known = _known(error, session, arguments)
    with suppress(OutputLost):
        _tell(known, session, arguments)
    return known.exit_code


def _tell(error: SpirouError, session: Session, arguments: Sequence[str]) -> None:
    screen = _screen(session)
    if session.options.json or "--json" in arguments:
        screen.json_error(error)
        screen.flush()
    else:
        screen.error(error)


def _screen(session: Session) -> Screen:
    """The session's screen; a plain one where its own options or preferences are what failed."""
    try:
        return session.screen
    except SpirouError:
        return Screen(sys.stdout, sys.stderr, Words())


def _known(error: BaseException, session: Session, arguments: Sequence[str]) -> SpirouError:
    if isinstance(error, SpirouError):
        return error
    if isinstance(error, UsageError):
        return refusal(error, arguments)
    return _of_a_provider(error) or _unexpected(error, session)


def _of_a_provider(error: BaseException) -> SpirouError | None:
    """What an adapter said where nobody expected it to speak; None for any other error."""
    from spirou_cli.adapters.base import AdapterError, AuthRequired

    if not isinstance(error, AdapterError):
        return None
    if isinstance(error.__cause__, SpirouError):
        return error.__cause__
    said = error.phrase or type(error).__name__
    if isinstance(error, AuthRequired):
        return AuthNeeded(
            mark("A provider wants its key: {error}."), mark("spirou provider list"), error=said
        )
    return ProviderUnreachable(
        mark("A provider does not do it: {error}."), mark("spirou provider list"), error=said
    )


def _unexpected(error: BaseException, session: Session) -> SpirouError:
    """A bug: one line and a number; the trace goes to a private file with ``--debug`` only."""
    kind = type(error).__name__
    if not session.options.debug:
        return SpirouError(
            mark("Something went wrong inside Spirou ({kind}). What was saved is safe."),
            mark("To see where: the same command with --debug"),
            kind=kind,
        )
    path = _write_trace(error, session)
    return SpirouError(
        mark("Something went wrong inside Spirou ({kind}). What was saved is safe."),
        mark("The trace is in {path}; it has no secret in it, but read it before you send it."),
        kind=kind,
        path=str(path),
    )


def _write_trace(error: BaseException, session: Session) -> Path:
    folder = places.store_path(session.environment).parent
    folder.mkdir(parents=True, mode=0o700, exist_ok=True)
    path = folder / f"debug-{datetime.now(UTC):%Y%m%dT%H%M%S}-{os.getpid()}.txt"
    text = "".join(traceback.format_exception(error))
    handle = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_NOFOLLOW, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8", errors="backslashreplace") as file:
        file.write(session.context.redactor.redact(text))
    return path


def _output_lost(error: OutputLost, session: Session) -> int:
    if error.exit_code != 128 + signal.SIGPIPE:
        _screen(session).note(mark("The answer can't be written: {reason}."), reason=error.reason)
    return error.exit_code
