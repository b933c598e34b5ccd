"""A bill on a screen, as records and as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from fractions import Fraction

from spirou_cli.cli.render import formats
from spirou_cli.cli.render.messages import Words
from spirou_cli.cli.render.records import Json, Value
from spirou_cli.cli.render.screen import Screen
from spirou_cli.cli.render.table import Column, Span, Style, Table
from spirou_cli.domain.errors import mark
from spirou_cli.domain.money import Money
from spirou_cli.service.bills import MonthView, ProviderRow

__all__ = ["HEADINGS", "as_json", "records", "write"]

HEADINGS = ("provider", "tasks", "time_used_s", "currency", "plan", "extra", "total", "basis")


def write(screen: Screen, found: MonthView) -> None:
    """The table by provider, the totals of each currency, and what isn't known."""
    words = screen.words
    span = found.bill.span
    last = min(span.end - timedelta(days=1), max(found.bill.as_of, span.start))
    title = words.say(mark("{period}, by provider"), period=formats.period(words, span.start, last))
    screen.line(Span(title, Style.HEADING))
    screen.blank()
    if not found.rows:
        screen.say(mark("Nothing was handed over or charged."))
        return
    screen.table(_table(words, found))
    screen.blank()
    _totals(screen, found)
    if any(row.estimated for row in found.rows):
        screen.say(mark("~ estimated from use, not billed yet."))
    if found.unknown_cost:
        screen.text(
            words.plural(
                "{n} task has no known cost and is not counted: spirou list --cost unknown",
                "{n} tasks have no known cost and are not counted: spirou list --cost unknown",
                len(found.unknown_cost),
            )
        )


def records(found: MonthView) -> Iterator[tuple[Value, ...]]:
    """A line for each provider and currency: plain figures."""
    for row in found.rows:
        for currency in sorted(row.totals) or [""]:
            yield (
                row.provider,
                row.tasks,
                row.seconds,
                currency,
                _plain(row.plan, currency),
                _plain(row.extra, currency),
                _plain(row.totals, currency),
                _basis(row),
            )


def as_json(found: MonthView) -> Json:
    """``spirou.bill/1``."""
    span = found.bill.span
    return {
        "from": span.start,
        "to": span.end - timedelta(days=1),
        "as_of": found.bill.as_of,
        "by": "provider",
        "rows": [
            {
                "provider": row.provider,
                "tasks": row.tasks,
                "time_used_s": row.seconds,
                "plan": _sums(row.plan),
                "extra": _sums(row.extra),
                "total": _sums(row.totals),
                "basis": _basis(row),
            }
            for row in found.rows
        ],
        "totals": [money for _, money in sorted(_all(found).items())],
        "unknown_cost_tasks": list(found.unknown_cost),
    }


def _table(words: Words, found: MonthView) -> Table:
    columns = (
        Column(words.say(mark("PROVIDER")), title=True),
        Column(words.say(mark("TASKS")), right=True),
        Column(words.say(mark("TIME")), right=True),
        Column(words.say(mark("PLAN")), right=True),
        Column(words.say(mark("EXTRA")), right=True),
        Column(words.say(mark("TOTAL")), right=True),
        Column(words.say(mark("PER HOUR")), right=True),
    )
    return Table(columns, [_cells(words, row) for row in found.rows])


def _cells(words: Words, row: ProviderRow) -> tuple[str, ...]:
    return (
        row.provider,
        str(row.tasks),
        "?" if row.seconds is None else formats.hours(row.seconds),
        _amounts(words, row, row.plan),
        _amounts(words, row, row.extra),
        _amounts(words, row, row.totals),
        _per_hour(words, row),
    )


def _amounts(words: Words, row: ProviderRow, amounts: Mapping[str, Money]) -> str:
    if not row.known:
        return "?"
    told = [money for _, money in sorted(amounts.items()) if money.minor]
    return " + ".join(formats.amount(words, m, estimated=row.estimated) for m in told) or formats.NOTHING


def _per_hour(words: Words, row: ProviderRow) -> str:
    if not row.known or not row.seconds or len(row.totals) != 1:
        return "?" if not row.known else formats.NOTHING
    (money,) = row.totals.values()
    hourly = money.times(Fraction(3600, row.seconds))
    return formats.amount(words, hourly, estimated=row.estimated)


def _totals(screen: Screen, found: MonthView) -> None:
    words = screen.words
    tasks = sum(row.tasks for row in found.rows)
    seconds = [row.seconds for row in found.rows if row.seconds is not None]
    used = formats.hours(sum(seconds)) if seconds else "?"
    told = words.plural("{n} task, {used} used", "{n} tasks, {used} used", tasks, used=used)
    sums = [formats.amount(words, money) for _, money in sorted(_all(found).items())] or [formats.NOTHING]
    rows = [(words.say(mark("Total")), told), *(("", amount) for amount in sums)]
    screen.table(Table((Column(""), Column("", title=True)), rows, headings=False))


def _all(found: MonthView) -> dict[str, Money]:
    sums: dict[str, Money] = {}
    for row in found.rows:
        for currency, money in row.totals.items():
            sums[currency] = sums[currency] + money if currency in sums else money
    return sums


def _sums(amounts: Mapping[str, Money]) -> list[Money]:
    return [money for _, money in sorted(amounts.items())]


def _plain(amounts: Mapping[str, Money], currency: str) -> str:
    return str(amounts[currency].amount) if currency in amounts else ""


def _basis(row: ProviderRow) -> str:
    if not row.known:
        return "unknown"
    return "estimated" if row.estimated else "reported"
