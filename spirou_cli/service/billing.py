"""Bills: the facts of the log and the lines of usage, put before the billing engine."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Literal, NamedTuple

from spirou_cli.domain import holding
from spirou_cli.domain import moneyfacts as m
from spirou_cli.domain.billing.account import Account as BillingAccount
from spirou_cli.domain.billing.account import DoneRequest
from spirou_cli.domain.billing.bill import Bill, make_bill
from spirou_cli.domain.billing.currency import MAX_AGE_DAYS, Rate, Rates
from spirou_cli.domain.billing.lines import Line, LineState
from spirou_cli.domain.billing.reconcile import Status
from spirou_cli.domain.billing.usage import UsageEvent
from spirou_cli.domain.billing.worktime import TimeEntry
from spirou_cli.domain.plan import PlanVersion, Span, Subscription
from spirou_cli.service.context import Context
from spirou_cli.storage import accounts, ledger, queries
from spirou_cli.storage.accounts import Account

__all__ = [
    "Basis",
    "Book",
    "account_of",
    "basis",
    "book",
    "make",
    "month_span",
    "rates_of",
    "settled",
]


class Book(NamedTuple):
    """All that is known of money: each account's facts for the engine, rates, and the currency of totals."""

    accounts: dict[str, BillingAccount]
    names: dict[str, str]
    rates: Rates
    reporting: str
    entries: tuple[ledger.Entry, ...]


def book(connection: sqlite3.Connection, context: Context, *, since: date | None = None) -> Book:
    """Read the whole book. ``since``: usage before this day is not needed and not read."""
    facts = tuple(ledger.entries(connection))
    everybody = accounts.accounts(connection, removed=True)
    made = {
        account.name: billing
        for account in everybody
        if (billing := account_of(connection, context, account, facts, since=since)) is not None
    }
    rates = _known_rates(context, facts)
    reporting = context.settings.get("currency") or _only_currency(made.values())
    return Book(made, {account.id: account.name for account in everybody}, rates, reporting, facts)


def rates_of(connection: sqlite3.Connection, context: Context) -> Rates:
    """The exchange rates alone."""
    return _known_rates(context, ledger.entries(connection, kinds=(m.RateSet, m.RatesImported)))


def make(found: Book, span: Span, *, as_of: date, only: str = "") -> Bill:
    """The bill of a span, of all accounts or of one."""
    chosen = [account for name, account in found.accounts.items() if not only or name == only]
    return make_bill(chosen, span, as_of=as_of, rates=found.rates, reporting=found.reporting)


def account_of(
    connection: sqlite3.Connection,
    context: Context,
    account: Account,
    facts: Sequence[ledger.Entry],
    *,
    since: date | None = None,
) -> BillingAccount | None:
    """One account's facts as the engine wants them; None for an account that has neither plan nor usage."""
    own = [entry.fact for entry in facts if entry.account_id == account.id]
    versions = tuple(replace(version, provider=account.name) for version in holding.versions(own))
    lines = queries.usage_since(connection, account.id, _instant(since))
    if not own and not lines:
        return None
    plans = versions or (_no_plan(context, account),)
    known = {version.name for version in versions}
    held = [s for s in holding.subscriptions(own) if s.plan in known]
    subscriptions = held if versions else _since_first(lines)
    fixed = {f.task.id: f.task for f in own if isinstance(f, m.PriceAgreed)}
    return BillingAccount(
        account.name,
        plans,
        tuple(subscriptions),
        coupons=tuple(f.coupon for f in own if isinstance(f, m.CouponRedeemed)),
        packs=tuple(f.pack for f in own if isinstance(f, m.PackBought)),
        entries=tuple(_time(lines)),
        usage=tuple(_usage(lines)),
        fixed_tasks=tuple(fixed.values()),
        requests=tuple(_requests(connection, account, plans)),
        absences=tuple(f.absence for f in own if isinstance(f, m.AbsenceNoted)),
        expenses=tuple(f.expense for f in own if isinstance(f, m.ExpenseEntered)),
        refunds=tuple(f.refund for f in own if isinstance(f, m.RefundEntered)),
        charges=tuple(f.charge for f in own if isinstance(f, m.ChargeEntered)),
        closed=tuple(f.closed for f in own if isinstance(f, m.MonthClosed)),
    )


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


def _time(lines: Iterable[queries.Usage]) -> Iterable[TimeEntry]:
    """Lines of time, by the person's own figure where there is one; what was removed is 0 and left out."""
    for line in lines:
        seconds = line.quantity if line.mine is None else line.mine
        if line.unit == "second" and seconds > 0:
            start = datetime.fromtimestamp(line.used_at / 1000, UTC)
            yield TimeEntry(line.line, line.task_id, start, start + timedelta(seconds=seconds))


def _usage(lines: Iterable[queries.Usage]) -> Iterable[UsageEvent]:
    for line in lines:
        quantity = line.quantity if line.mine is None else line.mine
        if line.unit != "second" and (quantity > 0 or line.cost is not None):
            at = datetime.fromtimestamp(line.used_at / 1000, UTC)
            yield UsageEvent(line.line, line.task_id, at, ((line.unit, quantity),), line.cost)


def _requests(
    connection: sqlite3.Connection, account: Account, plans: Sequence[PlanVersion]
) -> Iterable[DoneRequest]:
    """Tasks that were delivered, for plans that count requests."""
    if all(version.included_tasks is None for version in plans):
        return
    for task_id, at, seconds in queries.delivered_tasks(connection, account.id):
        yield DoneRequest(task_id, datetime.fromtimestamp(at / 1000, UTC).date(), seconds)


def _no_plan(context: Context, account: Account) -> PlanVersion:
    """What is not known of a provider whose plan nobody told: no fee, no price, time not measured."""
    zone = getattr(context.zone, "key", "UTC")
    currency = context.settings.get("currency") or "EUR"
    return PlanVersion("none", account.name, "none", date(1970, 1, 1), currency, zone, fee=Decimal(0))


def _since_first(lines: Sequence[queries.Usage]) -> list[Subscription]:
    """No plan, held since the month of the first line: what a provider tells to have cost is billed."""
    if not lines:
        return []
    first = datetime.fromtimestamp(lines[0].used_at / 1000, UTC).date()
    return [Subscription("none", "none", (first - timedelta(days=1)).replace(day=1))]


def _only_currency(found: Iterable[BillingAccount]) -> str:
    """The currency that all plans share, else the euro, through which rates go."""
    currencies = {account.currency for account in found if account.subscriptions}
    return currencies.pop() if len(currencies) == 1 else "EUR"


def _instant(day: date | None) -> int:
    if day is None:
        return 0
    # A day early, so that no zone's midnight is cut off.
    return round(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp() - 86_400) * 1000
