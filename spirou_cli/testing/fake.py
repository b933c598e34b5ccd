"""A provider in memory, with its adapter: small, whole, and able to fail when told to."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from typing import TypeVar

from spirou_cli.adapters import (
    ArtifactReceived,
    Attachment,
    BaseAdapter,
    Batch,
    Brief,
    CancelOutcome,
    Capabilities,
    Changes,
    Connection,
    CursorExpired,
    Estimate,
    Gone,
    InvalidState,
    Message,
    MessageReceived,
    NotFound,
    OpenTask,
    OpKind,
    PendingOp,
    Ref,
    Repeat,
    Repeatability,
    Report,
    StateChanged,
    Submitted,
    TaskState,
    Uncertain,
    Unreachable,
    Unreadable,
    UsageReported,
)
from spirou_cli.testing.connected import Assistant, Faults, SeenTask

__all__ = ["FakeAdapter", "FakeProvider", "everything"]

T = TypeVar("T")


def everything(how: Repeat = Repeat.KEY) -> Capabilities:
    """Every capability, with all ops repeatable in one way."""
    return Capabilities(
        reply=True,
        edit=True,
        cancel=True,
        reopen=True,
        accept=True,
        attach=True,
        find=how is Repeat.LOOKUP,
        quote=True,
        deadline=True,
        budget=True,
        reports_time=True,
        reports_cost=True,
        worker="human",
        repeat={kind: Repeatability(how) for kind in OpKind},
    )


@dataclass(slots=True)
class _Task:
    brief: Brief
    files: list[tuple[str, bytes]]
    messages: list[str] = field(default_factory=list)
    finished: bool = False
    canceled: bool = False
    accepted: bool = False


class FakeProvider(Assistant, Faults):
    """The other side: its memory outlives the adapters that talk to it.

    It is also the assistant who works there and the faults on the way. ``calls`` has the name of
    every call that came in, with the key of its op ("" for a read), in order.
    """

    def __init__(self, capabilities: Capabilities | None = None, page_size: int = 100) -> None:
        self.capabilities = everything() if capabilities is None else capabilities
        self.page_size = page_size
        self.calls: list[tuple[str, str]] = []
        self._tasks: dict[str, _Task] = {}
        self._answers: dict[str, object] = {}
        self._found: dict[str, Ref] = {}
        self._feed: list[Report] = []
        self._artifacts: dict[str, bytes] = {}
        self._epoch = 1
        self._counter = itertools.count(1)
        self._failures: dict[str, list[BaseException]] = {}
        self._lost: BaseException | None = None
        self._reachable = True

    # --- faults

    def fail_next(self, call: str, *errors: BaseException) -> None:
        """The next calls of this name (``submit``, ``pull`` …) raise these, and do nothing."""
        self._failures.setdefault(call, []).extend(errors)

    def lose_answer(self, error: BaseException | None = None) -> None:
        """The next write is done, then ``error`` is raised instead of its answer."""
        self._lost = error or Uncertain("The answer was lost.")

    @contextmanager
    def refuse_connections(self) -> Iterator[None]:
        self._reachable = False
        try:
            yield
        finally:
            self._reachable = True

    def expire_cursors(self) -> None:
        """Every cursor given so far is unknown from now on."""
        self._epoch += 1

    # --- the assistant

    def tasks(self) -> Sequence[SeenTask]:
        return [_seen(ref, task) for ref, task in self._tasks.items()]

    def tell(self, report: Report) -> None:
        """Put any report in the news."""
        self._feed.append(report)

    def start(self, ref: Ref) -> None:
        self._tell_state(ref, TaskState.WORKING, "started")

    def ask(self, ref: Ref, text: str) -> None:
        self.tell(MessageReceived(key=self._key(), ref=ref.id, text=text, question=True))
        self._tell_state(ref, TaskState.INPUT_REQUIRED, "asking")

    def say(self, ref: Ref, text: str) -> None:
        self.tell(MessageReceived(key=self._key(), ref=ref.id, text=text))

    def work(self, ref: Ref, minutes: int, note: str) -> None:
        self.correct_work(ref, minutes, note)

    def correct_work(self, ref: Ref, minutes: int, note: str) -> None:
        line = UsageReported(
            key=self._key(),
            ref=ref.id,
            unit="second",
            quantity=minutes * 60,
            series=f"{ref.id}/{note}",
            cumulative=True,
            note=note,
        )
        self.tell(line)

    def deliver(self, ref: Ref, name: str, content: bytes) -> None:
        locator = f"file-{self._key()}"
        self._artifacts[locator] = content
        file = ArtifactReceived(key=locator, ref=ref.id, name=name, locator=locator, size=len(content))
        self.tell(file)

    def finish(self, ref: Ref) -> None:
        self._tasks[ref.id].finished = True
        self._tell_state(ref, TaskState.DELIVERED, "finished")

    def refuse(self, ref: Ref, reason: str) -> None:
        self._tell_state(ref, TaskState.REJECTED, "refused", reason)

    def say_unknown_state(self, ref: Ref) -> str:
        self._tell_state(ref, None, "exploded")
        return "exploded"

    def garble(self, ref: Ref) -> None:
        self.tell(Unreadable(key=self._key(), ref=ref.id, reason="half a line", raw=b"\xff\xfe{"))

    def drop(self, ref: Ref) -> None:
        del self._tasks[ref.id]
        self.tell(Gone(key=self._key(), ref=ref.id))

    def _tell_state(self, ref: Ref, state: TaskState | None, native: str, reason: str | None = None) -> None:
        self.tell(StateChanged(key=self._key(), ref=ref.id, state=state, native=native, reason=reason))

    def _key(self) -> str:
        return str(next(self._counter))

    # --- what the adapter calls, as if over a network

    def read(self, call: str, answer: Callable[[], T]) -> T:
        """Answer a call that changes nothing."""
        self._arrive(call, "")
        return answer()

    def write(self, kind: OpKind, op_key: str, act: Callable[[], T], ref: Callable[[T], Ref]) -> T:
        """Do an op, once per key if this provider remembers keys."""
        self._arrive(kind, op_key)
        remembers = self.capabilities.repeatability(kind).how in (Repeat.KEY, Repeat.NAMED)
        if remembers and op_key in self._answers:
            return self._answers[op_key]  # type: ignore[return-value]  # stored below by the same key
        answer = act()
        self._answers[op_key] = answer
        self._found[op_key] = ref(answer)
        lost, self._lost = self._lost, None
        if lost is not None:
            raise lost
        return answer

    def _arrive(self, call: str, op_key: str) -> None:
        self.calls.append((call, op_key))
        if not self._reachable:
            raise Unreachable("The fake provider can't be reached.")
        if self._failures.get(call):
            raise self._failures[call].pop(0)

    def make(self, brief: Brief) -> Submitted:
        ref = Ref(f"F-{self._key()}")
        self._tasks[ref.id] = _Task(brief, _contents(brief.attachments))
        return Submitted(ref)

    def task(self, ref: Ref) -> _Task:
        if ref.id not in self._tasks:
            raise NotFound(f"The fake provider has no task {ref.id}.")
        return self._tasks[ref.id]

    def found(self, op_key: str) -> Ref | None:
        return self._found.get(op_key)

    def page(self, cursor: str | None) -> Batch:
        epoch, _, start = (cursor or f"{self._epoch}:0").partition(":")
        if epoch != str(self._epoch) or not start.isdecimal():
            raise CursorExpired("The fake provider doesn't know this cursor.")
        end = int(start) + self.page_size
        reports = tuple(self._feed[int(start) : end])
        return Batch(reports, f"{self._epoch}:{int(start) + len(reports)}", more=end < len(self._feed))

    def content(self, locator: str) -> bytes:
        if locator not in self._artifacts:
            raise NotFound("The fake provider has no such file.")
        return self._artifacts[locator]


class FakeAdapter(BaseAdapter):
    """The adapter of a FakeProvider; ``partial(FakeAdapter, provider=…)`` is made like any other."""

    kind = "fake"

    def __init__(self, connection: Connection, provider: FakeProvider) -> None:
        super().__init__(connection)
        self.provider = provider

    def check(self) -> Capabilities:
        return self.provider.read("check", self.capabilities)

    def capabilities(self) -> Capabilities:
        return self.provider.capabilities

    def submit(self, brief: Brief) -> Submitted:
        return self.provider.write(
            OpKind.SUBMIT, brief.op_key, lambda: self.provider.make(brief), lambda submitted: submitted.ref
        )

    def pull(self, cursor: str | None, open_tasks: Sequence[OpenTask]) -> Batch:
        return self.provider.read("pull", lambda: self.provider.page(cursor))

    def reply(self, ref: Ref, op_key: str, message: Message) -> Sequence[Report]:
        def act(task: _Task) -> Sequence[Report]:
            task.messages.append(message.text)
            task.files += _contents(message.attachments)
            return ()

        return self._change(OpKind.REPLY, ref, op_key, act)

    def edit(self, ref: Ref, op_key: str, changes: Changes) -> Sequence[Report]:
        def act(task: _Task) -> Sequence[Report]:
            new = {name: getattr(changes.brief, name) for name in changes.fields}
            task.brief = replace(task.brief, **new)
            return ()

        return self._change(OpKind.EDIT, ref, op_key, act)

    def cancel(self, ref: Ref, op_key: str) -> CancelOutcome:
        def act(task: _Task) -> CancelOutcome:
            if task.finished:
                raise InvalidState("It is finished already.")
            task.canceled = True
            return CancelOutcome.CONFIRMED

        return self._change(OpKind.CANCEL, ref, op_key, act)

    def reopen(self, ref: Ref, op_key: str, message: Message) -> Sequence[Report]:
        def act(task: _Task) -> Sequence[Report]:
            task.finished = task.accepted = False
            task.messages.append(message.text)
            return ()

        return self._change(OpKind.REOPEN, ref, op_key, act)

    def accept(self, ref: Ref, op_key: str) -> Sequence[Report]:
        def act(task: _Task) -> Sequence[Report]:
            task.accepted = True
            return ()

        return self._change(OpKind.ACCEPT, ref, op_key, act)

    def find(self, op: PendingOp) -> Ref | None:
        return self.provider.read("find", lambda: self.provider.found(op.op_key))

    def quote(self, brief: Brief) -> Estimate:
        return self.provider.read("quote", lambda: Estimate(seconds=900))

    def link(self, raw: bytes, task: OpenTask) -> Sequence[Report]:
        """What was sent to nobody is a line: «done» closes, anything else is words."""
        text, ref = raw.decode(), task.ref.id
        words = MessageReceived(key=f"linked {text}", ref=ref, text=text)
        done = StateChanged(key=f"done {text}", ref=ref, state=TaskState.DELIVERED, native=text)
        return self.provider.read("link", lambda: [words, done] if text == "done" else [words])

    def fetch(self, locator: str, write: Callable[[bytes], object]) -> None:
        write(self.provider.read("fetch", lambda: self.provider.content(locator)))

    def _change(self, kind: OpKind, ref: Ref, op_key: str, act: Callable[[_Task], T]) -> T:
        return self.provider.write(kind, op_key, lambda: act(self.provider.task(ref)), lambda answer: ref)


def _contents(attachments: Sequence[Attachment]) -> list[tuple[str, bytes]]:
    return [(file.name, file.path.read_bytes()) for file in attachments]


def _seen(ref: str, task: _Task) -> SeenTask:
    due: date | None = task.brief.due.date() if task.brief.due else None
    return SeenTask(
        ref=ref,
        title=task.brief.title,
        text=task.brief.body,
        messages=tuple(task.messages),
        files=tuple(task.files),
        due=due,
        canceled=task.canceled,
        accepted=task.accepted,
    )
