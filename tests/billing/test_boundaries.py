"""Exactly at a limit: what is still inside, and what is the first outside."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import partial
from typing import Any

import pytest

from spirou_cli.domain.billing.account import Account, DoneRequest, OtherCharge
from spirou_cli.domain.billing.accrual import accrue
from spirou_cli.domain.billing.adjustments import Refund
from spirou_cli.domain.billing.bill import make_bill
from spirou_cli.domain.billing.budget import Budget, ask_budget, reached
from spirou_cli.domain.billing.deadlines import DeadlineKind, deadlines
from spirou_cli.domain.billing.expenses import Expense
from spirou_cli.domain.billing.fixed_price import FixedTask
from spirou_cli.domain.billing.forecast import alerts, forecast
from spirou_cli.domain.billing.hypotheses import document as expected_invoice
from spirou_cli.domain.billing.limits import OpenChange, open_load
from spirou_cli.domain.billing.lines import LineKind, LineState
from spirou_cli.domain.billing.packs import Draw, PackBalance, draw, pack_balances
from spirou_cli.domain.billing.pricing import tier_price
from spirou_cli.domain.billing.reconcile import Document, Status, reconcile
from spirou_cli.domain.billing.refunds import refund
from spirou_cli.domain.billing.rounding import Work
from spirou_cli.domain.billing.seats import seat
from spirou_cli.domain.billing.tax import Taxable, tax
from spirou_cli.domain.billing.trials import TrialReason, trial_end, trial_outcome
from spirou_cli.domain.billing.usage import UsageEvent, price_at
from spirou_cli.domain.billing.worktime import Billed, TimeEntry
from spirou_cli.domain.money import Money
from spirou_cli.domain.plan import (
    Coupon,
    Duration,
    HourPack,
    Interval,
    Model,
    Price,
    Proration,
    Rollover,
    Span,
    Subscription,
    TaxMode,
    TaxRule,
    Tier,
    Tiers,
    Trial,
    Unit,
)
from spirou_cli.domain.record import replace
from tests.billing.accounts import MARCH, MARCH_END, RATES, TIMESVR, account, amounts, ledger, version, worked
from tests.billing.run_case import run_case

NOON = datetime(2026, 3, 9, 12, tzinfo=UTC)


def euros(minor: int) -> Money:
    return Money(minor, "EUR")


def entry(key: str, task: str, minutes: int, at: datetime = NOON) -> TimeEntry:
    return TimeEntry(key, task, at, at + timedelta(minutes=minutes))


def test_a_trial_ends_at_the_first_of_its_limits() -> None:
    """An hour is used up at the very end of the second half hour; seven days come later, or sooner."""
    entries = [entry("e1", "a", 30), entry("e2", "a", 30, NOON + timedelta(hours=1))]

    by_time = trial_end(Trial(days=7, seconds=3600), date(2026, 3, 9), entries, "UTC")
    by_days = trial_end(Trial(days=7, seconds=3601), date(2026, 3, 9), entries, "UTC")

    assert by_time is not None
    assert (by_time.at, by_time.reason) == (NOON + timedelta(minutes=90), TrialReason.SECONDS)
    assert by_days is not None
    assert (by_days.at, by_days.reason) == (datetime(2026, 3, 16, tzinfo=UTC), TrialReason.DAYS)


def test_a_trial_of_tasks_ends_where_one_more_begins() -> None:
    """The third task's first minute is the first to be paid."""
    entries = [entry(task, task, 5, NOON + timedelta(hours=n)) for n, task in enumerate("abac")]

    end = trial_end(Trial(tasks=2), date(2026, 3, 9), entries, "UTC")

    assert end is not None
    assert (end.at, end.reason) == (NOON + timedelta(hours=3), TrialReason.TASKS)
    assert trial_end(Trial(tasks=3), date(2026, 3, 9), entries, "UTC") is None


@pytest.mark.parametrize(("seconds_before", "kept"), [(0, True), (1, False)])
def test_a_trial_cancelled_at_its_end_is_kept(seconds_before: int, kept: bool) -> None:
    """Until the last second it costs nothing to leave; at the end it is too late."""
    end = datetime(2026, 3, 11, tzinfo=UTC)
    at = end - timedelta(seconds=seconds_before)
    held = account(
        version(zone="UTC", fee=Decimal(70), trial=Trial(days=2)),
        subscriptions=(Subscription("s", "basic", date(2026, 3, 9), cancelled_at=at),),
    )

    assert trial_outcome(Trial(days=2), date(2026, 3, 9), [], "UTC", at).converted is kept
    assert bool(ledger(held).lines) is kept


@pytest.mark.parametrize(("last", "paid"), [(date(2026, 3, 3), False), (date(2026, 3, 4), True)])
def test_a_subscription_that_ends_with_its_trial_was_never_one(last: date, paid: bool) -> None:
    """Two days from the 1st: ended on the 3rd nothing is due, ended on the 4th a fee was."""
    held = account(
        version(fee=Decimal(70), trial=Trial(days=2)),
        subscriptions=(Subscription("s", "basic", date(2026, 3, 1), end=last),),
    )

    assert bool(ledger(held).lines) is paid


def test_what_happens_on_the_day_asked_about_is_known() -> None:
    """A bill as of the 9th has the 9th's time, usage, requests and purchases, and nothing of the 10th."""
    plan = version(
        overage=(Price(Decimal(60)), Price(Decimal(3), 1, "request")),
        included_tasks=0,
        usage=(Price(Decimal(1), 1, "input"),),
    )
    days = (9, 10)
    held = account(
        plan,
        entries=tuple(worked(f"e{d}", "a", d, 1) for d in days),
        usage=tuple(
            UsageEvent(f"u{d}", "", datetime(2026, 3, d, 12, tzinfo=UTC), (("input", 5),)) for d in days
        ),
        requests=tuple(DoneRequest(f"r{d}", date(2026, 3, d)) for d in days),
        expenses=tuple(Expense(f"x{d}", date(2026, 3, d), Money(1200, "USD")) for d in days),
        packs=tuple(HourPack(f"p{d}", 1, date(2026, 3, d), price=Money(100, "USD")) for d in days),
    )

    made = ledger(held, as_of=date(2026, 3, 9))

    assert {item.kind: str(item.amount) for item in made.lines if item.kind is not LineKind.OVERAGE} == {
        LineKind.PACK: "1.00 USD",
        LineKind.USAGE: "5.00 USD",
        LineKind.EXPENSE: "12.00 USD",
    }
    assert amounts(made)["2026-03-31/overage/s"] == "0.98 USD"  # 59 of the minute's 60 seconds
    assert amounts(made)["2026-03-31/overage/s-requests"] == "3.00 USD"


def test_a_pack_gives_what_is_left_until_the_day_it_ends() -> None:
    """Usable the day before it ends, lost on the day itself, less what it gave already."""
    pack = HourPack("p", 3600, date(2026, 3, 1), date(2026, 3, 10))
    work = [Work("e1", "a", date(2026, 3, 9), 600), Work("e2", "a", date(2026, 3, 10), 600)]

    drawn = draw([pack], work, {"p": 3300})

    assert drawn.draws == (Draw("e1", "p", 300),)
    assert drawn.overage == (("e1", 300), ("e2", 600))
    assert pack_balances([pack], drawn.draws, date(2026, 3, 9))["p"] == PackBalance(300, 0, 3300)
    assert pack_balances([pack], drawn.draws, date(2026, 3, 10))["p"] == PackBalance(300, 3300, 0)


def test_a_price_holds_from_its_very_instant() -> None:
    """The last declared of one instant wins, and another meter's price never does."""
    old, new = Price(Decimal(1), 1, "input"), Price(Decimal(2), 1, "input", NOON)
    corrected, other = Price(Decimal(3), 1, "input", NOON), Price(Decimal(9), 1, "output", NOON)
    prices = (new, corrected, old, other)

    assert price_at(prices, "input", NOON) == corrected
    assert price_at(prices, "input", NOON - timedelta(seconds=1)) == old
    assert price_at(prices, "cache", NOON) is None


def test_the_last_unit_of_a_tier_is_in_it() -> None:
    """Ten units are priced by the tier up to ten, whole; eleven by the next."""
    tiers = Tiers(Model.VOLUME, (Tier(Decimal(2), Decimal(10)), Tier(Decimal(1))))

    assert [tier_price(tiers, Fraction(units)) for units in (10, 11)] == [20, 11]


@pytest.mark.parametrize(
    "bounds", [(), (10,), (10, 20), (10, 10, None), (20, 10, None), (0, None), (None, None)]
)
def test_tiers_have_a_price_for_every_quantity(bounds: tuple[int | None, ...]) -> None:
    """Bounds rise, and the last tier has none: else a part would be free, or have no price at all."""
    tiers = tuple(Tier(Decimal(1), None if bound is None else Decimal(bound)) for bound in bounds)

    with pytest.raises(ValueError, match="up_to"):
        Tiers(Model.GRADUATED, tiers)


def test_all_that_is_left_may_be_refunded() -> None:
    """The rest to the cent is accepted, after it not a cent more."""
    answers = refund(euros(1000), [euros(400), euros(600), euros(1)])

    assert [answer.accepted for answer in answers] == [True, True, False]
    assert answers[-1].remaining == euros(0)


def test_a_threshold_is_reached_exactly_there() -> None:
    """80 of 100 reach 0.8, 79.99 don't."""
    soft = (Decimal("0.5"), Decimal("0.8"))

    assert reached(euros(10_000), euros(8_000), soft) == soft
    assert reached(euros(10_000), euros(7_999), soft) == soft[:1]


def test_the_third_day_is_enough_for_a_forecast() -> None:
    """On the 3rd there is one; of what is scheduled, only later days of the month count."""
    ahead = [(date(2026, 4, day), euros(100)) for day in (3, 4, 30)] + [(date(2026, 5, 1), euros(1000))]

    third = forecast(date(2026, 4, 3), fixed=euros(0), variable=euros(300), scheduled=ahead)
    second = forecast(date(2026, 4, 2), fixed=euros(0), variable=euros(300))

    assert (third.scheduled, third.variable, third.total) == (euros(200), euros(3000), euros(3200))
    assert (second.variable, second.total) == (None, None)


def document(*lines: int, tax: int = 0) -> Document:
    net = sum(lines)
    return Document("EUR", tuple((f"k{n}", minor) for n, minor in enumerate(lines)), net, tax, net + tax)


@pytest.mark.parametrize(
    ("invoice", "computed", "status"),
    [
        (document(1000, 500), document(1000, 500), Status.MATCH),
        (document(1001, 501), document(1000, 500), Status.ROUNDING),
        (document(1003, 500), document(1000, 500), Status.OVERCHARGED),
        (document(1000, 497), document(1000, 500), Status.UNDERCHARGED),
        (document(1003, 499), document(1000, 502), Status.DIFFERS),
        (document(1010, 492), document(1000, 500), Status.OVERCHARGED),
        (document(1000, tax=201), document(1000, tax=200), Status.ROUNDING),
        (document(1000, tax=202), document(1000, tax=200), Status.OVERCHARGED),
        (document(1000, 0), document(1000), Status.MATCH),
        (document(1000, 1), document(1000), Status.OVERCHARGED),
        (document(1000), document(1000, 1), Status.UNDERCHARGED),
    ],
)
def test_an_invoice_is_judged_line_by_line(invoice: Document, computed: Document, status: Status) -> None:
    """A cent a line is rounding; more on any line isn't, even where the totals are close or equal."""
    assert reconcile(invoice, computed).status is status


def test_a_document_that_does_not_add_up_is_never_rounding() -> None:
    """A cent in its own sums is named, as lines or as total."""
    ours = document(1000, tax=200)

    wrong_net, wrong_total = replace(ours, net=1001, total=1201), replace(ours, total=1201)

    assert [f.type.value for f in reconcile(wrong_net, ours).findings] == ["invoice_lines_do_not_sum"]
    assert [f.type.value for f in reconcile(wrong_total, ours).findings] == ["invoice_total_does_not_sum"]
    assert reconcile(wrong_total, ours).status is Status.OVERCHARGED


def test_what_falls_on_a_day_accrues_on_that_day() -> None:
    """A purchase of the 20th and a pack's minutes of the 15th belong to those days alone."""
    made = ledger(TIMESVR)

    def on(day: int) -> dict[LineKind, str]:
        parts = accrue(made, Span(date(2026, 3, day), date(2026, 3, day + 1)))
        return {part.line.kind: str(part.amount) for part in parts if part.line.kind not in ("fee", "coupon")}

    assert (on(14), on(15), on(16)) == ({}, {LineKind.PACK: "4.67 USD"}, {})
    assert (on(19), on(20), on(21)) == ({}, {LineKind.EXPENSE: "12.00 USD"}, {})


def test_a_pack_that_expires_accrues_the_day_it_does() -> None:
    """Its unused 80 minutes are lost on 13 September, not the day before."""
    made = ledger(TIMESVR, date(2026, 9, 30), date(2026, 10, 1))

    lost = accrue(made, Span(date(2026, 9, 13), date(2026, 9, 14)))
    before = accrue(made, Span(date(2026, 9, 12), date(2026, 9, 13)))

    assert [str(p.amount) for p in lost if p.line.kind is LineKind.PACK] == ["9.33 USD"]
    assert [p for p in before if p.line.kind is LineKind.PACK] == []


@pytest.mark.parametrize(
    ("as_of", "state"), [(date(2026, 3, 30), LineState.ESTIMATE), (date(2026, 3, 31), LineState.ACTUAL)]
)
def test_a_month_is_final_on_its_last_day(as_of: date, state: LineState) -> None:
    """Use and its tax are estimates until the evening of the 31st."""
    plan = version(overage=(Price(Decimal(60)),), tax=TaxRule(TaxMode.EXCLUSIVE, Decimal(20)))

    made = ledger(account(plan, entries=(worked("e1", "a", 2, 30),)), as_of=as_of)

    assert {item.kind: item.state for item in made.lines} == {LineKind.OVERAGE: state, LineKind.TAX: state}


def test_a_coupon_counts_the_charges_it_worked_on() -> None:
    """Two of three charges are past on 10 April; another coupon's uses aren't mixed in."""
    other = Coupon("OTHER", date(2026, 1, 1), percent=Decimal(1), duration=Duration.FOREVER)
    held = replace(TIMESVR, coupons=(*TIMESVR.coupons, other))

    made = ledger(held, date(2026, 4, 10), date(2026, 8, 1))

    assert (made.uses("SAVE15"), made.uses("OTHER"), made.uses("NONE")) == (2, 2, 0)


def test_time_of_a_fixed_price_is_left_out_of_sums_too() -> None:
    """Sums made beforehand are held to the same rule as entries."""
    plan = version(overage=(Price(Decimal(60)),))
    sums = tuple(Billed(task, task, date(2026, 3, 9), 60, 60) for task in ("a", "b"))

    made = ledger(account(plan, billed=sums, fixed_tasks=(FixedTask("a", Money(400, "USD")),)))

    assert amounts(made) == {"2026-03-31/overage/s": "1.00 USD"}


def test_a_maximum_counts_only_its_own_currency() -> None:
    """A cost told in euros doesn't use up a maximum in dollars."""
    plan = version(overage=(Price(Decimal(60)),), maximum_spend=Decimal(100))
    told = UsageEvent("u", "", NOON, (("input", 1),), euros(9900))

    made = ledger(account(plan, entries=(worked("e1", "a", 2, 90),), usage=(told,)))

    assert amounts(made) == {"2026-03-31/overage/s": "90.00 USD", "2026-03-31/usage/s-told-EUR": "99.00 EUR"}
    assert made.lines[0].on in MARCH


def test_part_of_a_period_includes_whole_minutes() -> None:
    """Seven of 31 days of 10 hours are 2:15:29; 2:15 are granted, as no more was paid for."""
    plan = version(included_s=36_000, overage=(Price(Decimal(60)),))
    late = (Subscription("s", "basic", date(2026, 3, 25), anchor=date(2026, 3, 1)),)

    made = ledger(account(plan, subscriptions=late, entries=(worked("e1", "a", 26, 136),)))

    assert amounts(made) == {"2026-03-31/overage/s": "1.00 USD"}


def test_carried_time_ends_with_its_plan() -> None:
    """Hours left of March aren't there in April under another plan."""
    terms = {"included_s": 3600, "rollover": Rollover(1), "overage": (Price(Decimal(60)),)}
    change, start = date(2026, 4, 1), date(2026, 3, 1)
    held = Account(
        "p",
        (version(**terms), version(id="o", name="other", **terms)),
        (Subscription("s1", "basic", start, end=change), Subscription("s2", "other", change)),
        entries=(worked("e1", "a", 2, 90, month=4),),
    )
    kept = replace(held, subscriptions=(Subscription("s1", "basic", start),))

    changed, same = (ledger(each, date(2026, 4, 30), date(2026, 5, 1)) for each in (held, kept))

    assert amounts(changed) == {"2026-04-30/overage/s2": "30.00 USD"}
    assert amounts(same) == {}


@pytest.mark.parametrize(
    ("interval", "anchor", "start", "fee"),
    [
        (Interval(), date(2026, 2, 28), date(2026, 2, 28), "30.00 USD"),
        (Interval(), date(2026, 1, 31), date(2026, 1, 31), "30.00 USD"),
        (Interval(), date(2026, 3, 15), date(2026, 3, 23), "22.00 USD"),
        (Interval(Unit.MONTH, 3), date(2026, 1, 1), date(2026, 1, 1), "30.00 USD"),
        (Interval(Unit.YEAR), date(2026, 1, 1), date(2026, 1, 1), "30.00 USD"),
        (Interval(Unit.WEEK), date(2026, 3, 2), date(2026, 3, 2), "30.00 USD"),
        (Interval(Unit.WEEK), date(2026, 3, 2), date(2026, 3, 4), "21.43 USD"),
    ],
)
def test_months_of_30_days_are_for_parts_of_months(
    interval: Interval, anchor: date, start: date, fee: str
) -> None:
    """A whole period costs the whole fee, and a part of a week is a part of seven days."""
    sold = version(
        fee=Decimal(30), interval=interval, prorate=Proration.FIXED30, effective_on=date(2026, 1, 1)
    )
    held = account(sold, subscriptions=(Subscription("s", "basic", start, anchor),))

    made = ledger(held, start, start + timedelta(days=1))

    assert amounts(made) == {f"{start}/fee/s": fee}


def test_what_is_left_of_a_month_of_30_days_is_given_back_by_30() -> None:
    """From 25 February to 15 March are 20 of 30 days, given back as they are charged."""
    start, change = date(2026, 2, 15), date(2026, 2, 25)
    terms = {"fee": Decimal(30), "prorate": Proration.FIXED30}
    small, large = version(**terms), version(id="p/large/1", name="large", **terms)
    held = Account(
        "p",
        (small, large),
        (Subscription("s1", "basic", start, end=change), Subscription("s2", "large", change, start)),
    )

    made = amounts(ledger(held, change, date(2026, 3, 1)))

    assert made["2026-02-25/fee/s2"] == "20.00 USD"
    assert made["2026-02-25/fee_credit/s1"] == "-20.00 USD"


def test_a_version_holds_from_its_own_day() -> None:
    """Effective on the 1st, it sets the fee of the 1st."""
    old, new = version(fee=Decimal(70)), version(id="2", effective_on=date(2026, 3, 1), fee=Decimal(80))

    assert amounts(ledger(account(old, plans=(old, new)))) == {"2026-03-01/fee/s": "80.00 USD"}


def test_open_work_counts_against_a_budget() -> None:
    """90 spent, 5 promised: 5 more fit, 5.01 don't."""
    ask = partial(ask_budget, Budget("all", euros(10_000)), spent=euros(9_000), committed=euros(500))

    assert (ask(add=euros(500)).allowed, ask(add=euros(501)).allowed) == (True, False)


def test_what_opens_and_closes_at_one_instant_was_never_open() -> None:
    """Closings come first at an instant, and yet a task of no time takes no place for ever."""
    moment = OpenChange(NOON, "moment", True), OpenChange(NOON, "moment", False)
    again = OpenChange(NOON, "again", False), OpenChange(NOON, "again", True)
    before = OpenChange(NOON - timedelta(hours=1), "again", True)

    load = open_load(1, [before, *moment, *again], NOON + timedelta(hours=1))

    assert (load.most, load.open_at_end, load.slow_s) == (1, 1, 7200)


def test_one_rate_on_several_kinds_of_lines_is_one_row() -> None:
    """5 % alone and beside 10 % makes a single row of 5 %, added or inside the price."""
    five, ten = Decimal(5), Decimal(10)
    lines = [Taxable(euros(10_500), (five,)), Taxable(euros(11_500), (five, ten))]

    assert tax(lines, "EUR").rows == {five: euros(1_100), ten: euros(1_150)}
    assert tax(lines, "EUR", mode=TaxMode.INCLUSIVE).rows == {five: euros(1_000), ten: euros(1_000)}


def test_the_invoice_expected_has_what_is_charged_in_its_currency_and_days() -> None:
    """A purchase in euros, last month's fee and what lies ahead aren't on March's invoice in dollars."""
    held = account(
        version(fee=Decimal(70)),
        subscriptions=(Subscription("s", "basic", date(2026, 2, 1)),),
        expenses=(Expense("x", date(2026, 3, 2), euros(500)),),
        charges=(OtherCharge("c", date(2026, 3, 20), LineKind.FEE, Money(100, "USD")),),
    )

    assert expected_invoice(held, MARCH, as_of=date(2026, 3, 10)).lines == (("fee", 7000),)


def test_a_settled_purchase_is_what_the_card_said() -> None:
    """Settled in the reporting currency, it replaces the rate; settled in another, it doesn't."""
    cost = Money(10_900, "USD")
    bought = tuple(
        Expense(key, date(2026, 3, 12), cost, settled=settled)
        for key, settled in (("a", euros(10_123)), ("b", Money(99, "CHF")), ("c", None))
    )

    bill = make_bill(
        (account(version(), expenses=bought),), MARCH, as_of=MARCH_END, rates=RATES, reporting="EUR"
    )

    assert [row.reporting for row in bill.providers[0].statement.rows] == [
        euros(10_123),
        euros(10_000),
        euros(10_000),
    ]


def test_the_weekend_begins_on_saturday() -> None:
    """Friday the 6th is an ordinary day, Saturday the 7th costs double."""
    plan = version(overage=(Price(Decimal(60)),), weekend_multiplier=Decimal(2))

    made = ledger(account(plan, entries=(worked("e1", "a", 6, 1), worked("e2", "a", 7, 1))))

    assert amounts(made) == {"2026-03-31/overage/s": "1.00 USD", "2026-03-31/overage/s-weekend": "2.00 USD"}


def test_a_long_bill_has_what_lies_ahead_in_later_months() -> None:
    """On 10 March, a bill to the end of May has April's and May's fees ahead."""
    span = Span(date(2026, 3, 1), date(2026, 6, 1))

    bill = make_bill(
        (account(version(fee=Decimal(70))),), span, as_of=date(2026, 3, 10), rates=RATES, reporting="USD"
    )

    assert [row.line.on.month for row in bill.providers[0].scheduled] == [4, 5]


def test_a_threshold_really_reached_hides_its_forecast() -> None:
    """50 of 100 spent, 150 expected: a half is reached, the whole is only foreseen, double isn't."""
    outlook = forecast(date(2026, 4, 10), fixed=euros(0), variable=euros(5_000))
    soft = (Decimal("0.5"), Decimal(1), Decimal(2))

    assert alerts(outlook, euros(10_000), soft) == [("actual", soft[0]), ("forecast", soft[1])]


def test_each_coupon_has_its_own_end() -> None:
    """Of two on one fee, the one that runs for ever has none."""
    ends = Coupon("ENDS", date(2026, 1, 1), percent=Decimal(10), duration=Duration.CYCLES, cycles=2)
    stays = Coupon("STAYS", date(2026, 1, 1), percent=Decimal(5), duration=Duration.FOREVER)
    made = ledger(
        account(version(fee=Decimal(100)), coupons=(ends, stays)), date(2026, 3, 10), date(2027, 1, 1)
    )

    found = [d for d in deadlines(made) if d.kind is DeadlineKind.COUPON_END]

    assert [(d.on, d.about, d.money) for d in found] == [(date(2026, 5, 1), "ENDS", Money(1000, "USD"))]


def test_a_refund_of_the_day_asked_about_is_known() -> None:
    """Given back on the 9th, it is in the bill as of the 9th and not in that of the 8th."""
    held = account(version(), refunds=(Refund("r", date(2026, 3, 9), Money(100, "USD")),))

    assert [len(ledger(held, date(2026, 3, day)).lines) for day in (8, 9)] == [0, 1]


def test_more_than_a_seat_pays_for_is_less_than_no_idle_time() -> None:
    """Of 10 paid hours, 10 or 11 worked: nothing was idle, or an hour was given."""
    idle = [
        seat(Decimal(7), "USD", scheduled_s=39_600, absent_s=3600, worked_s=worked_s).idle_s
        for worked_s in (36_000, 39_600)
    ]

    assert idle == [0, -3600]


@pytest.mark.parametrize(
    ("kind", "case", "optional"),
    [
        ("periods", {"anchor": "2026-01-31", "interval": {"unit": "month"}, "until": "2026-03-01"}, "count"),
        (
            "round_time",
            {"rounding": {}, "entries": [{"id": "e", "date": "2026-03-09", "seconds": 9}]},
            "mode",
        ),
        (
            "round_time",
            {"rounding": {"scope": "task"}, "entries": [{"id": "e", "date": "2026-03-09", "seconds": 9}]},
            "task",
        ),
        ("tax", {"currency": "EUR", "lines": [{"amount": "1.00", "rates": ["20"]}]}, "tax_rounding"),
    ],
)
def test_a_null_in_a_case_is_a_key_left_out(kind: str, case: dict[str, Any], optional: str) -> None:
    """Wherever it stands in the case, ``null`` leaves the default."""

    def nulled(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: nulled(part) for key, part in value.items()} | {optional: None}
        return [nulled(part) for part in value] if isinstance(value, list) else value

    assert run_case(kind, nulled(case)) == run_case(kind, case)


def test_two_lines_of_one_name_are_two_lines_to_a_coupon() -> None:
    """Half of 10.00 and 20.00, both called "fee", is 15.00; then half of what is left."""
    lines = [{"id": "fee", "tag": "fee", "amount": amount} for amount in ("10.00", "20.00")]
    half = {"percent": "50", "duration": "forever", "redeemed_on": "2026-01-01"}
    case = {
        "currency": "EUR",
        "charges": [{"date": "2026-01-01", "lines": lines}],
        "coupons": [half | {"id": "a"}, half | {"id": "b"}],
    }

    assert run_case("coupon", case)["charges"][0]["applied"] == [
        {"coupon": "a", "discount": "15.00"},
        {"coupon": "b", "discount": "7.50"},
    ]


def test_a_coupon_of_a_statement_works_on_a_change_of_plan() -> None:
    """10 % off what the new plan costs that day; what the old one gives back stays as it is."""
    day = {"date": "2026-03-16"}
    change = {"kind": "plan_change", "old_fee": "31.00", "new_fee": "62.00", "change_on": "2026-03-16"}
    coupon = {"kind": "coupon", "percent": "10", "applies_to": "plan_change"}
    provider = {
        "id": "p",
        "currency": "EUR",
        "charges": [day | change | {"period": ["2026-03-01", "2026-04-01"]}, day | coupon],
    }
    case = {"month_end": "2026-03-31", "reporting_currency": "EUR", "providers": [provider]}

    made = run_case("statement", case)["providers"][0]["lines"]

    assert [(row["kind"], row["amount"]) for row in made] == [
        ("fee_credit", "-16.00"),
        ("fee", "32.00"),
        ("coupon", "-3.20"),
    ]
