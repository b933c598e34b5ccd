"""``spirou history``: who did what, and when."""

import time
from typing import Annotated

import typer

from spirou_cli.cli.render import histories as render
from spirou_cli.cli.session import Session
from spirou_cli.domain.errors import mark
from spirou_cli.service.histories import facts

_O = typer.Option
_EVERY_S = 1.0


def history(
    context: typer.Context,
    task: Annotated[str, typer.Argument(help=mark("Only this task."), metavar="ID")] = "",
    follow: Annotated[bool, _O("--follow", help=mark("Go on with what happens, until Ctrl-C."))] = False,
    ndjson: Annotated[bool, _O("--ndjson", help=mark("One JSON document a fact, one a line."))] = False,
    limit: Annotated[
        int | None, _O("-L", "--limit", help=mark("At most so many; 50 without ID."), min=1)
    ] = None,
) -> None:
    """Who did what, and when.

    --follow shows what any spirou on this machine records; it asks no provider. See also: spirou watch
    """
    session: Session = context.obj
    form = "ndjson" if ndjson else session.format
    found = facts(session.context, task, limit=limit if limit or task else 50)
    render.listing(session.screen, found, session.zone, form, now=session.now())
    last = found[-1].recorded.seq if found else 0
    while follow:
        session.screen.flush()
        time.sleep(_EVERY_S)
        fresh = facts(session.context, task, after=last)
        render.listing(session.screen, fresh, session.zone, form, now=session.now())
        last = fresh[-1].recorded.seq if fresh else last
