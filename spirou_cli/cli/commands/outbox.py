"""``spirou outbox``: what has not surely arrived, why, and the person's word on it."""

from typing import Annotated

import typer

from spirou_cli.cli.pushing import after_change, exit_code
from spirou_cli.cli.render import outbox as render
from spirou_cli.cli.session import Session
from spirou_cli.domain.errors import InvalidInput, mark
from spirou_cli.service import outbox
from spirou_cli.service.outbox import Row, Settlement

app = typer.Typer(
    add_completion=False, rich_markup_mode=None, help=mark("What has not surely arrived, and why.")
)

_Item = Annotated[int, typer.Argument(help=mark("A number of: spirou outbox list"), metavar="ITEM")]


@app.command("list")
def list_(
    context: typer.Context,
    task: Annotated[
        str, typer.Option("--task", help=mark("All of one task, settled too."), metavar="ID")
    ] = "",
) -> None:
    """What waits to leave or to be settled, each with its reason."""
    session: Session = context.obj
    rows = outbox.listing(session.context, task)
    match session.format:
        case "json":
            found = [render.as_json(row, session.words, session.zone) for row in rows]
            session.screen.json("spirou.outbox/1", {"ops": found})
        case "csv":
            session.screen.csv([render.HEADINGS, *map(render.record, rows)])
        case "records":
            head = [render.HEADINGS] if session.options.header else []
            session.screen.records([*head, *map(render.record, rows)])
        case "text":
            render.listing(session.screen, rows, session.zone)


@app.command()
def show(context: typer.Context, item: _Item) -> None:
    """One item: what it carries, how often it was tried, how to settle it."""
    session: Session = context.obj
    _told(session, outbox.show(session.context, item))


@app.command()
def resolve(
    context: typer.Context,
    item: _Item,
    was_sent: Annotated[
        str,
        typer.Option("--was-sent", help=mark("It arrived; their number, or - for an answer."), metavar="REF"),
    ] = "",
    send_again: Annotated[
        bool, typer.Option("--send-again", help=mark("It did not arrive: send it again."))
    ] = False,
    withdraw: Annotated[bool, typer.Option("--withdraw", help=mark("Give it up."))] = False,
) -> int:
    """Say what became of an item that nobody else can settle.

    Look at the provider first: sent again, it may be there twice.
    """
    session: Session = context.obj
    row = outbox.resolve(session.context, item, _settlement(item, was_sent, send_again, withdraw), was_sent)
    code = 0
    if send_again:
        code = exit_code(after_change(session, row.account))
        row = outbox.show(session.context, item)
    _told(session, row)
    return code


def _told(session: Session, row: Row) -> None:
    if session.format == "json":
        session.screen.json("spirou.op/1", render.as_json(row, session.words, session.zone))
    else:
        render.show(session.screen, row, session.zone)


def _settlement(item: int, was_sent: str, send_again: bool, withdraw: bool) -> Settlement:
    said: list[Settlement] = []
    if was_sent:
        said.append("was_sent")
    if send_again:
        said.append("send_again")
    if withdraw:
        said.append("withdraw")
    if len(said) != 1:
        raise InvalidInput(
            mark("Say one of --was-sent REF, --send-again, --withdraw. Nothing was changed."),
            mark("spirou outbox show {item}"),
            item=item,
        )
    return said[0]
