"""The file of secrets that a person chose instead of a keyring: readable by them only, or not read."""

from __future__ import annotations

import fcntl
import os
import stat
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from spirou_cli.domain.errors import StoreError, mark

__all__ = ["SecretFile"]


class SecretFile:
    """A TOML file of 0600: a table a service, a line a secret. It is replaced as a whole or not at all."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def get(self, service: str, name: str) -> str | None:
        """The value, or None. StoreError if others could read or write the file."""
        return self._read().get(service, {}).get(name)

    def set(self, service: str, name: str, value: str) -> None:
        """Keep the value: on the disk when this returns."""
        with self._locked():
            tables = self._read()
            self._write({**tables, service: {**tables.get(service, {}), name: value}})

    def delete(self, service: str, name: str) -> None:
        """Forget the value; no error if there is none."""
        with self._locked():
            tables = self._read()
            if name in tables.get(service, {}):
                tables[service].pop(name)
                self._write({service: lines for service, lines in tables.items() if lines})

    def _read(self) -> dict[str, dict[str, str]]:
        try:
            handle = os.open(self.path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        except FileNotFoundError:
            return {}
        except OSError as error:
            raise self._unusable(error.strerror or "") from error
        info = os.fstat(handle)
        if not stat.S_ISREG(info.st_mode) or info.st_uid != os.geteuid():
            os.close(handle)
            raise self._unusable("not a file of yours")
        with open(handle, "rb") as file:
            if info.st_mode & 0o077:
                raise StoreError(
                    mark("{path} can be read by others; it was not used."),
                    mark("chmod 600 {path}   and change the keys in it at your providers"),
                    path=str(self.path),
                )
            try:
                found = tomllib.load(file)
            except (tomllib.TOMLDecodeError, UnicodeDecodeError):
                # the parser's own message quotes the line
                raise self._unusable("not TOML") from None
        return {
            service: {name: str(value) for name, value in lines.items()}
            for service, lines in found.items()
            if isinstance(lines, dict)
        }

    def _write(self, tables: dict[str, dict[str, str]]) -> None:
        import tomlkit

        document = tomlkit.document()
        document.add(tomlkit.comment("Kept by spirou. Nobody else may read this file."))
        document.update(tables)
        fresh = self.path.with_name(f".{self.path.name}.{os.getpid()}")
        try:
            handle = os.open(
                fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600
            )
            with open(handle, "w", encoding="utf-8") as file:
                file.write(tomlkit.dumps(document))
                file.flush()
                os.fsync(file.fileno())
            fresh.replace(self.path)
            _sync_folder(self.path.parent)
        except OSError as error:
            fresh.unlink(missing_ok=True)
            raise self._unusable(error.strerror or "") from error

    @contextmanager
    def _locked(self) -> Iterator[None]:
        try:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            lock = os.open(f"{self.path}.lock", os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise self._unusable(error.strerror or "") from error
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
        finally:
            os.close(lock)

    def _unusable(self, reason: str) -> StoreError:
        return StoreError(
            mark("The keys in {path} can't be used: {reason}."),
            mark("spirou doctor"),
            path=str(self.path),
            reason=reason,
        )


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
