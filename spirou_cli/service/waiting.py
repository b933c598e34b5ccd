"""Waiting: blocks until tasks need the person or end; decided by a pure function, one look at a time."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from typing import Literal

from spirou_cli.domain.errors import Busy, InvalidInput, mark
from spirou_cli.domain.record import record
from spirou_cli.domain.states import FINAL, UNSENT, TaskState
from spirou_cli.service import overview, sync
from spirou_cli.service.context import Context
from spirou_cli.service.lookup import find
from spirou_cli.service.overview import Line
from spirou_cli.storage import accounts

__all__ = ["ENDS", "Look", "Wish", "looks", "reached", "settled", "verdict"]

NEEDS = frozenset(
    {TaskState.INPUT_REQUIRED, TaskState.AUTH_REQUIRED, TaskState.PAUSED, TaskState.AWAITING_APPROVAL}
)
FAILED = frozenset({TaskState.REJECTED, TaskState.FAILED, TaskState.EXPIRED})

ENDS: dict[str, frozenset[TaskState]] = {
    "needs-you": NEEDS,
    "to-review": frozenset({TaskState.DELIVERED}),
    "done": frozenset({TaskState.COMPLETED}),
    "failed": FAILED,
    "canceled": frozenset({TaskState.CANCELED}),
    "working": frozenset({TaskState.WORKING}),
    "sent": frozenset({TaskState.SUBMITTED, TaskState.WORKING}),
}
"""What can be waited for, in the words of the screens."""

_USUAL = NEEDS | FAILED | FINAL | {TaskState.DELIVERED}
_LONGEST_S = 300.0
_USUAL_S = 60
_GROWTH = 1.5


@record(kw_only=True)
class Wish:
    """What to wait for. ``all_of_them``: each task, not just one; ``fail_fast`` ends at the first failure."""

    until: frozenset[TaskState] = _USUAL
    all_of_them: bool = False
    fail_fast: bool = False


@record
class Look:
    """One look at the tasks; ``changed`` are those whose state differs from the look before."""

    lines: tuple[Line, ...]
    changed: tuple[Line, ...]
    settled: bool
    elapsed_s: float


def settled(states: Sequence[TaskState], wish: Wish) -> bool:
    """Whether the wait is over. A question ends it at once: more waiting would not answer it."""
    if not states:
        return True
    asked = any(state in NEEDS and state in wish.until for state in states)
    failed = wish.fail_fast and any(state in FAILED or state is TaskState.CANCELED for state in states)
    there = [state in wish.until for state in states]
    return asked or failed or (all(there) if wish.all_of_them else any(there))


def verdict(states: Sequence[TaskState]) -> Literal[0, 8, 9]:
    """The exit code of --exit-status: 9 one failed or was canceled, 8 one is open or needs the person."""
    if any(state in FAILED or state is TaskState.CANCELED for state in states):
        return 9
    return 8 if any(state not in FINAL | {TaskState.DELIVERED} for state in states) else 0


def reached(names: str) -> frozenset[TaskState]:
    """The states that ``needs-you,to-review`` names; the words of JSON will do too."""
    found: frozenset[TaskState] = frozenset()
    for name in (part.strip() for part in names.split(",") if part.strip()):
        if name in ENDS:
            found |= ENDS[name]
        elif name in set(TaskState):
            found |= {TaskState(name)}
        else:
            raise InvalidInput(
                mark("Nobody can wait for {name}. There is: {known}."),
                mark("spirou wait --until needs-you,to-review"),
                name=name,
                known=", ".join(ENDS),
            )
    return found


def looks(
    context: Context,
    references: Sequence[str],
    wish: Wish,
    *,
    clock: Callable[[], float],
    pause: Callable[[float], object],
    interval_s: float | None = None,
    timeout_s: float | None = None,
) -> Iterator[Look]:
    """Look, sync, look again, until the wish is fulfilled or time is out; the last look says which.

    The pause grows from the most patient provider's own interval, or stays ``interval_s``.
    """
    start = clock()
    numbers = _watched(context, references)
    before: dict[int, TaskState] = {}
    wait_s = interval_s
    while True:
        lines = _lines(context, numbers)
        changed = tuple(line for line in lines if before.get(line.task.number) is not line.task.state)
        before = {line.task.number: line.task.state for line in lines}
        elapsed = clock() - start
        done = settled(list(before.values()), wish)
        yield Look(lines, changed, done, elapsed)
        if done or (timeout_s is not None and elapsed >= timeout_s):
            return
        wait_s = _first_pause(context, lines) if wait_s is None else wait_s
        left = wait_s if timeout_s is None else min(wait_s, timeout_s - elapsed)
        pause(max(left, 0.0))
        if interval_s is None:
            wait_s = min(wait_s * _GROWTH, max(_LONGEST_S, wait_s))
        _sync(context, lines)


def _watched(context: Context, references: Sequence[str]) -> list[str]:
    """The numbers to watch: those named, else every task that a provider has."""
    with context.read() as connection:
        if references:
            return list(dict.fromkeys(str(find(connection, reference).number) for reference in references))
    found = overview.listing(context, overview.Filter())
    ended = FAILED | NEEDS | UNSENT | {TaskState.DELIVERED}
    return [str(line.task.number) for line in found.lines if line.task.state not in ended]


def _lines(context: Context, numbers: Sequence[str]) -> tuple[Line, ...]:
    return tuple(overview.detail(context, number).line for number in numbers)


def _first_pause(context: Context, lines: Sequence[Line]) -> float:
    names = {line.provider for line in lines if line.provider}
    with context.read() as connection:
        mine = [account for account in accounts.accounts(connection) if account.name in names]
    declared = [json.loads(one.capabilities or "{}").get("poll_interval_s", _USUAL_S) for one in mine]
    return float(max(declared, default=_USUAL_S))


def _sync(context: Context, lines: Sequence[Line]) -> None:
    """Fetch news of these tasks' providers; a failing one is shown by the next look's age, not here."""
    names = sorted({line.provider for line in lines if line.provider})
    if not names:
        return
    try:
        sync.sync(context, names)
    except Busy:
        return  # another process is at it: the next look sees what it stored
