"""Where the keys of providers are kept: the system's keyring, or where the person explicitly chose.

A key goes only to the origin it was stored for. It is never an argument, an environment variable of a
child, a setting or a line of a log; see docs/explanation/security.md.
"""

from __future__ import annotations

import json
import shlex
import subprocess
from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import TypeVar

from spirou_cli.domain.errors import AuthNeeded, Field, InvalidInput, KeyringUnusable, mark
from spirou_cli.domain.record import asdict, record
from spirou_cli.service.keyrings import Keyring, KeyringFailure
from spirou_cli.service.redaction import Redactor, Secret
from spirou_cli.service.secretfile import SecretFile

__all__ = ["Keep", "Owner", "Place", "Vault", "child_environment", "clean_secret"]

VARIABLE = "SPIROU_SECRET_"
COMMAND_LIMIT_S = 60
LONGEST = 64 * 1024
T = TypeVar("T")


class Keep(StrEnum):
    """Where a key is kept."""

    KEYRING = "keyring"
    FILE = "file"
    COMMAND = "command"
    ASK = "ask"
    ENVIRONMENT = "environment"


@record
class Owner:
    """Whose key it is: the account, and the setting of its adapter that is secret."""

    kind: str
    account_id: str
    account: str
    """The account's name now, for messages and variables; it may change."""
    setting: str

    @property
    def service(self) -> str:
        return f"spirou/{self.kind}/{self.account_id}"

    @property
    def variables(self) -> tuple[str, str]:
        """The environment variables that may hold it: for this setting, and for the account's only key."""
        plain = "".join(c if c.isascii() and c.isalnum() else "_" for c in self.account).upper()
        return f"{VARIABLE}{plain}_{self.setting.upper()}", f"{VARIABLE}{plain}"


@record
class Place:
    """What the account remembers of one key: where it is kept and which origin it is for; never the key."""

    keep: Keep
    origin: str = ""
    command: str = ""

    def to_text(self) -> str:
        """The value to store in the account's settings."""
        return json.dumps({name: value for name, value in asdict(self).items() if value})

    @classmethod
    def from_text(cls, text: str) -> Place | None:
        """The place that ``to_text`` wrote; None for an empty or foreign text."""
        try:
            values = json.loads(text or "null")
            return cls(Keep(values.pop("keep")), **values)
        except (ValueError, TypeError, KeyError, AttributeError):
            return None


class Vault:
    """Keeps and finds keys, and tells the redactor each one that passes.

    ``ask`` is None where nobody can answer.
    """

    def __init__(
        self,
        *,
        keyring: Keyring,
        file: SecretFile,
        environment: Mapping[str, str],
        redactor: Redactor,
        ask: Callable[[Owner], Secret] | None = None,
    ) -> None:
        self._keyring = keyring
        self._file = file
        self._environment = environment
        self._redactor = redactor
        self._ask = ask
        self._asked: dict[Owner, Secret] = {}

    def keep(self, owner: Owner, secret: Secret, place: Place) -> None:
        """Keep the key there. The caller remembers ``place.to_text()`` in the account's settings."""
        self._redactor.register(secret)
        value = json.dumps({"origin": place.origin, "secret": secret.reveal()})
        match place.keep:
            case Keep.KEYRING:
                self._in_keyring(owner, lambda: self._keyring.set(owner.service, owner.setting, value))
            case Keep.FILE:
                self._file.set(owner.service, owner.setting, value)
            case Keep.ASK:
                self._asked[owner] = secret
            case Keep.COMMAND | Keep.ENVIRONMENT:
                return

    def find(self, owner: Owner, place: Place | None, origin: str) -> Secret:
        """The key, for use at ``origin`` only. A variable of the environment wins over what was stored.

        AuthNeeded when there is none or it is for another origin, KeyringUnusable when the keyring is shut.
        """
        stored_for, secret = self._found(owner, place)
        if secret is None:
            raise AuthNeeded(mark("There is no key for {provider}."), _LOGIN, **_fields(owner))
        self._redactor.register(secret)
        if stored_for is None:
            raise AuthNeeded(
                mark("{variable} is set, and nobody said yet that it is for {now}, where {provider} is."),
                _LOGIN_BY_VARIABLE,
                **_fields(owner),
                variable=next(name for name in owner.variables if self._environment.get(name)),
                now=origin or "-",
            )
        if stored_for != origin:
            by_variable = place is not None and place.keep is Keep.ENVIRONMENT
            raise AuthNeeded(
                mark("The key of {provider} was stored for {before}; {provider} is now at {now}."),
                _LOGIN_BY_VARIABLE if by_variable else _LOGIN,
                **_fields(owner),
                before=stored_for or "-",
                now=origin or "-",
            )
        return secret

    def forget(self, owner: Owner, place: Place | None) -> None:
        """Forget the key; no error if there is none."""
        self._asked.pop(owner, None)
        match place:
            case Place(keep=Keep.KEYRING):
                self._in_keyring(owner, lambda: self._keyring.delete(owner.service, owner.setting))
            case Place(keep=Keep.FILE):
                self._file.delete(owner.service, owner.setting)
            case _:
                return

    def _found(self, owner: Owner, place: Place | None) -> tuple[str | None, Secret | None]:
        """The origin it is for (None if nobody said yet), and the key."""
        for variable in owner.variables:
            if value := self._environment.get(variable):
                return place.origin if place else None, clean_secret(value, owner)
        match place:
            case Place(keep=Keep.KEYRING):
                return _opened(
                    self._in_keyring(owner, lambda: self._keyring.get(owner.service, owner.setting))
                )
            case Place(keep=Keep.FILE):
                return _opened(self._file.get(owner.service, owner.setting))
            case Place(keep=Keep.COMMAND):
                return place.origin, self._from_command(owner, place.command)
            case Place(keep=Keep.ASK):
                return place.origin, self._from_person(owner)
        return None, None

    def _from_person(self, owner: Owner) -> Secret:
        if owner not in self._asked:
            if self._ask is None:
                raise AuthNeeded(
                    mark("The key of {provider} is asked for each time, and nobody is there to answer."),
                    mark("export {variable}=…   or: spirou provider login {provider} --secret-store command"),
                    **_fields(owner),
                    variable=owner.variables[0],
                )
            self._asked[owner] = self._ask(owner)
        return self._asked[owner]

    def _from_command(self, owner: Owner, command: str) -> Secret:
        try:
            done = subprocess.run(
                shlex.split(command) or [""],
                stdout=subprocess.PIPE,
                env=child_environment(self._environment),
                timeout=COMMAND_LIMIT_S,
                check=False,
            )
            reason = f"exit {done.returncode}"
        except (OSError, ValueError) as error:
            done, reason = None, getattr(error, "strerror", None) or "not a command"
        except subprocess.TimeoutExpired:
            done, reason = None, f"{COMMAND_LIMIT_S} s"
        if done is None or done.returncode or len(done.stdout) > LONGEST:
            raise AuthNeeded(
                mark("The command for the key of {provider} failed ({reason}): {command}."),
                _LOGIN,
                **_fields(owner),
                reason=reason,
                command=command,
            )
        return clean_secret(done.stdout.decode("utf-8", "replace"), owner)

    def _in_keyring(self, owner: Owner, action: Callable[[], T]) -> T:
        try:
            return action()
        except KeyringFailure as failure:
            fields = {**_fields(owner), **failure.fields}
            raise KeyringUnusable(failure.message, failure.hint, **fields) from failure


def clean_secret(text: str, owner: Owner) -> Secret:
    """The key that was typed, piped or printed: without one line end, and printable ASCII only.

    The message of a refusal never quotes it.
    """
    value = text.removesuffix("\n").removesuffix("\r")
    if not value or not value.isascii() or not value.isprintable():
        raise InvalidInput(
            mark(
                "The key of {provider} is empty, has several lines, or characters other than printable ASCII."
            ),
            _LOGIN,
            **_fields(owner),
        )
    return Secret(value)


def child_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """The environment for a child process: without our secrets."""
    return {name: value for name, value in environment.items() if not name.startswith(VARIABLE)}


_LOGIN = mark("spirou provider login {provider}")
_LOGIN_BY_VARIABLE = mark("spirou provider login {provider} --secret-store environment")


def _fields(owner: Owner) -> dict[str, Field]:
    return {"provider": owner.account}


def _opened(value: str | None) -> tuple[str | None, Secret | None]:
    if value is None:
        return None, None
    try:
        kept = json.loads(value)
        return str(kept["origin"]), Secret(str(kept["secret"]))
    except (ValueError, TypeError, KeyError):
        # somebody else wrote it: no origin fits it
        return "", Secret(value)
