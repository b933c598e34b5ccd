"""What Spirou's core does around an adapter, reduced to what a clause needs: remember, pull, compare."""

from __future__ import annotations

import itertools
import secrets
import time
import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import fields, replace
from typing import TypeVar

import pytest

from spirou_cli.adapters import (
    ArtifactReceived,
    Brief,
    Capabilities,
    OpenTask,
    Ref,
    Report,
    StateChanged,
    Submitted,
    TaskState,
    Unmatched,
    UsageReported,
)
from spirou_cli.testing.connected import Connected, SeenTask

__all__ = ["Core", "a_brief", "defects", "new_key", "seconds"]

R = TypeVar("R", bound=Report)
T = TypeVar("T")

MAX_PAGES = 100
LOCAL_STATES = {TaskState.DRAFT, TaskState.AWAITING_APPROVAL, TaskState.QUEUED, TaskState.UNCONFIRMED}
_numbers = itertools.count(1)


def new_key() -> str:
    """A fresh idempotency key: a UUIDv7 in text form (RFC 9562, 5.7)."""
    value = (time.time_ns() // 1_000_000) << 80 | secrets.randbits(80)
    value = value & ~(0xF << 76) | 0x7 << 76
    return str(uuid.UUID(int=value & ~(0x3 << 62) | 0x2 << 62))


def a_brief(title: str = "Book the dentist for Tuesday") -> Brief:
    """The poorest brief there is; ``dataclasses.replace`` makes richer ones."""
    return Brief(op_key=new_key(), number=next(_numbers), title=title)


def seconds(reports: Iterable[Report], ref: Ref) -> int:
    """The time these reports add up to, by the rule of ``UsageReported``; ``reports`` oldest first."""
    single, series = 0, dict[str, int]()
    for line in reports:
        if not isinstance(line, UsageReported) or line.ref != ref.id or line.unit != "second":
            continue
        if line.series is None:
            single += line.quantity
        else:
            before = 0 if line.cumulative else series.get(line.series, 0)
            series[line.series] = before + line.quantity
    return single + sum(series.values())


def defects(report: Report) -> Iterator[str]:
    """What is wrong with a report in itself, whatever it reports."""
    if not 0 < len(report.key) <= 1000:
        yield "its key is empty or longer than 1,000 characters"
    if not report.ref and not isinstance(report, Unmatched):
        yield "it names no task"
    if report.at is not None and report.at.tzinfo is None:
        yield "its time has no zone"
    for name in (entry.name for entry in fields(report)):
        value = getattr(report, name)
        if isinstance(value, str) and value != value.encode("utf-8", "replace").decode("utf-8"):
            yield f"{name} holds half of a surrogate pair, which can't be stored"
    match report:
        case StateChanged(state=state) if state in LOCAL_STATES:
            yield f"{state} is a state that only Spirou gives"
        case UsageReported(quantity=quantity, cumulative=cumulative):
            if quantity < 0 or (quantity == 0 and not cumulative):
                yield f"a quantity of {quantity}: what is unknown isn't reported"
        case ArtifactReceived(name=name, size=size):
            if not name or (size is not None and size < 0):
                yield "a file without a name, or of a negative size"


class Core:
    """Remembers the refs, the reports and the cursor, and checks every report that comes in."""

    def __init__(self, connected: Connected, patience_s: float) -> None:
        self.connected = connected
        self.patience_s = patience_s
        self.adapter = connected.connect()
        self.cursor: str | None = None
        self.known: dict[str, Report] = {}
        self.open_tasks: list[OpenTask] = []

    @property
    def capabilities(self) -> Capabilities:
        return self.adapter.capabilities()

    def require(self, *capabilities: str) -> None:
        """Skip the clause, by name, when a capability it needs isn't declared."""
        for name in capabilities:
            if not getattr(self.capabilities, name):
                pytest.skip(f"this connection doesn't declare {name}")

    def restart(self) -> None:
        """Make the adapter anew, as the next run of Spirou does; the memory stays."""
        self.adapter = self.connected.connect()

    def submit(self, brief: Brief) -> Ref:
        """Hand a brief over, and follow it from now on."""
        return self.follow(brief, self.adapter.submit(brief))

    def follow(self, brief: Brief, submitted: Submitted) -> Ref:
        self.open_tasks.append(OpenTask(submitted.ref, brief.number, brief.op_key))
        self.take(submitted.reports)
        return submitted.ref

    def news(self) -> list[Report]:
        """All reports since the last time whose key is new."""
        fresh: list[Report] = []
        for _ in range(MAX_PAGES):
            batch = self.adapter.pull(self.cursor, tuple(self.open_tasks))
            fresh += self.take(batch.reports)
            self.cursor = batch.cursor
            if not batch.more:
                return fresh
        raise AssertionError(f"pull said more=True for {MAX_PAGES} pages")

    def read_again(self) -> list[Report]:
        """News of a reading from the very start, as after CursorExpired."""
        self.cursor = None
        return self.news()

    def take(self, reports: Sequence[Report]) -> list[Report]:
        """Keep what is new; one key must never mean two things."""
        fresh = []
        for report in reports:
            assert not list(defects(report)), f"{list(defects(report))} in {report}"
            if report.key in self.known:
                assert _said(report) == _said(self.known[report.key]), "one key for two different reports"
                continue
            self.known[report.key] = report
            fresh.append(report)
        return fresh

    def said_of(self, ref: Ref) -> list[Report]:
        """Every report so far about one task, oldest first."""
        return [report for report in self.known.values() if report.ref == ref.id]

    def wait_for(self, kind: type[R], ref: Ref, wanted: Callable[[R], bool] = lambda report: True) -> R:
        """The first report of this kind that is wanted, pulling until it comes."""

        def look() -> R | None:
            self.news()
            found = (r for r in self.said_of(ref) if isinstance(r, kind) and wanted(r))
            return next(found, None)

        return self.poll(look, f"no such {kind.__name__} came; there is {self.said_of(ref)}")

    def wait_until_seen(self, ref: Ref, wanted: Callable[[SeenTask], bool] = lambda task: True) -> SeenTask:
        """The other side's view of a task, once it is as wanted."""

        def look() -> SeenTask | None:
            return next((task for task in self.seen(ref) if wanted(task)), None)

        return self.poll(look, f"the other side never saw it; it sees {self.seen(ref)}")

    def seen(self, ref: Ref) -> list[SeenTask]:
        """What the other side has under this ref: one task, if all is well."""
        return [task for task in self.connected.assistant.tasks() if task.ref == ref.id]

    def poll(self, look: Callable[[], T | None], otherwise: str) -> T:
        """The first thing that ``look`` finds within the patience of this suite."""
        end = time.monotonic() + self.patience_s
        while (found := look()) is None:
            assert time.monotonic() < end, otherwise
            time.sleep(0.02)
        return found


def _said(report: Report) -> Report:
    """A report without its proof, which may be kept in other bytes on another day."""
    return replace(report, raw=None)
