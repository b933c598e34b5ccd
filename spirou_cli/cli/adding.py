"""How one task is added: saved, told, sent; apart from how its options are read."""

from __future__ import annotations

from spirou_cli.cli.render import changes
from spirou_cli.cli.session import Session
from spirou_cli.domain.errors import InvalidInput, mark
from spirou_cli.domain.states import TaskState
from spirou_cli.service import tasks
from spirou_cli.service.placing import Placed
from spirou_cli.service.signals import masked
from spirou_cli.service.tasks import NewTask

__all__ = ["add_one"]


def add_one(session: Session, new: NewTask, *, dry_run: bool = False, wait: bool = False) -> int:
    """Save and send one task, and wait for it if asked; the exit code."""
    if not new.title:
        raise InvalidInput(mark("The title is empty."), mark('spirou add "Book the dentist"'))
    if dry_run:
        return _rehearsed(session, tasks.rehearse(session.context, new))
    quiet = session.options.quiet
    with masked():
        placed = tasks.add(session.context, new)
        if session.format != "json":
            changes.saved(session.screen, placed, quiet=quiet)
    if session.format != "json" and not quiet and not placed.existing:
        changes.destination(session.screen, placed, session.zone)
        session.screen.flush()
    code = _pushed(session, placed)
    if wait:
        code = _awaited(session, placed.task.number, code)
    if session.format == "json":
        from spirou_cli.cli.several import answer

        answer(session, placed.task.number, existing=placed.existing)
    return code


def _pushed(session: Session, placed: Placed) -> int:
    if placed.account is None or placed.existing:
        return 0
    from spirou_cli.cli.pushing import push_placed  # loads the contract and all that sends

    return push_placed(session, placed)[1]


def _awaited(session: Session, number: int, code: int) -> int:
    """Wait as ``spirou wait`` does, trying again what did not leave; ``code`` if it is to stay here."""
    from spirou_cli.cli.awaiting import await_tasks  # what only a wait needs
    from spirou_cli.cli.render import waiting as render
    from spirou_cli.service.lookup import find
    from spirou_cli.service.waiting import Wish

    with session.context.read() as connection:
        if find(connection, str(number)).state is TaskState.DRAFT:
            return code
    look = await_tasks(session, [str(number)], Wish())
    if session.format != "json":
        render.ended(session.screen, look, session.zone, session.format)
    return 0


def _rehearsed(session: Session, placed: Placed) -> int:
    if session.format == "json":
        from spirou_cli.cli.render import documents  # only JSON needs the whole view of a task

        session.screen.json("spirou.task/1", documents.json_rehearsed(placed, session.zone))
        return 0
    changes.destination(session.screen, placed, session.zone)
    if placed.account is not None and placed.task.reason is not None:
        changes.outcome(session.screen, placed.task, placed.account.name, session.zone)
    session.screen.say(mark("Nothing was saved, nothing was sent."))
    return 0
