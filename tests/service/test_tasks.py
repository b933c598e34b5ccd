"""What a person does with a task that has not left, or that is to leave elsewhere."""

from __future__ import annotations

from pathlib import Path

import pytest

from spirou_cli.adapters import Capabilities, TaskState
from spirou_cli.domain.errors import InvalidInput, NoSuchThing, Refused
from spirou_cli.service import providers, sync, tasks
from spirou_cli.service.answers import cancel
from spirou_cli.service.tasks import NewTask
from tests.service.desk import desk, ref


def test_a_rehearsed_task_leaves_no_trace(tmp_path: Path) -> None:
    """--dry-run says what would happen, and the next task still gets the first number."""
    world = desk(tmp_path)

    rehearsed = tasks.rehearse(world.here, NewTask(title="Only a thought", account="julie"))

    assert (rehearsed.task.number, rehearsed.task.state) == (1, TaskState.QUEUED)
    assert world.saved().number == 1


def test_a_draft_stays_here_until_it_is_sent(tmp_path: Path) -> None:
    """A draft has no row in the outbox; send gives it one."""
    world = desk(tmp_path)
    draft = world.draft()
    world.sync()
    assert world.julie.tasks() == []

    tasks.send(world.here, str(draft.number), to="julie")
    world.sync()

    assert [task.title for task in world.julie.tasks()] == ["Book the dentist"]
    assert world.now(draft).state is TaskState.SUBMITTED


def test_what_the_provider_has_is_not_sent_twice(tmp_path: Path) -> None:
    """send refuses a task that arrived."""
    world = desk(tmp_path)
    task = world.sent()

    with pytest.raises(InvalidInput, match="sent already"):
        tasks.send(world.here, str(task.number))


def test_send_tries_again_now_what_waits_for_its_retry_time(tmp_path: Path) -> None:
    """A person who asks again doesn't wait for the retry time."""
    world = desk(tmp_path)
    task = world.saved()
    with world.julie.refuse_connections():
        assert sync.sync(world.here)[0].failure is not None
    world.sync()
    assert world.julie.tasks() == []

    tasks.send(world.here, str(task.number))
    world.sync()

    assert len(world.julie.tasks()) == 1


def test_a_provider_that_stays_away_leaves_no_doubt(tmp_path: Path) -> None:
    """Tried again and again without a network, a task is still certainly here, and can be canceled."""
    world = desk(tmp_path)
    task = world.saved()
    with world.julie.refuse_connections():
        for _ in range(3):
            sync.sync(world.here)
            world.later(hours=9)

    assert world.now(task).state is TaskState.QUEUED
    assert cancel(world.here, str(task.number)).here


def test_what_did_not_leave_can_go_to_another_provider(tmp_path: Path) -> None:
    """send --to takes the row back from the first provider, so that only the second gets it."""
    world = desk(tmp_path, others=("marc",))
    task = world.saved()

    tasks.send(world.here, str(task.number), to="marc")
    world.sync()

    assert world.julie.tasks() == []
    assert [seen.title for seen in world.providers["marc"].tasks()] == ["Book the dentist"]


def test_a_refused_task_can_be_sent_elsewhere(tmp_path: Path) -> None:
    """send --to also serves a task that the first provider declined."""
    world = desk(tmp_path, others=("marc",))
    task = world.refused()

    tasks.send(world.here, str(task.number), to="marc")
    world.sync()

    assert len(world.providers["marc"].tasks()) == 1
    assert world.now(task).state is TaskState.SUBMITTED


def test_a_rehearsed_sending_sends_nothing(tmp_path: Path) -> None:
    """send --dry-run leaves the draft a draft."""
    world = desk(tmp_path)
    draft = world.draft()

    rehearsed = tasks.send(world.here, str(draft.number), to="julie", dry_run=True)

    assert rehearsed.task.state is TaskState.QUEUED
    assert world.now(draft) == draft


def test_what_has_not_left_is_edited_before_it_leaves(tmp_path: Path) -> None:
    """The provider gets one task with the new words, not the old one and a correction."""
    world = desk(tmp_path)
    task = world.saved()

    tasks.edit(world.here, str(task.number), {"title": "Book the dentist for Tuesday"})
    world.sync()

    assert [seen.title for seen in world.julie.tasks()] == ["Book the dentist for Tuesday"]
    assert [call for call, _ in world.julie.calls if call in ("submit", "edit")] == ["submit"]


def test_what_the_provider_has_is_edited_there(tmp_path: Path) -> None:
    """An edit reaches the provider, by the names of the contract's brief."""
    world = desk(tmp_path)
    task = world.sent()

    tasks.edit(world.here, str(task.number), {"title": "For Tuesday", "due_at": 1_795_824_000_000})
    world.sync()

    (seen,) = world.julie.tasks()
    assert (seen.title, str(seen.due)) == ("For Tuesday", "2026-11-28")


def test_a_provider_that_cannot_edit_keeps_the_task_as_it_is(tmp_path: Path) -> None:
    """The refusal changes nothing, here or there; --local changes it here."""
    world = desk(tmp_path, Capabilities(reply=True))
    task = world.sent()

    with pytest.raises(Refused):
        tasks.edit(world.here, str(task.number), {"title": "For Tuesday"})
    assert world.now(task).title == "Book the dentist"
    tasks.edit(world.here, str(task.number), {"title": "For Tuesday"}, here_only=True)
    world.sync()

    assert world.now(task).title == "For Tuesday"
    assert [seen.title for seen in world.julie.tasks()] == ["Book the dentist"]


def test_an_edit_that_changes_nothing_is_no_fact(tmp_path: Path) -> None:
    """The same title again leaves the history as it was."""
    world = desk(tmp_path)
    task = world.sent()

    edited = tasks.edit(world.here, str(task.number), {"title": task.title})

    assert (edited.placed.task, edited.told) == (task, None)


def test_a_task_for_a_removed_provider_asks_for_another(tmp_path: Path) -> None:
    """A draft whose provider is gone says so instead of waiting for ever."""
    world = desk(tmp_path, others=("marc",))
    draft = world.draft(to="marc")
    providers.remove(world.here, "marc")

    with pytest.raises(NoSuchThing, match="was removed"):
        tasks.send(world.here, str(draft.number))


def test_words_of_a_closed_task_are_erased(tmp_path: Path) -> None:
    """forget leaves the number and the state, no word of the person or of the provider."""
    world = desk(tmp_path)
    task = world.sent("Ask Dr Martin", body="private")
    world.julie.say(ref(task), "Dr Martin says yes")
    world.sync()
    cancel(world.here, str(task.number))
    world.sync()

    forgotten = tasks.forget(world.here, str(task.number))
    world.here.close()

    assert (forgotten.title, forgotten.body, forgotten.state) == ("", "", TaskState.CANCELED)
    data = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert b"Dr Martin" not in data


def test_an_open_task_is_not_forgotten(tmp_path: Path) -> None:
    """Its words are still needed."""
    world = desk(tmp_path)
    task = world.sent()

    with pytest.raises(Refused):
        tasks.forget(world.here, str(task.number))
