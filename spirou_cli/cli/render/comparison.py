"""What the same work would have cost under each plan."""

from __future__ import annotations

from datetime import timedelta

from spirou_cli.cli.render import formats
from spirou_cli.cli.render.changes import command
from spirou_cli.cli.render.messages import Words
from spirou_cli.cli.render.records import Json
from spirou_cli.cli.render.screen import Screen
from spirou_cli.cli.render.table import Cell, Column, Table
from spirou_cli.domain.errors import mark
from spirou_cli.domain.money import Money
from spirou_cli.service.comparing import Compared, Tried

__all__ = ["compared"]

UNKNOWN = "?"


def compared(screen: Screen, found: Compared, form: str, *, header: bool = False) -> None:
    """What the same work would have cost under each plan."""
    match form:
        case "json":
            screen.json("spirou.comparison/1", _compared_json(found))
        case "csv" | "records":
            rows = [_tried_record(tried) for tried in found.tried]
            head = [_TRIED_HEADINGS] if header or form == "csv" else []
            (screen.csv if form == "csv" else screen.records)([*head, *rows])
        case _:
            _comparison(screen, found)


def _comparison(screen: Screen, found: Compared) -> None:
    words = screen.words
    last = found.span.end - timedelta(days=1)
    counted = words.plural("{n} task", "{n} tasks", found.tasks)
    time = words.say(mark("{time} used"), time=formats.hours(found.seconds))
    screen.say(
        mark("{period}: {tasks}, {time}, under every plan"),
        period=formats.period(words, found.span.start, last),
        tasks=counted,
        time=time if found.seconds else words.say(mark("no time told")),
    )
    screen.blank()
    columns = (
        Column(words.say(mark("PLAN")), title=True),
        Column(words.say(mark("COST")), right=True),
        Column(found.reporting, right=True),
        Column(words.say(mark("REFUSED")), right=True),
        Column(words.say(mark("QUEUED")), right=True),
    )
    rows = [_tried_row(words, tried) for tried in found.tried if tried.result is not None]
    screen.table(Table(columns, rows))
    screen.blank()
    paid = " + ".join(formats.amount(words, money) for money in found.paid) or formats.NOTHING
    screen.say(mark("You were charged {paid}."), paid=paid)
    unknown = sum(1 for tried in found.tried if tried.result is None)
    if any(tried.mine for tried in found.tried):
        screen.say(mark("* yours"))
    if unknown:
        screen.text(
            words.plural(
                "{n} plan has no known fee: spirou plan catalogue",
                "{n} plans have no known fee: spirou plan catalogue",
                unknown,
            )
        )
    _unknown(screen, found)


def _unknown(screen: Screen, found: Compared) -> None:
    """What could not be compared, and what to type so that it can."""
    words = screen.words
    if found.untimed:
        screen.text(
            words.plural(
                "+ at least: {n} task has no time, which a plan that counts time would bill.",
                "+ at least: {n} tasks have no time, which a plan that counts time would bill.",
                len(found.untimed),
            )
        )
        command(screen, f"spirou time add {found.untimed[0]} 10m")
    plans = [tried.result for tried in found.tried if tried.result]
    if any(result.unpriced or result.plan.priced_by_use for result in plans):
        screen.say(mark("+ at least: not every price of the plan is known, or nobody told what was used."))
    lacking = sorted({currency for tried in found.tried for currency in tried.without_rate})
    if lacking:
        missing = mark("? no fresh rate from {missing} to {currency}.")
        screen.say(missing, missing=", ".join(lacking), currency=found.reporting)
    for currency in lacking:
        command(screen, f"spirou fx add {found.reporting}/{currency} RATE")


def _tried_row(words: Words, tried: Tried) -> tuple[Cell, ...]:
    result = tried.result
    if result is None:
        return (tried.label, UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN)
    cost = " + ".join(formats.amount(words, money) for money in result.totals.values())
    zero = formats.amount(words, Money(0, result.plan.currency))
    return (
        f"{tried.label} *" if tried.mine else tried.label,
        (cost or zero) + (" +" if tried.at_least else ""),
        formats.number(words, str(tried.reporting.amount)) if tried.reporting else UNKNOWN,
        str(len(tried.refused)) if tried.refused else formats.NOTHING,
        str(tried.queued) if tried.queued else formats.NOTHING,
    )


_TRIED_HEADINGS = ("plan", "mine", "currency", "cost", "reporting", "refused", "queued")


def _tried_record(tried: Tried) -> tuple[str | int | None, ...]:
    result = tried.result
    money = next(iter(result.totals.values()), Money(0, result.plan.currency)) if result else None
    return (
        tried.label,
        int(tried.mine),
        money.currency if money else None,
        str(money.amount) if money else None,
        str(tried.reporting.amount) if tried.reporting else None,
        len(tried.refused),
        tried.queued,
    )


def _compared_json(found: Compared) -> Json:
    return {
        "from": found.span.start,
        "to": found.span.end - timedelta(days=1),
        "tasks": found.tasks,
        "time_used_s": found.seconds,
        "tasks_without_time": len(found.untimed),
        "paid": list(found.paid),
        "plans": [
            {
                "plan": tried.label,
                "mine": tried.mine,
                "costs": list(tried.result.totals.values()) if tried.result else None,
                "converted": tried.reporting,
                "refused": list(tried.refused),
                "queued": tried.queued,
                "unpriced": list(tried.result.unpriced) if tried.result else [],
                "at_least": tried.at_least,
                "time_measured": tried.result.time_measured if tried.result else None,
            }
            for tried in found.tried
        ],
    }
