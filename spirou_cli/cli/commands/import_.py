"""``spirou import``: a way in, from an export of Spirou or from another program."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from spirou_cli.cli.render import exchange as render
from spirou_cli.cli.session import Session
from spirou_cli.domain.errors import InvalidInput, mark
from spirou_cli.service.exchange import foreign, whole

_LARGEST = 1024 * 1024 * 1024
_FORMATS = ("json", *foreign.FORMATS)


def import_(
    context: typer.Context,
    file: Annotated[str, typer.Argument(help=mark("A file, or - for standard input."), metavar="FILE")],
    form: Annotated[
        str, typer.Option("--from", help=mark("json (an export), task, todotxt or csv"), metavar="FORMAT")
    ] = "json",
    dry_run: Annotated[bool, typer.Option("-n", "--dry-run", help=mark("Only say what would come."))] = False,
) -> None:
    """Read tasks from a file. Nothing leaves: tasks of other programs become drafts.

    The same file read twice brings nothing new.
    """
    session: Session = context.obj
    if form not in _FORMATS:
        raise InvalidInput(
            mark("There is no format {form}. There is: {known}."),
            mark("spirou import tasks.json --from task"),
            form=form,
            known=", ".join(_FORMATS),
        )
    data = _content(file)
    if form != "json":
        taken = foreign.take_in(session.context, data, form, file, dry_run=dry_run)
    elif dry_run:
        taken = whole.rehearse(session.context, data)
    else:
        taken = whole.take_in(session.context, data)
    if session.format == "json":
        session.screen.json("spirou.import/1", render.brought_json(taken, dry_run=dry_run))
    else:
        render.brought(session.screen, taken, dry_run=dry_run)


def _content(file: str) -> bytes:
    try:
        if file == "-":
            return sys.stdin.buffer.read(_LARGEST) if sys.stdin is not None else b""
        with Path(file).expanduser().open("rb") as stream:
            return stream.read(_LARGEST)
    except OSError as error:
        raise InvalidInput(
            mark("{path} can't be read: {error}. Nothing was saved."),
            mark("Check the name after {name}."),
            path=file,
            error=error.strerror or "",
            name="import",
        ) from error
