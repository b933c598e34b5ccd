"""How a state, a day, a length of time or a sum is written in text, by language; not for JSON, CSV or TSV."""

from __future__ import annotations

from datetime import date, datetime, timedelta, tzinfo

from spirou_cli.cli.render.messages import Words
from spirou_cli.domain.errors import mark
from spirou_cli.domain.money import Money
from spirou_cli.domain.states import TaskState

__all__ = [
    "NOTHING",
    "ago",
    "amount",
    "clock_time",
    "day",
    "due",
    "hours",
    "late",
    "moment",
    "month_name",
    "number",
    "page",
    "period",
    "quoted",
    "short_day",
    "short_month",
    "size",
    "span",
    "state",
]

NOTHING = "–"
"""What stands in a cell that has no value."""

_WEEKDAYS = mark("Mon Tue Wed Thu Fri Sat Sun")
_SHORT_MONTHS = mark("Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec")
_MONTHS = mark("January February March April May June July August September October November December")


def state(words: Words, state: TaskState, reason: str = "") -> str:
    """The word of a state, with the reason (already in the person's language) where there is one."""
    word = words.state(state)
    return words.say("{state}: {reason}", state=word, reason=reason) if reason else word


def day(words: Words, day: date, today: date) -> str:
    """«Fri 27 Nov», with the year when it isn't this one."""
    short = words.say(
        "{weekday} {day} {month}",
        weekday=words.say(_WEEKDAYS).split()[day.weekday()],
        day=day.day,
        month=words.say(_SHORT_MONTHS).split()[day.month - 1],
    )
    return short if day.year == today.year else f"{short} {day.year}"


def short_day(words: Words, day: date, today: date) -> str:
    """«20 Nov», with the year when it isn't this one."""
    short = words.say("{day} {month}", day=day.day, month=short_month(words, day.month))
    return short if day.year == today.year else f"{short} {day.year}"


def short_month(words: Words, month: int) -> str:
    """The short name of a month, 1 to 12."""
    return words.say(_SHORT_MONTHS).split()[month - 1]


def clock_time(moment: datetime) -> str:
    """«18:00», in the zone that ``moment`` has."""
    return f"{moment:%H:%M}"


def due(words: Words, at: datetime, today: date, *, is_day: bool) -> str:
    """«Fri 27 Nov», or «Fri 27 Nov 18:00» when the hour matters; ``at`` is in the person's zone."""
    return day(words, at.date(), today) + ("" if is_day else f" {clock_time(at)}")


def late(words: Words, by: timedelta) -> str:
    """«late 2 d»: a word, so that it is seen without colour."""
    return words.say("late {span}", span=span(words, by))


def span(words: Words, length: timedelta) -> str:
    """«4 min», «3 h», «6 d»: the one unit that matters, rounded down; never negative."""
    minutes = max(int(length.total_seconds()) // 60, 0)
    if minutes < 1:
        return words.say("<1 min")
    if minutes < 60:
        return words.say("{minutes} min", minutes=minutes)
    if minutes < 24 * 60:
        return words.say("{hours} h", hours=minutes // 60)
    return words.say("{days} d", days=minutes // (24 * 60))


def moment(at: int, zone: tzinfo) -> datetime:
    """UTC milliseconds, as the person's clock shows them."""
    return datetime.fromtimestamp(at / 1000, zone)


def ago(words: Words, length: timedelta) -> str:
    """«2 h ago»; what happened within the minute is «just now»."""
    if length < timedelta(minutes=1):
        return words.say("just now")
    return words.say("{span} ago", span=span(words, length))


def hours(seconds: int | None) -> str:
    """Time used as h:mm, to the nearest minute; a few seconds are not nothing, and unknown is not zero."""
    if seconds is None:
        return NOTHING
    minutes = (seconds + 30) // 60 or (1 if seconds else 0)
    return f"{minutes // 60}:{minutes % 60:02}"


def number(words: Words, digits: str) -> str:
    """``digits`` (a plain decimal number) with the language's marks: 1,234.50 or 1 234,50."""
    whole, point, part = digits.partition(".")
    grouped = f"{int(whole):,}" if whole.lstrip("-") else whole
    if whole.startswith("-0"):
        grouped = "-" + grouped.lstrip("-")
    if words.language == "fr":
        return grouped.replace(",", "\u202f") + (point and "," + part)
    return grouped + point + part


def amount(words: Words, money: Money | None, *, estimated: bool = False) -> str:
    """«63.50 USD», «~0.42 USD» when estimated, «–» when there is none."""
    if money is None:
        return NOTHING
    return f"{'~' if estimated else ''}{number(words, str(money.amount))} {money.currency}"


def month_name(words: Words, month: int) -> str:
    """The full name of a month, 1 to 12."""
    return words.say(_MONTHS).split()[month - 1]


def period(words: Words, first: date, last: date) -> str:
    """«1–23 November 2026»; both ends in full when they are in two months."""
    if (first.year, first.month) != (last.year, last.month):
        return f"{_long(words, first)} – {_long(words, last)}"
    return _long(words, last) if first == last else f"{first.day}–{_long(words, last)}"


def _long(words: Words, day: date) -> str:
    return words.say("{day} {month} {year}", day=day.day, month=month_name(words, day.month), year=day.year)


def quoted(words: Words, text: str) -> str:
    """``text`` of somebody in the quotation marks of the language, on one line."""
    return words.say("“{text}”", text=text)


def page(url: str | None) -> str:
    """The address of a task, if it is one to read: that of a mail thread is for programs."""
    return "" if url is None or url.startswith("mailto:") else url


def size(words: Words, count: int | None) -> str:
    """«18 B», «240 kB», or «–» where nobody said it."""
    if count is None:
        return NOTHING
    return (
        words.say(mark("{n} B"), n=count)
        if count < 1000
        else words.say(mark("{n} kB"), n=round(count / 1000))
    )
