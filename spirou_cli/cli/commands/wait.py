"""``spirou wait``: block until something needs me or ends."""

from typing import Annotated

import typer

from spirou_cli.cli import arguments
from spirou_cli.cli.awaiting import await_tasks
from spirou_cli.cli.render import waiting as render
from spirou_cli.cli.session import Session
from spirou_cli.domain.errors import InvalidInput, TimedOut, mark
from spirou_cli.service import waiting
from spirou_cli.service.waiting import Wish

_O = typer.Option


def wait(
    context: typer.Context,
    task: Annotated[
        list[str] | None, typer.Argument(help=mark("These tasks; all that move, if absent."), metavar="ID...")
    ] = None,
    any_: Annotated[bool, _O("--any", help=mark("Until one of them is there (as without --all)."))] = False,
    all_: Annotated[bool, _O("--all", help=mark("Until each of them is there."))] = False,
    until: Annotated[
        str, _O("--until", help=mark("needs-you, to-review, done, failed, canceled …"), metavar="STATES")
    ] = "",
    timeout: Annotated[str, _O("--timeout", help=mark("At most so long, such as 2h; then exit 5."))] = "",
    interval: Annotated[str, _O("--interval", help=mark("Ask the providers this often, such as 1m."))] = "",
    fail_fast: Annotated[bool, _O("--fail-fast", help=mark("End at the first that fails."))] = False,
    exit_status: Annotated[
        bool, _O("--exit-status", help=mark("Exit 8 if one needs you or is open, 9 if one failed."))
    ] = False,
    notify: Annotated[bool, _O("--notify", help=mark("Run the hooks at each change."))] = False,
    ndjson: Annotated[bool, _O("--ndjson", help=mark("One JSON document a change, one a line."))] = False,
) -> int:
    """Block until something needs me or ends.

    A question ends the wait at once. Ctrl-C ends the waiting, not the tasks.
    Examples: spirou wait 14 --timeout 2h, spirou wait 14 15 --all --exit-status
    """
    session: Session = context.obj
    if any_ and all_:
        raise InvalidInput(mark("--any and --all exclude each other."), mark("spirou wait 14 15 --all"))
    wish = Wish(all_of_them=all_, fail_fast=fail_fast)
    if until:
        wish = Wish(until=waiting.reached(until), all_of_them=all_, fail_fast=fail_fast)
    look = await_tasks(
        session,
        task or [],
        wish,
        interval_s=float(arguments.duration(session, interval)) if interval else None,
        timeout_s=float(arguments.duration(session, timeout)) if timeout else None,
        ndjson=ndjson,
        notify=notify,
    )
    if not look.settled:
        raise TimedOut(
            mark("Still waiting after {time}; nothing failed."),
            mark("spirou wait {numbers}"),
            time=render.elapsed(session.screen, look.elapsed_s),
            numbers=" ".join(str(line.task.number) for line in look.lines),
        )
    if not ndjson:
        render.ended(session.screen, look, session.zone, session.format)
    states = [line.task.state for line in look.lines]
    return waiting.verdict(states) if exit_status else 0
