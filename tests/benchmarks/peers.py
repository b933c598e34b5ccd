"""Programs of the same trade, on stores of their own, where they are installed; Spirou beside Taskwarrior."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from tests.benchmarks import stores

MANY = 100_000
FEW_RUNS = 4
"""Taskwarrior takes seconds for a hundred thousand tasks."""

RC = "data.location={data}\nconfirmation=off\nverbose=nothing\nhooks=off\n"
STAMP = "20261101T080000Z"


def rows(
    folder: Path, row: Callable[..., Any], shortest: Callable[..., list[float]], turn: Callable[..., Any]
) -> Iterator[Any]:
    """Each peer turn by turn with the floor, then ``status`` against ``task list``."""
    floor = turn([sys.executable, "-c", "pass"], folder)
    for name, command, prepare in (
        ("task list, 1,000 pending", ["task", "list"], lambda place: _tasks(place, 1000, pending=1000)),
        ("todo list (todoman), 1,000", ["todo", "list"], _todos),
        ("watson report, 1,000 frames", ["watson", "report", "--all"], _frames),
        ("timew summary, 1,000 intervals", ["timew", "summary", ":all"], _intervals),
        ("hledger bal, 1,000 transactions", ["hledger", "-f", "~/journal", "bal"], _journal),
    ):
        if shutil.which(command[0]):
            place = folder / command[0]
            place.mkdir()
            prepare(place)
            base, theirs = shortest([floor, turn(command, place)], runs=8)
            yield row(f"peer: {name}", theirs, "floor", theirs / base)
    if shutil.which("task"):
        yield from _against_tasks(folder, row, shortest, turn)


def _against_tasks(
    folder: Path, row: Callable[..., Any], shortest: Callable[..., list[float]], turn: Callable[..., Any]
) -> Iterator[Any]:
    ours = stores.make(folder / "hundred", opened=20, closed=MANY, usage=MANY, terms=stores.INCLUDED)
    for name, pending, target in (("mixed", MANY // 10, 4), ("pending", MANY, 25)):
        place = folder / f"task-{name}"
        place.mkdir()
        _tasks(place, MANY, pending=pending)
        status = turn([sys.executable, "-m", "spirou_cli", "status"], ours)
        mine, theirs = shortest([status, turn(["task", "list"], place)], runs=FEW_RUNS)
        name = f"task list, 100,000 {name}, in times of status"
        yield row(name, theirs, "status", theirs / mine, target, at_least=True)


def _tasks(place: Path, count: int, *, pending: int) -> None:
    """So many tasks, the rest completed."""
    data = place / "tasks"
    data.mkdir()
    (place / ".taskrc").write_text(RC.format(data=data))
    tasks = [
        {
            "description": f"A task number {n} with a title of usual length",
            "entry": STAMP,
            "status": "pending" if n < pending else "completed",
            "project": "blog",
            **({} if n < pending else {"end": STAMP}),
        }
        for n in range(count)
    ]
    (place / "tasks.json").write_text("\n".join(json.dumps(task) for task in tasks))
    environment = stores.environment(place)
    subprocess.run(
        ["task", "import", "tasks.json"], cwd=place, env=environment, capture_output=True, check=True
    )


def _todos(place: Path) -> None:
    folder = place / "lists" / "one"
    folder.mkdir(parents=True)
    config = place / ".config" / "todoman"
    config.mkdir(parents=True)
    (config / "config.py").write_text(f'path = "{place}/lists/*"\n')
    for n in range(1000):
        lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//A//B//EN", "BEGIN:VTODO", f"UID:{n}"]
        lines += [
            f"SUMMARY:Task {n}",
            f"DTSTAMP:{STAMP}",
            "STATUS:NEEDS-ACTION",
            "END:VTODO",
            "END:VCALENDAR",
        ]
        (folder / f"{n}.ics").write_text("\r\n".join(lines) + "\r\n")


def _frames(place: Path) -> None:
    config = place / ".config" / "watson"
    config.mkdir(parents=True)
    start = 1_700_000_000
    frames = [
        [start + n * 3600, start + n * 3600 + 1800, f"p{n % 20}", f"{n:032x}", [], start] for n in range(1000)
    ]
    (config / "frames").write_text(json.dumps(frames))


def _intervals(place: Path) -> None:
    data = place / ".timewarrior" / "data"
    data.mkdir(parents=True)
    (place / ".timewarrior" / "timewarrior.cfg").write_text("")
    months: dict[str, list[str]] = {}
    for n in range(1000):
        month, day, hour = 1 + n // 200, 1 + n % 200 // 8, n % 8
        line = f"inc 2026{month:02}{day:02}T{hour:02}0000Z - 2026{month:02}{day:02}T{hour:02}3000Z # work"
        months.setdefault(f"2026-{month:02}", []).append(line)
    for name, lines in months.items():
        (data / f"{name}.data").write_text("\n".join(lines) + "\n")


def _journal(place: Path) -> None:
    text = "\n".join(
        f"2026-01-{1 + n % 28:02} work {n}\n    expenses:p{n % 20}  {n % 90}.10 EUR\n    assets:cash\n"
        for n in range(1000)
    )
    (place / "journal").write_text(text)
