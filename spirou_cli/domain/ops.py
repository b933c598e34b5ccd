"""The rows of the outbox: their kinds, their states, and how one of unknown outcome can be settled."""

from __future__ import annotations

from enum import StrEnum

from spirou_cli.domain.record import record

__all__ = ["BLIND", "FINAL_OPS", "MOVES", "Op", "OpKind", "OpState", "Repeat", "Repeatability"]


class OpKind(StrEnum):
    """The kinds of work that must reach a provider."""

    SUBMIT = "submit"
    REPLY = "reply"
    EDIT = "edit"
    CANCEL = "cancel"
    REOPEN = "reopen"
    ACCEPT = "accept"


class OpState(StrEnum):
    """Where a row of the outbox stands."""

    QUEUED = "queued"
    SENDING = "sending"
    UNCERTAIN = "uncertain"
    HELD = "held"
    DONE = "done"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"


_Q, _S, _U, _H, _D, _R, _W = OpState

MOVES: dict[OpState, frozenset[OpState]] = {
    _Q: frozenset({_S, _H, _W}),
    _S: frozenset({_D, _R, _U, _H, _Q}),
    _U: frozenset({_S, _D, _R, _H}),
    _H: frozenset({_D, _Q, _W}),
    _D: frozenset(),
    _R: frozenset(),
    _W: frozenset(),
}
"""The legal moves. ``sending → queued`` only where there was certainly no effect; out of ``held``
only a person moves a row. Restore alone may also make a row ``uncertain``."""

FINAL_OPS = frozenset(state for state, targets in MOVES.items() if not targets)


class Repeat(StrEnum):
    """How an op of unknown outcome can be settled, from best to worst."""

    KEY = "K"
    """The provider takes an idempotency key: send the same bytes again."""
    NAMED = "N"
    """We choose the name: send again, «exists» means done."""
    LOOKUP = "L"
    """``find`` can tell whether it arrived."""
    BLIND = "B"
    """Nothing can tell: hold it and ask the person."""


@record
class Repeatability:
    """How ops of one kind can be repeated on one connection."""

    how: Repeat
    key_lifetime_s: int | None = None
    """How long the provider remembers a key (KEY); None = for ever."""
    settle_s: int = 0
    """How long a look-up may lag behind a write (LOOKUP)."""


BLIND = Repeatability(Repeat.BLIND)


@record
class Op:
    """One row of the outbox; times are UTC milliseconds."""

    seq: int
    id: str
    task_id: str
    account_id: str
    kind: OpKind
    state: OpState
    attempts: int = 0
    in_doubt: bool = False
    """The attempt under way follows one that may have had an effect."""
    first_sent_at: int | None = None
    last_attempt_at: int | None = None
    not_before: int | None = None
    absent_at: int | None = None
    """When a look-up first said «absent», no earlier than the settle time after the last attempt."""
    same_answers: int = 0
    """How many times in a row the provider gave the same server error."""
    answer: str = ""
    error: str = ""
