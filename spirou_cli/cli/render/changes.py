"""What a change did, in one or two lines, and as JSON: added, sent, asked, refused, canceled."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import tzinfo
from typing import TYPE_CHECKING, Literal

from spirou_cli.cli.render import failing, formats
from spirou_cli.cli.render.reasons import why
from spirou_cli.cli.render.screen import Screen
from spirou_cli.cli.render.table import Span, Style
from spirou_cli.domain import fit
from spirou_cli.domain.errors import mark
from spirou_cli.domain.ops import OpKind, OpState, Repeat
from spirou_cli.domain.states import TaskState
from spirou_cli.domain.task import Task

if TYPE_CHECKING:
    from spirou_cli.service.answers import Canceled, Reassignment
    from spirou_cli.service.outbox import Row
    from spirou_cli.service.placing import Placed

__all__ = [
    "FIELDS",
    "CancelEnd",
    "accepted",
    "arrived",
    "canceled",
    "command",
    "destination",
    "due",
    "edited",
    "end_of_cancel",
    "message_saved",
    "not_sure",
    "outcome",
    "reassigning",
    "saved",
    "stopped",
    "takes_back",
    "ways_out",
]


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
        kept = words.say(mark("Kept here as a draft. Send it: spirou send {number}"), number=task.number)
        screen.text(" ".join([due(screen, task, zone), kept] if task.due_at is not None else [kept]))
        return
    if placed.new_account:
        screen.say(
            mark("No provider was set up: made “{name}”, a folder to share, at {path}."),
            name=placed.account.name,
            path=placed.account.settings.get("path", ""),
        )
    what = _what(screen, task)
    facts = [words.say(mark("To {provider}: {what}."), provider=placed.account.name, what=what)]
    if isinstance(placed.verdict, fit.Send):
        facts.append(_taken(screen, placed.verdict))
    if task.due_at is not None:
        facts.append(due(screen, task, zone))
    screen.text(" ".join(fact for fact in facts if fact))


def _taken(screen: Screen, verdict: fit.Send) -> str:
    """What a task takes of the plan: its fee pays for it, it is the ninth of ten; "" if neither is known."""
    if verdict.places is None:
        return screen.words.say(mark("Included in your plan.")) if verdict.included else ""
    text = mark("{place} of {places} open after this.")
    if verdict.included:
        text = mark("Included in your plan ({place} of {places} open after this).")
    return screen.words.say(text, place=verdict.place or 0, places=verdict.places)


def _what(screen: Screen, task: Task) -> str:
    """What leaves the machine with a task."""
    words, files = screen.words, len(task.attachments)
    if files and task.body:
        return words.plural("title, brief, {n} file", "title, brief, {n} files", files)
    if files:
        return words.plural("title, {n} file", "title, {n} files", files)
    return words.say(mark("title and brief, no files") if task.body else mark("title, no files"))


def due(screen: Screen, task: Task, zone: tzinfo) -> str:
    """«Due Thu 26 Nov, end of day.»: the date as it was understood."""
    words = screen.words
    at = formats.moment(task.due_at or 0, zone)
    day = formats.day(words, at.date(), formats.moment(task.created_at, zone).date())
    if task.due_is_day:
        return words.say(mark("Due {day}, end of day."), day=day)
    return words.say(mark("Due {day} at {time}."), day=day, time=formats.clock_time(at))


def outcome(screen: Screen, task: Task, provider: str, zone: tzinfo, takers: Sequence[str] = ()) -> None:
    """What became of the sending; ``takers`` are other providers that would take it."""
    words = screen.words
    match task.state:
        case TaskState.SUBMITTED | TaskState.WORKING:
            screen.say(mark("Sent, their number {ref}."), ref=task.ref or "?")
            if page := formats.page(task.url):
                screen.line("> ", Span(page, Style.COMMAND))
            screen.say(mark("Their answer, when it comes: spirou sync, then spirou status"))
        case TaskState.UNCONFIRMED:
            pass  # its row of the outbox says how that is settled: not_sure
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
            not_placed(screen, task, provider, zone, takers)


_MENDS = {
    "budget_used": "spirou budget show",
    "no_rate": "spirou fx add {pair} RATE",
    "over_budget": "spirou budget show",
}


def not_placed(screen: Screen, task: Task, provider: str, zone: tzinfo, takers: Sequence[str] = ()) -> None:
    """Why fit kept it here, and the ways out; ``takers`` are providers that would take it."""
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
        for name in takers:
            command(screen, f"spirou send {task.number} --to {name}")
        shorter = f"spirou edit {task.number} --max-time {limit // 60}m"
        screen.line(
            "> ",
            Span(shorter, Style.COMMAND),
            words.say(mark("      then {command}"), command=f"spirou send {task.number}"),
        )
    elif reason is not None:
        screen.say(
            mark("{provider}: {why}. Not sent."),
            provider=provider,
            why=why(words, reason, provider=provider, zone=zone),
        )
        if reason.code in _MENDS:
            command(screen, _MENDS[reason.code].format(pair=reason.text))
        if task.state is TaskState.AWAITING_APPROVAL:
            command(screen, f"spirou send {task.number} --yes")


def arrived(
    screen: Screen, task: Task, provider: str, kind: OpKind, fate: OpState, zone: tzinfo, *, quiet: bool
) -> None:
    """What became of something said about a task that the provider has."""
    match fate:
        case OpState.DONE if not quiet and kind not in {OpKind.CANCEL, OpKind.ACCEPT}:
            screen.say(mark("Sent."))
        case OpState.REJECTED if kind is not OpKind.CANCEL:
            reason = why(screen.words, task.reason, provider=provider, zone=zone)
            screen.say(mark("{provider} refused: {why}."), provider=provider, why=reason)


def not_sure(screen: Screen, row: Row, provider: str) -> None:
    """That an answer was lost, and how that is settled: by the next sync, or by the person."""
    if row.op.state is OpState.HELD:
        screen.say(mark("Not sure it arrived at {provider}, and they can't tell."), provider=provider)
        command(screen, f"spirou outbox show {row.op.seq}")
    elif row.op.state is OpState.UNCERTAIN:
        looked = mark("Not sure it arrived at {provider}: it is looked up at the next sync.")
        again = mark("Not sure it arrived at {provider}: the next sync sends it again, which they take once.")
        screen.say(looked if row.how is Repeat.LOOKUP else again, provider=provider)
        command(screen, "spirou sync")


CancelEnd = Literal["confirmed", "local", "asked", "unsure", "kept", "impossible"]


def end_of_cancel(done: Canceled, now: Task, fate: OpState) -> CancelEnd:
    """How a cancel ended so far.

    ``local``: closed here, it may run there; ``unsure``: its answer was lost; ``kept``: not asked yet.
    """
    if done.here:
        return "confirmed" if done.known_stopped else "local"
    if now.state is TaskState.CANCELED:
        return "confirmed"
    if fate is OpState.REJECTED:
        return "impossible"
    if fate in (OpState.UNCERTAIN, OpState.HELD):
        return "unsure"
    return "kept" if fate is OpState.QUEUED else "asked"


def canceled(screen: Screen, done: Canceled, now: Task, end: CancelEnd, zone: tzinfo) -> None:
    """The ends of a cancel, told apart."""
    provider = done.account.name if done.account else ""
    message = {
        "confirmed": mark("Canceled {number}.")
        if done.here
        else mark("Canceled {number}: {provider} confirms."),
        "local": mark("Closed {number} here only: at {provider} it may still run and cost."),
        "asked": mark("Asked {provider} to stop {number}: it may run and cost until they confirm."),
        "unsure": mark("Asked {provider} to stop {number}; they may not have heard; it may run and cost."),
        "kept": mark("{provider} has not been asked yet to stop {number}."),
        "impossible": mark("{provider} can't stop {number}: {why}. It is still open."),
    }[end]
    if done.here and done.known_stopped:
        message = mark("Canceled {number}.")
    reason = why(screen.words, now.reason, provider=provider, zone=zone)
    screen.say(message, number=now.number, provider=provider, why=reason)


def message_saved(screen: Screen, task: Task, provider: str, *, files: int = 0) -> None:
    """Where words about a task go, before they leave."""
    words = screen.words
    number = task.number
    if files:
        what = words.plural("your words and {n} file", "your words and {n} files", files)
        screen.say(
            mark("To {provider}, about {number}: {what}."), provider=provider, number=number, what=what
        )
    else:
        screen.say(mark("To {provider}, about {number}: your words."), provider=provider, number=number)
    screen.flush()


FIELDS = {
    "title": mark("title"),
    "body": mark("brief"),
    "due_at": mark("due"),
    "max_time_s": mark("time at most"),
    "max_cost": mark("cost at most"),
    "priority": mark("priority"),
    "project": mark("project"),
    "attachments": mark("files"),
}


def edited(screen: Screen, before: Task, task: Task, zone: tzinfo) -> None:
    """What differs now, with the date as it was understood."""
    words = screen.words
    names = [words.say(text) for name, text in FIELDS.items() if getattr(before, name) != getattr(task, name)]
    if not names:
        screen.say(mark("{number} is like that already; nothing was changed."), number=task.number)
        return
    facts = [words.say(mark("Changed {number}: {fields}."), number=task.number, fields=", ".join(names))]
    if task.due_at is not None and task.due_at != before.due_at:
        facts.append(due(screen, task, zone))
    screen.text(" ".join(facts))
    screen.flush()


def accepted(screen: Screen, task: Task) -> None:
    """A task that is done, and how good it was."""
    if task.rating is None:
        screen.say(mark("Accepted {number}: done."), number=task.number)
    else:
        screen.say(mark("Accepted {number}: done, {stars}/5."), number=task.number, stars=task.rating)
    screen.flush()


def reassigning(screen: Screen, planned: Reassignment) -> None:
    """What leaves whom for whom, before it happens; a thread that goes along is shown."""
    words, old = screen.words, planned.old
    provider = planned.account.name if planned.account else ""
    plan = (
        mark("Stops {number} at {provider}, then sends it to {to}: {what}.")
        if planned.stops
        else mark("Sends {number} to {to}: {what}.")
    )
    screen.say(plan, number=old.number, provider=provider, to=planned.to.name, what=_what(screen, old))
    if planned.thread:
        screen.say(mark("This goes to {to} with the brief:"), to=planned.to.name)
        screen.block(planned.thread)
    verdict = planned.verdict
    if not isinstance(verdict, fit.Send):
        reason = why(words, verdict.reason, provider=planned.to.name)
        screen.say(mark("{provider}: {why}."), provider=planned.to.name, why=reason)


def ways_out(screen: Screen, task: Task) -> None:
    """What can be done with a refused task."""
    command(screen, f"spirou reassign {task.number} --to NAME")
    command(screen, f"spirou cancel {task.number}")


def command(screen: Screen, text: str) -> None:
    """A line that can be pasted."""
    screen.line("> ", Span(text, Style.COMMAND))


def takes_back(screen: Screen, number: int) -> None:
    """What takes back an entry of the log."""
    back = screen.words.say(mark("      takes it back"))
    screen.line("> ", Span(f"spirou charge remove {number}", Style.COMMAND), back)


def stopped(screen: Screen, provider: str, error: Exception) -> None:
    """Why nothing more leaves to a provider for now."""
    screen.note(
        mark("{provider} did not take it: {error}. It is saved and leaves with the next sync."),
        provider=provider,
        error=failing.text(screen, error),
    )
    screen.aside("> " + failing.next_command(screen, error, provider))
