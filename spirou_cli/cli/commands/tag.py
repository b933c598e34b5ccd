"""``spirou tag``: add or remove tags."""

from typing import Annotated

import typer

from spirou_cli.cli import arguments
from spirou_cli.cli.render.records import Json
from spirou_cli.cli.session import Session
from spirou_cli.cli.several import change_each
from spirou_cli.domain.errors import InvalidInput, mark
from spirou_cli.service import tasks


def tag(
    context: typer.Context,
    task: Annotated[list[str], typer.Argument(help=mark("One or more tasks."), metavar="ID...")],
    add: Annotated[
        list[str] | None, typer.Option("--add", help=mark("A tag to add; may be repeated."))
    ] = None,
    remove: Annotated[
        list[str] | None, typer.Option("--remove", help=mark("A tag to remove; may be repeated."))
    ] = None,
) -> int:
    """Add or remove tags.

    Tags stay on this machine. Example: spirou tag 14 15 --add health --remove later
    """
    session: Session = context.obj
    if not add and not remove:
        raise InvalidInput(mark("Which tags?"), mark("spirou tag {task} --add health"), task=task[0])
    new = [arguments.text_argument(name, "--add") for name in add or ()]
    old = [arguments.text_argument(name, "--remove") for name in remove or ()]

    def change(number: str) -> tuple[int, Json]:
        tagged = tasks.tag(session.context, number, new, old)
        if session.format != "json" and not session.options.quiet:
            tags = ", ".join(tagged.tags) or "–"
            session.screen.say(mark("{number}: {tags}"), number=tagged.number, tags=tags)
        return 0, {}

    return change_each(session, task, change)
