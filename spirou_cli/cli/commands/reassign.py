"""``spirou reassign``: stop a task there and send it elsewhere."""

from typing import Annotated

import typer

from spirou_cli.cli.agreeing import agreed
from spirou_cli.cli.pushing import after_change, current, exit_code, fate_of, push_placed, tell_unsure
from spirou_cli.cli.render import changes
from spirou_cli.cli.session import Session
from spirou_cli.cli.several import answer
from spirou_cli.domain.errors import mark
from spirou_cli.domain.ops import OpKind, OpState
from spirou_cli.service import answers
from spirou_cli.service.answers import Canceled
from spirou_cli.service.signals import masked

_O = typer.Option


def reassign(
    context: typer.Context,
    task: Annotated[
        str, typer.Argument(help=mark("14, #14, the provider's number or address."), metavar="ID")
    ],
    to: Annotated[str, _O("-p", "--to", help=mark("Who does it now."), metavar="NAME")],
    keep_thread: Annotated[
        bool, _O("--keep-thread", help=mark("Put what was said into the new brief."))
    ] = False,
    yes: Annotated[bool, _O("-y", "--yes", help=mark("Don't ask; agree to an unknown price."))] = False,
    dry_run: Annotated[bool, _O("-n", "--dry-run", help=mark("Only say what would happen."))] = False,
) -> int:
    """Stop a task there and send it elsewhere.

    Both are linked, so that what the first cost is not lost. Example: spirou reassign 12 --to smartelia
    """
    session: Session = context.obj
    screen, text = session.screen, session.format != "json"
    planned = answers.reassignment(session.context, task, to, keep_thread=keep_thread)
    if text and not session.options.quiet:
        changes.reassigning(screen, planned)
    if dry_run:
        if text:
            screen.say(mark("Nothing was sent."))
        answer(session, planned.old.number, dry_run=True)
        return 0
    question = mark("Stop {number} at {provider} and send it to {to}?")
    old, number = planned.account, planned.old.number
    command = f"spirou reassign {number} --to {to} --yes"
    if (
        planned.stops
        and not yes
        and not agreed(
            session, question, command=command, number=number, provider=old.name if old else "?", to=to
        )
    ):
        screen.note(mark("Nothing was done."))
        return 7
    with masked():
        moved = answers.reassign(session.context, task, to, approved=yes, keep_thread=keep_thread)
        if text and moved.placed.task.number != number:
            changes.saved(screen, moved.placed, quiet=session.options.quiet)
    stopping = _stop(session, moved.stopped) if moved.stopped is not None else 0
    if text and not session.options.quiet:
        changes.destination(screen, moved.placed, session.zone)
    now, code = push_placed(session, moved.placed)
    answer(session, now.number, replaces=number if now.number != number else None)
    return code or stopping


def _stop(session: Session, stopped: Canceled) -> int:
    """Ask the first provider to stop, and tell how that ended."""
    now, fate, code = stopped.task, OpState.DONE, 0
    if not stopped.here and stopped.account is not None:
        pushed = after_change(session, stopped.account)
        now, code = current(session, stopped.task), exit_code(pushed)
        fate = fate_of(session, now, OpKind.CANCEL)
    if session.format != "json":
        end = changes.end_of_cancel(stopped, now, fate)
        changes.canceled(session.screen, stopped, now, end, session.zone)
        if stopped.account is not None:
            tell_unsure(session, now, stopped.account)
    return code
