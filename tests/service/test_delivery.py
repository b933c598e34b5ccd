"""Pushing and syncing with a provider in memory and a real store."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from spirou_cli.adapters import (
    AuthRequired,
    Capabilities,
    MessageReceived,
    OpKind,
    RateLimited,
    Ref,
    Rejected,
    Repeat,
    StateChanged,
    Uncertain,
    Unreadable,
    UsageReported,
)
from spirou_cli.domain.delivery import OpState
from spirou_cli.domain.errors import Busy, InvalidInput, Refused
from spirou_cli.domain.states import TaskState
from spirou_cli.service import answers, tasks
from spirou_cli.service.sync import Synced, plan, push_account, sync
from spirou_cli.storage import accounts, outbox, queries
from spirou_cli.storage.accounts import Stray
from spirou_cli.storage.lock import sync_lock
from spirou_cli.testing.fake import FakeProvider, everything
from tests.service.world import World


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def ops(world: World) -> list[tuple[OpKind, OpState]]:
    with world.context.read() as connection:
        return [(op.kind, op.state) for op in outbox.of_task(connection, world.task().id)]


def synced(world: World, *names: str) -> Synced:
    (result,) = sync(world.context, names)
    return result


def test_an_added_task_is_at_the_provider_once(world: World) -> None:
    """Save, push, and the provider's number is known."""
    fake = world.provider("fake")
    world.add()

    push_account(world.context, world.account())

    assert len(fake.tasks()) == 1
    assert world.task().state is TaskState.SUBMITTED
    assert world.task().ref == fake.tasks()[0].ref


@pytest.mark.parametrize("how", [Repeat.KEY, Repeat.NAMED, Repeat.LOOKUP])
def test_a_lost_answer_never_makes_a_second_task(world: World, how: Repeat) -> None:
    """By key, by name or by look-up the same task is found again after a restart."""
    fake = world.provider("fake", FakeProvider(everything(how)))
    fake.lose_answer()
    world.add()

    push_account(world.context, world.account())
    unsure = world.task().state
    world.restarted()
    world.later(hours=1)
    synced(world)

    assert unsure is TaskState.UNCONFIRMED
    assert world.task().state is TaskState.SUBMITTED
    assert len(fake.tasks()) == 1


def test_a_blind_provider_is_never_asked_twice(world: World) -> None:
    """Nothing can tell: the op is held and the person decides."""
    fake = world.provider("fake", FakeProvider(everything(Repeat.BLIND)))
    fake.lose_answer()
    world.add()
    pushed = push_account(world.context, world.account())

    world.later(days=1)
    synced(world)

    assert ops(world) == [(OpKind.SUBMIT, OpState.HELD)]
    assert len(pushed.held) == 1
    assert [name for name, _ in fake.calls].count("submit") == 1


def test_a_lost_request_is_sent_again(world: World) -> None:
    """A look-up that says «absent» twice lets it go a second time."""
    fake = world.provider("fake", FakeProvider(everything(Repeat.LOOKUP)))
    fake.fail_next("submit", Uncertain("the connection was cut"))
    world.add()
    push_account(world.context, world.account())

    world.later(minutes=5)
    synced(world)
    world.later(minutes=5)
    synced(world)

    assert world.task().state is TaskState.SUBMITTED
    assert len(fake.tasks()) == 1
    assert [name for name, _ in fake.calls].count("submit") == 2


def test_a_process_that_died_while_sending_leaves_an_uncertain_row(world: World) -> None:
    """The next push holds the lock, so whoever was sending is dead."""
    fake = world.provider("fake")
    world.add()
    with world.context.write() as log:
        (op,) = outbox.open_ops(log.connection)
        outbox.claim(log.connection, op, log.at)

    world.restarted()
    push_account(world.context, world.account())

    assert ops(world) == [(OpKind.SUBMIT, OpState.DONE)]
    assert len(fake.tasks()) == 1


def test_an_unreachable_provider_leaves_the_task_queued(world: World) -> None:
    """Certainly not sent: it waits for its next try, and the reason is shown."""
    fake = world.provider("fake")
    with fake.refuse_connections():
        world.add()
        pushed = push_account(world.context, world.account())

    task = world.task()
    assert pushed.stopped is not None
    assert (task.state, task.reason and task.reason.code) == (TaskState.QUEUED, "retry")
    world.later(minutes=1)
    synced(world)
    assert world.task().state is TaskState.SUBMITTED


@pytest.mark.parametrize(
    ("error", "state"),
    [
        (Rejected("not our business"), TaskState.REJECTED),
        (RateLimited("slow down", 60), TaskState.QUEUED),
        (AuthRequired("key revoked"), TaskState.QUEUED),
        (Uncertain("reset"), TaskState.UNCONFIRMED),
        (ZeroDivisionError("a bug in the plugin"), TaskState.UNCONFIRMED),
    ],
)
def test_each_failure_of_a_submit_says_what_is_certain(
    world: World, error: Exception, state: TaskState
) -> None:
    """Refused, later, sign in, or not sure: never a guess; a plugin's own bug is «not sure»."""
    fake = world.provider("fake")
    fake.fail_next("submit", error)
    world.add()

    push_account(world.context, world.account())

    assert world.task().state is state


def test_a_missing_key_stops_the_account_and_loses_nothing(world: World) -> None:
    """The other tasks of the account stay queued; none is rejected."""
    fake = world.provider("fake")
    fake.fail_next("submit", AuthRequired("key revoked"))
    world.add("one")
    world.add("two")

    push_account(world.context, world.account())

    assert [world.task(n).state for n in (1, 2)] == [TaskState.QUEUED] * 2
    world.later(minutes=1)
    synced(world)
    assert [world.task(n).state for n in (1, 2)] == [TaskState.SUBMITTED] * 2


def test_news_is_taken_once_however_often_it_is_read(world: World) -> None:
    """A full re-read adds no message, no minute, no file."""
    fake = world.provider("fake")
    world.add()
    push_account(world.context, world.account())
    ref = Ref(world.task().ref or "")
    fake.say(ref, "Started.")
    fake.work(ref, 12, "called")
    first = synced(world)

    fake.expire_cursors()
    second = synced(world)
    (third,) = sync(world.context, full=True)

    assert first.news > 0
    assert (second.news, third.news) == (0, 0)
    with world.context.read() as connection:
        assert len(queries.messages(connection, world.task().id)) == 1
        assert queries.totals(connection, [world.task().id])[world.task().id].seconds == 720


def test_a_corrected_minute_replaces_the_first(world: World) -> None:
    """12 minutes that become 10 are 10, not 22."""
    fake = world.provider("fake")
    world.add()
    push_account(world.context, world.account())
    ref = Ref(world.task().ref or "")
    fake.work(ref, 12, "called")
    synced(world)
    fake.correct_work(ref, 10, "called")
    synced(world)

    with world.context.read() as connection:
        assert queries.totals(connection, [world.task().id])[world.task().id].seconds == 600


def test_one_bad_item_is_kept_and_named_and_the_others_go_on(world: World) -> None:
    """999 of 1,000 are applied; the bad one waits in the inbox."""
    fake = world.provider("fake")
    world.add()
    push_account(world.context, world.account())
    ref = world.task().ref or ""
    for n in range(1000):
        if n == 500:
            fake.tell(Unreadable(key="bad", ref=ref, reason="the item has no time", raw=b"\xff{"))
        else:
            fake.tell(MessageReceived(key=f"m{n}", ref=ref, text=f"message {n}"))

    result = synced(world)
    again = synced(world)

    assert (result.news, result.quarantined) == (999, 1)
    assert (again.news, again.quarantined) == (0, 0)
    with world.context.read() as connection:
        (item,) = accounts.inbox_items(connection)
    assert (item.quarantined, item.raw) == ("the item has no time", b"\xff{")


def test_one_bad_provider_never_stops_the_others(world: World) -> None:
    """It is named; the two others are synced."""
    for name in ("first", "second", "third"):
        world.provider(name)
        world.add(to=name)
    world.providers["second"].fail_next("pull", ZeroDivisionError("bug"))

    results = {result.account.name: result for result in sync(world.context)}

    assert {name: result.failure is None for name, result in results.items()} == {
        "first": True,
        "second": False,
        "third": True,
    }
    assert all(world.task(n).state is TaskState.SUBMITTED for n in (1, 2, 3))


def test_an_answer_of_an_unknown_task_waits_in_the_inbox(world: World) -> None:
    """Never lost, never guessed."""
    fake = world.provider("fake")
    fake.tell(MessageReceived(key="x", ref="nobody-knows", text="About your car"))

    result = synced(world)

    assert result.unmatched == 1
    with world.context.read() as connection:
        assert [item.unmatched for item in accounts.inbox_items(connection)] == [
            Stray("About your car", reason="unknown_ref")
        ]


def test_a_second_sync_is_told_at_once_that_one_is_running(world: World) -> None:
    """The kernel's lock: nobody waits, nobody sends twice."""
    world.provider("fake")

    with sync_lock(world.context.path), pytest.raises(Busy):
        sync(world.context)


def test_an_answer_leaves_after_its_task_and_in_order(world: World) -> None:
    """Two answers typed while offline arrive in the order they were typed."""
    fake = world.provider("fake")
    world.add()
    push_account(world.context, world.account())
    answers.reply(world.context, "1", "first")
    answers.reply(world.context, "1", "second")

    push_account(world.context, world.account())

    assert [name for name, _ in fake.calls if name == "reply"] == ["reply", "reply"]
    assert list(fake.tasks()[0].messages) == ["first", "second"]


def test_what_never_left_is_canceled_here_and_never_sent(world: World) -> None:
    """A queued task can always be canceled."""
    fake = world.provider("fake")
    world.add()

    canceled = answers.cancel(world.context, "1")
    synced(world)

    assert canceled.here
    assert world.task().state is TaskState.CANCELED
    assert list(fake.tasks()) == []


def test_a_cancel_is_confirmed_only_by_the_provider(world: World) -> None:
    """Until then the task is as it was, with a mark."""
    world.provider("fake")
    world.add()
    push_account(world.context, world.account())

    asked = answers.cancel(world.context, "1")
    before = world.task()
    push_account(world.context, world.account())

    assert not asked.here
    assert (before.state, before.cancel_requested) == (TaskState.SUBMITTED, True)
    assert world.task().state is TaskState.CANCELED


def test_a_provider_that_cannot_stop_a_task_is_not_pretended_to(world: World) -> None:
    """The refusal says that it may still run and cost."""
    world.provider("fake", FakeProvider(Capabilities(reply=True)))
    world.add()
    push_account(world.context, world.account())

    with pytest.raises(Refused, match="may still run"):
        answers.cancel(world.context, "1")


def test_the_same_key_typed_twice_makes_one_task(world: World) -> None:
    """For cron and agents: the first number comes back, nothing is done."""
    world.provider("fake")
    first = world.add(client_key="k")

    second = world.add("another title", client_key="k")

    assert (second.task.number, second.existing) == (first.task.number, True)
    assert world.task().title == "Book the dentist"


def test_a_rehearsal_saves_nothing(world: World) -> None:
    """--dry-run says what would happen and leaves no trace."""
    world.provider("fake")

    placed = tasks.rehearse(world.context, tasks.NewTask(title="x", account="fake"))

    assert placed.task.number == 1
    with world.context.read() as connection:
        assert queries.tasks(connection) == []


def test_a_dry_sync_plans_and_sends_nothing(world: World) -> None:
    """--dry-run renders what the pure plan says."""
    fake = world.provider("fake")
    world.add()

    ((account, steps),) = plan(world.context)

    assert (account.name, [type(step).__name__ for step in steps]) == ("fake", ["Claim"])
    assert "submit" not in [name for name, _ in fake.calls]


def test_several_providers_and_no_default_is_a_question(world: World) -> None:
    """Spirou never chooses who gets your task."""
    world.provider("one")
    world.provider("two")

    with pytest.raises(InvalidInput, match="one, two"):
        world.add(to="")


def test_a_state_in_unknown_words_is_kept_as_received(world: World) -> None:
    """«exploded» changes nothing but what is shown."""
    fake = world.provider("fake")
    world.add()
    push_account(world.context, world.account())
    fake.tell(StateChanged(key="s", ref=world.task().ref or "", state=None, native="exploded"))

    synced(world)

    assert (world.task().state, world.task().native) == (TaskState.SUBMITTED, "exploded")


def test_impossible_quantities_are_quarantined(world: World) -> None:
    """A number that no ledger can hold never reaches it."""
    fake = world.provider("fake")
    world.add()
    push_account(world.context, world.account())
    ref = world.task().ref or ""
    fake.tell(UsageReported(key="u", ref=ref, unit="second", quantity=10**30))

    assert synced(world).quarantined == 1


def test_a_clock_that_goes_back_changes_no_order(world: World) -> None:
    """Ten years back: the instants in the log never decrease."""
    world.provider("fake")
    world.add("one")
    world.later(days=-3650)
    world.add("two")

    assert world.task(1).created_at <= world.task(2).created_at
    assert synced(world).failure is None


def test_a_person_in_a_hurry_need_not_wait_for_our_next_try(world: World) -> None:
    """After a failed connection a typed sync tries at once; a provider's own wish still holds."""
    fake = world.provider("fake")
    with fake.refuse_connections():
        world.add()
        push_account(world.context, world.account())

    patient = sync(world.context)[0].pushed
    hurried = sync(world.context, hurry=True)[0].pushed

    assert patient is not None
    assert patient.done == []
    assert hurried is not None
    assert len(hurried.done) == 1


def test_a_provider_that_asked_for_a_pause_gets_it(world: World) -> None:
    """Not even a hurry overrides Retry-After."""
    fake = world.provider("fake")
    fake.fail_next("submit", RateLimited("slow down", 60))
    world.add()
    push_account(world.context, world.account())

    sync(world.context, hurry=True)

    assert world.task().state is TaskState.QUEUED


def test_news_of_a_task_whose_answer_was_lost_is_taken_in_when_it_is_found(world: World) -> None:
    """It came before its name was known: it waits, and is not lost to the task."""
    fake = world.provider("fake", FakeProvider(everything(Repeat.LOOKUP)))
    fake.lose_answer()
    world.add()
    push_account(world.context, world.account())
    ref = Ref(fake.tasks()[0].ref)
    fake.start(ref)
    fake.work(ref, 12, "called")
    fake.fail_next("find", Uncertain("not now"))
    waiting = synced(world)

    world.later(hours=1)
    synced(world)

    assert waiting.unmatched == 2
    assert world.task().state is TaskState.WORKING
    with world.context.read() as connection:
        assert queries.totals(connection, [world.task().id])[world.task().id].seconds == 720
        assert accounts.inbox_items(connection) == []


def test_a_slow_provider_is_asked_once_a_sync(world: World) -> None:
    """Answers that never come take so long that the next try is due; it is the next sync's."""

    class Slow(FakeProvider):
        def write(self, *arguments: Any) -> Any:
            self.calls.append(("submit", ""))
            world.later(minutes=1)
            raise Uncertain("it took too long")

    slow = Slow()
    world.provider("fake", slow)
    world.add("one")
    world.add("two")

    synced(world)
    first = len([call for call, _ in slow.calls if call == "submit"])
    synced(world)

    assert (first, len([call for call, _ in slow.calls if call == "submit"])) == (2, 4)
