"""A bill cut otherwise than by provider: by project, tag, task, week or month; the parts add up to it."""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from datetime import date, timedelta
from fractions import Fraction
from typing import Literal

from spirou_cli.domain.billing.accrual import accrue, accruing
from spirou_cli.domain.billing.bill import Bill
from spirou_cli.domain.billing.lines import LineState, task_weights
from spirou_cli.domain.billing.reading import Grain
from spirou_cli.domain.money import Money, allocate
from spirou_cli.domain.plan import Span
from spirou_cli.domain.record import record, replace
from spirou_cli.domain.task import Task
from spirou_cli.service import billing, bills
from spirou_cli.service.bills import Asked, Converted
from spirou_cli.service.context import Context
from spirou_cli.storage import rows

__all__ = ["By", "Group", "Grouped", "Month", "accrued", "grouped", "months"]

By = Literal["project", "tag", "task", "week", "month"]


@record
class Group:
    """What one project, tag, task, week or month cost; ``key`` "" is what belongs to none, as a fee does.

    ``label`` is a task's title; ``reporting`` is the sum of what could be converted.
    """

    key: str
    label: str
    tasks: int
    seconds: int
    amounts: tuple[Money, ...]
    reporting: Money
    estimated: bool


@record
class Grouped:
    """The groups of a span, which together are its bill."""

    span: Span
    as_of: date
    by: By
    groups: tuple[Group, ...]
    converted: Converted

    @property
    def totals(self) -> tuple[Money, ...]:
        sums: dict[str, Money] = {}
        for amount in (amount for group in self.groups for amount in group.amounts):
            sums[amount.currency] = amount + sums.get(amount.currency, Money(0, amount.currency))
        return tuple(sums[currency] for currency in sorted(sums))


@record
class Month:
    """A month's cost by provider in the reporting currency."""

    span: Span
    costs: dict[str, Money]


class _Sums:
    """What is added up for one group."""

    def __init__(self) -> None:
        self.tasks: set[str] = set()
        self.seconds = Fraction(0)
        self.amounts: dict[str, Money] = {}
        self.reporting = 0
        self.estimated = False

    def add(self, amount: Money, reporting: Money | None, *, estimated: bool) -> None:
        if not amount.minor:
            return
        self.amounts[amount.currency] = amount + self.amounts.get(amount.currency, Money(0, amount.currency))
        self.reporting += reporting.minor if reporting is not None else 0
        self.estimated |= estimated


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
        reporting = bill.statement.reporting
        groups = [
            Group(
                key,
                tasks.label(key),
                len(each.tasks),
                round(each.seconds),
                tuple(each.amounts[currency] for currency in sorted(each.amounts)),
                Money(each.reporting, reporting),
                each.estimated,
            )
            for key, each in sums.items()
        ]
    in_time = by in ("week", "month")
    groups.sort(
        key=lambda group: (group.key,) if in_time else (group.key == "", -group.reporting.minor, group.key)
    )
    shown = (each.provider for each in bill.providers)
    return Grouped(asked.span, today, by, tuple(groups), bills.converted(bill, shown))


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
        made.append(Month(span, {name: cost for name, cost in costs.items() if cost.minor}))
    return made


def accrued(context: Context, asked: Asked) -> dict[str, dict[str, Money]]:
    """By provider and currency, what the days of a span cost, whenever it was charged."""
    with context.read() as connection:
        found = bills.open_book(connection, context, asked, everything=True)
        today = context.now().astimezone(context.zone).date()
    made: dict[str, dict[str, Money]] = {}
    for name in sorted(name for name in found.accounts if asked.provider in ("", name)):
        sums: dict[str, Money] = {}
        for part in accrue(accruing(found.accounts[name], asked.span, as_of=today), asked.span):
            currency = part.amount.currency
            sums[currency] = part.amount + sums.get(currency, Money(0, currency))
        if sums:
            made[name] = sums
    return made


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
        task = self._known.get(task_id)
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
            if lost := memo.not_recoverable.minor:
                on = min(memo.on, bill.span.end - timedelta(days=1))
                sums[_time_key(on, by) if by in ("week", "month") else ""].reporting += lost


def _add_time(bill: Bill, by: By, tasks: _Tasks, sums: defaultdict[str, _Sums]) -> None:
    for provider in bill.providers:
        for item in provider.ledger.time.work:
            if item.on in bill.span:
                keys = [_time_key(item.on, by)] if by in ("week", "month") else tasks.groups(item.task)
                for key in keys:
                    sums[key].seconds += Fraction(item.raw_s, len(keys))
                    sums[key].tasks.add(item.task)


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
