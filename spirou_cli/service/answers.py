"""What a person does with a task that a provider has: reply, accept, reopen, cancel, reassign."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from pathlib import Path

from spirou_cli.domain import events as e
from spirou_cli.domain import fit
from spirou_cli.domain.errors import InvalidInput, Refused, mark
from spirou_cli.domain.money import Money
from spirou_cli.domain.ops import OpKind, OpState
from spirou_cli.domain.record import record, replace
from spirou_cli.domain.states import FINAL, UNSENT, TaskState
from spirou_cli.domain.task import Task
from spirou_cli.service import lookup, placing
from spirou_cli.service.context import Context
from spirou_cli.service.leaks import must_hold_no_key
from spirou_cli.service.lookup import find
from spirou_cli.service.placing import Placed
from spirou_cli.service.tasks import edited, send, stars
from spirou_cli.storage import files, queries
from spirou_cli.storage.accounts import Account
from spirou_cli.storage.codec import encode
from spirou_cli.storage.log import Log

__all__ = [
    "Accepted",
    "Canceled",
    "Reassigned",
    "Reassignment",
    "accept",
    "cancel",
    "leaves",
    "reassign",
    "reassignment",
    "reopen",
    "reply",
]

_ENDED = frozenset({TaskState.REJECTED, TaskState.FAILED, TaskState.EXPIRED})


@record(kw_only=True)
class Accepted:
    """A task that is done. ``told``: the provider that wants to know, by the outbox."""

    task: Task
    told: Account | None = None


@record(kw_only=True)
class Canceled:
    """``here``: nothing has to be asked of the provider. ``known_stopped``: nothing runs there either."""

    task: Task
    here: bool
    account: Account | None = None
    known_stopped: bool = True


@record(kw_only=True)
class Reassignment:
    """What a reassign would do. ``stops``: a provider is asked to; ``thread``: what goes to the next one."""

    old: Task
    account: Account | None
    to: Account
    stops: bool
    verdict: fit.Verdict
    thread: str = ""


@record(kw_only=True)
class Reassigned:
    """What was stopped, None where the task only moved; and the task that goes elsewhere."""

    stopped: Canceled | None
    placed: Placed


def reply(
    context: Context,
    reference: str,
    text: str,
    attach: Sequence[Path] = (),
    *,
    max_cost: Money | None = None,
) -> tuple[Task, Account]:
    """Answer a question or add information; it leaves with the next push. ``max_cost``: a sum granted."""
    must_hold_no_key(context, text)
    attachments = tuple(files.keep(context.files, path) for path in attach)
    with context.write() as log:
        task = find(log.connection, reference)
        account = placing.at_provider(log.connection, task, e.MessageSent, "reply")
        if attachments and not lookup.can(account, "attach"):
            raise Refused(
                mark("{provider} takes no files. Nothing was sent."),
                mark("spirou reply {number} -b TEXT"),
                provider=account.name,
                number=task.number,
            )
        if max_cost is not None:
            task = log.append(task.id, edited(task, {"max_cost": max_cost}))
        op_id = log.new_id()
        task = log.append(task.id, e.MessageSent(op_id=op_id, text=text, attachments=attachments))
        payload = {"text": text, "attachments": encode(attachments)}
        placing.enqueue(log, task, account, OpKind.REPLY, payload, op_id)
        return task, account


def reopen(
    context: Context, reference: str, text: str, *, due: tuple[int, bool] | None = None
) -> tuple[Task, Account]:
    """Send a delivery back with a reason and, if given, a new date."""
    must_hold_no_key(context, text)
    with context.write() as log:
        task = find(log.connection, reference)
        account = placing.at_provider(log.connection, task, e.Reopened, "reopen")
        op_id = log.new_id()
        task = log.append(task.id, e.Reopened(op_id=op_id, text=text))
        placing.enqueue(log, task, account, OpKind.REOPEN, {"text": text, "attachments": []}, op_id)
        if due is not None:
            edit_id = log.new_id() if lookup.can(account, "edit") else None
            event = replace(edited(task, {"due_at": due[0], "due_is_day": due[1]}), op_id=edit_id)
            task = log.append(task.id, event)
            if edit_id is not None:
                payload = {"changed": ["due"], "brief": placing.frozen(context, task, account)}
                placing.enqueue(log, task, account, OpKind.EDIT, payload, edit_id)
        return task, account


def accept(context: Context, reference: str, *, rating: int | None = None) -> Accepted:
    """Take the delivery: the task is done. The provider is told where it wants to know."""
    with context.write() as log:
        task = find(log.connection, reference)
        placing.must_allow(task, e.Accepted)
        if rating is not None:
            task = log.append(task.id, e.Rated(stars=stars(rating)))
        account = placing.account_of(log.connection, task)
        if account is None or not task.ref or not lookup.can(account, "accept"):
            return Accepted(task=log.append(task.id, e.Accepted()))
        op_id = log.new_id()
        task = log.append(task.id, e.Accepted(op_id=op_id))
        placing.enqueue(log, task, account, OpKind.ACCEPT, {}, op_id)
        return Accepted(task=task, told=account)


def leaves(connection: sqlite3.Connection, task: Task) -> bool:
    """Whether stopping this task has to be asked of a provider."""
    if task.state in _ENDED or task.state is TaskState.CANCELED:
        return False
    return not _never_left(connection, task)


def cancel(context: Context, reference: str, *, text: str = "", here_only: bool = False) -> Canceled:
    """Stop a task. What never left is canceled here; elsewhere a cancel is a request."""
    with context.write() as log:
        return _cancel(log, find(log.connection, reference), text, here_only=here_only)


def reassignment(context: Context, reference: str, to: str, *, keep_thread: bool = False) -> Reassignment:
    """What ``reassign`` would do; nothing is saved."""
    with context.write() as log:
        old, account = _reassignable(log.connection, reference, to)
        return Reassignment(
            old=old,
            account=placing.account_of(log.connection, old),
            to=account,
            stops=leaves(log.connection, old),
            verdict=placing.judge(context, log, account, old),
            thread=_thread(log.connection, old) if keep_thread else "",
        )


def reassign(
    context: Context, reference: str, to: str, *, approved: bool = False, keep_thread: bool = False
) -> Reassigned:
    """Stop it there and send it elsewhere, in one write; the new task says which one it takes over from."""
    with context.read() as connection:
        old, _ = _reassignable(connection, reference, to)
        moves = old.state in UNSENT and _never_left(connection, old)
    if moves:
        return Reassigned(stopped=None, placed=send(context, str(old.number), to=to, approved=approved))
    with context.write() as log:
        old, account = _reassignable(log.connection, reference, to)
        stopped = None if old.state is TaskState.CANCELED else _cancel(log, old, "", here_only=False)
        verdict = placing.judge(context, log, account, replace(old, approved=approved))
        state, reason = placing.standing(verdict)
        event = replace(
            _successor(old, _thread(log.connection, old) if keep_thread else ""),
            number=log.next_number(),
            state=state,
            reason=reason,
            account_id=account.id,
            approved=approved,
        )
        task = log.append(log.new_id(), event)
        if isinstance(verdict, fit.Send):
            placing.enqueue_submit(context, log, task, account)
        return Reassigned(stopped=stopped, placed=Placed(task=task, verdict=verdict, account=account))


def _successor(old: Task, thread: str) -> e.TaskAdded:
    """The task that takes over from ``old``, a draft without a number yet."""
    body = "\n\n".join(part for part in (old.body, thread) if part)
    return e.TaskAdded(
        number=0,
        state=TaskState.DRAFT,
        tags=old.tags,
        language=old.language,
        replaces=old.id,
        **e.brief_of(old) | {"body": body},
    )


def _thread(connection: sqlite3.Connection, task: Task) -> str:
    return "\n\n".join(_quoted(message) for message in queries.messages(connection, task.id))


def _quoted(message: queries.Message) -> str:
    """A message in a brief, as mail quotes: behind ``>`` what somebody else wrote."""
    return message.text if message.mine else "\n".join(f"> {line}" for line in message.text.splitlines())


def _reassignable(connection: sqlite3.Connection, reference: str, to: str) -> tuple[Task, Account]:
    """The task, and the account that is to have it."""
    old, account = find(connection, reference), lookup.named(connection, to)
    if account.id == old.account_id and old.state not in FINAL:
        raise InvalidInput(
            mark("{provider} has task {number} already."),
            mark("spirou reassign {number} --to OTHER"),
            provider=to,
            number=old.number,
        )
    return old, account


def _never_left(connection: sqlite3.Connection, task: Task) -> bool:
    """Whether it is certain that no provider has it: nothing of it is being sent or in doubt."""
    ops = placing.open_ops(connection, task)
    return task.state in UNSENT and all(op.state is OpState.QUEUED for op in ops)


def _cancel(log: Log, task: Task, text: str, *, here_only: bool) -> Canceled:
    if task.state is TaskState.CANCELED:
        return Canceled(task=task, here=True)
    placing.must_allow(task, e.Closed)
    account = placing.account_of(log.connection, task)
    stopped = _never_left(log.connection, task) or task.state in _ENDED
    if stopped or here_only:
        placing.withdraw(log, placing.open_ops(log.connection, task))
        task = log.append(task.id, e.Closed(known_stopped=stopped, text=text))
        return Canceled(task=task, here=True, account=account, known_stopped=stopped)
    if account is None or not lookup.can(account, "cancel"):
        raise Refused(
            mark("{provider} can't be told to stop task {number}. It may still run and cost."),
            mark('spirou cancel {number} --local   or tell them: spirou reply {number} "..."'),
            provider=account.name if account else "?",
            number=task.number,
        )
    if not task.cancel_requested:
        op_id = log.new_id()
        task = log.append(task.id, e.CancelAsked(op_id=op_id, text=text))
        placing.enqueue(log, task, account, OpKind.CANCEL, {"text": text}, op_id)
    return Canceled(task=task, here=False, account=account)
