"""``spirou inbox``: answers that match no task."""

from typing import Annotated

import typer

from spirou_cli.cli.render import inbox as render
from spirou_cli.cli.session import Session
from spirou_cli.domain.errors import mark
from spirou_cli.service import inbox

app = typer.Typer(add_completion=False, rich_markup_mode=None, help=mark("Answers that match no task."))

_Item = Annotated[int, typer.Argument(help=mark("A number of: spirou inbox list"), metavar="ITEM")]


@app.command("list")
def list_(context: typer.Context) -> None:
    """What providers sent that belongs to no known task, or can't be read."""
    session: Session = context.obj
    letters = inbox.listing(session.context)
    match session.format:
        case "json":
            session.screen.json("spirou.inbox/1", {"items": [render.as_json(letter) for letter in letters]})
        case "csv":
            session.screen.csv([render.HEADINGS, *map(render.record, letters)])
        case "records":
            head = [render.HEADINGS] if session.options.header else []
            session.screen.records([*head, *map(render.record, letters)])
        case "text":
            render.listing(session.screen, letters, session.now())


@app.command()
def show(context: typer.Context, item: _Item) -> None:
    """One item, whole."""
    session: Session = context.obj
    letter = inbox.show(session.context, item)
    if session.format == "json":
        session.screen.json("spirou.item/1", render.as_json(letter))
    else:
        render.show(session.screen, letter)


@app.command()
def link(
    context: typer.Context,
    item: _Item,
    task: Annotated[str, typer.Argument(help=mark("The task it belongs to."), metavar="TASK")],
) -> None:
    """Put an item into the thread of its task."""
    session: Session = context.obj
    found = inbox.link(session.context, item, task)
    if session.format == "json":
        session.screen.json("spirou.link/1", {"item": item, "task": found.number})
    else:
        session.screen.say(mark("Item {item} is in the thread of task {task}."), item=item, task=found.number)


@app.command()
def drop(context: typer.Context, item: _Item) -> None:
    """Stop asking about an item."""
    session: Session = context.obj
    inbox.drop(session.context, item)
    if session.format == "json":
        session.screen.json("spirou.link/1", {"item": item, "task": None})
    else:
        session.screen.say(mark("Item {item} is dropped."), item=item)
