"""What has not surely arrived: each row explained, and settled by the person where nobody else can."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator
from typing import Any, Literal

from spirou_cli.domain import delivery as d
from spirou_cli.domain import events as e
from spirou_cli.domain.errors import InvalidInput, NoSuchThing, mark
from spirou_cli.domain.ops import BLIND, FINAL_OPS, OpKind, OpState, Repeat, Repeatability
from spirou_cli.domain.record import record, replace
from spirou_cli.domain.states import TaskState
from spirou_cli.domain.task import Task
from spirou_cli.service import lookup, news
from spirou_cli.service.context import Context, milliseconds
from spirou_cli.storage import accounts, outbox, queries, rows
from spirou_cli.storage.accounts import Account
from spirou_cli.storage.lock import sync_lock
from spirou_cli.storage.log import Log

__all__ = ["Row", "Settlement", "listing", "resolve", "show"]

Settlement = Literal["was_sent", "send_again", "withdraw"]


@record
class Row:
    """One op, whose it is, and what the next sync would do with it (None for a settled one)."""

    op: d.Op
    task: Task
    account: Account
    step: d.Step | None
    how: Repeat
    payload: Any = None
    """What is or was to be sent; only ``show`` has it. None also where it was damaged or forgotten."""


def listing(context: Context, reference: str = "") -> list[Row]:
    """What waits, in order; of one task all rows, settled ones too."""
    with context.read() as connection:
        now = milliseconds(context.now())
        found = [row for account in accounts.accounts(connection) for row in _of(connection, account, now)]
        if not reference:
            return sorted(found, key=lambda row: row.op.seq)
        task = lookup.find(connection, reference)
        waiting = {row.op.seq: row for row in found}
        return [waiting.get(op.seq) or _settled(connection, op) for op in outbox.of_task(connection, task.id)]


def show(context: Context, seq: int) -> Row:
    """One row with what it carries."""
    with context.read() as connection:
        op = _named(connection, seq)
        found = [
            row
            for row in _of(connection, _account(connection, op), milliseconds(context.now()))
            if row.op == op
        ]
        row = found[0] if found else _settled(connection, op)
        return replace(row, payload=outbox.payload(connection, op))


def resolve(context: Context, seq: int, settlement: Settlement, ref: str = "") -> Row:
    """The person's word on a row that nothing else can settle. Busy while a sync is running."""
    with sync_lock(context.path):
        with context.write() as log:
            op = _named(log.connection, seq)
            if op.state is OpState.SENDING:  # its process is dead: the lock is ours
                outbox.interrupted(log.connection, op.account_id, log.at)
                op = _named(log.connection, seq)
            if op.state in FINAL_OPS:
                raise InvalidInput(
                    mark("Item {id} is settled already: {state}."),
                    mark("spirou outbox show {id}"),
                    id=seq,
                    state=op.state.value,
                )
            _SETTLE[settlement](log, op, ref)
        return show(context, seq)


def _was_sent(log: Log, op: d.Op, ref: str) -> None:
    if op.state is OpState.QUEUED:
        raise InvalidInput(
            mark("Item {id} has never left; it can't have arrived."),
            mark("spirou outbox resolve {id} --withdraw"),
            id=op.seq,
        )
    if op.kind is OpKind.SUBMIT:
        taken = queries.id_by_ref(log.connection, op.account_id, ref)
        if taken is not None and taken != op.task_id:
            raise InvalidInput(
                mark("{ref} is another task: {number}."),
                mark("spirou show {number}"),
                ref=ref,
                number=queries.number_of(log.connection, taken) or 0,
            )
    outbox.move(log.connection, op, OpState.DONE)
    if op.kind is OpKind.SUBMIT:
        log.append(op.task_id, e.Arrived(op_id=op.id, ref=ref))
        news.adopt(log, op.account_id, op.task_id, ref)
    elif op.kind is OpKind.CANCEL:
        log.append(op.task_id, e.CancelAnswered(op_id=op.id, confirmed=False))


def _send_again(log: Log, op: d.Op, ref: str) -> None:
    if op.state is OpState.QUEUED:
        return
    _hold(log, op)
    outbox.move(log.connection, op, OpState.QUEUED)
    if op.kind is OpKind.SUBMIT:
        log.append(op.task_id, e.Postponed(state=TaskState.QUEUED))


def _withdraw(log: Log, op: d.Op, ref: str) -> None:
    """Later ops of a task that never left lose their object with it."""
    never_left = op.state is OpState.QUEUED
    if not never_left:
        _hold(log, op)
    outbox.move(log.connection, op, OpState.WITHDRAWN)
    if op.kind is OpKind.SUBMIT:
        log.append(op.task_id, e.Closed(known_stopped=never_left))


_SETTLE: dict[Settlement, Callable[[Log, d.Op, str], None]] = {
    "was_sent": _was_sent,
    "send_again": _send_again,
    "withdraw": _withdraw,
}


def _hold(log: Log, op: d.Op) -> None:
    """Only out of ``held`` may a person move a row: what is uncertain goes through it."""
    if op.state is OpState.UNCERTAIN:
        outbox.move(log.connection, op, OpState.HELD)


def _of(connection: sqlite3.Connection, account: Account, now: int) -> Iterator[Row]:
    declared = _declared(account)
    named = queries.with_ref(connection, account.id)
    ops = outbox.open_ops(connection, account.id)
    for step in d.plan(ops, declared, now, has_ref=named.__contains__):
        yield Row(step.op, _task(connection, step.op), account, step, declared(step.op.kind).how)


def _settled(connection: sqlite3.Connection, op: d.Op) -> Row:
    account = _account(connection, op)
    return Row(op, _task(connection, op), account, None, _declared(account)(op.kind).how)


def _declared(account: Account) -> Callable[[OpKind], Repeatability]:
    """How ops can be repeated, as the last test declared it: no plugin is loaded for a look."""
    repeat = json.loads(account.capabilities or "{}").get("repeat", {})

    def repeatability(kind: OpKind) -> Repeatability:
        found = repeat.get(kind.value)
        if found is None:
            return BLIND
        return Repeatability(Repeat(found["how"]), found.get("key_lifetime_s"), found.get("settle_s", 0))

    return repeatability


def _named(connection: sqlite3.Connection, seq: int) -> d.Op:
    op = outbox.get(connection, seq)
    if op is None:
        raise NoSuchThing(mark("There is no item {id} in the outbox."), mark("spirou outbox list"), id=seq)
    return op


def _task(connection: sqlite3.Connection, op: d.Op) -> Task:
    task = rows.task(connection, op.task_id)
    if task is None:
        raise NoSuchThing(mark("Item {id} belongs to no task."), mark("spirou doctor"), id=op.seq)
    return task


def _account(connection: sqlite3.Connection, op: d.Op) -> Account:
    account = accounts.account(connection, op.account_id)
    if account is None:
        raise NoSuchThing(mark("Item {id} belongs to no provider."), mark("spirou doctor"), id=op.seq)
    return account
