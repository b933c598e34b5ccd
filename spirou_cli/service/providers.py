"""The accounts at providers: add, choose, test, pause, remove."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path

from spirou_cli.adapters.base import Adapter, AdapterError, AuthRequired, Capabilities
from spirou_cli.domain.errors import (
    AuthNeeded,
    InvalidInput,
    ProviderUnreachable,
    Refused,
    mark,
)
from spirou_cli.service.context import Context
from spirou_cli.service.lookup import by_id, can, named
from spirou_cli.storage import accounts, outbox
from spirou_cli.storage.accounts import Account
from spirou_cli.storage.log import Log

__all__ = [
    "add",
    "by_id",
    "can",
    "choose",
    "listing",
    "named",
    "pause",
    "remove",
    "rename",
    "save_settings",
    "test",
]

DEFAULT = "folder"


def choose(context: Context, log: Log, name: str, *, needed: bool) -> tuple[Account | None, bool]:
    """The account meant: by name, else the default, else the only one, else a new folder provider."""
    if name:
        return named(log.connection, name), False
    if not needed:
        return None, False
    preferred = context.settings.get("default_provider", "")
    if preferred:
        return named(log.connection, preferred), False
    known = accounts.accounts(log.connection)
    if len(known) > 1:
        raise InvalidInput(
            mark("Several providers are set up: {known}. Say which one."),
            mark(
                'spirou add "..." --to NAME   or, once and for all: spirou config set default_provider NAME'
            ),
            known=", ".join(account.name for account in known),
        )
    if known:
        return known[0], False
    return _first_folder(context, log), True


def add(
    context: Context,
    name: str,
    kind: str,
    settings: Mapping[str, str],
    *,
    language: str = "",
    check: bool = True,
) -> Account:
    """Set up an account; its connection is checked first unless ``check`` is off."""
    account = Account(
        id=context.new_id(), name=_usable(name), kind=kind, created_at=0, settings=settings, language=language
    )
    adapter = context.connect(account)
    capabilities = _checked(account, adapter) if check else adapter.capabilities()
    with context.write() as log:
        return _insert(log, replace(account, capabilities=_declared(capabilities)))


def test(context: Context, name: str) -> tuple[Account, Capabilities]:
    """Prove that the connection works, by reading only; remembers what it can do."""
    with context.read() as connection:
        account = named(connection, name)
    capabilities = _checked(account, context.connect(account))
    with context.write() as log:
        account = replace(named(log.connection, name), capabilities=_declared(capabilities))
        accounts.save_account(log.connection, account)
    return account, capabilities


def save_settings(context: Context, name: str, changes: Mapping[str, str | None]) -> Account:
    """Change settings of an account; None removes one. It is tested again by the caller."""
    with context.write() as log:
        account = named(log.connection, name)
        kept = {k: v for k, v in (dict(account.settings) | dict(changes)).items() if v is not None}
        account = replace(account, settings=kept)
        accounts.save_account(log.connection, account)
        return account


def pause(context: Context, name: str, *, paused: bool) -> Account:
    """Stop or resume sending to an account; news is still fetched."""
    with context.write() as log:
        account = replace(named(log.connection, name), paused=paused)
        accounts.save_account(log.connection, account)
        return account


def rename(context: Context, name: str, new_name: str) -> Account:
    with context.write() as log:
        account = replace(named(log.connection, name), name=_free(log.connection, _usable(new_name)))
        accounts.save_account(log.connection, account)
        return account


def remove(context: Context, name: str) -> Account:
    """Forget how to reach a provider. Its tasks, time and bills stay; open ops are a reason to refuse."""
    with context.write() as log:
        account = named(log.connection, name)
        waiting = outbox.open_ops(log.connection, account.id)
        if waiting:
            raise Refused(
                mark("{provider} still has {count} items waiting to leave or to be settled."),
                mark("spirou outbox list"),
                provider=name,
                count=len(waiting),
            )
        gone = replace(account, removed_at=log.at, name=f"{account.name} ({account.id[-4:]})")
        accounts.save_account(log.connection, gone)
        return account


def listing(context: Context) -> list[tuple[Account, accounts.PollState]]:
    """The accounts and how their last syncs went."""
    with context.read() as connection:
        states = accounts.poll_states(connection)
        return [
            (account, states.get(account.id, accounts.PollState(account.id)))
            for account in accounts.accounts(connection)
        ]


def _first_folder(context: Context, log: Log) -> Account:
    """The provider that needs no account, so that a newcomer finishes a round at once."""
    path = context.environment.get("SPIROU_FOLDER") or str(Path.home() / "Spirou")
    account = Account(id=log.new_id(), name=DEFAULT, kind="folder", created_at=0, settings={"path": path})
    capabilities = context.connect(account).capabilities()
    return _insert(log, replace(account, capabilities=_declared(capabilities)))


def _insert(log: Log, account: Account) -> Account:
    account = replace(account, created_at=log.at, name=_free(log.connection, account.name))
    accounts.add_account(log.connection, account)
    return account


def _free(connection: sqlite3.Connection, name: str) -> str:
    if accounts.account(connection, name) is not None:
        raise InvalidInput(
            mark("There is a provider {name} already."), mark("spirou provider edit {name}"), name=name
        )
    return name


def _usable(name: str) -> str:
    """A name that can be typed, shown in a column and never taken for an option or a path."""
    if not name or len(name) > 32 or name[0] in "-." or not all(c.isalnum() or c in "-_." for c in name):
        raise InvalidInput(
            mark("A provider's name is up to 32 letters, digits, '-', '_' or '.', not {name}."),
            mark("spirou provider add julie --kind email"),
            name=name,
        )
    return name


def _checked(account: Account, adapter: Adapter) -> Capabilities:
    try:
        return adapter.check()
    except AuthRequired as error:
        raise AuthNeeded(
            mark("{provider} does not accept the key: {error}."),
            mark("spirou provider login {provider}"),
            provider=account.name,
            error=str(error),
        ) from error
    except AdapterError as error:
        raise ProviderUnreachable(
            mark("{provider} does not work: {error}."),
            mark("spirou provider test {provider} --debug"),
            provider=account.name,
            error=str(error),
        ) from error


def _declared(capabilities: Capabilities) -> str:
    plain = asdict(replace(capabilities, repeat={}))
    plain["repeat"] = {str(kind): asdict(how) for kind, how in capabilities.repeat.items()}
    return json.dumps(plain, sort_keys=True)


def moment(at: int) -> datetime:
    """UTC milliseconds as an aware datetime."""
    return datetime.fromtimestamp(at / 1000, UTC)
