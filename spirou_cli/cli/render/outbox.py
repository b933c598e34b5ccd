"""The outbox on a screen: each row that has not surely arrived, why, and what can be done."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime, tzinfo

from spirou_cli.cli.render import formats
from spirou_cli.cli.render.changes import command
from spirou_cli.cli.render.messages import Words
from spirou_cli.cli.render.reasons import CODES, why
from spirou_cli.cli.render.records import Json
from spirou_cli.cli.render.screen import Screen
from spirou_cli.cli.render.table import Span, Style
from spirou_cli.cli.render.taskdata import utc
from spirou_cli.domain import delivery as d
from spirou_cli.domain.errors import mark
from spirou_cli.domain.ops import OpKind, OpState
from spirou_cli.domain.reason import Reason
from spirou_cli.service.outbox import Row

__all__ = ["HEADINGS", "as_json", "kind_words", "listing", "record", "show"]

HEADINGS = ("id", "task", "provider", "kind", "state", "attempts", "not_before", "error")

_KINDS = {
    OpKind.SUBMIT: mark("new task"),
    OpKind.REPLY: mark("answer"),
    OpKind.EDIT: mark("change"),
    OpKind.CANCEL: mark("cancel"),
    OpKind.REOPEN: mark("sent back"),
    OpKind.ACCEPT: mark("acceptance"),
}

_STEPS: dict[type[d.Step], str] = {
    d.Claim: mark("leaves with the next sync"),
    d.LookUp: mark("the answer was lost; the next sync looks whether it arrived"),
    d.Withdraw: mark("its task never left; the next sync drops it"),
}

_SETTLED = {
    OpState.DONE: mark("arrived"),
    OpState.REJECTED: mark("refused"),
    OpState.WITHDRAWN: mark("withdrawn"),
}

_DAMAGED = mark("what was to be sent has been changed on the disk; it is not sent")


def kind_words(words: Words, kind: OpKind) -> str:
    """A kind of op in two words."""
    return words.say(_KINDS[kind])


def listing(screen: Screen, rows: Sequence[Row], zone: tzinfo) -> None:
    """Each row, then why it waits; the command under one that only the person can settle."""
    if not rows:
        screen.say(mark("Everything that left has arrived."))
    for row in rows:
        what = (
            f"{row.op.seq:>4}  {kind_words(screen.words, row.op.kind)}: {row.task.number}  {row.task.title}"
        )
        screen.split(what, row.account.name)
        screen.text("      " + explained(screen.words, row, zone), _style(row))
        if _is_theirs(row):
            screen.line("      > ", Span(f"spirou outbox show {row.op.seq}", Style.COMMAND))


def explained(words: Words, row: Row, zone: tzinfo) -> str:
    """Why a row stands where it stands, in a sentence without an end."""
    op = row.op
    if op.state in _SETTLED:
        word = words.say(_SETTLED[op.state])
        return words.say(mark("{state}: {error}"), state=word, error=op.error) if op.error else word
    if op.error == "payload_damaged":
        return words.say(_DAMAGED)
    if op.state is OpState.HELD:
        return _held(words, row, zone)
    match row.step:
        case d.Wait(why=code, until=until):
            reason = Reason(code, (until,) if until is not None else ())
            text = why(words, reason, provider=row.account.name, zone=zone)
            return (
                words.say(mark("{why} ({error})"), why=text, error=op.error.rstrip(".")) if op.error else text
            )
        case d.Hold(why=code):
            return why(words, Reason(code), provider=row.account.name, zone=zone)
        case d.Claim() if op.state is OpState.UNCERTAIN:
            return words.say(mark("the answer was lost; it is sent again, which they take once"))
        case d.Claim() | d.LookUp() | d.Withdraw():
            return words.say(_STEPS[type(row.step)])
    return op.state.value


def show(screen: Screen, row: Row, zone: tzinfo) -> None:
    """One row whole, what it carries, and the ways to settle it."""
    words, op = screen.words, row.op
    title = f"{op.seq}  {kind_words(words, op.kind)}: {row.task.number}  {row.task.title}"
    screen.text(title, Style.HEADING)
    screen.text(explained(words, row, zone), _style(row))
    facts = [
        (words.say(mark("Provider")), row.account.name),
        (words.say(mark("Tries")), str(op.attempts)),
        (words.say(mark("First sent")), _moment(words, op.first_sent_at, zone)),
        (words.say(mark("Last try")), _moment(words, op.last_attempt_at, zone)),
        (words.say(mark("Its key")), op.id),
    ]
    screen.definitions(facts)
    if row.payload is None:
        screen.blank()
        screen.say(_DAMAGED if op.state not in _SETTLED else mark("What it carried was forgotten."))
    elif carried := _carried(row):
        screen.blank()
        screen.block(carried)
    if op.state not in _SETTLED:
        _ways_out(screen, row)


def record(row: Row) -> tuple[str | int, ...]:
    """One row as a tab-separated record."""
    op = row.op
    until = utc(op.not_before) if op.not_before is not None else ""
    return (
        op.seq,
        row.task.number,
        row.account.name,
        op.kind.value,
        op.state.value,
        op.attempts,
        until,
        op.error,
    )


def as_json(row: Row, words: Words, zone: tzinfo) -> Json:
    """One row of ``spirou.outbox/1``; ``next`` is what the next sync would do with it."""
    op = row.op
    return {
        "id": op.seq,
        "key": op.id,
        "task": row.task.number,
        "provider": row.account.name,
        "kind": op.kind.value,
        "state": op.state.value,
        "repeat": row.how.value,
        "attempts": op.attempts,
        "first_sent_at": _utc(op.first_sent_at),
        "last_attempt_at": _utc(op.last_attempt_at),
        "not_before": _utc(op.not_before),
        "error": op.error or None,
        "next": type(row.step).__name__.lower() if row.step is not None else None,
        "why": explained(words, row, zone),
        "payload": row.payload,
    }


def _held(words: Words, row: Row, zone: tzinfo) -> str:
    op = row.op
    text = words.say(mark("may or may not have reached {provider}"), provider=row.account.name)
    if not op.error:
        return text
    said = (
        why(words, Reason(op.error), provider=row.account.name, zone=zone) if op.error in CODES else op.error
    )
    return words.say(mark("{what}: {why}"), what=text, why=said)


def _is_theirs(row: Row) -> bool:
    return row.op.state is OpState.HELD


def _style(row: Row) -> Style:
    return Style.WARNING if _is_theirs(row) else Style.FAINT


def _ways_out(screen: Screen, row: Row) -> None:
    seq = row.op.seq
    screen.blank()
    if row.op.state is not OpState.QUEUED:
        screen.say(
            mark("Look at {provider} whether it is there, then say what is true:"), provider=row.account.name
        )
        command(screen, f"spirou outbox resolve {seq} --was-sent REF")
        command(screen, f"spirou outbox resolve {seq} --send-again")
    command(screen, f"spirou outbox resolve {seq} --withdraw")


def _carried(row: Row) -> str:
    """The words that a row carries: the brief, the answer; else its fields."""
    payload = row.payload.get("brief", row.payload) if isinstance(row.payload, dict) else row.payload
    if isinstance(payload, dict) and ("title" in payload or "text" in payload):
        return "\n".join(str(payload[name]) for name in ("title", "text", "body") if payload.get(name))
    return json.dumps(payload, ensure_ascii=False, indent=1) if payload else ""


def _moment(words: Words, at: int | None, zone: tzinfo) -> str:
    if at is None:
        return words.say(mark("never"))
    moment = formats.moment(at, zone)
    return f"{formats.day(words, moment.date(), datetime.now(zone).date())} {formats.clock_time(moment)}"


def _utc(at: int | None) -> str | None:
    return None if at is None else str(utc(at))
