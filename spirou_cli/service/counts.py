"""The parts of ``status``, and how many tasks each has: light enough for a shell prompt."""

from __future__ import annotations

import sqlite3
from typing import Literal

from spirou_cli.domain.states import TaskState
from spirou_cli.storage import tallies

__all__ = ["Group", "counts", "group_of"]

Group = Literal["needs_you", "to_review", "in_progress", "not_sent"]

_GROUPS: dict[TaskState, Group] = {
    TaskState.INPUT_REQUIRED: "needs_you",
    TaskState.AUTH_REQUIRED: "needs_you",
    TaskState.AWAITING_APPROVAL: "needs_you",
    TaskState.PAUSED: "needs_you",
    TaskState.REJECTED: "needs_you",
    TaskState.FAILED: "needs_you",
    TaskState.EXPIRED: "needs_you",
    TaskState.DELIVERED: "to_review",
    TaskState.SUBMITTED: "in_progress",
    TaskState.WORKING: "in_progress",
    TaskState.UNCONFIRMED: "in_progress",
    TaskState.QUEUED: "not_sent",
    TaskState.DRAFT: "not_sent",
}


def group_of(state: TaskState) -> Group | None:
    """The part of ``status`` that shows a state; None for closed ones."""
    return _GROUPS.get(state)


def counts(connection: sqlite3.Connection) -> dict[Group, int]:
    """How many tasks each part of ``status`` has."""
    found: dict[Group, int] = {"needs_you": 0, "to_review": 0, "in_progress": 0, "not_sent": 0}
    for state, held, number in tallies.state_counts(connection):
        group: Group | None = "needs_you" if held else group_of(TaskState(state))
        if group is not None:
            found[group] += number
    return found
