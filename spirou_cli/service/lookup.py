"""Tasks and accounts by the names that people type."""

from __future__ import annotations

import json
import sqlite3

from spirou_cli.domain.errors import InvalidInput, NoSuchThing, mark
from spirou_cli.domain.task import Task
from spirou_cli.storage import accounts, queries
from spirou_cli.storage.accounts import Account

__all__ = ["by_id", "can", "ever_named", "find", "named"]


def find(connection: sqlite3.Connection, reference: str) -> Task:
    """The task called ``14``, ``#14``, by the provider's own reference or by its address."""
    digits = reference.removeprefix("#")
    task = None
    if digits.isascii() and digits.isdigit() and len(digits) < 10:
        task = queries.by_number(connection, int(digits))
    if task is None:
        named = queries.by_ref(connection, reference)
        if len(named) > 1:
            raise InvalidInput(
                mark("{ref} names several tasks: {numbers}."),
                mark("spirou show NUMBER"),
                ref=reference,
                numbers=", ".join(str(found.number) for found in named),
            )
        task = named[0] if named else None
    if task is None:
        raise NoSuchThing(mark("No task {ref}."), mark("spirou list"), ref=reference)
    return task


def named(connection: sqlite3.Connection, name: str) -> Account:
    """The account called ``name``. NoSuchThing lists those there are."""
    account = accounts.account(connection, name)
    if account is None:
        known = ", ".join(account.name for account in accounts.accounts(connection)) or "-"
        raise NoSuchThing(
            mark("No provider {name}. There is: {known}."),
            mark("spirou provider add"),
            name=name,
            known=known,
        )
    return account


def ever_named(connection: sqlite3.Connection, name: str) -> Account:
    """The same, also one that was removed, by the name it has since: its money stays."""
    gone = (each for each in accounts.accounts(connection, removed=True) if each.name == name)
    return next(gone, None) or named(connection, name)


def by_id(connection: sqlite3.Connection, account_id: str | None) -> Account | None:
    """The account with this id, also one that was removed."""
    return accounts.account(connection, account_id) if account_id else None


def can(account: Account, capability: str) -> bool:
    """Whether this connection declared ``capability`` when it was last checked."""
    return bool(json.loads(account.capabilities or "{}").get(capability))
