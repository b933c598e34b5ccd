"""The bill by project, tag, task, week or month, the last months as a chart, and what days cost."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from spirou_cli.cli.render import formats
from spirou_cli.cli.render.billing import UNKNOWN, about, labelled
from spirou_cli.cli.render.billrecords import converted_json
from spirou_cli.cli.render.messages import Words
from spirou_cli.cli.render.records import Json, Value
from spirou_cli.cli.render.screen import Screen
from spirou_cli.cli.render.table import Cell, Column, Span, Style, Table
from spirou_cli.domain.errors import mark
from spirou_cli.domain.money import Money, total
from spirou_cli.service.billgroups import Accrual, Cost, Group, Grouped, Month

__all__ = [
    "GROUP_HEADINGS",
    "MONTH_HEADINGS",
    "accrued",
    "group_records",
    "grouped",
    "grouped_json",
    "month_records",
    "months",
    "months_json",
]

GROUP_HEADINGS = ("key", "label", "tasks", "seconds", "currency", "amount", "in", "amount_in")
MONTH_HEADINGS = ("month", "provider", "currency", "amount")

_TITLES = {
    "project": mark("{days}, by project"),
    "tag": mark("{days}, by tag"),
    "task": mark("{days}, by task"),
    "week": mark("{days}, by week"),
    "month": mark("{days}, by month"),
}
_COLUMNS = {
    "project": mark("PROJECT"),
    "tag": mark("TAG"),
    "task": mark("TASK"),
    "week": mark("WEEK"),
    "month": mark("MONTH"),
}
_BAR = 40


def grouped(screen: Screen, found: Grouped) -> None:
    """A row a group, what belongs to none last, and the total of the bill."""
    words = screen.words
    days = formats.period(words, found.span.start, found.last)
    screen.text(words.say(_TITLES[found.by], days=days), Style.HEADING)
    screen.blank()
    currency = found.converted.amount.currency
    in_time = found.by in ("week", "month")
    columns = [
        Column(words.say(_COLUMNS[found.by]), title=True),
        *([] if found.by == "task" else [Column(words.say(mark("TASKS")), right=True)]),
        Column(words.say(mark("TIME")), right=True),
        Column(words.say(mark("COST")), right=True),
        Column(currency, right=True),
    ]
    rows: list[tuple[Cell, ...]] = []
    for group in found.groups:
        costs = [formats.amount(words, money, estimated=group.estimated) for money in group.amounts]
        rows.append(
            (
                _when(words, group, found) if in_time else _name(words, group),
                *([] if found.by == "task" else [str(group.tasks) if group.tasks else formats.NOTHING]),
                formats.hours(group.seconds),
                costs[0] if costs else formats.NOTHING,
                _mine(words, group),
            )
        )
        rows += [(*[""] * (len(columns) - 2), cost, "") for cost in costs[1:]]  # a currency a line
    screen.table(Table(columns, rows))
    screen.blank()
    labelled(screen, _totals(words, found))


def group_records(found: Grouped) -> Iterator[tuple[Value, ...]]:
    """A row a group and currency, so that a column's sum is the bill; tasks and time are in the first."""
    reporting = found.converted.amount.currency
    nothing = Cost(Money(0, reporting), Money(0, reporting))
    for group in found.groups:
        for at, cost in enumerate(group.costs or (nothing,)):
            yield (
                group.key.lstrip("0") if found.by == "task" else group.key,
                group.label,
                None if at else group.tasks,
                None if at else group.seconds,
                cost.amount.currency,
                str(cost.amount.amount),
                reporting,
                None if cost.reporting is None else str(cost.reporting.amount),
            )


def grouped_json(found: Grouped) -> Json:
    """``spirou.bill/1`` by something else than provider."""
    return {
        "from": found.span.start,
        "to": found.span.end - timedelta(days=1),
        "as_of": found.as_of,
        "by": found.by,
        "rows": [
            {
                found.by: (int(group.key) if group.key else None)
                if found.by == "task"
                else group.key or None,
                **({"title": group.label} if found.by == "task" else {}),
                "tasks": group.tasks,
                "time_used_s": group.seconds,
                "amounts": list(group.amounts),
                "converted": group.reporting,
                "unconverted": list(group.unconverted),
                "basis": "estimated" if group.estimated else "reported",
            }
            for group in found.groups
        ],
        "totals": list(found.totals),
        "converted": converted_json(found.converted),
    }


def months(screen: Screen, found: Sequence[Month], reporting: str) -> None:
    """The last months: a bar each, whose parts are the providers; marks tell them apart without colour."""
    words = screen.words
    providers = sorted({name for month in found for name in (*month.costs, *month.unconverted)})
    if not providers:
        screen.say(mark("Nothing was charged in these months."))
        return
    sums = [total(month.costs.values(), reporting) for month in found]
    most = max(sum_.minor for sum_ in sums) or 1
    marks = {name: _MARKS[at % len(_MARKS)] for at, name in enumerate(providers)}
    styles = {name: _STYLES[at % len(_STYLES)] for at, name in enumerate(providers)}
    amounts = [formats.amount(words, sum_) for sum_ in sums]
    wide = max(map(len, amounts))
    names = [formats.short_month(words, month.span.start.month) for month in found]
    longest = max(map(len, names))
    for month, name, sum_, amount in zip(found, names, sums, amounts, strict=True):
        parts: list[Span] = []
        drawn = reached = 0
        for provider in providers:
            reached += max(month.costs.get(provider, Money(0, reporting)).minor, 0)
            end = round(_BAR * reached / most)
            parts.append(Span(marks[provider] * (end - drawn), styles[provider]))
            drawn = end
        pad = "" if not sum_.minor else " "
        apart = "".join(f" + {formats.amount(words, money)}" for money in month.apart)
        screen.line(f"{name:{longest}} {month.span.start.year}  {amount:>{wide}} ", pad, *parts, apart)
    screen.blank()
    legend: list[Cell] = []
    for provider in providers:
        legend += [Span(marks[provider] * 2, styles[provider]), f" {provider}   "]
    screen.line(*legend)
    if coming := [month for month in found if month.ahead]:
        screen.blank()
        begins = coming[0].span.start
        first = f"{formats.month_name(words, begins.month)} {begins.year}"
        screen.say(mark("From {month} on: what is scheduled, nothing of it charged yet."), month=first)


def month_records(found: Sequence[Month]) -> Iterator[tuple[Value, ...]]:
    """A row a month, provider and currency: what has no rate is in its own."""
    for month in found:
        rows = [*month.costs.items()]
        rows += [(name, money) for name, apart in month.unconverted.items() for money in apart]
        for provider, cost in sorted(rows, key=lambda row: row[0]):
            yield f"{month.span.start:%Y-%m}", provider, cost.currency, str(cost.amount)


def months_json(found: Sequence[Month], reporting: str) -> Json:
    """``spirou.bill.months/1``."""
    return {
        "currency": reporting,
        "months": [
            {
                "month": f"{month.span.start:%Y-%m}",
                "total": total(month.costs.values(), reporting),
                "providers": dict(sorted(month.costs.items())),
                "unconverted": list(month.apart),
                "ahead": month.ahead,
            }
            for month in found
        ],
    }


def accrued(screen: Screen, found: Accrual, form: str, *, header: bool = False) -> None:
    """What the days of a span cost, whenever they were charged."""
    words = screen.words
    first, last = found.span.start, found.span.end - timedelta(days=1)
    rows = [(name, money) for name, sums in sorted(found.costs.items()) for _, money in sorted(sums.items())]
    if form == "json":
        document: Json = {
            "from": first,
            "to": last,
            "rows": [{"provider": name, "cost": money} for name, money in rows],
            "totals": list(found.totals),
            "converted": converted_json(found.converted),
        }
        screen.json("spirou.bill.accrual/1", document)
    elif form in ("records", "csv"):
        records = [(name, money.currency, str(money.amount)) for name, money in rows]
        head = [("provider", "currency", "cost")] if header or form == "csv" else []
        (screen.csv if form == "csv" else screen.records)([*head, *records])
    else:
        title = mark("{days}, by the days that are paid for")
        screen.text(words.say(title, days=formats.period(words, first, last)), Style.HEADING)
        screen.blank()
        columns = [
            Column(words.say(mark("PROVIDER")), title=True),
            Column(words.say(mark("COST")), right=True),
        ]
        screen.table(Table(columns, [(name, formats.amount(words, money)) for name, money in rows]))
        screen.blank()
        labelled(screen, _totals(words, found))


def _totals(words: Words, found: Grouped | Accrual) -> Iterator[tuple[str, Cell]]:
    """The total in each currency apart, and all of it in one."""
    for at, money in enumerate(found.totals):
        yield "" if at else words.say(mark("Total")), formats.amount(words, money)
    if text := about(words, found.converted, found.totals, found.as_of):
        yield "", text


_MARKS = "█▒▓░"
_STYLES = (Style.COMMAND, Style.GOOD, Style.WARNING, Style.BAD)


def _mine(words: Words, group: Group) -> str:
    """A group in the currency of totals: ``?`` for what of it has no rate, – where it costs nothing."""
    sums = [formats.number(words, str(group.reporting.amount))] if group.reporting.minor else []
    sums += [UNKNOWN] if group.unconverted else []
    return " + ".join(sums) or formats.NOTHING


def _name(words: Words, group: Group) -> str:
    if not group.key:
        return words.say(mark("(none)"))
    number = group.key.lstrip("0")
    return f"{number}  {group.label}" if group.label else group.key


def _json_key(found: Grouped, group: Group) -> str | int | None:
    if found.by == "task" and group.key:
        return int(group.key)
    return group.key or None


def _when(words: Words, group: Group, found: Grouped) -> str:
    first = date.fromisoformat(group.key)
    if found.by == "month":
        return f"{formats.month_name(words, first.month)} {first.year}"
    return formats.period(words, first, first + timedelta(days=6))
