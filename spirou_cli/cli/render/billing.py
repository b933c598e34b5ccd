"""The bill by provider: the table, its totals, what is expected, what isn't known and what to pay."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from fractions import Fraction

from spirou_cli.cli.render import formats
from spirou_cli.cli.render.messages import Words
from spirou_cli.cli.render.notices import soon_all, watch_all
from spirou_cli.cli.render.screen import Screen
from spirou_cli.cli.render.table import WIDE, Cell, Column, Span, Style, Table, plain
from spirou_cli.domain.billing.currency import Rate
from spirou_cli.domain.errors import mark
from spirou_cli.domain.money import Money, round_half_away
from spirou_cli.domain.text import width, wrapped
from spirou_cli.service.bills import Converted, ProviderRow, Report
from spirou_cli.service.budgets import BudgetStanding

__all__ = ["UNKNOWN", "about", "bill", "labelled", "money", "rates_text", "told_of", "totals"]

UNKNOWN = "?"
"""What stands for a figure that nobody told; – is for none."""

_SHOWN_RATES = 3


def bill(screen: Screen, found: Report) -> None:
    """The page of ``spirou bill``."""
    words = screen.words
    days = formats.period(words, found.span.start, found.last)
    if not found.rows:
        screen.say(mark("{days}: nothing to pay, as far as is known."), days=days)
        return
    screen.text(words.say(mark("{days}, by provider"), days=days), Style.HEADING)
    screen.blank()
    screen.table(_fitting(_table(words, found), screen.columns))
    screen.blank()
    tasks = words.plural("{n} task, {time} used", "{n} tasks, {time} used", found.tasks, time=_time(found))
    soon, watch = soon_all(words, found.notices, found.as_of), watch_all(words, found.notices)
    below = [
        *totals(words, found, tasks),
        *_budgets(words, found),
        *told_of(words, mark("Soon"), soon),
        *told_of(words, mark("Watch"), watch, Style.WARNING),
    ]
    labelled(screen, below)
    _remarks(screen, found)


def totals(words: Words, found: Report, work: str) -> list[tuple[str, Cell]]:
    """The total in each currency apart, and all of it in one."""
    lines: list[tuple[str, Cell]] = [(words.say(mark("Total")), work)]
    for sum_ in found.totals:
        lines.append(("", formats.amount(words, sum_, estimated=sum_.currency in found.estimated)))
    if text := about(words, found.converted, found.totals, found.as_of):
        lines.append(("", text))
    return lines


def about(words: Words, converted: Converted, sums: Iterable[Money], today: date) -> str:
    """«about 658.61 EUR, at 1 USD = 0.917 EUR (your rate, 20 Nov)»; "" where nothing is converted."""
    currencies = {sum_.currency for sum_ in sums if sum_.minor}
    if currencies <= {converted.amount.currency}:
        return ""
    apart = " + ".join(formats.amount(words, money) for money in converted.unconverted)
    if not converted.rates:
        missing = mark("{apart}: no fresh rate to {currency}, see spirou fx add -h")
        return words.say(missing, apart=apart, currency=converted.amount.currency)
    amount = formats.amount(words, converted.amount)
    text = words.say(
        mark("about {amount}, at {rates}"), amount=amount, rates=rates_text(words, converted.rates, today)
    )
    return _and_apart(words, text, converted.unconverted)


def _and_apart(words: Words, text: str, unconverted: Iterable[Money]) -> str:
    """What has no rate is told beside what could be counted."""
    apart = " + ".join(formats.amount(words, money) for money in unconverted)
    if not apart:
        return text
    return words.say(mark("{text}; and {apart}, for which there is no fresh rate"), text=text, apart=apart)


def rates_text(words: Words, rates: Iterable[Rate], today: date) -> str:
    """The rates as they were declared; of many, the last ones."""
    known = list(rates)
    shown = [
        words.say(
            mark("1 {base} = {value} {quote} ({source}, {day})"),
            base=rate.base,
            value=formats.number(words, f"{rate.value:f}"),
            quote=rate.quote,
            source=words.say(mark("your rate")) if rate.source in ("", "user") else rate.source,
            day=formats.short_day(words, rate.on, today),
        )
        for rate in known[-_SHOWN_RATES:]
    ]
    if hidden := len(known) - len(shown):
        shown.append(words.plural("{n} other", "{n} others", hidden))
    return ", ".join(shown)


def money(words: Words, amount: Money | None, *, estimated: bool = False) -> str:
    """A cell: ``?`` for what nobody told, – for none."""
    if amount is None:
        return UNKNOWN
    return formats.amount(words, amount, estimated=estimated) if amount.minor else formats.NOTHING


def labelled(screen: Screen, lines: Iterable[tuple[str, Cell]]) -> None:
    """Lines beside their labels, wrapped under themselves on a terminal."""
    told = list(lines)
    indent = max((width(label) for label, _ in told), default=0) + 3
    for label, cell in told:
        span = Span(cell) if isinstance(cell, str) else cell
        text, style = span.text, span.style
        room = max(screen.text_columns - indent, 20)
        rows = wrapped(text, room, ours=True) if screen.is_terminal else [text]
        for at, row in enumerate(rows):
            shown = "" if at else label
            screen.line(shown, " " * (indent - width(shown)), Span(row, style))


def told_of(
    words: Words, label: str, texts: Iterable[str], style: Style = Style.PLAIN
) -> Iterator[tuple[str, Cell]]:
    """Lines under one label."""
    for number, text in enumerate(texts):
        yield "" if number else words.say(label), Span(text, style)


def _table(words: Words, found: Report) -> Table:
    columns = (
        Column(words.say(mark("PROVIDER")), title=True),
        Column(words.say(mark("TASKS")), right=True),
        Column(words.say(mark("TIME")), right=True),
        Column(words.say(mark("PLAN")), right=True),
        Column(words.say(mark("EXTRA")), right=True),
        Column(words.say(mark("TOTAL")), right=True),
        Column(words.say(mark("PER HOUR")), right=True),
        Column(words.say(mark("PER TASK")), right=True, wide=True),
        Column(words.say(mark("BILL")), wide=True),
        Column(words.say(mark("PAID")), wide=True),
    )
    return Table(columns, [_row(words, row, found.as_of) for row in found.rows])


def _fitting(table: Table, columns: int | None) -> Table:
    """The table without what helps least, where large sums need the room: figures are never cut."""
    kept = [at for at, column in enumerate(table.columns) if not column.wide or (columns or WIDE) >= WIDE]
    widths = [
        2 + max(width(plain(cell)) for cell in (column.heading, *(row[at] for row in table.rows)))
        for at, column in enumerate(table.columns)
    ]
    for at in _FIRST_TO_GO:
        if at in kept and columns is not None and sum(widths[k] for k in kept) - 2 > columns:
            kept.remove(at)
    return Table([table.columns[k] for k in kept], [[row[k] for k in kept] for row in table.rows])


_FIRST_TO_GO = (7, 8, 9, 6)
"""Per task, bill, paid, per hour."""


def _row(words: Words, row: ProviderRow, today: date) -> tuple[Cell, ...]:
    guess = row.estimated
    if row.more:
        head: tuple[Cell, ...] = ("", "", "")
    else:
        untold = UNKNOWN if row.tasks else formats.NOTHING
        head = (
            row.provider,
            str(row.tasks),
            untold if row.seconds is None else formats.hours(row.seconds),
        )
    known, nothing = row.total is not None, row.total is not None and not row.total.minor
    rates = (None, None) if nothing else (row.per_hour, row.per_task)
    paid = formats.short_day(words, row.paid_on, today) if row.paid_on else words.say(mark("no"))
    return (
        *head,
        money(words, row.plan, estimated=guess and not row.extra),
        money(words, row.extra, estimated=guess),
        money(words, row.total, estimated=guess),
        *(formats.amount(words, rate, estimated=guess) if known or row.more else UNKNOWN for rate in rates),
        _invoice(words, row, today),
        paid if known and not nothing else formats.NOTHING,
    )


def _invoice(words: Words, row: ProviderRow, today: date) -> str:
    """What stands for the amount: an invoice, one to come, a charge, or only an estimate."""
    if row.invoice:
        return words.say(mark("invoice {number}"), number=row.invoice)
    if row.due is not None:
        return words.say(mark("comes {day}"), day=formats.short_day(words, row.due.on, today))
    if row.estimated:
        return words.say(mark("estimate"))
    if row.charged_on is not None:
        return words.say(mark("charged {day}"), day=formats.short_day(words, row.charged_on, today))
    return formats.NOTHING


def _budgets(words: Words, found: Report) -> Iterator[tuple[str, Cell]]:
    """Each budget; what is expected stands beside the one for everything, or by itself."""
    end = formats.short_day(words, found.span.end - timedelta(days=1), found.as_of)
    expected, told = found.expected, False
    outlook = " + ".join(_round(words, each) for each in _expected(found))
    for standing in found.budgets:
        text = _standing(words, standing, found.names)
        style = Style.PLAIN
        limit = standing.budget.limit
        if outlook and standing.budget.scope == "all" and limit.currency == found.converted.amount.currency:
            more = mark("{text}; about {amount} expected by {day}")
            text, told = words.say(more, text=text, amount=outlook, day=end), True
            style = Style.WARNING if expected and expected.minor > limit.minor else Style.PLAIN
        yield words.say(mark("Budget")), Span(text, style)
    if outlook and not told:
        yield "", words.say(mark("about {amount} expected by {day}"), amount=outlook, day=end)


def _expected(found: Report) -> list[Money]:
    """What is expected in all, and what of it has no rate; a sum of nothing is left out beside another."""
    amounts = [found.expected, *found.expected_apart]
    return [each for each in amounts if each is not None and each.minor]


def _standing(words: Words, standing: BudgetStanding, names: Mapping[str, str]) -> str:
    kind, _, name = standing.budget.scope.partition(":")
    limit = formats.amount(words, standing.budget.limit)
    text = mark("{limit} a month for {whose}, {percent}% used")
    if kind == "all":
        text = mark("{limit} a month, {percent}% used")
    said = words.say(text, limit=limit, whose=names.get(name, name), percent=standing.percent)
    return _and_apart(words, said, standing.unconverted)


def _round(words: Words, amount: Money) -> str:
    """An expectation to the unit: more digits would promise too much."""
    units = round_half_away(Fraction(amount.amount))
    return f"{formats.number(words, str(units))} {amount.currency}"


def _remarks(screen: Screen, found: Report) -> None:
    words = screen.words
    lines = []
    if found.estimated:
        lines.append(words.say(mark("~ estimated from use, not billed yet.")))
    if found.unknown:
        counted = words.plural(
            "{n} task has no known cost and is not counted: spirou list --cost unknown",
            "{n} tasks have no known cost and are not counted: spirou list --cost unknown",
            len(found.unknown),
        )
        lines.append(counted)
    if found.looks_ahead:
        today = formats.short_day(words, found.as_of, found.as_of)
        lines.append(words.say(mark("After {day}: what is scheduled, nothing of it charged yet."), day=today))
    elif found.is_month:
        lines += [text for row in found.rows if (text := _to_pay(words, row, found))]
    if lines:
        screen.blank()
    for text in lines:
        screen.text(text)


def _to_pay(words: Words, row: ProviderRow, found: Report) -> str:
    """What to pay and how to say that it is paid; "" for what is paid, or is an estimate only."""
    if row.paid_on is not None or row.total is None or row.total.minor <= 0 or row.more:
        return ""
    month = f"{found.span.start:%Y-%m}"
    if row.due is not None:
        return words.say(
            mark("{provider} bills {amount} on {day}. Paid? spirou charge paid {provider} -m {month}"),
            provider=row.provider,
            amount=formats.amount(words, row.due.amount, estimated=row.due.estimated),
            day=formats.short_day(words, row.due.on, found.as_of),
            month=month,
        )
    if row.estimated:
        return ""
    return words.say(
        mark("{provider} asks {amount}. Paid? spirou charge paid {provider} -m {month}"),
        provider=row.provider,
        amount=formats.amount(words, row.total),
        month=month,
    )


def _time(found: Report) -> str:
    return UNKNOWN if found.seconds is None and found.tasks else formats.hours(found.seconds or 0)
