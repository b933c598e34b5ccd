"""What a change did, in one or two lines, and as JSON: added, sent, asked, refused, canceled."""

from __future__ import annotations

from datetime import tzinfo

from spirou_cli.cli.render import formats
from spirou_cli.cli.render.reasons import why
from spirou_cli.cli.render.records import Json
from spirou_cli.cli.render.screen import Screen
from spirou_cli.cli.render.table import Span, Style
from spirou_cli.domain import fit
from spirou_cli.domain.errors import mark
from spirou_cli.domain.states import TaskState
from spirou_cli.domain.task import Task
from spirou_cli.service.placing import Placed

__all__ = ["command", "destination", "json_placed", "outcome", "saved", "stopped", "ways_out"]


_NEXT_SYNC = mark("Leaves with the next sync.")


def saved(screen: Screen, placed: Placed, *, quiet: bool) -> None:
    """«Saved as 19.», as soon as it is durable; just the number for a script."""
    number = placed.task.number
    if quiet:
        screen.line(str(number))
    elif placed.existing:
        screen.say(mark("Saved before as {number}; nothing was done."), number=number)
    else:
        screen.say(mark("Saved as {number}."), number=number)
    screen.flush()


def destination(screen: Screen, placed: Placed, zone: tzinfo) -> None:
    """Where it goes, what leaves the machine, what it takes of the plan; before it happens."""
    words, task = screen.words, placed.task
    if placed.account is None:
        screen.say(mark("Kept here as a draft. Send it: spirou send {number}"), number=task.number)
        return
    if placed.new_account:
        screen.say(
            mark("No provider was set up: made “{name}”, a folder to share, at {path}."),
            name=placed.account.name,
            path=placed.account.settings.get("path", ""),
        )
    files = len(task.attachments)
    what = (
        words.plural("title, {n} file", "title, {n} files", files)
        if files
        else words.say(mark("title and brief, no files") if task.body else mark("title, no files"))
    )
    facts = [words.say(mark("To {provider}: {what}."), provider=placed.account.name, what=what)]
    verdict = placed.verdict
    if isinstance(verdict, fit.Send) and verdict.places is not None:
        facts.append(
            words.say(
                mark("{place} of {places} open after this."), place=verdict.place or 0, places=verdict.places
            )
        )
    if task.due_at is not None:
        facts.append(due(screen, task, zone))
    screen.text(" ".join(facts))


def due(screen: Screen, task: Task, zone: tzinfo) -> str:
    """«Due Thu 26 Nov, end of day.»: the date as it was understood."""
    words = screen.words
    at = formats.moment(task.due_at or 0, zone)
    day = formats.day(words, at.date(), formats.moment(task.created_at, zone).date())
    if task.due_is_day:
        return words.say(mark("Due {day}, end of day."), day=day)
    return words.say(mark("Due {day} at {time}."), day=day, time=formats.clock_time(at))


def outcome(screen: Screen, task: Task, provider: str, zone: tzinfo) -> None:
    """What became of the sending."""
    words = screen.words
    match task.state:
        case TaskState.SUBMITTED | TaskState.WORKING:
            screen.say(mark("Sent, their number {ref}."), ref=task.ref or "?")
            if task.url:
                screen.line("> ", Span(task.url, Style.COMMAND))
            screen.say(mark("Their answer, when it comes: spirou sync, then spirou status"))
        case TaskState.UNCONFIRMED:
            screen.say(
                mark("Not sure it arrived at {provider}: it is looked up at the next sync."),
                provider=provider,
            )
            screen.line("> ", Span("spirou sync", Style.COMMAND))
        case TaskState.REJECTED:
            screen.say(
                mark("{provider} refused: {why}."),
                provider=provider,
                why=why(words, task.reason, provider=provider, zone=zone),
            )
            ways_out(screen, task)
        case TaskState.QUEUED:
            reason = why(words, task.reason, provider=provider, zone=zone)
            text = mark("Waits here: {why}. It leaves by itself.") if reason else _NEXT_SYNC
            screen.say(text, why=reason)
        case _:
            not_placed(screen, task, provider, zone)


def not_placed(screen: Screen, task: Task, provider: str, zone: tzinfo) -> None:
    """Why fit kept it here, and the ways out."""
    words = screen.words
    reason = task.reason
    if reason is not None and reason.code == "too_long":
        limit, asked = reason.figures
        screen.say(
            mark("{provider} takes tasks of {limit} at most; this one says {asked}. Not sent."),
            provider=provider,
            limit=formats.hours(limit),
            asked=formats.hours(asked),
        )
        command(screen, f"spirou edit {task.number} --max-time {limit // 60}m   , spirou send {task.number}")
    elif reason is not None:
        screen.say(
            mark("{provider}: {why}. Not sent."),
            provider=provider,
            why=why(words, reason, provider=provider, zone=zone),
        )
        if task.state is TaskState.AWAITING_APPROVAL:
            command(screen, f"spirou send {task.number} --yes")


def ways_out(screen: Screen, task: Task) -> None:
    """What can be done with a refused task."""
    command(screen, f"spirou reassign {task.number} --to NAME")
    command(screen, f"spirou cancel {task.number}")


def command(screen: Screen, text: str) -> None:
    """A line that can be pasted."""
    screen.line("> ", Span(text, Style.COMMAND))


def json_placed(placed: Placed, task: Task, *, dry_run: bool = False) -> Json:
    """``spirou.task/1`` for a change: the task's number and where it stands."""
    return {
        "id": task.number,
        "title": task.title,
        "state": task.state.value,
        "provider": placed.account.name if placed.account else None,
        "ref": task.ref,
        "url": task.url,
        "reason": (
            {"code": task.reason.code, "figures": list(task.reason.figures), "text": task.reason.text or None}
            if task.reason
            else None
        ),
        "existing": placed.existing,
        "dry_run": dry_run,
    }


def stopped(screen: Screen, provider: str, error: str) -> None:
    """Why nothing more leaves to a provider for now."""
    screen.note(
        mark("{provider} did not take it: {error}. It is saved and leaves with the next sync."),
        provider=provider,
        error=error,
    )
    screen.aside(f"> spirou sync {provider}")
