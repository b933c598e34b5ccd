"""Taking back: which facts a person decided, and what a task is once the last of them is undone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from spirou_cli.domain import events as e
from spirou_cli.domain.record import fields, replace
from spirou_cli.domain.states import UNSENT, TaskState
from spirou_cli.domain.task import Task

__all__ = ["DECISIONS", "standing", "taken_back"]

T = TypeVar("T")

DECISIONS = frozenset(
    {
        e.TaskAdded,
        e.BriefEdited,
        e.Assigned,
        e.Approved,
        e.TagsChanged,
        e.Rated,
        e.MessageSent,
        e.Accepted,
        e.Reopened,
        e.CancelAsked,
        e.Closed,
        e.Forgotten,
        e.UsageRecorded,
        e.UsageCorrected,
    }
)
"""What a person decides; anything else follows from it, or comes from a provider."""


def standing(newest_first: Iterable[T], fact: Callable[[T], tuple[str, e.Event]]) -> Iterator[T]:
    """The decisions that still stand, newest first; ``fact`` gives the task and the event of each item.

    An undo takes back the newest decision about its task that stands.
    """
    undone: Counter[str] = Counter()
    for item in newest_first:
        task_id, event = fact(item)
        if isinstance(event, e.Undone):
            undone[task_id] += 1
        elif not _decided(event):
            continue
        elif undone[task_id]:
            undone[task_id] -= 1
        else:
            yield item


def taken_back(before: Task | None, after: Task, now: Task) -> e.Undone | None:
    """The fact that undoes the step from ``before`` to ``after``; None where the task has moved on since.

    A task that was added and never left ends as canceled: numbers are not used twice.
    """
    if before is None:
        return _as(replace(now, state=TaskState.CANCELED, reason=None))
    if before.state in UNSENT and now.state in UNSENT:
        return _as(before)
    if before.state is not after.state and now.state is not after.state:
        return None
    untouched = [name for name in _RESTORED if getattr(before, name) == getattr(after, name)]
    return _as(replace(before, **{name: getattr(now, name) for name in untouched}))


_RESTORED = tuple(name for name in fields(e.Undone) if name != "op_id")


def _as(task: Task) -> e.Undone:
    """The fact that makes a task what ``task`` is, in all that a person can change."""
    return e.Undone(**{name: getattr(task, name) for name in _RESTORED})


def _decided(event: e.Event) -> bool:
    if isinstance(event, e.UsageRecorded):
        return event.source == "me"
    return type(event) in DECISIONS
