"""``spirou fx``: dated exchange rates."""

import re
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Annotated

import typer

from spirou_cli.cli import arguments
from spirou_cli.cli.render import rates as render
from spirou_cli.cli.session import Session
from spirou_cli.cli.terms import date_of
from spirou_cli.domain.billing.currency import Rate
from spirou_cli.domain.errors import InvalidInput, mark
from spirou_cli.domain.money import CURRENCIES
from spirou_cli.domain.phrases.numbers import NUMBER, decimal, exact
from spirou_cli.service import rates as service

_O = typer.Option

app = typer.Typer(
    add_completion=False,
    rich_markup_mode=None,
    help=mark("Dated exchange rates: a line of a bill is converted at the rate of its own day."),
)


@app.command()
def add(
    context: typer.Context,
    pair: Annotated[str, typer.Argument(help=mark("EUR/USD: what one euro is in dollars."), metavar="PAIR")],
    value: Annotated[str, typer.Argument(help=mark("1.0843"), metavar="RATE")],
    on: Annotated[str, _O("--on", help=mark("The day, if not today."), metavar="DATE")] = "",
    source: Annotated[str, _O("--source", help=mark("Who says so."))] = "",
) -> None:
    """Tell a rate. Example: spirou fx add EUR/USD 1.09 --on 2026-03-12 --source ECB"""
    session: Session = context.obj
    base, quote = _pair(pair)
    if not re.fullmatch(NUMBER, value) or not (number := exact(value, session.language)):
        raise InvalidInput(
            mark("“{value}” is no exchange rate."), mark("spirou fx add EUR/USD 1.09"), value=value
        )
    if not Fraction(1, _FAR) < number < _FAR:
        raise InvalidInput(mark("“{value}” is out of reach for an exchange rate."), value=value)
    rate = decimal(number)
    said = arguments.text_argument(source, "--source", limit=128)
    told = service.add(session.context, Rate(date_of(session, on), base, quote, rate, said or "user"))
    render.told(session.screen, told, session.format)


@app.command("list")
def list_(
    context: typer.Context,
    pair: Annotated[str, typer.Argument(help=mark("Only this pair."), metavar="PAIR")] = "",
) -> None:
    """The rates that were told, by day."""
    session: Session = context.obj
    found = service.listing(session.context, _pair(pair) if pair else None)
    render.listing(session.screen, found, session.format, header=session.options.header)


@app.command("import")
def import_(
    context: typer.Context,
    file: Annotated[
        Path, typer.Argument(help=mark("eurofxref-hist.csv of the European Central Bank."), metavar="FILE")
    ],
    currency: Annotated[
        list[str] | None, _O("--currency", help=mark("Only these; else those of your plans."))
    ] = None,
    since: Annotated[str, _O("--from", help=mark("From this day."), metavar="DATE")] = "",
) -> None:
    """Take the euro's rates from a file. Example: spirou fx import eurofxref-hist.csv --from 2026-01-01"""
    session: Session = context.obj
    chosen = [_currency(name) for name in currency or ()] or service.currencies_in_use(session.context)
    if not chosen:
        raise InvalidInput(
            mark("No plan is in another currency than the euro."),
            mark("spirou fx import FILE --currency USD"),
        )
    first: date | None = date_of(session, since) if since else None
    number, found = service.import_ecb(session.context, file, chosen, since=first)
    render.imported(session.screen, number, found, session.format)


@app.command()
def remove(
    context: typer.Context,
    number: Annotated[int, typer.Argument(help=mark("Its number in: spirou fx list"), metavar="NUMBER")],
) -> None:
    """Take a rate back; an imported file goes as a whole."""
    from spirou_cli.cli.render.charges import removed
    from spirou_cli.domain.moneyfacts import RateSet, RatesImported
    from spirou_cli.service.charges import remove as take_back

    session: Session = context.obj
    rates_only = (RateSet, RatesImported)
    removed(session.screen, take_back(session.context, number, kinds=rates_only), session.format)


_FAR = 10**9
"""No rate is further from one than this, either way."""


def _pair(text: str) -> tuple[str, str]:
    base, slash, quote = text.partition("/")
    if not slash or base.upper() == quote.upper():
        raise InvalidInput(
            mark("“{pair}” is no pair of currencies."), mark("spirou fx add EUR/USD 1.09"), pair=text
        )
    return _currency(base), _currency(quote)


def _currency(text: str) -> str:
    code = text.strip().upper()
    if code not in CURRENCIES:
        raise InvalidInput(
            mark("“{word}” is not a currency."), mark("Write its three letters, as in EUR/USD."), word=text
        )
    return code
