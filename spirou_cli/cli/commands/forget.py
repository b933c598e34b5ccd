"""``spirou forget``: erase the words of a closed task for good."""

from typing import Annotated

import typer

from spirou_cli.cli.agreeing import agreed
from spirou_cli.cli.session import Session
from spirou_cli.cli.several import answer
from spirou_cli.domain.errors import mark
from spirou_cli.service import tasks
from spirou_cli.service.lookup import find


def forget(
    context: typer.Context,
    task: Annotated[
        str, typer.Argument(help=mark("14, #14, the provider's number or address."), metavar="ID")
    ],
    yes: Annotated[bool, typer.Option("-y", "--yes", help=mark("Don't ask."))] = False,
) -> int:
    """Erase the words of a closed task for good.

    Its title, brief, messages and files go; its number, state, time and cost stay, so that bills stay
    right. What the provider keeps is not touched, nor are your backups.
    """
    session: Session = context.obj
    with session.context.read() as connection:
        found = find(connection, task)
        tasks.must_be_closed(connection, found)
    question = mark("Erase title, brief, messages and files of {number} “{title}” for good?")
    number = found.number
    if not yes and not agreed(
        session, question, command=f"spirou forget {number} --yes", number=number, title=found.title
    ):
        session.screen.note(mark("Nothing was done."))
        return 7
    tasks.forget(session.context, str(number))
    if session.format != "json" and not session.options.quiet:
        session.screen.say(mark("Erased the words of {number}; its figures stay."), number=number)
    answer(session, number)
    return 0
