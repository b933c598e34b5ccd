"""``spirou bill``: what it costs."""

from typing import Annotated

import typer

from spirou_cli.cli.billed import Request, shown
from spirou_cli.cli.session import Session
from spirou_cli.domain.errors import mark

_O = typer.Option


def bill(
    context: typer.Context,
    calendar_year: Annotated[
        str, typer.Argument(help=mark("With --year: its 12 months. Such as 2026."), metavar="YEAR")
    ] = "",
    month: Annotated[str, _O("-m", "--month", help=mark("Such as 2026-11."))] = "",
    last_month: Annotated[bool, _O("--last-month", help=mark("The month before this one."))] = False,
    since: Annotated[str, _O("--from", help=mark("From this day."))] = "",
    until: Annotated[str, _O("--to", help=mark("To this day, included."))] = "",
    year: Annotated[bool, _O("--year", help=mark("The 12 months up to then, with a chart."))] = False,
    by: Annotated[
        str, _O("--by", help=mark("provider, project, tag, task, week, month"), metavar="WORD")
    ] = "provider",
    provider: Annotated[
        str, _O("-p", "--to-provider", help=mark("Only this provider."), metavar="NAME")
    ] = "",
    currency: Annotated[str, _O("--in", help=mark("Totals in this currency: EUR"), metavar="CODE")] = "",
    rate: Annotated[
        list[str] | None, _O("--rate", help=mark("As if 1 USD were so much: USD=0.917; may be repeated."))
    ] = None,
    basis: Annotated[
        str, _O("--basis", help=mark("Only what is estimated, reported or billed."), metavar="WORD")
    ] = "all",
    unpaid: Annotated[bool, _O("--unpaid", help=mark("Only what is not paid."))] = False,
    worth: Annotated[
        str, _O("--worth", help=mark("Beside what an hour of your own is worth: 45EUR/h"), metavar="RATE")
    ] = "",
    accrual: Annotated[
        bool, _O("--accrual", help=mark("By the days that are paid for, not by the day of the charge."))
    ] = False,
    hledger: Annotated[bool, _O("--hledger", help=mark("As entries for hledger."))] = False,
    beancount: Annotated[bool, _O("--beancount", help=mark("As entries for beancount."))] = False,
    html: Annotated[str, _O("--html", help=mark("Write a statement as a web page."), metavar="FILE")] = "",
    pdf: Annotated[str, _O("--pdf", help=mark("Write a statement as a PDF."), metavar="FILE")] = "",
    explain: Annotated[
        str, _O("--explain", help=mark("How a line came about: its name, or the end of it."), metavar="LINE")
    ] = "",
) -> None:
    """What it costs: this month by provider, or the days you say.

    Example: spirou bill -m 2026-11 --in EUR --rate USD=0.917
    """
    session: Session = context.obj
    shown(
        session,
        Request(
            month=month,
            last_month=last_month,
            since=since,
            until=until,
            provider=provider,
            currency=currency,
            rates=tuple(rate or ()),
            basis=basis,
            unpaid=unpaid,
            explain=explain,
            by=by,
            year=year,
            calendar_year=calendar_year,
            accrual=accrual,
            hledger=hledger,
            beancount=beancount,
            html=html,
            worth=worth,
            pdf=pdf,
        ),
    )
