"""Keys as they are given: typed unseen, piped, from a file or by a command; never an argument."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

from spirou_cli.adapters.base import Setting
from spirou_cli.cli.session import Session
from spirou_cli.domain.errors import InvalidInput, KeyringUnusable, mark
from spirou_cli.service import setup
from spirou_cli.service.connect import owner_of
from spirou_cli.service.redaction import Secret
from spirou_cli.service.secrets import LONGEST, Keep, Owner, clean_secret
from spirou_cli.service.setup import Key
from spirou_cli.storage.accounts import Account

__all__ = ["given", "kept", "place_of", "read"]


def given(name: str, *, stdin: str, file: tuple[str, str], command: tuple[str, str]) -> dict[str, Key]:
    """The keys that the flags of ``provider add`` give, by setting."""
    keys = {command[0]: Key(command=command[1])} if command[0] else {}
    if file[0]:
        keys[file[0]] = Key(_from_file(name, file[0], file[1]))
    if stdin:
        keys[stdin] = Key(_from_stdin(name, stdin))
    return keys


def place_of(word: str, *, command_flag: bool = False) -> Keep | None:
    """``--secret-store`` as a place; None where it wasn't said. ``command_flag``: a command has its own."""
    if not word:
        return None
    if word not in {place.value for place in Keep}:
        raise InvalidInput(
            mark("Keys are kept in: keyring, file, command, ask or environment; not in {word}."),
            mark("--secret-store file"),
            word=word,
        )
    if word == Keep.COMMAND and command_flag:
        raise InvalidInput(
            mark("Which command prints the key? Nothing was saved."), mark('--secret-command KEY "pass …"')
        )
    return Keep(word)


def read(
    session: Session,
    account: Account,
    setting: Setting,
    *,
    stdin: bool,
    file: str,
    command: str,
    store: str,
) -> tuple[Key, Keep | None]:
    """The key that ``provider login`` is given, and where it is to be kept if that was said."""
    keep = place_of(store)
    if command or keep is Keep.COMMAND:
        return Key(command=command or _ask_command(session, account)), None
    if file:
        return Key(_from_file(account.name, setting.name, file)), keep
    if stdin:
        return Key(_from_stdin(account.name, setting.name)), keep
    if keep is Keep.ENVIRONMENT:
        return _from_variable(session, account, setting), keep
    if not session.may_ask:
        raise InvalidInput(
            mark("There is nobody to ask for the key of {name}."),
            mark('spirou provider login {name} --secret-stdin   or --secret-command "pass …"'),
            name=account.name,
        )
    from spirou_cli.cli.wizard import read_key

    return read_key(session, account, setting), keep


def kept(
    session: Session, account: Account, keys: Mapping[str, Key], keep: Keep | None
) -> tuple[Account, Keep, Mapping[str, Key]]:
    """Keep the keys where it was said, else in the keyring, else where the person then chooses.

    The account to save, the place, and the keys as they are had from now on.
    """
    try:
        account = setup.keep_keys(session.context, account, keys, keep or Keep.KEYRING)
        return account, keep or Keep.KEYRING, keys
    except KeyringUnusable as error:
        if keep is not None or not session.may_ask:
            raise
        from spirou_cli.cli.wizard import choose_keep

        chosen, command = choose_keep(session, account, error)
        if chosen is Keep.COMMAND:
            keys = dict.fromkeys(keys, Key(command=command))
        return setup.keep_keys(session.context, account, keys, chosen), chosen, keys


def _ask_command(session: Session, account: Account) -> str:
    if not session.may_ask:
        raise InvalidInput(
            mark("Which command prints the key of {name}?"),
            mark('spirou provider login {name} --secret-command "pass …"'),
            name=account.name,
        )
    from spirou_cli.cli.wizard import ask_command

    return ask_command(session)


def _from_variable(session: Session, account: Account, setting: Setting) -> Key:
    """A key that stays in its variable, which is meant for the server of ``account`` from now on."""
    variables = owner_of(account, setting.name).variables
    if not any(session.environment.get(variable) for variable in variables):
        raise InvalidInput(
            mark("{variable} is not set."),
            mark("export {variable}=…   or: spirou provider login {name}"),
            variable=variables[0],
            name=account.name,
        )
    return Key()


def _from_stdin(name: str, setting: str) -> Secret:
    data = sys.stdin.buffer.read(LONGEST + 1) if sys.stdin is not None else b""
    return clean_secret(data[:LONGEST].decode("utf-8", "replace"), _owner(name, setting))


def _from_file(name: str, setting: str, path: str) -> Secret:
    try:
        with Path(path).open("rb") as file:
            data = file.read(LONGEST)
    except OSError as error:
        raise InvalidInput(
            mark("{path} can't be read: {error}. Nothing was saved."),
            mark("Check the name after {name}."),
            path=path,
            error=error.strerror or "",
            name="--secret-file",
        ) from error
    return clean_secret(data.decode("utf-8", "replace"), _owner(name, setting))


def _owner(name: str, setting: str) -> Owner:
    return owner_of(Account(id="", name=name, kind="", created_at=0), setting)
