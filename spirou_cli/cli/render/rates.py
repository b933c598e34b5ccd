"""Exchange rates: one, all of them, and those of a file."""

from __future__ import annotations

from collections.abc import Sequence

from spirou_cli.cli.render import formats
from spirou_cli.cli.render.messages import Words
from spirou_cli.cli.render.records import Json
from spirou_cli.cli.render.screen import Screen
from spirou_cli.cli.render.table import Column, Table
from spirou_cli.cli.render.terms import full_day
from spirou_cli.domain.billing.currency import Rate
from spirou_cli.domain.errors import mark
from spirou_cli.service.rates import Dated

__all__ = ["imported", "listing", "told"]

HEADINGS = ("number", "date", "base", "quote", "rate", "source")


def told(screen: Screen, dated: Dated, form: str) -> None:
    """A rate that was just told, in full, so that a mix-up is seen."""
    if form == "json":
        screen.json("spirou.rates/1", {"rates": [_json(dated)]})
        return
    screen.say(
        mark("{day}: {rate}. Take it back: spirou fx remove {number}"),
        day=full_day(screen.words, dated.rate.on),
        rate=_words(screen.words, dated.rate),
        number=dated.seq,
    )


def listing(screen: Screen, found: Sequence[Dated], form: str, *, header: bool = False) -> None:
    """Every rate by day."""
    match form:
        case "json":
            screen.json("spirou.rates/1", {"rates": [_json(dated) for dated in found]})
        case "csv":
            screen.csv([HEADINGS, *(_record(dated) for dated in found)])
        case "records":
            screen.records([*([HEADINGS] if header else []), *(_record(dated) for dated in found)])
        case _ if not found:
            screen.say(mark("No rate was told. spirou fx add EUR/USD 1.09"))
        case _:
            _table(screen, found)


def imported(screen: Screen, number: int, found: Sequence[Rate], form: str) -> None:
    """How many rates a file gave."""
    if form == "json":
        screen.json("spirou.rates/1", {"rates": [_json(Dated(number, rate)) for rate in found]})
    elif not found:
        screen.say(mark("Nothing new is in that file."))
    else:
        screen.say(
            mark("{n} rates of {currencies}, {first} to {last}. Take them back: spirou fx remove {number}"),
            n=len(found),
            currencies=", ".join(sorted({rate.quote for rate in found})),
            first=full_day(screen.words, min(rate.on for rate in found)),
            last=full_day(screen.words, max(rate.on for rate in found)),
            number=number,
        )


def _table(screen: Screen, found: Sequence[Dated]) -> None:
    words = screen.words
    columns = (
        Column(words.say(mark("NO.")), right=True),
        Column(words.say(mark("DATE"))),
        Column(words.say(mark("RATE"))),
        Column(words.say(mark("SOURCE")), title=True),
    )
    rows = [
        (
            str(dated.seq),
            full_day(words, dated.rate.on),
            _words(words, dated.rate),
            dated.rate.source,
        )
        for dated in found
    ]
    screen.table(Table(columns, rows))


def _words(words: Words, rate: Rate) -> str:
    value = formats.number(words, f"{rate.value:f}")
    return words.say(mark("1 {base} = {value} {quote}"), base=rate.base, value=value, quote=rate.quote)


def _record(dated: Dated) -> tuple[str | int, ...]:
    rate = dated.rate
    return dated.seq, rate.on.isoformat(), rate.base, rate.quote, f"{rate.value:f}", rate.source


def _json(dated: Dated) -> Json:
    rate = dated.rate
    return {
        "number": dated.seq,
        "on": rate.on,
        "from": rate.base,
        "to": rate.quote,
        "rate": f"{rate.value:f}",
        "source": rate.source,
    }
