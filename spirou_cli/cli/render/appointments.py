"""Appointments that a provider made, on a screen and as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta, tzinfo

from spirou_cli.cli.render import formats
from spirou_cli.cli.render.records import Json, with_untrusted
from spirou_cli.cli.render.screen import Screen
from spirou_cli.cli.render.table import Span, Style
from spirou_cli.domain.errors import mark
from spirou_cli.service.appointments import Appointment
from spirou_cli.service.deliverables import Copied, Shelf

__all__ = ["as_json", "write"]


def write(
    screen: Screen,
    shelf: Shelf,
    found: Sequence[Appointment],
    saved: Sequence[Copied],
    now: datetime,
    zone: tzinfo,
) -> None:
    """Each appointment in the person's own time, then the files to import."""
    if not shelf.artifacts:
        screen.say(mark("Task {number} has no calendar."), number=shelf.task.number)
        return
    if not found:
        screen.say(mark("There is no appointment in it."))
    for one in found:
        screen.split(f"{_when(screen, one, now, zone)}  {one.title}", one.place)
        if one.canceled:
            screen.line("      ", Span(screen.words.say(mark("canceled")), Style.WARNING))
        if one.repeats:
            screen.line("      ", screen.words.say(mark("it repeats; this is the first time")))
    for each in saved:
        screen.line(str(each.path))


def as_json(shelf: Shelf, found: Sequence[Appointment], saved: Sequence[Copied]) -> Json:
    """``spirou.appointments/1``."""
    document: Json = {
        "id": shelf.task.number,
        "appointments": [
            {
                "title": one.title,
                "start": _utc(one.start),
                "end": None if one.end is None else _utc(one.end),
                "place": one.place or None,
                "repeats": one.repeats,
                "canceled": one.canceled,
                "file": one.file,
            }
            for one in found
        ],
        "saved": [str(each.path) for each in saved],
    }
    return with_untrusted(document, "appointments.title", "appointments.place", "appointments.file")


def _when(screen: Screen, one: Appointment, now: datetime, zone: tzinfo) -> str:
    """«Wed 2 Dec 9:00–9:30», «Wed 2 Dec», with both days where it ends on another."""
    today = now.astimezone(zone).date()
    if not isinstance(one.start, datetime):
        last = one.end - timedelta(days=1) if one.end is not None else one.start
        first = formats.day(screen.words, one.start, today)
        return first if last <= one.start else f"{first} – {formats.day(screen.words, last, today)}"
    start = one.start.astimezone(zone)
    begun = f"{formats.day(screen.words, start.date(), today)} {formats.clock_time(start)}"
    if not isinstance(one.end, datetime):
        return begun
    end = one.end.astimezone(zone)
    if end.date() == start.date():
        return f"{begun}–{formats.clock_time(end)}"
    return f"{begun} – {formats.day(screen.words, end.date(), today)} {formats.clock_time(end)}"


def _utc(at: date) -> str:
    """A day as it is, an instant in UTC."""
    if not isinstance(at, datetime):
        return at.isoformat()
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
