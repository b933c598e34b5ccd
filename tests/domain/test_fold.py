"""The state table and the fold."""

from __future__ import annotations

import pytest

from spirou_cli.domain import events as e
from spirou_cli.domain.fold import TRANSITIONS, apply, fold
from spirou_cli.domain.record import replace
from spirou_cli.domain.states import FINAL, TaskState
from spirou_cli.domain.task import Task

ADDED = e.TaskAdded(number=14, state=TaskState.QUEUED, title="Book the dentist", account_id="a")
SENT = e.Arrived(op_id="op", ref="R-1")


def history(*facts: e.Event) -> Task:
    task = fold([(fact, at) for at, fact in enumerate(facts, 1)], "t")
    assert task is not None
    return task


def test_every_fact_has_a_row_in_the_table() -> None:
    """A new kind of fact can't be forgotten in the state table."""
    assert set(e.KINDS.values()) - {e.TaskAdded} == set(TRANSITIONS)


def test_a_task_goes_from_queue_to_done() -> None:
    """The journey of the manual, state by state."""
    question = e.MessageReceived(key="1", text="Tuesday?", question=True)
    delivered = e.StateReported(key="2", state=TaskState.COMPLETED, native="done")

    states = [
        history(ADDED).state,
        history(ADDED, SENT).state,
        history(ADDED, SENT, question).state,
        history(ADDED, SENT, question, e.MessageSent(op_id="r", text="Yes")).state,
        history(ADDED, SENT, question, delivered).state,
        history(ADDED, SENT, question, delivered, e.Accepted()).state,
    ]

    assert states == [
        TaskState.QUEUED,
        TaskState.SUBMITTED,
        TaskState.INPUT_REQUIRED,
        TaskState.WORKING,
        TaskState.DELIVERED,
        TaskState.COMPLETED,
    ]


def test_done_at_the_provider_is_to_review_here() -> None:
    """Only the person completes a task."""
    task = history(ADDED, SENT, e.StateReported(key="1", state=TaskState.COMPLETED, native="closed"))

    assert task.state is TaskState.DELIVERED


def test_the_question_is_kept_while_it_waits_and_dropped_when_answered() -> None:
    """The screen quotes the question that is open now."""
    asked = history(ADDED, SENT, e.MessageReceived(key="1", text="When?", question=True))
    answered = apply(asked, e.MessageSent(op_id="r", text="Now"), task_id="t", at=9)

    assert asked.question == "When?"
    assert answered.question == ""


def test_an_unknown_word_keeps_the_state_and_is_kept() -> None:
    """A provider's new status is shown as received, never guessed."""
    task = history(ADDED, SENT, e.StateReported(key="1", state=None, native="zurückgestellt"))

    assert (task.state, task.native) == (TaskState.SUBMITTED, "zurückgestellt")


@pytest.mark.parametrize("state", sorted(FINAL))
def test_closed_tasks_accept_no_news_of_state(state: TaskState) -> None:
    """A report that contradicts what the person closed is a recorded conflict, never a crash."""
    closed = replace(history(ADDED, SENT), state=state)

    after = apply(closed, e.StateReported(key="1", state=TaskState.WORKING, native="w"), task_id="t", at=9)

    assert (after.state, after.conflicts) == (state, 1)


def test_a_provider_that_repeats_what_is_closed_is_no_conflict() -> None:
    """«Done» after the person accepted it says nothing new."""
    done = history(ADDED, SENT, e.Accepted())

    after = apply(done, e.StateReported(key="1", state=TaskState.DELIVERED), task_id="t", at=9)

    assert after == done


def test_a_cancel_is_a_request_until_it_is_confirmed() -> None:
    """The state stays until the provider says that it stopped."""
    asked = history(ADDED, SENT, e.CancelAsked(op_id="c"))
    unsure = apply(asked, e.CancelAnswered(op_id="c", confirmed=False), task_id="t", at=8)
    stopped = apply(asked, e.CancelAnswered(op_id="c", confirmed=True), task_id="t", at=9)

    assert (asked.state, asked.cancel_requested) == (TaskState.SUBMITTED, True)
    assert (unsure.state, unsure.cancel_requested) == (TaskState.SUBMITTED, True)
    assert (stopped.state, stopped.cancel_requested) == (TaskState.CANCELED, False)


def test_a_refused_cancel_takes_the_mark_away() -> None:
    """The provider goes on working, and the screen says so."""
    task = history(ADDED, SENT, e.CancelAsked(op_id="c"), e.OpRefused(op_id="c", kind=e.OpKind.CANCEL))

    assert (task.state, task.cancel_requested) == (TaskState.SUBMITTED, False)


def test_a_task_that_comes_back_is_no_longer_gone() -> None:
    """A folder that was moved away and put back is there again."""
    task = history(ADDED, SENT, e.RemovedThere(key="1"), e.StateReported(key="2", state=TaskState.WORKING))

    assert not task.gone


def test_a_late_arrival_never_reopens_a_closed_task() -> None:
    """An answer that was lost may come back after the person gave up."""
    task = history(ADDED, e.Closed(), SENT)

    assert (task.state, task.ref) == (TaskState.CANCELED, "R-1")


def test_forgetting_takes_the_words_and_leaves_the_figures() -> None:
    """The log stays whole; what a person said is gone."""
    task = history(ADDED, SENT, e.Accepted(), e.Rated(stars=4), e.Forgotten())

    assert (task.title, task.forgotten, task.rating, task.state) == ("", True, 4, TaskState.COMPLETED)


def test_a_history_that_begins_in_the_middle_is_a_conflict_not_a_crash() -> None:
    """A merged log may lack its beginning."""
    task = history(SENT)

    assert (task.number, task.conflicts) == (0, 1)
