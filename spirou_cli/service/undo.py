"""Undo: takes back the last thing a person did, as long as nothing of it has left this machine."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from itertools import islice

from spirou_cli.domain import events as e
from spirou_cli.domain.errors import Refused, mark
from spirou_cli.domain.fold import fold
from spirou_cli.domain.ops import Op, OpState
from spirou_cli.domain.record import record, replace
from spirou_cli.domain.states import UNSENT
from spirou_cli.domain.task import Task
from spirou_cli.domain.undo import standing, taken_back
from spirou_cli.service import placing
from spirou_cli.service.context import Context
from spirou_cli.storage import outbox, rows
from spirou_cli.storage.log import Recorded, history

__all__ = ["Step", "steps", "undo"]


@record
class Step:
    """Something a person did: its fact, the task as it is (or will be), and why it can't be taken back."""

    fact: Recorded
    task: Task
    refused: Refused | None = None


def steps(context: Context, limit: int) -> list[Step]:
    """The last things a person did, newest first; each as if it were the one to take back."""
    with context.read() as connection:
        found = []
        for fact in islice(_standing(connection), limit):
            now = _now(connection, fact)
            try:
                _undone(connection, fact, now)
            except Refused as refused:
                found.append(Step(fact, now, refused))
            else:
                found.append(Step(fact, now))
        return found


def undo(context: Context, *, dry_run: bool = False) -> Step | None:
    """Take back the last thing a person did; None where there is none. Refused says what to do instead."""
    with context.write() as log:
        fact = next(_standing(log.connection), None)
        if fact is None:
            return None
        now = _now(log.connection, fact)
        event = _undone(log.connection, fact, now)
        if dry_run:
            return Step(fact, now)
        placing.withdraw(log, _rows(log.connection, fact, now))
        return Step(fact, log.append(fact.task_id, event))


def _standing(connection: sqlite3.Connection) -> Iterator[Recorded]:
    newest_first = history(connection, newest_first=True)
    return standing(newest_first, lambda fact: (fact.task_id, fact.event))


def _now(connection: sqlite3.Connection, fact: Recorded) -> Task:
    task = rows.task(connection, fact.task_id)
    if task is None:
        raise RuntimeError("the log has a task that the read tables don't have")
    return task


def _undone(connection: sqlite3.Connection, fact: Recorded, now: Task) -> e.Undone:
    """The fact that takes ``fact`` back. Refused where it can't be."""
    match fact.event:
        case e.Forgotten():
            raise Refused(mark("The words of task {number} were erased for good."), number=now.number)
        case e.UsageRecorded() | e.UsageCorrected():
            raise Refused(
                mark("A time of task {number} is corrected, not taken back."),
                mark("spirou time list {number}, then spirou time fix ENTRY 12m"),
                number=now.number,
            )
    if _has_left(connection, fact.event, now):
        raise Refused(
            mark("That has left this machine: task {number} is at its provider."),
            _instead(fact.event),
            number=now.number,
        )
    facts = [(past.event, past.at) for past in history(connection, fact.task_id) if past.seq <= fact.seq]
    after = fold(facts, fact.task_id)
    event = taken_back(fold(facts[:-1], fact.task_id), after, now) if after is not None else None
    if event is None:
        raise Refused(
            mark("Task {number} has moved on since then."), mark("spirou show {number}"), number=now.number
        )
    return replace(event, op_id=getattr(fact.event, "op_id", None))


def _has_left(connection: sqlite3.Connection, event: e.Event, now: Task) -> bool:
    match event:
        case e.TaskAdded() | e.Assigned() | e.Approved():
            submit = placing.open_submit(connection, now)
            return now.state not in UNSENT or (submit is not None and submit.state is not OpState.QUEUED)
    op_id = getattr(event, "op_id", None)
    return op_id is not None and any(
        op.id == op_id and op.state is not OpState.QUEUED for op in outbox.of_task(connection, now.id)
    )


def _rows(connection: sqlite3.Connection, fact: Recorded, now: Task) -> list[Op]:
    """The rows of the outbox that go with what is taken back."""
    op_id = getattr(fact.event, "op_id", None)
    found = placing.open_ops(connection, now)
    return [op for op in found if op.id == op_id or now.state in UNSENT]


def _instead(event: e.Event) -> str:
    match event:
        case e.Accepted():
            return mark('spirou reopen {number} "..."')
        case e.MessageSent() | e.Reopened() | e.CancelAsked():
            return mark('spirou reply {number} "..."')
        case e.BriefEdited():
            return mark("spirou edit {number}")
    return mark("spirou cancel {number}")
