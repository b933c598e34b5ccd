"""``spirou restore``: a backup in the place of the store."""

from pathlib import Path
from typing import Annotated

import typer

from spirou_cli.cli.render import copies as render
from spirou_cli.cli.session import Session
from spirou_cli.domain.errors import mark
from spirou_cli.service import copies


def restore(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help=mark("A backup."), metavar="FILE")],
) -> None:
    """Put a backup in the place of the store.

    The store that is there now is kept beside it: nothing is deleted, and restoring that one goes back.
    """
    session: Session = context.obj
    source = file.expanduser().absolute()
    done = copies.restore(session.context, source)
    if session.format == "json":
        session.screen.json("spirou.restore/1", render.restored_json(source, done))
    else:
        render.restored(session.screen, source, done, session.zone)
