"""``spirou backup``: a verified copy of the store."""

from pathlib import Path
from typing import Annotated

import typer

from spirou_cli.cli.render import copies as render
from spirou_cli.cli.session import Session
from spirou_cli.domain.errors import mark
from spirou_cli.service import copies


def backup(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help=mark("A new file."), metavar="FILE")],
) -> None:
    """Copy the store to a new file, verified; it may be in use meanwhile.

    Keys are not in the store, so they are not in a backup either.
    """
    session: Session = context.obj
    found = copies.backup(session.context, file.expanduser().absolute())
    if session.format == "json":
        session.screen.json("spirou.backup/1", {"path": str(file), **render.census_json(found)})
    else:
        render.backed_up(session.screen, file, found, session.zone)
