"""The read tables: what each fact adds to them."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from typing import Any

from spirou_cli.domain import events as e
from spirou_cli.domain.task import Task
from spirou_cli.storage import codec
from spirou_cli.storage.rows import COLUMNS, JSON_COLUMNS

__all__ = ["TABLES", "clear", "index_all", "insert_tasks", "project"]

TABLES = {"task": "id", "message": "event", "artifact": "event", "usage": "account_id, line"}
"""Each read table and its order; ``usage.id`` is a row number and may differ after a rebuild."""

_INSERT = (
    f"INSERT INTO task ({', '.join(COLUMNS)}) VALUES ({', '.join('?' * len(COLUMNS))}) "
    f"ON CONFLICT (id) DO UPDATE SET {', '.join(f'{c} = excluded.{c}' for c in COLUMNS if c != 'id')}"
)


def insert_tasks(connection: sqlite3.Connection, tasks: Iterable[Task]) -> None:
    """Write the rows of these tasks."""
    connection.executemany(_INSERT, (_row(task) for task in tasks))


def index_all(connection: sqlite3.Connection) -> None:
    """Make the search index again. By hand: SQLite lets no trigger touch it (trusted_schema is off)."""
    connection.execute("DELETE FROM task_search")
    connection.execute("INSERT INTO task_search (rowid, title, body) SELECT number, title, body FROM task")


def clear(connection: sqlite3.Connection) -> None:
    """Empty the read tables."""
    for table in (*TABLES, "kept"):
        connection.execute(f"DELETE FROM {table}")


def project(
    connection: sqlite3.Connection, seq: int, at: int, task: Task, event: e.Event, *, with_task: bool = True
) -> None:
    """What ``event``, number ``seq`` of the log, adds; ``task`` is the task after it."""
    if with_task:
        insert_tasks(connection, (task,))
        if isinstance(event, e.TaskAdded | e.BriefEdited | e.Undone | e.Forgotten):
            _index(connection, task)
    match event:
        case e.MessageReceived(text=text, question=question, sender=sender, notices=notices):
            when = event.reported_at or at
            _message(connection, seq, task.id, when, text, question=question, sender=sender, notices=notices)
        case e.MessageSent(text=text, op_id=op_id) | e.Reopened(text=text, op_id=op_id):
            _message(connection, seq, task.id, at, text, mine=True, op_id=op_id)
        case e.ArtifactReceived():
            _artifact(connection, seq, at, task, event)
        case e.ArtifactStored(key=key, path=path, sha256=sha256, size=size):
            connection.execute(
                "UPDATE artifact SET path = ?, sha256 = ?, size = ? WHERE task_id = ? AND item = ?",
                (path, sha256, size, task.id, key),
            )
        case e.UsageRecorded():
            _usage(connection, seq, at, task, event)
        case e.UsageCorrected(line=line, quantity=quantity):
            connection.execute(
                "UPDATE usage SET mine = ? WHERE task_id = ? AND line = ?",
                (quantity, task.id, line),
            )
        case e.Undone(op_id=str(op_id)):
            connection.execute("DELETE FROM message WHERE task_id = ? AND op_id = ?", (task.id, op_id))
        case e.Forgotten():
            _forget(connection, task.id)


def _index(connection: sqlite3.Connection, task: Task) -> None:
    connection.execute("DELETE FROM task_search WHERE rowid = ?", (task.number,))
    connection.execute(
        "INSERT INTO task_search (rowid, title, body) VALUES (?, ?, ?)", (task.number, task.title, task.body)
    )


def _row(task: Task) -> tuple[Any, ...]:
    return tuple(_column(name, getattr(task, name)) for name in COLUMNS)


def _column(name: str, value: Any) -> Any:
    if name in JSON_COLUMNS:
        return None if value is None else codec.to_json(value)
    return int(value) if isinstance(value, bool) else value


def _message(
    connection: sqlite3.Connection,
    seq: int,
    task_id: str,
    at: int,
    text: str,
    *,
    mine: bool = False,
    question: bool = False,
    sender: str = "",
    op_id: str | None = None,
    notices: tuple[str, ...] = (),
) -> None:
    connection.execute(
        """
        INSERT INTO message (event, task_id, at, mine, text, question, sender, op_id, notices)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
        """,
        (seq, task_id, at, int(mine), text, int(question), sender, op_id, " ".join(notices)),
    )


def _artifact(
    connection: sqlite3.Connection, seq: int, at: int, task: Task, event: e.ArtifactReceived
) -> None:
    connection.execute(
        """
        INSERT INTO artifact (event, task_id, account_id, item, at, name, locator, size, media_type)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (task_id, item) DO NOTHING
        """,
        (
            seq,
            task.id,
            task.account_id,
            event.key,
            event.reported_at or at,
            event.name,
            event.locator,
            event.size,
            event.media_type,
        ),
    )


def _usage(connection: sqlite3.Connection, seq: int, at: int, task: Task, event: e.UsageRecorded) -> None:
    # a series is a name within its task: two tasks may each have a «total»
    line = f"{task.number}/{event.series}" if event.cumulative and event.series else event.key
    cost = event.cost
    connection.execute(
        """
        INSERT INTO usage (account_id, line, task_id, task_number, used_at, unit, quantity, cost_minor,
            cost_currency, basis, source, note, event)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT (account_id, line) DO UPDATE SET
            used_at = excluded.used_at, unit = excluded.unit, quantity = excluded.quantity,
            cost_minor = excluded.cost_minor, cost_currency = excluded.cost_currency,
            basis = excluded.basis, note = excluded.note, event = excluded.event
        """,
        (
            task.account_id or "",
            line,
            task.id,
            task.number,
            event.used_at or at,
            event.unit,
            event.quantity,
            cost.minor if cost else None,
            cost.currency if cost else None,
            event.basis,
            event.source,
            event.note,
            seq,
        ),
    )


def _forget(connection: sqlite3.Connection, task_id: str) -> None:
    # A deleted word stays in the index until its segments are merged.
    connection.execute("INSERT INTO task_search (task_search) VALUES ('optimize')")
    connection.execute("UPDATE message SET text = '', sender = '' WHERE task_id = ?", (task_id,))
    connection.execute(
        "UPDATE artifact SET name = '', locator = '', path = NULL WHERE task_id = ?", (task_id,)
    )
    connection.execute("UPDATE usage SET note = '' WHERE task_id = ?", (task_id,))
