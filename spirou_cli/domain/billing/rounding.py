"""How raw seconds become billed seconds: increment, mode, scope, minimum."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from datetime import time as clock
from typing import NamedTuple

from spirou_cli.domain.plan import Rounding, RoundMode, Scope

__all__ = ["Work", "group_of", "round_groups", "round_seconds", "snap"]


class Work(NamedTuple):
    """Raw seconds of one entry on the local date it is billed on."""

    id: str
    task: str
    on: date
    seconds: int


def round_seconds(rounding: Rounding, seconds: int) -> int:
    """Billed seconds of one group; no time stays no time, whatever the minimum.

    ``nearest_half_down`` is Kimai's "closest": an exact half goes down.
    """
    if seconds == 0:
        return 0
    return max(_round(rounding.mode, seconds, rounding.increment_s), rounding.minimum_s)


def round_groups(rounding: Rounding, work: Iterable[Work]) -> dict[str, int]:
    """Billed seconds by group, a group being an entry, a task, a date or the whole ``period``."""
    raw: defaultdict[str, int] = defaultdict(int)
    for item in work:
        raw[group_of(rounding.scope, item)] += item.seconds
    return {group: round_seconds(rounding, seconds) for group, seconds in raw.items()}


def group_of(scope: Scope, work: Work) -> str:
    """The key under which ``work`` is summed before it is rounded."""
    match scope:
        case Scope.ENTRY:
            return work.id
        case Scope.TASK:
            return work.task
        case Scope.DAY:
            return work.on.isoformat()
        case Scope.PERIOD:
            return "period"


def snap(moment: datetime, step_s: int, mode: RoundMode) -> datetime:
    """``moment`` moved to a grid counted from its own midnight, as some timesheets do with begin and end."""
    midnight = datetime.combine(moment.date(), clock(), moment.tzinfo)
    return midnight + timedelta(seconds=_round(mode, int((moment - midnight).total_seconds()), step_s))


def _round(mode: RoundMode, seconds: int, step: int) -> int:
    below, rest = seconds // step * step, seconds % step
    match mode:
        case RoundMode.NONE:
            return seconds
        case RoundMode.FLOOR:
            return below
        case RoundMode.CEIL:
            return below + step if rest else below
        case RoundMode.NEAREST_HALF_UP:
            return below + step if rest * 2 >= step else below
        case RoundMode.NEAREST_HALF_DOWN:
            return below + step if rest * 2 > step else below
