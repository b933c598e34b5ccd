"""When billing periods begin and end, and which civil date an instant falls on."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from datetime import time as clock
from itertools import count
from zoneinfo import ZoneInfo

from spirou_cli.domain.plan import Interval, Span, Unit
from spirou_cli.domain.record import record

__all__ = ["Period", "boundary", "day_start", "local_date", "month_of", "months_of", "periods"]

_DAYS = {Unit.DAY: 1, Unit.WEEK: 7}
_MONTHS = {Unit.MONTH: 1, Unit.YEAR: 12}


@record
class Period:
    """A billing period: the days of service in it, and the whole it is part of, which prorates."""

    span: Span
    whole: Span


def boundary(anchor: date, interval: Interval, k: int) -> date:
    """The start of period ``k``: always counted from the anchor, the day clamped to its month's length.

    31 January, 28 February, 31 March: counting from the previous boundary instead would drift.
    """
    if interval.unit in _DAYS:
        return anchor + timedelta(days=_DAYS[interval.unit] * interval.count * k)
    months = anchor.year * 12 + anchor.month - 1 + _MONTHS[interval.unit] * interval.count * k
    year, month = divmod(months, 12)
    return date(year, month + 1, min(anchor.day, monthrange(year, month + 1)[1]))


def periods(
    anchor: date, interval: Interval, *, until: date, start: date | None = None, end: date | None = None
) -> Iterator[Period]:
    """Periods that begin before ``until``, in order, clipped to the service from ``start`` to ``end``."""
    first = anchor if start is None else start
    service = Span(first, max(first, end or date.max))
    for k in count(_index(anchor, interval, first)):
        whole = Span(boundary(anchor, interval, k), boundary(anchor, interval, k + 1))
        served = whole.clip(service)
        if served.start >= min(until, service.end):
            return
        yield Period(served, whole)


def local_date(instant: datetime, zone: str) -> date:
    """The civil date of ``instant`` in an IANA ``zone``. ValueError for an instant without offset."""
    if instant.tzinfo is None:
        raise ValueError(f"{instant} has no offset from UTC")
    return instant.astimezone(ZoneInfo(zone)).date()


def day_start(day: date, zone: str) -> datetime:
    """The first instant of ``day`` in ``zone``, also where a clock change skips or repeats midnight."""
    return datetime.combine(day, clock(), ZoneInfo(zone))


def next_day_start(instant: datetime, zone: str) -> datetime:
    """The local midnight that follows ``instant``, in UTC."""
    midnight = day_start(local_date(instant, zone) + timedelta(days=1), zone)
    first, second = (midnight.replace(fold=fold).astimezone(UTC) for fold in (0, 1))
    return first if first > instant else second


def month_of(day: date) -> Span:
    """The calendar month ``day`` is in."""
    first = day.replace(day=1)
    return Span(first, boundary(first, Interval(), 1))


def months_of(span: Span) -> Span:
    """The whole months that a span touches: each is a document."""
    last = max(span.start, span.end - timedelta(days=1))
    return Span(month_of(span.start).start, month_of(last).end)


def _index(anchor: date, interval: Interval, day: date) -> int:
    """The period that contains ``day``."""
    if interval.unit in _DAYS:
        return (day - anchor).days // (_DAYS[interval.unit] * interval.count)
    months = (day.year - anchor.year) * 12 + day.month - anchor.month
    k = months // (_MONTHS[interval.unit] * interval.count)
    return k - 1 if day < boundary(anchor, interval, k) else k
