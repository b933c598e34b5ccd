"""Days and moments as people type them: 2026-11-27, tomorrow 17:00, fri, +3d, demain 17h, 27/11."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from spirou_cli.domain.errors import InvalidInput
from spirou_cli.domain.phrases.calendar import MONTHS, RELATIVE_DAYS, SPANS, WEEKDAYS, fold
from spirou_cli.domain.phrases.moments import at_local, calendar_date, checked_year, end_of_day, iso_moment
from spirou_cli.domain.phrases.numbers import is_plain
from spirou_cli.domain.record import record

__all__ = ["When", "month", "when"]


@record
class When:
    """A moment in the person's zone; with ``is_day`` any time of that day will do, and ``at`` is its end."""

    at: datetime
    is_day: bool


@record
class _Asked:
    """What a rule may look at: the words as typed, the day they were typed, and how to read them."""

    text: str
    today: date
    day_first: bool
    past: bool


def when(text: str, *, now: datetime, language: str = "en", past: bool = False) -> When:
    """The day or moment that ``text`` says, seen from ``now``, which carries the person's zone.

    A day without a year, or a weekday, is the next one; with ``past`` (reports) the last one.
    InvalidInput for what isn't known, reads two ways, or doesn't exist.
    """
    zone = now.tzinfo
    if zone is None:
        raise ValueError("now must carry the person's zone")
    if not text.strip() or not is_plain(text):
        raise _unknown(text)
    asked = _Asked(text, now.date(), language == "fr", past)
    try:
        return _when(asked, now, zone)
    except OverflowError:
        raise InvalidInput(
            "“{text}” is out of reach.", "Write a year from 1970 to 9998.", text=text
        ) from None


def month(text: str, *, today: date, language: str = "en") -> tuple[int, int]:
    """The year and month that ``text`` says: 2026-11, nov, novembre 2026, last month; never a future one."""
    plain = fold(text)
    if plain in ("this month", "ce mois", "ce mois-ci"):
        return today.year, today.month
    if plain in ("last month", "le mois dernier", "mois dernier"):
        before = today.replace(day=1) - timedelta(days=1)
        return before.year, before.month
    if (match := re.fullmatch(r"([0-9]{4})-(0[1-9]|1[0-2])", plain)) and is_plain(text):
        return int(match[1]), int(match[2])
    if (match := re.fullmatch(r"([a-z]+)(?: ([0-9]{4}))?", plain)) and match[1] in MONTHS:
        number = MONTHS[match[1]]
        return int(match[2] or today.year - (number > today.month)), number
    raise InvalidInput("“{text}” is not a month.", "Write 2026-11, nov or last month.", text=text)


def _when(asked: _Asked, now: datetime, zone: tzinfo) -> When:
    plain = fold(asked.text)
    if moment := iso_moment(asked.text.strip(), zone):
        return When(moment, is_day=False)
    if delay := _delay(plain):
        return When((now.astimezone(UTC) + delay).astimezone(zone), is_day=False)
    words, clock = _clock(plain)
    day = _day(asked, words) if words else asked.today
    if clock is None:
        return When(end_of_day(day, zone), is_day=True)
    moment = at_local(day, clock, zone, asked.text)
    if not words and moment < now:
        raise InvalidInput(
            "“{text}” is already past today.", "Say which day: tomorrow {text}.", text=asked.text
        )
    return When(moment, is_day=False)


def _unknown(text: str) -> InvalidInput:
    return InvalidInput(
        "“{text}” is not a date that Spirou understands.",
        "Write 2026-11-27, tomorrow 17:00, fri, +3d, demain or 27/11.",
        text=text,
    )


def _two_ways(asked: _Asked, first: date, second: date) -> InvalidInput:
    return InvalidInput(
        "“{text}” reads two ways: {first} or {second}.",
        "Write one of them.",
        text=asked.text,
        first=first.isoformat(),
        second=second.isoformat(),
    )


# --- times of the clock and delays --------------------------------------------------------------

_TIME = (
    r"(?:(?P<h12>1[0-2]|0?[1-9])(?::(?P<m12>[0-5][0-9]))? ?(?P<half>am|pm)"
    r"|(?P<h>[0-9]{1,2})(?::(?P<m>[0-5][0-9])| ?h ?(?P<hm>[0-5][0-9])?)|(?P<noon>noon|midi))"
)
_CLOCKS = tuple(
    re.compile(shape)
    for shape in (
        rf"(?:(?:at|a) )?{_TIME}(?P<day>)",
        rf"(?P<day>.+?),? (?:(?:at|a|@) ?)?{_TIME}",
        rf"(?:(?:at|a) )?{_TIME},? (?P<day>.+)",
    )
)


def _clock(plain: str) -> tuple[str, time | None]:
    """The words for a day and the time of the clock that stands before or behind them."""
    for shape in _CLOCKS:
        if match := shape.fullmatch(plain):
            return match["day"], _time(match, plain)
    return plain, None


def _time(match: re.Match[str], plain: str) -> time:
    if match["noon"]:
        return time(12)
    if match["half"]:
        # Midnight belongs to two days: 12 am is refused like "midnight".
        if match["h12"] == "12" and match["half"] == "am":
            raise _unknown(plain)
        return time(int(match["h12"]) % 12 + 12 * (match["half"] == "pm"), int(match["m12"] or 0))
    if int(match["h"]) > 23:
        raise _unknown(plain)
    return time(int(match["h"]), int(match["m"] or match["hm"] or 0))


_SPAN = re.compile(r"(?:\+ ?|in |dans )(?P<count>[0-9]+|an?|une?|one) ?(?P<unit>[a-z]+)")


def _span(plain: str) -> tuple[int, str]:
    match = _SPAN.fullmatch(plain)
    if match is None or match["unit"] not in SPANS:
        return 0, ""
    return int(match["count"]) if match["count"].isdigit() else 1, SPANS[match["unit"]]


def _delay(plain: str) -> timedelta | None:
    count, unit = _span(plain)
    return timedelta(**{unit: count}) if unit in ("hours", "minutes") else None


# --- days: one rule for each way to name one ----------------------------------------------------


def _day(asked: _Asked, words: str) -> date:
    words = re.sub(r"^(on|by|for|le|pour|pour le) ", "", words)
    for rule in _RULES:
        if day := rule(asked, words):
            return checked_year(day)
    raise _unknown(asked.text)


def _relative(asked: _Asked, words: str) -> date | None:
    offset = RELATIVE_DAYS.get(words)
    return None if offset is None else asked.today + timedelta(days=offset)


def _later(asked: _Asked, words: str) -> date | None:
    count, unit = _span(words)
    if unit in ("days", "weeks"):
        return asked.today + timedelta(**{unit: count})
    if unit in ("months", "years"):
        return _months_later(asked.today, count * (12 if unit == "years" else 1))
    if re.fullmatch(r"\+ ?[0-9]+ ?m", words):
        raise InvalidInput(
            "“{text}” reads two ways: months or minutes.", "Write +3mo or +3min.", text=asked.text
        )
    return None


def _months_later(day: date, count: int) -> date:
    """The same day of a later month, or that month's last one: 31 January and a month is 28 February."""
    year, index = divmod(day.year * 12 + day.month - 1 + count, 12)
    if year > 9998:
        raise OverflowError
    return day.replace(year=year, month=index + 1, day=min(day.day, _last_day(year, index + 1)))


def _last_day(year: int, number: int) -> int:
    return (date(year + number // 12, number % 12 + 1, 1) - timedelta(days=1)).day


def _weekday(asked: _Asked, words: str) -> date | None:
    index = WEEKDAYS.get(words, 1 if words == "mar" and asked.day_first else None)
    if index is None:
        return None
    ahead = (index - asked.today.weekday()) % 7
    if ahead == 0:
        raise _two_ways(asked, asked.today, asked.today + timedelta(days=-7 if asked.past else 7))
    return asked.today + timedelta(days=ahead - 7 if asked.past else ahead)


_NEXT = re.compile(r"next ([a-z]+)|([a-z]+) prochain")
_NEXT_WEEK = re.compile(r"([a-z]+) next week|([a-z]+) (?:de )?la semaine prochaine|next week,? ([a-z]+)")
_THIS = re.compile(r"(?:this|ce) ([a-z]+)")


def _next_weekday(asked: _Asked, words: str) -> date | None:
    """«Next Friday» is the first to come for some, the one of next week for others: fine when both agree."""
    index = _named_weekday(_NEXT, words)
    if index is None:
        return None
    first = asked.today + timedelta(days=(index - asked.today.weekday() - 1) % 7 + 1)
    second = _of_week(asked.today + timedelta(days=7), index)
    if first != second:
        raise _two_ways(asked, first, second)
    return first


def _weekday_of_next_week(asked: _Asked, words: str) -> date | None:
    index = _named_weekday(_NEXT_WEEK, words)
    return None if index is None else _of_week(asked.today + timedelta(days=7), index)


def _weekday_of_this_week(asked: _Asked, words: str) -> date | None:
    index = _named_weekday(_THIS, words)
    if index is None or (index < asked.today.weekday() and not asked.past):
        return None
    return _of_week(asked.today, index)


def _named_weekday(shape: re.Pattern[str], words: str) -> int | None:
    match = shape.fullmatch(words)
    return WEEKDAYS.get(next(filter(None, match.groups()))) if match else None


def _of_week(day: date, index: int) -> date:
    return day + timedelta(days=index - day.weekday())


def _end_of_month(asked: _Asked, words: str) -> date | None:
    if re.fullmatch(r"eom|end of (the |this )?month|(a la )?fin (du|de|de ce) mois", words):
        return asked.today.replace(day=_last_day(asked.today.year, asked.today.month))
    return None


def _iso(asked: _Asked, words: str) -> date | None:
    return calendar_date(words) if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", words) else None


_DAY_MONTH = re.compile(
    r"(?P<d>[0-9]{1,2})(?:st|nd|rd|th|er)? (?:of |de )?(?P<m>[a-z]+)(?:,? (?P<y>[0-9]{4}))?"
)
_MONTH_DAY = re.compile(r"(?P<m>[a-z]+) (?P<d>[0-9]{1,2})(?:st|nd|rd|th)?(?:,? (?P<y>[0-9]{4}))?")


def _named_month(asked: _Asked, words: str) -> date | None:
    match = _DAY_MONTH.fullmatch(words) or _MONTH_DAY.fullmatch(words)
    if match is None or match["m"] not in MONTHS:
        return None
    return _dated(asked, match["y"], MONTHS[match["m"]], int(match["d"]))


_NUMERIC = re.compile(r"(?P<a>[0-9]{1,2})(?P<mark>[/.-])(?P<b>[0-9]{1,2})(?:(?P=mark)(?P<y>[0-9]{4}))?")


def _numeric(asked: _Asked, words: str) -> date | None:
    match = _NUMERIC.fullmatch(words)
    if match is None:
        return None
    a, b = int(match["a"]), int(match["b"])
    if asked.day_first or a > 12 or a == b:
        return _dated(asked, match["y"], b, a)
    if b > 12:
        return _dated(asked, match["y"], a, b)
    raise _two_ways(asked, _dated(asked, match["y"], b, a), _dated(asked, match["y"], a, b))


def _dated(asked: _Asked, year: str | None, number: int, day: int) -> date:
    """That day of the calendar; without a year the nearest one ahead, or behind for a report."""
    if year:
        return calendar_date(f"{year}-{number:02}-{day:02}")
    step = -1 if asked.past else 1
    for candidate in (asked.today.year, asked.today.year + step):
        try:
            found = date(candidate, number, day)
        except ValueError:
            continue
        if (found - asked.today).days * step >= 0:
            return found
    raise InvalidInput(
        "“{text}” is in no calendar near: say the year.", "Write it as 2028-02-29.", text=asked.text
    )


def _with_weekday(asked: _Asked, words: str) -> date | None:
    """«Fri 27 Nov»: the weekday must agree, or one of the two is a slip."""
    name, _, rest = words.partition(" ")
    index = WEEKDAYS.get(name.rstrip(","), 1 if name == "mar" and asked.day_first else None)
    if index is None or not rest:
        return None
    day = next((found for rule in (_iso, _numeric, _named_month) if (found := rule(asked, rest))), None)
    if day and day.weekday() != index:
        raise InvalidInput(
            "“{text}” doesn't agree with itself: {date} is another day of the week.",
            "Write it as 2028-02-29.",
            text=asked.text,
            date=day.isoformat(),
        )
    return day


_RULES: tuple[Callable[[_Asked, str], date | None], ...] = (
    _iso,
    _relative,
    _later,
    _weekday,
    _weekday_of_next_week,
    _next_weekday,
    _weekday_of_this_week,
    _end_of_month,
    _numeric,
    _with_weekday,
    _named_month,
)
