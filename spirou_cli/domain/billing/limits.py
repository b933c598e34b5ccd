"""A plan's limits that aren't money: the longest task, and how many tasks may be open at once."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from itertools import groupby

from spirou_cli.domain.billing.caps import TaskCap, over_cap_s
from spirou_cli.domain.record import record

__all__ = ["Capped", "CappedTask", "Cover", "OpenChange", "OpenLoad", "cap_tasks", "open_load", "slow_s"]


class Cover(StrEnum):
    """What pays for a task under a flat plan with a cap."""

    INCLUDED = "included"
    PACK = "pack"
    REFUSED = "refused"


@record
class CappedTask:
    """How a task is covered, and the seconds it takes from the packs."""

    id: str
    cover: Cover
    pack_s: int


@record
class Capped:
    tasks: tuple[CappedTask, ...]

    @property
    def pack_drawn_s(self) -> int:
        return sum(task.pack_s for task in self.tasks)


@record
class OpenChange:
    """A task opened or closed at an instant; set-up and complaint tasks count like any other."""

    at: datetime
    task: str
    opened: bool


@record
class OpenLoad:
    """How many tasks were open, and when there were so many that the provider slows down."""

    most: int
    slow: tuple[tuple[datetime, datetime], ...]
    open_at_end: int

    @property
    def slow_s(self) -> int:
        return sum(int((end - start).total_seconds()) for start, end in self.slow)


def cap_tasks(cap: TaskCap, tasks: Iterable[tuple[str, int]], pack_s: int) -> Capped:
    """Tasks of (id, raw seconds), in order, against the cap and the time left in packs.

    A task is drawn from the packs if what it needs fits, else it is refused and costs nothing.
    """
    covered: list[CappedTask] = []
    for task, seconds in tasks:
        needed = over_cap_s(cap, seconds)
        if needed == 0:
            covered.append(CappedTask(task, Cover.INCLUDED, 0))
        elif needed is None or needed > pack_s:
            covered.append(CappedTask(task, Cover.REFUSED, 0))
        else:
            covered.append(CappedTask(task, Cover.PACK, needed))
            pack_s -= needed
    return Capped(tuple(covered))


def open_load(limit: int, changes: Iterable[OpenChange], until: datetime) -> OpenLoad:
    """The slow lane: every stretch with ``limit`` or more tasks open. It costs time, never money.

    At one instant closings come first; what opens and closes in it was never open.
    """
    opened: set[str] = set()
    most, slow, since = 0, [], None
    ordered = sorted((c for c in changes if c.at <= until), key=lambda c: c.at)
    for at, group in groupby(ordered, key=lambda c: c.at):
        together = list(group)
        closing = {change.task for change in together if not change.opened}
        opening = {change.task for change in together if change.opened}
        opened = (opened - closing) | (opening - (closing - opened))
        most = max(most, len(opened))
        if len(opened) >= limit:
            since = since or at
        elif since is not None:
            slow.append((since, at))
            since = None
    if since is not None and since < until:
        slow.append((since, until))
    return OpenLoad(most, tuple(slow), len(opened))


def slow_s(limit: int, changes: Iterable[OpenChange], since: datetime, until: datetime) -> int:
    """Seconds of the slow lane between two instants; ``changes`` may begin before."""
    slow = open_load(limit, changes, until).slow
    return sum(max(0, int((end - max(start, since)).total_seconds())) for start, end in slow)
