"""The keyring of the system, chosen by us from a list, asked within a time limit.

``keyring.get_keyring()`` is never called: it follows a variable and a file that can name any class, and where
no system keyring answers it takes ``keyrings.alt``, which keeps keys in clear, without a word.
"""

from __future__ import annotations

import configparser
import importlib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from threading import Thread
from typing import Protocol, TypeVar

from spirou_cli.domain.errors import Field, mark

__all__ = [
    "ALLOWED",
    "Backend",
    "Keyring",
    "KeyringFailure",
    "configured_backend",
    "system_backends",
    "system_keyring",
]

ALLOWED = (
    "keyring.backends.macOS.Keyring",
    "keyring.backends.SecretService.Keyring",
    "keyring.backends.kwallet.DBusKeyring",
    "keyring.backends.kwallet.DBusKeyringKWallet4",
    "keyring.backends.libsecret.Keyring",
    "keyring.backends.Windows.WinVaultKeyring",
)
LIMIT_S = 5.0
T = TypeVar("T")


ELSEWHERE = mark("spirou provider login {provider} --secret-store file|command|ask")
UNLOCK = mark("Log in to the desktop to unlock it, or: spirou provider login {provider} --secret-store file")


class KeyringFailure(Exception):
    """Why the keyring can't be used, and what to type; ``provider`` in the hint is the caller's to fill."""

    def __init__(self, message: str, hint: str, **fields: Field) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.fields = fields


class Backend(Protocol):
    """The three methods we use of ``keyring.backend.KeyringBackend``."""

    def get_password(self, service: str, username: str) -> str | None: ...

    def set_password(self, service: str, username: str, password: str) -> None: ...

    def delete_password(self, service: str, username: str) -> None: ...


class Keyring:
    """The person's keyring. Whatever goes wrong is a KeyringFailure that says what to do.

    ``backends`` finds those that answer, best first; it is called at the first use, inside the limit.
    """

    def __init__(
        self, backends: Callable[[], Sequence[Backend]], *, refused: str = "", limit_s: float = LIMIT_S
    ) -> None:
        self._find = backends
        self._found: Sequence[Backend] | None = None
        self._refused = refused
        self._limit_s = limit_s

    def name(self) -> str:
        """The class in use, for ``doctor``."""
        kind = type(self._ask(lambda found: found[0]))
        return f"{kind.__module__}.{kind.__qualname__}"

    def get(self, service: str, user: str) -> str | None:
        """The value, from whichever backend has it; None if none has."""

        def first(found: Sequence[Backend]) -> str | None:
            values = (backend.get_password(service, user) for backend in found)
            return next((value for value in values if value is not None), None)

        return self._ask(first)

    def set(self, service: str, user: str, value: str) -> None:
        """Keep the value, and read it back: a keyring that only says so isn't one."""

        def write_and_read(found: Sequence[Backend]) -> str | None:
            found[0].set_password(service, user, value)
            return found[0].get_password(service, user)

        if self._ask(write_and_read) != value:
            raise KeyringFailure(
                mark("The keyring says that it kept the key, and doesn't give it back."), ELSEWHERE
            )

    def delete(self, service: str, user: str) -> None:
        """Forget the value wherever it is; no error if there is none."""

        def everywhere(found: Sequence[Backend]) -> None:
            for backend in found:
                if backend.get_password(service, user) is not None:
                    backend.delete_password(service, user)

        self._ask(everywhere)

    def _ask(self, question: Callable[[Sequence[Backend]], T]) -> T:
        if self._refused:
            raise KeyringFailure(
                mark("{backend} is set as the keyring, and is none of the system's: it is not used."),
                mark("unset PYTHON_KEYRING_BACKEND   or: spirou config set keyring_backend {backend}"),
                backend=self._refused,
            )
        return _within(self._limit_s, lambda: question(self._backends()))

    def _backends(self) -> Sequence[Backend]:
        if not self._found:
            self._found = self._find()
        if not self._found:
            raise KeyringFailure(mark("No system keyring here (headless machine)."), ELSEWHERE)
        return self._found


def system_keyring(environment: Mapping[str, str], chosen: str = "", limit_s: float = LIMIT_S) -> Keyring:
    """The keyring to use; ``chosen`` is the person's own ``keyring_backend``, which may be any class.

    A class named by Python's keyring settings that isn't allowed is refused, not passed over: whoever set
    it meant that the system's keyring should not be used.
    """
    named = chosen or configured_backend(environment)
    if named and not chosen and named not in ALLOWED:
        return Keyring(tuple, refused=named, limit_s=limit_s)
    return Keyring(lambda: system_backends((named,) if named else ALLOWED), limit_s=limit_s)


def configured_backend(environment: Mapping[str, str]) -> str:
    """The class that Python's keyring library is told to use, or nothing."""
    named = environment.get("PYTHON_KEYRING_BACKEND", "")
    if named:
        return named
    home = environment.get("XDG_CONFIG_HOME") or str(Path(environment.get("HOME", "/")) / ".config")
    config = configparser.RawConfigParser()
    try:
        config.read(Path(home) / "python_keyring" / "keyringrc.cfg", encoding="utf-8")
        return config.get("backend", "default-keyring", fallback="").strip()
    except (configparser.Error, OSError, UnicodeError):
        return "keyringrc.cfg"


def system_backends(names: Sequence[str] = ALLOWED) -> Sequence[Backend]:
    """Those of the named classes that work here, best first, made by us."""
    working: list[tuple[float, Backend]] = []
    for name in names:
        module, _, kind = name.rpartition(".")
        try:
            # importing keyring costs 100 ms, looking for a backend as much again
            backend = getattr(importlib.import_module(module), kind)
            working.append((float(backend.priority), backend()))
        except Exception:  # noqa: S112 - not on this system: each backend says so in its own way
            continue
    return [backend for _, backend in sorted(working, key=lambda pair: -pair[0])]


def _within(limit_s: float, action: Callable[[], T]) -> T:
    """What ``action`` returns; KeyringFailure for its errors, and for none of it in time.

    A keyring that hangs can't be interrupted: its thread is left behind and ends with the program.
    """
    results: list[T] = []
    errors: list[Exception] = []

    def run() -> None:
        try:
            results.append(action())
        except Exception as error:  # backends raise the errors of their own libraries
            errors.append(error)

    thread = Thread(target=run, daemon=True)
    thread.start()
    thread.join(limit_s)
    if results:
        return results[0]
    if errors:
        raise _named(errors[0]) from None
    raise KeyringFailure(
        mark("The keyring has not answered for {seconds} s."), ELSEWHERE, seconds=round(limit_s)
    )


def _named(error: Exception) -> KeyringFailure:
    """One sentence for what a backend raised. Its own text isn't shown: it may quote the value."""
    if isinstance(error, KeyringFailure):
        return error
    # the classes of secretstorage and keyring, by name: neither need be installed
    names = {kind.__name__ for cause in (error, error.__cause__) if cause for kind in type(cause).__mro__}
    if names & {"PromptDismissedException", "InitError"}:
        return KeyringFailure(
            mark("The keyring asked for its password, and the question was closed or could not be shown."),
            UNLOCK,
        )
    if names & {"KeyringLocked", "LockedException"}:
        return KeyringFailure(mark("The keyring is locked."), UNLOCK)
    return KeyringFailure(mark("The keyring failed ({error})."), ELSEWHERE, error=type(error).__name__)
