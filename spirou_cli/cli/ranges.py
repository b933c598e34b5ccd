"""The ranges of days that reports take: a month, a year, from a day to a day."""

from __future__ import annotations

import calendar
from datetime import date, datetime, time, timedelta, tzinfo

from spirou_cli.cli import arguments
from spirou_cli.cli.session import Session
from spirou_cli.domain.errors import InvalidInput, mark
from spirou_cli.domain.phrases import dates
from spirou_cli.domain.record import record

__all__ = ["Days", "days"]


@record
class Days:
    """From a day to a day, both included."""

    first: date
    last: date

    def since(self, zone: tzinfo) -> int:
        """UTC milliseconds of the first moment."""
        return round(datetime.combine(self.first, time(), zone).timestamp() * 1000)

    def until(self, zone: tzinfo) -> int:
        """UTC milliseconds of the last moment."""
        end = datetime.combine(self.last + timedelta(days=1), time(), zone)
        return round(end.timestamp() * 1000) - 1


def days(
    session: Session,
    *,
    month: str = "",
    last_month: bool = False,
    year: str = "",
    since: str = "",
    until: str = "",
) -> Days:
    """The days that were typed; this month where none were."""
    ways = [
        name
        for name, given in (
            ("-m", month),
            ("--last-month", last_month),
            ("--year", year),
            ("--from/--to", since or until),
        )
        if given
    ]
    if len(ways) > 1:
        raise InvalidInput(
            mark("{ways} are ways to say the same; one is enough."),
            mark("-m 2026-11"),
            ways=", ".join(ways),
        )
    today = session.now().date()
    if since or until:
        return _between(session, since, until, today)
    if year:
        return _year(year)
    if month:
        return _month(*dates.month(month, today=today, language=session.language))
    first = today.replace(day=1)
    if last_month:
        first = (first - timedelta(days=1)).replace(day=1)
    return _month(first.year, first.month)


def _month(year: int, month: int) -> Days:
    _near(year)
    return Days(date(year, month, 1), date(year, month, calendar.monthrange(year, month)[1]))


def _year(text: str) -> Days:
    if not (text.isdecimal() and len(text) == 4):
        raise InvalidInput(mark("“{text}” is no year."), mark("--year 2026"), text=text)
    _near(int(text))
    return Days(date(int(text), 1, 1), date(int(text), 12, 31))


def _near(year: int) -> None:
    """InvalidInput for a year that can only be a slip, and whose next month a calendar may not have."""
    if not 1900 <= year < 2200:
        raise InvalidInput(mark("The year {year} can't be meant."), mark("-m 2026-11"), year=f"{year:04}")


def _between(session: Session, since: str, until: str, today: date) -> Days:
    first = _day(session, since) if since else date(2000, 1, 1)
    last = _day(session, until) if until else today
    _near(first.year)
    _near(last.year)
    if first > last:
        raise InvalidInput(
            mark("{first} is after {last}."),
            mark("--from 2026-11-01 --to 2026-11-30"),
            first=first.isoformat(),
            last=last.isoformat(),
        )
    return Days(first, last)


def _day(session: Session, text: str) -> date:
    return session.local(arguments.moment(session, text)).date()
