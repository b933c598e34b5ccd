"""``spirou status --short`` for a shell prompt: one line from one query, with nothing else loaded."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from spirou_cli.service.counts import Group

__all__ = ["short_line", "short_status"]

_MARKS: tuple[tuple[Group, str], ...] = (
    ("needs_you", "!"),
    ("to_review", "?"),
    ("in_progress", ">"),
    ("not_sent", "+"),
)


def short_status(arguments: Sequence[str]) -> int | None:
    """Answer exactly ``status --short``; None for anything else, which goes the usual way."""
    if list(arguments) != ["status", "--short"]:
        return None
    from spirou_cli.domain.errors import SpirouError
    from spirou_cli.service.places import store_path
    from spirou_cli.storage.store import Store

    try:
        with Store.open_for_reading(store_path(os.environ)) as store, store.read() as connection:
            from spirou_cli.service.counts import counts

            line = short_line(counts(connection))
    except SpirouError:
        return None  # told in words by the usual way
    try:
        sys.stdout.write(line + "\n")
        sys.stdout.flush()
    except (OSError, ValueError, AttributeError):
        return 1
    return 0


def short_line(counts: Mapping[Group, int]) -> str:
    """``2! 1? 4>``: needs you, to review, in progress, not sent; what is zero is left out."""
    return " ".join(f"{counts[name]}{mark}" for name, mark in _MARKS if counts[name])
