"""Answers that are kept until what they were made of changes: thrown away freely, never a second truth."""

from __future__ import annotations

import sqlite3
from contextlib import suppress
from pathlib import Path

from spirou_cli.domain.errors import SpirouError
from spirou_cli.storage.store import Store

__all__ = ["keep", "money_changes", "recall"]


def money_changes(connection: sqlite3.Connection) -> int:
    """How often anything changed that the sums of a month are made of, as the store's triggers count it."""
    return int(connection.execute("SELECT money FROM tally").fetchone()[0])


def recall(connection: sqlite3.Connection, name: str, made_of: str) -> str | None:
    """What was kept under ``name``, if it was made of exactly this."""
    row = connection.execute(
        "SELECT value FROM kept WHERE name = ? AND made_of = ?", (name, made_of)
    ).fetchone()
    return None if row is None else str(row[0])


def keep(path: Path, name: str, made_of: str, value: str) -> None:
    """Keep an answer where that is possible at once: a store that is busy or read-only goes without.

    What changed since it was made can't make it wrong: it is only found by what it was made of.
    """
    with suppress(SpirouError, sqlite3.Error, OSError), Store.open(path) as store:
        store.connection.execute("PRAGMA busy_timeout = 0")
        with store.write() as connection:
            connection.execute("REPLACE INTO kept VALUES (?, ?, ?)", (name, made_of, value))
