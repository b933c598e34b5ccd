"""What must hold for every ticket system, with the real server: the whole journey, and its accidents."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from spirou_cli.adapters import (
    Adapter,
    ArtifactReceived,
    Attachment,
    CancelOutcome,
    Changes,
    InvalidState,
    Message,
    MessageReceived,
    OpKind,
    PendingOp,
    Ref,
    StateChanged,
    TaskState,
    Uncertain,
    Unreachable,
    UsageReported,
)
from spirou_cli.testing import Assistant, a_brief, new_key
from spirou_cli.testing.clauses.base import Clauses
from spirou_cli.testing.core import Core, seconds
from tests.backends.proxy import Fault, FaultProxy

__all__ = ["PrivateAssistant", "Tickets"]


class PrivateAssistant(Assistant):
    """An assistant who also has hands that only ticket systems give."""

    def note_privately(self, ref: Ref, text: str, minutes: int) -> None:
        """Write and work where the person may not look."""
        raise NotImplementedError

    def start_asking(self, ref: Ref, text: str) -> None:
        """Begin to work, and ask something, in one act."""
        raise NotImplementedError

    def finish_saying(self, ref: Ref, text: str) -> None:
        """Resolve, and say something, in one act."""
        raise NotImplementedError

    def is_working(self, ref: Ref) -> bool:
        """Whether the ticket says that it is being worked on."""
        raise NotImplementedError

    def delete_work(self, ref: Ref, note: str) -> None:
        """Take back the time with this note."""
        raise NotImplementedError


class Tickets(Clauses):
    """Clauses of ticket systems; a suite gives ``connected`` and ``proxy``."""

    @pytest.fixture
    def proxy(self) -> FaultProxy:
        raise NotImplementedError("a ticket suite needs its own fixture `proxy`")

    @pytest.fixture
    def hands(self, assistant: Assistant) -> PrivateAssistant:
        assert isinstance(assistant, PrivateAssistant)
        return assistant

    def test_the_journey_of_a_task(self, core: Core, hands: PrivateAssistant, tmp_path: Path) -> None:
        """Brief, question, answer, corrected time, file, sent back, time again, accepted; no late cancel."""
        brief = replace(
            a_brief("Réserver un train 🚆"),
            body="Bordeaux, mardi matin.",
            due=datetime(2026, 12, 1, 17, 30, tzinfo=UTC),
            due_is_day=False,
            priority="high",
            attachments=(_file(tmp_path / "carte.txt", b"reduction"),),
        )
        ref = core.submit(brief)
        assert ref.url
        assert ref.id in ref.url
        assert [r for r in core.said_of(ref) if isinstance(r, MessageReceived)] == []

        hands.start(ref)
        hands.ask(ref, "Première ou seconde classe ?")
        question = core.wait_for(MessageReceived, ref)
        assert (question.text, question.question) == ("Première ou seconde classe ?", True)
        assert _state(core, ref) is TaskState.INPUT_REQUIRED

        core.take(core.adapter.reply(ref, new_key(), Message("Seconde.")))
        core.wait_until_seen(ref, lambda task: any("Seconde." in m for m in task.messages))
        assert hands.is_working(ref)

        hands.work(ref, 20, "searched")
        hands.work(ref, 10, "booked")
        core.news()
        hands.correct_work(ref, 12, "booked")
        core.news()
        assert seconds(core.said_of(ref), ref) == 32 * 60

        hands.deliver(ref, "billet.pdf", b"%PDF-1.4 billet")
        hands.finish(ref)
        ticket = core.wait_for(ArtifactReceived, ref)
        assert (ticket.name, _content(core.adapter, ticket.locator)) == ("billet.pdf", b"%PDF-1.4 billet")
        assert _state(core, ref) is TaskState.DELIVERED

        core.take(core.adapter.reopen(ref, new_key(), Message("Wrong day.")))
        assert hands.is_working(ref)

        hands.work(ref, 5, "changed")
        hands.finish(ref)
        core.news()
        assert seconds(core.said_of(ref), ref) == 37 * 60
        assert _state(core, ref) is TaskState.DELIVERED

        with pytest.raises(InvalidState):
            core.adapter.cancel(ref, new_key())
        core.take(core.adapter.accept(ref, new_key()))
        assert core.wait_until_seen(ref).accepted

    def test_a_question_outlasts_the_work_that_it_begins(self, core: Core, hands: PrivateAssistant) -> None:
        """Words that ask, with a status of work, leave the task waiting: the question is told last."""
        ref = core.submit(a_brief())

        hands.start_asking(ref, "Which station?")
        core.wait_for(MessageReceived, ref)

        last = [r for r in core.said_of(ref) if isinstance(r, MessageReceived | StateChanged)][-1]
        assert isinstance(last, MessageReceived)
        assert last.question

    def test_done_with_a_question_is_done(self, core: Core, hands: PrivateAssistant) -> None:
        """«Anything else?» beside «resolved» is politeness."""
        ref = core.submit(a_brief())

        hands.finish_saying(ref, "Here you are. Anything else?")

        assert not core.wait_for(MessageReceived, ref).question
        assert _state(core, ref) is TaskState.DELIVERED

    def test_own_acts_are_no_news(self, core: Core, hands: PrivateAssistant) -> None:
        """What an answer or a reopening changed there isn't told back."""
        ref = core.submit(a_brief())
        hands.ask(ref, "Which day?")
        core.wait_for(StateChanged, ref)
        core.take(core.adapter.reply(ref, new_key(), Message("Tuesday.")))

        assert core.news() == []

    def test_a_cancel_is_read_back(self, core: Core) -> None:
        """A task that the server really stopped is confirmed, and its state isn't told as a refusal."""
        ref = core.submit(a_brief())

        outcome = core.adapter.cancel(ref, new_key())
        again = core.adapter.cancel(ref, new_key())
        core.news()

        assert (outcome, again) == (CancelOutcome.CONFIRMED, CancelOutcome.CONFIRMED)
        assert core.wait_until_seen(ref).canceled
        assert _state(core, ref) is TaskState.CANCELED

    def test_private_words_stay_private(self, core: Core, hands: PrivateAssistant) -> None:
        """What the other side says among itself never arrives, its time does."""
        ref = core.submit(a_brief())
        hands.note_privately(ref, "The client is slow to pay", 25)
        hands.say(ref, "We have begun")

        core.wait_for(MessageReceived, ref)

        said = "".join(str(report) for report in core.said_of(ref))
        assert "slow to pay" not in said
        assert seconds(core.said_of(ref), ref) == 25 * 60

    def test_deleted_time_is_taken_back(self, core: Core, hands: PrivateAssistant) -> None:
        """A line that the other side removes no longer counts."""
        ref = core.submit(a_brief())
        hands.work(ref, 30, "one")
        hands.work(ref, 12, "two")
        core.wait_for(UsageReported, ref)

        hands.delete_work(ref, "one")
        core.news()

        assert seconds(core.said_of(ref), ref) == 12 * 60

    def test_time_of_last_month_stays_there(self, core: Core, hands: PrivateAssistant) -> None:
        """Each line of time has a moment of its own, and keeps it when it is corrected."""
        ref = core.submit(a_brief())
        hands.work(ref, 30, "one")
        first = core.wait_for(UsageReported, ref)

        hands.correct_work(ref, 20, "one")
        corrected = core.wait_for(UsageReported, ref, lambda r: r.quantity == 20 * 60)

        assert first.at is not None
        assert (corrected.series, corrected.at, corrected.note) == (first.series, first.at, first.note)

    def test_own_comments_by_hand_are_no_news(self, core: Core, hands: PrivateAssistant) -> None:
        """A lone reading of a task with nothing but the person's own acts has no message."""
        ref = core.submit(a_brief())
        core.take(core.adapter.reply(ref, new_key(), Message("And a window seat?")))

        core.restart()
        core.news()

        assert [r for r in core.said_of(ref) if isinstance(r, MessageReceived)] == []

    @pytest.mark.parametrize("fault", [Fault.LOSE_REQUEST, Fault.LOSE_ANSWER, Fault.CUT_ANSWER])
    @pytest.mark.parametrize("kind", [OpKind.SUBMIT, OpKind.REPLY, OpKind.REOPEN, OpKind.EDIT])
    def test_an_accident_leaves_one_effect(
        self, core: Core, proxy: FaultProxy, fault: Fault, kind: OpKind
    ) -> None:
        """Whatever happens to a request or its answer, look-up and repetition leave exactly one effect."""
        act = _act(core, kind)
        proxy.next_write(fault)

        _settled(core, act)

        assert act.effects() == 1

    def test_an_answer_that_comes_too_late_is_looked_up(self, core: Core, proxy: FaultProxy) -> None:
        """A server that answers after the deadline made one task, which is found."""
        act = _act(core, OpKind.SUBMIT)
        proxy.next_write(Fault.DELAY)

        with pytest.raises(Uncertain):
            act.send(core.adapter)
        proxy.release.set()

        assert core.adapter.find(act.pending) is not None
        assert act.effects() == 1

    def test_a_request_that_arrives_twice_is_read_once(
        self, core: Core, proxy: FaultProxy, hands: PrivateAssistant
    ) -> None:
        """A network that doubles requests doubles no report, and the task that is found stays the same."""
        brief = a_brief()
        proxy.next_write(Fault.DOUBLE)
        ref = core.submit(brief)

        found = [core.adapter.find(PendingOp(OpKind.SUBMIT, brief.op_key, None)) for _ in range(2)]
        hands.say(ref, "Once")
        proxy.next_read(Fault.DOUBLE)
        core.wait_for(MessageReceived, ref)

        assert found[0] is not None
        assert found[0] == found[1]
        assert [r.text for r in core.said_of(ref) if isinstance(r, MessageReceived)] == ["Once"]

    def test_a_cut_page_moves_no_cursor(self, core: Core, proxy: FaultProxy, hands: PrivateAssistant) -> None:
        """An answer that arrives in half is no answer; the next reading has all of it."""
        ref = core.submit(a_brief())
        hands.say(ref, "Still here")

        proxy.next_read(Fault.CUT_ANSWER)
        with pytest.raises(Unreachable):
            core.news()

        core.wait_for(MessageReceived, ref, lambda r: r.text == "Still here")

    def test_a_quiet_sync_is_one_request(self, core: Core, proxy: FaultProxy) -> None:
        """Up to a hundred open tasks are compared in one request."""
        for number in range(3):
            core.submit(a_brief(f"Task {number}"))
        _until_settled(core, proxy)
        proxy.requests.clear()

        core.restart()
        core.news()

        assert len(proxy.requests) == 1


@dataclass(frozen=True, slots=True)
class _Act:
    """An op to send through an accident: how to send it, what to look up, what it did."""

    send: Callable[[Adapter], object]
    pending: PendingOp
    effects: Callable[[], int]


def _act(core: Core, kind: OpKind) -> _Act:
    key, token = new_key(), new_key()
    if kind is OpKind.SUBMIT:
        brief = replace(a_brief(f"Order {token}"), op_key=key)
        return _Act(
            lambda adapter: adapter.submit(brief),
            PendingOp(kind, key, None, brief),
            lambda: sum(token in task.title for task in core.connected.assistant.tasks()),
        )
    ref = core.submit(a_brief())
    if kind is OpKind.REOPEN:
        core.connected.assistant.finish(ref)
    edited = replace(a_brief(), title=f"Now {token}", body=f"New {token}")
    sends: dict[OpKind, Callable[[Adapter], object]] = {
        OpKind.REPLY: lambda adapter: adapter.reply(ref, key, Message(f"Yes {token}")),
        OpKind.REOPEN: lambda adapter: adapter.reopen(ref, key, Message(f"No {token}")),
        OpKind.EDIT: lambda adapter: adapter.edit(ref, key, Changes(frozenset({"title", "body"}), edited)),
    }

    def effects() -> int:
        (seen,) = core.seen(ref)
        said = sum(token in message for message in seen.messages)
        return int(token in seen.title and token in seen.text) if kind is OpKind.EDIT else said

    return _Act(sends[kind], PendingOp(kind, key, ref), effects)


def _settled(core: Core, act: _Act) -> None:
    """What the outbox does: send; not sure, look up; not there, send again."""
    try:
        act.send(core.adapter)
        return
    except Unreachable:
        pass
    except Uncertain:
        core.restart()
        if core.adapter.find(act.pending):
            return
    act.send(core.adapter)


def _until_settled(core: Core, proxy: FaultProxy) -> None:
    """Read until nothing is left that could still change within its second."""

    def quiet() -> bool | None:
        proxy.requests.clear()
        core.news()
        return len(proxy.requests) == 1 or None

    core.poll(quiet, "it never got quiet")


def _state(core: Core, ref: Ref) -> TaskState | None:
    """The last state that was told."""
    core.news()
    told = [r for r in core.said_of(ref) if isinstance(r, StateChanged)]
    return told[-1].state if told else None


def _content(adapter: Adapter, locator: str) -> bytes:
    chunks: list[bytes] = []
    adapter.fetch(locator, chunks.append)
    return b"".join(chunks)


def _file(path: Path, content: bytes) -> Attachment:
    path.write_bytes(content)
    return Attachment(path.name, path, hashlib.sha256(content).hexdigest(), len(content), "text/plain")
