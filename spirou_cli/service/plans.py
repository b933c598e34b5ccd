"""What an account's plan allows now, read from the log."""

from __future__ import annotations

import sqlite3

from spirou_cli.domain.fit import Limits
from spirou_cli.storage import outbox, queries
from spirou_cli.storage.accounts import Account

__all__ = ["limits", "open_places"]


def limits(connection: sqlite3.Connection, account: Account, at: int) -> Limits:
    """The limits that fit checks before anything leaves."""
    return Limits(paused=account.paused)


def open_places(connection: sqlite3.Connection, account_id: str) -> int:
    """Tasks that take a place of the plan: known to be open there, or on their way."""
    return queries.places_taken(connection, account_id) + outbox.count_submits(connection, account_id)
