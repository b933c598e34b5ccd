"""Appointments in the calendar files that a provider sent: read, never expanded, fetched or answered."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from datetime import date, datetime, timedelta, tzinfo
from typing import Any

from spirou_cli.domain.errors import Refused, mark
from spirou_cli.domain.record import record, replace
from spirou_cli.domain.text import Source, clean_in
from spirou_cli.service.context import Context
from spirou_cli.service.deliverables import Shelf, fetched, here, shelf
from spirou_cli.storage.queries import Artifact

__all__ = ["Appointment", "appointments", "calendars"]

_MOST_BYTES = 1_000_000
_MOST_EVENTS = 200


@record(kw_only=True)
class Appointment:
    """One VEVENT (RFC 5545). ``start`` and ``end`` are dates where it takes the whole day; ``end`` is then
    the day after the last. Times are aware; those without a zone are the person's own."""

    file: str
    title: str
    start: date
    end: date | None = None
    place: str = ""
    repeats: bool = False
    canceled: bool = False


def calendars(context: Context, reference: str) -> Shelf:
    """The deliverables that are calendars, their content brought here."""
    known = shelf(context, reference)
    names = [artifact.name for artifact in known.artifacts if _is_calendar(artifact)]
    return fetched(context, reference, names) if names else replace(known, artifacts=())


def appointments(found: Shelf, zone: tzinfo) -> list[Appointment]:
    """What the calendars say, in order of time; a file that is no calendar says nothing."""
    events = [event for artifact in found.artifacts for event in _events(found, artifact, zone)]
    return sorted(events, key=lambda event: (str(event.start), event.title))


def _is_calendar(artifact: Artifact) -> bool:
    return artifact.media_type == "text/calendar" or artifact.name.lower().endswith(".ics")


def _events(found: Shelf, artifact: Artifact, zone: tzinfo) -> Iterator[Appointment]:
    with here(found, artifact).open("rb") as file:
        content = file.read(_MOST_BYTES + 1)
    if len(content) > _MOST_BYTES:
        return
    try:
        for calendar in _icalendar().Calendar.from_ical(content, multiple=True):
            canceled = str(calendar.get("METHOD", "")).upper() == "CANCEL"
            events = [part for part in calendar.subcomponents if part.name == "VEVENT"]
            for event in events[:_MOST_EVENTS]:
                if "DTSTART" in event:
                    yield _appointment(event, artifact.name, zone, canceled=canceled)
    except (ValueError, KeyError, IndexError, AttributeError, TypeError, RecursionError):
        return


def _appointment(event: Any, file: str, zone: tzinfo, *, canceled: bool) -> Appointment:
    start = _moment(event["DTSTART"].dt, zone)
    end = _moment(event["DTEND"].dt, zone) if "DTEND" in event else None
    if end is None and "DURATION" in event and isinstance(event["DURATION"].dt, timedelta):
        end = start + event["DURATION"].dt
    return Appointment(
        file=file,
        title=_text(event, "SUMMARY"),
        start=start,
        end=end,
        place=_text(event, "LOCATION"),
        repeats="RRULE" in event or "RDATE" in event,
        canceled=canceled or str(event.get("STATUS", "")).upper() == "CANCELLED",
    )


def _moment(at: date, zone: tzinfo) -> date:
    return at.replace(tzinfo=zone) if isinstance(at, datetime) and at.tzinfo is None else at


def _text(event: Any, name: str) -> str:
    value = event.get(name, "")
    first = value[0] if isinstance(value, list) else value
    return clean_in(str(first), "", source=Source.PROVIDER, limit=1000).text[:1000]


def _icalendar() -> Any:
    """The icalendar package, which only who reads a calendar needs."""
    try:
        return importlib.import_module("icalendar")
    except ImportError:
        raise Refused(
            mark("Reading a calendar needs one more package."), mark("pip install 'spirou-cli[ical]'")
        ) from None
