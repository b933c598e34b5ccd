"""Which tasks a provider had in a stretch of time, and what was used: from indexes, however many."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator
from typing import NamedTuple

from spirou_cli.domain.money import Money

__all__ = [
    "Closed",
    "Sum",
    "closed_tasks",
    "cost_currencies",
    "count_tasks",
    "entries",
    "first_use",
    "last_use",
    "lives",
    "own_seconds",
    "sums",
    "tasks_had",
    "tasks_without_cost",
]

_HAD = """
    SELECT number FROM task
    WHERE account_id = :account AND since >= :since AND created_at < :until
        AND state NOT IN ('draft', 'awaiting_approval', 'queued')
    UNION ALL
    SELECT number FROM task INDEXED BY task_place
    WHERE account_id = :account AND created_at < :until
        AND state NOT IN ('completed', 'canceled')
        AND state IN ('unconfirmed', 'submitted', 'working', 'input_required', 'auth_required', 'paused',
            'delivered')
    UNION ALL
    SELECT task_number FROM usage
    WHERE account_id = :account AND used_at >= :since AND used_at < :until
"""
"""Numbers of tasks that were open, changed or worked on, some twice, nearly all from indexes alone.

What was only kept here, the provider never had. Unless told, SQLite would look for what is open among all
that ever was.
"""


def count_tasks(connection: sqlite3.Connection, account_id: str, since: int, until: int) -> int:
    """How many tasks the provider had between two instants (UTC milliseconds, ``until`` exclusive)."""
    return len(tasks_had(connection, account_id, since, until))


def tasks_had(connection: sqlite3.Connection, account_id: str, since: int, until: int) -> set[int]:
    """Their numbers."""
    # One value and a set: half of what SQLite's own DISTINCT takes, or a row for each.
    (numbers,) = connection.execute(
        f"SELECT json_group_array(number) FROM ({_HAD})",
        {"account": account_id, "since": since, "until": until},
    ).fetchone()
    return set(json.loads(numbers))


def tasks_without_cost(connection: sqlite3.Connection, account_id: str, since: int, until: int) -> list[int]:
    """Numbers of those of them for which nobody told a cost, nor a use that a price could be put on."""
    rows = connection.execute(
        f"""
        SELECT number FROM task
        WHERE number IN ({_HAD}) AND NOT EXISTS (
            SELECT 1 FROM usage
            WHERE task_id = task.id AND (cost_minor IS NOT NULL OR unit NOT IN ('second', 'own_second'))
        ) ORDER BY number
        """,
        {"account": account_id, "since": since, "until": until},
    )
    return [row[0] for row in rows]


def cost_currencies(connection: sqlite3.Connection, account_id: str) -> set[str]:
    """The currencies in which its provider told what something cost."""
    rows = connection.execute(
        "SELECT DISTINCT cost_currency FROM usage WHERE account_id = ? AND cost_currency IS NOT NULL",
        (account_id,),
    )
    return {row[0] for row in rows}


class Sum(NamedTuple):
    """Use of one meter between two instants, by the person's figures, and what it was told to cost.

    ``billed``: the same with each entry rounded for itself, where that was asked for.
    """

    line: str
    task_id: str
    used_at: int
    unit: str
    quantity: int
    cost: Money | None
    billed: int | None = None


def first_use(connection: sqlite3.Connection, account_id: str) -> int | None:
    """When the account's first use was."""
    row = connection.execute("SELECT min(used_at) FROM usage WHERE account_id = ?", (account_id,)).fetchone()
    return None if row[0] is None else int(row[0])


def last_use(connection: sqlite3.Connection, account_id: str) -> int:
    """When the account's last use was; 0 if it has none."""
    row = connection.execute("SELECT max(used_at) FROM usage WHERE account_id = ?", (account_id,)).fetchone()
    return int(row[0] or 0)


def sums(
    connection: sqlite3.Connection,
    account_id: str,
    since: int,
    until: int,
    *,
    by_task: bool,
    rounded: Callable[[int], int] | None = None,
) -> Iterator[Sum]:
    """The account's use between two instants, from the index alone.

    ``rounded`` makes of an entry's seconds what is billed of it: a rule of the domain that SQLite calls.
    """
    span, billed = (account_id, since, until), "NULL"
    if rounded is not None:
        connection.create_function("rounded", 1, rounded, deterministic=True)
        billed = "sum(CASE unit WHEN 'second' THEN rounded(coalesce(mine, quantity)) END)"
    if by_task:
        rows = connection.execute(_SUMS.format(task="task_id", billed=billed), span).fetchall()
    else:  # often all of it is time: summed without the sorting that groups need
        rows = connection.execute(_TIME_ALONE.format(billed=billed), span).fetchall()
        rows = rows or connection.execute(_SUMS.format(task="''", billed=billed), span).fetchall()
    for line, whose, at, unit, quantity, minor, currency, of_entries in rows:
        cost = Money(minor, currency) if currency else None
        yield Sum(line, whose, at, unit, quantity, cost, of_entries)


_TIME_ALONE = """
    SELECT line, '', at, 'second', quantity, NULL, NULL, billed FROM (
        SELECT min(line) AS line, min(used_at) AS at, sum(coalesce(mine, quantity)) AS quantity,
            {billed} AS billed, sum(unit = 'second' AND cost_minor IS NULL) = count(*) AS alone
        FROM usage
        WHERE account_id = ? AND used_at >= ? AND used_at < ?
    ) WHERE alone
    """
"""One row, or none where anything else was used, or nothing."""
_SUMS = """
    SELECT min(line), {task} AS whose, min(used_at), unit, sum(coalesce(mine, quantity)),
        sum(cost_minor), cost_currency, {billed}
    FROM usage
    WHERE account_id = ? AND used_at >= ? AND used_at < ?
    GROUP BY whose, unit, cost_currency
    """


def entries(connection: sqlite3.Connection, account_id: str, since: int, until: int) -> Iterator[Sum]:
    """The account's use between two instants, line by line, from the index alone."""
    rows = connection.execute(
        """
        SELECT line, task_id, used_at, unit, coalesce(mine, quantity), cost_minor, cost_currency FROM usage
        WHERE account_id = ? AND used_at >= ? AND used_at < ? ORDER BY used_at
        """,
        (account_id, since, until),
    )
    for line, task_id, at, unit, quantity, minor, currency in rows:
        yield Sum(line, task_id, at, unit, quantity, None if minor is None else Money(minor, currency))


def lives(connection: sqlite3.Connection, account_id: str, since: int, until: int) -> Iterator[Sum]:
    """The time before and after of the tasks that were worked on between two instants."""
    rows = connection.execute(
        """
        SELECT line, usage.task_id, used_at, unit, coalesce(mine, quantity), NULL
        FROM (
            SELECT task_id FROM usage
            WHERE account_id = :account AND used_at >= :since AND used_at < :until AND unit = 'second'
            GROUP BY task_id
        ) AS worked CROSS JOIN usage ON usage.task_id = worked.task_id AND unit = 'second'
        WHERE account_id = :account AND (used_at < :since OR used_at >= :until)
        """,
        {"account": account_id, "since": since, "until": until},
    )
    yield from (Sum(*row) for row in rows)


class Closed(NamedTuple):
    """What is needed of a task to count it; ``timed``: somebody told how long it took."""

    provider: str
    project: str
    tags: tuple[str, ...]
    timed: bool


def closed_tasks(connection: sqlite3.Connection, since: int, until: int) -> list[Closed]:
    """The tasks whose delivery was accepted between two instants."""
    rows = connection.execute(
        """
        SELECT account.name, task.project, task.tags, EXISTS (
            SELECT 1 FROM usage
            WHERE usage.task_id = task.id AND unit = 'second' AND coalesce(mine, quantity) > 0
        )
        FROM account JOIN task ON task.account_id = account.id
        WHERE task.since >= ? AND task.since < ? AND task.state = 'completed' ORDER BY task.number
        """,
        (since, until),
    )
    return [_closed(*row) for row in rows]


def own_seconds(connection: sqlite3.Connection, since: int, until: int) -> list[tuple[Closed, int]]:
    """The person's own time on each task between two instants."""
    rows = connection.execute(
        """
        SELECT account.name, task.project, task.tags, 1, sum(coalesce(usage.mine, usage.quantity))
        FROM account
        JOIN usage ON usage.account_id = account.id AND usage.used_at >= ? AND usage.used_at < ?
            AND usage.unit = 'own_second'
        JOIN task ON task.id = usage.task_id
        GROUP BY task.id ORDER BY task.number
        """,
        (since, until),
    )
    return [(_closed(*row[:4]), row[4]) for row in rows]


def _closed(provider: str, project: str, tags: str, timed: int) -> Closed:
    return Closed(provider, project, tuple(json.loads(tags)), bool(timed))
