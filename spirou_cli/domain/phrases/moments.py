"""A day and a time of the clock as one moment: ISO 8601, zones, hours that clocks skip or repeat."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, tzinfo
from zoneinfo import ZoneInfo

from spirou_cli.domain.errors import InvalidInput

__all__ = ["at_local", "calendar_date", "checked_year", "end_of_day", "iso_moment"]

_ISO = re.compile(
    r"(?P<day>[0-9]{4}-[0-9]{2}-[0-9]{2})[Tt ](?P<clock>[0-9]{2}:[0-9]{2}(?::[0-9]{2})?)"
    r"\s*(?P<zone>[Zz]|[+-][0-9]{2}:?[0-9]{2}|UTC|[A-Za-z]+(?:/[A-Za-z0-9_+-]+)+)?"
)


def iso_moment(text: str, zone: tzinfo) -> datetime | None:
    """The moment of an ISO 8601 date and time, in ``zone`` where it names none; None for another shape."""
    match = _ISO.fullmatch(text)
    if match is None:
        return None
    day = calendar_date(match["day"])
    try:
        clock = time.fromisoformat(match["clock"])
        named = _zone(match["zone"], zone)
    except (ValueError, KeyError, OSError):
        raise InvalidInput(
            "“{text}” has a time or a zone that doesn't exist.",
            "Write 2026-11-27T17:00, or with +01:00.",
            text=text,
        ) from None
    return at_local(day, clock, named, text).astimezone(zone)


def _zone(name: str | None, default: tzinfo) -> tzinfo:
    if name is None:
        return default
    if name in "Zz" or name == "UTC":
        return UTC
    if name[0] in "+-":
        return datetime.strptime(name, "%z").tzinfo or UTC
    return ZoneInfo(name)


def calendar_date(text: str) -> date:
    """The day ``text`` (2026-11-27) names, if the calendar has it."""
    try:
        return checked_year(date.fromisoformat(text))
    except ValueError:
        raise InvalidInput(
            "There is no {text} in the calendar.", "Write it as 2028-02-29.", text=text
        ) from None


def checked_year(day: date) -> date:
    """``day`` itself, unless no zone could show it: SQLite and Python end with the year 9999."""
    if not 1970 <= day.year <= 9998:
        raise InvalidInput(
            "The year {year} is out of reach.", "Write a year from 1970 to 9998.", year=day.year
        )
    return day


def end_of_day(day: date, zone: tzinfo) -> datetime:
    """The last second of ``day`` in ``zone``: the later one where 23:59:59 comes twice."""
    last = datetime.combine(checked_year(day), time(23, 59, 59, fold=1), zone)
    return last.astimezone(UTC).astimezone(zone)


def at_local(day: date, clock: time, zone: tzinfo, text: str) -> datetime:
    """``clock`` on ``day`` in ``zone``; InvalidInput when a clock change skips or repeats it."""
    first = datetime.combine(checked_year(day), clock, zone)
    second = first.replace(fold=1)
    if first.utcoffset() == second.utcoffset():
        return first
    if first.astimezone(UTC).astimezone(zone).replace(tzinfo=None) != first.replace(tzinfo=None):
        raise InvalidInput(
            "“{text}” doesn't exist: clocks jump over it that night.",
            "Write {before} or {after}.",
            text=text,
            before=second.astimezone(UTC).astimezone(zone).isoformat(),
            after=first.astimezone(UTC).astimezone(zone).isoformat(),
        )
    raise InvalidInput(
        "“{text}” comes twice: clocks go back that night.",
        "Write {first} or {second}.",
        text=text,
        first=first.isoformat(),
        second=second.isoformat(),
    )
