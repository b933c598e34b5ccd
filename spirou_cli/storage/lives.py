"""How long providers had each task: read from the log, for comparing plans."""

from __future__ import annotations

import sqlite3

__all__ = ["lives"]


def lives(
    connection: sqlite3.Connection, account_id: str | None = None
) -> list[tuple[str, int, int | None, int | None, int, int | None]]:
    """Of every task, or an account's: id, number, when it arrived, when its work ended, its seconds, and
    the most that was asked for.
    """
    rows = connection.execute(
        """
        SELECT task.id, task.number,
            min(CASE WHEN event.type = 'Arrived' THEN event.at END),
            min(CASE WHEN event.type IN ('Accepted', 'Closed', 'CancelAnswered')
                OR json_extract(event.data, '$.state') IN
                    ('delivered', 'completed', 'rejected', 'failed', 'expired', 'canceled')
                THEN event.at END),
            (SELECT coalesce(sum(coalesce(mine, quantity)), 0) FROM usage
                WHERE usage.task_id = task.id AND unit = 'second'),
            task.max_time_s
        FROM task JOIN event ON event.task_id = task.id
        WHERE ?1 IS NULL OR task.account_id = ?1 GROUP BY task.id ORDER BY task.number
        """,
        (account_id,),
    )
    return [tuple(row) for row in rows]
