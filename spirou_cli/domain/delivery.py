"""The outbox's rules: what to do with each row next, and what an answer means.

Pure: the service performs what ``plan`` yields and records what ``settle`` answers. A claim is
committed before the first byte leaves and an answer after it, so that whatever dies in between
leaves a row that says how far it came (docs/explanation/reliability.md).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from spirou_cli.domain.ops import (
    BLIND,
    FINAL_OPS,
    MOVES,
    Op,
    OpKind,
    OpState,
    Repeat,
    Repeatability,
)
from spirou_cli.domain.record import record, replace

__all__ = [
    "ASKED_LATER",
    "BLIND",
    "FINAL_OPS",
    "MOVES",
    "Absent",
    "AnsweredLater",
    "Arrived",
    "Claim",
    "Clash",
    "Hold",
    "LookUp",
    "Lost",
    "NeedsKey",
    "NotSent",
    "Op",
    "OpKind",
    "OpState",
    "Outcome",
    "Refusal",
    "Repeat",
    "Repeatability",
    "Settled",
    "Step",
    "Wait",
    "Withdraw",
    "plan",
    "settle",
]


# --- what to do next -----------------------------------------------------------------------------


@record
class Claim:
    """Claim the row and send its frozen payload."""

    op: Op


@record
class LookUp:
    """Ask the provider whether it arrived."""

    op: Op


@record
class Hold:
    """Nothing can tell: keep it until a person decides. ``why`` is a reason code."""

    op: Op
    why: str


@record
class Wait:
    """Not now. ``why`` is a reason code, ``until`` a time or None."""

    op: Op
    why: str
    until: int | None = None


@record
class Withdraw:
    """It has lost its object: the task never reached the provider."""

    op: Op


Step = Claim | LookUp | Hold | Wait | Withdraw

ASKED_LATER = "later"
"""The ``answer`` of a provider that asked for a pause: its wish holds even when a person is in a hurry."""

_SAFETY_MS = 3_600_000
_RETRY_S = (30, 120, 600, 3600, 21600)


def plan(
    ops: Iterable[Op],
    repeatability: Callable[[OpKind], Repeatability],
    now: int,
    *,
    has_ref: Callable[[str], bool] = lambda task_id: True,
    clock_sure_since: int = 0,
) -> Iterator[Step]:
    """What to do with each open row of one account, in ``seq`` order.

    ``has_ref`` says whether the provider's name of a task is known. Nobody knows how long ago was what
    was sent before ``clock_sure_since``, when the clock was put back. The rows of one task go strictly
    one after the other: the first that can't go holds back the later ones, other tasks go on.
    Whoever calls this holds the sync lock, so a row that is still ``sending`` belongs to a dead
    process and has been made ``uncertain`` before.
    """
    waiting: set[str] = set()
    for op in sorted(ops, key=lambda op: op.seq):
        if op.state in FINAL_OPS:
            continue
        if op.task_id in waiting:
            yield Wait(op, "earlier_op")
            continue
        sure = op.first_sent_at is not None and op.first_sent_at >= clock_sure_since
        step = _next(op, repeatability(op.kind), now, has_ref=has_ref(op.task_id), age_is_sure=sure)
        if not isinstance(step, Withdraw):
            waiting.add(op.task_id)
        yield step


def _next(op: Op, repeatability: Repeatability, now: int, *, has_ref: bool, age_is_sure: bool) -> Step:
    if op.state is OpState.HELD:
        return Wait(op, "held")
    if op.kind is not OpKind.SUBMIT and not has_ref:
        # A restored row may have been sent since the backup: only a person can let it go.
        return Withdraw(op) if op.state is OpState.QUEUED else Hold(op, "cannot_tell")
    if op.not_before is not None and op.not_before > now:
        return Wait(op, "retry_time", op.not_before)
    if op.state is OpState.UNCERTAIN:
        return _resolve(op, repeatability, now, age_is_sure=age_is_sure)
    return Claim(op)


def _resolve(op: Op, repeatability: Repeatability, now: int, *, age_is_sure: bool) -> Step:
    """How to settle a row whose answer was lost."""
    if op.same_answers >= 3:
        return Hold(op, "same_answer_three_times")
    match repeatability.how:
        case Repeat.NAMED:
            return Claim(op)
        case Repeat.KEY if _key_is_fresh(op, repeatability, now, age_is_sure=age_is_sure):
            return Claim(op)
        case Repeat.LOOKUP:
            return LookUp(op)
        case Repeat.KEY:
            return Hold(op, "key_expired")
        case _:
            return Hold(op, "cannot_tell")


def _key_is_fresh(op: Op, repeatability: Repeatability, now: int, *, age_is_sure: bool) -> bool:
    if repeatability.key_lifetime_s is None:
        return True
    age = now - (op.first_sent_at or 0)
    return age_is_sure and 0 <= age < repeatability.key_lifetime_s * 1000 - _SAFETY_MS


# --- what an answer means ------------------------------------------------------------------------


@record
class Arrived:
    """Done, or found by a look-up; ``ref`` and ``url`` as the provider names the task."""

    ref: str | None = None
    url: str | None = None


@record
class NotSent:
    """Certainly no effect: nothing left this machine, or nothing was taken."""

    error: str


@record
class AnsweredLater:
    """Certainly no effect; the provider asked to come back."""

    error: str
    after_s: int | None = None


@record
class NeedsKey:
    """Certainly no effect; the account needs a person."""

    error: str


@record
class Refusal:
    """The provider said no, for good."""

    error: str
    code: str | None = None


@record
class Clash:
    """The provider had our key with other content: our mistake, which only a person can settle."""

    error: str


@record
class Lost:
    """It may have happened. ``answer`` names a server error that was really received."""

    error: str
    answer: str = ""


@record
class Absent:
    """A look-up didn't find it."""


Outcome = Arrived | NotSent | AnsweredLater | NeedsKey | Refusal | Clash | Lost | Absent


@record
class Settled:
    """The new values of a row."""

    state: OpState
    error: str = ""
    not_before: int | None = None
    absent_at: int | None = None
    same_answers: int = 0
    answer: str = ""


def settle(op: Op, outcome: Outcome, repeatability: Repeatability, now: int, spread: float = 0.0) -> Settled:
    """What ``outcome`` makes of ``op``; ``spread`` in [-1, 1] moves a retry time by up to 20 %."""
    match outcome:
        case Arrived():
            return Settled(OpState.DONE)
        case Refusal(error):
            return Settled(OpState.REJECTED, error)
        case Clash(error):
            return Settled(OpState.HELD, error)
        case NotSent(error) | NeedsKey(error):
            return _again(op, error, now + _delay_ms(op.attempts, spread))
        case AnsweredLater(error, after_s):
            asked = None if after_s is None else int(min(max(after_s, 1), 3600) * 1000)
            again = _again(op, error, now + (asked or _delay_ms(op.attempts, spread)))
            return replace(again, answer=ASKED_LATER)
        case Lost(error) if repeatability.how is Repeat.BLIND:
            return Settled(OpState.HELD, error)
        case Lost(error, answer):
            return Settled(
                OpState.UNCERTAIN,
                error,
                not_before=_after_loss(op, repeatability, now, spread),
                same_answers=op.same_answers + 1 if answer and answer == op.answer else int(bool(answer)),
                answer=answer,
            )
        case Absent():
            return _absent(op, repeatability, now)


def _again(op: Op, error: str, not_before: int) -> Settled:
    """Back to the queue, unless an earlier attempt may have worked."""
    state = OpState.UNCERTAIN if op.in_doubt else OpState.QUEUED
    return Settled(state, error, not_before=not_before, absent_at=op.absent_at)


def _after_loss(op: Op, repeatability: Repeatability, now: int, spread: float) -> int:
    if repeatability.how is Repeat.LOOKUP:
        return now + repeatability.settle_s * 1000
    return now + _delay_ms(op.attempts, spread)


def _absent(op: Op, repeatability: Repeatability, now: int) -> Settled:
    """«Absent» counts only after the settle time, and twice."""
    settled_at = (op.last_attempt_at or 0) + repeatability.settle_s * 1000
    if now < settled_at:
        return Settled(OpState.UNCERTAIN, op.error, not_before=settled_at)
    if op.absent_at is None:
        return Settled(OpState.UNCERTAIN, op.error, absent_at=now)
    return Settled(OpState.SENDING)


def _delay_ms(attempts: int, spread: float) -> int:
    seconds = _RETRY_S[min(max(attempts, 1), len(_RETRY_S)) - 1]
    return round(seconds * 1000 * (1 + 0.2 * spread))
