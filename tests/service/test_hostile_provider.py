"""What a provider or a plugin answers against the contract: kept and named, never in the way of the rest."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from spirou_cli.adapters import (
    ArtifactReceived,
    Batch,
    Capabilities,
    CursorExpired,
    MessageReceived,
    ProtocolError,
    RateLimited,
    Ref,
    Rejected,
    Report,
    StateChanged,
    Submitted,
    TaskState,
    UsageReported,
)
from spirou_cli.domain.money import Money
from spirou_cli.service import inbox, sync
from spirou_cli.storage import queries
from spirou_cli.testing.fake import FakeAdapter, everything
from tests.service.desk import Desk, desk
from tests.service.world import World

LONG_AGO = datetime(1, 1, 1, tzinfo=UTC)

USAGE: Any = UsageReported(key="bad", ref="", unit="second", quantity=60)
STATE: Any = StateChanged(key="bad", ref="", state=TaskState.WORKING, native="on it")
WORDS: Any = MessageReceived(key="bad", ref="", text="Hello")
FILE: Any = ArtifactReceived(key="bad", ref="", name="a.txt", locator="a")

BROKEN: dict[str, Any] = {
    "a quantity below zero": replace(USAGE, quantity=-5),
    "a quantity past 64 bits": replace(USAGE, quantity=2**64),
    "a quantity whose sums pass 64 bits": replace(USAGE, quantity=2**61),
    "half a second": replace(USAGE, quantity=1.5),
    "a quantity in words": replace(USAGE, quantity="5"),
    "a cost past 64 bits": replace(USAGE, cost=Money(2**70, "EUR")),
    "a cost that is a number": replace(USAGE, cost=5),
    "a currency that doesn't exist": replace(USAGE, cost=Money(5, "ZZZ")),
    "a currency that colours the screen": replace(USAGE, cost=Money(5, "\x1b[31m")),
    "a basis that doesn't exist": replace(USAGE, basis="free"),
    "a time in words": replace(USAGE, at="yesterday"),
    "a time before all others": replace(USAGE, at=LONG_AGO),
    "a key that is a number": replace(USAGE, key=5),
    "proof that is text": replace(USAGE, raw="abc"),
    "a state in words": replace(STATE, state="evil"),
    "no word of its own": replace(STATE, native=None),
    "a ref without end": replace(STATE, ref="x" * 3_000_000),
    "no text": replace(WORDS, text=None),
    "choices that are one text": replace(WORDS, choices="abc"),
    "choices that are numbers": replace(WORDS, question=True, choices=(1, 2)),
    "a question in words": replace(WORDS, question="yes"),
    "a size below zero": replace(FILE, size=-1),
    "a size past 64 bits": replace(FILE, size=2**70),
    "no report at all": "hello",
}


@pytest.mark.parametrize("broken", BROKEN.values(), ids=BROKEN.keys())
def test_a_broken_report_stops_no_other(tmp_path: Path, broken: Any) -> None:
    """It is kept for the person, once; what stands before and after it on the page is taken in."""
    here = desk(tmp_path)
    task = here.sent()
    if isinstance(broken, Report) and not broken.ref:
        broken = replace(broken, ref=task.ref or "")
    feed: list[Any] = here.julie._feed
    feed += [message("first", task.ref), broken, message("last", task.ref)]

    (first,) = sync.sync(here.here)
    (again,) = sync.sync(here.here, full=True)

    assert (first.news, first.quarantined, first.failure) == (2, 1, None)
    assert (again.news, again.quarantined, again.failure) == (0, 0, None)


def message(key: str, task_ref: str | None) -> Report:
    return MessageReceived(key=key, ref=task_ref or "", text=key)


def test_a_ref_that_is_no_text_belongs_to_nobody(tmp_path: Path) -> None:
    """Half a character in a name is no reason to stop: the item waits for a person."""
    here = desk(tmp_path)
    here.sent()
    here.julie._feed.append(message("k", "\ud800"))

    (synced,) = sync.sync(here.here)

    assert (synced.unmatched, synced.failure) == (1, None)


def test_two_tasks_may_name_their_totals_alike(tmp_path: Path) -> None:
    """A running total is its task's: another task's total of the same name takes nothing away from it."""
    here = desk(tmp_path)
    one, two = here.sent("One"), here.sent("Two")
    for task, seconds in ((one, 60), (two, 120), (one, 90)):
        here.julie._feed.append(
            UsageReported(
                key=f"{task.number} {seconds}",
                ref=task.ref or "",
                unit="second",
                quantity=seconds,
                series="total",
                cumulative=True,
            )
        )

    here.sync()

    with here.here.read() as connection:
        lines = [[line.quantity for line in queries.usage_of(connection, task.id)] for task in (one, two)]
    assert lines == [[90], [120]]


AGAIN: dict[str, tuple[Report, Report]] = {
    "for another task": (WORDS, WORDS),
    "for other words": (WORDS, replace(WORDS, text="Goodbye")),
    "for another amount": (USAGE, replace(USAGE, quantity=120)),
    "for another thing": (STATE, FILE),
}


@pytest.mark.parametrize(("before", "after"), AGAIN.values(), ids=AGAIN.keys())
def test_a_key_that_is_used_again_hides_nothing(tmp_path: Path, before: Report, after: Report) -> None:
    """What comes under a taken key is neither lost nor counted twice: it waits for a person, once."""
    here = desk(tmp_path)
    one, two = here.sent("One"), here.sent("Two")
    other = two if before == after else one
    here.julie._feed += [
        replace(before, ref=one.ref),
        replace(after, ref=other.ref),
        message("last", two.ref),
    ]

    (first,) = sync.sync(here.here)
    (again,) = sync.sync(here.here, full=True)
    (letter,) = inbox.listing(here.here)

    assert (first.news, first.quarantined, first.failure) == (2, 1, None)
    assert (again.news, again.quarantined, again.failure) == (0, 0, None)
    assert "its key bad was used for" in (letter.item.quarantined or "")
    linked = inbox.link(here.here, letter.item.seq, str(other.number))
    assert (linked.number, inbox.listing(here.here)) == (other.number, [])


def test_the_same_item_read_otherwise_is_the_same(tmp_path: Path) -> None:
    """Its writer has another name now, a table of states another meaning for a word: nothing new was said."""
    here = desk(tmp_path)
    task = here.sent()
    for written in (
        replace(WORDS, key="a", ref=task.ref),
        replace(WORDS, key="a", ref=task.ref, sender="Julie Martin", question=True),
        replace(STATE, key="b", ref=task.ref),
        replace(STATE, key="b", ref=task.ref, state=TaskState.DELIVERED),
        replace(WORDS, key="c", ref=task.ref, raw=b"From: julie"),
        replace(WORDS, key="c", ref=task.ref, raw=b"From: julie", text="as a later version reads it"),
    ):
        here.julie.tell(written)

    (synced,) = sync.sync(here.here)

    assert (synced.news, synced.quarantined) == (3, 0)


class _Forgetting(FakeAdapter):
    """Always has another page, and never knows the one before."""

    def pull(self, cursor: str | None, open_tasks: Any) -> Batch:
        if cursor is not None:
            raise CursorExpired("who are you?")
        return Batch((), "next", more=True)


def test_a_provider_that_forgets_each_page_is_left_in_time(tmp_path: Path) -> None:
    """One reading from the start is enough; it is an error with a name, not ten thousand pages."""

    class ForgetfulDesk(Desk):
        def _connect(self, context: Any, account: Any) -> Any:
            usual = World._connect(self, context, account)
            return _Forgetting(usual.connection, self.julie)  # type: ignore[attr-defined]

    made = ForgetfulDesk(tmp_path)
    made.provider("julie")

    (synced,) = sync.sync(made.here)

    assert isinstance(synced.failure, ProtocolError)
    assert "forgets" in str(synced.failure)


NAMES: dict[str, Any] = {
    "a number": 5,
    "nothing": "",
    "none": None,
    "half a character": "\ud800",
    "a screen code": "a\x1b[2J",
    "two lines": "a\nb",
    "no end": "x" * 3_000,
}


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES.keys())
def test_a_task_whose_name_cannot_be_kept_is_in_doubt(tmp_path: Path, name: Any) -> None:
    """It may be there: the task says so, nothing breaks, and nobody asks for it to be done twice."""
    here = answering(tmp_path, lambda submitted: Submitted(Ref(name)))
    task = here.saved()

    (synced,) = sync.sync(here.here)

    assert here.now(task).state is TaskState.UNCONFIRMED
    assert synced.error is None
    assert len(here.julie.tasks()) == 1


class _Answering(FakeAdapter):
    """An adapter whose submit does its work and then answers something else."""

    answer: Callable[[Submitted], Any]

    def submit(self, brief: Any) -> Submitted:
        return self.answer(super().submit(brief))  # type: ignore[no-any-return]


def answering(folder: Path, answer: Callable[[Submitted], Any]) -> Desk:
    class OddDesk(Desk):
        def _connect(self, context: Any, account: Any) -> Any:
            usual = World._connect(self, context, account)
            odd = _Answering(usual.connection, self.julie)  # type: ignore[attr-defined]
            odd.answer = answer
            return odd

    made = OddDesk(folder)
    made.provider("julie")
    return made


@pytest.mark.parametrize(
    "error",
    [
        Rejected("\ud800"),
        Rejected("no", "\ud800"),
        RateLimited("later", 1.2345),
        ProtocolError("\ud800" * 9999),
    ],  # type: ignore[arg-type]
    ids=["words", "code", "time", "long"],
)
def test_the_words_of_a_refusal_can_always_be_kept(tmp_path: Path, error: Exception) -> None:
    """Whatever an error says, what became of the task is written down."""
    here = desk(tmp_path)
    task = here.saved()
    here.julie.fail_next("submit", error)

    (synced,) = sync.sync(here.here)

    assert synced.error is None
    assert here.now(task).state in {TaskState.REJECTED, TaskState.QUEUED, TaskState.UNCONFIRMED}


def test_a_provider_that_allows_no_connection_gets_one(tmp_path: Path) -> None:
    """A plugin that declares zero connections is asked one thing at a time, and the sync ends."""
    none: Capabilities = replace(everything(), max_connections=0)
    here = desk(tmp_path, none)

    assert here.sent().state is TaskState.SUBMITTED
