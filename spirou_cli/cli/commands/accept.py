"""``spirou accept``: take a delivery."""

from typing import Annotated

import typer

from spirou_cli.cli.pushing import push_change
from spirou_cli.cli.render import changes
from spirou_cli.cli.render.records import Json
from spirou_cli.cli.session import Session
from spirou_cli.cli.several import change_each
from spirou_cli.domain.errors import mark
from spirou_cli.domain.ops import OpKind
from spirou_cli.service import answers
from spirou_cli.service.signals import masked


def accept(
    context: typer.Context,
    task: Annotated[list[str], typer.Argument(help=mark("One or more tasks."), metavar="ID...")],
    rate: Annotated[
        int | None, typer.Option("--rate", help=mark("How good it was, from 1 to 5."), metavar="N")
    ] = None,
) -> int:
    """Take a delivery; closes the task.

    A delivery is not done until you take it. Examples: spirou accept 17 --rate 5, spirou accept 17 18
    """
    session: Session = context.obj
    return change_each(session, task, lambda number: _accept(session, number, rate))


def _accept(session: Session, number: str, rate: int | None) -> tuple[int, Json]:
    with masked():
        accepted = answers.accept(session.context, number, rating=rate)
        if session.format != "json" and not session.options.quiet:
            changes.accepted(session.screen, accepted.task)
    if accepted.told is None:
        return 0, {}
    return push_change(session, accepted.task, accepted.told, OpKind.ACCEPT)[1], {}
