"""What each fact makes of a task: the state table and the fold."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from spirou_cli.domain import events as e
from spirou_cli.domain.ops import OpKind
from spirou_cli.domain.record import replace
from spirou_cli.domain.states import TaskState as S
from spirou_cli.domain.task import Task

__all__ = ["REPORTABLE", "TRANSITIONS", "apply", "fold"]


_UNSENT = frozenset({S.DRAFT, S.AWAITING_APPROVAL, S.QUEUED})
_THERE = frozenset(
    {
        S.UNCONFIRMED,
        S.SUBMITTED,
        S.WORKING,
        S.INPUT_REQUIRED,
        S.AUTH_REQUIRED,
        S.PAUSED,
        S.DELIVERED,
    }
)
_ENDED = frozenset({S.REJECTED, S.FAILED, S.EXPIRED})
_CLOSED = frozenset({S.COMPLETED, S.CANCELED})
_ALL = frozenset(S)

REPORTABLE = frozenset(S) - {S.DRAFT, S.AWAITING_APPROVAL, S.QUEUED, S.UNCONFIRMED}
"""What a provider can say of a task."""

TRANSITIONS: dict[type[e.Event], frozenset[S]] = {
    e.BriefEdited: _ALL - _CLOSED,
    e.Assigned: _UNSENT | _ENDED,
    e.Approved: _ALL,
    e.TagsChanged: _ALL,
    e.Rated: _ALL,
    e.MessageSent: _THERE | _ENDED,
    e.Accepted: _THERE | _ENDED,
    e.Reopened: frozenset({S.DELIVERED, S.COMPLETED}) | _ENDED,
    e.CancelAsked: _THERE | frozenset({S.QUEUED}),
    e.Closed: _ALL - {S.COMPLETED, S.CANCELED},
    e.Undone: _UNSENT | _CLOSED | _ENDED | _THERE,
    e.Forgotten: _ALL,
    e.Postponed: _UNSENT | frozenset({S.UNCONFIRMED}),
    e.Arrived: _UNSENT | _THERE | _ENDED | _CLOSED,
    e.ArrivalUnknown: _UNSENT | frozenset({S.UNCONFIRMED}),
    e.OpRefused: _ALL,
    e.CancelAnswered: _ALL,
    e.StateReported: _UNSENT | _THERE | _ENDED,
    e.MessageReceived: _ALL,
    e.ArtifactReceived: _ALL,
    e.ArtifactStored: _ALL,
    e.UsageRecorded: _ALL,
    e.UsageCorrected: _ALL,
    e.RemovedThere: _ALL,
    e.AnswerMatched: _ALL,
}
"""In which states a fact is accepted. A fact elsewhere is a recorded conflict and changes no state."""


def apply(task: Task | None, event: e.Event, *, task_id: str, at: int) -> Task:
    """The task after ``event``. Total: a fact that the state can't accept is counted, never an error."""
    if task is None:
        return _added(event, task_id, at)
    if task.state not in TRANSITIONS.get(type(event), frozenset()):
        return task if _says_nothing_new(task, event) else replace(task, conflicts=task.conflicts + 1)
    return _APPLY[type(event)](task, event, at)


def fold(facts: Iterable[tuple[e.Event, int]], task_id: str) -> Task | None:
    """The task that a history of ``(event, at)`` makes, None for an empty one."""
    task: Task | None = None
    for event, at in facts:
        task = apply(task, event, task_id=task_id, at=at)
    return task


def _says_nothing_new(task: Task, event: e.Event) -> bool:
    """A provider that repeats what the person already closed is no conflict."""
    if not isinstance(event, e.StateReported) or event.state is None:
        return isinstance(event, e.StateReported)
    done = {S.DELIVERED, S.COMPLETED}
    return event.state is task.state or (task.state is S.COMPLETED and event.state in done)


def _added(event: e.Event, task_id: str, at: int) -> Task:
    if not isinstance(event, e.TaskAdded):
        return Task(id=task_id, number=0, state=S.DRAFT, created_at=at, since=at, conflicts=1)
    return Task(
        id=task_id,
        number=event.number,
        state=event.state,
        created_at=at,
        since=at,
        reason=event.reason,
        account_id=event.account_id,
        client_key=event.client_key,
        tags=event.tags,
        language=event.language,
        approved=event.approved,
        replaces=event.replaces,
        **e.brief_of(event),
    )


def _moved(task: Task, state: S, at: int, reason: e.Reason | None = None) -> Task:
    """``task`` in ``state``; ``since`` stays while the state does."""
    question = task.question if state is S.INPUT_REQUIRED else ""
    choices = task.choices if state is S.INPUT_REQUIRED else ()
    since = task.since if state is task.state else at
    return replace(task, state=state, since=since, reason=reason, question=question, choices=choices)


def _edited(task: Task, event: e.BriefEdited, at: int) -> Task:
    return replace(task, **e.brief_of(event))


def _undone(task: Task, event: e.Undone, at: int) -> Task:
    before = replace(
        task,
        tags=event.tags,
        rating=event.rating,
        account_id=event.account_id,
        approved=event.approved,
        cancel_requested=event.cancel_requested,
        question=event.question,
        choices=event.choices,
        **e.brief_of(event),
    )
    return _moved(before, event.state, at, event.reason)


def _assigned(task: Task, event: e.Assigned, at: int) -> Task:
    fresh = replace(task, account_id=event.account_id, ref=None, url=None, native="", gone=False)
    return _moved(fresh, event.state, at, event.reason)


def _message_sent(task: Task, event: e.MessageSent, at: int) -> Task:
    waiting_for_me = task.state in {S.INPUT_REQUIRED, S.AUTH_REQUIRED, S.PAUSED}
    return _moved(task, S.WORKING, at) if waiting_for_me else task


def _reopened(task: Task, event: e.Reopened, at: int) -> Task:
    return replace(_moved(task, S.WORKING, at), cancel_requested=False)


def _arrived(task: Task, event: e.Arrived, at: int) -> Task:
    named = replace(task, ref=event.ref, url=event.url)
    unsure = task.state in _UNSENT or task.state is S.UNCONFIRMED
    return _moved(named, S.SUBMITTED, at) if unsure else named


def _arrival_unknown(task: Task, event: e.ArrivalUnknown, at: int) -> Task:
    return _moved(task, S.UNCONFIRMED, at, event.reason)


def _refused(task: Task, event: e.OpRefused, at: int) -> Task:
    if event.kind is OpKind.SUBMIT and task.state in _UNSENT | {S.UNCONFIRMED}:
        return _moved(task, S.REJECTED, at, event.reason)
    if event.kind is OpKind.CANCEL:
        return replace(task, cancel_requested=False, reason=event.reason)
    return replace(task, reason=event.reason)


def _cancel_answered(task: Task, event: e.CancelAnswered, at: int) -> Task:
    if not event.confirmed or task.state in _CLOSED:
        return task
    return replace(_moved(task, S.CANCELED, at), cancel_requested=False)


def _heard(task: Task, at: int) -> Task:
    return replace(task, heard_at=at)


def _reported(task: Task, event: e.StateReported, at: int) -> Task:
    heard = replace(task, native=event.native, heard_at=at, gone=False)
    if event.state is None or event.state not in REPORTABLE:
        return heard
    # «Done» at the provider is «to review» here: only the person completes a task.
    state = S.DELIVERED if event.state is S.COMPLETED else event.state
    reason = e.Reason("said", text=event.reason) if event.reason else None
    moved = _moved(heard, state, at, reason)
    return replace(moved, cancel_requested=False) if state is S.CANCELED else moved


def _message_received(task: Task, event: e.MessageReceived, at: int) -> Task:
    heard = replace(task, heard_at=at)
    if not event.question or task.state not in _UNSENT | _THERE:
        return heard
    asked = _moved(heard, S.INPUT_REQUIRED, at)
    return replace(asked, question=event.text, choices=event.choices)


def _closed(task: Task, event: e.Closed, at: int) -> Task:
    reason = None if event.known_stopped else e.Reason("may_still_run")
    return replace(_moved(task, S.CANCELED, at, reason), cancel_requested=False)


def _forgotten(task: Task, event: e.Forgotten, at: int) -> Task:
    return replace(
        task,
        title="",
        body="",
        project="",
        tags=(),
        attachments=(),
        question="",
        choices=(),
        forgotten=True,
        reason=None if task.reason and task.reason.text else task.reason,
    )


# Any: each handler takes just the event type it stands beside.
_APPLY: dict[type[e.Event], Callable[[Task, Any, int], Task]] = {
    e.BriefEdited: _edited,
    e.Assigned: _assigned,
    e.Approved: lambda task, event, at: replace(task, approved=True),
    e.TagsChanged: lambda task, event, at: replace(task, tags=event.tags),
    e.Rated: lambda task, event, at: replace(task, rating=event.stars),
    e.MessageSent: _message_sent,
    e.Accepted: lambda task, event, at: _moved(task, S.COMPLETED, at),
    e.Reopened: _reopened,
    e.CancelAsked: lambda task, event, at: replace(task, cancel_requested=True),
    e.Closed: _closed,
    e.Undone: _undone,
    e.Forgotten: _forgotten,
    e.Postponed: lambda task, event, at: _moved(task, event.state, at, event.reason),
    e.Arrived: _arrived,
    e.ArrivalUnknown: _arrival_unknown,
    e.OpRefused: _refused,
    e.CancelAnswered: _cancel_answered,
    e.StateReported: _reported,
    e.MessageReceived: _message_received,
    e.ArtifactReceived: lambda task, event, at: _heard(task, at),
    e.ArtifactStored: lambda task, event, at: task,
    e.UsageRecorded: lambda task, event, at: (
        replace(task, heard_at=at) if event.source == "provider" else task
    ),
    e.UsageCorrected: lambda task, event, at: task,
    e.RemovedThere: lambda task, event, at: replace(task, gone=True, heard_at=at),
    e.AnswerMatched: lambda task, event, at: task,
}
