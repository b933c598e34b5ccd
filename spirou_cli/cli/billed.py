"""What ``spirou bill`` was asked for, in values, and which page answers it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation

from spirou_cli.cli.ranges import days
from spirou_cli.cli.session import Session
from spirou_cli.domain.billing.currency import Rate
from spirou_cli.domain.billing.reading import Grain
from spirou_cli.domain.errors import InvalidInput, mark
from spirou_cli.domain.money import CURRENCIES
from spirou_cli.domain.plan import Span
from spirou_cli.service import bills
from spirou_cli.service.bills import Asked

__all__ = ["Request", "shown"]

BASES = ("all", "estimated", "reported", "billed")


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """The options as they were typed; "" for those that weren't."""

    month: str = ""
    last_month: bool = False
    since: str = ""
    until: str = ""
    provider: str = ""
    currency: str = ""
    rates: tuple[str, ...] = ()
    basis: str = "all"
    unpaid: bool = False


def shown(session: Session, request: Request) -> None:
    """Answer with the page that was asked for."""
    _by_provider(session, request)


def _by_provider(session: Session, request: Request) -> None:
    from spirou_cli.cli.render import billrecords

    screen = session.screen
    if session.format in ("records", "csv"):
        found = bills.report(session.context, asked(session, request)._replace(figures_only=True))
        rows = list(billrecords.records(found))
        if session.format == "csv":
            screen.csv([billrecords.HEADINGS, *rows])
        else:
            screen.records([*([billrecords.HEADINGS] if session.options.header else []), *rows])
        return
    found = bills.report(session.context, asked(session, request))
    if session.format == "json":
        screen.json("spirou.bill/1", billrecords.document(found))
        return
    from spirou_cli.cli.render import billing

    billing.bill(screen, found)


def asked(session: Session, request: Request, grain: Grain = Grain.DAY) -> Asked:
    """The options as values. InvalidInput for what can't be understood."""
    chosen = days(
        session,
        month=request.month,
        last_month=request.last_month,
        since=request.since,
        until=request.until,
    )
    if request.basis not in BASES:
        raise InvalidInput(mark("--basis is {known}."), mark("--basis billed"), known=", ".join(BASES))
    currency = _currency(request.currency) if request.currency else ""
    target = currency or session.settings.get("currency") or "EUR"
    today = session.now().date()
    return Asked(
        Span(chosen.first, chosen.last + timedelta(days=1)),
        provider=request.provider,
        reporting=currency or (target if request.rates else ""),
        rates=tuple(_rate(text, target, today) for text in request.rates),
        basis=request.basis,
        unpaid=request.unpaid,
        grain=grain,
    )


def _currency(text: str) -> str:
    code = text.upper()
    if code not in CURRENCIES:
        raise InvalidInput(mark("“{text}” is no currency."), mark("--in EUR"), text=text)
    return code


def _rate(text: str, target: str, today: date) -> Rate:
    base, _, value = text.partition("=")
    try:
        factor = Decimal(value.replace(",", "."))
    except InvalidOperation:
        factor = Decimal(0)
    if base.upper() not in CURRENCIES or not factor.is_finite() or factor <= 0:
        raise InvalidInput(mark("“{text}” is no rate."), mark("--rate USD=0.917"), text=text)
    return Rate(today, base.upper(), target, factor, "user")
