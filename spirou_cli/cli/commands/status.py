"""``spirou status``: what needs me, what moves, what is stuck."""

from __future__ import annotations

from typing import Annotated

import typer

from spirou_cli.cli.prompt import short_line
from spirou_cli.cli.render import tasks as render
from spirou_cli.cli.session import Session
from spirou_cli.domain.errors import mark


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
    from spirou_cli.service import overview

    found = overview.status(session.context, provider)
    if short:
        session.screen.line(short_line({name: len(found.group(name)) for name in render.GROUPS}))
    elif session.format == "json":
        session.screen.json("spirou.status/1", render.status_json(found, session.zone))
    else:
        render.status(session.screen, found, session.zone)
    return 8 if exit_status and found.group("needs_you") else 0
