"""Facts of the log as lines: when, which task, who, what."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, tzinfo

from spirou_cli.cli.render import formats
from spirou_cli.cli.render.messages import Words
from spirou_cli.cli.render.records import Json
from spirou_cli.cli.render.screen import Screen
from spirou_cli.cli.render.story import sentence
from spirou_cli.cli.render.table import Span, Style
from spirou_cli.cli.render.taskdata import utc
from spirou_cli.domain.errors import mark
from spirou_cli.service.histories import Fact

__all__ = ["listing"]

_ENGLISH = Words()
"""Programs read the same words everywhere."""


def listing(screen: Screen, found: Sequence[Fact], zone: tzinfo, form: str, *, now: datetime) -> None:
    """Facts, oldest first, in the form that was asked for."""
    match form:
        case "json":
            screen.json("spirou.history/1", {"facts": [_json(fact, zone) for fact in found]})
        case "ndjson":
            for fact in found:
                screen.json_line("spirou.history/1", _json(fact, zone))
        case "text":
            for fact in found:
                _line(screen, fact, zone, now)
        case _:
            rows = [_record(fact, zone) for fact in found]
            (screen.csv if form == "csv" else screen.records)(rows)


def _line(screen: Screen, fact: Fact, zone: tzinfo, now: datetime) -> None:
    words = screen.words
    at = formats.moment(fact.recorded.at, zone)
    when = f"{formats.day(words, at.date(), now.date())} {formats.clock_time(at)}"
    who = {
        "me": words.say(mark("you")),
        "provider": fact.provider or words.say(mark("provider")),
        "spirou": "spirou",
    }[fact.who]
    said = sentence(words, fact.recorded.event, provider=fact.provider, zone=zone)
    screen.line(Span(when, Style.FAINT), f"  {fact.number:>4}  {who:<10}  {said}")


def _record(fact: Fact, zone: tzinfo) -> tuple[str | int, ...]:
    said = sentence(_ENGLISH, fact.recorded.event, provider=fact.provider, zone=zone)
    return (utc(fact.recorded.at), fact.number, fact.who, type(fact.recorded.event).__name__, said)


def _json(fact: Fact, zone: tzinfo) -> Json:
    return {
        "seq": fact.recorded.seq,
        "at": utc(fact.recorded.at),
        "id": fact.number,
        "who": fact.who,
        "provider": fact.provider or None,
        "event": type(fact.recorded.event).__name__,
        "text": sentence(_ENGLISH, fact.recorded.event, provider=fact.provider, zone=zone),
    }
