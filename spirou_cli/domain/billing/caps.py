"""The longest task that a plan takes. Apart from the plan itself: all that ``fit`` needs of one."""

from __future__ import annotations

from enum import StrEnum

from spirou_cli.domain.record import record

__all__ = ["OverCap", "TaskCap", "over_cap_s"]


class OverCap(StrEnum):
    """What leaves a flat plan when a task is over its cap: all of it, the excess, or nothing is done."""

    WHOLE = "whole"
    EXCESS = "excess"
    REFUSE = "refuse"


@record
class TaskCap:
    """The longest task a flat plan covers; exactly ``seconds`` is inside."""

    seconds: int
    over: OverCap = OverCap.WHOLE


def over_cap_s(cap: TaskCap, seconds: int) -> int | None:
    """The seconds of a task that need a pack: 0 inside the cap, None where the plan refuses the task."""
    if seconds <= cap.seconds:
        return 0
    match cap.over:
        case OverCap.WHOLE:
            return seconds
        case OverCap.EXCESS:
            return seconds - cap.seconds
        case OverCap.REFUSE:
            return None
