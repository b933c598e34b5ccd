"""How long providers had each task, and when it had a place there: read from the log."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from typing import NamedTuple

from spirou_cli.domain.fold import apply
from spirou_cli.domain.states import PLACES
from spirou_cli.domain.task import Task
from spirou_cli.storage import log

__all__ = ["Stay", "lives", "moves", "stays"]


class Stay(NamedTuple):
    """The longest that a task can have had a place: from its making until its state of now began."""

    task: str
    since: int
    until: int | None


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


def stays(connection: sqlite3.Connection, account_id: str, since: int, until: int) -> list[Stay]:
    """Tasks of the account that may have had a place between two instants, from indexes alone."""
    places = ", ".join(f"'{state}'" for state in sorted(PLACES))
    rows = connection.execute(
        f"""
        SELECT id, created_at, since FROM task
        WHERE account_id = :account AND since >= :since AND created_at < :until
            AND state NOT IN ('draft', 'awaiting_approval', 'queued', {places})
        UNION ALL
        SELECT id, created_at, NULL FROM task
        WHERE account_id = :account AND created_at < :until
            AND state NOT IN ('completed', 'canceled') AND state IN ({places})
        """,
        {"account": account_id, "since": since, "until": until},
    )
    return [Stay(*row) for row in rows]


def moves(connection: sqlite3.Connection, account_id: str, task_id: str) -> Iterator[tuple[int, bool]]:
    """When a task took a place at the account (True) and when it left it, from its own facts."""
    task: Task | None = None
    there = False
    for fact in log.history(connection, task_id):
        task = apply(task, fact.event, task_id=task_id, at=fact.at)
        if (task.account_id == account_id and task.state in PLACES) != there:
            there = not there
            yield fact.at, there
