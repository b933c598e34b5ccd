"""Changing config.toml: one value at a time, its comments kept; the file is replaced whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import tomlkit
from tomlkit.exceptions import TOMLKitError

from spirou_cli.domain.errors import InvalidInput, StoreError, mark
from spirou_cli.domain.record import record
from spirou_cli.service import settings

__all__ = ["Value", "get", "listing", "read_text", "set_value", "unset", "write_text"]

_BEGINNING = "# Your preferences of Spirou. What may stand here: spirou config list\n"

_LATER = {
    "language": ("LC_ALL", "LC_MESSAGES", "LANG"),
    "zone": ("TZ",),
    "editor": ("VISUAL", "EDITOR"),
}
"""Variables of other programs that answer where neither the file nor one of ours does."""


@record
class Value:
    """One preference: what it is now, and what says so."""

    name: str
    help: str
    value: str = ""
    origin: str = ""
    """A variable, the file's path, or nothing: the default."""


def listing(path: Path, environment: Mapping[str, str]) -> list[Value]:
    """Every preference, set or not."""
    stored = settings.load(path)
    return [_found(name, path, stored, environment) for name in settings.PREFERENCES]


def get(path: Path, environment: Mapping[str, str], name: str) -> Value:
    """One preference. InvalidInput for a name that is none."""
    if name not in settings.PREFERENCES:
        settings.check(name, "")
    return _found(name, path, settings.load(path), environment)


def set_value(path: Path, name: str, value: str) -> None:
    """Keep a valid ``value`` under ``name``."""
    settings.check(name, value)
    document = _document(path)
    document[name] = value
    write_text(path, tomlkit.dumps(document))


def unset(path: Path, name: str) -> bool:
    """Take ``name`` out of the file; whether it was there."""
    if name not in settings.PREFERENCES:
        settings.check(name, "")
    document = _document(path)
    if name not in document:
        return False
    document.remove(name)
    write_text(path, tomlkit.dumps(document))
    return True


def read_text(path: Path) -> str:
    """The file as it is, or what a new one begins with."""
    try:
        return path.read_text("utf-8-sig")
    except FileNotFoundError:
        return _BEGINNING
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInput(
            mark("{path} can't be read: {error}."),
            mark("spirou config path"),
            path=str(path),
            error=str(error),
        ) from error


def write_text(path: Path, text: str) -> None:
    """Put ``text`` in the place of the file, if it is a valid one."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        with open(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        settings.load(draft)
        draft.replace(path.resolve())  # a link to a file kept elsewhere stays one
    except InvalidInput as error:
        error.fields["path"] = str(path)
        raise
    except OSError as error:
        raise StoreError(
            mark("{path} can't be written: {error}."),
            mark("spirou config path"),
            path=str(path),
            error=error.strerror or "",
        ) from error
    finally:
        draft.unlink(missing_ok=True)


def _document(path: Path) -> tomlkit.TOMLDocument:
    settings.load(path)  # names the line of what is wrong
    try:
        return tomlkit.parse(read_text(path))
    except TOMLKitError as error:
        raise InvalidInput(
            mark("{path} is not valid TOML: {error}."),
            mark("spirou config edit"),
            path=str(path),
            error=str(error),
        ) from error


def _found(name: str, path: Path, stored: Mapping[str, str], environment: Mapping[str, str]) -> Value:
    words = settings.PREFERENCES[name].help
    own = ("SPIROU_LANG",) if name == "language" else ()
    for variable in (*own, f"SPIROU_{name.upper()}"):
        if value := environment.get(variable):
            return Value(name, words, value, variable)
    if name in stored:
        return Value(name, words, stored[name], str(path))
    for variable in _LATER.get(name, ()):
        if value := environment.get(variable):
            value = value.replace(".", "_").partition("_")[0] if name == "language" else value
            return Value(name, words, value if settings.PREFERENCES[name].valid(value) else "", variable)
    return Value(name, words)
