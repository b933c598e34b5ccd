"""The time of the store: it never goes back, never stands still, and remembers that a clock was put back."""

from __future__ import annotations

import sqlite3

__all__ = ["WENT_BACK_MS", "instant", "sure_since"]

WENT_BACK_MS = 3_600_000
"""A wall clock that goes back by more than this makes the age of everything before unsure."""


def instant(connection: sqlite3.Connection, wall: int) -> tuple[int, bool]:
    """The time to write down when the wall clock says ``wall``, and whether that was put back just now.

    After a step back it goes on from where it was, at the wall clock's pace: a retry that is due in a
    minute is due in a minute, whatever the clock says (R21).
    """
    known = dict(
        connection.execute("SELECT key, value FROM meta WHERE key IN ('last_seen_ms', 'last_wall_ms')")
    )
    seen, before = known.get("last_seen_ms", wall), known.get("last_wall_ms", wall)
    now = max(wall, seen + max(0, wall - before))
    went_back = wall < before - WENT_BACK_MS
    rows = [("last_seen_ms", now), ("last_wall_ms", wall)]
    connection.executemany(
        """
        INSERT INTO meta (key, value) VALUES (?1, ?2)
        ON CONFLICT (key) DO UPDATE SET value = ?2
        """,
        [*rows, ("clock_sure_since", now)] if went_back else rows,
    )
    return now, went_back


def sure_since(connection: sqlite3.Connection) -> int:
    """When the clock was last put back; 0 if never. How long ago anything before was, nobody knows."""
    row = connection.execute("SELECT value FROM meta WHERE key = 'clock_sure_since'").fetchone()
    return int(row[0]) if row else 0
