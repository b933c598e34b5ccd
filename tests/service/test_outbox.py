"""The person's word on what nobody else can settle, in the outbox and in the inbox."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from spirou_cli.adapters import Repeat, Unmatched
from spirou_cli.domain import events as e
from spirou_cli.domain.delivery import Hold, OpState, Wait
from spirou_cli.domain.errors import Busy, InvalidInput, NoSuchThing
from spirou_cli.domain.states import TaskState
from spirou_cli.service import inbox, news, outbox
from spirou_cli.service.sync import push_account
from spirou_cli.storage import queries
from spirou_cli.storage.lock import sync_lock
from spirou_cli.storage.log import history
from spirou_cli.storage.outbox import claim, interrupted, open_ops
from spirou_cli.testing.fake import FakeProvider, everything
from tests.service.world import World


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def held(world: World) -> FakeProvider:
    """A blind provider that took a task and whose answer was lost."""
    fake = world.provider("fake", FakeProvider(everything(Repeat.BLIND)))
    world.add()
    fake.lose_answer()
    push_account(world.context, world.account())
    push_account(world.context, world.account())
    return fake


def test_what_is_held_is_listed_with_its_reason(world: World) -> None:
    """A row that only the person can settle says so, and that sending again may double."""
    held(world)

    (row,) = outbox.listing(world.context)

    assert (row.op.state, row.step, row.how) == (OpState.HELD, Wait(row.op, "held"), Repeat.BLIND)
    assert outbox.show(world.context, row.op.seq).payload["title"] == "Book the dentist"


def test_it_was_sent_gives_the_task_its_reference(world: World) -> None:
    """«It arrived, as T1»: the op is done and the task is with the provider."""
    fake = held(world)
    ref = fake.tasks()[0].ref

    outbox.resolve(world.context, 1, "was_sent", ref)

    assert outbox.listing(world.context) == []
    assert (world.task().state, world.task().ref) == (TaskState.SUBMITTED, ref)


def test_sent_again_leaves_once_more(world: World) -> None:
    """«Send it again»: it is queued, and the next push sends it."""
    fake = held(world)

    outbox.resolve(world.context, 1, "send_again")
    push_account(world.context, world.account())

    assert len(fake.tasks()) == 2
    assert world.task().state is TaskState.SUBMITTED


def test_withdrawn_closes_the_task_without_claiming_that_it_stopped(world: World) -> None:
    """«Give it up»: nothing more leaves, and the task says that it may still run there."""
    held(world)

    outbox.resolve(world.context, 1, "withdraw")

    assert outbox.listing(world.context) == []
    assert world.task().state is TaskState.CANCELED
    assert world.task().reason == e.Reason("may_still_run")
    assert [row.op.state for row in outbox.listing(world.context, "1")] == [OpState.WITHDRAWN]


def test_what_never_left_can_only_be_withdrawn(world: World) -> None:
    """A queued row can't have arrived; given up, its task certainly doesn't run."""
    world.provider("fake")
    world.add()

    with pytest.raises(InvalidInput):
        outbox.resolve(world.context, 1, "was_sent", "T1")
    outbox.resolve(world.context, 1, "withdraw")

    assert world.task().state is TaskState.CANCELED
    assert world.task().reason is None


def test_a_reference_of_another_task_is_refused(world: World) -> None:
    """Two tasks can't be the same one there; nothing is changed by the attempt."""
    held(world)
    world.add("Another")
    push_account(world.context, world.account())
    ref = world.task(2).ref or ""

    with pytest.raises(InvalidInput):
        outbox.resolve(world.context, 1, "was_sent", ref)

    assert [row.op.state for row in outbox.listing(world.context)] == [OpState.HELD]


def test_settled_unknown_and_busy_are_refused(world: World) -> None:
    """A settled row stays, an unknown number is named, and a running sync is not disturbed."""
    held(world)

    with sync_lock(world.context.path), pytest.raises(Busy):
        outbox.resolve(world.context, 1, "withdraw")
    outbox.resolve(world.context, 1, "withdraw")

    with pytest.raises(InvalidInput):
        outbox.resolve(world.context, 1, "send_again")
    with pytest.raises(NoSuchThing):
        outbox.resolve(world.context, 7, "withdraw")


def test_what_a_row_would_do_next_is_shown_before_it_does(world: World) -> None:
    """A row that died on the way to a blind provider «will be held», until the next push holds it."""
    world.provider("fake", FakeProvider(everything(Repeat.BLIND)))
    world.add()
    with world.context.write() as log:
        (op,) = open_ops(log.connection)
        claim(log.connection, op, log.at)
        interrupted(log.connection, op.account_id, log.at)

    (row,) = outbox.listing(world.context)

    assert row.step == Hold(row.op, "cannot_tell")


def received(world: World) -> None:
    """A letter of nobody's task in the inbox."""
    world.provider("fake")
    with world.context.write() as log:
        letter = Unmatched(key="m1", ref="", text="Tuesday 9:00?", subject="Dentist", sender="julie")
        news.record(log, world.account(), letter)


def test_a_linked_letter_is_in_the_thread_of_its_task_once(world: World) -> None:
    """Linked by hand it becomes a message and is no longer asked about, even if it is read again."""
    received(world)
    world.add()

    inbox.link(world.context, 1, "1")
    with world.context.write() as log:
        again = Unmatched(key="m1", ref="", text="Tuesday 9:00?", subject="Dentist", sender="julie")
        taken = news.record(log, world.account(), again)

    with world.context.read() as connection:
        texts = [(message.sender, message.text) for message in queries.messages(connection, world.task().id)]
        facts = [type(fact.event) for fact in history(connection, world.task().id)]
    assert texts == [("julie", "Dentist\n\nTuesday 9:00?")]
    assert facts[-2:] == [e.MessageReceived, e.AnswerMatched]
    assert inbox.listing(world.context) == []
    assert taken is news.Taken.KNOWN


def test_a_linked_letter_is_read_like_any_answer(world: World) -> None:
    """An adapter that can read it again says what it means for the task; asked twice, it means it once."""
    world.provider("fake", FakeProvider(replace(everything(), link=True)))
    world.add()
    push_account(world.context, world.account())
    with world.context.write() as log:
        news.record(log, world.account(), Unmatched(key="m1", ref="", text="done", raw=b"done"))

    inbox.link(world.context, 1, "1")

    with world.context.read() as connection:
        texts = [message.text for message in queries.messages(connection, world.task().id)]
    assert texts == ["done"]
    assert world.task().state is TaskState.DELIVERED
    assert inbox.listing(world.context) == []


def test_a_letter_whose_provider_is_away_is_linked_by_its_words(world: World) -> None:
    """What can't be read again is a message all the same."""
    fake = world.provider("fake", FakeProvider(replace(everything(), link=True)))
    world.add()
    push_account(world.context, world.account())
    with world.context.write() as log:
        news.record(log, world.account(), Unmatched(key="m1", ref="", text="done", raw=b"done"))

    with fake.refuse_connections():
        inbox.link(world.context, 1, "1")

    with world.context.read() as connection:
        texts = [message.text for message in queries.messages(connection, world.task().id)]
    assert texts == ["done"]
    assert world.task().state is TaskState.SUBMITTED


def test_a_dropped_letter_is_asked_about_no_more(world: World) -> None:
    """Dropped, it leaves the inbox; a second time there is nothing to drop."""
    received(world)

    inbox.drop(world.context, 1)

    assert inbox.listing(world.context) == []
    with pytest.raises(NoSuchThing):
        inbox.drop(world.context, 1)
