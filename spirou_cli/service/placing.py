"""A task's way out: what fit says of it, the state that gives it, the row of the outbox that carries it."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Any

from spirou_cli.domain import events as e
from spirou_cli.domain import fit
from spirou_cli.domain.errors import InvalidInput, Refused, mark
from spirou_cli.domain.fold import TRANSITIONS
from spirou_cli.domain.ops import FINAL_OPS, Op, OpKind, OpState
from spirou_cli.domain.record import record
from spirou_cli.domain.states import UNSENT, TaskState
from spirou_cli.domain.task import Task
from spirou_cli.service import briefs, lookup, plans, prices
from spirou_cli.service.context import Context
from spirou_cli.storage import outbox
from spirou_cli.storage.accounts import Account
from spirou_cli.storage.log import Log

__all__ = [
    "Placed",
    "account_of",
    "ask",
    "at_provider",
    "enqueue",
    "enqueue_submit",
    "frozen",
    "judge",
    "must_allow",
    "open_ops",
    "open_submit",
    "place",
    "standing",
    "withdraw",
]


@record(kw_only=True)
class Placed:
    """A task and what fit said of it. ``existing``: its ``--key`` was seen before, nothing was done."""

    task: Task
    verdict: fit.Verdict | None
    account: Account | None
    existing: bool = False
    new_account: bool = False


# --- may it leave -----------------------------------------------------------------------------------


def judge(context: Context, log: Log, account: Account, task: Task) -> fit.Verdict:
    """Ask fit about a task that waits here. A price of its own is what it costs, however long it takes."""
    request = fit.Request(max_time_s=task.max_time_s, max_cost=task.max_cost, approved=task.approved)
    priced = prices.price_of(log.connection, account.id, task.id)
    if priced is not None:
        request = fit.Request(max_cost=priced.price, approved=task.approved)
    return ask(
        context, log, account, request, project=task.project, tags=task.tags, priced=priced is not None
    )


def ask(
    context: Context,
    log: Log,
    account: Account,
    request: fit.Request,
    *,
    project: str = "",
    tags: Sequence[str] = (),
    priced: bool = False,
) -> fit.Verdict:
    """Ask fit, with the account's limits and open places as they are inside this write.

    ``priced``: the task has a price of its own, which no plan's fee pays for.
    """
    limits = plans.limits(
        log.connection,
        context,
        account,
        log.at,
        project=project,
        tags=tags,
        currency=request.max_cost.currency if request.max_cost else "",
        priced=priced,
    )
    return fit.fit(request, limits, plans.open_places(log.connection, account.id))


def standing(verdict: fit.Verdict | None) -> tuple[TaskState, e.Reason | None]:
    """The state of a task that fit judged; ``None`` is a draft."""
    match verdict:
        case fit.Send():
            return TaskState.QUEUED, None
        case fit.Wait(reason):
            return TaskState.QUEUED, reason
        case fit.Ask(reason):
            return TaskState.AWAITING_APPROVAL, reason
        case fit.Refuse(reason):
            return TaskState.DRAFT, reason
    return TaskState.DRAFT, None


def place(
    context: Context,
    log: Log,
    task: Task,
    account: Account,
    verdict: fit.Verdict,
    *,
    chosen: bool = False,
) -> Placed:
    """Give a kept task to an account as fit decided; the submit op is there only if fit said «send».

    ``chosen``: the person said so just now, which is a fact of its own.
    """
    state, reason = standing(verdict)
    if chosen or task.account_id != account.id or task.state not in UNSENT:
        task = log.append(task.id, e.Assigned(account_id=account.id, state=state, reason=reason))
    elif (task.state, task.reason) != (state, reason):
        task = log.append(task.id, e.Postponed(state=state, reason=reason))
    if isinstance(verdict, fit.Send):
        enqueue_submit(context, log, task, account)
    return Placed(task=task, verdict=verdict, account=account)


# --- the rows of the outbox -------------------------------------------------------------------------


def enqueue_submit(context: Context, log: Log, task: Task, account: Account) -> None:
    """Queue the task itself, its brief frozen as it is now."""
    enqueue(log, task, account, OpKind.SUBMIT, frozen(context, task, account))


def frozen(context: Context, task: Task, account: Account) -> dict[str, Any]:
    """The brief as this account gets it."""
    language = account.language or context.language
    return briefs.freeze(task, language=language, zone=context.zone, sender=context.settings.get("name", ""))


def enqueue(
    log: Log, task: Task, account: Account, kind: OpKind, payload: dict[str, Any], op_id: str | None = None
) -> None:
    """Queue one row, in the transaction of the fact it belongs to."""
    outbox.add(
        log.connection,
        op_id=op_id or log.new_id(),
        task_id=task.id,
        account_id=account.id,
        kind=kind,
        payload=payload,
        at=log.at,
    )


def open_ops(connection: sqlite3.Connection, task: Task) -> list[Op]:
    """What of this task has not surely arrived, in order."""
    return [op for op in outbox.of_task(connection, task.id) if op.state not in FINAL_OPS]


def open_submit(connection: sqlite3.Connection, task: Task) -> Op | None:
    """The task itself, on its way."""
    return next((op for op in open_ops(connection, task) if op.kind is OpKind.SUBMIT), None)


def withdraw(log: Log, ops: list[Op]) -> None:
    """Take back rows that have certainly had no effect, or that only a person can settle."""
    for op in ops:
        if op.state in {OpState.QUEUED, OpState.HELD}:
            outbox.move(log.connection, op, OpState.WITHDRAWN)


# --- who has it, and may that be done now -----------------------------------------------------------


def account_of(connection: sqlite3.Connection, task: Task) -> Account | None:
    """The account the task is meant for, also one that was removed."""
    return lookup.by_id(connection, task.account_id)


def at_provider(connection: sqlite3.Connection, task: Task, event: type[e.Event], capability: str) -> Account:
    """The account that has the task and can do this."""
    account = account_of(connection, task)
    if account is None or task.state in UNSENT:
        raise InvalidInput(
            mark("Nobody has task {number} yet."), mark("spirou send {number}"), number=task.number
        )
    must_allow(task, event)
    if not lookup.can(account, capability):
        raise Refused(
            mark("{provider} can't do that ({what})."),
            mark("spirou provider show {provider}"),
            provider=account.name,
            what=capability,
        )
    return account


def must_allow(task: Task, event: type[e.Event]) -> None:
    """InvalidInput where the task's state doesn't accept such a fact."""
    if task.state not in TRANSITIONS[event]:
        raise InvalidInput(
            mark("Task {number} is {state}; that can't be done now."),
            mark("spirou show {number}"),
            number=task.number,
            state=task.state,
        )
