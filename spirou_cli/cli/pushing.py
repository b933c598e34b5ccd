"""After something was saved: send it if it may leave, and say what happened."""

from __future__ import annotations

from spirou_cli.cli.render import changes
from spirou_cli.cli.render.reasons import why
from spirou_cli.cli.session import Session
from spirou_cli.domain import fit
from spirou_cli.domain.errors import Busy, StoreError, Syncing, mark
from spirou_cli.domain.ops import OpKind, OpState
from spirou_cli.domain.states import TaskState
from spirou_cli.domain.task import Task
from spirou_cli.service import tasks
from spirou_cli.service.delivery import Pushed
from spirou_cli.service.placing import Placed
from spirou_cli.service.signals import stopping_gently
from spirou_cli.storage import outbox
from spirou_cli.storage.accounts import Account
from spirou_cli.storage.rows import task as task_by_id

__all__ = ["after_change", "current", "exit_code", "fate_of", "push_change", "push_placed", "tell_unsure"]


def push_placed(session: Session, placed: Placed) -> tuple[Task, int]:
    """Send a task that fit let go, tell the outcome, and answer the exit code."""
    if placed.account is None or placed.existing:
        return placed.task, 0
    if isinstance(placed.verdict, fit.Ask) and session.may_ask:
        placed = _asked(session, placed, placed.account, placed.verdict)
    if placed.account is None:
        return placed.task, 0
    if not isinstance(placed.verdict, fit.Send):
        task = placed.task
        if session.format != "json":
            refused = isinstance(placed.verdict, fit.Refuse)
            takers = tasks.takers(session.context, task) if refused else []
            changes.outcome(session.screen, task, placed.account.name, session.zone, takers)
        return task, 0 if task.state is TaskState.QUEUED else 7
    pushed = after_change(session, placed.account)
    task = current(session, placed.task)
    if session.format != "json" and not (pushed is None and task.state is TaskState.QUEUED):
        if not session.options.quiet:
            changes.outcome(session.screen, task, placed.account.name, session.zone)
            tell_unsure(session, task, placed.account)
        if pushed is not None and pushed.stopped is not None:
            changes.stopped(session.screen, placed.account.name, pushed.stopped)
    return task, exit_code(pushed)


def _asked(session: Session, placed: Placed, account: Account, verdict: fit.Ask) -> Placed:
    """The task after the person was asked about what fit can't decide alone."""
    from spirou_cli.cli.agreeing import agreed

    number = placed.task.number
    reason = why(session.words, verdict.reason, provider=account.name, zone=session.zone)
    question = mark("{provider}: {why}. Send it all the same?")
    command = f"spirou send {number} --yes"
    if not agreed(session, question, command=command, provider=account.name, why=reason):
        return placed
    return tasks.send(session.context, str(number), approved=True)


def push_change(session: Session, task: Task, account: Account, kind: OpKind) -> tuple[Task, int]:
    """Send what was said about a task, tell what became of it, and answer the exit code."""
    pushed = after_change(session, account)
    task = current(session, task)
    if pushed is None:
        return task, 0
    fate = fate_of(session, task, kind)
    if session.format != "json":
        changes.arrived(
            session.screen, task, account.name, kind, fate, session.zone, quiet=session.options.quiet
        )
        tell_unsure(session, task, account)
        if pushed.stopped is not None:
            changes.stopped(session.screen, account.name, pushed.stopped)
    return task, exit_code(pushed)


def tell_unsure(session: Session, task: Task, account: Account) -> None:
    """What becomes of a row whose answer was lost: the outbox knows how this provider lets it be settled."""
    with session.context.read() as connection:
        states = {op.state for op in outbox.of_task(connection, task.id)}
    if states & {OpState.UNCERTAIN, OpState.HELD}:
        from spirou_cli.service.outbox import listing  # only where an answer was lost

        for row in listing(session.context, str(task.number)):
            changes.not_sure(session.screen, row, account.name)


def fate_of(session: Session, task: Task, kind: OpKind) -> OpState:
    """What became of the newest row of this kind; ``queued``: it has not left."""
    with session.context.read() as connection:
        return [op.state for op in outbox.of_task(connection, task.id) if op.kind is kind][-1]


def after_change(session: Session, account: Account) -> Pushed | None:
    """Push one account; None where another process is at it and will send it."""
    from spirou_cli.service.sync import push_account

    try:
        with stopping_gently(session.context.stopping):
            return push_account(session.context, account)
    except Syncing:
        session.screen.note(mark("It leaves with the sync now running."))
        return None
    except (StoreError, Busy) as error:
        raise type(error)(
            mark(
                "It is saved; the store failed while it was being sent. The next sync finds out what arrived."
            ),
            mark("spirou sync"),
        ) from error


def exit_code(pushed: Pushed | None) -> int:
    """What a push says to a script: 3 not reached, 4 sign in first, 1 held, 0 otherwise."""
    from spirou_cli.adapters.base import AuthRequired

    if pushed is None:
        return 0
    if isinstance(pushed.stopped, AuthRequired):
        return 4
    if pushed.stopped is not None:
        return 3
    return 1 if pushed.held or pushed.refused else 0


def current(session: Session, task: Task) -> Task:
    """The task as it is now."""
    with session.context.read() as connection:
        return task_by_id(connection, task.id) or task
