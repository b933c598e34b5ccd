"""Compares open tickets with what was last read of them, and looks closer at those that changed."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from spirou_cli.adapters.base import Batch, Gone, NotFound, OpenTask, ProtocolError, Report, Unreadable
from spirou_cli.adapters.tickets.answers import SHAPE_ERRORS, Forbidden
from spirou_cli.adapters.tickets.memory import Memory, Seen

__all__ = ["Follower"]

Json = dict[str, Any]


class Follower(ABC):
    """One reading of at most a hundred tickets. What is new is put into ``reports``.

    One ticket that can't be read is named and left; the others go on.
    """

    def __init__(self) -> None:
        self.reports: list[Report] = []

    @abstractmethod
    def list(self, numbers: Sequence[int]) -> tuple[Mapping[int, Json], datetime]:
        """These tickets in short, those that can be seen; and the server's time. One request."""

    @abstractmethod
    def stamp(self, listed: Json) -> str:
        """The server's time of the last change of a ticket."""

    @abstractmethod
    def look(self, number: int, seen: Seen, listed: Json | None, now: datetime) -> Seen:
        """Report what is new of one ticket; NotFound if it isn't there. ``listed`` is None if it wasn't."""

    def batch(self, cursor: str | None, open_tasks: Sequence[OpenTask]) -> Batch:
        """One page of news: the whole of ``pull``."""
        memory = Memory.decode(cursor)
        numbers = memory.page(open_tasks)
        page: dict[int, Seen] = {}
        if numbers:
            listed, now = self.list(numbers)
            page = {n: self._compare(n, memory.seen.get(n, Seen()), listed.get(n), now) for n in numbers}
        memory = memory.turned(page, open_tasks)
        return Batch(tuple(self.reports), memory.encode(), more=memory.after > 0)

    def _compare(self, number: int, seen: Seen, listed: Json | None, now: datetime) -> Seen:
        if listed is None and seen.gone:
            return seen
        stamp = ""
        try:
            stamp = self.stamp(listed) if listed else ""
            return self.look(number, replace(seen, gone=False), listed, now)
        except NotFound:
            self.reports.append(Gone(key=f"gone:{number}", ref=str(number)))
            return replace(seen, gone=True)
        except Forbidden as error:
            if listed:
                raise
            return self._unreadable(number, seen, stamp, str(error))
        except ProtocolError as error:
            return self._unreadable(number, seen, stamp, str(error))
        except SHAPE_ERRORS as error:
            return self._unreadable(number, seen, stamp, f"it isn't as expected: {error!r}")

    def _unreadable(self, number: int, seen: Seen, stamp: str, why: str) -> Seen:
        """Keep it, and look again when it changes."""
        self.reports.append(Unreadable(key=f"unreadable:{number}:{stamp}", ref=str(number), reason=why))
        return replace(seen, stamp=stamp)
