"""One provider's bill, line by line, and how a line came about: enough to check it on paper."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from fractions import Fraction

from spirou_cli.cli.render import formats
from spirou_cli.cli.render.billing import UNKNOWN, about, labelled, rates_text, told_of
from spirou_cli.cli.render.details import details_json
from spirou_cli.cli.render.messages import Words
from spirou_cli.cli.render.notices import lost, soon, watch
from spirou_cli.cli.render.records import Json, Value
from spirou_cli.cli.render.screen import Screen
from spirou_cli.cli.render.table import Cell, Column, Span, Style, Table
from spirou_cli.domain.billing.lines import Line, LineKind, LineState
from spirou_cli.domain.billing.statement import ProviderStatement, Row
from spirou_cli.domain.billing.usage import exact_text
from spirou_cli.domain.errors import mark
from spirou_cli.domain.money import Money
from spirou_cli.domain.plan import HourPack
from spirou_cli.domain.plan import Span as Days
from spirou_cli.service.onebill import Explained, OneBill

__all__ = [
    "LINE_HEADINGS",
    "explained",
    "explained_json",
    "kind_word",
    "line_json",
    "line_records",
    "one",
    "one_json",
    "vat_due",
    "what_for",
]

LINE_HEADINGS = (
    "line",
    "date",
    "provider",
    "kind",
    "currency",
    "amount",
    "in",
    "amount_in",
    "state",
    "what",
    "made_of",
)

_KINDS = {
    LineKind.FEE: mark("fee"),
    LineKind.FEE_CREDIT: mark("fee given back"),
    LineKind.ABSENCE: mark("absence"),
    LineKind.PACK: mark("pack"),
    LineKind.OVERAGE: mark("time"),
    LineKind.TASK: mark("task"),
    LineKind.USAGE: mark("use"),
    LineKind.MAXIMUM: mark("maximum"),
    LineKind.TRUE_UP: mark("minimum"),
    LineKind.COUPON: mark("coupon"),
    LineKind.REFUND: mark("refund"),
    LineKind.EXCHANGE: mark("exchange"),
    LineKind.EXPENSE: mark("expense"),
    LineKind.HANDLING: mark("handling"),
    LineKind.CREDIT: mark("credit"),
    LineKind.TAX: mark("tax"),
}


_SAID = (LineKind.TASK, LineKind.EXPENSE, LineKind.REFUND, LineKind.CREDIT, LineKind.HANDLING)
"""Lines of which something is said in words, beside their formula."""

_FIGURE = re.compile(r"(?:^|(?<=[\s/]))-?\d+(?:\.\d+)?(?=[\s/]|$)")
"""A figure in a formula; what is part of a word, as in the name of a meter, is none."""


def one(screen: Screen, found: OneBill) -> None:
    """Every line with what it is for, the total, the time and what to look at."""
    words, report = screen.words, found.report
    days = formats.period(words, report.span.start, report.last)
    screen.line(Span(f"{found.bill.provider}  {days}", Style.HEADING))
    screen.blank()
    rows = found.bill.statement.rows
    if not rows:
        screen.say(mark("No charge in these days."))
    else:
        screen.table(_table(words, found))
    screen.blank()
    labelled(screen, _below(words, found))


def what_for(words: Words, item: Line, notes: Mapping[str, str], packs: Sequence[HourPack] = ()) -> str:
    """What a line is for: its days, its formula, what the person said of it, or a pack's time and end."""
    pack = next((pack for pack in packs if item.kind is LineKind.PACK and pack.id in item.sources), None)
    if pack is not None:
        return _pack(words, pack, item.on)
    said = next((notes[source] for source in item.sources if notes.get(source)), "")
    formula = "" if _says_only_the_amount(item) else formula_text(words, item)
    if item.kind in _SAID:
        return ", ".join(part for part in (said, formula) if part)
    if item.period is None or item.kind in (LineKind.COUPON, LineKind.TAX):
        return said or formula
    days = _days(words, item.period, item.on)
    return f"{days}, {formula}" if formula else days


def formula_text(words: Words, item: Line) -> str:
    """How an amount came about, its figures as the language writes them."""
    fields = {
        name: value if name == "coupon" else _FIGURE.sub(lambda one: formats.number(words, one[0]), value)
        for name, value in item.formula.fields.items()
    }
    return words.say(item.formula.template, **fields)


def _pack(words: Words, pack: HourPack, near: date) -> str:
    time = words.say(mark("{time} h"), time=formats.hours(pack.seconds))
    if pack.expires_on is None:
        return time
    last = formats.short_day(words, pack.expires_on - timedelta(days=1), near)
    return f"{time}, {words.say(mark('until {day}'), day=last)}"


def kind_word(words: Words, kind: LineKind) -> str:
    """The word of a kind of line."""
    return words.say(_KINDS[kind])


def line_records(found: OneBill) -> Iterator[tuple[Value, ...]]:
    """A row a line, for programs."""
    english = Words("en")
    for row in found.bill.statement.rows:
        item, mine = row.line, row.reporting
        yield (
            item.id,
            item.on,
            item.provider,
            item.kind.value,
            item.amount.currency,
            str(item.amount.amount),
            mine.currency if mine else None,
            str(mine.amount) if mine else None,
            item.state.value,
            what_for(english, item, found.notes, found.bill.ledger.account.packs),
            " ".join(item.sources),
        )


def one_json(found: OneBill) -> Json:
    """The lines, the time and what is coming; added to ``spirou.bill/1``."""
    time = found.bill.time
    lines = [row.line for row in found.bill.statement.rows]
    return {
        "lines": [line_json(row) for row in found.bill.statement.rows],
        "scheduled": [line_json(row) for row in found.bill.scheduled],
        "time": {
            "raw_s": time.raw_s,
            "billed_s": time.billed_s,
            "included_s": time.included_s,
            "pack_s": time.pack_s,
            "overage_s": time.overage_s,
            "refused_s": time.refused_s,
            "trial_s": time.trial_s,
        },
        "problems": [{"code": each.code, "about": each.about} for each in found.bill.ledger.problems],
        "plan_versions": sorted({item.plan_version for item in lines if item.plan_version}),
        "zone": found.bill.ledger.account.zone,
        **details_json(found.details, found.made_of),
    }


def line_json(row: Row) -> Json:
    """A line with its exact value and its formula, as text."""
    item = row.line
    return {
        "line": item.id,
        "on": item.on,
        "kind": item.kind.value,
        "amount": item.amount,
        "exact": exact_text(item.exact),
        "formula": str(item.formula),
        "period": None
        if item.period is None
        else {"from": item.period.start, "to": item.period.end - timedelta(days=1)},
        "plan_version": item.plan_version,
        "undoes": item.undoes,
        "made_of": list(item.sources),
        "state": item.state.value,
        "converted": row.reporting,
    }


def explained(screen: Screen, found: Explained) -> None:
    """The formula, the exact value, the rounding, the rule and what the line is made of."""
    words, item = screen.words, found.row.line
    screen.line(Span(item.id, Style.HEADING))
    exact, amount = exact_text(item.exact), item.amount
    shown = formats.amount(words, amount)
    rounding = mark("{exact} → {amount}, a half away from zero")
    unrounded = Fraction(amount.amount) == item.exact
    lines: list[tuple[str, Cell]] = [
        (words.say(mark("What")), f"{kind_word(words, item.kind)}, {formats.day(words, item.on, item.on)}"),
        (words.say(mark("Formula")), formula_text(words, item)),
        (words.say(mark("Exactly")), _shown(words, exact)),
        (
            words.say(mark("Amount")),
            shown if unrounded else words.say(rounding, exact=_shown(words, exact), amount=shown),
        ),
    ]
    if found.row.exchange is not None and found.row.exchange.rates:
        mine = formats.amount(words, found.row.reporting)
        rates = rates_text(words, found.row.exchange.rates, item.on)
        lines.append((words.say(mark("Converted")), f"{mine}, {rates}"))
    elif found.row.reporting is not None and found.row.reporting.currency != amount.currency:
        mine = formats.amount(words, found.row.reporting)
        told = words.say(mark("{amount}, by your card statement"), amount=mine)
        lines.append((words.say(mark("Converted")), told))
    if item.period is not None:
        lines.append((words.say(mark("Period")), _days(words, item.period, item.on)))
    if found.version is not None:
        plan, since = f"{found.version.provider}/{found.version.name}", found.version.effective_on
        lines.append((words.say(mark("Plan")), f"{plan}, {since.isoformat()}"))
    if item.undoes:
        lines.append((words.say(mark("Undoes")), item.undoes))
    if item.sources:
        lines.append((words.say(mark("Made of")), ", ".join(_made_of(words, found))))
    if item.state is not LineState.ACTUAL:
        word = mark("an estimate") if item.state is LineState.ESTIMATE else mark("of a closed month")
        lines.append((words.say(mark("State")), words.say(word)))
    labelled(screen, lines)


def _made_of(words: Words, found: Explained) -> Iterator[str]:
    """Names that a person can type: tasks and entries by number, other lines, plans and coupons by name."""
    numbers = [found.tasks[source] for source in found.row.line.sources if source in found.tasks]
    for number, count in Counter(numbers).items():
        many = mark("#{number} ({count} entries)")
        yield words.say(many, number=number, count=count) if count > 1 else f"#{number}"
    for source in found.row.line.sources:
        if source not in found.tasks:
            yield words.say(mark("entry {number}"), number=source) if source.isdecimal() else source


def explained_json(found: Explained) -> Json:
    """The same for programs."""
    return {
        **line_json(found.row),
        "provider": found.row.line.provider,
        "sources": [{"id": source, "task": found.tasks.get(source)} for source in found.row.line.sources],
    }


def _table(words: Words, found: OneBill) -> Table:
    rows, report = found.bill.statement.rows, found.report
    reporting = report.converted.amount.currency
    currencies = {row.line.amount.currency for row in rows}
    both = currencies != {reporting}
    heading = currencies.copy().pop() if len(currencies) == 1 else words.say(mark("AMOUNT"))
    columns = [Column(""), Column(""), Column("", title=True), Column(heading, right=True)]
    shown: list[tuple[Cell, ...]] = []
    for row in rows:
        item = row.line
        guess = "~" if item.state is LineState.ESTIMATE else ""
        amount = formats.number(words, str(item.amount.amount))
        if len(currencies) > 1:
            amount += f" {item.amount.currency}"
        head = (
            formats.short_day(words, item.on, report.as_of),
            kind_word(words, item.kind),
            what_for(words, item, found.notes, found.bill.ledger.account.packs),
        )
        mine = UNKNOWN if row.reporting is None else guess + formats.number(words, str(row.reporting.amount))
        shown.append((*head, guess + amount, *([mine] if both else [])))
    if both:
        columns.append(Column(reporting, right=True))
    sums = " + ".join(formats.amount(words, money) for money in found.bill.statement.totals.values())
    if len(currencies) == 1:
        (single,) = found.bill.statement.totals.values()
        sums = formats.number(words, str(single.amount))
    converted = any(row.reporting is not None for row in rows)
    total = found.bill.statement.reporting_total.amount
    mine = formats.number(words, str(total)) if converted else UNKNOWN
    shown.append(("", "", "", "-" * len(sums), *(["-" * len(mine)] if both else [])))
    shown.append((words.say(mark("Total")), "", "", sums, *([mine] if both else [])))
    return Table(columns, shown)


def vat_due(words: Words, statement: ProviderStatement) -> str:
    """The VAT to declare oneself; "" for none."""
    parts = []
    if statement.self_assessed.minor:
        parts.append(
            words.say(
                mark("{amount} to declare yourself, {lost} of it not recoverable"),
                amount=formats.amount(words, statement.self_assessed),
                lost=formats.amount(words, statement.not_recoverable),
            )
        )
    if statement.undeclared:
        sums = " + ".join(formats.amount(words, amount) for amount in statement.undeclared)
        parts.append(words.say(mark("due on {sums} too, which has no rate"), sums=sums))
    return "; ".join(parts)


def _below(words: Words, found: OneBill) -> Iterator[tuple[str, Cell]]:
    today = found.report.as_of
    yield words.say(mark("Time")), _time(words, found)
    statement = found.bill.statement
    if due := vat_due(words, statement):
        yield words.say(mark("VAT")), due
    told = found.report.notices
    yield from told_of(words, mark("Soon"), [soon(words, each, today) for one in told for each in one.soon])
    gone = [lost(words, each, today) for one in told for each in one.lost]
    yield from told_of(words, mark("Lost"), gone, Style.WARNING)
    seen = [watch(words, each) for one in told for each in one.watch]
    yield from told_of(words, mark("Watch"), seen, Style.WARNING)
    if rates := about(words, found.report.converted, found.report.totals, today):
        yield words.say(mark("In all")), rates
    if statement.rows:
        last = statement.rows[-1].line.id
        yield words.say(mark("Why")), Span(f"spirou bill --explain {last}", Style.COMMAND)


def _time(words: Words, found: OneBill) -> str:
    time, packs = found.bill.time, found.bill.ledger.packs
    if not time.raw_s and not packs:
        return UNKNOWN
    parts = [words.say(mark("raw {time}"), time=formats.hours(time.raw_s))]
    if found.unplanned:
        return parts[0]
    parts.append(words.say(mark("billed {time}"), time=formats.hours(time.billed_s)))
    for template, seconds in (
        (mark("in plan {time}"), time.included_s),
        (mark("pack {time}"), time.pack_s),
        (mark("beyond {time}"), time.overage_s),
        (mark("refused {time}"), time.refused_s),
        (mark("free in trial {time}"), time.trial_s),
    ):
        if seconds:
            parts.append(words.say(template, time=formats.hours(seconds)))
    left = sum(balance.left_s for balance in packs.values())
    if packs:
        parts.append(words.say(mark("left in pack {time}"), time=formats.hours(left)))
    return "  ".join(parts)


def _days(words: Words, period: Days, near: date) -> str:
    """Its first and its last day: «16 Mar – 31 Mar» has 16."""
    last = max(period.start, period.end - timedelta(days=1))
    return " – ".join(dict.fromkeys(formats.short_day(words, day, near) for day in (period.start, last)))


def _says_only_the_amount(item: Line) -> bool:
    amount = item.amount
    return str(item.formula) in (str(amount.amount), str(Money(abs(amount.minor), amount.currency).amount))


def _shown(words: Words, exact: str) -> str:
    """An exact value: a fraction that doesn't end is shown with its first digits too."""
    if "/" not in exact:
        return formats.number(words, exact)
    value = Fraction(exact)
    digits = f"{abs(value.numerator) * 10**6 // value.denominator:07}"
    first = formats.number(words, f"{'-' if value < 0 else ''}{digits[:-6]}.{digits[-6:]}")
    return f"{exact} = {first}…"
