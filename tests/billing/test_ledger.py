"""One provider's ledger: what each rule does to its lines."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spirou_cli.domain.billing.account import (
    Absence,
    Account,
    ClosedMonth,
    DoneRequest,
    OtherCharge,
)
from spirou_cli.domain.billing.adjustments import Refund
from spirou_cli.domain.billing.expenses import Expense
from spirou_cli.domain.billing.fixed_price import Ending, FixedTask
from spirou_cli.domain.billing.ledger import Problem
from spirou_cli.domain.billing.lines import LineKind, LineState
from spirou_cli.domain.billing.usage import UsageEvent
from spirou_cli.domain.billing.worktime import Billed, TimeEntry
from spirou_cli.domain.money import Money, total
from spirou_cli.domain.plan import (
    Attribution,
    Coupon,
    HourPack,
    Interval,
    LineScope,
    Model,
    OnConvert,
    OverCap,
    Price,
    Rollover,
    Rounding,
    RoundMode,
    Scope,
    Subscription,
    TaskCap,
    TaxMode,
    TaxRounding,
    TaxRule,
    Tier,
    Tiers,
    Timing,
    Trial,
    Unit,
)
from spirou_cli.domain.record import replace
from tests.billing.accounts import (
    MARCH,
    MARCH_END,
    PARIS,
    TIMESVR,
    account,
    amounts,
    ledger,
    sum_of,
    version,
    worked,
)


def test_an_expense_raises_the_total_by_itself_and_free_work_by_nothing() -> None:
    """A purchase of x costs x; a task inside the plan changes no total."""
    more = Expense("x2", date(2026, 3, 21), Money(1234, "USD"))
    before = ledger(TIMESVR)

    with_expense = ledger(replace(TIMESVR, expenses=(*TIMESVR.expenses, more)))
    with_work = ledger(replace(TIMESVR, entries=(*TIMESVR.entries, worked("e9", "tiny", 18, 5))))

    assert sum_of(with_expense) == sum_of(before) + Money(1234, "USD")
    assert sum_of(with_work) == sum_of(before)


def test_a_trial_cancelled_in_time_costs_nothing() -> None:
    """Notice given on the second evening of two free days: no fee, now or later."""
    cancelled = datetime(2026, 3, 4, 21, tzinfo=PARIS)
    held = replace(TIMESVR, packs=(), expenses=(), refunds=())
    subscription = replace(held.subscriptions[0], cancelled_at=cancelled, end=date(2026, 3, 5))

    made = ledger(replace(held, subscriptions=(subscription,), entries=TIMESVR.entries[:1]))

    assert (made.lines, made.problems) == ((), ())


def test_usage_inside_a_trial_is_free() -> None:
    """An agent's calls of the two free days cost nothing, and nobody asks which plan they were under."""
    plan = version(usage=(Price(Decimal(1), 1, "input"),), trial=Trial(days=2))
    usage = tuple(
        UsageEvent(str(day), "t", datetime(2026, 3, day, 12, tzinfo=UTC), (("input", 5),)) for day in (2, 3)
    )

    made = ledger(account(plan, usage=usage), as_of=date(2026, 4, 30), until=date(2026, 5, 1))

    assert (amounts(made), made.problems) == ({"2026-04-02/usage/s": "5.00 USD"}, ())


@pytest.mark.parametrize(
    ("on_convert", "billed"), [(OnConvert.FREE, "5.00 USD"), (OnConvert.RETROACTIVE, "15.00 USD")]
)
def test_usage_is_free_until_the_instant_a_trial_ends(on_convert: OnConvert, billed: str) -> None:
    """The trial's hour is up at 11 on the 2nd; the call at noon is the first that costs for sure."""
    trial = Trial(seconds=3600, on_convert=on_convert)
    plan = version(usage=(Price(Decimal(1), 1, "input"),), trial=trial)
    usage = tuple(
        UsageEvent(f"{day}-{hour}", "t", datetime(2026, 3, day, hour, tzinfo=PARIS), (("input", 5),))
        for day, hour in ((1, 12), (2, 10), (2, 12))
    )

    made = ledger(account(plan, usage=usage, entries=(worked("e", "t", 2, 60),)), until=date(2026, 5, 1))

    assert (amounts(made), made.problems) == ({"2026-04-01/usage/s": billed}, ())


def test_a_retroactive_trial_bills_its_time_from_the_first_charged_day() -> None:
    """Kept, the trial's hour counts after all: 1:30 at 7 an hour."""
    plan = version(overage=(Price(Decimal(7)),), trial=Trial(days=7, on_convert=OnConvert.RETROACTIVE))
    entries = (worked("e1", "a", 2, 60), worked("e2", "b", 20, 30))

    made = ledger(account(plan, entries=entries), as_of=date(2026, 4, 30), until=date(2026, 5, 1))

    assert amounts(made) == {"2026-04-07/overage/s": "10.50 USD"}


@pytest.mark.parametrize("day", [date(2026, 3, 28), date(2026, 10, 24)], ids=["an hour less", "an hour more"])
def test_a_retroactive_trial_counts_elapsed_time_over_clock_changes(day: date) -> None:
    """Four hours are four hours, though the clocks of Paris change in the night they are counted from."""
    plan = version(overage=(Price(Decimal(7)),), trial=Trial(days=1, on_convert=OnConvert.RETROACTIVE))
    since = Subscription("s", "basic", day)
    held = account(plan, subscriptions=(since,), entries=(worked("e", "a", day.day, 240, day.month),))

    made = ledger(held, as_of=date(2026, 12, 31), until=date(2027, 1, 1))

    assert [str(item.amount) for item in made.lines] == ["28.00 USD"]


def test_a_plan_change_gives_back_what_was_really_paid() -> None:
    """Half of a fee of 10 less 50 % comes back as 2.50, half of the new 20 is charged in full."""
    small, large = version(fee=Decimal(10)), version(id="p/large/1", name="large", fee=Decimal(20))
    start, change = date(2026, 4, 1), date(2026, 4, 16)
    held = Account(
        "p",
        (small, large),
        (
            Subscription("s1", "basic", start, end=change),
            Subscription("s2", "large", change, anchor=start),
        ),
        coupons=(Coupon("HALF", start, percent=Decimal(50)),),
    )

    made = ledger(held, as_of=date(2026, 4, 30), until=date(2026, 5, 1))

    assert amounts(made) == {
        "2026-04-01/fee/s1": "10.00 USD",
        "2026-04-01/coupon/HALF": "-5.00 USD",
        "2026-04-16/fee/s2": "10.00 USD",
        "2026-04-16/fee_credit/s1": "-2.50 USD",
    }


def test_leaving_early_gives_nothing_back_of_a_fee_paid_in_advance() -> None:
    """Prepaid is prepaid; a fee in arrears is for the days served."""
    left = (Subscription("s", "basic", date(2026, 3, 1), end=date(2026, 3, 11)),)
    advance = account(version(fee=Decimal(31)), subscriptions=left)
    arrears = account(version(fee=Decimal(31), timing=Timing.ARREARS), subscriptions=left)

    assert amounts(ledger(advance)) == {"2026-03-01/fee/s": "31.00 USD"}
    assert amounts(ledger(arrears)) == {"2026-03-10/fee/s": "10.00 USD"}


def test_a_new_version_holds_from_the_next_period() -> None:
    """A price that rises on 15 March is charged on 1 April."""
    old, new = version(fee=Decimal(70)), version(id="2", effective_on=date(2026, 3, 15), fee=Decimal(80))

    made = ledger(account(old, plans=(old, new)), as_of=date(2026, 4, 30), until=date(2026, 5, 1))

    assert amounts(made) == {"2026-03-01/fee/s": "70.00 USD", "2026-04-01/fee/s": "80.00 USD"}


@pytest.mark.parametrize(
    ("change", "credit"),
    [
        pytest.param(date(2026, 4, 1), {}, id="between two months"),
        pytest.param(date(2026, 4, 16), {"2026-04-16/fee_credit/s": "-35.00 USD"}, id="in mid month"),
    ],
)
def test_a_new_interval_counts_from_its_own_day(change: date, credit: dict[str, str]) -> None:
    """A year for 700 after months of 70 is charged once, and what is left of the month comes back."""
    month = version(fee=Decimal(70))
    year = version(id="2", effective_on=change, fee=Decimal(700), interval=Interval(Unit.YEAR))

    made = ledger(account(month, plans=(month, year)), as_of=date(2026, 12, 31), until=date(2027, 1, 1))

    april = {"2026-04-01/fee/s": "70.00 USD"} if credit else {}
    year_fee = {f"{change}/fee/s": "700.00 USD"}
    assert amounts(made) == {"2026-03-01/fee/s": "70.00 USD"} | april | year_fee | credit


def test_usage_prices_of_a_new_version_hold_from_its_first_instant() -> None:
    """A million tokens on each side of the change: 1.00 and 3.00 in one line."""
    old = version(usage=(Price(Decimal(1), 1_000_000, "input"),))
    new = version(id="2", effective_on=date(2026, 3, 15), usage=(Price(Decimal(3), 1_000_000, "input"),))
    usage = tuple(
        UsageEvent(str(day), "t", datetime(2026, 3, day, 12, tzinfo=UTC), (("input", 1_000_000),))
        for day in (14, 16)
    )

    assert amounts(ledger(account(old, plans=(new, old), usage=usage))) == {"2026-03-31/usage/s": "4.00 USD"}


@pytest.mark.parametrize(
    ("meters", "month", "cost"),
    [
        pytest.param(("input",), 3, "3.00 USD", id="of the first version"),
        pytest.param(("input",), 5, "5.00 USD", id="of the second"),
        pytest.param(("input",), 7, "5.00 USD", id="what the first foresaw is no longer"),
        pytest.param(("input",), 8, "6.00 USD", id="what the second foresees"),
        pytest.param(("input", "output"), 7, "5.00 USD", id="what the second doesn't price has none"),
    ],
)
def test_the_version_in_force_says_the_price(meters: tuple[str, ...], month: int, cost: str) -> None:
    """A price that a version foresaw for later days falls with the version."""

    def price(meter: str, amount: int, since: int = 0) -> Price:
        return Price(Decimal(amount), 1, meter, datetime(2026, since, 1, tzinfo=UTC) if since else None)

    old = version(usage=(price("input", 3), price("input", 2, 6), price("output", 9)))
    new = version(id="2", effective_on=date(2026, 4, 1), usage=(price("input", 5), price("input", 6, 8)))
    at = datetime(2026, month, 15, tzinfo=UTC)
    usage = tuple(UsageEvent(meter, "t", at, ((meter, 1),)) for meter in meters)
    held = account(old, plans=(old, new), usage=usage)

    made = ledger(held, as_of=date(2026, 12, 31), until=date(2027, 1, 1))

    assert [str(item.amount) for item in made.lines] == [cost]
    assert [problem.about for problem in made.problems] == list(meters[1:])


def test_time_falls_from_carried_to_included_to_packs_to_overage() -> None:
    """Hours left of March are used first in April, then April's, then the pack's, then 7 an hour."""
    plan = version(
        fee=Decimal(100),
        included_s=10 * 3600,
        rollover=Rollover(valid_periods=1),
        overage=(Price(Decimal(7)),),
    )
    held = account(
        plan,
        packs=(HourPack("a", 3600, date(2026, 3, 1)),),
        entries=(worked("e1", "a", 2, 540), worked("e2", "b", 3, 785, month=4)),
    )

    made = ledger(held, as_of=date(2026, 4, 30), until=date(2026, 5, 1))

    march, april = (term.settled for term in made.time.terms)
    assert march is not None
    assert april is not None
    assert (march.carried_out, april.drawn_carried, april.drawn_granted) == (3600, 3600, 36_000)
    assert made.packs["a"].drawn_s == 3600
    assert amounts(made)["2026-04-30/overage/s"] == "7.58 USD"  # 65 minutes


def test_sums_of_time_and_usage_give_the_bill_of_their_parts() -> None:
    """Entries rounded and summed by day beforehand, or calls summed, change no line's amount."""
    plan = version(
        included_s=3600,
        overage=(Price(Decimal(7)),),
        rounding=Rounding(900, RoundMode.CEIL, Scope.ENTRY),
        usage=(Price(Decimal("0.26"), 1_000_000, "input"),),
    )
    entries = tuple(worked(f"e{n}", f"t{n % 3}", 2 + n % 5, 7 + n) for n in range(20))
    calls = tuple(
        UsageEvent(f"u{n}", "", datetime(2026, 3, 8, n, tzinfo=UTC), (("input", 10_007 * n),))
        for n in range(20)
    )
    billed: dict[tuple[date, str], Billed] = {}
    for e in entries:
        key = (e.start.date(), e.task)
        so_far = billed.get(key, Billed(f"{key}", e.task, key[0], 0, 0))
        up = -(-e.seconds // 900) * 900
        billed[key] = replace(so_far, raw_s=so_far.raw_s + e.seconds, billed_s=so_far.billed_s + up)
    quantity = sum(n for call in calls for _, n in call.quantities)
    summed = UsageEvent("month", "", calls[0].at, (("input", quantity),))

    one_by_one = ledger(account(plan, entries=entries, usage=calls))
    by_sums = ledger(account(plan, billed=tuple(billed.values()), usage=(summed,)))

    assert amounts(by_sums) == amounts(one_by_one)
    assert len(amounts(by_sums)) == 2


def test_overage_may_be_a_line_a_task_dearer_at_weekends_with_a_minimum() -> None:
    """Where a provider rounds each task, each is a line; Sunday 8 March costs half as much again."""
    plan = version(overage=(Price(Decimal("27.50")),), line_scope=LineScope.TASK)
    entries = (worked("e1", "a", 2, 15), worked("e2", "b", 3, 15), worked("e3", "a", 8, 60))

    by_task = ledger(account(plan, entries=entries))
    weekend = ledger(account(replace(plan, weekend_multiplier=Decimal("1.5")), entries=entries))
    minimum = ledger(account(replace(plan, overage_minimum_s=7200), entries=entries))

    assert list(amounts(by_task).values()) == ["34.38 USD", "6.88 USD"]
    assert amounts(weekend)["2026-03-31/overage/s-a-weekend"] == "41.25 USD"
    assert amounts(minimum) == {"2026-03-31/overage/s": "55.00 USD"}


@pytest.mark.parametrize(
    ("saturday", "monday", "lines"),
    [
        (119, 0, {"s-weekend": "119.00 USD", "s": "0.50 USD"}),
        (120, 0, {"s-weekend": "120.00 USD"}),
        (60, 30, {"s-weekend": "60.00 USD", "s": "30.00 USD"}),
        (0, 60, {"s": "60.00 USD"}),
    ],
)
def test_a_minimum_adds_to_dearer_weekends(saturday: int, monday: int, lines: dict[str, str]) -> None:
    """What is missing of two hours at 30 is added to the time there was, which keeps its price."""
    plan = version(overage=(Price(Decimal(30)),), weekend_multiplier=Decimal(2), overage_minimum_s=7200)
    entries = tuple(e for e in (worked("e1", "a", 7, saturday), worked("e2", "b", 9, monday)) if e.seconds)

    made = ledger(account(plan, entries=entries))

    assert amounts(made) == {f"2026-03-31/overage/{key}": amount for key, amount in lines.items()}


@given(st.integers(1, 200), st.integers(0, 200), st.sampled_from(Model), st.sampled_from((0, 2)))
def test_a_minimum_never_lowers(saturday: int, monday: int, model: Model, factor: int) -> None:
    """Whatever the weekends cost, and also where more time is cheaper."""
    tiers = Tiers(model, (Tier(Decimal(30), Decimal(1)), Tier(Decimal(10))))
    plan = version(overage_tiers=tiers, weekend_multiplier=Decimal(factor))
    held = account(plan, entries=(worked("e1", "a", 7, saturday), worked("e2", "b", 9, monday)))

    least = account(replace(plan, overage_minimum_s=7200), entries=held.entries)

    assert sum_of(ledger(least)).minor >= sum_of(ledger(held)).minor


def test_a_long_task_takes_nothing_of_what_earlier_work_drew() -> None:
    """Three hours of March used the pack up; what is over the cap in April is refused, and March stays."""
    plan = version(fee=Decimal(10), included_s=0, overage=(Price(Decimal(30)),), task_cap=TaskCap(7200))
    pack = HourPack("h", 10_800, date(2026, 3, 1))
    march = tuple(worked(f"e{day}", f"t{day}", day, 60) for day in (2, 3, 4))
    long = worked("long", "long", 10, 180, month=4)
    held = account(plan, packs=(pack,), entries=(*march, long))

    made = ledger(held, as_of=date(2026, 4, 30), until=date(2026, 5, 1))

    assert amounts(made) == {"2026-03-01/fee/s": "10.00 USD", "2026-04-01/fee/s": "10.00 USD"}
    assert made.problems == (Problem("task_refused", "long"),)


def test_a_long_task_draws_when_it_goes_over_its_cap() -> None:
    """Its first hours wait until then; others have drawn before, and what no longer fits is refused."""
    plan = version(included_s=0, overage=(Price(Decimal(30)),), task_cap=TaskCap(7200))
    pack = HourPack("h", 18_000, date(2026, 3, 1))
    entries = (
        worked("e1", "long", 2, 60),
        worked("e2", "other", 3, 60),
        worked("e3", "long", 4, 120),
        worked("e4", "other", 5, 30),
        worked("e5", "long", 6, 60),
        worked("e6", "third", 7, 60),
    )

    made = ledger(account(plan, packs=(pack,), entries=entries))

    drawn = [(draw.entry, draw.seconds // 60) for _, _, draw in made.time.draws]
    assert drawn == [("e2", 60), ("e1", 60), ("e3", 120), ("e4", 30), ("e6", 30)]
    assert [item.id for item in made.time.refused] == ["e5"]
    assert amounts(made) == {"2026-03-31/overage/s": "15.00 USD"}


def test_only_the_excess_of_a_task_may_leave_the_plan() -> None:
    """Under that rule, 40 minutes take 25 from the pack."""
    plan = version(fee=Decimal(70), task_cap=TaskCap(900, OverCap.EXCESS))
    pack = HourPack("a", 3600, date(2026, 3, 1))

    made = ledger(account(plan, packs=(pack,), entries=(worked("e1", "a", 2, 40),)))

    assert made.packs["a"].drawn_s == 1500
    assert [item.billed_s for term in made.time.terms for item in term.billed] == [900]


def test_requests_beyond_the_plan_are_charged() -> None:
    """Five included, eight counted, three extra at 3.00."""
    plan = version(
        fee=Decimal(30),
        included_tasks=5,
        unit_s=1200,
        overage=(Price(Decimal(3), per=1, meter="request"),),
    )
    seconds = {"a": 300, "b": 1200, "c": 1201, "d": 0, "e": 2700}
    requests = tuple(DoneRequest(task, date(2026, 3, 9), s) for task, s in seconds.items())

    made = ledger(account(plan, requests=requests))

    assert amounts(made) == {"2026-03-01/fee/s": "30.00 USD", "2026-03-31/overage/s-requests": "9.00 USD"}


def test_a_seat_is_paid_when_idle_and_not_when_absent() -> None:
    """Thirty scheduled hours for 209.40 a week; six hours of absence come off."""
    plan = version(fee=Decimal("209.40"), scheduled_s=108_000, interval=Interval(Unit.WEEK))
    held = account(plan, absences=(Absence("a1", date(2026, 3, 4), 21_600),))

    made = ledger(held, as_of=date(2026, 3, 7), until=date(2026, 3, 8))

    assert amounts(made) == {
        "2026-03-01/fee/s": "209.40 USD",
        "2026-03-04/absence/a1": "-41.88 USD",
    }


@pytest.mark.parametrize(
    ("terms", "facts", "absent", "given_back"),
    [
        pytest.param({}, {}, [10], [("2026-03-04", "-60.00")], id="what it cost"),
        pytest.param({}, {"percent": 100}, [10], [], id="nothing of what was free"),
        pytest.param({}, {"percent": 50}, [10], [("2026-03-04", "-30.00")], id="what was really paid"),
        pytest.param({}, {}, [150], [("2026-03-04", "-600.00")], id="no more than is scheduled"),
        pytest.param(
            {}, {}, [60, 60], [("2026-03-04", "-360.00"), ("2026-03-05", "-240.00")], id="nor all together"
        ),
        pytest.param({}, {"end": date(2026, 3, 17)}, [10], [("2026-03-04", "-60.00")], id="left early"),
        pytest.param(
            {"timing": Timing.ARREARS}, {}, [10], [("2026-03-31", "-60.00")], id="not before the fee is due"
        ),
        pytest.param(
            {"timing": Timing.ARREARS},
            {"end": date(2026, 3, 11)},
            [50],
            [("2026-03-10", "-193.55")],
            id="no more than a part of a period cost",
        ),
    ],
)
def test_an_absence_gives_back_no_more_than_was_paid(
    terms: dict[str, object], facts: dict[str, Any], absent: list[int], given_back: list[tuple[str, str]]
) -> None:
    """A seat of a hundred hours for 600."""
    plan = version(fee=Decimal(600), scheduled_s=360_000, **terms)
    percent, held = facts.get("percent"), Subscription("s", "basic", date(2026, 3, 1), end=facts.get("end"))
    made = ledger(
        account(
            plan,
            subscriptions=(held,),
            coupons=(Coupon("C", held.start, percent=Decimal(percent)),) if percent else (),
            absences=tuple(
                Absence(f"a{n}", date(2026, 3, 4 + n), hours * 3600) for n, hours in enumerate(absent)
            ),
        )
    )

    credits = [item for item in made.lines if item.kind is LineKind.ABSENCE]
    assert [(str(item.on), str(item.amount.amount)) for item in credits] == given_back
    assert sum_of(made).minor >= 0


def test_a_seat_left_for_another_gives_back_a_day_once() -> None:
    """What is given back for the change can't be given back for an absence too."""
    change = date(2026, 3, 11)
    held = (Subscription("s", "basic", date(2026, 3, 1), end=change), Subscription("t", "other", change))
    seat = version(fee=Decimal(310), scheduled_s=360_000)
    other = version(id="2", name="other")
    absent = (Absence("a", date(2026, 3, 4), 360_000),)

    made = ledger(account(seat, plans=(seat, other), subscriptions=held, absences=absent))

    assert amounts(made) == {
        "2026-03-01/fee/s": "310.00 USD",
        "2026-03-04/absence/a": "-100.00 USD",
        "2026-03-11/fee_credit/s": "-210.00 USD",
    }


def test_fixed_prices_fall_due_when_done_and_their_time_is_free() -> None:
    """A task at 4.00 costs 4.00, whatever its minutes; one called off costs its fee."""
    plan = version(overage=(Price(Decimal(60)),))
    fixed = (
        FixedTask("a", Money(400, "USD"), Ending.DONE, ended_on=date(2026, 3, 9)),
        FixedTask("b", Money(400, "USD"), Ending.CANCELLED, Money(50, "USD"), date(2026, 3, 9)),
        FixedTask("c", Money(400, "USD")),
    )

    made = ledger(account(plan, fixed_tasks=fixed, entries=(worked("e1", "a", 9, 30),)))

    assert amounts(made) == {"2026-03-09/task/a": "4.00 USD", "2026-03-09/task/b": "0.50 USD"}


def test_a_fixed_price_pays_for_all_that_its_task_used() -> None:
    """Neither its tokens, nor a cost told of them, nor its place in a quota is charged beside it."""
    plan = version(
        included_tasks=1, overage=(Price(Decimal(2), 1, "request"),), usage=(Price(Decimal(3), 1, "input"),)
    )
    done = FixedTask("a", Money(400, "USD"), Ending.DONE, ended_on=date(2026, 3, 9))
    use = (
        UsageEvent("u1", "a", datetime(2026, 3, 9, tzinfo=UTC), (("input", 5),)),
        UsageEvent("u2", "a", datetime(2026, 3, 9, tzinfo=UTC), (), Money(400, "USD")),
    )
    asked = tuple(DoneRequest(task, date(2026, 3, 9)) for task in ("a", "b"))

    made = ledger(account(plan, fixed_tasks=(done,), usage=use, requests=asked))

    assert amounts(made) == {"2026-03-09/task/a": "4.00 USD"}


def test_a_fixed_price_of_work_that_ended_later_was_open_then() -> None:
    """Looked at from the day before, nothing is due, and its time is free all the same."""
    plan = version(overage=(Price(Decimal(60)),))
    done = FixedTask("a", Money(400, "USD"), Ending.DONE, ended_on=date(2026, 3, 9))
    held = account(plan, fixed_tasks=(done,), entries=(worked("e1", "a", 5, 30),))

    made = ledger(held, as_of=date(2026, 3, 8))

    assert amounts(made) == {}
    assert [(item.raw_s, item.billed_s) for item in made.time.work] == [(1800, 0)]


def test_a_minimum_is_topped_up_and_a_maximum_held() -> None:
    """Two days of a month count a part of the minimum; use above the maximum is given back."""
    partial = (Subscription("s", "basic", date(2026, 3, 30), anchor=date(2026, 3, 1)),)
    floor = account(version(fee=Decimal(31), minimum_spend=Decimal(310)), subscriptions=partial)
    price = (Price(Decimal(60)),)
    ceiling = account(
        version(overage=price, maximum_spend=Decimal(100)), entries=(worked("e1", "a", 2, 120),)
    )

    assert amounts(ledger(floor)) == {"2026-03-30/fee/s": "2.00 USD", "2026-03-31/true_up/s": "18.00 USD"}
    assert amounts(ledger(ceiling)) == {
        "2026-03-31/overage/s": "120.00 USD",
        "2026-03-31/maximum/s": "-20.00 USD",
    }


@pytest.mark.parametrize(("by", "day"), [(Attribution.START, "2026-03-31"), (Attribution.END, "2026-04-30")])
def test_work_over_a_months_end_counts_whole_where_its_plan_says(by: Attribution, day: str) -> None:
    """From 23:30 to 0:30: an hour of March, or of April, and never a part of each."""
    start = datetime(2026, 3, 31, 23, 30, tzinfo=PARIS)
    night = TimeEntry("e", "t", start, start + timedelta(hours=1))
    held = account(version(overage=(Price(Decimal(30)),), attribute_by=by), entries=(night,))

    made = ledger(held, as_of=date(2026, 4, 30), until=date(2026, 5, 1))

    assert amounts(made) == {f"{day}/overage/s": "30.00 USD"}


def test_a_refund_never_exceeds_what_is_left_of_its_line() -> None:
    """The second refund doesn't fit the fee less its coupon; it is named, not taken."""
    fee = "p/2026-03-01/fee/s"
    held = account(
        version(fee=Decimal(70)),
        coupons=(Coupon("C", date(2026, 1, 1), percent=Decimal(15)),),
        refunds=(
            Refund("r1", date(2026, 3, 5), Money(5000, "USD"), undoes=fee),
            Refund("r2", date(2026, 3, 6), Money(951, "USD"), undoes=fee),
        ),
    )

    made = ledger(held)

    assert sum_of(made) == Money(950, "USD")
    assert made.problems == (Problem("refund_too_large", "r2"),)


@pytest.mark.parametrize(
    ("day", "percent", "given", "left", "problems"),
    [
        (20, 0, 70, "35.00", ["r"]),
        (20, 0, 35, "0.00", []),
        (16, 0, 35, "0.00", []),
        (10, 0, 70, "0.00", []),
        (10, 0, 20, "25.00", []),
        (20, 50, Decimal("17.50"), "0.00", []),
        (20, 50, Decimal("17.51"), "17.50", ["r"]),
    ],
)
def test_a_plan_change_and_a_refund_share_what_is_left_of_a_fee(
    day: int, percent: int, given: Decimal, left: str, problems: list[str]
) -> None:
    """By date: a plan change on the 16th gives back half of what the coupon and earlier refunds left."""
    first, fee = version(fee=Decimal(70)), "p/2026-04-01/fee/s1"
    held = account(
        first,
        plans=(first, replace(first, id="p/more/1", name="more", fee=Decimal(140))),
        subscriptions=(
            Subscription("s1", "basic", date(2026, 4, 1), end=date(2026, 4, 16)),
            Subscription("s2", "more", date(2026, 4, 16), anchor=date(2026, 4, 1)),
        ),
        coupons=(Coupon("C", date(2026, 1, 1), percent=Decimal(percent)),) if percent else (),
        refunds=(Refund("r", date(2026, 4, day), Money.of(Decimal(given), "USD"), undoes=fee),),
    )

    made = ledger(held, date(2026, 4, 30), date(2026, 5, 1))

    of_the_fee = [item.amount for item in made.lines if fee in (item.id, item.undoes) or item.parts]
    assert str(total(of_the_fee, "USD").amount) == left
    assert [problem.about for problem in made.problems] == problems


def test_a_purchase_given_back_leaves_nothing() -> None:
    """Neither tax, which was never on it, nor a cent of what the card statement said; more is refused."""
    bought = Expense("x", date(2026, 3, 3), Money(1200, "USD"), settled=Money(1101, "EUR"))
    line = "p/2026-03-03/expense/x"
    held = account(
        version(fee=Decimal(70), tax=TaxRule(TaxMode.EXCLUSIVE, Decimal(20))),
        expenses=(bought,),
        refunds=(
            Refund("r1", date(2026, 3, 5), Money(700, "USD"), undoes=line),
            Refund("r2", date(2026, 3, 6), Money(500, "USD"), undoes=line),
            Refund("r3", date(2026, 3, 7), Money(1, "USD"), undoes=line),
            Refund("r4", date(2026, 3, 8), Money(1, "EUR"), undoes=line),
        ),
    )

    made = ledger(held)

    assert sum_of(made) == Money(8400, "USD")
    assert sum(item.settled.minor for item in made.lines if item.settled) == 0
    assert [problem.about for problem in made.problems] == ["r3", "r4"]


def test_a_fee_in_another_currency_than_its_purchase_is_left_out_and_named() -> None:
    """An old log may have one; the rest of the handling stays."""
    bought = Expense("x", date(2026, 3, 3), Money(1200, "USD"), None, Decimal(10), Money(200, "EUR"))

    made = ledger(account(version(), expenses=(bought,)))

    assert amounts(made) == {"2026-03-03/expense/x": "12.00 USD", "2026-03-03/handling/x": "1.20 USD"}
    assert made.problems == (Problem("fee_in_other_currency", "x"),)


@pytest.mark.parametrize(
    ("told", "handling"),
    [
        (Expense("x", date(2026, 3, 3), Money(1200, "USD")), "3.20 USD"),
        (Expense("x", date(2026, 4, 3), Money(1200, "USD")), "4.40 USD"),
        (Expense("x", date(2026, 3, 3), Money(1200, "EUR")), "1.20 EUR"),
        (Expense("x", date(2026, 3, 3), Money(1200, "USD"), markup_percent=Decimal(5)), "0.60 USD"),
        (Expense("x", date(2026, 3, 3), Money(1200, "USD"), fixed_fee=Money(100, "USD")), "1.00 USD"),
        (Expense("x", date(2026, 3, 3), Money(1200, "USD"), markup_percent=Decimal(0)), None),
    ],
)
def test_the_handling_of_a_purchase_is_its_plans_where_it_says_none(told: Expense, handling: str) -> None:
    """By the version on its day; the plan's fee only in the plan's currency, else it is named."""
    plan = version(handling_percent=Decimal(10), handling_fixed=Decimal(2))
    later = replace(plan, id="p/basic/2", effective_on=date(2026, 4, 1), handling_percent=Decimal(20))

    made = ledger(account(plan, plans=(plan, later), expenses=(told,)), date(2026, 4, 30), date(2026, 5, 1))

    lines = {item.kind: str(item.amount) for item in made.lines}
    assert lines.get(LineKind.HANDLING) == handling
    assert bool(made.problems) == (told.cost.currency == "EUR")


def test_no_more_is_given_back_than_a_maximum_left() -> None:
    """Of 100 and 325, 120 were to pay: 121 is too much of the time, and 120 leaves nothing of the fee."""
    capped = version(fee=Decimal(100), maximum_spend=Decimal(120), overage=(Price(Decimal(50)),))
    time, fee = "p/2026-03-31/overage/s", "p/2026-03-01/fee/s"
    told = (("1", 12100, time), ("2", 12000, time), ("3", 1, fee))
    refunds = tuple(Refund(id, MARCH_END, Money(n, "USD"), undoes=line) for id, n, line in told)

    made = ledger(account(capped, entries=(worked("e", "t", 3, 390),), refunds=refunds))

    assert sum_of(made) == Money(0, "USD")
    assert [problem.about for problem in made.problems] == ["1", "3"]


@pytest.mark.parametrize(
    ("terms", "entries", "added"),
    [
        ({"minimum_spend": Decimal(100)}, (), {"2026-03-16/true_up/s": "15.48 USD"}),
        ({"maximum_spend": Decimal(75)}, (worked("e", "t", 3, 70),), {"2026-03-16/overage/s": "35.00 USD"}),
        (
            {"maximum_spend": Decimal(70)},
            (worked("e", "t", 3, 70),),
            {"2026-03-16/overage/s": "35.00 USD", "2026-03-16/maximum/s": "-1.13 USD"},
        ),
    ],
)
def test_of_a_fee_cut_short_only_what_was_used_counts(
    terms: dict[str, Decimal], entries: tuple[TimeEntry, ...], added: dict[str, str]
) -> None:
    """16 of 31 days of 70 are 36.13: less than 51.61, the minimum for them, and with 35.00 less than 75."""
    first = version(fee=Decimal(70), overage=(Price(Decimal(30)),), **terms)
    change = date(2026, 3, 17)
    held = account(
        first,
        plans=(first, version(id="p/b/1", name="b")),
        subscriptions=(
            Subscription("s", "basic", MARCH.start, end=change),
            Subscription("t", "b", change, anchor=MARCH.start),
        ),
        entries=entries,
    )

    assert amounts(ledger(held)) == {
        "2026-03-01/fee/s": "70.00 USD",
        "2026-03-17/fee_credit/s": "-33.87 USD",
        **added,
    }


def test_refunds_of_one_day_are_in_the_order_they_were_told() -> None:
    """The ninth entry fits the fee; the tenth no longer does."""
    fee = "p/2026-03-01/fee/s"
    told = (("10", 2000), ("9", 6000))
    refunds = tuple(Refund(id, date(2026, 3, 5), Money(minor, "USD"), undoes=fee) for id, minor in told)

    made = ledger(account(version(fee=Decimal(70)), refunds=refunds))

    assert sum_of(made) == Money(1000, "USD")
    assert [problem.about for problem in made.problems] == ["10"]


def test_credit_is_applied_after_tax() -> None:
    """A goodwill credit lowers the total, not the tax base."""
    plan = version(fee=Decimal(100), tax=TaxRule(TaxMode.EXCLUSIVE, Decimal(20)))
    credit = OtherCharge("c1", date(2026, 3, 9), LineKind.CREDIT, Money(-3000, "USD"))

    made = ledger(account(plan, charges=(credit,)))

    assert amounts(made)["2026-03-31/tax/20-USD"] == "20.00 USD"
    assert sum_of(made) == Money(9000, "USD")


def test_what_has_no_price_or_no_plan_is_named() -> None:
    """A meter without a price, time before the plan and a coupon in another currency are told."""
    held = account(
        version(usage=(Price(Decimal(1), 1, "input"),)),
        usage=(UsageEvent("u1", "t", datetime(2026, 3, 9, tzinfo=UTC), (("output", 5),)),),
        entries=(worked("e0", "t", 1, 10, month=2),),
        coupons=(Coupon("nok", date(2026, 1, 1), amount=Money(1000, "NOK")),),
    )

    assert ledger(held).problems == (
        Problem("no_price", "output"),
        Problem("coupon_in_other_currency", "nok"),
        Problem("no_plan_then", "e0"),
    )


def test_a_cost_told_by_the_provider_takes_the_place_of_prices() -> None:
    """Told costs are summed in their own currency, beside what is priced."""
    usage = (
        UsageEvent("u1", "t", datetime(2026, 3, 9, tzinfo=UTC), (("input", 2),)),
        UsageEvent("u2", "t", datetime(2026, 3, 9, tzinfo=UTC), (("input", 2),), Money(42, "EUR")),
    )

    made = ledger(account(version(usage=(Price(Decimal(1), 1, "input"),)), usage=usage))

    assert amounts(made) == {
        "2026-03-31/usage/s": "2.00 USD",
        "2026-03-31/usage/s-told-EUR": "0.42 EUR",
    }


def test_a_closed_month_keeps_its_lines_and_says_when_facts_moved() -> None:
    """A late entry changes nothing in a closed March; the difference is told instead."""
    plan = version(overage=(Price(Decimal(60)),))
    held = account(plan, entries=(worked("e1", "a", 2, 30),))
    closed = replace(held, closed=(ClosedMonth(MARCH, ledger(held).lines),))
    late = replace(closed, entries=(*held.entries, worked("e2", "a", 3, 30)))

    unchanged, moved = ledger(closed), ledger(late)

    assert amounts(moved) == amounts(unchanged) == {"2026-03-31/overage/s": "30.00 USD"}
    assert [item.state for item in moved.lines] == [LineState.CLOSED]
    assert unchanged.problems == ()
    assert moved.problems == (Problem("closed_month_differs", "2026-03"),)


def test_a_tax_told_by_hand_is_part_of_what_a_month_was_closed_with() -> None:
    """Beside the tax that is computed; what is told later makes a difference, as any late fact does."""
    plan = version(fee=Decimal(70), tax=TaxRule(TaxMode.EXCLUSIVE, Decimal(20)))
    told = OtherCharge("c", date(2026, 3, 9), LineKind.TAX, Money(300, "USD"))
    held = account(plan, charges=(told,))
    closed = replace(held, closed=(ClosedMonth(MARCH, ledger(held).lines),))

    late = replace(closed, charges=(told, replace(told, id="d")))

    assert ledger(closed).problems == ()
    assert ledger(late).problems == (Problem("closed_month_differs", "2026-03"),)


def test_a_month_closed_twice_is_billed_once() -> None:
    """As it was closed last: a log may have both."""
    held = account(version(fee=Decimal(70)))
    last = ClosedMonth(MARCH, ledger(held).lines)

    twice = replace(held, closed=(ClosedMonth(MARCH, ()), last))

    assert amounts(ledger(twice)) == {"2026-03-01/fee/s": "70.00 USD"}
    assert ledger(twice).problems == ()


def test_a_part_of_a_period_includes_a_part_of_its_requests() -> None:
    """Half of April gives 15 of 30 requests: the sixteenth is extra."""
    plan = version(included_tasks=30, overage=(Price(Decimal(3), per=1, meter="request"),))
    half = (Subscription("s", "basic", date(2026, 4, 16), anchor=date(2026, 4, 1)),)
    requests = tuple(DoneRequest(str(n), date(2026, 4, 20)) for n in range(16))

    made = ledger(
        account(plan, subscriptions=half, requests=requests), as_of=date(2026, 4, 30), until=date(2026, 5, 1)
    )

    assert amounts(made) == {"2026-04-30/overage/s-requests": "3.00 USD"}


def test_overage_may_cost_less_the_more_there_is() -> None:
    """Two hours at 10, the third at 5: tiers of hours price time too."""
    tiers = Tiers(Model.GRADUATED, (Tier(Decimal(10), Decimal(2)), Tier(Decimal(5))))

    made = ledger(account(version(overage_tiers=tiers), entries=(worked("e1", "a", 2, 180),)))

    assert amounts(made) == {"2026-03-31/overage/s": "25.00 USD"}


@pytest.mark.parametrize(
    ("model", "terms", "lines"),
    [
        (Model.GRADUATED, {"line_scope": LineScope.TASK}, {"s-a": "21.00 USD", "s-b": "15.00 USD"}),
        (Model.VOLUME, {"line_scope": LineScope.TASK}, {"s-a": "12.50 USD", "s-b": "12.50 USD"}),
        (
            Model.GRADUATED,
            {"weekend_multiplier": Decimal(2)},
            {"s": "21.00 USD", "s-weekend": "30.00 USD"},
        ),
    ],
)
def test_tiers_are_climbed_once_a_period(
    model: Model, terms: dict[str, object], lines: dict[str, str]
) -> None:
    """Two hours at 10 and the others at 5, 1 and 5 for the tiers: four hours in two lines pay them once."""
    tiers = Tiers(model, (Tier(Decimal(10), Decimal(2), Decimal(1)), Tier(Decimal(5), None, Decimal(5))))
    work = (worked("e1", "a", 6, 120), worked("e2", "b", 7, 120))

    made = ledger(account(version(overage_tiers=tiers, **terms), entries=work))

    assert amounts(made) == {f"2026-03-31/overage/{key}": amount for key, amount in lines.items()}


def test_what_names_no_plan_is_taxed_as_the_plan_held_then() -> None:
    """A pack bought under a taxed plan is taxed, whatever other plans the provider has."""
    taxed = version(tax=TaxRule(TaxMode.EXCLUSIVE, Decimal(20)))
    untaxed = version(id="z", name="other")
    pack = HourPack("a", 3600, date(2026, 3, 9), price=Money(1000, "USD"))

    made = ledger(account(taxed, plans=(taxed, untaxed), packs=(pack,)))

    assert amounts(made) == {"2026-03-09/pack/a": "10.00 USD", "2026-03-31/tax/20-USD": "2.00 USD"}


def test_two_tax_lines_of_one_rate_have_two_names() -> None:
    """A plan that rounds tax by line, then one by document, both at 20 %."""
    first = version(fee=Decimal(62), tax=TaxRule(TaxMode.EXCLUSIVE, Decimal(20), TaxRounding.LINE))
    second = replace(first, id="p/more/1", name="more", tax=TaxRule(TaxMode.EXCLUSIVE, Decimal(20)))
    held = account(
        first,
        plans=(first, second),
        subscriptions=(
            Subscription("s1", "basic", date(2026, 3, 1), end=date(2026, 3, 17)),
            Subscription("s2", "more", date(2026, 3, 17), anchor=date(2026, 3, 1)),
        ),
    )

    taxes = [item for item in ledger(held).lines if item.kind is LineKind.TAX]

    assert {item.id: str(item.amount) for item in taxes} == {
        "p/2026-03-31/tax/20-USD": "6.40 USD",
        "p/2026-03-31/tax/20-USD-2": "6.00 USD",
    }


def test_money_is_rounded_to_the_decimals_of_its_provider() -> None:
    """Whole ariary, as Stripe bills them, though ISO 4217 has two decimals: fee, time, coupon and tax."""
    plan = version(
        currency="MGA",
        fee=Decimal(1001),
        included_s=0,
        overage=(Price(Decimal(1001)),),
        tax=TaxRule(TaxMode.EXCLUSIVE, Decimal(20)),
        minor_digits=0,
    )
    partial = (Subscription("s", "basic", date(2026, 3, 16), anchor=date(2026, 3, 1)),)
    coupon = Coupon("TEN", date(2026, 3, 1), percent=Decimal("10.5"))
    held = account(plan, subscriptions=partial, coupons=(coupon,), entries=(worked("e", "a", 20, 20),))

    made = ledger(held)

    assert amounts(made) == {
        "2026-03-16/fee/s": "517.00 MGA",  # 1001 × 16/31 = 516.64…
        "2026-03-16/coupon/TEN": "-54.00 MGA",  # 54.285
        "2026-03-31/overage/s": "334.00 MGA",  # 333.66…
        "2026-03-31/tax/20-MGA": "159.00 MGA",  # 797 × 20 % = 159.4
    }
    with pytest.raises(ValueError, match="decimals"):
        version(minor_digits=3)
