"""Bills: the facts of the log and the lines of usage, put before the billing engine."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cache, partial
from itertools import pairwise
from typing import Literal

from spirou_cli.domain import holding
from spirou_cli.domain import moneyfacts as m
from spirou_cli.domain.billing.account import Account as BillingAccount
from spirou_cli.domain.billing.account import DoneRequest
from spirou_cli.domain.billing.bill import Bill, make_bill
from spirou_cli.domain.billing.currency import MAX_AGE_DAYS, Rate, Rates
from spirou_cli.domain.billing.lines import Line, LineState
from spirou_cli.domain.billing.periods import day_start, local_date, months_of
from spirou_cli.domain.billing.reading import Grain, Reading, reading, rounds_each
from spirou_cli.domain.billing.reconcile import Status
from spirou_cli.domain.billing.rounding import round_seconds
from spirou_cli.domain.billing.timeline import timeline
from spirou_cli.domain.billing.usage import UsageEvent, price_changes
from spirou_cli.domain.billing.waterfall import measures_time
from spirou_cli.domain.billing.worktime import Billed, TimeEntry
from spirou_cli.domain.plan import PlanVersion, Rounding, Span, Subscription
from spirou_cli.domain.record import record, replace
from spirou_cli.service import prices
from spirou_cli.service.context import Context, milliseconds
from spirou_cli.storage import accounts, ledger, queries, tallies, work
from spirou_cli.storage.accounts import Account

__all__ = [
    "Basis",
    "Book",
    "account_of",
    "basis",
    "book",
    "last_told",
    "looks_ahead",
    "make",
    "month_span",
    "rates_of",
    "settled",
]

NO_PLAN = "none"
SECOND = "second"
OWN_SECOND = "own_second"
"""The person's own time on a task: no provider bills it."""


@record
class Book:
    """All that is known of money: each account's facts for the engine, rates, and the currency of totals."""

    accounts: dict[str, BillingAccount]
    names: dict[str, str]
    rates: Rates
    reporting: str
    entries: tuple[ledger.Entry, ...]

    def id_of(self, provider: str) -> str:
        """The account of that name."""
        return next(account_id for account_id, name in self.names.items() if name == provider)

    def has_plan(self, provider: str) -> bool:
        """Whether the person told what plan a provider is used under."""
        return self.accounts[provider].plans[0].name != NO_PLAN


def book(
    connection: sqlite3.Connection,
    context: Context,
    *,
    span: Span | None = None,
    grain: Grain = Grain.TASK,
) -> Book:
    """Read the book. With a ``span``, only the use that its bill needs, summed over ``grain`` where exact."""
    facts = tuple(ledger.entries(connection)) if tallies.money_told(connection) else ()
    everybody = accounts.accounts(connection, removed=True)
    made = {
        account.name: billing
        for account in everybody
        if (billing := account_of(connection, context, account, facts, span=span, grain=grain)) is not None
    }
    rates = _known_rates(context, facts)
    reporting = context.settings.get("currency") or _only_currency(made.values())
    return Book(made, {account.id: account.name for account in everybody}, rates, reporting, facts)


def rates_of(connection: sqlite3.Connection, context: Context) -> Rates:
    """The exchange rates alone."""
    return _known_rates(context, ledger.entries(connection, kinds=(m.RateSet, m.RatesImported)))


def make(found: Book, span: Span, *, as_of: date, only: str = "") -> Bill:
    """The bill of a span, of all accounts or of one; with what is scheduled where the span looks ahead."""
    chosen = [account for name, account in found.accounts.items() if not only or name == only]
    return make_bill(
        chosen,
        span,
        as_of=as_of,
        rates=found.rates,
        reporting=found.reporting,
        ahead=looks_ahead(span, as_of),
    )


def looks_ahead(span: Span, today: date) -> bool:
    """Whether days to come were asked for: this month is told so far, and what it will cost expected."""
    return span.end > today + timedelta(days=1) and span != month_span(today)


def last_told(span: Span, today: date) -> date:
    """The last day that a bill tells of."""
    last = span.end - timedelta(days=1)
    return last if looks_ahead(span, today) else min(today, last)


def account_of(
    connection: sqlite3.Connection,
    context: Context,
    account: Account,
    facts: Sequence[ledger.Entry],
    *,
    span: Span | None = None,
    grain: Grain = Grain.TASK,
) -> BillingAccount | None:
    """One account's facts as the engine wants them; None for an account that has neither plan nor usage."""
    own = [entry.fact for entry in facts if entry.account_id == account.id]
    first = work.first_use(connection, account.id)
    if not own and first is None:
        return None
    known = _told(connection, context, account, own, first)
    wanted = reading(known, span, grain)
    if span is not None and wanted.since is not None:
        inside = (c for c in known.closed if c.month.end > span.start and c.month.start < span.end)
        known = replace(known, closed=tuple(inside))
    lines = list(_lines(connection, account, known, wanted, first, span))
    return replace(
        known,
        entries=tuple(_time(lines)),
        billed=tuple(_billed(known, lines)),
        usage=tuple(_usage(known, lines)),
        requests=tuple(_requests(connection, account, known.plans, wanted.since)),
    )


def _told(
    connection: sqlite3.Connection,
    context: Context,
    account: Account,
    own: Sequence[m.MoneyFact],
    first: int | None,
) -> BillingAccount:
    """What the person told of an account's money; nothing of its use yet."""
    versions = tuple(replace(version, provider=account.name) for version in holding.versions(own))
    plans = versions or (_no_plan(context, account),)
    names = {version.name for version in versions}
    held = [s for s in holding.subscriptions(own) if s.plan in names]
    return BillingAccount(
        account.name,
        plans,
        tuple(held if versions else _since_first(first)),
        coupons=tuple(f.coupon for f in own if isinstance(f, m.CouponRedeemed)),
        packs=tuple(f.pack for f in own if isinstance(f, m.PackBought)),
        pack_order=plans[-1].pack_order,
        fixed_tasks=tuple(prices.ended(connection, account.id, own, plans[-1].zone)),
        absences=tuple(f.absence for f in own if isinstance(f, m.AbsenceNoted)),
        expenses=tuple(f.expense for f in own if isinstance(f, m.ExpenseEntered)),
        refunds=tuple(f.refund for f in own if isinstance(f, m.RefundEntered)),
        charges=tuple(f.charge for f in own if isinstance(f, m.ChargeEntered)),
        closed=tuple(f.closed for f in own if isinstance(f, m.MonthClosed)),
    )


def _lines(
    connection: sqlite3.Connection,
    account: Account,
    known: BillingAccount,
    wanted: Reading,
    first: int | None,
    span: Span | None,
) -> Iterable[work.Sum]:
    """Use as closely as it must be read. Sums are cut at each local midnight and where a price changes."""
    if first is None:
        return
    since = first if wanted.since is None else max(first, _midnight(wanted.since, known.zone))
    last = work.last_use(connection, account.id) + 1
    if span is not None and wanted.since is not None:
        last = min(last, _midnight(months_of(span).end, known.zone))
    if wanted.grain is Grain.ENTRY:
        yield from work.entries(connection, account.id, since, last)
    else:
        by_task = wanted.grain is Grain.TASK
        when = timeline(known, local_date(_moment(last), known.zone) + timedelta(days=1))
        for begin, end in pairwise(_cuts(known, since, last)):
            rounding = when.rounding_on(local_date(_moment(begin), known.zone))
            each = _rounded(rounding) if rounding and rounds_each(rounding) else None
            yield from work.sums(connection, account.id, begin, end, by_task=by_task, rounded=each)
    if wanted.lives:
        yield from work.lives(connection, account.id, since, last)


@cache
def _rounded(rounding: Rounding) -> Callable[[int], int]:
    """The rule for one entry, which remembers what it answered: times of entries are often the same."""
    return cache(partial(round_seconds, rounding))


def _cuts(known: BillingAccount, since: int, until: int) -> list[int]:
    """Instants between which a sum costs exactly what its parts do."""
    if since >= until:
        return []
    day, last = (local_date(_moment(at), known.zone) for at in (since, until))
    cuts = {since, until}
    while day < last:
        day += timedelta(days=1)
        cuts.add(_midnight(day, known.zone))
    cuts |= {milliseconds(at) for version in known.plans for at in price_changes(version.usage)}
    cuts |= {milliseconds(at) for version in known.plans for at in price_changes(version.overage)}
    return sorted(at for at in cuts if since <= at <= until)


Basis = Literal["billed", "reported", "estimated"]


def basis(line: Line, *, settled: bool) -> Basis:
    """How sure an amount is: on a paid or checked invoice, told and fixed, or still an estimate."""
    if settled or line.state is LineState.CLOSED:
        return "billed"
    return "estimated" if line.state is LineState.ESTIMATE else "reported"


def settled(found: Book, provider: str, span: Span) -> bool:
    """Whether what a provider asks for a month was paid, or compared with its invoice and found right."""
    right = {Status.MATCH, Status.ROUNDING}
    for entry in found.entries:
        if found.names.get(entry.account_id or "") != provider:
            continue
        match entry.fact:
            case m.MonthPaid(month=month) if month == span:
                return True
            case m.InvoiceChecked(month=month, status=status) if month == span and status in right:
                return True
    return False


def month_span(day: date) -> Span:
    """The calendar month that ``day`` is in."""
    start = day.replace(day=1)
    return Span(start, (start + timedelta(days=32)).replace(day=1))


def _known_rates(context: Context, facts: Iterable[ledger.Entry]) -> Rates:
    age = int(context.settings.get("rate_max_age_days", MAX_AGE_DAYS))
    return Rates(_rates(facts), age)


def _rates(facts: Iterable[ledger.Entry]) -> Iterable[Rate]:
    """Every rate that was told, one by one or as a file, in the order of telling."""
    for entry in facts:
        match entry.fact:
            case m.RateSet(rate=rate):
                yield rate
            case m.RatesImported(rates=rates):
                yield from rates


def _time(lines: Iterable[work.Sum]) -> Iterable[TimeEntry]:
    """Time, by the person's own figure where there is one; what was removed is 0 and left out."""
    for line in lines:
        if line.unit == SECOND and line.quantity > 0 and line.billed is None:
            start = _moment(line.used_at)
            yield TimeEntry(line.line, line.task_id, start, start + timedelta(seconds=line.quantity))


def _billed(known: BillingAccount, lines: Iterable[work.Sum]) -> Iterable[Billed]:
    """Time whose entries were rounded where they were summed."""
    for line in lines:
        if line.unit == SECOND and line.quantity > 0 and line.billed is not None:
            on = local_date(_moment(line.used_at), known.zone)
            yield Billed(line.line, line.task_id, on, line.quantity, line.billed)


def _usage(known: BillingAccount, lines: Iterable[work.Sum]) -> Iterable[UsageEvent]:
    """Every other meter, and what was told to have cost; time under a plan that prices it costs that."""
    timed = any(measures_time(version) for version in known.plans)
    for line in lines:
        if line.unit == SECOND:
            if line.cost is not None and not timed:
                yield UsageEvent(line.line, line.task_id, _moment(line.used_at), (), line.cost)
        elif line.unit != OWN_SECOND and (line.quantity > 0 or line.cost is not None):
            meter = ((line.unit, line.quantity),)
            yield UsageEvent(line.line, line.task_id, _moment(line.used_at), meter, line.cost)


def _requests(
    connection: sqlite3.Connection, account: Account, plans: Sequence[PlanVersion], since: date | None
) -> Iterable[DoneRequest]:
    """Tasks that were delivered, for plans that count requests."""
    if all(version.included_tasks is None for version in plans):
        return
    zone = plans[-1].zone
    first = 0 if since is None else _midnight(since, zone)
    for task_id, at, seconds in queries.delivered_tasks(connection, account.id, first):
        yield DoneRequest(task_id, local_date(_moment(at), zone), seconds)


def _no_plan(context: Context, account: Account) -> PlanVersion:
    """What is not known of a provider whose plan nobody told: no fee, no price, time not measured."""
    zone = getattr(context.zone, "key", "UTC")
    currency = context.settings.get("currency") or "EUR"
    return PlanVersion(NO_PLAN, account.name, NO_PLAN, date(1970, 1, 1), currency, zone, fee=Decimal(0))


def _since_first(first: int | None) -> list[Subscription]:
    """No plan, held since the month of the first use: what a provider tells to have cost is billed."""
    if first is None:
        return []
    day = _moment(first).date() - timedelta(days=1)  # a day early: no zone's first use is before it
    return [Subscription(NO_PLAN, NO_PLAN, day.replace(day=1))]


def _only_currency(found: Iterable[BillingAccount]) -> str:
    """The currency that all plans share, else the euro, through which rates go."""
    currencies = {account.currency for account in found if account.subscriptions}
    return currencies.pop() if len(currencies) == 1 else "EUR"


def _midnight(day: date, zone: str) -> int:
    return milliseconds(day_start(day, zone))


def _moment(at: int) -> datetime:
    return datetime.fromtimestamp(at / 1000, UTC)
