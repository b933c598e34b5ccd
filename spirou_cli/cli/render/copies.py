"""Backups on a screen: what a store holds, before and after."""

from __future__ import annotations

from datetime import date, tzinfo
from pathlib import Path

from spirou_cli.cli.render import formats
from spirou_cli.cli.render.changes import command
from spirou_cli.cli.render.records import Json
from spirou_cli.cli.render.screen import Screen
from spirou_cli.cli.render.taskdata import utc
from spirou_cli.domain.errors import mark
from spirou_cli.service.copies import Census, Restored

__all__ = ["backed_up", "census_json", "restored", "restored_json"]


def backed_up(screen: Screen, path: Path, census: Census, zone: tzinfo) -> None:
    """Where the copy is, what is in it, and what isn't."""
    screen.say(mark("Copied and verified: {path}"), path=str(path))
    screen.say(mark("It holds {content}."), content=holds(screen, census, zone))
    screen.note(
        mark("Attached and delivered files are not in it; they are in the folder “files” beside the store.")
    )


def restored(screen: Screen, source: Path, done: Restored, zone: tzinfo) -> None:
    """What was there, what is there now, and what may have been sent in between."""
    if done.before is not None:
        screen.say(mark("Before: {content}."), content=holds(screen, done.before, zone))
    screen.say(
        mark("Now, from {path}: {content}."), path=str(source), content=holds(screen, done.after, zone)
    )
    if done.kept is not None:
        screen.say(mark("The store that was there is kept: {path}"), path=str(done.kept))
    if done.after.waiting:
        screen.say(
            mark("{n} items had not surely arrived and may have since: they are looked up, or asked about."),
            n=done.after.waiting,
        )
        command(screen, "spirou outbox list")


def holds(screen: Screen, census: Census, zone: tzinfo) -> str:
    """«12 tasks, 3 of them open, the last change on Mon 23 Nov 2026 12:00»."""
    words = screen.words
    if census.newest is None:
        return words.say(mark("nothing"))
    at = formats.moment(census.newest, zone)
    day = formats.day(words, at.date(), date.min)  # the year always matters here
    tasks = words.plural("{n} task", "{n} tasks", census.tasks)
    return words.say(
        mark("{tasks}, {open} open, last change {day} {time}"),
        tasks=tasks,
        open=census.open_tasks,
        day=day,
        time=formats.clock_time(at),
    )


def census_json(census: Census) -> Json:
    """What a store holds."""
    return {
        "tasks": census.tasks,
        "open_tasks": census.open_tasks,
        "waiting_ops": census.waiting,
        "newest": utc(census.newest) if census.newest is not None else None,
    }


def restored_json(source: Path, done: Restored) -> Json:
    """``spirou.restore/1``."""
    return {
        "from": str(source),
        "before": census_json(done.before) if done.before else None,
        "after": census_json(done.after),
        "kept": str(done.kept) if done.kept else None,
    }
