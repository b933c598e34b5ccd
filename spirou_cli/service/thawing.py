"""Frozen briefs as an adapter gets them. Apart from ``briefs``: saving a task needs no contract."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from spirou_cli.adapters.base import Attachment, Brief, Message
from spirou_cli.domain.money import Money
from spirou_cli.domain.reason import FileRef
from spirou_cli.storage import files

__all__ = ["thaw", "thaw_message"]


def thaw(op_key: str, frozen: Mapping[str, Any], folder: Path) -> Brief:
    """The brief that an adapter gets."""
    due = frozen["due_at"]
    cost = frozen["max_cost"]
    return Brief(
        op_key=op_key,
        number=frozen["number"],
        title=frozen["title"],
        body=frozen["body"],
        language=frozen["language"],
        due=None if due is None else datetime.fromtimestamp(due / 1000, _zone(frozen["zone"])),
        due_is_day=frozen["due_is_day"],
        max_time_s=frozen["max_time_s"],
        max_cost=None if cost is None else Money(**cost),
        priority=frozen["priority"],
        project=frozen["project"],
        tags=tuple(frozen["tags"]),
        attachments=_attachments(frozen["attachments"], folder),
        sender=frozen["sender"],
    )


def thaw_message(frozen: Mapping[str, Any], folder: Path) -> Message:
    """The message that an adapter gets."""
    return Message(frozen["text"], _attachments(frozen["attachments"], folder))


def _attachments(frozen: Iterable[Mapping[str, Any]], folder: Path) -> tuple[Attachment, ...]:
    refs = (FileRef(**item) for item in frozen)
    return tuple(
        Attachment(ref.name, files.kept(folder, ref.sha256), ref.sha256, ref.size, ref.media_type)
        for ref in refs
    )


def _zone(name: str) -> tzinfo:
    return UTC if name == "UTC" else ZoneInfo(name)
