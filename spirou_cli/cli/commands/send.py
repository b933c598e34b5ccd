"""``spirou send``: send a draft, or try again what did not leave."""

from typing import Annotated

import typer

from spirou_cli.cli.arguments import cost
from spirou_cli.cli.pushing import push_placed
from spirou_cli.cli.render import changes, documents
from spirou_cli.cli.render.records import Json
from spirou_cli.cli.session import Session
from spirou_cli.cli.several import change_each
from spirou_cli.domain import fit
from spirou_cli.domain.errors import InvalidInput, mark
from spirou_cli.domain.money import Money
from spirou_cli.domain.states import TaskState
from spirou_cli.service import overview, tasks
from spirou_cli.service.overview import Filter

_O = typer.Option


def send(
    context: typer.Context,
    task: Annotated[
        list[str] | None, typer.Argument(help=mark("One or more tasks."), metavar="ID...")
    ] = None,
    to: Annotated[str, _O("-p", "--to", help=mark("To this provider."), metavar="NAME")] = "",
    max_cost: Annotated[str, _O("--max-cost", help=mark("5EUR, 5.00 USD"))] = "",
    all_queued: Annotated[
        bool, _O("--all-queued", help=mark("Everything that waits here to leave."))
    ] = False,
    yes: Annotated[bool, _O("-y", "--yes", help=mark("Agree to an unknown price."))] = False,
    dry_run: Annotated[bool, _O("-n", "--dry-run", help=mark("Only say what would happen."))] = False,
) -> int:
    """Send a draft, or try again what did not leave.

    Examples: spirou send 23 --to smartelia, spirou send 24 --max-cost 2USD, spirou send --all-queued
    """
    session: Session = context.obj
    references = list(task or [])
    if all_queued:
        references += _queued(session)
    elif not references:
        raise InvalidInput(
            mark("Which task?"), mark("spirou send 14   or everything that waits: spirou send --all-queued")
        )
    limit = cost(session, max_cost) if max_cost else None
    if not references and session.format != "json":
        session.screen.say(mark("Nothing waits here."))
    return change_each(
        session, references, lambda number: _send(session, number, to, limit, yes=yes, dry_run=dry_run)
    )


def _queued(session: Session) -> list[str]:
    found = overview.listing(session.context, Filter(states=frozenset({TaskState.QUEUED})))
    return [str(line.task.number) for line in found.lines]


def _send(
    session: Session, number: str, to: str, limit: Money | None, *, yes: bool, dry_run: bool
) -> tuple[int, Json]:
    screen, text = session.screen, session.format != "json"
    # What --dry-run shows is decided inside a write that is thrown away: it beats --yes.
    placed = tasks.send(session.context, number, to=to, max_cost=limit, approved=yes, dry_run=dry_run)
    if text and not session.options.quiet:
        changes.destination(screen, placed, session.zone)
        screen.flush()
    if dry_run:
        if text and placed.account is not None and not isinstance(placed.verdict, fit.Send):
            changes.outcome(screen, placed.task, placed.account.name, session.zone)
        if text:
            screen.say(mark("Nothing was sent."))
        return 0, {} if text else documents.json_rehearsed(placed, session.zone)
    return push_placed(session, placed)[1], {}
