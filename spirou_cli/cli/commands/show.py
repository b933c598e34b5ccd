"""``spirou show``: everything about one task."""

from typing import Annotated

import typer

from spirou_cli.cli.render import detail as render
from spirou_cli.cli.session import Session
from spirou_cli.domain.errors import NoSuchThing, mark
from spirou_cli.service import overview


def show(
    context: typer.Context,
    task: Annotated[
        str, typer.Argument(help=mark("14, #14, the provider's number or address."), metavar="ID")
    ],
    thread: Annotated[bool, typer.Option("--thread", help=mark("Only the messages."))] = False,
    history: Annotated[bool, typer.Option("--history", help=mark("All that happened, too."))] = False,
    web: Annotated[bool, typer.Option("--web", help=mark("Open it at the provider, in a browser."))] = False,
) -> None:
    """Everything about one task: brief, thread, files, time, cost."""
    session: Session = context.obj
    found = overview.detail(session.context, task, events=history)
    if web:
        _open(session, found)
    elif session.format == "json":
        session.screen.json("spirou.show/1", render.as_json(found, session.zone))
    elif thread:
        render.thread(session.screen, found, session.zone)
    else:
        render.write(session.screen, found, session.zone, history=history)


def _open(session: Session, found: overview.Detail) -> None:
    url = found.line.task.url or ""
    if not url.startswith(("https://", "http://127.0.0.1", "http://localhost")):
        raise NoSuchThing(
            mark("Task {number} has no page at its provider."),
            mark("spirou show {number}"),
            number=found.line.task.number,
        )
    session.screen.note(mark("Opening {url}"), url=url)
    typer.launch(url)
