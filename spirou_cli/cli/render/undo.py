"""What was taken back, as a sentence; and what could be."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, tzinfo

from spirou_cli.cli.render import formats
from spirou_cli.cli.render.changes import FIELDS
from spirou_cli.cli.render.reasons import why
from spirou_cli.cli.render.records import Json
from spirou_cli.cli.render.screen import Screen
from spirou_cli.cli.render.story import sentence
from spirou_cli.cli.render.table import Column, Span, Style, Table
from spirou_cli.cli.render.taskdata import utc
from spirou_cli.domain import events as e
from spirou_cli.domain.errors import mark
from spirou_cli.service.undo import Step

__all__ = ["as_json", "listing", "taken_back"]

_DONE: dict[type[e.Event], str] = {
    e.TaskAdded: mark("Taken back: {number} “{title}”. It never left; it is canceled."),
    e.BriefEdited: mark("Taken back: the change of {number} ({fields})."),
    e.TagsChanged: mark("Taken back: the tags of {number} are {tags} again."),
    e.Rated: mark("Taken back: the rating of {number}."),
    e.MessageSent: mark("Taken back: your words about {number}. They never left."),
    e.Accepted: mark("Taken back: {number} is not accepted; it is {state} again."),
    e.Reopened: mark("Taken back: {number} is not sent back; it is {state} again."),
    e.CancelAsked: mark("Taken back: {number} is not to be stopped."),
    e.Closed: mark("Taken back: {number} is open again, {state}."),
    e.Assigned: mark("Taken back: {number} is not to leave; it is {state} again."),
    e.Approved: mark("Taken back: {number} is not to leave; it is {state} again."),
}


def taken_back(screen: Screen, step: Step, zone: tzinfo, *, dry_run: bool) -> None:
    """The sentence of what was undone."""
    words, task, event = screen.words, step.task, step.fact.event
    if dry_run:
        said = sentence(words, event, provider="", zone=zone)
        screen.say(mark("Would be taken back: {number}: {what}."), number=task.number, what=said)
        screen.say(mark("Nothing was changed."))
        return
    names = event.changed if isinstance(event, e.BriefEdited) else ()
    message = _DONE[type(event)]
    if isinstance(event, e.TagsChanged) and not task.tags:
        message = mark("Taken back: {number} has no tags again.")
    screen.say(
        message,
        number=task.number,
        title=task.title,
        fields=", ".join(words.say(FIELDS[name]) for name in names if name in FIELDS),
        tags=", ".join(task.tags),
        state=formats.state(words, task.state, why(words, task.reason, provider="", zone=zone)),
    )


def listing(screen: Screen, steps: Sequence[Step], zone: tzinfo, form: str) -> None:
    """The last things the person did, newest first, and which could be taken back."""
    if form == "json":
        screen.json("spirou.undo/1", {"steps": [as_json(step, dry_run=True) for step in steps]})
        return
    words = screen.words
    rows = []
    for step in steps:
        at = datetime.fromtimestamp(step.fact.at / 1000, zone)
        said = sentence(words, step.fact.event, provider="", zone=zone)
        mine = words.say(mark("can be taken back")) if step.refused is None else words.say(mark("no"))
        style = Style.PLAIN if step.refused is None else Style.FAINT
        when = f"{at:%Y-%m-%d} {formats.clock_time(at)}"
        rows.append((when, str(step.task.number), said, Span(mine, style)))
    columns = (
        Column(words.say(mark("WHEN"))),
        Column(words.say(mark("ID")), right=True),
        Column(words.say(mark("WHAT")), title=True),
        Column(words.say(mark("UNDO"))),
    )
    if form == "text":
        screen.table(Table(columns, rows))
    else:
        records = [(utc(step.fact.at), step.task.number, type(step.fact.event).__name__) for step in steps]
        (screen.csv if form == "csv" else screen.records)(records)


def as_json(step: Step | None, *, dry_run: bool) -> Json:
    """One step; ``undone`` is None where there was none."""
    if step is None:
        return {"undone": None, "dry_run": dry_run}
    return {
        "undone": type(step.fact.event).__name__,
        "id": step.task.number,
        "at": utc(step.fact.at),
        "state": step.task.state.value,
        "possible": step.refused is None,
        "dry_run": dry_run,
    }
