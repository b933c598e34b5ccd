"""Preferences on a screen: what each is, its value, and what says so."""

from __future__ import annotations

from collections.abc import Sequence

from spirou_cli.cli.render import formats
from spirou_cli.cli.render.records import Json
from spirou_cli.cli.render.screen import Screen
from spirou_cli.cli.render.table import Column, Table
from spirou_cli.domain.errors import mark
from spirou_cli.service.preferences import Value

__all__ = ["HEADINGS", "as_json", "listing", "record"]

HEADINGS = ("name", "value", "origin")


def listing(screen: Screen, found: Sequence[Value], *, origin: bool) -> None:
    """Name, value, and either what it is for or what says so."""
    words = screen.words
    last = mark("ORIGIN") if origin else mark("WHAT IT IS")
    columns = (
        Column(words.say(mark("NAME"))),
        Column(words.say(mark("VALUE"))),
        Column(words.say(last), title=True),
    )
    rows = [
        (each.name, each.value or formats.NOTHING, _origin(screen, each) if origin else words.say(each.help))
        for each in found
    ]
    screen.table(Table(columns, rows))


def record(value: Value) -> tuple[str, str, str]:
    """One preference as a tab-separated record."""
    return value.name, value.value, value.origin or "default"


def as_json(found: Sequence[Value]) -> Json:
    """``spirou.config/1``."""
    return {
        "preferences": [
            {
                "name": each.name,
                "value": each.value or None,
                "origin": each.origin or "default",
                "help": each.help,
            }
            for each in found
        ]
    }


def _origin(screen: Screen, value: Value) -> str:
    return value.origin or screen.words.say(mark("default"))
