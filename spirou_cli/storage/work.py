"""Which tasks a provider had in a stretch of time, and what was used: from indexes, however many."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from spirou_cli.domain.money import Money

__all__ = ["Sum", "count_tasks", "first_use", "last_use", "sums", "tasks_without_cost"]

_HAD = """
    SELECT id, number FROM task
    WHERE account_id = :account AND since >= :since AND created_at < :until
        AND state NOT IN ('draft', 'awaiting_approval', 'queued')
    UNION
    SELECT id, number FROM task
    WHERE account_id = :account AND created_at < :until
        AND state NOT IN ('completed', 'canceled')
        AND state IN ('unconfirmed', 'submitted', 'working', 'input_required', 'auth_required', 'paused',
            'delivered')
    UNION
    SELECT task.id, task.number FROM (
        SELECT DISTINCT task_id FROM usage
        WHERE account_id = :account AND used_at >= :since AND used_at < :until
    ) JOIN task ON task.id = task_id
"""
"""Tasks that were open, changed or worked on: what was only kept here, the provider never had."""


def count_tasks(connection: sqlite3.Connection, account_id: str, since: int, until: int) -> int:
    """How many tasks the provider had between two instants (UTC milliseconds, ``until`` exclusive)."""
    row = connection.execute(
        f"SELECT count(*) FROM ({_HAD})", {"account": account_id, "since": since, "until": until}
    ).fetchone()
    return int(row[0])


def tasks_without_cost(connection: sqlite3.Connection, account_id: str, since: int, until: int) -> list[int]:
    """Numbers of those of them for which nobody told a cost, nor a use that a price could be put on."""
    rows = connection.execute(
        f"""
        SELECT number FROM ({_HAD}) AS had
        WHERE NOT EXISTS (
            SELECT 1 FROM usage
            WHERE task_id = had.id AND (cost_minor IS NOT NULL OR unit <> 'second')
        ) ORDER BY number
        """,
        {"account": account_id, "since": since, "until": until},
    )
    return [row[0] for row in rows]


class Sum(NamedTuple):
    """Use of one meter between two instants, by the person's figures, and what it was told to cost."""

    line: str
    task_id: str
    used_at: int
    unit: str
    quantity: int
    cost: Money | None


def first_use(connection: sqlite3.Connection, account_id: str) -> int | None:
    """When the account's first use was."""
    row = connection.execute("SELECT min(used_at) FROM usage WHERE account_id = ?", (account_id,)).fetchone()
    return None if row[0] is None else int(row[0])


def last_use(connection: sqlite3.Connection, account_id: str) -> int:
    """When the account's last use was; 0 if it has none."""
    row = connection.execute("SELECT max(used_at) FROM usage WHERE account_id = ?", (account_id,)).fetchone()
    return int(row[0] or 0)


def sums(
    connection: sqlite3.Connection, account_id: str, cuts: Sequence[int], *, by_task: bool
) -> Iterator[Sum]:
    """The account's use between each two instants that follow one another, from the index alone."""
    task = "task_id" if by_task else "''"
    query = f"""
        SELECT min(line), {task} AS whose, min(used_at), unit, sum(coalesce(mine, quantity)),
            sum(cost_minor), cost_currency
        FROM usage
        WHERE account_id = ? AND used_at >= ? AND used_at < ? GROUP BY whose, unit, cost_currency
        """
    for since, until in pairwise(cuts):
        for line, whose, at, unit, quantity, minor, currency in connection.execute(
            query, (account_id, since, until)
        ):
            yield Sum(line, whose, at, unit, quantity, Money(minor, currency) if currency else None)
