"""Briefs frozen for the outbox: the bytes sent depend on nothing else. ``thawing`` is the way back."""

from __future__ import annotations

from datetime import tzinfo
from typing import Any

from spirou_cli.domain.task import Task
from spirou_cli.storage.codec import encode

__all__ = ["freeze"]


def freeze(task: Task, *, language: str, zone: tzinfo, sender: str = "") -> dict[str, Any]:
    """The brief of ``task`` as plain JSON: text as typed, files by content."""
    return {
        "number": task.number,
        "title": task.title,
        "body": task.body,
        "language": task.language or language,
        "due_at": task.due_at,
        "due_is_day": task.due_is_day,
        "zone": getattr(zone, "key", "UTC"),
        "max_time_s": task.max_time_s,
        "max_cost": encode(task.max_cost),
        "priority": task.priority,
        "project": task.project,
        "tags": list(task.tags),
        "attachments": encode(task.attachments),
        "sender": sender,
    }
