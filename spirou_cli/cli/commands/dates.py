"""``spirou dates``: the money clock."""

from typing import Annotated

import typer

from spirou_cli.cli.render import dates as render
from spirou_cli.cli.session import Session
from spirou_cli.domain.errors import mark
from spirou_cli.service import clock


def dates(
    context: typer.Context,
    provider: Annotated[str, typer.Argument(help=mark("Only this one."), metavar="PROVIDER")] = "",
    days: Annotated[
        int | None, typer.Option("--days", help=mark("Only so many days ahead."), min=0, max=3660)
    ] = None,
) -> None:
    """Trial, coupon, renewal, notice, expiry: with the money at stake."""
    session: Session = context.obj
    found = clock.coming(session.context, provider=provider, days=days)
    render.dates(session.screen, found, session.format, header=session.options.header)
