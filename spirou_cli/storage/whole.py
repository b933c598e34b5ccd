"""The tables that are the truth, read and written whole: what an export must hold to lose nothing.

Here, where whole tables are moved and a start-up of a tenth of a second doesn't matter, sqlite-utils serves,
wrapped around the store's own connection: its plugins stay out, and the transaction is ours.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping
from typing import Any

from sqlite_utils import Database

__all__ = ["TABLES", "add_text", "is_empty", "known_events", "load", "read", "texts", "wrapped"]

TABLES: dict[str, tuple[str, ...]] = {
    "account": (
        "id", "name", "kind", "settings", "language", "paused", "removed_at", "created_at", "capabilities",
        "plugin",
    ),
    "event": ("seq", "id", "origin", "at", "task_id", "account_id", "type", "data", "text"),
    "op": (
        "seq", "id", "task_id", "account_id", "kind", "state", "payload", "created_at", "attempts",
        "first_sent_at", "last_attempt_at", "error",
    ),
    "inbox": (
        "seq", "account_id", "item", "task_id", "raw", "received_at", "quarantined", "unmatched",
        "ref", "fact",
    ),
}  # fmt: skip
"""Their columns. Cursors and retry times are left out: they are found again."""


def wrapped(connection: sqlite3.Connection) -> Database:
    """The open store as sqlite-utils sees it. No plugin of its gets our connection."""
    return Database(connection, execute_plugins=False)


def read(connection: sqlite3.Connection, table: str) -> list[dict[str, Any]]:
    """All rows of a table, in the order they were made."""
    columns = TABLES[table]
    order = "created_at, id" if table == "account" else "seq"
    return list(wrapped(connection).table(table).rows_where(select=", ".join(columns), order_by=order))


def texts(connection: sqlite3.Connection) -> dict[str, str]:
    """Every text by its hash; a forgotten one is absent."""
    return {row[0]: row[1] for row in connection.execute("SELECT hash, body FROM text")}


def is_empty(connection: sqlite3.Connection) -> bool:
    """Whether nothing was ever saved here."""
    (count,) = connection.execute(
        "SELECT (SELECT count(*) FROM event) + (SELECT count(*) FROM account) + (SELECT count(*) FROM inbox)"
    ).fetchone()
    return not count


def known_events(connection: sqlite3.Connection, ids: Iterable[str]) -> int:
    """How many of these events are here already."""
    known = {row[0] for row in connection.execute("SELECT id FROM event")}
    return sum(each in known for each in ids)


def load(connection: sqlite3.Connection, table: str, rows: Iterable[Mapping[str, Any]]) -> None:
    """Write rows as they were read."""
    columns = TABLES[table]
    wrapped(connection).table(table).insert_all({column: row[column] for column in columns} for row in rows)


def add_text(connection: sqlite3.Connection, name: str, task_id: str, body: str) -> None:
    """Keep a text under its hash."""
    connection.execute(
        "INSERT INTO text (hash, task_id, body) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
        (name, task_id, body),
    )
