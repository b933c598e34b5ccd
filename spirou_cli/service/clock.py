"""The money clock: the dates that are coming, of every account, with the money at stake."""

from __future__ import annotations

from datetime import date, timedelta

from spirou_cli.domain.billing.deadlines import Deadline, deadlines
from spirou_cli.domain.billing.ledger import make_ledger
from spirou_cli.domain.record import record
from spirou_cli.service import billing
from spirou_cli.service.context import Context
from spirou_cli.service.lookup import ever_named
from spirou_cli.service.plans import local_day

__all__ = ["Clock", "coming"]

_AHEAD = timedelta(days=2 * 366)
"""How far fees are looked at: past the end of a coupon of a yearly plan."""


@record
class Clock:
    """The dates from today on, nearest first."""

    today: date
    dates: tuple[Deadline, ...]


def coming(context: Context, *, provider: str = "", days: int | None = None) -> Clock:
    """What comes within ``days``, or ever; of one provider, or of all."""
    today = local_day(context)
    with context.read() as connection:
        if provider:
            ever_named(connection, provider)
        book = billing.book(connection, context)
    found = [
        deadline
        for name, account in book.accounts.items()
        if provider in ("", name)
        for deadline in deadlines(make_ledger(account, as_of=today, until=today + _AHEAD))
        if days is None or deadline.on <= today + timedelta(days=days)
    ]
    return Clock(today, tuple(sorted(found, key=lambda each: (each.on, each.provider, each.kind))))
