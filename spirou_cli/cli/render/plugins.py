"""Plugins on a screen: what each brings, where it comes from, whether it works."""

from __future__ import annotations

from collections.abc import Sequence

from spirou_cli.cli.render.records import Json
from spirou_cli.cli.render.screen import Screen
from spirou_cli.cli.render.table import Cell, Column, Span, Style, Table
from spirou_cli.domain.errors import mark
from spirou_cli.service.plugins import Plugin

__all__ = ["as_json", "listing", "record"]


def listing(screen: Screen, found: Sequence[Plugin]) -> None:
    """Each plugin in a row."""
    if not found:
        screen.say(mark("No plugin is installed. What is built in: spirou provider kinds"))
        return
    words = screen.words
    headings = (mark("KIND"), mark("FROM"), mark("CODE"), mark("STATE"))
    columns = [Column(words.say(heading), title=heading == "STATE") for heading in headings]
    rows: list[tuple[Cell, ...]] = [
        (each.kind, f"{each.distribution} {each.version}", each.sha256[:12], _state(screen, each))
        for each in found
    ]
    screen.table(Table(columns, rows))


def record(plugin: Plugin) -> tuple[str, ...]:
    """One plugin as a tab-separated record."""
    state = "disabled" if plugin.disabled else "broken" if plugin.problem else "ok"
    return plugin.kind, plugin.distribution, plugin.version, plugin.sha256, state, plugin.problem


def as_json(plugin: Plugin) -> Json:
    """One plugin of ``spirou.plugins/1``."""
    return {
        "kind": plugin.kind,
        "distribution": plugin.distribution,
        "version": plugin.version,
        "sha256": plugin.sha256 or None,
        "disabled": plugin.disabled,
        "problem": plugin.problem or None,
    }


def _state(screen: Screen, plugin: Plugin) -> Cell:
    if plugin.problem:
        return Span(plugin.problem, Style.BAD)
    return screen.words.say(mark("disabled") if plugin.disabled else mark("ok"))
