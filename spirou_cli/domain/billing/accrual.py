"""What a stretch of days cost, whenever it was charged: fees by their days, packs by their use."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from fractions import Fraction

from spirou_cli.domain.billing.account import Account
from spirou_cli.domain.billing.ledger import Ledger, make_ledger
from spirou_cli.domain.billing.lines import Line, LineKind, bases
from spirou_cli.domain.billing.periods import month_of
from spirou_cli.domain.billing.timeline import timeline
from spirou_cli.domain.money import Money
from spirou_cli.domain.plan import Span
from spirou_cli.domain.record import record

__all__ = ["Accrued", "accrue", "accruing"]


@record
class Accrued:
    """The part of a line that belongs to a span of days."""

    line: Line
    amount: Money


def accruing(account: Account, span: Span, *, as_of: date) -> Ledger:
    """The ledger to accrue a span from: up to the end of its terms, whose fees may be due then."""
    ends = [term.period.span.end for term in timeline(account, span.end).terms]
    return make_ledger(account, as_of=as_of, until=max(span.end, month_of(as_of).end, *ends))


def accrue(ledger: Ledger, span: Span) -> list[Accrued]:
    """Each line's part in ``span``; over spans that follow one another the parts add up to the line.

    A fee is spread over the days it pays for, or over those served if the plan ended; a pack over the time
    drawn from it (what lapses, on the day it lapses); discounts and tax as the lines they are on;
    everything else falls on its own date.
    """
    by_id = {item.id: item for item in ledger.lines}
    parts = []
    for item in ledger.lines:
        amount = item.amount.times(_reached(ledger, by_id, item, span.end)) - item.amount.times(
            _reached(ledger, by_id, item, span.start)
        )
        if amount.minor:
            parts.append(Accrued(item, amount))
    return parts


def _reached(ledger: Ledger, by_id: Mapping[str, Line], item: Line, day: date) -> Fraction:
    """What part of a line, from 0 to 1, belongs to the days before ``day``."""
    if parts := bases(item, by_id):
        reached = (part * _reached(ledger, by_id, by_id[base], day) for base, part in parts.items())
        return sum(reached, Fraction(0))
    paid = _days_paid(ledger, item)
    if paid is not None and paid.days:
        days = (day - paid.start).days
        return Fraction(min(max(days, 0), paid.days), paid.days)
    if item.kind is LineKind.PACK:
        return _pack_used(ledger, item, day)
    return _on_its_date(item, day)


def _days_paid(ledger: Ledger, item: Line) -> Span | None:
    """The days a fee is for: none after the plan ended, unless what was left of the fee was given back."""
    if item.kind not in (LineKind.FEE, LineKind.FEE_CREDIT):
        return None
    given_back = {other.undoes for other in ledger.lines if other.kind is LineKind.FEE_CREDIT}
    if item.id in given_back:
        return item.period
    terms = (term for term in ledger.timeline.terms if term.subscription.id in item.sources)
    return next((term.period.span for term in terms if term.paid == item.period), item.period)


def _pack_used(ledger: Ledger, item: Line, day: date) -> Fraction:
    pack = next((pack for pack in ledger.account.packs if pack.id in item.sources), None)
    if pack is None:
        return _on_its_date(item, day)
    if pack.expires_on is not None and pack.expires_on < day:
        return Fraction(1)
    used = sum(drawn.seconds for on, _, drawn in ledger.time.draws if drawn.pack == pack.id and on < day)
    return Fraction(used, pack.seconds)


def _on_its_date(item: Line, day: date) -> Fraction:
    return Fraction(1 if item.on < day else 0)
