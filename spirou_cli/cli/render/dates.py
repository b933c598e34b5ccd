"""The money clock on a screen: what comes, when, and what it costs to miss it."""

from __future__ import annotations

from datetime import date

from spirou_cli.cli.render import formats
from spirou_cli.cli.render.messages import Words
from spirou_cli.cli.render.records import Json
from spirou_cli.cli.render.screen import Screen
from spirou_cli.cli.render.table import Column, Span, Style, Table
from spirou_cli.domain.billing.deadlines import Deadline, DeadlineKind
from spirou_cli.domain.errors import mark
from spirou_cli.service.clock import Clock

__all__ = ["dates"]

HEADINGS = ("date", "days", "provider", "kind", "about", "currency", "amount", "seconds")
_SOON_DAYS = 7


def dates(screen: Screen, found: Clock, form: str, *, header: bool = False) -> None:
    """Every date that is coming, nearest first."""
    match form:
        case "json":
            screen.json("spirou.dates/1", {"dates": [_json(each, found.today) for each in found.dates]})
        case "csv":
            screen.csv([HEADINGS, *(_record(each, found.today) for each in found.dates)])
        case "records":
            head = [HEADINGS] if header else []
            screen.records([*head, *(_record(each, found.today) for each in found.dates)])
        case _ if not found.dates:
            screen.say(mark("No date is coming. spirou plan adopt tells what you are on."))
        case _:
            _table(screen, found)


_WHAT = {
    DeadlineKind.TRIAL_END: mark("last day of the trial, before the first fee"),
    DeadlineKind.RENEWAL: mark("the fee is charged"),
    DeadlineKind.NOTICE: mark("last day to give notice"),
    DeadlineKind.COUPON_END: mark("{about} no longer takes anything off"),
    DeadlineKind.PACK_EXPIRY: mark("last day of pack {about}"),
    DeadlineKind.TIME_LAPSE: mark("last day of unused time"),
    DeadlineKind.PLAN_END: mark("last day of plan {about}"),
}


def _table(screen: Screen, found: Clock) -> None:
    words = screen.words
    columns = (
        Column(words.say(mark("DATE"))),
        Column(words.say(mark("IN")), right=True),
        Column(words.say(mark("PROVIDER"))),
        Column(words.say(mark("WHAT")), title=True),
        Column(words.say(mark("AT STAKE")), right=True),
    )
    rows = []
    for each in found.dates:
        days = (each.on - found.today).days
        soon = Style.WARNING if days <= _SOON_DAYS else Style.PLAIN
        rows.append(
            (
                Span(formats.day(words, each.on, found.today), soon),
                words.say(mark("{days} d"), days=days),
                each.provider,
                words.say(_WHAT[each.kind], about=each.about),
                _stake(words, each),
            )
        )
    screen.table(Table(columns, rows))


def _stake(words: Words, each: Deadline) -> str:
    """The money, the time, or both; «?» where neither is known, – where a plan only ends."""
    if each.kind is DeadlineKind.PLAN_END:
        return formats.NOTHING
    facts = [formats.hours(each.seconds)] if each.seconds is not None else []
    facts += [formats.amount(words, each.money)] if each.money is not None else []
    return ", ".join(facts) or "?"


def _record(each: Deadline, today: date) -> tuple[str | int | None, ...]:
    return (
        each.on.isoformat(),
        (each.on - today).days,
        each.provider,
        each.kind.value,
        each.about,
        each.money.currency if each.money else None,
        str(each.money.amount) if each.money else None,
        each.seconds,
    )


def _json(each: Deadline, today: date) -> Json:
    return {
        "on": each.on,
        "days": (each.on - today).days,
        "provider": each.provider,
        "kind": each.kind.value,
        "about": each.about,
        "money": each.money,
        "seconds": each.seconds,
    }
