"""Appending to the log: each fact and what it makes of the read tables, in the caller's transaction."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from typing import Any

from spirou_cli.domain import events as e
from spirou_cli.domain.fold import apply
from spirou_cli.domain.record import record
from spirou_cli.domain.task import Task
from spirou_cli.storage import codec, projection, rows

__all__ = ["Log", "Recorded", "changed_since", "history", "last_seq", "rebuild"]


@record
class Recorded:
    """One row of the log."""

    seq: int
    at: int
    task_id: str
    account_id: str | None
    event: e.Event


class Log:
    """The pen: writes facts at one instant, inside one open write transaction."""

    def __init__(self, connection: sqlite3.Connection, at: int, new_id: Callable[[], str]) -> None:
        self.connection = connection
        self.at = at
        self.new_id = new_id

    def append(self, task_id: str, event: e.Event) -> Task:
        """Record ``event`` and return the task as it is now."""
        task = apply(rows.task(self.connection, task_id), event, task_id=task_id, at=self.at)
        seq = self._insert(task_id, task.account_id, event)
        projection.project(self.connection, seq, self.at, task, event)
        return task

    def next_number(self) -> int:
        """A local number that was never used."""
        (last,) = self.connection.execute("SELECT coalesce(max(number), 0) FROM task").fetchone()
        return int(last) + 1

    def _insert(self, task_id: str, account_id: str | None, event: e.Event) -> int:
        lasting, personal = codec.split(event)
        text = None
        if personal:
            text = codec.fingerprint(task_id, personal)
            self.connection.execute(
                "INSERT INTO text (hash, task_id, body) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
                (text, task_id, personal),
            )
        cursor = self.connection.execute(
            """
            INSERT INTO event (id, origin, at, task_id, account_id, type, data, text)
            VALUES (?, (SELECT value FROM meta WHERE key = 'origin'), ?, ?, ?, ?, ?, ?)
            """,
            (self.new_id(), self.at, task_id, account_id, type(event).__name__, lasting, text),
        )
        return int(cursor.lastrowid or 0)


def history(
    connection: sqlite3.Connection, task_id: str | None = None, *, after: int = 0, newest_first: bool = False
) -> Iterator[Recorded]:
    """The facts of one task, or of all, in order; those after number ``after`` only."""
    where = "event.task_id = ?" if task_id else "event.task_id IS NOT NULL"
    rows = connection.execute(
        f"""
        SELECT event.seq, event.at, event.task_id, event.account_id, event.type, event.data, text.body
        FROM event LEFT JOIN text ON text.hash = event.text
        WHERE {where} AND event.seq > ? ORDER BY event.seq {"DESC" if newest_first else ""}
        """,
        (task_id, after) if task_id else (after,),
    )
    for seq, at, task, account, kind, data, personal in rows:
        yield Recorded(seq, at, task, account, codec.join(e.KINDS[kind], data, personal))


def last_seq(connection: sqlite3.Connection) -> int:
    """The number of the newest fact; 0 where there is none."""
    return int(connection.execute("SELECT coalesce(max(seq), 0) FROM event").fetchone()[0])


def changed_since(connection: sqlite3.Connection, seq: int) -> list[str]:
    """Ids of the tasks of which something was written down after fact ``seq``, in that order."""
    rows = connection.execute(
        "SELECT task_id FROM event WHERE seq > ? AND task_id IS NOT NULL GROUP BY task_id ORDER BY min(seq)",
        (seq,),
    )
    return [row[0] for row in rows]


def rebuild(connection: sqlite3.Connection, *, at_once: int = 5000) -> None:
    """Throw the read tables away and make them again from the log, in the caller's transaction.

    Memory is flat however long the log is: at most ``at_once`` tasks are held (some 10 MB); they are
    written together, and read again when the log comes back to them.
    """
    projection.clear(connection)
    touched: dict[str, Task] = {}
    for fact in history(connection):
        before = touched.get(fact.task_id) or rows.task(connection, fact.task_id)
        task = apply(before, fact.event, task_id=fact.task_id, at=fact.at)
        touched[fact.task_id] = task
        projection.project(connection, fact.seq, fact.at, task, fact.event, with_task=False)
        if len(touched) >= at_once:
            projection.insert_tasks(connection, touched.values())
            touched.clear()
    projection.insert_tasks(connection, touched.values())
    projection.index_all(connection)


def snapshot(connection: sqlite3.Connection) -> dict[str, list[tuple[Any, ...]]]:
    """The read tables as plain rows, for comparing a rebuild with what is live."""
    return {
        table: [tuple(row) for row in connection.execute(f"SELECT * FROM {table} ORDER BY {order}")]
        for table, order in projection.TABLES.items()
    }
