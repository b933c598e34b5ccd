"""``spirou reopen``: send a delivery back with a reason."""

from typing import Annotated

import typer

from spirou_cli.cli import arguments
from spirou_cli.cli.pushing import push_change
from spirou_cli.cli.render import changes
from spirou_cli.cli.session import Session
from spirou_cli.cli.several import answer
from spirou_cli.domain.errors import InvalidInput, mark
from spirou_cli.domain.ops import OpKind
from spirou_cli.service import answers
from spirou_cli.service.signals import masked


def reopen(
    context: typer.Context,
    task: Annotated[
        str, typer.Argument(help=mark("14, #14, the provider's number or address."), metavar="ID")
    ],
    text: Annotated[list[str] | None, typer.Argument(help=mark("What is missing."), metavar="TEXT")] = None,
    body: Annotated[str, typer.Option("-b", "--body", help=mark("The same, as an option."))] = "",
    due: Annotated[str, typer.Option("-d", "--due", help=mark("A new date."))] = "",
) -> int:
    """Send a delivery back with a reason.

    Example: spirou reopen 17 "The prices are without VAT" --due fri
    """
    session: Session = context.obj
    reason = arguments.text_argument(body or " ".join(text or []), "TEXT")
    if not reason.strip():
        raise InvalidInput(mark("Say what is missing."), mark('spirou reopen {task} "..."'), task=task)
    day = arguments.day(session, arguments.text_argument(due, "--due")) if due else None
    with masked():
        now, account = answers.reopen(session.context, task, reason, due=day)
        if session.format != "json" and not session.options.quiet:
            changes.message_saved(session.screen, now, account.name)
            if day is not None:
                session.screen.text(changes.due(session.screen, now, session.zone))
    now, code = push_change(session, now, account, OpKind.REOPEN)
    answer(session, now.number)
    return code
