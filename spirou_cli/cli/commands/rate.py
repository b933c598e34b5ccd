"""``spirou rate``: remember how good a delivery was."""

from typing import Annotated

import typer

from spirou_cli.cli.session import Session
from spirou_cli.cli.several import answer
from spirou_cli.domain.errors import mark
from spirou_cli.service import tasks


def rate(
    context: typer.Context,
    task: Annotated[
        str, typer.Argument(help=mark("14, #14, the provider's number or address."), metavar="ID")
    ],
    stars: Annotated[int, typer.Argument(help=mark("From 1 to 5."), metavar="1-5")],
) -> None:
    """Remember how good a delivery was.

    It stays on this machine. Example: spirou rate 17 4
    """
    session: Session = context.obj
    rated = tasks.rate(session.context, task, stars)
    if session.format != "json" and not session.options.quiet:
        session.screen.say(mark("{number}: {stars}/5."), number=rated.number, stars=stars)
    answer(session, rated.number)
