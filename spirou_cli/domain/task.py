"""A task as it is known now."""

from __future__ import annotations

from spirou_cli.domain.money import Money
from spirou_cli.domain.reason import FileRef, Reason
from spirou_cli.domain.record import record
from spirou_cli.domain.states import TaskState

__all__ = ["Task"]


@record(kw_only=True)
class Task:
    """What is known of a task now. Times are UTC milliseconds, durations seconds.

    ``since``: when the state began. ``conflicts``: facts that the state couldn't accept; they are in
    the history. ``time_used_s`` is None where nobody told.
    """

    id: str
    number: int
    state: TaskState
    created_at: int
    since: int
    title: str = ""
    body: str = ""
    reason: Reason | None = None
    native: str = ""
    account_id: str | None = None
    client_key: str | None = None
    ref: str | None = None
    url: str | None = None
    due_at: int | None = None
    due_is_day: bool = True
    max_time_s: int | None = None
    max_cost: Money | None = None
    priority: str = "normal"
    project: str = ""
    tags: tuple[str, ...] = ()
    attachments: tuple[FileRef, ...] = ()
    language: str = ""
    replaces: str | None = None
    question: str = ""
    choices: tuple[str, ...] = ()
    approved: bool = False
    cancel_requested: bool = False
    gone: bool = False
    rating: int | None = None
    forgotten: bool = False
    conflicts: int = 0
    heard_at: int | None = None
    """When the provider last said anything."""
