"""What `spirou bill` answers: a row a provider, totals, conversion, budgets, what is expected and unknown."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from fractions import Fraction
from typing import TYPE_CHECKING

from spirou_cli.domain import moneyfacts as m
from spirou_cli.domain.billing.bill import Bill, ProviderBill, expect
from spirou_cli.domain.billing.currency import Rate
from spirou_cli.domain.billing.lines import Line, LineKind, LineState, bases
from spirou_cli.domain.billing.reading import Grain
from spirou_cli.domain.billing.statement import ProviderStatement, Row
from spirou_cli.domain.money import Money, by_currency, total
from spirou_cli.domain.plan import Span
from spirou_cli.domain.record import record, replace
from spirou_cli.service import billing, lookup
from spirou_cli.service.billing import Basis, Book
from spirou_cli.service.context import Context, milliseconds
from spirou_cli.service.notices import Notices, notices
from spirou_cli.storage import queries, work

if TYPE_CHECKING:
    from spirou_cli.service.budgets import BudgetStanding

__all__ = [
    "Asked",
    "Converted",
    "Due",
    "ProviderRow",
    "Report",
    "converted",
    "instants",
    "open_book",
    "report",
    "reporting",
    "unconverted",
]

PLAN_KINDS = frozenset(
    {LineKind.FEE, LineKind.FEE_CREDIT, LineKind.ABSENCE, LineKind.TRUE_UP, LineKind.MAXIMUM}
)
"""What a plan costs by itself; the rest is extra."""


@record
class Asked:
    """What a person wants to see. ``rates`` hold on every day; no ``reporting``: that of the book."""

    span: Span
    provider: str = ""
    reporting: str = ""
    rates: tuple[Rate, ...] = ()
    basis: str = "all"
    unpaid: bool = False
    figures_only: bool = False
    """Rows alone: no budgets, nothing expected, no search for unknown costs."""
    grain: Grain = Grain.DAY
    """How closely use is read: by task where tasks are shown, by entry where a line names them."""


@record
class Due:
    """What a provider will ask for, and when."""

    on: date
    amount: Money
    estimated: bool = False


@record
class ProviderRow:
    """A provider in a span, in one currency. None for a sum or a time that nobody told.

    ``more``: the same provider in another currency; its tasks and time are in the row above.
    """

    provider: str
    currency: str
    tasks: int = 0
    seconds: int | None = None
    plan: Money | None = None
    extra: Money | None = None
    basis: Basis = "reported"
    invoice: str | None = None
    charged_on: date | None = None
    due: Due | None = None
    paid_on: date | None = None
    more: bool = False

    @property
    def total(self) -> Money | None:
        return self.plan + self.extra if self.plan is not None and self.extra is not None else None

    @property
    def estimated(self) -> bool:
        return self.basis == "estimated"

    @property
    def per_hour(self) -> Money | None:
        """What an hour of work came to; None where the time or the cost isn't known."""
        return self.total.times(Fraction(3600, self.seconds)) if self.total and self.seconds else None

    @property
    def per_task(self) -> Money | None:
        return self.total.times(Fraction(1, self.tasks)) if self.total and self.tasks else None


@record
class Converted:
    """All in one currency, with the rates it was converted at as they were declared."""

    amount: Money
    rates: tuple[Rate, ...]
    unconverted: tuple[Money, ...] = ()


@record
class Report:
    """A bill as a person reads it. ``month``: the span is one calendar month, which can be paid."""

    span: Span
    as_of: date
    rows: tuple[ProviderRow, ...]
    converted: Converted
    unknown: tuple[int, ...]
    """Numbers of the tasks whose cost nobody told."""
    budgets: tuple[BudgetStanding, ...]
    expected: Money | None
    bill: Bill
    names: Mapping[str, str]
    """Providers by the id of their account."""
    notices: tuple[Notices, ...] = ()
    """What each provider's bill says besides its lines; none with figures only."""
    expected_apart: tuple[Money, ...] = ()
    """What is expected besides, in currencies that have no usable rate."""

    @property
    def last(self) -> date:
        """The last day that is told of."""
        return billing.last_told(self.span, self.as_of)

    @property
    def looks_ahead(self) -> bool:
        """Whether what is scheduled is in it."""
        return billing.looks_ahead(self.span, self.as_of)

    @property
    def totals(self) -> tuple[Money, ...]:
        """The sum in each currency, by its code."""
        return by_currency(row.total for row in self.rows if row.total is not None)

    @property
    def estimated(self) -> frozenset[str]:
        """The currencies in which something is an estimate."""
        return frozenset(row.currency for row in self.rows if row.estimated)

    @property
    def tasks(self) -> int:
        return sum(row.tasks for row in self.rows)

    @property
    def seconds(self) -> int | None:
        told = [row.seconds for row in self.rows if row.seconds is not None]
        return sum(told) if told else None

    @property
    def is_month(self) -> bool:
        return self.span == billing.month_span(self.span.start)


def open_book(
    connection: sqlite3.Connection, context: Context, asked: Asked, *, everything: bool = False
) -> Book:
    """What is known of money, in the currency asked for and at the rates asked for.

    ``everything``: also the use of before, which only spreading lines over their days needs.
    """
    if asked.provider:
        lookup.ever_named(connection, asked.provider)
    found = billing.book(connection, context, span=None if everything else asked.span, grain=asked.grain)
    currency = asked.reporting or found.reporting
    return replace(found, reporting=currency, rates=found.rates.with_always(asked.rates))


def reporting(context: Context, asked: Asked) -> str:
    """The currency of totals where none is asked for."""
    with context.read() as connection:
        return open_book(connection, context, asked).reporting


def report(context: Context, asked: Asked) -> Report:
    """The bill of a span as it is known now."""
    today = context.now().astimezone(context.zone).date()
    with context.read() as connection:
        found = open_book(connection, context, asked)
        bill = billing.make(found, asked.span, as_of=today, only=asked.provider)
        begun = asked.span.start <= today
        since, until = instants(context, asked.span) if begun else (0, 0)  # nothing is worked on yet
        rows = [
            row
            for each in bill.providers
            for row in _rows(connection, found, each, asked.span, (since, until))
        ]
        rows += _silent(connection, found, asked, (since, until))
        rows = sorted((row for row in rows if _wanted(row, asked)), key=lambda row: (row.provider, row.more))
        around = not (asked.figures_only or asked.provider)
        this_month = around and asked.span == billing.month_span(today)
        shown = {row.provider for row in rows}
        outlook = expect(bill) if this_month else None
        return Report(
            asked.span,
            today,
            tuple(rows),
            converted([each.statement for each in bill.providers if each.provider in shown], found.reporting),
            tuple(_unknown(connection, found, asked.span, (since, until))) if around else (),
            _budgets(connection, context, today) if this_month else (),
            outlook.total if outlook else None,
            bill,
            found.names,
            ()
            if asked.figures_only
            else tuple(
                notices(connection, context, found, each, asked.span, today)
                for each in bill.providers
                if each.provider in (*shown, asked.provider)
            ),
            outlook.unconverted if outlook else (),
        )


def _budgets(connection: sqlite3.Connection, context: Context, today: date) -> tuple[BudgetStanding, ...]:
    from spirou_cli.service import budgets  # knows tasks, which figures alone don't need

    return tuple(budgets.standings(connection, context, today))


def converted(statements: Sequence[ProviderStatement], reporting: str) -> Converted:
    """The sum of the converted lines of some providers, and what has no rate."""
    rates = {
        rate: None
        for statement in statements
        for row in statement.rows
        if row.exchange is not None
        for rate in row.exchange.rates
    }
    return Converted(
        total((statement.reporting_cost for statement in statements), reporting),
        tuple(sorted(rates, key=lambda rate: (rate.base, rate.quote, rate.on))),
        unconverted(statements),
    )


def unconverted(statements: Iterable[ProviderStatement]) -> tuple[Money, ...]:
    """What has no rate, each currency apart."""
    sums = by_currency(amount for each in statements for amount in each.unconverted.values())
    return tuple(amount for amount in sums if amount.minor)


def _rows(
    connection: sqlite3.Connection,
    found: Book,
    provider: ProviderBill,
    span: Span,
    instants: tuple[int, int],
) -> Iterable[ProviderRow]:
    """A provider's rows, its plan's currency first; providers with nothing to tell have none."""
    account_id = found.id_of(provider.provider)
    tasks = work.count_tasks(connection, account_id, *instants)
    home = provider.ledger.account.currency
    told = [row.line for row in provider.statement.rows]
    currencies = dict.fromkeys([home, *sorted({item.amount.currency for item in told})])
    has_plan = found.has_plan(provider.provider)
    if not (told or tasks or provider.scheduled or provider.time.raw_s):
        return
    if not has_plan and told:  # no plan's currency: only what was told
        currencies.pop(home) if home not in {item.amount.currency for item in told} else None
    paid, invoice = _settlement(found, provider.provider, span)
    by_id = {item.id: item for item in provider.ledger.lines}
    for number, currency in enumerate(currencies):
        own = [item for item in told if item.amount.currency == currency]
        known = has_plan or bool(own)
        whole = total((item.amount for item in own), currency)
        plan = total((item.amount.times(_plan_part(by_id, item)) for item in own), currency)
        settled = billing.settled(found, provider.provider, span)
        kinds = [billing.basis(item, settled=settled) for item in own]
        fees = [item.on for item in own if item.kind is LineKind.FEE]
        yield ProviderRow(
            provider.provider,
            currency,
            0 if number else tasks,
            None if number or not provider.time.raw_s else provider.time.raw_s,
            plan if known else None,
            whole - plan if known else None,
            next((kind for kind in ("estimated", "billed") if kind in kinds), "reported"),
            invoice,
            fees[-1] if fees else None,
            _due(provider, currency) if paid is None else None,
            paid,
            more=bool(number),
        )


def _silent(
    connection: sqlite3.Connection, found: Book, asked: Asked, instants: tuple[int, int]
) -> Iterable[ProviderRow]:
    """Providers that have tasks, and of whose money and time nobody ever told anything."""
    for account_id, name in found.names.items():
        if name not in found.accounts and asked.provider in ("", name):
            tasks = work.count_tasks(connection, account_id, *instants)
            if tasks:
                yield ProviderRow(name, found.reporting, tasks)


def _wanted(row: ProviderRow, asked: Asked) -> bool:
    right = asked.basis in ("all", row.basis)
    return right and not (asked.unpaid and (row.paid_on is not None or not row.total))


def _plan_part(by_id: Mapping[str, Line], item: Line) -> Fraction:
    """How much of a line, from 0 to 1, is the plan's own price; discounts and tax follow what they are on."""
    if item.kind is LineKind.REFUND and item.undoes in by_id:
        return _plan_part(by_id, by_id[item.undoes or ""])
    parts = bases(item, by_id)
    if not parts:
        return Fraction(int(item.kind in PLAN_KINDS))
    return sum((part * _plan_part(by_id, by_id[base]) for base, part in parts.items()), Fraction(0))


def _due(provider: ProviderBill, currency: str) -> Due | None:
    """What is still to be asked for: lines ahead, and estimates on the day after their period."""
    own = [row for row in provider.scheduled if row.line.amount.currency == currency]
    open_ = [row for row in provider.statement.rows if _open(row, currency)]
    if not (own or (open_ and provider.ledger.timeline.terms)):
        return None
    amount = total((row.line.amount for row in (*own, *open_)), currency)
    days = [row.line.on for row in own] or [row.line.on + timedelta(days=1) for row in open_]
    return Due(min(days), amount, bool(open_)) if amount.minor else None


def _open(row: Row, currency: str) -> bool:
    return row.line.state is LineState.ESTIMATE and row.line.amount.currency == currency


def _settlement(found: Book, provider: str, span: Span) -> tuple[date | None, str | None]:
    """When a month was paid and the number of its invoice, as far as the person told."""
    paid: date | None = None
    invoice: str | None = None
    for entry in found.entries:
        if found.names.get(entry.account_id or "") == provider:
            match entry.fact:
                case m.MonthPaid(month=month, on=on) if month == span:
                    paid = on
                case m.InvoiceChecked(month=month, number=number) if month == span:
                    invoice = number
    return paid, invoice


def _unknown(connection: sqlite3.Connection, found: Book, span: Span, instants: tuple[int, int]) -> list[int]:
    """Tasks of providers whose plan nobody told, or that charge by use, with no cost and no use told.

    A price of its own is a cost.
    """
    numbers: list[int] = []
    for account_id, name in found.names.items():
        known = found.accounts.get(name)
        if known is None or not found.has_plan(name) or known.version_on(span.start).usage:
            priced = {queries.number_of(connection, t.id) for t in known.fixed_tasks} if known else set()
            without = work.tasks_without_cost(connection, account_id, *instants)
            numbers += [number for number in without if number not in priced]
    return sorted(numbers)


def instants(context: Context, span: Span) -> tuple[int, int]:
    """The local midnights a span lies between, in UTC milliseconds."""
    first, end = (milliseconds(datetime.combine(day, time(), context.zone)) for day in (span.start, span.end))
    return first, end
