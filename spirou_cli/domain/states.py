"""The states of a task, in A2A's words where A2A has one."""

from __future__ import annotations

from enum import StrEnum

__all__ = ["FINAL", "MINE", "PLACES", "UNSENT", "TaskState"]


class TaskState(StrEnum):
    """Where a task stands. What a person reads is made in cli/render; JSON has these words."""

    DRAFT = "draft"
    AWAITING_APPROVAL = "awaiting_approval"
    QUEUED = "queued"
    UNCONFIRMED = "unconfirmed"
    SUBMITTED = "submitted"
    WORKING = "working"
    INPUT_REQUIRED = "input_required"
    AUTH_REQUIRED = "auth_required"
    PAUSED = "paused"
    DELIVERED = "delivered"
    COMPLETED = "completed"
    REJECTED = "rejected"
    FAILED = "failed"
    EXPIRED = "expired"
    CANCELED = "canceled"


FINAL = frozenset({TaskState.COMPLETED, TaskState.CANCELED})
"""Closed: nothing more is expected. A refused or failed task is still the person's to close."""

MINE = frozenset(
    {
        TaskState.DRAFT,
        TaskState.AWAITING_APPROVAL,
        TaskState.INPUT_REQUIRED,
        TaskState.AUTH_REQUIRED,
        TaskState.PAUSED,
        TaskState.DELIVERED,
        TaskState.REJECTED,
        TaskState.FAILED,
        TaskState.EXPIRED,
    }
)
"""The ball is with the person."""

UNSENT = frozenset({TaskState.DRAFT, TaskState.AWAITING_APPROVAL, TaskState.QUEUED})
"""The provider doesn't have it."""

PLACES = frozenset(
    {
        TaskState.SUBMITTED,
        TaskState.WORKING,
        TaskState.INPUT_REQUIRED,
        TaskState.AUTH_REQUIRED,
        TaskState.PAUSED,
    }
)
"""Open at the provider: it takes one of the places of its plan."""
