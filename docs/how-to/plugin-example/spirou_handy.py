"""Delegates to a Handy desk: an invented service with two addresses, and all that an adapter must know.

``POST /tasks`` makes a task and remembers its Idempotency-Key for ever. ``GET /events?after=N`` says
what happened since event N, a hundred at a time.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from spirou_cli.adapters import (
    BaseAdapter,
    Batch,
    Brief,
    Capabilities,
    Connection,
    CursorExpired,
    MessageReceived,
    OpenTask,
    OpKind,
    ProtocolError,
    Ref,
    Repeat,
    Repeatability,
    Report,
    Setting,
    StateChanged,
    Submitted,
    TaskState,
    Unreadable,
    UsageReported,
)

STATES = {
    "open": TaskState.SUBMITTED,
    "started": TaskState.WORKING,
    "done": TaskState.DELIVERED,
    "declined": TaskState.REJECTED,
}


class HandyAdapter(BaseAdapter):
    """One account at a Handy desk."""

    kind = "handy"
    settings = (
        Setting(name="url", help="The address of the desk.", type="url"),
        Setting(name="key", help="Your key, from Settings → API.", secret=True),
    )

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection)
        self.http = connection.http()
        self.http.use_header("X-Handy-Key", connection.secret("key"))

    def check(self) -> Capabilities:
        self.http.read("GET", "events", params={"after": "0"})
        return self.capabilities()

    def capabilities(self) -> Capabilities:
        return Capabilities(
            reports_time=True,
            worker="human",
            repeat={OpKind.SUBMIT: Repeatability(Repeat.KEY)},
        )

    def submit(self, brief: Brief) -> Submitted:
        task = {"title": brief.title, "text": brief.body}
        answer = self.http.write("POST", "tasks", json=task, headers={"Idempotency-Key": brief.op_key})
        match answer.json():
            case {"id": int(number)}:
                return Submitted(Ref(str(number)))
        raise ProtocolError("The desk took the task and gave it no number.")

    def pull(self, cursor: str | None, open_tasks: Sequence[OpenTask]) -> Batch:
        after = cursor or "0"
        if not after.isdecimal():
            raise CursorExpired("This is no cursor of a Handy desk.")
        match self.http.read("GET", "events", params={"after": after}).json():
            case {"events": list(events), "last": int(last), "more": bool(more)}:
                return Batch(tuple(map(report, events)), str(last), more)
        raise ProtocolError("The desk answered something that is no list of events.")


def report(event: Any) -> Report:
    """One event as a report. What can't be understood is kept and named; the others go on."""
    match event:
        case {"id": int(key), "task": int(task), "type": "state", "state": str(native)}:
            reason = event.get("reason")
            return StateChanged(
                key=str(key), ref=str(task), state=STATES.get(native), native=native, reason=reason
            )
        case {"id": int(key), "task": int(task), "type": "message", "text": str(text)}:
            question = event.get("question") is True
            return MessageReceived(key=str(key), ref=str(task), text=text, question=question)
        case {"id": int(key), "task": int(task), "type": "work", "line": int(line), "minutes": int(minutes)}:
            return UsageReported(
                key=str(key),
                ref=str(task),
                unit="second",
                quantity=minutes * 60,
                series=str(line),  # a line that is corrected comes again, and replaces
                cumulative=True,
                note=str(event.get("note", "")),
            )
        case {"id": int(key)}:
            return Unreadable(
                key=str(key), ref=str(event.get("task", "?")), reason="an event of no known type"
            )
    raise ProtocolError("The desk told an event without a number.")
