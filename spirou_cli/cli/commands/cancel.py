"""``spirou cancel``: stop a task; confirmed, asked and impossible are told apart."""

from typing import Annotated

import typer

from spirou_cli.cli import arguments
from spirou_cli.cli.agreeing import agreed
from spirou_cli.cli.pushing import after_change, current, exit_code, fate_of, tell_unsure
from spirou_cli.cli.render import changes
from spirou_cli.cli.render.records import Json
from spirou_cli.cli.session import Session
from spirou_cli.cli.several import change_each
from spirou_cli.domain.errors import mark
from spirou_cli.domain.ops import OpKind, OpState
from spirou_cli.domain.task import Task
from spirou_cli.service import answers
from spirou_cli.service.answers import Canceled
from spirou_cli.service.lookup import by_id, find
from spirou_cli.service.signals import masked

_O = typer.Option


def cancel(
    context: typer.Context,
    task: Annotated[list[str], typer.Argument(help=mark("One or more tasks."), metavar="ID...")],
    reason: Annotated[str, _O("--reason", help=mark("Why, for your history."))] = "",
    local: Annotated[
        bool, _O("--local", help=mark("Close it here only; it may still run and cost there."))
    ] = False,
    yes: Annotated[bool, _O("-y", "--yes", help=mark("Don't ask."))] = False,
) -> int:
    """Stop a task.

    What never left is canceled here, and a refused or failed task is closed. What a provider has is asked
    to stop: a cancel is a request until they confirm. Example: spirou cancel 14 --reason "found one myself"
    """
    session: Session = context.obj
    why = arguments.text_argument(reason, "--reason")
    return change_each(session, task, lambda number: _cancel(session, number, why, local=local, yes=yes))


def _cancel(session: Session, number: str, why: str, *, local: bool, yes: bool) -> tuple[int, Json]:
    if not yes and not _wanted(session, number, local=local):
        session.screen.note(mark("Nothing was done."))
        return 7, {"cancel": None}
    with masked():
        done = answers.cancel(session.context, number, text=why, here_only=local)
        if done.here:
            return 0, _told(session, done, done.task, OpState.DONE)
    if done.account is None:
        raise RuntimeError("a cancel was asked of nobody")
    pushed = after_change(session, done.account)
    now = current(session, done.task)
    fate = fate_of(session, now, OpKind.CANCEL)
    told = _told(session, done, now, fate)
    if session.format != "json":
        tell_unsure(session, now, done.account)
        if pushed is not None and pushed.stopped is not None:
            changes.stopped(session.screen, done.account.name, pushed.stopped)
    return exit_code(pushed), told


def _told(session: Session, done: Canceled, now: Task, fate: OpState) -> Json:
    end = changes.end_of_cancel(done, now, fate)
    if session.format != "json":
        changes.canceled(session.screen, done, now, end, session.zone)
    return {"cancel": end}


def _wanted(session: Session, number: str, *, local: bool) -> bool:
    """Asked only where something runs at a provider."""
    with session.context.read() as connection:
        task = find(connection, number)
        if not answers.leaves(connection, task):
            return True
        account = by_id(connection, task.account_id)
    question = (
        mark("Close {number} “{title}” here only? At {provider} it may still run and cost.")
        if local
        else mark("Ask {provider} to stop {number} “{title}”?")
    )
    flags = " --local" if local else ""
    return agreed(
        session,
        question,
        command=f"spirou cancel {number}{flags} --yes",
        number=task.number,
        title=task.title,
        provider=account.name if account else "?",
    )
