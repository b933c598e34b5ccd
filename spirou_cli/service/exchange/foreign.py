"""Tasks of other programs: Taskwarrior's export, todo.txt and tables, read as drafts that stay here."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, date, datetime, time, tzinfo
from hashlib import sha256
from typing import Any, Literal

from spirou_cli.adapters.base import ProtocolError
from spirou_cli.adapters.wire import parse_json
from spirou_cli.domain.errors import InvalidInput, SpirouError, mark
from spirou_cli.domain.record import record
from spirou_cli.domain.text import Source, check_title, clean_in, csv_text
from spirou_cli.service import tasks
from spirou_cli.service.context import Context, milliseconds
from spirou_cli.service.exchange.whole import Taken
from spirou_cli.service.tasks import NewTask

__all__ = ["FORMATS", "Foreign", "take_in"]


@record(kw_only=True)
class Foreign:
    """A task as another program has it. ``key`` is its name there: read twice it is taken in once."""

    key: str
    title: str
    body: str = ""
    due: date | datetime | None = None
    project: str = ""
    tags: tuple[str, ...] = ()
    priority: Literal["low", "normal", "high"] = "normal"
    closed: bool = False


@record
class _Read:
    """What a reader found: tasks with their line or place, and columns it has no use for."""

    found: list[tuple[int, Foreign]]
    ignored: tuple[str, ...] = ()


def take_in(context: Context, data: bytes, kind: str, name: str, *, dry_run: bool = False) -> Taken:
    """Save the open tasks of ``data`` as drafts: nothing leaves. InvalidInput names a bad one."""
    read = FORMATS[kind](data, name, context.zone)
    still_open = [(place, task) for place, task in read.found if not task.closed]
    new = [_draft(place, task, context.zone) for place, task in still_open]
    placed = tasks.rehearse_all(context, new) if dry_run else tasks.add_all(context, new)
    known = sum(one.existing for one in placed)
    return Taken(
        tasks=len(placed) - known,
        known=known,
        skipped=len(read.found) - len(still_open),
        ignored=read.ignored,
    )


def _draft(place: int, task: Foreign, zone: tzinfo) -> NewTask:
    try:
        title = check_title(" ".join(task.title.split()))
    except SpirouError as error:
        raise _bad(place, str(error).rstrip(".")) from error
    due_at, is_day = (None, True) if task.due is None else _due(task.due, zone)
    return NewTask(
        title=title,
        body=task.body,
        due_at=due_at,
        due_is_day=is_day,
        project=task.project,
        tags=task.tags,
        priority=task.priority,
        draft=True,
        client_key=task.key,
    )


def _due(due: date | datetime, zone: tzinfo) -> tuple[int, bool]:
    """A day is meant to its end; midnight is how some programs write a day."""
    if isinstance(due, datetime):
        local = due.replace(tzinfo=zone) if due.tzinfo is None else due.astimezone(zone)
        if local.time() != time():
            return milliseconds(local), False
        due = local.date()
    return milliseconds(datetime.combine(due, time(23, 59, 59), zone)), True


# --- Taskwarrior -----------------------------------------------------------------------------------


_URGENCY: dict[str, Literal["low", "normal", "high"]] = {"H": "high", "M": "normal", "L": "low"}


def _taskwarrior(data: bytes, name: str, zone: tzinfo) -> _Read:
    """What ``task export`` prints: an array of objects, or one object a line."""
    try:
        rows = parse_json(data if data.lstrip()[:1] == b"[" else b"[" + b",".join(data.splitlines()) + b"]")
    except ProtocolError as error:
        raise _unreadable(name) from error
    if not isinstance(rows, list):
        raise _unreadable(name)
    return _Read([(place, _from_taskwarrior(place, row)) for place, row in enumerate(rows, 1)])


def _from_taskwarrior(place: int, row: Any) -> Foreign:
    try:
        notes = [str(note["description"]) for note in row.get("annotations", [])]
        return Foreign(
            key=f"taskwarrior:{row['uuid']}",
            title=str(row["description"]),
            body="\n".join(notes),
            due=_compact(row["due"]) if "due" in row else None,
            project=str(row.get("project", "")),
            tags=tuple(map(str, row.get("tags", ()))),
            priority=_URGENCY.get(str(row.get("priority", "M")), "normal"),
            closed=row.get("status") in ("completed", "deleted"),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise _bad(place, f"{type(error).__name__} {error}") from error


def _compact(text: str) -> datetime:
    return datetime.strptime(text, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)


# --- todo.txt ----------------------------------------------------------------------------------------


_PRIORITY = re.compile(r"\(([A-Z])\) ")
_DATES = re.compile(r"(?:\d{4}-\d{2}-\d{2} ){0,2}")
_TAG = re.compile(r"(?:^|\s)([+@])(\S+)")
_PAIR = re.compile(r"(?:^|\s)([A-Za-z]+):(\S+)")


def _todotxt(data: bytes, name: str, zone: tzinfo) -> _Read:
    """One task a line: ``(A) 2026-11-23 Title +project @context due:2026-11-27``."""
    lines = clean_in(data, name, source=Source.FILE, limit=len(data) + 1).text.splitlines()
    return _Read([(n, _from_line(n, line.strip())) for n, line in enumerate(lines, 1) if line.strip()])


def _from_line(place: int, line: str) -> Foreign:
    rest = line.removeprefix("x ")
    closed = rest != line
    priority = _PRIORITY.match(rest)
    rest = _DATES.sub("", rest[priority.end() :] if priority else rest, count=1)
    pairs = dict(_PAIR.findall(rest))
    marks = _TAG.findall(rest)
    title = _TAG.sub("", re.sub(r"(?:^|\s)(?:due|pri|key):\S+", "", rest))
    projects = [word for sign, word in marks if sign == "+"]
    letter = priority[1] if priority else pairs.get("pri", "")
    return Foreign(
        key=f"todotxt:{pairs.get('key') or sha256(rest.encode()).hexdigest()[:24]}",
        title=title,
        due=_day(place, pairs["due"]) if "due" in pairs else None,
        project=projects[0] if projects else "",
        tags=(*projects[1:], *(word for sign, word in marks if sign == "@")),
        priority="high" if letter == "A" else "low" if letter > "C" else "normal",
        closed=closed,
    )


# --- tables ------------------------------------------------------------------------------------------


_COLUMNS = ("title", "body", "due", "project", "tags", "priority", "state", "id")
_CLOSED = frozenset({"completed", "canceled", "done", "closed", "x"})


def _table(data: bytes, name: str, zone: tzinfo) -> _Read:
    """CSV with a header; the columns may stand in any order, and only the title must be there."""
    text = clean_in(data, name, source=Source.FILE, limit=len(data) + 1).text
    delimiter = ";" if text.partition("\n")[0].count(";") > text.partition("\n")[0].count(",") else ","
    reader = csv.DictReader(io.StringIO(text), delimiter=delimiter)
    header = [(column or "").strip().lower() for column in reader.fieldnames or ()]
    if "title" not in header:
        raise InvalidInput(
            mark("{name} has no column “title”. Nothing was saved."),
            mark("Columns: {columns}."),
            name=name,
            columns=", ".join(_COLUMNS),
        )
    reader.fieldnames = header
    rows = [(reader.line_num, row) for row in _rows(reader, name)]
    ignored = tuple(column for column in header if column and column not in _COLUMNS)
    return _Read([(place, _from_row(place, row)) for place, row in rows], ignored)


def _rows(reader: csv.DictReader[str], name: str) -> Iterator[Mapping[str, Any]]:
    try:
        yield from reader
    except csv.Error as error:
        raise _unreadable(name) from error


def _from_row(place: int, row: Mapping[str, Any]) -> Foreign:
    values = {column: csv_text((row.get(column) or "").strip()) for column in _COLUMNS}
    tags = re.split(r"[,;\s]+", values["tags"])
    priority = values["priority"].lower()
    words = "\0".join(values[name] for name in ("id", "title", "body", "due"))
    return Foreign(
        key=f"csv:{sha256(words.encode()).hexdigest()[:24]}",
        title=values["title"],
        body=values["body"],
        due=_day(place, values["due"]) if values["due"] else None,
        project=values["project"],
        tags=tuple(filter(None, tags)),
        priority="high" if priority == "high" else "low" if priority == "low" else "normal",
        closed=values["state"].lower() in _CLOSED,
    )


# --- what they share -----------------------------------------------------------------------------------


FORMATS: dict[str, Callable[[bytes, str, tzinfo], _Read]] = {
    "task": _taskwarrior,
    "todotxt": _todotxt,
    "csv": _table,
}
"""The readers, by the word of ``--from``."""


def _day(place: int, text: str) -> date | datetime:
    try:
        if len(text) == 10:
            return date.fromisoformat(text)
        return datetime.fromisoformat(text)
    except ValueError:
        raise _bad(place, f"due: {text}") from None


def _bad(place: int, problem: str) -> InvalidInput:
    return InvalidInput(
        mark("Task {place} can't be read ({problem}). Nothing was saved."),
        mark("Dates are written 2026-11-27. To look first: spirou import … --dry-run"),
        place=place,
        problem=problem,
    )


def _unreadable(name: str) -> InvalidInput:
    return InvalidInput(
        mark("{name} is not what --from says. Nothing was saved."), mark("spirou import -h"), name=name
    )
