"""Undo: the last thing a person did, as long as nothing of it has left."""

from __future__ import annotations

from pathlib import Path

import pytest

from spirou_cli.adapters import TaskState
from spirou_cli.domain.errors import Refused
from spirou_cli.service import answers, overview, sync, tasks
from spirou_cli.service.undo import steps, undo
from spirou_cli.storage.log import rebuild, snapshot
from tests.service.desk import desk, ref


def test_nothing_done_is_nothing_to_take_back(tmp_path: Path) -> None:
    """An empty store is no error."""
    assert undo(desk(tmp_path).here) is None


def test_a_task_that_was_added_and_never_left_is_canceled(tmp_path: Path) -> None:
    """Its row of the outbox is withdrawn, and its number is not used again."""
    world = desk(tmp_path)
    task = world.saved()

    undo(world.here)
    world.sync()

    assert world.now(task).state is TaskState.CANCELED
    assert world.julie.tasks() == []
    assert world.saved().number == task.number + 1


def test_a_task_that_left_is_not_taken_back(tmp_path: Path) -> None:
    """The refusal says what to do instead, and changes nothing."""
    world = desk(tmp_path)
    task = world.sent()

    with pytest.raises(Refused) as refused:
        undo(world.here)

    assert refused.value.hint.format_map(refused.value.fields) == f"spirou cancel {task.number}"
    assert world.now(task) == task


def test_a_change_of_the_brief_is_taken_back_and_the_old_words_leave(tmp_path: Path) -> None:
    """What the provider gets is the task as it was before the change."""
    world = desk(tmp_path)
    task = world.saved("Book the dentist")
    tasks.edit(world.here, str(task.number), {"title": "Book the vet", "project": "home"})

    undo(world.here)
    world.sync()

    assert [seen.title for seen in world.julie.tasks()] == ["Book the dentist"]
    assert world.now(task).project == ""


def test_undo_after_undo_takes_back_what_came_before(tmp_path: Path) -> None:
    """Each undo goes one step further, never back and forth."""
    world = desk(tmp_path)
    draft = world.draft()
    for title in ("one", "two", "three"):
        tasks.edit(world.here, str(draft.number), {"title": title})

    titles = [step.task.title for _ in range(3) if (step := undo(world.here)) is not None]
    last = undo(world.here)

    assert titles == ["two", "one", "Book the dentist"]
    assert last is not None
    assert last.task.state is TaskState.CANCELED
    assert undo(world.here) is None


def test_tags_of_a_sent_task_are_taken_back_and_news_stays(tmp_path: Path) -> None:
    """Tags never leave, so that they can be undone whatever the provider said meanwhile."""
    world = desk(tmp_path)
    task = world.sent()
    tasks.tag(world.here, str(task.number), ["health"], [])
    world.julie.start(ref(task))
    world.sync()

    undo(world.here)

    assert (world.now(task).tags, world.now(task).state) == ((), TaskState.WORKING)


def test_an_answer_that_never_left_is_taken_back_with_its_words(tmp_path: Path) -> None:
    """The question stands again and the thread doesn't have the answer."""
    world = desk(tmp_path)
    task = world.asked("Tuesday?")
    answers.reply(world.here, str(task.number), "Thursday")

    undo(world.here)
    world.sync()

    detail = overview.detail(world.here, str(task.number))
    assert (detail.line.task.state, detail.line.task.question) == (TaskState.INPUT_REQUIRED, "Tuesday?")
    assert [message.text for message in detail.messages] == ["Tuesday?"]
    assert world.julie.tasks()[0].messages == ()


def test_an_answer_that_arrived_is_not_taken_back(tmp_path: Path) -> None:
    """Words that were read can't be unread."""
    world = desk(tmp_path)
    task = world.asked()
    answers.reply(world.here, str(task.number), "Thursday")
    world.sync()

    with pytest.raises(Refused, match="has left"):
        undo(world.here)


def test_an_acceptance_the_provider_was_not_told_is_taken_back(tmp_path: Path) -> None:
    """The delivery is to review again, and the provider never hears of it."""
    world = desk(tmp_path)
    task = world.delivered()
    answers.accept(world.here, str(task.number))

    undo(world.here)
    world.sync()

    assert world.now(task).state is TaskState.DELIVERED
    assert not world.julie.tasks()[0].accepted


def test_a_cancel_of_what_never_left_is_taken_back_and_it_leaves(tmp_path: Path) -> None:
    """The task waits as it did before, and the next sync sends it."""
    world = desk(tmp_path)
    task = world.saved()
    answers.cancel(world.here, str(task.number))

    undo(world.here)
    world.sync()

    assert world.now(task).state is TaskState.SUBMITTED
    assert len(world.julie.tasks()) == 1


def test_a_sending_that_did_not_happen_yet_is_taken_back(tmp_path: Path) -> None:
    """A draft that was to leave is a draft again."""
    world = desk(tmp_path)
    draft = world.draft()
    tasks.send(world.here, str(draft.number), to="julie")

    undo(world.here)
    world.sync()

    assert world.now(draft).state is TaskState.DRAFT
    assert world.julie.tasks() == []


def test_what_moved_on_is_not_taken_back(tmp_path: Path) -> None:
    """An answer still waits here, and meanwhile the provider delivered: the question can't come back."""
    world = desk(tmp_path)
    task = world.asked()
    answers.reply(world.here, str(task.number), "Thursday")
    with world.julie.refuse_connections():
        sync.sync(world.here)
    world.julie.finish(ref(task))
    world.sync()

    with pytest.raises(Refused, match="moved on"):
        undo(world.here)
    assert world.now(task).state is TaskState.DELIVERED


def test_erased_words_are_not_taken_back(tmp_path: Path) -> None:
    """forget is for good."""
    world = desk(tmp_path)
    task = world.sent()
    answers.cancel(world.here, str(task.number), here_only=True)
    tasks.forget(world.here, str(task.number))

    with pytest.raises(Refused, match="erased for good"):
        undo(world.here)


def test_a_rehearsed_undo_changes_nothing(tmp_path: Path) -> None:
    """--dry-run names the step and leaves it."""
    world = desk(tmp_path)
    draft = world.draft()

    step = undo(world.here, dry_run=True)

    assert step is not None
    assert step.task == draft
    assert world.now(draft) == draft


def test_the_list_says_what_can_still_be_taken_back(tmp_path: Path) -> None:
    """Newest first; what has left is there with its reason."""
    world = desk(tmp_path)
    world.sent()
    world.draft()

    found = steps(world.here, 10)

    assert [(step.task.number, step.refused is None) for step in found] == [(2, True), (1, False)]


def test_the_read_tables_can_be_rebuilt_after_an_undo(tmp_path: Path) -> None:
    """Live rows and rows folded from the log are the same."""
    world = desk(tmp_path)
    task = world.asked()
    answers.reply(world.here, str(task.number), "Thursday")
    undo(world.here)

    with world.here.write() as log:
        live = snapshot(log.connection)
        rebuild(log.connection)
        assert snapshot(log.connection) == live
