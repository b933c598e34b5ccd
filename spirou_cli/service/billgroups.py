"""A bill cut otherwise than by provider: by project, tag, task, week or month; the parts add up to it."""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Iterator
from datetime import date, timedelta
from fractions import Fraction
from typing import Literal

from spirou_cli.domain.billing.accrual import accrue, accruing
from spirou_cli.domain.billing.bill import Bill, documents
from spirou_cli.domain.billing.lines import LineState, task_weights
from spirou_cli.domain.billing.reading import Grain
from spirou_cli.domain.billing.statement import ProviderStatement
from spirou_cli.domain.money import Money, allocate, by_currency
from spirou_cli.domain.plan import Span
from spirou_cli.domain.record import record, replace
from spirou_cli.domain.task import Task
from spirou_cli.service import billing, bills
from spirou_cli.service.billing import Book
from spirou_cli.service.bills import Asked, Converted
from spirou_cli.service.context import Context
from spirou_cli.storage import queries, rows, work

__all__ = ["Accrual", "By", "Cost", "Group", "Grouped", "Month", "accrued", "grouped", "months"]

By = Literal["project", "tag", "task", "week", "month"]


@record
class Cost:
    """A sum in one currency, and in the reporting currency; None where a part of it has no rate."""

    amount: Money
    reporting: Money | None


@record
class Group:
    """What one project, tag, task, week or month cost; ``key`` "" is what belongs to none, as a fee does.

    ``label`` is a task's title; ``reporting`` is the sum of what could be converted, ``unconverted`` the
    rest. No ``seconds``: a time that nobody told.
    """

    key: str
    label: str
    tasks: int
    seconds: int | None
    costs: tuple[Cost, ...]
    reporting: Money
    unconverted: tuple[Money, ...]
    estimated: bool

    @property
    def amounts(self) -> tuple[Money, ...]:
        """What it came to in each currency; what only the card statement shows is in none."""
        return tuple(cost.amount for cost in self.costs if cost.amount.minor)


@record
class Grouped:
    """The groups of a span, which together are its bill."""

    span: Span
    as_of: date
    by: By
    groups: tuple[Group, ...]
    converted: Converted

    @property
    def last(self) -> date:
        """The last day that is told of."""
        return billing.last_told(self.span, self.as_of)

    @property
    def totals(self) -> tuple[Money, ...]:
        return by_currency(amount for group in self.groups for amount in group.amounts)


@record
class Month:
    """A month's cost by provider in the reporting currency, and what has no rate in its own.

    ``ahead``: what is scheduled in it is counted, too.
    """

    span: Span
    costs: dict[str, Money]
    unconverted: dict[str, tuple[Money, ...]]
    ahead: bool = False

    @property
    def apart(self) -> tuple[Money, ...]:
        """What of it has no rate, of all providers."""
        return by_currency(money for amounts in self.unconverted.values() for money in amounts)


@record
class Accrual:
    """What the days of a span cost, by provider and currency, and all in one."""

    span: Span
    as_of: date
    costs: dict[str, dict[str, Money]]
    converted: Converted

    @property
    def totals(self) -> tuple[Money, ...]:
        """The sum in each currency, by its code."""
        return by_currency(money for sums in self.costs.values() for money in sums.values())


class _Sums:
    """What is added up for one group."""

    def __init__(self) -> None:
        self.tasks: set[int] = set()
        self.seconds = Fraction(0)
        self.costs: dict[str, Cost] = {}
        self.reporting = 0
        self.unconverted: list[Money] = []
        self.estimated = False

    def add(self, amount: Money, reporting: Money | None, *, estimated: bool = False) -> None:
        if not (amount.minor or (reporting and reporting.minor)):
            return
        if reporting is None:
            self.unconverted.append(amount)
        else:
            self.reporting += reporting.minor
        self.estimated |= estimated
        if before := self.costs.get(amount.currency):
            amount += before.amount
            reporting = reporting + before.reporting if reporting and before.reporting else None
        self.costs[amount.currency] = Cost(amount, reporting)


def grouped(context: Context, asked: Asked, by: By) -> Grouped:
    """The bill of a span, cut by what each line's work was for."""
    with context.read() as connection:
        found = bills.open_book(connection, context, replace(asked, grain=Grain.TASK))
        today = context.now().astimezone(context.zone).date()
        bill = billing.make(found, asked.span, as_of=today, only=asked.provider)
        sums: defaultdict[str, _Sums] = defaultdict(_Sums)
        tasks = _Tasks(connection, by)
        _add_lines(bill, by, tasks, sums)
        _add_time(bill, by, tasks, sums)
        begun = Span(min(asked.span.start, today), min(asked.span.end, today + timedelta(days=1)))
        for account_id, name in found.names.items():
            if asked.provider in ("", name) and asked.span.start <= today:
                _add_tasks(connection, context, account_id, begun, by, tasks, sums)
        reporting = bill.statement.reporting
        groups = [
            Group(
                key,
                tasks.label(key),
                len(each.tasks),
                round(each.seconds) or None,
                tuple(each.costs[currency] for currency in sorted(each.costs)),
                Money(each.reporting, reporting),
                by_currency(each.unconverted),
                each.estimated,
            )
            for key, each in sums.items()
        ]
    in_time = by in ("week", "month")
    groups.sort(
        key=lambda group: (group.key,) if in_time else (group.key == "", -group.reporting.minor, group.key)
    )
    whole = bills.converted([each.statement for each in bill.providers], reporting)
    return Grouped(asked.span, today, by, tuple(groups), whole)


def months(context: Context, asked: Asked, count: int = 12) -> list[Month]:
    """The last months up to the one that ``asked`` begins in, each by provider."""
    spans = [asked.span]
    while len(spans) < count:
        spans.append(billing.month_span(spans[-1].start - timedelta(days=1)))
    spans.reverse()
    whole = Span(spans[0].start, spans[-1].end)
    with context.read() as connection:
        found = bills.open_book(connection, context, replace(asked, span=whole))
        today = context.now().astimezone(context.zone).date()
    made = []
    for span in spans:
        bill = billing.make(found, span, as_of=today, only=asked.provider)
        costs = {each.provider: each.statement.reporting_cost for each in bill.providers}
        apart = {each.provider: bills.unconverted([each.statement]) for each in bill.providers}
        made.append(
            Month(
                span,
                {name: cost for name, cost in costs.items() if cost.minor},
                {name: amounts for name, amounts in apart.items() if amounts},
                billing.looks_ahead(span, today),
            )
        )
    return made


def accrued(context: Context, asked: Asked) -> Accrual:
    """What the days of a span cost, whenever it was charged."""
    with context.read() as connection:
        found = bills.open_book(connection, context, asked, everything=True)
        today = context.now().astimezone(context.zone).date()
    names = sorted(name for name in found.accounts if asked.provider in ("", name))
    parts = [_part_of(found, name, asked.span, today) for name in names]
    costs = {part.provider: part.totals for part in parts if part.rows}
    return Accrual(asked.span, today, costs, bills.converted(parts, found.reporting))


def _part_of(found: Book, provider: str, span: Span, today: date) -> ProviderStatement:
    """The parts of lines that belong to a span, each converted at the rate of its line."""
    account = found.accounts[provider]
    lines = [
        replace(
            part.line,
            amount=part.amount,
            settled=part.line.settled
            and part.line.settled.times(Fraction(part.amount.minor, part.line.amount.minor)),
        )
        for part in accrue(accruing(account, span, as_of=today), span)
    ]
    return documents(account, lines, found.rates, found.reporting, today)


class _Tasks:
    """Which groups a task belongs to, read once each."""

    def __init__(self, connection: sqlite3.Connection, by: By) -> None:
        self._connection = connection
        self._by = by
        self._known: dict[str, Task | None] = {}
        self._labels: dict[str, str] = {}

    def groups(self, task_id: str) -> list[str]:
        """The keys of a task's groups; one with several tags is cut evenly between them."""
        if task_id and task_id not in self._known:
            self._known[task_id] = rows.task(self._connection, task_id)
        return self.groups_of(self._known.get(task_id))

    def groups_of(self, task: Task | None) -> list[str]:
        if task is None:
            return [""]
        match self._by:
            case "project":
                return [task.project]
            case "tag":
                return list(task.tags) or [""]
            case _:
                key = f"{task.number:09}"
                self._labels[key] = task.title
                return [key]

    def label(self, key: str) -> str:
        return self._labels.get(key, "")


def _add_lines(bill: Bill, by: By, tasks: _Tasks, sums: defaultdict[str, _Sums]) -> None:
    for provider in bill.providers:
        by_id = {item.id: item for item in provider.ledger.lines}
        for row in provider.statement.rows:
            estimated = row.line.state is LineState.ESTIMATE
            if by in ("week", "month"):
                sums[_time_key(row.line.on, by)].add(row.line.amount, row.reporting, estimated=estimated)
                continue
            weights = _by_group(task_weights(row.line, by_id), tasks)
            parts = allocate(row.line.amount, list(weights.values()))
            mine = allocate(row.reporting, list(weights.values())) if row.reporting else [None] * len(parts)
            for key, amount, reporting in zip(weights, parts, mine, strict=True):
                sums[key].add(amount, reporting, estimated=estimated)
        for memo in provider.statement.reverse:
            if memo.not_recoverable.minor:
                on = min(memo.on, bill.span.end - timedelta(days=1))
                key = _time_key(on, by) if by in ("week", "month") else ""
                sums[key].add(memo.not_recoverable.times(0), memo.not_recoverable)


def _add_time(bill: Bill, by: By, tasks: _Tasks, sums: defaultdict[str, _Sums]) -> None:
    for provider in bill.providers:
        for item in provider.ledger.time.work:
            if item.on in bill.span:
                keys = [_time_key(item.on, by)] if by in ("week", "month") else tasks.groups(item.task)
                for key in keys:
                    sums[key].seconds += Fraction(item.raw_s, len(keys))


def _add_tasks(
    connection: sqlite3.Connection,
    context: Context,
    account_id: str,
    span: Span,
    by: By,
    tasks: _Tasks,
    sums: defaultdict[str, _Sums],
) -> None:
    """The tasks that a provider had, as its own bill counts them: with time or without."""
    if by in ("week", "month"):
        for key, days in _cut(span, by):
            if had := work.tasks_had(connection, account_id, *bills.instants(context, days)):
                sums[key].tasks |= had
        return
    for number in work.tasks_had(connection, account_id, *bills.instants(context, span)):
        for key in tasks.groups_of(queries.by_number(connection, number)):
            sums[key].tasks.add(number)


def _cut(span: Span, by: By) -> Iterator[tuple[str, Span]]:
    """The weeks or months of a span, the first and the last as far as they are in it."""
    day = span.start
    while day < span.end:
        key = _time_key(day, by)
        first = date.fromisoformat(key)
        after = first + timedelta(days=7) if by == "week" else billing.month_span(first).end
        yield key, Span(day, min(after, span.end))
        day = after


def _by_group(weights: dict[str, Fraction], tasks: _Tasks) -> dict[str, Fraction]:
    groups: defaultdict[str, Fraction] = defaultdict(Fraction)
    for task_id, weight in weights.items():
        keys = tasks.groups(task_id)
        for key in keys:
            groups[key] += weight / len(keys)
    return dict(sorted(groups.items()))


def _time_key(day: date, by: By) -> str:
    """The first day of a week (Monday) or a month, as text that sorts."""
    first = day - timedelta(days=day.weekday()) if by == "week" else day.replace(day=1)
    return first.isoformat()
