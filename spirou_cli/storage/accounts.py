"""Accounts at providers, their cursors, and the raw items they sent."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from typing import NamedTuple, cast

from spirou_cli.domain.record import field, record
from spirou_cli.storage import codec

__all__ = [
    "Account",
    "InboxItem",
    "KnownItem",
    "PollState",
    "Stray",
    "account",
    "accounts",
    "add_account",
    "inbox_items",
    "keep_item",
    "known_item",
    "poll_state",
    "poll_states",
    "record_failure",
    "record_poll",
    "save_account",
    "settle_item",
    "told_of",
]


@record
class Account:
    """A provider as the person named it, and how to reach it. No secret is in ``settings``."""

    id: str
    name: str
    kind: str
    created_at: int
    settings: Mapping[str, str] = field(default_factory=dict)
    language: str = ""
    paused: bool = False
    removed_at: int | None = None
    capabilities: str | None = None
    """What the last ``check`` declared, as JSON; None before the first."""
    plugin: str | None = None
    """Distribution, version and hash of a plugin when it was first used."""


class PollState(NamedTuple):
    """How the last syncs with an account went."""

    account_id: str
    cursor: str | None = None
    polled_at: int | None = None
    ok_at: int | None = None
    error: str = ""
    error_code: str = ""
    failing_since: int | None = None


@record
class Stray:
    """What was sent about no known task. ``reason``: a stable code, ``no_open_task``, ``forged`` …"""

    text: str
    sender: str = ""
    subject: str = ""
    reason: str = ""


class InboxItem(NamedTuple):
    """Something a provider sent that needs a person: unreadable, or of no known task."""

    seq: int
    account_id: str
    item: str
    received_at: int
    quarantined: str | None
    unmatched: Stray | None
    raw: bytes | None


class KnownItem(NamedTuple):
    """What an item that was kept is compared with when its key comes again; None where nothing is known."""

    ref: str | None
    said: str | None
    raw: bytes | None


def accounts(connection: sqlite3.Connection, *, removed: bool = False) -> list[Account]:
    """The accounts in the order they were added."""
    where = "" if removed else "WHERE removed_at IS NULL"
    rows = connection.execute(f"SELECT * FROM account {where} ORDER BY created_at, id")
    return [_account(row) for row in rows]


def account(connection: sqlite3.Connection, name: str) -> Account | None:
    """The account with this name, or this id."""
    row = connection.execute(
        "SELECT * FROM account WHERE (name = ?1 AND removed_at IS NULL) OR id = ?1", (name,)
    ).fetchone()
    return _account(row) if row else None


def add_account(connection: sqlite3.Connection, account: Account) -> None:
    connection.execute(
        """
        INSERT INTO account (id, name, kind, created_at, settings, language, paused, removed_at,
            capabilities, plugin)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """,
        _values(account),
    )


def save_account(connection: sqlite3.Connection, account: Account) -> None:
    connection.execute(
        """
        UPDATE account
        SET name = ?2, kind = ?3, created_at = ?4, settings = ?5, language = ?6, paused = ?7,
            removed_at = ?8, capabilities = ?9, plugin = ?10
        WHERE id = ?1
        """,
        _values(account),
    )


def poll_state(connection: sqlite3.Connection, account_id: str) -> PollState:
    row = connection.execute("SELECT * FROM cursor WHERE account_id = ?", (account_id,)).fetchone()
    return PollState(**dict(row)) if row else PollState(account_id)


def poll_states(connection: sqlite3.Connection) -> dict[str, PollState]:
    rows = connection.execute("SELECT * FROM cursor")
    return {row["account_id"]: PollState(**dict(row)) for row in rows}


def record_poll(connection: sqlite3.Connection, account_id: str, cursor: str | None, at: int) -> None:
    """A page was read whole: the cursor moves in the transaction that stores its reports."""
    connection.execute(
        """
        INSERT INTO cursor (account_id, cursor, polled_at, ok_at) VALUES (?1, ?2, ?3, ?3)
        ON CONFLICT (account_id) DO UPDATE SET
            cursor = ?2, polled_at = ?3, ok_at = ?3, error = '', error_code = '', failing_since = NULL
        """,
        (account_id, cursor, at),
    )


def record_failure(connection: sqlite3.Connection, account_id: str, error: str, code: str, at: int) -> None:
    """A page could not be read: the cursor stays."""
    connection.execute(
        """
        INSERT INTO cursor (account_id, polled_at, error, error_code, failing_since)
        VALUES (?1, ?2, ?3, ?4, ?2)
        ON CONFLICT (account_id) DO UPDATE SET
            polled_at = ?2, error = ?3, error_code = ?4, failing_since = coalesce(failing_since, ?2)
        """,
        (account_id, at, error, code),
    )


def keep_item(
    connection: sqlite3.Connection,
    *,
    account_id: str,
    item: str,
    at: int,
    task_id: str | None = None,
    raw: bytes | None = None,
    quarantined: str | None = None,
    unmatched: Stray | None = None,
    ref: str | None = None,
    fact: str | None = None,
    said: str | None = None,
) -> int | None:
    """Keep a provider's item; its number, or None if it was there already: then nothing is to be done.

    ``ref`` is the task that the item named, ``said`` a hash of what it said; ``fact`` what an unmatched one
    would have said of its task.
    """
    cursor = connection.execute(
        """
        INSERT INTO inbox (account_id, item, task_id, raw, received_at, quarantined, unmatched, ref, fact,
            said)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (account_id, item) DO NOTHING
        """,
        (
            account_id,
            item,
            task_id,
            raw,
            at,
            quarantined,
            codec.to_json(unmatched) if unmatched else None,
            ref,
            fact,
            said,
        ),
    )
    return cursor.lastrowid if cursor.rowcount == 1 else None


def known_item(connection: sqlite3.Connection, account_id: str, item: str) -> KnownItem | None:
    """The item with this key, if it was kept."""
    row = connection.execute(
        "SELECT ref, said, raw FROM inbox WHERE account_id = ? AND item = ?", (account_id, item)
    ).fetchone()
    return KnownItem(*row) if row else None


def inbox_items(connection: sqlite3.Connection) -> list[InboxItem]:
    """What waits for a person in the inbox."""
    rows = connection.execute(
        """
        SELECT seq, account_id, item, received_at, quarantined, unmatched, raw FROM inbox
        WHERE quarantined IS NOT NULL OR unmatched IS NOT NULL ORDER BY seq
        """
    )
    return [InboxItem(**{**dict(row), "unmatched": _stray(row["unmatched"])}) for row in rows]


def told_of(connection: sqlite3.Connection, account_id: str, ref: str) -> list[tuple[int, str]]:
    """Number and fact of what came about ``ref`` before anybody here knew whose it is, in order."""
    rows = connection.execute(
        """
        SELECT seq, fact FROM inbox
        WHERE account_id = ? AND ref = ? AND unmatched IS NOT NULL AND fact IS NOT NULL ORDER BY seq
        """,
        (account_id, ref),
    )
    return [(row[0], row[1]) for row in rows]


def settle_item(connection: sqlite3.Connection, seq: int, task_id: str | None) -> None:
    """The person linked the item to a task, or dropped it; the raw item stays."""
    connection.execute(
        "UPDATE inbox SET quarantined = NULL, unmatched = NULL, fact = NULL, task_id = ? WHERE seq = ?",
        (task_id, seq),
    )


def _stray(text: str | None) -> Stray | None:
    return None if text is None else cast(Stray, codec.decode(Stray, json.loads(text)))


def _account(row: sqlite3.Row) -> Account:
    values = dict(row)
    return Account(**values | {"settings": json.loads(row["settings"]), "paused": bool(row["paused"])})


def _values(account: Account) -> tuple[object, ...]:
    return (
        account.id,
        account.name,
        account.kind,
        account.created_at,
        json.dumps(dict(account.settings), sort_keys=True),
        account.language,
        int(account.paused),
        account.removed_at,
        account.capabilities,
        account.plugin,
    )
