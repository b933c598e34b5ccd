"""Pushing: claims rows of the outbox, lets the adapter send them, records what became of them.

The caller holds the sync lock. A claim is committed before the first byte leaves; no transaction is
open while a provider answers; each answer and the fact it is land in one transaction.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from spirou_cli.adapters import base
from spirou_cli.adapters.base import Adapter, CancelOutcome, Ref, Report
from spirou_cli.adapters.flaws import flaw
from spirou_cli.domain import delivery as d
from spirou_cli.domain import events as e
from spirou_cli.domain.ops import OpKind, OpState, Repeatability
from spirou_cli.domain.record import field, record
from spirou_cli.domain.states import TaskState
from spirou_cli.service import news, placing, thawing
from spirou_cli.service.context import Context
from spirou_cli.storage import clock, outbox, queries, rows
from spirou_cli.storage.accounts import Account
from spirou_cli.storage.log import Log

__all__ = ["Pushed", "push", "release_queued"]


@record(frozen=False)
class Pushed:
    """What a push did to one account. ``stopped`` is what stopped it, an error of the contract."""

    account: Account
    done: list[d.Op] = field(default_factory=list)
    refused: list[d.Op] = field(default_factory=list)
    held: list[d.Op] = field(default_factory=list)
    waiting: list[d.Op] = field(default_factory=list)
    stopped: base.AdapterError | None = None
    tried: set[int] = field(default_factory=set)
    """The numbers of the rows that were looked at, whatever came of it."""
    spread: Callable[[], float] = lambda: 0.0


@record
class _Answer:
    """What came back for one op."""

    outcome: d.Outcome
    reports: tuple[Report, ...] = ()
    confirmed: bool = False
    stop: base.AdapterError | None = None


def push(
    context: Context, account: Account, adapter: Adapter | None = None, *, sent: Collection[int] = ()
) -> Pushed:
    """Send what may leave to one account now, but for the rows ``sent``, which had their turn.

    The caller holds the sync lock.
    """
    pushed = Pushed(account, spread=context.spread)
    with context.write() as log:
        outbox.interrupted(log.connection, account.id, log.at)
        release_queued(context, log, account)
        if account.paused or not outbox.open_ops(log.connection, account.id):
            return pushed
    try:
        adapter = adapter or context.connect(account)
        capabilities = adapter.capabilities()
    except base.AdapterError as error:
        pushed.stopped = error
        return pushed
    tried = pushed.tried
    with _senders(context, account, adapter, capabilities.max_connections) as send:
        while pushed.stopped is None and not context.stopping.is_set():
            steps = [step for step in _plan(context, account, capabilities) if step.op.seq not in tried]
            ready = [step for step in steps if not isinstance(step, d.Wait) and not _had_turn(step, sent)]
            if not ready:
                break
            for step in ready:
                if isinstance(step, d.Hold | d.Withdraw):
                    _set_aside(context, step, pushed)
            lost = [step.op for step in ready if isinstance(step, d.LookUp)]
            claims = _look_up(context, adapter, capabilities, lost, pushed)
            claims += [step.op for step in ready if isinstance(step, d.Claim)]
            tried |= {step.op.seq for step in ready if not isinstance(step, d.LookUp)}
            tried |= {op.seq for op in (*pushed.waiting, *claims)}
            _send_all(context, capabilities, claims, send, pushed)
    return pushed


def _had_turn(step: d.Step, sent: Collection[int]) -> bool:
    """Whether the row was sent in this sync: slow answers may have used up its waiting time since."""
    return step.op.seq in sent and isinstance(step, d.Claim | d.LookUp)


def release_queued(context: Context, log: Log, account: Account) -> None:
    """Ask fit again for tasks that wait here, in order: a free place is taken once (inside this write)."""
    submits = {op.task_id for op in outbox.open_ops(log.connection, account.id) if op.kind is OpKind.SUBMIT}
    for task in queries.queued_tasks(log.connection, account.id):
        if task.id not in submits:
            verdict = placing.judge(context, log, account, task)
            placing.place(context, log, task, account, verdict)


def _plan(context: Context, account: Account, capabilities: base.Capabilities) -> list[d.Step]:
    with context.write() as log:
        ops = outbox.open_ops(log.connection, account.id)
        named = queries.with_ref(log.connection, account.id)
        steps = d.plan(
            ops,
            capabilities.repeatability,
            log.at,
            has_ref=named.__contains__,
            clock_sure_since=clock.sure_since(log.connection),
        )
        return list(steps)


def _set_aside(context: Context, step: d.Hold | d.Withdraw, pushed: Pushed) -> None:
    op = step.op
    with context.write() as log:
        if isinstance(step, d.Withdraw):
            outbox.move(log.connection, op, OpState.WITHDRAWN)
            return
        outbox.move(log.connection, op, OpState.HELD, op.error or step.why)
        if op.kind is OpKind.SUBMIT:
            log.append(op.task_id, e.ArrivalUnknown(op_id=op.id, asked=True, reason=e.Reason(step.why)))
    pushed.held.append(op)


def _look_up(
    context: Context, adapter: Adapter, capabilities: base.Capabilities, ops: Sequence[d.Op], pushed: Pushed
) -> list[d.Op]:
    """Ask whether ops of unknown outcome arrived; those that surely didn't, to be sent again."""
    absent = []
    for op in ops:
        try:
            found = adapter.find(_pending(context, op))
            if found is not None and (problem := flaw(found)):
                raise base.ProtocolError(f"The provider's name of the task can't be used: {problem}.")
        except Exception as error:  # whatever it is, it says nothing of the op
            pushed.waiting.append(op)
            if not isinstance(error, base.AdapterError):
                error = base.ProtocolError(f"{type(error).__name__} in the adapter")
            pushed.stopped = error
            break
        answer = _Answer(d.Arrived(found.id, found.url) if found else d.Absent())
        with context.write() as log:
            settled = _record(log, op, answer, capabilities.repeatability(op.kind), pushed)
        if settled.state is OpState.SENDING:
            absent.append(op)
    return absent


def _pending(context: Context, op: d.Op) -> base.PendingOp:
    payload, ref = _frozen(context, op)
    submit = op.kind is OpKind.SUBMIT and payload is not None
    return base.PendingOp(
        kind=op.kind,
        op_key=op.id,
        ref=ref,
        brief=thawing.thaw(op.id, payload, context.files) if submit else None,
        first_sent_at=_moment(op.first_sent_at),
    )


def _send_all(
    context: Context,
    capabilities: base.Capabilities,
    ops: Sequence[d.Op],
    send: Callable[[d.Op], Future[_Answer]],
    pushed: Pushed,
) -> None:
    """Claim and send, at most ``max_connections`` at once.

    Answers that have come are recorded in the transaction that claims the next ops: a commit costs
    milliseconds, and each op still has its own claim before it is sent and its own outcome after.
    """
    queue = list(ops)
    under_way: dict[Future[_Answer], d.Op] = {}
    answered: list[tuple[d.Op, _Answer]] = []
    while queue or under_way or answered:
        with context.write() as log:
            for op, answer in answered:
                _record(log, op, answer, capabilities.repeatability(op.kind), pushed)
                pushed.stopped = pushed.stopped or answer.stop
            if pushed.stopped is not None or context.stopping.is_set():
                queue = []
            room = max(capabilities.max_connections, 1) - len(under_way)
            batch, queue = queue[:room], queue[room:]
            claimed = _claim(log, batch, pushed)
        under_way |= {send(op): op for op in claimed}
        finished, _ = wait(under_way, return_when=FIRST_COMPLETED)
        answered = [(under_way.pop(future), future.result()) for future in finished]


def _claim(log: Log, ops: Sequence[d.Op], pushed: Pushed) -> list[d.Op]:
    """The rows that are ours to send, as they are after the claim."""
    claimed = []
    for op in ops:
        if outbox.payload(log.connection, op) is None:
            outbox.move(log.connection, op, OpState.HELD, "payload_damaged")
            pushed.held.append(op)
        elif outbox.claim(log.connection, op, log.at):
            claimed.append(outbox.get(log.connection, op.seq) or op)
    return claimed


@contextmanager
def _senders(
    context: Context, account: Account, adapter: Adapter, connections: int
) -> Iterator[Callable[[d.Op], Future[_Answer]]]:
    """Something that sends a claimed op: in this thread, or in as many as the provider allows."""
    if connections <= 1:
        yield lambda op: _finished(_send(context, adapter, op))
        return
    own = threading.local()

    def send(op: d.Op) -> _Answer:
        if not hasattr(own, "adapter"):
            own.adapter = context.connect(account)
        return _send(context, own.adapter, op)

    with ThreadPoolExecutor(connections, thread_name_prefix=account.name) as pool:
        yield lambda op: pool.submit(send, op)


def _finished(answer: _Answer) -> Future[_Answer]:
    future: Future[_Answer] = Future()
    future.set_result(answer)
    return future


def _send(context: Context, adapter: Adapter, op: d.Op) -> _Answer:
    """One attempt; every failure as one of the contract's classes."""
    payload, ref = _frozen(context, op)
    try:
        return _perform(context, adapter, op, payload, ref)
    except base.Unreachable as error:
        return _Answer(d.NotSent(error.phrase), stop=error)
    except base.RateLimited as error:
        return _Answer(d.AnsweredLater(error.phrase, error.retry_after_s), stop=error)
    except base.AuthRequired as error:
        return _Answer(d.NeedsKey(error.phrase), stop=error)
    except base.QuotaExceeded as error:
        if error.retry_after_s is None:
            return _Answer(d.Refusal(error.phrase, "quota"))
        return _Answer(d.AnsweredLater(error.phrase, error.retry_after_s), stop=error)
    except base.Rejected as error:
        if error.code == base.KEY_REUSED:
            return _Answer(d.Clash(error.phrase))
        return _Answer(d.Refusal(error.phrase, error.code))
    except (base.NotFound, base.InvalidState, base.Unsupported) as error:
        return _Answer(d.Refusal(error.phrase or type(error).__name__, type(error).__name__))
    except base.AdapterError as error:
        return _Answer(d.Lost(error.phrase, error.answer if isinstance(error, base.Uncertain) else ""))
    except Exception as error:  # a plugin's own failure says nothing of what happened there
        return _Answer(d.Lost(f"{type(error).__name__} in the adapter"))


def _perform(context: Context, adapter: Adapter, op: d.Op, payload: Any, ref: Ref | None) -> _Answer:
    if op.kind is OpKind.SUBMIT:
        submitted = adapter.submit(thawing.thaw(op.id, payload, context.files))
        if problem := flaw(submitted) or flaw(submitted.ref):
            raise base.Uncertain(f"The provider's name of the task can't be used: {problem}.")
        return _Answer(d.Arrived(submitted.ref.id, submitted.ref.url), submitted.reports)
    if ref is None:
        return _Answer(d.Refusal("the provider has no such task"))
    match op.kind:
        case OpKind.REPLY:
            reports = adapter.reply(ref, op.id, thawing.thaw_message(payload, context.files))
        case OpKind.REOPEN:
            reports = adapter.reopen(ref, op.id, thawing.thaw_message(payload, context.files))
        case OpKind.EDIT:
            brief = thawing.thaw(op.id, payload["brief"], context.files)
            reports = adapter.edit(ref, op.id, base.Changes(frozenset(payload["changed"]), brief))
        case OpKind.ACCEPT:
            reports = adapter.accept(ref, op.id)
        case OpKind.CANCEL:
            confirmed = adapter.cancel(ref, op.id) is CancelOutcome.CONFIRMED
            return _Answer(d.Arrived(), confirmed=confirmed)
    return _Answer(d.Arrived(), tuple(reports))


def _record(log: Log, op: d.Op, answer: _Answer, repeatability: Repeatability, pushed: Pushed) -> d.Settled:
    """The outcome, the fact it is, and what the provider said with it; in the caller's transaction."""
    settled = d.settle(op, answer.outcome, repeatability, log.at, pushed.spread())
    if settled.state is OpState.SENDING:
        return settled  # surely absent: a new claim moves it
    outbox.settle(log.connection, op, settled)
    fact = _fact(op, answer, settled)
    if fact is not None:
        log.append(op.task_id, fact)
    if isinstance(fact, e.Arrived):
        news.adopt(log, op.account_id, op.task_id, fact.ref)
    for report in answer.reports:
        news.record(log, pushed.account, report, task_id=op.task_id)
    bucket = {OpState.DONE: pushed.done, OpState.REJECTED: pushed.refused, OpState.HELD: pushed.held}
    if settled.state in bucket:
        bucket[settled.state].append(op)
    elif settled.not_before is not None:
        pushed.waiting.append(op)
    return settled


def _fact(op: d.Op, answer: _Answer, settled: d.Settled) -> e.Event | None:
    """What the task's history says of it."""
    said = e.Reason("said", text=settled.error) if settled.error else None
    match op.kind, settled.state:
        case OpKind.SUBMIT, OpState.DONE:
            arrived = answer.outcome
            ref = arrived.ref if isinstance(arrived, d.Arrived) else None
            url = arrived.url if isinstance(arrived, d.Arrived) else None
            return e.Arrived(op_id=op.id, ref=ref or op.id, url=url)
        case OpKind.SUBMIT, OpState.UNCERTAIN:
            return e.ArrivalUnknown(op_id=op.id, reason=said)
        case OpKind.SUBMIT, OpState.HELD:
            lost = isinstance(answer.outcome, d.Lost)
            return e.ArrivalUnknown(op_id=op.id, asked=True, reason=e.Reason("cannot_tell") if lost else said)
        case OpKind.SUBMIT, OpState.QUEUED:
            return e.Postponed(state=TaskState.QUEUED, reason=_why_waiting(answer, settled))
        case OpKind.CANCEL, OpState.DONE:
            return e.CancelAnswered(op_id=op.id, confirmed=answer.confirmed)
        case _, OpState.REJECTED:
            code = answer.outcome.code if isinstance(answer.outcome, d.Refusal) else None
            reason = e.Reason(code or "said", text=settled.error)
            return e.OpRefused(op_id=op.id, kind=op.kind, reason=reason)
    return None


def _why_waiting(answer: _Answer, settled: d.Settled) -> e.Reason:
    code = "needs_key" if isinstance(answer.outcome, d.NeedsKey) else "retry"
    return e.Reason(code, (settled.not_before or 0,), settled.error)


def _frozen(context: Context, op: d.Op) -> tuple[Any, Ref | None]:
    with context.read() as connection:
        task = rows.task(connection, op.task_id)
        ref = Ref(task.ref, task.url) if task is not None and task.ref else None
        return outbox.payload(connection, op), ref


def _moment(at: int | None) -> datetime | None:
    return None if at is None else datetime.fromtimestamp(at / 1000, UTC)
