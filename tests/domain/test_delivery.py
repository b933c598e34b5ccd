"""The outbox's rules: what to do next, and what an answer means."""

from __future__ import annotations

import pytest

from spirou_cli.domain.delivery import (
    BLIND,
    FINAL_OPS,
    MOVES,
    Absent,
    AnsweredLater,
    Arrived,
    Claim,
    Clash,
    Hold,
    LookUp,
    Lost,
    NotSent,
    Op,
    OpKind,
    OpState,
    Outcome,
    Refusal,
    Repeat,
    Repeatability,
    Step,
    Wait,
    Withdraw,
    plan,
    settle,
)
from spirou_cli.domain.record import replace

NOW = 1_000_000_000
SUBMIT = Op(1, "op-1", "task-1", "acc", OpKind.SUBMIT, OpState.QUEUED)
LOST = replace(SUBMIT, state=OpState.UNCERTAIN, attempts=1, first_sent_at=NOW, last_attempt_at=NOW)
KEY = Repeatability(Repeat.KEY, key_lifetime_s=24 * 3600)
NAMED = Repeatability(Repeat.NAMED)
LOOKUP = Repeatability(Repeat.LOOKUP, settle_s=60)


def steps(*ops: Op, how: Repeatability = KEY, now: int = NOW, ref: bool = True) -> list[Step]:
    return list(plan(ops, lambda kind: how, now, has_ref=lambda task: ref))


@pytest.mark.parametrize(
    ("how", "step"),
    [(KEY, Claim), (NAMED, Claim), (LOOKUP, LookUp), (BLIND, Hold)],
)
def test_a_lost_answer_is_settled_as_the_provider_allows(how: Repeatability, step: type[Step]) -> None:
    """Same key, same name, a look-up, or a person's decision; never a guess."""
    assert [type(s) for s in steps(LOST, how=how)] == [step]


def test_a_key_is_not_used_after_the_provider_may_have_forgotten_it() -> None:
    """An hour before its end a key no longer protects from doing it twice."""
    late = NOW + (24 - 1) * 3600 * 1000

    assert steps(LOST, now=late) == [Hold(LOST, "key_expired")]
    assert steps(LOST, now=late - 1) == [Claim(LOST)]


def test_a_clock_that_went_back_expires_the_key() -> None:
    """The age of the key is unknown then: the safe side."""
    assert steps(LOST, now=NOW - 1) == [Hold(LOST, "key_expired")]


def test_the_ops_of_a_task_go_one_after_the_other() -> None:
    """An answer never overtakes the task it belongs to; other tasks go on."""
    reply = replace(SUBMIT, seq=2, id="op-2", kind=OpKind.REPLY)
    other = replace(SUBMIT, seq=3, id="op-3", task_id="task-2")

    assert steps(other, reply, SUBMIT) == [Claim(SUBMIT), Wait(reply, "earlier_op"), Claim(other)]


def test_a_held_op_holds_back_its_own_task_only() -> None:
    """A person decides; nothing of the task leaves before."""
    held = replace(SUBMIT, state=OpState.HELD)
    reply = replace(SUBMIT, seq=2, kind=OpKind.REPLY)
    other = replace(SUBMIT, seq=3, task_id="task-2")

    assert steps(held, reply, other) == [Wait(held, "held"), Wait(reply, "earlier_op"), Claim(other)]


def test_an_answer_to_a_task_that_never_arrived_is_withdrawn() -> None:
    """There is nobody to answer."""
    reply = replace(SUBMIT, kind=OpKind.REPLY)

    assert steps(reply, ref=False) == [Withdraw(reply)]


def test_nothing_is_tried_before_its_time() -> None:
    """A provider that asked for a pause gets it."""
    later = replace(SUBMIT, not_before=NOW + 1)

    assert steps(later) == [Wait(later, "retry_time", NOW + 1)]
    assert steps(later, now=NOW + 1) == [Claim(later)]


def test_three_equal_server_errors_ask_the_person() -> None:
    """A stored failure is replayed for the same key for ever; never a new key by itself."""
    op = replace(LOST, same_answers=3)

    assert steps(op) == [Hold(op, "same_answer_three_times")]


@pytest.mark.parametrize(
    ("outcome", "state"),
    [
        (Arrived("R-1"), OpState.DONE),
        (Refusal("no"), OpState.REJECTED),
        (NotSent("no route"), OpState.QUEUED),
        (AnsweredLater("busy", 5), OpState.QUEUED),
        (Lost("reset"), OpState.UNCERTAIN),
    ],
)
def test_a_first_attempt_settles_as_what_is_certain(outcome: Outcome, state: OpState) -> None:
    """Certainly not sent goes back to the queue; a lost answer is uncertain."""
    assert settle(replace(SUBMIT, attempts=1), outcome, KEY, NOW).state is state


@pytest.mark.parametrize(
    ("how", "state"),
    [
        (KEY, OpState.UNCERTAIN),
        (NAMED, OpState.UNCERTAIN),
        (LOOKUP, OpState.UNCERTAIN),
        (BLIND, OpState.HELD),
    ],
)
def test_a_lost_answer_is_asked_about_at_once_where_nothing_can_tell(
    how: Repeatability, state: OpState
) -> None:
    """A later sync would know no more: the person is told while they remember what they sent."""
    assert settle(replace(SUBMIT, attempts=1), Lost("reset"), how, NOW).state is state


@pytest.mark.parametrize("outcome", [NotSent("no route"), AnsweredLater("busy", 5)])
def test_an_attempt_in_doubt_never_goes_back_to_the_queue(outcome: Outcome) -> None:
    """An earlier attempt may have worked."""
    assert settle(replace(LOST, attempts=2, in_doubt=True), outcome, KEY, NOW).state is OpState.UNCERTAIN


def test_what_never_left_stays_in_the_queue_however_often_it_is_tried() -> None:
    """A day without a network leaves no doubt behind."""
    assert settle(replace(SUBMIT, attempts=9), NotSent("no route"), KEY, NOW).state is OpState.QUEUED


def test_absent_counts_only_after_the_settle_time_and_twice() -> None:
    """A look-up may lag behind a write."""
    early = settle(LOST, Absent(), LOOKUP, NOW + 59_999)
    first = settle(LOST, Absent(), LOOKUP, NOW + 60_000)
    second = settle(replace(LOST, absent_at=first.absent_at), Absent(), LOOKUP, NOW + 60_001)

    assert (early.state, early.absent_at, early.not_before) == (OpState.UNCERTAIN, None, NOW + 60_000)
    assert (first.state, first.absent_at) == (OpState.UNCERTAIN, NOW + 60_000)
    assert second.state is OpState.SENDING


def test_waiting_times_grow_and_a_providers_wish_is_clamped() -> None:
    """30 s, 2, 10, 60 min, then 6 h; «come back in ten years» is an hour."""
    waits = [
        (settle(replace(SUBMIT, attempts=n), NotSent(""), KEY, NOW).not_before or 0) - NOW
        for n in (1, 2, 3, 4, 5, 6)
    ]
    wishes = [
        (settle(replace(SUBMIT, attempts=1), AnsweredLater("", s), KEY, NOW).not_before or 0) - NOW
        for s in (-1, 0, 10**9)
    ]

    assert waits == [30_000, 120_000, 600_000, 3_600_000, 21_600_000, 21_600_000]
    assert wishes == [1000, 1000, 3_600_000]


def test_the_table_leaves_no_way_out_of_a_final_state() -> None:
    """A correction is a new op."""
    assert {OpState.DONE, OpState.REJECTED, OpState.WITHDRAWN} == FINAL_OPS
    assert set(MOVES) == set(OpState)


def test_a_restored_answer_to_a_task_without_a_name_is_asked_about() -> None:
    """It may have been sent after the backup: it is neither sent again nor withdrawn by itself."""
    reply = replace(LOST, kind=OpKind.REPLY)

    assert steps(reply, ref=False) == [Hold(reply, "cannot_tell")]


def test_a_key_of_unknown_age_is_not_used_again() -> None:
    """A restored row may have been sent long ago; a clock that was put back hides how long ago."""
    restored = replace(LOST, first_sent_at=None)
    before = plan([LOST], lambda kind: KEY, NOW, clock_sure_since=NOW + 1)

    assert steps(restored) == [Hold(restored, "key_expired")]
    assert list(before) == [Hold(LOST, "key_expired")]


def test_a_key_that_is_kept_for_ever_has_no_age() -> None:
    """Then nothing depends on a clock."""
    kept = Repeatability(Repeat.KEY)

    assert list(plan([LOST], lambda kind: kept, NOW, clock_sure_since=NOW + 1)) == [Claim(LOST)]


def test_a_reused_key_waits_for_a_person() -> None:
    """Neither refused, which would be a lie, nor sent again."""
    sending = replace(SUBMIT, state=OpState.SENDING, attempts=1)

    assert settle(sending, Clash("other content"), KEY, NOW).state is OpState.HELD
