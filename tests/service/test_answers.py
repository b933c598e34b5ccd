"""What a person does with a task that a provider has, and the three ends of a cancel."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from spirou_cli.adapters import Capabilities, TaskState
from spirou_cli.domain.errors import InvalidInput, Refused
from spirou_cli.service import answers, overview, sync
from spirou_cli.testing.fake import everything
from tests.service.desk import desk


def test_an_answer_reaches_the_provider_and_the_task_goes_on(tmp_path: Path) -> None:
    """The question is gone from the task, and the answer is in its thread on both sides."""
    world = desk(tmp_path)
    task = world.asked("Tuesday?")

    answers.reply(world.here, str(task.number), "Tuesday at nine")
    world.sync()

    assert world.julie.tasks()[0].messages == ("Tuesday at nine",)
    assert (world.now(task).state, world.now(task).question) == (TaskState.WORKING, "")


def test_a_file_goes_with_the_answer(tmp_path: Path) -> None:
    """What is attached to a reply arrives with it."""
    world = desk(tmp_path)
    task = world.asked()
    (tmp_path / "list.txt").write_text("milk")

    answers.reply(world.here, str(task.number), "here", [tmp_path / "list.txt"])
    world.sync()

    assert world.julie.tasks()[0].files == (("list.txt", b"milk"),)


def test_a_provider_that_takes_no_files_gets_no_half_answer(tmp_path: Path) -> None:
    """The reply is refused as a whole, so that no words promise a file that never comes."""
    world = desk(tmp_path, replace(everything(), attach=False))
    task = world.asked()
    (tmp_path / "list.txt").write_text("milk")

    with pytest.raises(Refused):
        answers.reply(world.here, str(task.number), "see the list", [tmp_path / "list.txt"])

    assert world.now(task) == task


def test_a_draft_cannot_be_answered(tmp_path: Path) -> None:
    """Nobody has it yet."""
    world = desk(tmp_path)
    task = world.saved()

    with pytest.raises(InvalidInput, match="Nobody has task 1"):
        answers.reply(world.here, str(task.number), "hello")


def test_accepting_closes_the_task_and_tells_the_provider(tmp_path: Path) -> None:
    """A delivery is done when the person takes it."""
    world = desk(tmp_path)
    task = world.delivered()

    answers.accept(world.here, str(task.number), rating=4)
    world.sync()

    assert (world.now(task).state, world.now(task).rating) == (TaskState.COMPLETED, 4)
    assert world.julie.tasks()[0].accepted


def test_a_delivery_goes_back_with_its_reason(tmp_path: Path) -> None:
    """reopen sends the words and the task is in work again."""
    world = desk(tmp_path)
    task = world.delivered()

    answers.reopen(world.here, str(task.number), "the hour is missing")
    world.sync()

    assert world.julie.tasks()[0].messages == ("the hour is missing",)
    assert world.now(task).state is TaskState.WORKING


def test_a_task_that_never_left_is_canceled_here(tmp_path: Path) -> None:
    """Its row of the outbox is withdrawn: it never reaches the provider."""
    world = desk(tmp_path)
    task = world.saved()

    canceled = answers.cancel(world.here, str(task.number))
    world.sync()

    assert (canceled.here, canceled.known_stopped) == (True, True)
    assert world.julie.tasks() == []


def test_a_task_that_could_not_leave_is_canceled_here(tmp_path: Path) -> None:
    """A failed attempt that certainly had no effect doesn't make it the provider's."""
    world = desk(tmp_path)
    task = world.saved()
    with world.julie.refuse_connections():
        sync.sync(world.here)

    canceled = answers.cancel(world.here, str(task.number))
    world.later(hours=9)
    world.sync()

    assert canceled.here
    assert world.julie.tasks() == []


def test_a_confirmed_cancel_closes_the_task(tmp_path: Path) -> None:
    """Asked, then confirmed: only then is it canceled."""
    world = desk(tmp_path)
    task = world.sent()

    asked = answers.cancel(world.here, str(task.number))
    assert (asked.here, asked.task.state, asked.task.cancel_requested) == (False, TaskState.SUBMITTED, True)
    world.sync()

    assert world.now(task).state is TaskState.CANCELED
    assert world.julie.tasks()[0].canceled


def test_a_cancel_that_comes_too_late_leaves_the_task_open(tmp_path: Path) -> None:
    """The provider's refusal is kept as the reason, and the delivery is still to be reviewed."""
    world = desk(tmp_path)
    task = world.delivered()

    answers.cancel(world.here, str(task.number))
    world.sync()

    now = world.now(task)
    assert (now.state, now.cancel_requested) == (TaskState.DELIVERED, False)
    assert now.reason is not None
    assert now.reason.text == "It is finished already"


def test_a_provider_that_cannot_stop_is_not_asked(tmp_path: Path) -> None:
    """The refusal says that it may still run; --local closes it here and remembers that."""
    world = desk(tmp_path, Capabilities(reply=True))
    task = world.sent()

    with pytest.raises(Refused, match="may still run"):
        answers.cancel(world.here, str(task.number))
    canceled = answers.cancel(world.here, str(task.number), here_only=True)

    assert (canceled.here, canceled.known_stopped) == (True, False)
    assert canceled.task.reason is not None
    assert canceled.task.reason.code == "may_still_run"


def test_a_refused_task_is_closed_here(tmp_path: Path) -> None:
    """There is nothing to ask of who said no."""
    world = desk(tmp_path)
    task = world.refused()

    canceled = answers.cancel(world.here, str(task.number))

    assert (canceled.here, canceled.task.state) == (True, TaskState.CANCELED)


def test_a_task_moves_to_another_provider_and_both_are_linked(tmp_path: Path) -> None:
    """It is stopped there and sent elsewhere; each shows the other."""
    world = desk(tmp_path, others=("marc",))
    task = world.sent(body="the youngest")

    moved = answers.reassign(world.here, str(task.number), "marc")
    world.sync()

    new = moved.placed.task
    assert world.now(task).state is TaskState.CANCELED
    assert [seen.text for seen in world.providers["marc"].tasks()] == ["the youngest"]
    assert overview.detail(world.here, str(new.number)).replaces == task.number
    assert overview.detail(world.here, str(task.number)).replaced_by == new.number


def test_the_thread_goes_along_when_asked(tmp_path: Path) -> None:
    """--keep-thread puts what was said into the new brief, the other's words quoted."""
    world = desk(tmp_path, others=("marc",))
    task = world.asked("Tuesday\nor Thursday?")
    answers.reply(world.here, str(task.number), "Tuesday")
    world.sync()

    moved = answers.reassign(world.here, str(task.number), "marc", keep_thread=True)

    assert moved.placed.task.body == "> Tuesday\n> or Thursday?\n\nTuesday"


def test_what_never_left_just_changes_its_provider(tmp_path: Path) -> None:
    """No second task is made where nothing has to be stopped."""
    world = desk(tmp_path, others=("marc",))
    task = world.saved()

    moved = answers.reassign(world.here, str(task.number), "marc")
    world.sync()

    assert (moved.stopped, moved.placed.task.number) == (None, task.number)
    assert (len(world.julie.tasks()), len(world.providers["marc"].tasks())) == (0, 1)


def test_a_task_is_not_given_to_who_has_it(tmp_path: Path) -> None:
    """reassign to the same provider is refused before anything is stopped."""
    world = desk(tmp_path)
    task = world.sent()

    with pytest.raises(InvalidInput, match="has task 1 already"):
        answers.reassign(world.here, str(task.number), "julie")
    assert world.now(task) == task


def test_a_refused_stop_starts_nothing_elsewhere(tmp_path: Path) -> None:
    """A provider that can't stop leaves one task in work, not two."""
    world = desk(tmp_path, Capabilities(reply=True), others=("marc",))
    task = world.sent()

    with pytest.raises(Refused):
        answers.reassign(world.here, str(task.number), "marc")
    world.sync()

    assert world.providers["marc"].tasks() == []
