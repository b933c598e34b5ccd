"""Budgets on a screen: what is spent of each, and what is left."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from spirou_cli.cli.render import formats
from spirou_cli.cli.render.messages import Words
from spirou_cli.cli.render.records import Json
from spirou_cli.cli.render.screen import Screen
from spirou_cli.cli.render.table import Column, Span, Style, Table
from spirou_cli.domain.errors import mark

if TYPE_CHECKING:
    from spirou_cli.service.standing import BudgetStanding, Named

__all__ = ["as_json", "listing", "reached", "scope_words", "standing", "unset"]

_ALL = 100

HEADINGS = ("scope", "name", "currency", "limit", "spent", "promised", "left", "then")


def standing(screen: Screen, found: Named, form: str) -> None:
    """A limit that was just set, and where it stands."""
    if form == "json":
        screen.json("spirou.budget/1", {"budgets": [as_json(found)]})
        return
    words, now = screen.words, found.standing
    screen.say(
        mark("{scope}: {limit} a month, {percent}% used. {then}"),
        scope=scope_words(words, found),
        limit=formats.amount(words, now.budget.limit),
        percent=now.percent,
        then=words.say(_SENTENCES[_then(found)]),
    )
    _lacking(screen, [found])


def listing(screen: Screen, found: Sequence[Named], form: str, *, header: bool = False) -> None:
    """Every limit and this month."""
    match form:
        case "json":
            screen.json("spirou.budget/1", {"budgets": [as_json(each) for each in found]})
        case "csv":
            screen.csv([HEADINGS, *(_record(each) for each in found)])
        case "records":
            screen.records([*([HEADINGS] if header else []), *(_record(each) for each in found)])
        case _ if not found:
            screen.say(mark("No limit is set. spirou budget set 700EUR/month"))
        case _:
            _table(screen, found)


def unset(screen: Screen, found: Named, form: str) -> None:
    """A limit that was taken away."""
    if form == "json":
        screen.json("spirou.budget/1", {"budgets": [], "unset": [as_json(found)]})
        return
    limit = formats.amount(screen.words, found.standing.budget.limit)
    scope = scope_words(screen.words, found)
    screen.say(mark("{scope}: no limit any more; it was {limit} a month."), scope=scope, limit=limit)


def reached(screen: Screen, found: Iterable[Named]) -> None:
    """Budgets of which a threshold is reached, each with what to look at."""
    for each in found:
        now = each.standing
        screen.say(
            mark("Budget of {scope}: {spent} of {limit} this month, {percent}%. spirou bill"),
            scope=scope_words(screen.words, each),
            spent=_spent(screen.words, now),
            limit=formats.amount(screen.words, now.budget.limit),
            percent=now.percent,
        )


def _spent(words: Words, now: BudgetStanding) -> str:
    """What is spent, and whether there is more that has no rate."""
    return formats.amount(words, now.spent) + (" + ?" if now.lacking else "")


_THEN = {"ask": mark("asks"), "block": mark("blocks"), "warn": mark("warns")}
_SENTENCES = {
    "ask": mark("At the limit you are asked before a task leaves."),
    "block": mark("At the limit no task leaves that isn't paid for."),
    "warn": mark("It only warns."),
}


def scope_words(words: Words, found: Named) -> str:
    """«everything», «timesvr», «project blog»."""
    kind = found.standing.budget.scope.partition(":")[0]
    text = {
        "provider": mark("{name}"),
        "project": mark("project {name}"),
        "tag": mark("tag {name}"),
    }.get(kind, mark("everything"))
    return words.say(text, name=found.name)


def _then(found: Named) -> str:
    now = found.standing
    return ("ask" if now.asks else "block") if now.budget.hard else "warn"


def _table(screen: Screen, found: Sequence[Named]) -> None:
    words = screen.words
    columns = (
        Column(words.say(mark("BUDGET")), title=True),
        Column(words.say(mark("A MONTH")), right=True),
        Column(words.say(mark("SPENT")), right=True),
        Column("%", right=True),
        Column(words.say(mark("PROMISED")), right=True),
        Column(words.say(mark("LEFT")), right=True),
        Column(words.say(mark("THEN")), wide=True),
    )
    rows = []
    for each in found:
        now = each.standing
        style = Style.BAD if now.left.minor < 0 else Style.WARNING if now.reached else Style.PLAIN
        rows.append(
            (
                scope_words(words, each),
                formats.amount(words, now.budget.limit),
                _spent(words, now),
                Span("?" if now.lacking and now.percent < _ALL else f"{now.percent}%", style),
                formats.amount(words, now.promised) if now.promised.minor else formats.NOTHING,
                "?" if now.lacking and now.left.minor > 0 else formats.amount(words, now.left),
                words.say(_THEN[_then(each)]),
            )
        )
    screen.table(Table(columns, rows))
    _lacking(screen, found)


def _lacking(screen: Screen, found: Sequence[Named]) -> None:
    """What could not be summed, and the rate that would mend it."""
    words = screen.words
    apart = dict.fromkeys((each.standing.lacking, each.standing.unconverted) for each in found)
    for lacking, unconverted in apart:
        if lacking:
            sums = " + ".join(formats.amount(words, money) for money in unconverted)
            text = mark("{sums} has no fresh exchange rate: spirou fx add {pair} RATE")
            screen.say(text, sums=sums, pair=lacking)


def _record(found: Named) -> tuple[str | int, ...]:
    now = found.standing
    return (
        now.budget.scope.partition(":")[0],
        found.name,
        now.budget.limit.currency,
        str(now.budget.limit.amount),
        str(now.spent.amount),
        str(now.promised.amount),
        str(now.left.amount),
        _then(found),
    )


def as_json(found: Named) -> Json:
    """One budget of ``spirou.budget/1``."""
    now = found.standing
    return {
        "scope": now.budget.scope.partition(":")[0],
        "name": found.name or None,
        "limit": now.budget.limit,
        "spent": now.spent,
        "promised": now.promised,
        "left": now.left,
        "used_percent": now.percent,
        "at": [str(part) for part in now.budget.soft],
        "then": _then(found),
        "unconverted": list(now.unconverted),
    }
