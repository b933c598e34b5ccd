"""What a person does with a task that is theirs to shape: add, find, send, edit, tag, rate, forget."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

from spirou_cli.domain import events as e
from spirou_cli.domain import fit
from spirou_cli.domain.errors import InvalidInput, NoSuchThing, Refused, mark
from spirou_cli.domain.money import Money
from spirou_cli.domain.ops import OpKind, OpState
from spirou_cli.domain.record import fields, record, replace
from spirou_cli.domain.states import UNSENT, TaskState
from spirou_cli.domain.task import Task
from spirou_cli.domain.text import check_title
from spirou_cli.service import lookup, placing
from spirou_cli.service.choosing import choose
from spirou_cli.service.context import Context
from spirou_cli.service.lookup import find
from spirou_cli.service.placing import Placed
from spirou_cli.storage import accounts, outbox, queries
from spirou_cli.storage.accounts import Account
from spirou_cli.storage.log import Log

__all__ = [
    "Edited",
    "NewTask",
    "add",
    "add_all",
    "edit",
    "edited",
    "forget",
    "must_be_closed",
    "rate",
    "rehearse",
    "rehearse_all",
    "send",
    "stars",
    "tag",
    "takers",
]


@record(kw_only=True)
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


@record(kw_only=True)
class Edited:
    """A changed task: ``told`` has it and gets the change; else ``placed`` says whether it leaves now."""

    placed: Placed
    told: Account | None = None


def add(context: Context, new: NewTask) -> Placed:
    """Save a task; it is durable when this returns, and its submit is queued if fit said «send»."""
    return add_all(context, [new])[0]


def add_all(context: Context, new: Sequence[NewTask]) -> list[Placed]:
    """Save tasks, all or none, in their order."""
    kept = [_kept(context, one.attach) for one in new]
    with context.write() as log:
        return [_add(context, log, one, attached) for one, attached in zip(new, kept, strict=True)]


def rehearse(context: Context, new: NewTask) -> Placed:
    """What ``add`` would say, without saving anything."""
    return rehearse_all(context, [new])[0]


def rehearse_all(context: Context, new: Sequence[NewTask]) -> list[Placed]:
    """What ``add_all`` would say, without saving anything."""
    try:
        with context.write() as log:
            raise _Rehearsed([_add(context, log, one, ()) for one in new])
    except _Rehearsed as rehearsed:
        return rehearsed.placed


class _Rehearsed(Exception):
    """Carries the answer out of a transaction that must not be committed."""

    def __init__(self, placed: list[Placed]) -> None:
        super().__init__()
        self.placed = placed


def send(
    context: Context,
    reference: str,
    *,
    to: str = "",
    max_cost: Money | None = None,
    approved: bool = False,
    dry_run: bool = False,
) -> Placed:
    """Send a draft, or try again now what did not leave; with ``to``, to another provider."""
    try:
        with context.write() as log:
            placed = _send(context, log, find(log.connection, reference), to, max_cost, approved=approved)
            if dry_run:
                raise _Rehearsed([placed])
            return placed
    except _Rehearsed as rehearsed:
        return rehearsed.placed[0]


def takers(context: Context, task: Task) -> list[str]:
    """The names of the other accounts that would take a task as it is, now or in its turn."""
    with context.write() as log:
        others = [one for one in accounts.accounts(log.connection) if one.id != task.account_id]
        verdicts = [(other.name, placing.judge(context, log, other, task)) for other in others]
        return [name for name, verdict in verdicts if isinstance(verdict, fit.Send | fit.Wait)]


def edit(
    context: Context,
    reference: str,
    changes: dict[str, Any],
    *,
    attach: Sequence[Path] = (),
    here_only: bool = False,
) -> Edited:
    """Change the brief here and, where the provider has it and can, there.

    ``attach`` adds files to those it has. What has not left is judged again by fit.
    """
    added = _kept(context, attach)
    if "title" in changes:
        changes["title"] = check_title(changes["title"])
    with context.write() as log:
        task = find(log.connection, reference)
        placing.must_allow(task, e.BriefEdited)
        if added:
            changes["attachments"] = (*changes.get("attachments", task.attachments), *added)
        return _edit(context, log, task, edited(task, changes), here_only=here_only)


def tag(context: Context, reference: str, add: Sequence[str], remove: Sequence[str]) -> Task:
    """Change the tags of a task."""
    with context.write() as log:
        task = find(log.connection, reference)
        tags = tuple(dict.fromkeys(t for t in (*task.tags, *add) if t not in remove))
        return task if tags == task.tags else log.append(task.id, e.TagsChanged(tags=tags))


def rate(context: Context, reference: str, number: int) -> Task:
    """Remember how good it was, from 1 to 5."""
    with context.write() as log:
        return log.append(find(log.connection, reference).id, e.Rated(stars=stars(number)))


def forget(context: Context, reference: str) -> Task:
    """Erase a closed task's words, files and raw messages for good; figures and states stay."""
    with context.write() as log:
        task = find(log.connection, reference)
        must_be_closed(log.connection, task)
        task = log.append(task.id, e.Forgotten())
        log.connection.execute("DELETE FROM text WHERE task_id = ?", (task.id,))
        log.connection.execute("UPDATE inbox SET raw = NULL WHERE task_id = ?", (task.id,))
    from spirou_cli.storage import files

    files.forget(context.files, task.id)
    return task


def must_be_closed(connection: sqlite3.Connection, task: Task) -> None:
    """Refused while the words of a task are still needed."""
    if placing.open_ops(connection, task) or task.state not in {
        TaskState.COMPLETED,
        TaskState.CANCELED,
        TaskState.DRAFT,
    }:
        raise Refused(
            mark("Task {number} is still open; its words are needed."),
            mark("spirou accept {number}   or spirou cancel {number}"),
            number=task.number,
        )


# --- the steps they share -------------------------------------------------------------------------


def _kept(context: Context, paths: Sequence[Path]) -> tuple[e.FileRef, ...]:
    """Copies of the files to attach, made before the transaction that names them."""
    if not paths:
        return ()
    from spirou_cli.storage import files  # loads what copies and packs: most tasks have no file

    return tuple(files.keep(context.files, path) for path in paths)


def _add(context: Context, log: Log, new: NewTask, attachments: tuple[e.FileRef, ...]) -> Placed:
    new = replace(new, title=check_title(new.title))
    known = queries.by_client_key(log.connection, new.client_key) if new.client_key else None
    if known is not None:
        account = lookup.by_id(log.connection, known.account_id)
        return Placed(task=known, verdict=None, account=account, existing=True)
    account, made = choose(context, log, new.account, needed=not new.draft)
    verdict = None if new.draft or account is None else _ask(context, log, account, new)
    task = _append_new(log, new, attachments, account, verdict)
    if isinstance(verdict, fit.Send) and account is not None:
        placing.enqueue_submit(context, log, task, account)
    return Placed(task=task, verdict=verdict, account=account, new_account=made)


def _ask(context: Context, log: Log, account: Account, new: NewTask) -> fit.Verdict:
    request = fit.Request(max_time_s=new.max_time_s, max_cost=new.max_cost, approved=new.approved)
    return placing.ask(context, log, account, request, project=new.project, tags=new.tags)


def _append_new(
    log: Log,
    new: NewTask,
    attachments: tuple[e.FileRef, ...],
    account: Account | None,
    verdict: fit.Verdict | None,
) -> Task:
    state, reason = placing.standing(verdict)
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


def _send(
    context: Context, log: Log, task: Task, to: str, max_cost: Money | None, *, approved: bool
) -> Placed:
    if task.state not in _SENDABLE:
        raise InvalidInput(
            mark("Task {number} has been sent already."), mark("spirou show {number}"), number=task.number
        )
    account, made = _destination(context, log, task, to)
    leaving = placing.open_submit(log.connection, task)
    before = task
    if max_cost is not None and max_cost != task.max_cost:
        task = log.append(task.id, edited(task, {"max_cost": max_cost}))
    if approved and not task.approved:
        task = log.append(task.id, e.Approved())
    if leaving is not None:
        if leaving.state is not OpState.QUEUED or (leaving.account_id == account.id and task == before):
            outbox.hurry(log.connection, leaving)
            return Placed(task=task, verdict=fit.Send(), account=account)
        placing.withdraw(log, [leaving])
    placed = placing.place(
        context, log, task, account, placing.judge(context, log, account, task), chosen=True
    )
    return replace(placed, new_account=made)


_SENDABLE = UNSENT | {TaskState.REJECTED, TaskState.FAILED, TaskState.EXPIRED}


def _destination(context: Context, log: Log, task: Task, to: str) -> tuple[Account, bool]:
    account, made = choose(context, log, to or task.account_id or "", needed=True)
    if account is None:
        raise RuntimeError("a needed account was not chosen")
    if account.removed_at is not None:
        raise NoSuchThing(
            mark("{provider}, for which task {number} was meant, was removed."),
            mark("spirou send {number} --to NAME"),
            provider=account.name,
            number=task.number,
        )
    return account, made


def _edit(context: Context, log: Log, task: Task, event: e.BriefEdited, *, here_only: bool) -> Edited:
    account = placing.account_of(log.connection, task)
    if not event.changed:
        return Edited(placed=Placed(task=task, verdict=None, account=account))
    leaving = placing.open_submit(log.connection, task)
    if task.state in UNSENT and (leaving is None or leaving.state is OpState.QUEUED):
        placing.withdraw(log, [leaving] if leaving else [])
        return Edited(placed=_place_again(context, log, log.append(task.id, event), account))
    told = None if here_only else _editor(account, task)
    op_id = log.new_id() if told is not None else None
    task = log.append(task.id, replace(event, op_id=op_id))
    if told is not None:
        _enqueue_edit(context, log, task, told, event.changed, op_id)
    return Edited(placed=Placed(task=task, verdict=None, account=account), told=told)


def _place_again(context: Context, log: Log, task: Task, account: Account | None) -> Placed:
    """A changed task that is still here: a draft stays one, what waits is judged again."""
    if account is None or (task.state is TaskState.DRAFT and task.reason is None):
        return Placed(task=task, verdict=None, account=account)
    verdict = placing.judge(context, log, account, task)
    if task.state is not TaskState.DRAFT:
        return placing.place(context, log, task, account, verdict)
    _, reason = placing.standing(verdict)
    kept = reason if isinstance(verdict, fit.Refuse) else None
    if kept != task.reason:
        task = log.append(task.id, e.Postponed(state=TaskState.DRAFT, reason=kept))
    return Placed(task=task, verdict=None, account=account)


def _editor(account: Account | None, task: Task) -> Account:
    """The account that has the task and can change it."""
    if account is None or not lookup.can(account, "edit"):
        raise Refused(
            mark("{provider} can't change a task it has. Nothing was changed."),
            mark('spirou reply {number} "..."   or, here only: spirou edit {number} --local …'),
            provider=account.name if account else "?",
            number=task.number,
        )
    return account


def _enqueue_edit(
    context: Context, log: Log, task: Task, account: Account, changed: tuple[str, ...], op_id: str | None
) -> None:
    """Queue an edit; the fields go by the names that the contract's brief has."""
    fields = sorted({_BRIEF_FIELDS.get(name, name) for name in changed})
    brief = placing.frozen(context, task, account)
    placing.enqueue(log, task, account, OpKind.EDIT, {"changed": fields, "brief": brief}, op_id)


_BRIEF_FIELDS = {"due_at": "due", "due_is_day": "due"}


def edited(task: Task, changes: dict[str, Any]) -> e.BriefEdited:
    """The whole brief with ``changes`` in it."""
    now = {
        name: changes.get(name, getattr(task, name))
        for name in fields(e.BriefEdited)
        if name not in ("changed", "op_id")
    }
    changed = tuple(sorted(name for name, value in now.items() if value != getattr(task, name)))
    return e.BriefEdited(changed=changed, **now)


def stars(number: int) -> int:
    """A rating, checked."""
    if number not in range(1, 6):
        raise InvalidInput(mark("A rating goes from 1 to 5."), mark("spirou rate ID 4"))
    return number
