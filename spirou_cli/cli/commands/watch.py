"""``spirou watch``: sync politely and show what changes."""

import time
from typing import Annotated

import typer

from spirou_cli.cli import arguments
from spirou_cli.cli.commands.sync import exit_code
from spirou_cli.cli.hooking import tell_hooks
from spirou_cli.cli.render import syncing, tasks
from spirou_cli.cli.render import watching as render
from spirou_cli.cli.session import Session
from spirou_cli.domain.errors import InvalidInput, mark
from spirou_cli.service import overview, watching
from spirou_cli.service.watching import Round


def watch(
    context: typer.Context,
    provider: Annotated[
        list[str] | None, typer.Argument(help=mark("Only these providers."), metavar="PROVIDER")
    ] = None,
    interval: Annotated[
        str, typer.Option("--interval", help=mark("Not more often than this, such as 5m."))
    ] = "",
    notify: Annotated[bool, typer.Option("--notify", help=mark("Run the hooks at each change."))] = False,
    once: Annotated[bool, typer.Option("--once", help=mark("One round, then end."))] = False,
) -> int:
    """Sync politely and show what changes.

    Each provider is asked as often as it likes to be. In the background, a timer that runs
    spirou sync does the same, and runs the hooks too.
    """
    session: Session = context.obj
    if session.format == "json" and not once:
        raise InvalidInput(
            mark("--json is one document: it needs --once."), mark("spirou watch --once --json")
        )
    live = session.screen.is_terminal and not session.screen.accessible and _can_clear(session)
    if not once and not live:
        render.begun(session.screen)
    interval_s = float(arguments.duration(session, interval)) if interval else None
    rounds = watching.rounds(
        session.context, provider or [], clock=time.monotonic, pause=time.sleep, interval_s=interval_s
    )
    for round_ in rounds:
        _show(session, round_, live=live and not once)
        if notify:
            tell_hooks(session)
        if once:
            return exit_code(list(round_.results))
    return 0


def _show(session: Session, round_: Round, *, live: bool) -> None:
    now = session.now()
    if session.format == "json":
        document = {**syncing.as_json(round_.results), **render.as_json(round_)}
        session.screen.json("spirou.watch/1", document)
        return
    if live:
        session.screen.clear()
        tasks.status(session.screen, overview.status(session.context), session.zone)
        session.screen.blank()
    render.lines(session.screen, round_, now, session.zone)
    if live:
        render.footer(session.screen, round_, now, session.zone)


def _can_clear(session: Session) -> bool:
    return session.environment.get("TERM", "dumb") != "dumb"
