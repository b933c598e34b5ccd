"""Templates on a screen and as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from spirou_cli.cli.render.records import Json
from spirou_cli.cli.render.screen import Screen
from spirou_cli.cli.render.table import Column, Table
from spirou_cli.domain.errors import mark
from spirou_cli.domain.record import asdict
from spirou_cli.service.templates import Template, questions

__all__ = ["listing", "one", "removed", "saved"]

_LABELS = {
    "title": mark("Title"),
    "to": mark("Provider"),
    "due": mark("Due"),
    "max_time": mark("Time at most"),
    "max_cost": mark("Cost at most"),
    "project": mark("Project"),
    "priority": mark("Priority"),
    "language": mark("Language"),
}


def listing(screen: Screen, found: Sequence[tuple[str, Template]], form: str) -> None:
    """Every template: its name, its provider, its title."""
    if form == "json":
        screen.json("spirou.templates/1", {"templates": [_json(name, one) for name, one in found]})
        return
    rows = [(name, template.to, template.title) for name, template in found]
    if form in ("records", "csv"):
        (screen.csv if form == "csv" else screen.records)(rows)
        return
    if not found:
        screen.say(mark("No template yet. spirou template add NAME --title TEXT"))
        return
    words = screen.words
    columns = (
        Column(words.say(mark("NAME"))),
        Column(words.say(mark("PROVIDER"))),
        Column(words.say(mark("TITLE")), title=True),
    )
    screen.table(Table(columns, rows))


def one(screen: Screen, name: str, template: Template, form: str) -> None:
    """What one template says, and what it asks."""
    if form == "json":
        screen.json("spirou.template/1", _json(name, template))
        return
    words = screen.words
    rows = [
        (words.say(label), str(getattr(template, field)))
        for field, label in _LABELS.items()
        if getattr(template, field)
    ]
    if template.tags:
        rows.append((words.say(mark("Tags")), ", ".join(template.tags)))
    rows += [(words.say(mark("Asks")), question) for question in questions(template)]
    screen.table(Table((Column(""), Column("", title=True)), rows, headings=False))
    if template.body:
        screen.blank()
        screen.block(template.body)


def saved(screen: Screen, name: str, path: Path, form: str) -> None:
    """Where a template is kept, and how it is used."""
    if form == "json":
        screen.json("spirou.change/1", {"template": name, "path": str(path)})
        return
    screen.say(mark("Kept in {path}. Use it: spirou add -t {name}"), path=str(path), name=name)


def removed(screen: Screen, name: str, form: str) -> None:
    """A template is gone."""
    if form == "json":
        screen.json("spirou.change/1", {"template": name, "removed": True})
    else:
        screen.say(mark("Deleted the template {name}."), name=name)


def _json(name: str, template: Template) -> Json:
    return {"name": name, **asdict(template), "tags": list(template.tags), "asks": questions(template)}
