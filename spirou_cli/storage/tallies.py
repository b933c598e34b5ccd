"""Counts for a shell prompt, apart from what loads tasks."""

from __future__ import annotations

import sqlite3

__all__ = ["state_counts"]


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
