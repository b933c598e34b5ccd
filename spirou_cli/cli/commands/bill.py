"""``spirou bill``: what it costs."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

import typer

from spirou_cli.cli.session import Session
from spirou_cli.domain.errors import mark

_O = typer.Option


def bill(
    context: typer.Context,
    month: Annotated[str, _O("-m", "--month", help=mark("2026-11, nov, last month"))] = "",
    last_month: Annotated[bool, _O("--last-month", help=mark("The month before this one."))] = False,
    provider: Annotated[str, _O("--to-provider", help=mark("Only this provider."), metavar="NAME")] = "",
) -> None:
    """What it costs: this month by provider, exact to the cent."""
    from spirou_cli.cli.render import billing as render
    from spirou_cli.domain.phrases.dates import month as read_month
    from spirou_cli.service import billing, bills

    session: Session = context.obj
    today = session.now().date()
    day = today
    if last_month:
        day = today.replace(day=1) - timedelta(days=1)
    elif month:
        year, number = read_month(month, today=today, language=session.language)
        day = today.replace(year=year, month=number, day=1)
    found = bills.by_provider(session.context, billing.month_span(day), only=provider)
    match session.format:
        case "json":
            session.screen.json("spirou.bill/1", render.as_json(found))
        case "csv":
            session.screen.csv([render.HEADINGS, *render.records(found)])
        case "records":
            head = [render.HEADINGS] if session.options.header else []
            session.screen.records([*head, *render.records(found)])
        case "text":
            render.write(session.screen, found)
