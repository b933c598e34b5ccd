"""Tasks in the formats of other programs: a table, a calendar, todo.txt; and what an import brought."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, tzinfo

from spirou_cli.cli.render import formats
from spirou_cli.cli.render.records import Json
from spirou_cli.cli.render.screen import Screen
from spirou_cli.cli.render.table import Span, Style
from spirou_cli.domain.errors import mark
from spirou_cli.domain.states import TaskState
from spirou_cli.domain.task import Task
from spirou_cli.service.exchange.whole import Taken
from spirou_cli.service.overview import Line

__all__ = ["CSV_HEADINGS", "brought", "brought_json", "csv_rows", "ics", "todotxt"]

CSV_HEADINGS = (
    "id", "title", "body", "state", "provider", "ref", "due", "project", "tags", "priority", "time_used_s",
    "cost", "currency", "basis", "created_at",
)  # fmt: skip

_STATUS = {TaskState.COMPLETED: "COMPLETED", TaskState.CANCELED: "CANCELLED"}
_PRIORITY = {"high": 1, "normal": 5, "low": 9}
_LETTER = {"high": "(A) ", "normal": "", "low": "(D) "}
_ENDED = frozenset({TaskState.COMPLETED, TaskState.CANCELED})
_WAITS_HERE = frozenset({TaskState.DRAFT, TaskState.QUEUED, TaskState.AWAITING_APPROVAL})


def csv_rows(lines: Iterable[Line], zone: tzinfo) -> Iterator[tuple[str | int, ...]]:
    """One task a row; ``spirou import --from csv`` reads it back."""
    yield CSV_HEADINGS
    for line in lines:
        task = line.task
        cost = line.cost.amounts[0] if line.cost.amounts else None
        yield (
            task.number,
            task.title,
            task.body,
            task.state.value,
            line.provider,
            task.ref or "",
            _day(task, zone) if task.due_is_day else _instant(task.due_at),
            task.project,
            " ".join(task.tags),
            task.priority,
            line.seconds if line.seconds is not None else "",
            str(cost.amount) if cost else "",
            cost.currency if cost else "",
            line.cost.kind,
            _instant(task.created_at),
        )


def ics(lines: Iterable[Line], zone: tzinfo) -> Iterator[str]:
    """A calendar of to-dos (RFC 5545); each line has at most 75 octets, the rest folded under it."""
    content = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//spirou//spirou//EN"]
    for line in lines:
        content += _todo(line.task, zone)
    content.append("END:VCALENDAR")
    for each in content:
        yield from _folded(each)


def todotxt(lines: Iterable[Line], zone: tzinfo) -> Iterator[str]:
    """One task a line (todo.txt): ``x`` when closed, ``key:`` so that it is read back once."""
    for line in lines:
        task = line.task
        words = [("x " if task.state in _ENDED else _LETTER[task.priority]) + task.title]
        if task.project:
            words.append("+" + _word(task.project))
        words += ["@" + _word(tag) for tag in task.tags]
        if task.due_at is not None:
            words.append(f"due:{_day(task, zone)}")
        words.append(f"key:{task.id}")
        yield " ".join(words)


def brought(screen: Screen, taken: Taken, *, dry_run: bool) -> None:
    """What an import did, in a line or two."""
    words = screen.words
    parts = [words.plural("{n} task", "{n} tasks", taken.tasks)]
    if taken.known:
        parts.append(words.say(mark("{n} known before"), n=taken.known))
    if taken.skipped:
        parts.append(words.say(mark("{n} closed and left out"), n=taken.skipped))
    screen.text(", ".join(parts) + ".")
    if taken.ignored:
        screen.note(mark("Columns without a place here: {names}."), names=", ".join(taken.ignored))
    if taken.waiting:
        screen.say(mark("{n} items may have been sent since by the store they come from:"), n=taken.waiting)
        screen.line("> ", Span("spirou outbox list", Style.COMMAND))
    if dry_run:
        screen.say(mark("Nothing was saved."))


def brought_json(taken: Taken, *, dry_run: bool) -> Json:
    """``spirou.import/1``."""
    return {
        "tasks": taken.tasks,
        "known": taken.known,
        "skipped": taken.skipped,
        "waiting_ops": taken.waiting,
        "ignored_columns": list(taken.ignored),
        "dry_run": dry_run,
    }


def _todo(task: Task, zone: tzinfo) -> Iterator[str]:
    yield "BEGIN:VTODO"
    yield f"UID:{task.id}"
    yield f"DTSTAMP:{_compact(task.created_at)}"
    yield f"SUMMARY:{_escaped(task.title)}"
    if task.body:
        yield f"DESCRIPTION:{_escaped(task.body)}"
    if task.due_at is not None:
        day = _day(task, zone).replace("-", "")
        yield f"DUE;VALUE=DATE:{day}" if task.due_is_day else f"DUE:{_compact(task.due_at)}"
    if task.tags:
        yield "CATEGORIES:" + ",".join(map(_escaped, task.tags))
    yield f"PRIORITY:{_PRIORITY[task.priority]}"
    waiting = "NEEDS-ACTION" if task.state in _WAITS_HERE else "IN-PROCESS"
    yield f"STATUS:{_STATUS.get(task.state, waiting)}"
    if task.state is TaskState.COMPLETED:
        yield f"COMPLETED:{_compact(task.since)}"
    yield "END:VTODO"


def _escaped(text: str) -> str:
    """A text value (RFC 5545, 3.3.11)."""
    text = re.sub(r"([\\;,])", r"\\\1", text)
    return re.sub(r"\r\n|\r|\n", r"\\n", text)


def _folded(line: str) -> Iterator[str]:
    """RFC 5545, 3.1: octets are counted, characters are never cut in two."""
    room, part = 75, ""
    for char in line:
        if len((part + char).encode()) > room:
            yield part
            room, part = 75, " "
        part += char
    yield part


def _word(text: str) -> str:
    return "-".join(text.split()) or "-"


def _day(task: Task, zone: tzinfo) -> str:
    return "" if task.due_at is None else formats.moment(task.due_at, zone).date().isoformat()


def _instant(at: int | None) -> str:
    return "" if at is None else formats.moment(at, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _compact(at: int) -> str:
    return formats.moment(at, UTC).strftime("%Y%m%dT%H%M%SZ")
