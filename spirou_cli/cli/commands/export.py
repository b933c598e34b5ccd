"""``spirou export``: a way out, whole or in another program's format."""

from typing import Annotated

import typer

from spirou_cli.cli.render import exchange as render
from spirou_cli.cli.session import Session
from spirou_cli.domain.errors import InvalidInput, mark
from spirou_cli.service import overview
from spirou_cli.service.exchange import whole

_FORMATS = ("json", "csv", "ics", "todotxt")


def export(
    context: typer.Context,
    form: Annotated[
        str, typer.Option("--format", help=mark("json (everything), csv, ics or todotxt"), metavar="FORMAT")
    ] = "json",
) -> None:
    """Write everything, or the tasks, to standard output.

    JSON holds the whole store and can be imported into a new one; no key and no file is in it.
    """
    session: Session = context.obj
    if form not in _FORMATS:
        raise InvalidInput(
            mark("There is no format {form}. There is: {known}."),
            mark("spirou export --format csv"),
            form=form,
            known=", ".join(_FORMATS),
        )
    if form == "json":
        session.screen.json(whole.SCHEMA, whole.export(session.context))
        return
    lines = overview.listing(session.context, overview.Filter(everything=True)).lines
    match form:
        case "csv":
            session.screen.csv(render.csv_rows(lines, session.zone))
        case "ics":
            session.screen.lines(render.ics(lines, session.zone), end="\r\n")
        case _:
            session.screen.lines(render.todotxt(lines, session.zone))
