"""What a person does with a task: add, send, answer, change, accept, cancel, forget."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from spirou_cli.domain import events as e
from spirou_cli.domain import fit
from spirou_cli.domain.delivery import FINAL_OPS, OpKind, OpState
from spirou_cli.domain.errors import InvalidInput, Refused, mark
from spirou_cli.domain.fold import TRANSITIONS
from spirou_cli.domain.money import Money
from spirou_cli.domain.states import UNSENT, TaskState
from spirou_cli.domain.task import Task
from spirou_cli.domain.text import check_title
from spirou_cli.service import briefs, plans, providers
from spirou_cli.service.context import Context
from spirou_cli.service.lookup import find
from spirou_cli.storage import files, outbox, queries
from spirou_cli.storage.accounts import Account
from spirou_cli.storage.codec import encode
from spirou_cli.storage.log import Log

__all__ = [
    "Canceled",
    "NewTask",
    "Placed",
    "accept",
    "add",
    "cancel",
    "edit",
    "find",
    "forget",
    "judge",
    "place",
    "rate",
    "reassign",
    "reopen",
    "reply",
    "send",
    "tag",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class NewTask:
    """What was typed. ``account`` is a provider's name, empty for the default one."""

    title: str
    body: str = ""
    due_at: int | None = None
    due_is_day: bool = True
    max_time_s: int | None = None
    max_cost: Money | None = None
    priority: Literal["low", "normal", "high"] = "normal"
    project: str = ""
    tags: tuple[str, ...] = ()
    attach: tuple[Path, ...] = ()
    language: str = ""
    account: str = ""
    draft: bool = False
    approved: bool = False
    client_key: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """A task and what fit said of it. ``existing``: its ``--key`` was seen before, nothing was done."""

    task: Task
    verdict: fit.Verdict | None
    account: Account | None
    existing: bool = False
    new_account: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Canceled:
    """``here``: nothing has to be asked of the provider."""

    task: Task
    here: bool


def add(context: Context, new: NewTask, *, dry_run: bool = False) -> Placed:
    """Save a task; it is durable when this returns, and its submit is queued if fit said «send»."""
    title = check_title(new.title)
    attachments = () if dry_run else tuple(files.keep(context.files, path) for path in new.attach)
    with context.write() as log:
        known = queries.by_client_key(log.connection, new.client_key) if new.client_key else None
        if known is not None:
            account = providers.by_id(log.connection, known.account_id)
            return Placed(task=known, verdict=None, account=account, existing=True)
        account, made = providers.choose(context, log, new.account, needed=not new.draft)
        verdict = None if new.draft or account is None else _ask(log, account, _request(new))
        task = _append_new(log, replace(new, title=title), attachments, account, verdict)
        if isinstance(verdict, fit.Send) and account is not None:
            _enqueue_submit(context, log, task, account)
        placed = Placed(task=task, verdict=verdict, account=account, new_account=made)
        if dry_run:
            raise _DryRun(placed)
    return placed


class _DryRun(Exception):
    """Carries the answer out of a transaction that must not be committed."""

    def __init__(self, placed: Placed) -> None:
        super().__init__()
        self.placed = placed


def rehearse(context: Context, new: NewTask) -> Placed:
    """What ``add`` would say, without saving anything."""
    try:
        return add(context, new, dry_run=True)
    except _DryRun as rehearsal:
        return rehearsal.placed


def send(
    context: Context,
    reference: str,
    *,
    to: str = "",
    max_cost: Money | None = None,
    approved: bool = False,
) -> Placed:
    """Send a draft, or try again what did not leave."""
    with context.write() as log:
        task = find(log.connection, reference)
        if task.state not in UNSENT | {TaskState.REJECTED, TaskState.FAILED, TaskState.EXPIRED}:
            raise InvalidInput(
                mark("Task {number} has been sent already."),
                mark("spirou show {number}"),
                number=task.number,
            )
        if _open_submit(log.connection, task):
            return Placed(task=task, verdict=fit.Send(), account=_account(log.connection, task))
        if max_cost is not None:
            task = log.append(task.id, _edited(task, {"max_cost": max_cost}))
        if approved and not task.approved:
            task = log.append(task.id, e.Approved())
        account, made = providers.choose(context, log, to or task.account_id or "", needed=True)
        if account is None:
            raise RuntimeError("a needed account was not chosen")
        verdict = _ask(log, account, _request_of(task))
        return replace(place(context, log, task, account, verdict), new_account=made)


def place(context: Context, log: Log, task: Task, account: Account, verdict: fit.Verdict) -> Placed:
    """Give a kept task to an account as fit decided; the submit op is there only if fit said «send»."""
    state, reason = _standing(verdict)
    if task.account_id != account.id or task.state not in UNSENT:
        task = log.append(task.id, e.Assigned(account_id=account.id, state=state, reason=reason))
    elif (task.state, task.reason) != (state, reason):
        task = log.append(task.id, e.Postponed(state=state, reason=reason))
    if isinstance(verdict, fit.Send):
        _enqueue_submit(context, log, task, account)
    return Placed(task=task, verdict=verdict, account=account)


def reply(context: Context, reference: str, text: str, attach: Sequence[Path] = ()) -> Task:
    """Answer a question or add information; it leaves with the next push."""
    attachments = tuple(files.keep(context.files, path) for path in attach)
    with context.write() as log:
        task = find(log.connection, reference)
        account = _at_provider(log.connection, task, e.MessageSent, "reply")
        op_id = log.new_id()
        task = log.append(task.id, e.MessageSent(op_id=op_id, text=text, attachments=attachments))
        _enqueue(log, task, account, OpKind.REPLY, {"text": text, "attachments": encode(attachments)}, op_id)
        return task


def reopen(context: Context, reference: str, text: str) -> Task:
    """Send a delivery back with a reason."""
    with context.write() as log:
        task = find(log.connection, reference)
        account = _at_provider(log.connection, task, e.Reopened, "reopen")
        op_id = log.new_id()
        task = log.append(task.id, e.Reopened(op_id=op_id, text=text))
        _enqueue(log, task, account, OpKind.REOPEN, {"text": text, "attachments": []}, op_id)
        return task


def accept(context: Context, reference: str, *, stars: int | None = None) -> Task:
    """Take the delivery: the task is done. The provider is told where it wants to know."""
    with context.write() as log:
        task = find(log.connection, reference)
        _must_allow(task, e.Accepted)
        task = log.append(task.id, e.Accepted())
        if stars is not None:
            task = log.append(task.id, e.Rated(stars=_stars(stars)))
        account = _account(log.connection, task)
        if account is not None and task.ref and providers.can(account, "accept"):
            _enqueue(log, task, account, OpKind.ACCEPT, {})
        return task


def rate(context: Context, reference: str, stars: int) -> Task:
    """Remember how good it was, from 1 to 5."""
    with context.write() as log:
        return log.append(find(log.connection, reference).id, e.Rated(stars=_stars(stars)))


def tag(context: Context, reference: str, add: Sequence[str], remove: Sequence[str]) -> Task:
    """Change the tags of a task."""
    with context.write() as log:
        task = find(log.connection, reference)
        tags = tuple(dict.fromkeys(t for t in (*task.tags, *add) if t not in remove))
        return task if tags == task.tags else log.append(task.id, e.TagsChanged(tags=tags))


def edit(context: Context, reference: str, changes: dict[str, Any], *, here_only: bool = False) -> Placed:
    """Change the brief here and, where the provider has it and can, there."""
    if "title" in changes:
        changes["title"] = check_title(changes["title"])
    with context.write() as log:
        task = find(log.connection, reference)
        _must_allow(task, e.BriefEdited)
        account = _account(log.connection, task)
        there = task.state not in UNSENT or _open_submit(log.connection, task)
        if there and not here_only and not (account and providers.can(account, "edit")):
            raise Refused(
                mark("{provider} can't change a task it has. Nothing was changed."),
                mark('spirou reply {number} "..."   or, here only: spirou edit {number} --local …'),
                provider=account.name if account else "?",
                number=task.number,
            )
        event = _edited(task, changes)
        if not event.changed:
            return Placed(task=task, verdict=None, account=account)
        task = log.append(task.id, event)
        if there:
            if not here_only and account is not None:
                brief = _frozen(context, task, account)
                _enqueue(log, task, account, OpKind.EDIT, {"changed": list(event.changed), "brief": brief})
            return Placed(task=task, verdict=None, account=account)
        if task.state is TaskState.DRAFT or account is None:
            return Placed(task=task, verdict=None, account=account)
        return place(context, log, task, account, _ask(log, account, _request_of(task)))


def cancel(context: Context, reference: str, *, text: str = "", here_only: bool = False) -> Canceled:
    """Stop a task. What never left is canceled here; elsewhere a cancel is a request."""
    with context.write() as log:
        task = find(log.connection, reference)
        if task.state is TaskState.CANCELED:
            return Canceled(task=task, here=True)
        _must_allow(task, e.Closed)
        ops = [op for op in outbox.of_task(log.connection, task.id) if op.state not in FINAL_OPS]
        never_left = task.state in UNSENT and all(
            op.state is OpState.QUEUED and not op.attempts for op in ops
        )
        ended = task.state in {TaskState.REJECTED, TaskState.FAILED, TaskState.EXPIRED}
        if never_left or ended or here_only:
            for op in ops:
                if op.state in {OpState.QUEUED, OpState.HELD}:
                    outbox.move(log.connection, op, OpState.WITHDRAWN)
            return Canceled(
                task=log.append(task.id, e.Closed(known_stopped=never_left or ended, text=text)), here=True
            )
        account = _account(log.connection, task)
        if account is None or not providers.can(account, "cancel"):
            raise Refused(
                mark("{provider} can't be told to stop a task. It may still run and cost."),
                mark('spirou cancel {number} --local   or tell them: spirou reply {number} "..."'),
                provider=account.name if account else "?",
                number=task.number,
            )
        if task.cancel_requested:
            return Canceled(task=task, here=False)
        op_id = log.new_id()
        task = log.append(task.id, e.CancelAsked(op_id=op_id, text=text))
        _enqueue(log, task, account, OpKind.CANCEL, {"text": text}, op_id)
        return Canceled(task=task, here=False)


def reassign(
    context: Context, reference: str, to: str, *, approved: bool = False
) -> tuple[Canceled | None, Placed]:
    """Stop it there and send it elsewhere; the new task says which one it takes over from."""
    with context.read() as connection:
        old = find(connection, reference)
        if providers.named(connection, to).id == old.account_id:
            raise InvalidInput(
                mark("{provider} has task {number} already."),
                mark("spirou reassign {number} --to OTHER"),
                provider=to,
                number=old.number,
            )
    if old.state in UNSENT and not _has_open_submit(context, old):
        return None, send(context, reference, to=to, approved=approved)
    stopped = cancel(context, reference) if old.state is not TaskState.CANCELED else None
    with context.write() as log:
        account = providers.named(log.connection, to)
        request = replace(_request_of(old), approved=approved)
        verdict = _ask(log, account, request)
        state, reason = _standing(verdict)
        event = e.TaskAdded(
            number=log.next_number(),
            state=state,
            reason=reason,
            account_id=account.id,
            title=old.title,
            body=old.body,
            due_at=old.due_at,
            due_is_day=old.due_is_day,
            max_time_s=old.max_time_s,
            max_cost=old.max_cost,
            priority=old.priority,  # type: ignore[arg-type]  # checked when it was added
            project=old.project,
            tags=old.tags,
            attachments=old.attachments,
            language=old.language,
            approved=approved,
            replaces=old.id,
        )
        task = log.append(log.new_id(), event)
        if isinstance(verdict, fit.Send):
            _enqueue_submit(context, log, task, account)
        return stopped, Placed(task=task, verdict=verdict, account=account)


def forget(context: Context, reference: str) -> Task:
    """Erase a closed task's words, files and raw messages for good; figures and states stay."""
    with context.write() as log:
        task = find(log.connection, reference)
        ops = outbox.of_task(log.connection, task.id)
        if any(op.state not in FINAL_OPS for op in ops) or task.state not in {
            TaskState.COMPLETED,
            TaskState.CANCELED,
            TaskState.DRAFT,
        }:
            raise Refused(
                mark("Task {number} is still open; its words are needed."),
                mark("spirou accept {number}   or spirou cancel {number}"),
                number=task.number,
            )
        task = log.append(task.id, e.Forgotten())
        log.connection.execute("DELETE FROM text WHERE task_id = ?", (task.id,))
        log.connection.execute("UPDATE inbox SET raw = NULL WHERE task_id = ?", (task.id,))
    files.forget(context.files, task.id)
    return task


# --- the steps they share -------------------------------------------------------------------------


def _request(new: NewTask) -> fit.Request:
    return fit.Request(max_time_s=new.max_time_s, max_cost=new.max_cost, approved=new.approved)


def _request_of(task: Task) -> fit.Request:
    return fit.Request(max_time_s=task.max_time_s, max_cost=task.max_cost, approved=task.approved)


def judge(log: Log, account: Account, task: Task) -> fit.Verdict:
    """Ask fit again for a task that waits here."""
    return _ask(log, account, _request_of(task))


def _ask(log: Log, account: Account, request: fit.Request) -> fit.Verdict:
    limits = plans.limits(log.connection, account, log.at)
    return fit.fit(request, limits, plans.open_places(log.connection, account.id))


def _standing(verdict: fit.Verdict | None) -> tuple[TaskState, e.Reason | None]:
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


def _append_new(
    log: Log,
    new: NewTask,
    attachments: tuple[e.FileRef, ...],
    account: Account | None,
    verdict: fit.Verdict | None,
) -> Task:
    state, reason = _standing(verdict)
    event = e.TaskAdded(
        number=log.next_number(),
        state=state,
        reason=reason,
        account_id=account.id if account else None,
        client_key=new.client_key,
        title=new.title,
        body=new.body,
        due_at=new.due_at,
        due_is_day=new.due_is_day,
        max_time_s=new.max_time_s,
        max_cost=new.max_cost,
        priority=new.priority,
        project=new.project,
        tags=new.tags,
        attachments=attachments,
        language=new.language,
        approved=new.approved,
    )
    return log.append(log.new_id(), event)


def _edited(task: Task, changes: dict[str, Any]) -> e.BriefEdited:
    """The whole brief with ``changes`` in it."""
    now = {
        name: changes.get(name, getattr(task, name))
        for name in e.BriefEdited.__dataclass_fields__
        if name != "changed"
    }
    changed = tuple(sorted(name for name, value in now.items() if value != getattr(task, name)))
    return e.BriefEdited(changed=changed, **now)


def _enqueue_submit(context: Context, log: Log, task: Task, account: Account) -> None:
    _enqueue(log, task, account, OpKind.SUBMIT, _frozen(context, task, account))


def _frozen(context: Context, task: Task, account: Account) -> dict[str, Any]:
    language = account.language or context.language
    return briefs.freeze(task, language=language, zone=context.zone, sender=context.settings.get("name", ""))


def _enqueue(
    log: Log, task: Task, account: Account, kind: OpKind, payload: dict[str, Any], op_id: str | None = None
) -> None:
    outbox.add(
        log.connection,
        op_id=op_id or log.new_id(),
        task_id=task.id,
        account_id=account.id,
        kind=kind,
        payload=payload,
        at=log.at,
    )


def _account(connection: sqlite3.Connection, task: Task) -> Account | None:
    return providers.by_id(connection, task.account_id)


def _at_provider(
    connection: sqlite3.Connection, task: Task, event: type[e.Event], capability: str
) -> Account:
    """The account that has the task and can do this."""
    account = _account(connection, task)
    if account is None or task.state in UNSENT:
        raise InvalidInput(
            mark("Nobody has task {number} yet."), mark("spirou send {number}"), number=task.number
        )
    _must_allow(task, event)
    if not providers.can(account, capability):
        raise Refused(
            mark("{provider} can't do that ({what})."),
            mark("spirou provider show {provider}"),
            provider=account.name,
            what=capability,
        )
    return account


def _must_allow(task: Task, event: type[e.Event]) -> None:
    if task.state not in TRANSITIONS[event]:
        raise InvalidInput(
            mark("Task {number} is {state}; that can't be done now."),
            mark("spirou show {number}"),
            number=task.number,
            state=task.state.value,
        )


def _open_submit(connection: sqlite3.Connection, task: Task) -> bool:
    return any(
        op.kind is OpKind.SUBMIT and op.state not in FINAL_OPS for op in outbox.of_task(connection, task.id)
    )


def _has_open_submit(context: Context, task: Task) -> bool:
    with context.read() as connection:
        return _open_submit(connection, task)


def _stars(stars: int) -> int:
    if stars not in range(1, 6):
        raise InvalidInput(mark("A rating goes from 1 to 5."), mark("spirou rate ID 4"))
    return stars
