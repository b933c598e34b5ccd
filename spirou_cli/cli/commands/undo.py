"""``spirou undo``: take back the last local change."""

from typing import Annotated

import typer

from spirou_cli.cli.render import undo as render
from spirou_cli.cli.session import Session
from spirou_cli.domain.errors import mark
from spirou_cli.service import undo as service

_LISTED = 10


def undo(
    context: typer.Context,
    dry_run: Annotated[
        bool, typer.Option("-n", "--dry-run", help=mark("Only say what would be taken back."))
    ] = False,
    list_: Annotated[bool, typer.Option("--list", help=mark("The last things you did."))] = False,
) -> None:
    """Take back the last local change.

    Only what has not left this machine. What a provider has is stopped by: spirou cancel
    """
    session: Session = context.obj
    if list_:
        render.listing(session.screen, service.steps(session.context, _LISTED), session.zone, session.format)
        return
    step = service.undo(session.context, dry_run=dry_run)
    if session.format == "json":
        session.screen.json("spirou.undo/1", render.as_json(step, dry_run=dry_run))
    elif step is None:
        session.screen.say(mark("There is nothing to take back."))
    else:
        render.taken_back(session.screen, step, session.zone, dry_run=dry_run)
