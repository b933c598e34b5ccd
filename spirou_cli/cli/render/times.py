"""Time used, the provider's figure and mine side by side."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import tzinfo

from spirou_cli.cli.render import formats
from spirou_cli.cli.render.records import Json, with_untrusted
from spirou_cli.cli.render.screen import Screen
from spirou_cli.cli.render.table import Cell, Column, Span, Style, Table
from spirou_cli.cli.render.taskdata import utc
from spirou_cli.domain.errors import mark
from spirou_cli.service.times import Entry

__all__ = ["HEADINGS", "listing", "one"]

HEADINGS = ("entry", "day", "task", "provider", "seconds", "theirs_s", "mine_s", "note")


def listing(screen: Screen, found: Sequence[Entry], zone: tzinfo, form: str, *, header: bool = False) -> None:
    """Lines of time and their sum, by the figures that count."""
    total = sum(entry.seconds for entry in found)
    match form:
        case "json":
            screen.json("spirou.time/1", {"entries": [_json(entry) for entry in found], "total_s": total})
        case "csv":
            screen.csv([HEADINGS, *(_record(entry, zone) for entry in found)])
        case "records":
            screen.records([*([HEADINGS] if header else []), *(_record(entry, zone) for entry in found)])
        case _:
            _table(screen, found, zone, total)


def one(screen: Screen, entry: Entry, zone: tzinfo, form: str, *, quiet: bool) -> None:
    """A line that was noted or corrected."""
    usage = entry.usage
    if form == "json":
        screen.json("spirou.time/1", {"entries": [_json(entry)], "total_s": entry.seconds})
    elif quiet:
        screen.line(str(usage.id))
    elif usage.source == "me":
        noted = mark("Entry {entry}: {time} for {number}.")
        screen.say(noted, entry=usage.id, time=formats.hours(entry.seconds), number=entry.task.number)
    elif usage.mine is None:
        theirs = mark("Entry {entry}: {provider}'s {theirs} counts again.")
        screen.say(theirs, entry=usage.id, provider=entry.provider, theirs=formats.hours(usage.quantity))
    else:
        screen.say(
            mark("Entry {entry}: yours {mine}, theirs {theirs}, {difference}."),
            entry=usage.id,
            mine=formats.hours(usage.mine),
            theirs=formats.hours(usage.quantity),
            difference=_difference(usage.mine - usage.quantity),
        )


def _table(screen: Screen, found: Sequence[Entry], zone: tzinfo, total: int) -> None:
    words = screen.words
    if not found:
        screen.say(mark("No time was noted in these days."))
        return
    columns = (
        Column(words.say(mark("ENTRY")), right=True),
        Column(words.say(mark("DAY"))),
        Column(words.say(mark("ID")), right=True),
        Column(words.say(mark("TASK")), title=True),
        Column(words.say(mark("PROVIDER"))),
        Column(words.say(mark("THEIRS")), right=True),
        Column(words.say(mark("MINE")), right=True),
        Column(words.say(mark("DIFF.")), right=True),
        Column(words.say(mark("NOTE")), wide=True),
    )
    today = max(formats.moment(entry.usage.used_at, zone).date() for entry in found)
    rows: list[tuple[Cell, ...]] = []
    for entry in found:
        usage = entry.usage
        own = usage.source == "me"
        mine = usage.mine if usage.mine is not None else (usage.quantity if own else None)
        differs = usage.mine is not None and not own
        rows.append(
            (
                str(usage.id),
                formats.day(words, formats.moment(usage.used_at, zone).date(), today),
                str(entry.task.number),
                entry.task.title or words.say(mark("(forgotten)")),
                entry.provider or formats.NOTHING,
                formats.NOTHING if own else formats.hours(usage.quantity),
                formats.hours(mine),
                Span(_difference((usage.mine or 0) - usage.quantity), Style.WARNING) if differs else "",
                usage.note,
            )
        )
    screen.table(Table(columns, rows))
    screen.blank()
    screen.say(mark("Total {time}"), time=formats.hours(total))


def _difference(seconds: int) -> str:
    """«−0:03»: how much mine is above or under theirs."""
    sign = "−" if seconds < 0 else "+"
    return f"{sign}{formats.hours(abs(seconds))}"


def _record(entry: Entry, zone: tzinfo) -> tuple[str | int | None, ...]:
    usage = entry.usage
    return (
        usage.id,
        formats.moment(usage.used_at, zone).date().isoformat(),
        entry.task.number,
        entry.provider,
        entry.seconds,
        usage.quantity if usage.source == "provider" else None,
        usage.mine if usage.source == "provider" else entry.seconds,
        usage.note,
    )


def _json(entry: Entry) -> Json:
    usage = entry.usage
    return with_untrusted(
        {
            "entry": usage.id,
            "at": utc(usage.used_at),
            "task": entry.task.number,
            "provider": entry.provider or None,
            "seconds": entry.seconds,
            "theirs_s": usage.quantity if usage.source == "provider" else None,
            "mine_s": usage.mine if usage.source == "provider" else entry.seconds,
            "source": usage.source,
            "basis": usage.basis,
            "note": usage.note or None,
        },
        "note",
    )
