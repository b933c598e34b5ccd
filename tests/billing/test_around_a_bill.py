"""What a bill is asked beside its total: accrual, what explains an invoice, which dates come."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spirou_cli.domain.billing.account import OtherCharge
from spirou_cli.domain.billing.accrual import accrue, accruing
from spirou_cli.domain.billing.bill import find_line, make_bill
from spirou_cli.domain.billing.compare import try_plan
from spirou_cli.domain.billing.deadlines import Deadline, DeadlineKind, deadlines
from spirou_cli.domain.billing.hypotheses import document, hypotheses
from spirou_cli.domain.billing.lines import LineKind, task_weights
from spirou_cli.domain.billing.reconcile import Document, Status, reconcile
from spirou_cli.domain.money import Money
from spirou_cli.domain.plan import (
    Coupon,
    Duration,
    Interval,
    Price,
    Rounding,
    RoundMode,
    Scope,
    Span,
    Subscription,
    TaskCap,
    TaxMode,
    TaxRule,
    Timing,
    Unit,
)
from spirou_cli.domain.record import replace
from tests.billing.accounts import MARCH, MARCH_END, RATES, TIMESVR, account, ledger, version, worked


@given(st.dates(date(2026, 2, 1), date(2026, 7, 1)))
def test_accrued_parts_of_following_spans_add_up_to_the_line(cut: date) -> None:
    """Wherever time is cut, what accrued before and after makes the whole of every line."""
    made = ledger(TIMESVR, as_of=date(2026, 5, 31), until=date(2026, 6, 1))
    early, late = date(2026, 1, 1), date(2027, 1, 1)

    before, after = accrue(made, Span(early, cut)), accrue(made, Span(cut, late))

    parts: dict[str, Money] = {}
    for part in (*before, *after):
        parts[part.line.id] = parts.get(part.line.id, Money(0, "USD")) + part.amount
    assert parts == {item.id: item.amount for item in made.lines}


GOODWILL = OtherCharge("c1", date(2026, 3, 9), LineKind.CREDIT, Money(-3000, "USD"))


def test_accrual_spreads_a_fee_over_its_days_and_a_pack_over_its_use() -> None:
    """27 of 31 days of the fee and its coupon, 40 of 120 minutes of the pack, fall into March."""
    parts = {p.line.kind: str(p.amount) for p in accrue(ledger(TIMESVR, until=date(2026, 6, 1)), MARCH)}

    assert parts == {
        LineKind.FEE: "60.97 USD",
        LineKind.COUPON: "-9.15 USD",
        LineKind.PACK: "4.67 USD",
        LineKind.EXPENSE: "12.00 USD",
        LineKind.REFUND: "-5.00 USD",
    }


@pytest.mark.parametrize("as_of", [MARCH_END, date(2026, 9, 1), date(2027, 3, 1)])
def test_a_fee_in_arrears_accrues_whenever_one_asks(as_of: date) -> None:
    """A year's 365.00, due on its last day, is 31.00 in March before as after."""
    yearly = version(fee=Decimal(365), interval=Interval(Unit.YEAR), timing=Timing.ARREARS)

    parts = accrue(accruing(account(yearly), MARCH, as_of=as_of), MARCH)

    assert [str(part.amount) for part in parts] == ["31.00 USD"]


def test_hypotheses_name_what_explains_an_invoice() -> None:
    """An invoice that forgot the coupon is overcharged, and the bill without it says why."""
    held = replace(TIMESVR, refunds=(), expenses=(), packs=())
    ours = document(held, MARCH, as_of=MARCH_END)
    theirs = replace(ours, lines=(("fee", 7000),), net=7000, total=7000)

    verdict = reconcile(theirs, ours, hypotheses(held, MARCH, as_of=MARCH_END))

    assert (verdict.status, str(verdict.diff)) == (Status.OVERCHARGED, "10.50 USD")
    assert verdict.explained_by == ("coupon_not_applied",)


@pytest.mark.parametrize(
    ("mode", "charges", "lines", "totals"),
    [
        (TaxMode.INCLUSIVE, (), [("fee", 7000)], (5833, 1167, 7000)),
        (TaxMode.EXCLUSIVE, (GOODWILL,), [("fee", 7000), ("credit", -3000)], (7000, 1400, 5400)),
        (TaxMode.INCLUSIVE, (GOODWILL,), [("fee", 7000), ("credit", -3000)], (5833, 1167, 4000)),
    ],
)
def test_a_right_invoice_agrees_with_tax_inside_and_with_credit(
    mode: TaxMode,
    charges: tuple[OtherCharge, ...],
    lines: list[tuple[str, int]],
    totals: tuple[int, int, int],
) -> None:
    """Tax inside is no line, and a credit is used after tax: 58.33 and 11.67 are 70.00, less 30.00."""
    held = account(version(fee=Decimal(70), tax=TaxRule(mode, Decimal(20))), charges=charges)

    ours = document(held, MARCH, as_of=MARCH_END)

    assert (ours.net, ours.tax, ours.total) == totals
    assert reconcile(Document("USD", tuple(lines), *totals), ours).status is Status.MATCH


def test_an_invoice_is_held_against_the_bill_itself() -> None:
    """Work of April takes March's over the limit for a task: refused in the bill, so in the check too."""
    plan = version(included_s=0, overage=(Price(Decimal(60)),), task_cap=TaskCap(900))
    held = account(plan, entries=(worked("e1", "a", 2, 10), worked("e2", "a", 2, 10, month=4)))

    for as_of, total in ((MARCH_END, 1000), (date(2026, 4, 30), 0)):
        bill = make_bill((held,), MARCH, as_of=as_of, rates=RATES, reporting="USD")
        assert document(held, MARCH, as_of=as_of).total == bill.statement.total.minor == total


def test_hypotheses_try_other_roundings() -> None:
    """An hour billed for 25 minutes in four pieces was rounded up by quarters, piece by piece."""
    plan = version(overage=(Price(Decimal(7)),), rounding=Rounding(900, RoundMode.CEIL, Scope.TASK))
    entries = (
        worked("e1", "a", 2, 10),
        worked("e2", "a", 2, 10),
        worked("e3", "b", 2, 5),
        worked("e4", "b", 3, 5),
    )
    held = account(plan, entries=entries)

    named = dict(hypotheses(held, MARCH, as_of=MARCH_END))

    assert [name for name, minor in named.items() if minor == 700] == ["rounded_up_15_min_per_entry"]


def test_the_money_clock_says_what_is_at_stake() -> None:
    """On 13 March: the next fee, the coupon's end, the pack's expiry, each with its money."""
    plan = replace(TIMESVR.plans[0], notice_days=7)
    made = ledger(replace(TIMESVR, plans=(plan,)), date(2026, 3, 13), date(2027, 4, 1))

    assert deadlines(made) == [
        Deadline(
            date(2026, 3, 29),
            DeadlineKind.NOTICE,
            "timesvr",
            "timesvr/2026-04-05/fee/sub-1",
            Money(5950, "USD"),
        ),
        Deadline(
            date(2026, 4, 5),
            DeadlineKind.RENEWAL,
            "timesvr",
            "timesvr/2026-04-05/fee/sub-1",
            Money(5950, "USD"),
        ),
        Deadline(
            date(2026, 6, 5), DeadlineKind.COUPON_END, "timesvr", "SAVE15", Money(1050, "USD"), charges=2
        ),
        Deadline(
            date(2026, 9, 12), DeadlineKind.PACK_EXPIRY, "timesvr", "pack-1", Money(1400, "USD"), 7200, 7200
        ),
    ]


def test_a_coupon_that_never_ends_or_is_for_other_charges_ends_at_no_fee() -> None:
    """The next fee without it is no end of a coupon for time, nor of one for ever."""
    plan = version(fee=Decimal(70), included_s=0, overage=(Price(Decimal(60)),))
    coupons = (
        Coupon("TIME", date(2026, 3, 1), percent=Decimal(10), applies_to="overage"),
        Coupon("EVER", date(2026, 3, 1), percent=Decimal(10), duration=Duration.FOREVER),
    )
    held = account(plan, coupons=coupons, entries=(worked("e1", "a", 2, 60),))
    made = ledger(held, date(2026, 3, 31), date(2026, 6, 1))

    assert DeadlineKind.COUPON_END not in {each.kind for each in deadlines(made)}


def test_a_running_trial_is_a_deadline() -> None:
    """On the first day of two: the last day to end it at no cost, and how much the first fee is."""
    made = ledger(TIMESVR, date(2026, 3, 3), date(2026, 4, 1))

    assert deadlines(made)[0] == Deadline(
        date(2026, 3, 4), DeadlineKind.TRIAL_END, "timesvr", "days", Money(5950, "USD")
    )


def test_what_is_announced_is_with_the_tax_that_is_added() -> None:
    """A fee of 100 less 10 % and more 20 %: 108 at the renewal, 12 more once the coupon ends."""
    plan = version(fee=Decimal(100), tax=TaxRule(TaxMode.EXCLUSIVE, Decimal(20)))
    coupon = Coupon("TEN", date(2026, 3, 1), percent=Decimal(10), duration=Duration.CYCLES, cycles=2)
    made = ledger(account(plan, coupons=(coupon,)), date(2026, 3, 20), date(2026, 6, 1))

    assert {each.kind: str(each.money) for each in deadlines(made)} == {
        DeadlineKind.RENEWAL: "108.00 USD",
        DeadlineKind.COUPON_END: "12.00 USD",
    }


def test_the_fee_of_a_plan_that_ended_accrues_on_the_days_it_served() -> None:
    """31 dollars for ten days of March; nothing in April, though the fee was paid for it too."""
    left = (Subscription("s", "basic", date(2026, 3, 22), end=date(2026, 4, 1)),)
    made = ledger(account(version(fee=Decimal(31)), subscriptions=left), until=date(2026, 6, 1))
    april = Span(date(2026, 4, 1), date(2026, 5, 1))

    assert [str(part.amount) for part in accrue(made, MARCH)] == ["31.00 USD"]
    assert accrue(made, april) == []


def test_the_tax_on_the_bill_is_found_before_the_tax_that_lies_ahead() -> None:
    """A fee of the month's last day has a tax line of its own, which no page shows yet."""
    plan = version(
        fee=Decimal(100),
        overage=(Price(Decimal(20)),),
        included_s=0,
        tax=TaxRule(TaxMode.EXCLUSIVE, Decimal(20)),
    )
    held = account(plan, entries=(worked("e", "a", 2, 60),))
    held = replace(held, subscriptions=(replace(held.subscriptions[0], anchor=date(2026, 3, 31)),))
    bill = make_bill((held,), MARCH, as_of=date(2026, 3, 30), rates=RATES, reporting="USD")

    row = find_line(bill, "tax")

    assert row is not None
    assert row in bill.providers[0].statement.rows
    assert find_line(bill, "scheduled-USD") in bill.providers[0].scheduled


def test_included_time_about_to_lapse_has_its_price() -> None:
    """Six of ten paid hours unused and not carried over: 60 of 100 dollars at stake."""
    plan = version(fee=Decimal(100), included_s=36_000)
    made = ledger(account(plan, entries=(worked("e1", "a", 2, 240),)), date(2026, 3, 20), date(2026, 4, 1))

    assert deadlines(made) == [
        Deadline(date(2026, 3, 31), DeadlineKind.TIME_LAPSE, "p", "basic", Money(6000, "USD"), 21_600)
    ]


def test_the_same_work_is_tried_under_another_plan() -> None:
    """4:27 h cost 70 under the flat plan, which refuses two of the four tasks, or 31.15 by the hour."""
    flat = replace(TIMESVR.plans[0], trial=None)
    hourly = version(name="hourly", overage=(Price(Decimal(7)),))

    under_flat, by_hour = (try_plan(TIMESVR, plan, MARCH) for plan in (flat, hourly))

    assert under_flat.totals == {"USD": Money(7000, "USD")}
    assert under_flat.refused == ("ebay", "research")
    assert by_hour.totals == {"USD": Money(3115, "USD")}
    assert by_hour.refused == ()


@pytest.mark.parametrize(
    ("interval", "span", "cost"),
    [
        (Interval(), MARCH, "94.00"),
        (Interval(Unit.WEEK), MARCH, "374.00"),
        (Interval(Unit.YEAR), MARCH, "94.00"),
        (Interval(), Span(date(2026, 3, 1), date(2026, 3, 16)), "82.00"),
    ],
)
def test_use_is_in_a_comparison_whenever_its_period_would_end(
    interval: Interval, span: Span, cost: str
) -> None:
    """An hour before and an hour after the 15th, at 12 each, beside the fees in advance of these days."""
    plan = version(fee=Decimal(70), interval=interval, included_s=0, overage=(Price(Decimal(12)),))
    held = account(plan, entries=(worked("e1", "a", 10, 60), worked("e2", "b", 30, 60)))

    assert str(try_plan(held, plan, span).totals["USD"].amount) == cost


def test_tax_inside_prices_is_shown_and_moves_nothing() -> None:
    """A fee of 120 that includes 20 % stays 120, with 20 of tax told."""
    plan = version(fee=Decimal(120), tax=TaxRule(TaxMode.INCLUSIVE, Decimal(20)))

    bill = make_bill((account(plan),), MARCH, as_of=MARCH_END, rates=RATES, reporting="USD")

    assert bill.statement.total == Money(12_000, "USD")
    assert [memo.tax for memo in bill.providers[0].statement.inside] == [Money(2_000, "USD")]


def test_hypotheses_try_the_previous_price() -> None:
    """An invoice of 70 after the price rose to 80 was made with the old price list."""
    old = version(fee=Decimal(70))
    new = version(id="2", effective_on=date(2026, 2, 15), fee=Decimal(80))

    named = dict(hypotheses(account(old, plans=(old, new)), MARCH, as_of=MARCH_END))

    assert named == {"previous_prices": 7000}


def test_a_line_can_be_cut_by_task_with_its_discount_and_tax() -> None:
    """Overage of 20 and 40 minutes: tax and discount follow the same thirds, the fee is nobody's."""
    plan = version(
        fee=Decimal(10), overage=(Price(Decimal(30)),), tax=TaxRule(TaxMode.EXCLUSIVE, Decimal(20))
    )
    half = Coupon("HALF", date(2026, 1, 1), percent=Decimal(50), applies_to="overage")
    entries = (worked("e1", "a", 2, 20), worked("e2", "b", 3, 40))
    made = ledger(account(plan, coupons=(half,), entries=entries))
    by_id = {line.id: line for line in made.lines}

    weights = {line.kind: task_weights(line, by_id) for line in made.lines}

    third = Fraction(1, 3)
    assert weights[LineKind.FEE] == {"": Fraction(1)}
    assert weights[LineKind.OVERAGE] == weights[LineKind.COUPON] == {"a": third, "b": 2 * third}
    assert weights[LineKind.TAX] == {"": Fraction(2, 5), "a": Fraction(1, 5), "b": Fraction(2, 5)}
