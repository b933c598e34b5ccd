"""Cost and one's own time against time saved, with what isn't known said."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from spirou_cli.cli.render import formats
from spirou_cli.cli.render.billing import UNKNOWN
from spirou_cli.cli.render.billrecords import converted_json
from spirou_cli.cli.render.messages import Words
from spirou_cli.cli.render.records import Json, Value
from spirou_cli.cli.render.screen import Screen
from spirou_cli.cli.render.table import Cell, Column, Span, Style, Table
from spirou_cli.domain.errors import mark
from spirou_cli.domain.money import Money
from spirou_cli.service.worth import Worth, WorthRow

__all__ = ["HEADINGS", "as_json", "records", "worth"]

HEADINGS = (
    "key",
    "accepted",
    "untimed",
    "their_s",
    "own_s",
    "saved_s",
    "currency",
    "cost",
    "own_cost",
    "per_task",
    "per_hour_saved",
    "gain",
)

_FIRST = {"provider": mark("PROVIDER"), "project": mark("PROJECT"), "tag": mark("TAG")}


def worth(screen: Screen, found: Worth) -> None:
    """A row a provider or kind of task, then what the figures rest on."""
    words, rate = screen.words, found.rate
    days = formats.period(words, found.span.start, found.span.end - timedelta(days=1))
    if not found.rows:
        screen.say(mark("{days}: nothing was delegated."), days=days)
        return
    title = mark("{days}, an hour of yours at {rate}") if rate.minor else mark("{days}, in {currency}")
    text = words.say(title, days=days, rate=formats.amount(words, rate), currency=rate.currency)
    screen.text(text, Style.HEADING)
    screen.blank()
    headings = [mark("ACCEPTED"), mark("THEIRS"), mark("YOURS"), mark("COST"), mark("PER TASK")]
    headings += [mark("SAVED"), mark("PER HOUR"), *([mark("GAIN")] if rate.minor else [])]
    columns = [Column(words.say(_FIRST[found.by]), title=True)]
    columns += [Column(words.say(heading), right=True) for heading in headings]
    screen.table(Table(columns, [_row(words, row, rate) for row in found.rows]))
    screen.blank()
    _remarks(screen, found)


def records(found: Worth) -> Iterator[tuple[Value, ...]]:
    """A row each; what nobody told is empty."""
    for row in found.rows:
        yield (
            row.key,
            row.accepted,
            row.untimed,
            row.seconds,
            row.own_seconds,
            row.saved_s,
            found.rate.currency,
            _text(row.cost),
            _text(row.own),
            _text(row.per_task),
            _text(row.per_hour),
            _text(row.gain(found.rate)) if found.rate.minor else None,
        )


def as_json(found: Worth) -> Json:
    """``spirou.worth/1``."""
    return {
        "from": found.span.start,
        "to": found.span.end - timedelta(days=1),
        "by": found.by,
        "rate_per_hour": found.rate if found.rate.minor else None,
        "rows": [
            {
                found.by: row.key or None,
                "accepted": row.accepted,
                "accepted_without_time": row.untimed,
                "their_time_s": row.seconds,
                "own_time_s": row.own_seconds,
                "saved_s": row.saved_s,
                "cost": row.cost,
                "own_cost": row.own,
                "per_accepted_task": row.per_task,
                "per_hour_saved": row.per_hour,
                "gain": row.gain(found.rate) if found.rate.minor else None,
            }
            for row in found.rows
        ],
        "converted": converted_json(found.converted),
    }


def _row(words: Words, row: WorthRow, rate: Money) -> tuple[Cell, ...]:
    gain = row.gain(rate)
    style = Style.BAD if gain is not None and gain.minor < 0 else Style.PLAIN
    return (
        row.key or words.say(mark("(none)")),
        str(row.accepted),
        UNKNOWN if row.seconds is None else formats.hours(row.seconds),
        formats.hours(row.own_seconds or None),
        _figure(words, row.cost),
        _figure(words, row.per_task) if row.accepted else formats.NOTHING,
        _saved(row),
        _figure(words, row.per_hour),
        *([Span(_figure(words, gain), style)] if rate.minor else []),
    )


def _figure(words: Words, amount: Money | None) -> str:
    return UNKNOWN if amount is None else formats.number(words, str(amount.amount))


def _saved(row: WorthRow) -> str:
    if row.saved_s is None:
        return UNKNOWN
    return ("-" if row.saved_s < 0 else "") + formats.hours(abs(row.saved_s))


def _remarks(screen: Screen, found: Worth) -> None:
    words = screen.words
    screen.say(mark("Saved: their time less yours, as if you would have needed as long as they did."))
    if not any(row.own_seconds for row in found.rows):
        screen.say(mark("None of your own time is noted: spirou time add ID 10m --mine"))
    if untimed := sum(row.untimed for row in found.rows):
        text = words.plural(
            "{n} accepted task has no time: what it saved is not counted.",
            "{n} accepted tasks have no time: what they saved is not counted.",
            untimed,
        )
        screen.text(text)
    if any(row.cost is None for row in found.rows):
        screen.say(mark("? nobody told, or there is no rate to {currency}."), currency=found.rate.currency)


def _text(amount: Money | None) -> str | None:
    return None if amount is None else str(amount.amount)
