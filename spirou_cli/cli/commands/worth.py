"""``spirou worth``: cost and my time against time saved."""

from __future__ import annotations

from typing import Annotated

import typer

from spirou_cli.cli.billed import Request, worth_shown
from spirou_cli.cli.session import Session
from spirou_cli.domain.errors import mark

_O = typer.Option


def worth(
    context: typer.Context,
    rate: Annotated[
        str, _O("--rate", help=mark("What an hour of yours is worth: 45EUR/h"), metavar="RATE")
    ] = "",
    by: Annotated[str, _O("--by", help=mark("provider, project, tag"), metavar="WORD")] = "provider",
    month: Annotated[str, _O("-m", "--month", help=mark("Such as 2026-11."))] = "",
    last_month: Annotated[bool, _O("--last-month", help=mark("The month before this one."))] = False,
    since: Annotated[str, _O("--from", help=mark("From this day."))] = "",
    until: Annotated[str, _O("--to", help=mark("To this day, included."))] = "",
) -> None:
    """What delegating cost and saved: per accepted task, per hour saved, and what is not known.

    Your own minutes are those of: spirou time add ID 10m --mine
    """
    session: Session = context.obj
    worth_shown(
        session,
        Request(month=month, last_month=last_month, since=since, until=until, by=by, worth=rate),
    )
