"""A bill: what each provider costs in a stretch of days, in its own currency and in mine."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from fractions import Fraction

from spirou_cli.domain.billing.account import Account
from spirou_cli.domain.billing.currency import Rates
from spirou_cli.domain.billing.forecast import Forecast, forecast
from spirou_cli.domain.billing.ledger import Ledger, ledger_of
from spirou_cli.domain.billing.lines import Line, LineKind, bases
from spirou_cli.domain.billing.periods import month_of
from spirou_cli.domain.billing.statement import ProviderStatement, Row, Statement, merged, settle
from spirou_cli.domain.money import Money
from spirou_cli.domain.plan import Span, TaxRule
from spirou_cli.domain.record import record, replace

__all__ = ["Bill", "ProviderBill", "TimeUse", "documents", "expect", "find_line", "make_bill"]

VARIABLE = frozenset({LineKind.OVERAGE, LineKind.USAGE, LineKind.TASK, LineKind.MAXIMUM})
"""Kinds of lines that grow with the work handed out; only they are extrapolated."""


@record
class TimeUse:
    """Seconds of a span: as reported, as billed, and what paid for them; nothing did for refused tasks.

    ``trial_s`` were reported in a trial, which bills nothing of them.
    """

    raw_s: int
    billed_s: int
    pack_s: int
    overage_s: int
    refused_s: int
    trial_s: int

    @property
    def included_s(self) -> int:
        """What the plan itself covered."""
        return self.billed_s - self.pack_s - self.overage_s - self.refused_s


@record
class ProviderBill:
    """One provider in a span: charged and estimated lines, those still ahead, and its time.

    In a bill that looks ahead, ``scheduled`` lines are in the statement, too.
    ``ledger`` has the rest: trial, allowances, packs, coupons, problems, and lines outside the span.
    """

    provider: str
    statement: ProviderStatement
    ahead: ProviderStatement
    time: TimeUse
    ledger: Ledger

    @property
    def scheduled(self) -> tuple[Row, ...]:
        return self.ahead.rows


@record
class Bill:
    """All providers in a span, as known on a day."""

    span: Span
    as_of: date
    providers: tuple[ProviderBill, ...]
    statement: Statement


def make_bill(
    accounts: Iterable[Account],
    span: Span,
    *,
    as_of: date,
    rates: Rates,
    reporting: str,
    ahead: bool = False,
) -> Bill:
    """The bill for any stretch of days: the lines dated in it, each converted at its own date.

    The same facts give the same bill, whatever their order and whenever it is made. ``ahead``: what is
    scheduled in it is among its lines, too.
    """
    ordered = sorted(accounts, key=lambda account: account.provider)
    providers = tuple(_provider_bill(account, span, as_of, rates, reporting, ahead) for account in ordered)
    statement = Statement(tuple(each.statement for each in providers), reporting)
    return Bill(span, as_of, providers, statement)


def expect(bill: Bill) -> Forecast:
    """What the month of ``bill.as_of`` will cost by its end; the bill is that whole month's.

    Discounts and tax follow the lines they are on: only their part on variable lines is extrapolated.
    """
    reporting = bill.statement.reporting
    rows = [row for each in bill.providers for row in (*each.statement.rows, *each.scheduled)]
    apart = sorted({row.counted.currency for row in rows} - {reporting})
    outlooks = (_expect(bill, currency).total for currency in apart)
    unconverted = tuple(amount for amount in outlooks if amount is not None and amount.minor)
    return replace(_expect(bill, reporting), unconverted=unconverted)


def _expect(bill: Bill, currency: str) -> Forecast:
    """The part of it that is counted in one currency."""
    variable = fixed = Money(0, currency)
    scheduled: list[tuple[date, Money]] = []
    for provider in bill.providers:
        by_id = {item.id: item for item in provider.ledger.lines}
        for row in provider.statement.rows:
            if row.counted.currency == currency:
                part = row.counted.times(_variable_part(by_id, row.line))
                variable, fixed = variable + part, fixed + row.counted - part
        ahead = [(row.line.on, row.counted) for row in provider.scheduled]
        if currency == bill.statement.reporting:
            fixed += provider.statement.not_recoverable
            ahead += [(memo.on, memo.not_recoverable) for memo in provider.ahead.reverse]
        scheduled += [(on, amount) for on, amount in ahead if amount.currency == currency]
    return forecast(bill.as_of, fixed=fixed, variable=variable, scheduled=scheduled)


def find_line(bill: Bill, line_id: str) -> Row | None:
    """A line of the bill by its id, or by a part of it that only one line has: an ending before a middle.

    What is on the bill comes before what only lies ahead.
    """
    on_it = [row for each in bill.providers for row in each.statement.rows]
    ahead = [row for each in bill.providers for row in each.scheduled]
    for alike in (str.__eq__, str.endswith, str.__contains__):
        for rows in (on_it, ahead):
            found = [row for row in rows if alike(row.line.id, line_id)]
            if found:
                return found[0] if len(found) == 1 else None
    return None


def _provider_bill(
    account: Account, span: Span, as_of: date, rates: Rates, reporting: str, looks_ahead: bool
) -> ProviderBill:
    ledger = ledger_of(account, span, as_of=as_of)
    dated = [item for item in ledger.lines if item.on in span]
    ahead = [item for item in dated if ledger.scheduled(item)]
    charged = dated if looks_ahead else ledger.charged(span)
    return ProviderBill(
        account.provider,
        documents(account, charged, rates, reporting, as_of),
        documents(account, ahead, rates, reporting, as_of),
        _time_use(ledger, span),
        ledger,
    )


def documents(
    account: Account, lines: Sequence[Line], rates: Rates, reporting: str, as_of: date
) -> ProviderStatement:
    """Lines settled month by month, which are documents, each under the tax rule it was charged under."""
    groups: dict[tuple[Span, TaxRule], list[Line]] = {}
    for item in lines:
        groups.setdefault((month_of(item.on), account.version_of(item).tax), []).append(item)
    made = [
        settle(account.provider, group, rule, rates=rates, reporting=reporting, as_of=as_of)
        for (_, rule), group in groups.items()
    ]
    return merged(made or [ProviderStatement(account.provider, (), reporting)])


def _time_use(ledger: Ledger, span: Span) -> TimeUse:
    work = [item for item in ledger.time.work if item.on in span]
    over = (item for term in ledger.time.terms for item in term.overage if item.on in span)
    return TimeUse(
        raw_s=sum(item.raw_s for item in work),
        billed_s=sum(item.billed_s for item in work),
        pack_s=sum(drawn.seconds for on, _, drawn in ledger.time.draws if on in span),
        overage_s=sum(item.billed_s for item in over),
        refused_s=sum(item.billed_s for item in ledger.time.refused if item.on in span),
        trial_s=sum(item.raw_s for item in ledger.time.free if item.on in span),
    )


def _variable_part(by_id: Mapping[str, Line], item: Line) -> Fraction:
    """How much of a line, from 0 to 1, grows with the work handed out."""
    if item.kind in VARIABLE:
        return Fraction(1)
    parts = (part * _variable_part(by_id, by_id[base]) for base, part in bases(item, by_id).items())
    return sum(parts, Fraction(0))
