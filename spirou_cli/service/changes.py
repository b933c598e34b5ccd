"""Which tasks came into another state after a given fact: read from the log, whoever wrote it."""

from __future__ import annotations

import sqlite3

from spirou_cli.domain.fold import apply
from spirou_cli.domain.record import record
from spirou_cli.domain.states import TaskState
from spirou_cli.domain.task import Task
from spirou_cli.storage import accounts
from spirou_cli.storage.log import changed_since, history

__all__ = ["Change", "changes_after"]


@record
class Change:
    """A task that is in another state than before; ``before`` is None for a new one."""

    task: Task
    before: TaskState | None
    provider: str = ""


def changes_after(connection: sqlite3.Connection, seq: int) -> list[Change]:
    """The tasks whose state now isn't what it was after fact ``seq``, in the order they moved."""
    names = {account.id: account.name for account in accounts.accounts(connection, removed=True)}
    changes = []
    for task_id in changed_since(connection, seq):
        before: Task | None = None
        now: Task | None = None
        for fact in history(connection, task_id):
            now = apply(now, fact.event, task_id=task_id, at=fact.at)
            before = now if fact.seq <= seq else before
        if now is not None and (before is None or before.state is not now.state):
            changes.append(Change(now, before.state if before else None, names.get(now.account_id or "", "")))
    return changes
