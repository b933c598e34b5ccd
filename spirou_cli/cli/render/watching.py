"""A watch on a screen: what moved, line by line, or the whole status drawn again."""

from __future__ import annotations

from datetime import datetime, timedelta, tzinfo

from spirou_cli.cli.render import failing, formats
from spirou_cli.cli.render.reasons import why
from spirou_cli.cli.render.records import Json
from spirou_cli.cli.render.screen import Screen
from spirou_cli.cli.render.table import Span, Style
from spirou_cli.domain.errors import mark
from spirou_cli.domain.states import MINE
from spirou_cli.service.changes import Change
from spirou_cli.service.watching import Round

__all__ = ["as_json", "begun", "footer", "lines"]


def begun(screen: Screen) -> None:
    """That it goes on until it is stopped."""
    screen.note(mark("Watching. Ctrl-C ends it; nothing else stops with it."))


def lines(screen: Screen, round_: Round, now: datetime, zone: tzinfo) -> None:
    """One line a change, one a failure."""
    time = formats.clock_time(now.astimezone(zone))
    for change in round_.changes:
        style = Style.WARNING if change.task.state in MINE else Style.PLAIN
        said = Span(_state(screen, change, zone), style)
        screen.line(f"{time}  {change.task.number:>4}  ", said, f"  {change.task.title}  {change.provider}")
    for result in round_.results:
        if result.failure is not None:
            text = failing.text(screen, result.failure)
            screen.line(f"{time}        {result.account.name}: ", Span(text, Style.BAD))
    screen.flush()


def footer(screen: Screen, round_: Round, now: datetime, zone: tzinfo) -> None:
    """When the next round is."""
    following = now.astimezone(zone) + timedelta(seconds=round_.next_s)
    text = screen.words.say(
        mark("Next sync at {time}. Ctrl-C ends the watch."), time=formats.clock_time(following)
    )
    screen.blank()
    screen.line(Span(text, Style.FAINT))
    screen.flush()


def as_json(round_: Round) -> Json:
    """The changes of ``spirou.watch/1``."""
    return {
        "changes": [
            {
                "id": change.task.number,
                "title": change.task.title,
                "provider": change.provider or None,
                "before": change.before.value if change.before else None,
                "state": change.task.state.value,
            }
            for change in round_.changes
        ],
        "next_in_s": round(round_.next_s),
    }


def _state(screen: Screen, change: Change, zone: tzinfo) -> str:
    task = change.task
    return formats.state(
        screen.words, task.state, why(screen.words, task.reason, provider=change.provider, zone=zone)
    )
