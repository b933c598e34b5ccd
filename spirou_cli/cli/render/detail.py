"""One task on a screen: facts, brief, thread, files, time, what waits, and its history."""

from __future__ import annotations

from datetime import tzinfo

from spirou_cli.cli.render import formats
from spirou_cli.cli.render.reasons import notice_words, why
from spirou_cli.cli.render.records import Json, with_untrusted
from spirou_cli.cli.render.screen import Screen
from spirou_cli.cli.render.story import sentence
from spirou_cli.cli.render.table import Column, Span, Style, Table
from spirou_cli.cli.render.taskdata import UNTRUSTED, json_task, next_commands, utc
from spirou_cli.cli.render.tasks import careful, cost_words
from spirou_cli.domain.errors import mark
from spirou_cli.domain.states import TaskState
from spirou_cli.service.overview import Detail
from spirou_cli.storage.queries import Artifact, Message, Usage

__all__ = ["as_json", "thread", "write"]


def write(screen: Screen, found: Detail, zone: tzinfo, *, history: bool = False) -> None:
    """The whole page."""
    task = found.line.task
    title = screen.words.say(mark("(forgotten)")) if task.forgotten else task.title
    screen.line(Span(f"{task.number}  {title}", Style.HEADING))
    _facts(screen, found, zone)
    if task.body:
        _heading(screen, mark("Brief"))
        screen.block(task.body)
    if found.messages:
        _heading(screen, mark("Thread"))
        thread(screen, found, zone)
    if found.artifacts:
        _heading(screen, mark("Files"))
        _files(screen, found)
    if found.usage:
        _heading(screen, mark("Time and cost"))
        _usage(screen, found, zone)
    if history:
        _heading(screen, mark("History"))
        for event in found.events:
            when = _moment(screen, event.at, found.at, zone)
            said = sentence(screen.words, event.event, provider=found.line.provider, zone=zone)
            screen.line(f"{when}  ", said)
    commands = [c for c in next_commands(found.line) if not c.startswith("spirou show")]
    if commands:
        screen.blank()
        for command in commands:
            screen.line("> ", Span(command, Style.COMMAND))


def thread(screen: Screen, found: Detail, zone: tzinfo) -> None:
    """The messages, each behind a bar that says whose words they are."""
    words = screen.words
    waiting = {op.id for op in found.ops if op.state not in ("done", "rejected", "withdrawn")}
    for message in found.messages:
        who = words.say(mark("you")) if message.mine else (message.sender or found.line.provider)
        when = _moment(screen, message.at, found.at, zone)
        note = words.say(mark(" (not sent yet)")) if message.op_id in waiting else ""
        screen.line(Span(f"{who}, {when}{note}", Style.FAINT))
        for notice in message.notices:
            screen.line("  ", Span(notice_words(words, notice), Style.WARNING))
        screen.block(message.text)


def as_json(found: Detail, zone: tzinfo) -> Json:
    """``spirou.show/1``: the task of ``spirou.list/1`` with all that belongs to it."""
    document = json_task(found.line, found.at, zone)
    document |= {
        "brief": found.line.task.body,
        "attachments": [
            {"name": ref.name, "size": ref.size, "sha256": ref.sha256} for ref in found.line.task.attachments
        ],
        "replaces": found.replaces,
        "replaced_by": found.replaced_by,
        "messages": [_message_json(message) for message in found.messages],
        "files": [_file_json(artifact) for artifact in found.artifacts],
        "usage": [_usage_json(usage) for usage in found.usage],
        "ops": [
            {"id": op.seq, "kind": op.kind.value, "state": op.state.value, "error": op.error or None}
            for op in found.ops
        ],
        "history": [
            {"seq": event.seq, "at": utc(event.at), "event": type(event.event).__name__}
            for event in found.events
        ],
    }
    return with_untrusted(
        document, *UNTRUSTED, "messages.text", "messages.sender", "files.name", "usage.note"
    )


def _facts(screen: Screen, found: Detail, zone: tzinfo) -> None:
    words, line = screen.words, found.line
    task = line.task
    state = formats.state(words, task.state, why(words, task.reason, provider=line.provider, zone=zone))
    if task.cancel_requested:
        state += words.say(mark(", cancel asked"))
    if task.gone:
        state += words.say(mark(", no longer at the provider"))
    facts: list[tuple[str, str]] = [(mark("State"), state)]
    if task.native:
        facts.append((mark("Their word"), task.native))
    if line.provider:
        facts.append((mark("Provider"), f"{line.provider} {task.ref or ''}".rstrip()))
    if page := formats.page(task.url):
        facts.append((mark("Address"), page))
    if task.due_at is not None:
        due = formats.due(
            words,
            formats.moment(task.due_at, zone),
            formats.moment(found.at, zone).date(),
            is_day=task.due_is_day,
        )
        facts.append((mark("Due"), due))
    if task.max_time_s is not None:
        facts.append((mark("Time at most"), formats.hours(task.max_time_s)))
    if task.max_cost is not None:
        facts.append((mark("Cost at most"), formats.amount(words, task.max_cost)))
    if task.project:
        facts.append((mark("Project"), task.project))
    if task.tags:
        facts.append((mark("Tags"), ", ".join(task.tags)))
    if task.attachments:
        facts.append((mark("Files sent"), ", ".join(ref.name for ref in task.attachments)))
    if line.seconds is not None:
        facts.append((mark("Used"), formats.hours(line.seconds)))
    facts.append((mark("Cost"), cost_words(screen, line.cost)))
    if task.rating is not None:
        facts.append((mark("Rating"), f"{task.rating}/5"))
    if found.replaces is not None:
        facts.append((mark("Takes over from"), str(found.replaces)))
    if found.replaced_by is not None:
        facts.append((mark("Taken over by"), str(found.replaced_by)))
    screen.definitions([(words.say(name), value) for name, value in facts])
    if task.state is TaskState.INPUT_REQUIRED and task.question:
        screen.blank()
        screen.line(formats.quoted(words, task.question))
        careful(screen, task.question)


def _heading(screen: Screen, text: str) -> None:
    screen.blank()
    screen.line(Span(screen.words.say(text), Style.HEADING))


def _files(screen: Screen, found: Detail) -> None:
    words, rows = screen.words, []
    for artifact in found.artifacts:
        where = "" if artifact.path else mark("not fetched") if artifact.locator else mark("forgotten")
        rows.append((artifact.name, formats.size(words, artifact.size), words.say(where)))
    columns = (Column("", title=True), Column("", right=True), Column(""))
    screen.table(Table(columns, rows, headings=False))
    screen.line("> ", Span(f"spirou files {found.line.task.number} get", Style.COMMAND))


def _usage(screen: Screen, found: Detail, zone: tzinfo) -> None:
    words = screen.words
    rows = []
    for usage in found.usage:
        unit = (
            formats.hours(usage.quantity)
            if usage.unit in ("second", "own_second")
            else f"{usage.quantity} {usage.unit}"
        )
        if usage.mine is not None:
            mine = formats.hours(usage.mine) if usage.unit in ("second", "own_second") else str(usage.mine)
            unit = words.say(mark("{theirs} (you: {mine})"), theirs=unit, mine=mine)
        cost = formats.amount(words, usage.cost) if usage.cost else ""
        day = formats.day(
            words, formats.moment(usage.used_at, zone).date(), formats.moment(found.at, zone).date()
        )
        rows.append((str(usage.id), day, unit, cost, usage.note))
    columns = (
        Column("", right=True),
        Column(""),
        Column("", right=True),
        Column("", right=True),
        Column("", title=True),
    )
    screen.table(Table(columns, rows, headings=False))


def _moment(screen: Screen, at: int, now: int, zone: tzinfo) -> str:
    moment, today = formats.moment(at, zone), formats.moment(now, zone).date()
    return f"{formats.day(screen.words, moment.date(), today)} {formats.clock_time(moment)}"


def _message_json(message: Message) -> Json:
    return {
        "at": utc(message.at),
        "mine": message.mine,
        "sender": message.sender or None,
        "text": message.text,
        "question": message.question,
        "notices": list(message.notices),
    }


def _file_json(artifact: Artifact) -> Json:
    return {
        "name": artifact.name,
        "size": artifact.size,
        "media_type": artifact.media_type,
        "sha256": artifact.sha256,
        "path": artifact.path,
    }


def _usage_json(usage: Usage) -> Json:
    return {
        "id": usage.id,
        "used_at": utc(usage.used_at),
        "unit": usage.unit,
        "quantity": usage.quantity,
        "mine": usage.mine,
        "cost": usage.cost,
        "basis": usage.basis,
        "source": usage.source,
        "note": usage.note,
    }
