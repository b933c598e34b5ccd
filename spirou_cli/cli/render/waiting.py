"""What is waited for, and how the wait ended."""

from __future__ import annotations

from datetime import timedelta, tzinfo

from spirou_cli.cli.render import formats
from spirou_cli.cli.render.reasons import why
from spirou_cli.cli.render.screen import Screen
from spirou_cli.cli.render.table import Span, Style
from spirou_cli.cli.render.taskdata import json_task, next_commands, utc
from spirou_cli.cli.render.tasks import careful
from spirou_cli.domain.errors import mark
from spirou_cli.service.waiting import Look

__all__ = ["changed", "elapsed", "ended", "progress", "started"]


def started(screen: Screen, look: Look) -> None:
    """One line at the start."""
    numbers = ", ".join(str(line.task.number) for line in look.lines)
    screen.note(mark("Waiting for {numbers}. Ctrl-C ends the waiting, not the tasks."), numbers=numbers)


def progress(screen: Screen, look: Look) -> None:
    """What changed since the last look, and how long it has been."""
    words = screen.words
    for line in look.changed:
        state = formats.state(words, line.task.state)
        time = elapsed(screen, look.elapsed_s)
        screen.note(mark("{time}: {number} {state}"), time=time, number=line.task.number, state=state)


def ended(screen: Screen, look: Look, zone: tzinfo, form: str) -> None:
    """Each task as it is, and what to type next."""
    words = screen.words
    if form == "json":
        now = max((line.task.since for line in look.lines), default=0)
        tasks = [json_task(line, now, zone) for line in look.lines]
        screen.json("spirou.wait/1", {"elapsed_s": round(look.elapsed_s), "tasks": tasks})
        return
    if not look.lines:
        screen.say(mark("Nothing moves; there is nothing to wait for."))
    for line in look.lines:
        reason = why(words, line.task.reason, provider=line.provider, zone=zone)
        screen.split(
            f"{line.task.number:>4}  {line.task.title}", formats.state(words, line.task.state, reason)
        )
        if line.task.question:
            screen.line("      ", formats.quoted(words, line.task.question))
            careful(screen, line.task.question, "      ")
        for command in next_commands(line)[:1]:
            screen.line("      > ", Span(command, Style.COMMAND))


def changed(screen: Screen, look: Look, zone: tzinfo) -> None:
    """One JSON document a line for each task whose state differs from the look before."""
    for line in look.changed:
        task = json_task(line, line.task.since, zone)
        screen.json_line("spirou.wait/1", {"at": utc(line.task.since), "task": task})


def elapsed(screen: Screen, seconds: float) -> str:
    """«2 h», «4 min», «30 s»."""
    if seconds < 60:
        return screen.words.say(mark("{n} s"), n=round(seconds))
    return formats.span(screen.words, timedelta(seconds=seconds))
