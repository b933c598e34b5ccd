"""The person's own editor, for a text that is longer than a line."""

from __future__ import annotations

import os
import shlex
import subprocess
import tempfile
from pathlib import Path

from spirou_cli.cli.session import Session
from spirou_cli.domain.errors import InvalidInput, mark
from spirou_cli.domain.text import Source, clean_in

__all__ = ["edit_file", "edited"]


def edited(session: Session, text: str, *, suffix: str = ".md") -> str:
    """``text`` as the person leaves it in their editor; they see it in a private file."""
    handle, name = tempfile.mkstemp(prefix="spirou-", suffix=suffix)
    path = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(text.encode())
        edit_file(session, path)
        return clean_in(path.read_bytes(), name, source=Source.FILE).text.rstrip("\n")
    finally:
        path.unlink(missing_ok=True)


def edit_file(session: Session, path: Path) -> None:
    """Open ``path`` in the person's editor and wait for its end."""
    if not session.may_ask:
        raise InvalidInput(
            mark("There is no terminal for an editor. Nothing was saved."),
            mark("Give the text by -b TEXT or -F FILE."),
        )
    command = _command(session)
    try:
        code = subprocess.run([*command, str(path)], check=False).returncode
    except OSError as error:
        raise InvalidInput(
            mark("The editor {editor} can't be started: {error}. Nothing was saved."),
            mark("spirou config set editor nano"),
            editor=command[0],
            error=error.strerror or "",
        ) from error
    if code != 0:
        raise InvalidInput(
            mark("The editor {editor} ended with {code}. Nothing was saved."),
            mark("Give the text by -b TEXT or -F FILE."),
            editor=command[0],
            code=code,
        )


def _command(session: Session) -> list[str]:
    environment = session.environment
    named = session.settings.get("editor") or environment.get("VISUAL") or environment.get("EDITOR") or "nano"
    return shlex.split(named) or ["nano"]
