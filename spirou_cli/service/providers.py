"""The accounts at providers: add, test, pause, remove."""

from __future__ import annotations

import dataclasses
import json
import sqlite3
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path

from spirou_cli.adapters.base import Adapter, AdapterError, AuthRequired, Capabilities
from spirou_cli.domain.errors import (
    AuthNeeded,
    InvalidInput,
    ProviderUnreachable,
    Refused,
    SpirouError,
    mark,
)
from spirou_cli.domain.record import asdict, record, replace
from spirou_cli.service import plugins
from spirou_cli.service.context import Context
from spirou_cli.service.lookup import named
from spirou_cli.storage import accounts, outbox, queries
from spirou_cli.storage.accounts import Account
from spirou_cli.storage.log import Log

__all__ = [
    "Standing",
    "add",
    "checked",
    "first_folder",
    "listing",
    "named",
    "pause",
    "prepared",
    "remove",
    "rename",
    "save",
    "save_account",
    "standing",
    "test",
]

DEFAULT = "folder"


def prepared(
    context: Context, name: str, kind: str, settings: Mapping[str, str], *, language: str = ""
) -> Account:
    """An account to try out and then to ``save``. InvalidInput for a name that is taken or can't be used."""
    with context.read() as connection:
        usable = _free(connection, _usable(name))
    return Account(
        id=context.new_id(),
        name=usable,
        kind=kind,
        created_at=0,
        settings=settings,
        language=language,
        plugin=plugins.seal(context, kind) if kind else None,
    )


def checked(context: Context, account: Account, *, test: bool = True) -> Account:
    """The account with what its connection can do; proved by one call to the provider unless told not to."""
    act = _check if test else _capabilities
    capabilities = _asked(context, account, act, _UNTESTED)
    return replace(account, capabilities=_declared(capabilities))


def add(
    context: Context,
    name: str,
    kind: str,
    settings: Mapping[str, str],
    *,
    language: str = "",
    check: bool = True,
) -> Account:
    """Set up an account that needs no key of its own; its connection is checked first unless told not to."""
    account = prepared(context, name, kind, settings, language=language)
    return save(context, checked(context, account, test=check))


def save(context: Context, account: Account) -> Account:
    """Set up a prepared account."""
    with context.write() as log:
        return _insert(log, account)


def test(context: Context, name: str) -> tuple[Account, Capabilities]:
    """Prove that the connection works, by reading only; remembers what it can do."""
    with context.read() as connection:
        account = named(connection, name)
    hint = mark("spirou provider test {provider} --debug")
    capabilities = _asked(context, account, _check, hint)
    with context.write() as log:
        account = replace(named(log.connection, name), capabilities=_declared(capabilities))
        accounts.save_account(log.connection, account)
    return account, capabilities


def save_account(context: Context, account: Account) -> Account:
    """Save a changed account: its keys' places, its language, what it can do."""
    with context.write() as log:
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


def paying(context: Context) -> set[str]:
    """The accounts whose plan has a fee today, also those that were removed."""
    from spirou_cli.service import plans

    with context.read() as connection:
        flat = plans.flat_accounts(connection, context)
        return {each.name for each in accounts.accounts(connection, removed=True) if each.id in flat}


@record
class Standing:
    """An account and how it is: its last syncs, its open tasks, what has not surely arrived."""

    account: Account
    state: accounts.PollState
    open_tasks: int = 0
    waiting: int = 0


def listing(context: Context) -> list[Standing]:
    """The accounts in the order they were added."""
    with context.read() as connection:
        return [_standing(connection, account) for account in accounts.accounts(connection)]


def standing(context: Context, name: str) -> Standing:
    """One account and how it is."""
    with context.read() as connection:
        return _standing(connection, named(connection, name))


def _standing(connection: sqlite3.Connection, account: Account) -> Standing:
    return Standing(
        account,
        accounts.poll_state(connection, account.id),
        queries.open_count(connection, account.id),
        len(outbox.open_ops(connection, account.id)),
    )


def first_folder(context: Context, log: Log) -> Account:
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


_UNTESTED = mark("Correct what is wrong, or go on without the test: --no-test")


def _check(adapter: Adapter) -> Capabilities:
    return adapter.check()


def _capabilities(adapter: Adapter) -> Capabilities:
    return adapter.capabilities()


def _asked(
    context: Context, account: Account, what: Callable[[Adapter], Capabilities], hint: str
) -> Capabilities:
    """What its adapter answers. It may need its key to be made at all."""
    try:
        return what(context.connect(account))
    except AuthRequired as error:
        if isinstance(error.__cause__, SpirouError):  # no key was there to be accepted
            raise error.__cause__ from None
        raise AuthNeeded(
            mark("{provider} does not accept the key: {error}."),
            mark("spirou provider login {provider}"),
            provider=account.name,
            error=error.phrase,
        ) from error
    except AdapterError as error:
        raise ProviderUnreachable(
            mark("{provider} does not work: {error}."),
            hint,
            provider=account.name,
            error=error.phrase,
        ) from error


def _declared(capabilities: Capabilities) -> str:
    plain = dataclasses.asdict(dataclasses.replace(capabilities, repeat={}))
    plain["repeat"] = {str(kind): asdict(how) for kind, how in capabilities.repeat.items()}
    return json.dumps(plain, sort_keys=True)


def moment(at: int) -> datetime:
    """UTC milliseconds as an aware datetime."""
    return datetime.fromtimestamp(at / 1000, UTC)
