"""A row of ``task`` as a value: light, for the screens."""

from __future__ import annotations

import json
import sqlite3
from typing import Any

from spirou_cli.domain.money import Money
from spirou_cli.domain.reason import FileRef, Reason
from spirou_cli.domain.record import fields
from spirou_cli.domain.states import TaskState
from spirou_cli.domain.task import Task

__all__ = ["COLUMNS", "JSON_COLUMNS", "task", "task_of"]

COLUMNS = tuple(fields(Task))
JSON_COLUMNS = frozenset({"reason", "max_cost", "tags", "attachments", "choices"})
_FLAGS = frozenset({"due_is_day", "approved", "cancel_requested", "gone", "forgotten"})


def task_of(row: sqlite3.Row) -> Task:
    """A row of ``task``, or of a join that has its columns."""
    values: dict[str, Any] = {name: row[name] for name in COLUMNS}
    values["state"] = TaskState(values["state"])
    for name in _FLAGS:
        values[name] = bool(values[name])
    for name in JSON_COLUMNS:
        values[name] = None if values[name] is None else json.loads(values[name])
    reason, cost = values["reason"], values["max_cost"]
    values["reason"] = reason and Reason(**reason | {"figures": tuple(reason.get("figures", ()))})
    values["max_cost"] = cost and Money(**cost)
    values["tags"] = tuple(values["tags"])
    values["choices"] = tuple(values["choices"])
    values["attachments"] = tuple(FileRef(**ref) for ref in values["attachments"])
    return Task(**values)


def task(connection: sqlite3.Connection, task_id: str) -> Task | None:
    """The task with this id, as it is now."""
    row = connection.execute("SELECT * FROM task WHERE id = ?", (task_id,)).fetchone()
    return task_of(row) if row else None
