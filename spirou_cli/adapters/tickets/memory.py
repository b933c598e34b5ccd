"""What was last read of each open ticket: the cursor of a ticket system.

Ticket systems stamp changes to the second and make them visible later, so «everything since» loses some.
Instead each open ticket is compared with what was last read of it, a hundred in one request: nothing is
lost, a ticket that vanished is noticed, and a quiet sync reads nothing else.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from spirou_cli.adapters.base import CursorExpired, OpenTask

__all__ = ["PAGE", "Memory", "Seen", "settled"]

PAGE = 100
"""Tickets in one request; both Redmine and RT refuse to give more."""

_VERSION = 1
_SAME_SECOND = timedelta(seconds=2)


@dataclass(frozen=True, slots=True)
class Seen:
    """What was read of one ticket.

    ``stamp``: the server's time of its last change, empty where another change may bear the same.
    ``last``: the newest journal or transaction. ``worked``: the server's total, as it wrote it.
    ``lines``: each line of work that was reported, with what was said of it.
    """

    stamp: str = ""
    last: int = 0
    worked: str = ""
    lines: Mapping[str, str] = field(default_factory=dict)
    gone: bool = False


@dataclass(frozen=True, slots=True)
class Memory:
    """All that was read; ``after`` is the ticket where a reading in pages stands, 0 between readings."""

    seen: Mapping[int, Seen] = field(default_factory=dict)
    after: int = 0

    @classmethod
    def decode(cls, cursor: str | None) -> Memory:
        """The memory in ``cursor``; CursorExpired for one that isn't ours."""
        if cursor is None:
            return cls()
        try:
            value = json.loads(cursor)
            if value["v"] != _VERSION:
                raise CursorExpired("The cursor is of another version.")
            rows: dict[str, Any] = value["t"]
            return cls({int(name): _seen(*row) for name, row in rows.items()}, int(value["after"]))
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise CursorExpired("The cursor can't be read.") from error

    def encode(self) -> str:
        """This memory as a cursor."""
        rows = {
            str(number): [seen.stamp, seen.last, seen.worked, dict(seen.lines), int(seen.gone)]
            for number, seen in self.seen.items()
        }
        return json.dumps({"v": _VERSION, "after": self.after, "t": rows}, separators=(",", ":"))

    def page(self, open_tasks: Iterable[OpenTask]) -> Sequence[int]:
        """The tickets to compare next, in their order."""
        return sorted(n for n in _numbers(open_tasks) if n > self.after)[:PAGE]

    def turned(self, page: Mapping[int, Seen], open_tasks: Iterable[OpenTask]) -> Memory:
        """The memory after ``page``; what is no longer open is forgotten."""
        numbers = _numbers(open_tasks)
        seen = {n: s for n, s in {**self.seen, **page}.items() if n in numbers}
        last = max(page, default=0)
        return Memory(seen, last if any(n > last for n in numbers) and page else 0)


def settled(stamp: str, now: datetime) -> bool:
    """Whether no other change can bear ``stamp`` any more, by the server's clock."""
    return now - datetime.fromisoformat(stamp) > _SAME_SECOND


def _numbers(open_tasks: Iterable[OpenTask]) -> set[int]:
    return {int(task.ref.id) for task in open_tasks if task.ref.id.isascii() and task.ref.id.isdigit()}


def _seen(stamp: str, last: int, worked: str, lines: dict[str, str], gone: int) -> Seen:
    return Seen(stamp, int(last), worked, dict(lines), bool(gone))
