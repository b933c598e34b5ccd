"""Counts for a prompt, marks for lists, whether there is money: apart from what loads tasks and ops."""

from __future__ import annotations

import sqlite3

__all__ = ["cost_since", "inbox_waiting", "money_told", "open_ops", "state_counts"]


def state_counts(connection: sqlite3.Connection) -> list[tuple[str, int, int]]:
    """Open tasks by state, and by whether only the person can say that they arrived."""
    rows = connection.execute(
        """
        SELECT state, held, count(*) FROM (
            SELECT state, EXISTS (
                SELECT 1 FROM op WHERE op.task_id = task.id AND op.state = 'held'
            ) AS held
            FROM task WHERE state NOT IN ('completed', 'canceled')
        ) GROUP BY state, held
        """
    )
    return [tuple(row) for row in rows]


def money_told(connection: sqlite3.Connection, kind: str = "") -> bool:
    """Whether a fact of money was ever told, of one kind or of any; one taken back since is one too."""
    told = "SELECT 1 FROM event WHERE task_id IS NULL AND ? IN ('', type) LIMIT 1"
    return connection.execute(told, (kind,)).fetchone() is not None


def cost_since(connection: sqlite3.Connection, since: int) -> bool:
    """Whether a provider told a cost of anything from an instant on (UTC milliseconds)."""
    told = "SELECT 1 FROM usage WHERE cost_minor IS NOT NULL AND used_at >= ? LIMIT 1"
    return connection.execute(told, (since,)).fetchone() is not None


def inbox_waiting(connection: sqlite3.Connection) -> int:
    """How many items of the inbox wait for a person."""
    (count,) = connection.execute(
        "SELECT count(*) FROM inbox WHERE quarantined IS NOT NULL OR unmatched IS NOT NULL"
    ).fetchone()
    return int(count)


def open_ops(connection: sqlite3.Connection) -> dict[str, list[tuple[str, str]]]:
    """Kind and state of what has not surely arrived, by task.

    Without the plus, SQLite would read all of the past in order rather than sort what is open.
    """
    rows = connection.execute(
        """
        SELECT task_id, kind, state FROM op
        WHERE state IN ('queued', 'sending', 'uncertain', 'held') ORDER BY +seq
        """
    )
    found: dict[str, list[tuple[str, str]]] = {}
    for task_id, kind, state in rows:
        found.setdefault(task_id, []).append((kind, state))
    return found
