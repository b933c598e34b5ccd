"""``spirou status``: what needs me, what moves, what is stuck."""

from typing import Annotated

import typer

from spirou_cli.cli.quick import short_line, shown
from spirou_cli.cli.session import Session
from spirou_cli.domain.errors import mark
from spirou_cli.service.counts import counts


def status(
    context: typer.Context,
    provider: Annotated[str, typer.Option("--for", help=mark("Only this provider."), metavar="NAME")] = "",
    short: Annotated[bool, typer.Option("--short", help=mark("One line for a shell prompt."))] = False,
    sync: Annotated[bool, typer.Option("--sync", help=mark("Fetch news first."))] = False,
    exit_status: Annotated[
        bool, typer.Option("--exit-status", help=mark("Exit 8 if something needs you."))
    ] = False,
) -> int:
    """What needs me, what moves, what is stuck.

    From what is known here; --sync asks the providers first. The complete view is: spirou list
    """
    session: Session = context.obj
    if sync:
        from spirou_cli.cli.commands.sync import sync_now

        sync_now(session, [])
    if short:
        with session.context.read() as connection:
            found = counts(connection)
        session.screen.line(short_line(found))
        needs_you = found["needs_you"]
    else:
        needs_you = shown(session, provider)
    return 8 if exit_status and needs_you else 0
