"""The adapter of the provider fake: one that can settle a lost answer in any of the four ways."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

from spirou_cli.adapters import (
    KEY_REUSED,
    ArtifactReceived,
    BaseAdapter,
    Batch,
    Brief,
    CancelOutcome,
    Capabilities,
    Connection,
    CursorExpired,
    Message,
    MessageReceived,
    Money,
    NotFound,
    OpenTask,
    OpKind,
    PendingOp,
    ProtocolError,
    Ref,
    Rejected,
    Repeat,
    Repeatability,
    Report,
    Setting,
    StateChanged,
    Submitted,
    TaskState,
    Uncertain,
    Unreadable,
    UsageReported,
)

OPS = (OpKind.SUBMIT, OpKind.REPLY, OpKind.CANCEL, OpKind.ACCEPT)
STATES = {
    "open": TaskState.SUBMITTED,
    "started": TaskState.WORKING,
    "asking": TaskState.INPUT_REQUIRED,
    "done": TaskState.DELIVERED,
    "declined": TaskState.REJECTED,
}


class HttpDemo(BaseAdapter):
    """One account at the fake; the setting ``how`` says how its writes can be repeated."""

    kind = "http-demo"
    settings = (
        Setting(name="url", help="The address of the fake.", type="url"),
        Setting(name="key", help="Any key will do.", secret=True),
        Setting(
            name="http_on_loopback", help="Allow plain http.", type="choice", choices=("yes",), default="yes"
        ),
        Setting(
            name="how", help="How writes repeat.", type="choice", choices=("K", "N", "L", "B"), default="K"
        ),
        Setting(name="settle", help="Seconds until a look-up sees a write.", type="int", default="0"),
        Setting(name="lifetime", help="Seconds that a key is remembered; 0: for ever.", default="0"),
        Setting(name="connections", help="Writes at once.", type="int", default="1"),
    )

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection)
        self.how = Repeat(connection.settings.get("how", "K"))
        self.http = connection.http()
        self.http.use_header("X-Demo-Key", connection.secret("key"))

    def check(self) -> Capabilities:
        self.http.read("GET", "news", params={"after": "0"})
        return self.capabilities()

    def capabilities(self) -> Capabilities:
        lifetime = int(self.connection.settings.get("lifetime", "0")) or None
        settle = int(self.connection.settings.get("settle", "0"))
        return Capabilities(
            reply=True,
            cancel=True,
            accept=True,
            find=self.how is Repeat.LOOKUP,
            reports_time=True,
            reports_cost=True,
            fetch_on_pull=True,
            worker="human",
            repeat={kind: Repeatability(self.how, lifetime, settle) for kind in OPS},
            max_connections=int(self.connection.settings.get("connections", "1")),
        )

    def submit(self, brief: Brief) -> Submitted:
        return Submitted(self._write(brief.op_key, "submit", None, [brief.title, brief.body]))

    def reply(self, ref: Ref, op_key: str, message: Message) -> Sequence[Report]:
        self._write(op_key, "reply", ref, [message.text])
        return ()

    def cancel(self, ref: Ref, op_key: str) -> CancelOutcome:
        self._write(op_key, "cancel", ref, [])
        return CancelOutcome.CONFIRMED

    def accept(self, ref: Ref, op_key: str) -> Sequence[Report]:
        self._write(op_key, "accept", ref, [])
        return ()

    def find(self, op: PendingOp) -> Ref | None:
        answer = self.http.read("GET", f"ops/{op.op_key}", accept={404})
        return None if answer.status == 404 else _ref(answer.json(), ProtocolError)

    def pull(self, cursor: str | None, open_tasks: Sequence[OpenTask]) -> Batch:
        after = cursor or "0"
        if not after.isascii() or not after.isdecimal():
            raise CursorExpired("This is no cursor of the fake.")
        answer = self.http.read("GET", "news", params={"after": after}, accept={410})
        if answer.status == 410:
            raise CursorExpired("The fake has forgotten this cursor.")
        match answer.json():
            case {"events": list(events), "last": int(last), "more": bool(more)}:
                return Batch(tuple(map(report, events)), str(last), more)
        raise ProtocolError("The fake answered something that is no page of news.")

    def fetch(self, locator: str, write: Callable[[bytes], object]) -> None:
        if not locator.isascii() or not locator.isalnum():
            raise NotFound("The fake has no such file.")
        self.http.stream(f"files/{locator}", write)

    def _write(self, op_key: str, kind: str, ref: Ref | None, texts: list[str]) -> Ref:
        """One attempt at one op: by key, by name, or bare."""
        content = {"op": op_key, "kind": kind, "task": ref and ref.id, "texts": texts}
        match self.how:
            case Repeat.NAMED:
                answer = self.http.write(
                    "PUT", f"ops/{op_key}", json=content, headers={"If-None-Match": "*"}, accept={412}
                )
            case Repeat.KEY:
                key = {"Idempotency-Key": f'"{op_key}"'}
                answer = self.http.write("POST", "ops", json=content, headers=key, accept={409, 422})
            case _:
                answer = self.http.write("POST", "ops", json=content)
        if answer.status == 409:
            raise Uncertain("The fake is still at it.")
        if answer.status == 422:
            raise Rejected("The fake had this key with other content.", KEY_REUSED)
        return _ref(answer.json(), Uncertain)


def _ref(answer: Any, failure: type[Exception]) -> Ref:
    match answer:
        case {"task": str(task)} if task:
            return Ref(task)
    raise failure("The fake took it and named no task.")


def report(event: Any) -> Report:
    """One event as a report. What can't be understood is kept and named; the others go on."""
    match event:
        case {"id": int(number), "task": str(ref), "at": int(at), "type": str(kind)}:
            key, when = str(number), datetime.fromtimestamp(at, UTC)
        case {"id": int(number)}:
            return Unreadable(key=str(number), ref="", reason="an event without its task or time")
        case _:
            raise ProtocolError("The fake told an event without a number.")
    match kind, event:
        case "state", {"state": str(native)}:
            return StateChanged(
                key=key, ref=ref, at=when, state=STATES.get(native), native=native, reason=event.get("reason")
            )
        case "message", {"text": str(text)}:
            asked = event.get("question") is True
            return MessageReceived(key=key, ref=ref, at=when, text=text, question=asked)
        case "work", {"line": str(line), "minutes": int(minutes)}:
            return UsageReported(
                key=key,
                ref=ref,
                at=when,
                unit="second",
                quantity=minutes * 60,
                series=line,
                cumulative=True,
                note=event.get("note", ""),
            )
        case "cost", {"minor": int(minor), "currency": str(currency)}:
            return UsageReported(
                key=key, ref=ref, at=when, unit="item", quantity=1, cost=Money(minor, currency)
            )
        case "file", {"name": str(name), "locator": str(locator), "size": int(size)}:
            return ArtifactReceived(key=key, ref=ref, at=when, name=name, locator=locator, size=size)
    return Unreadable(key=key, ref=ref, at=when, reason="an event of no known type")
