"""A month of three providers, as the founding author had it, to the cent."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spirou_cli.domain.billing.account import (
    Account,
    OtherCharge,
)
from spirou_cli.domain.billing.adjustments import Refund
from spirou_cli.domain.billing.bill import Bill, ProviderBill, TimeUse, expect, find_line, make_bill
from spirou_cli.domain.billing.currency import Rate, Rates
from spirou_cli.domain.billing.fixed_price import FixedTask
from spirou_cli.domain.billing.ledger import Problem
from spirou_cli.domain.billing.lines import LineKind, LineState
from spirou_cli.domain.billing.plain import to_plain
from spirou_cli.domain.billing.usage import UsageEvent
from spirou_cli.domain.billing.worktime import Billed, TimeEntry
from spirou_cli.domain.money import Money, total
from spirou_cli.domain.plan import (
    Coupon,
    OnConvert,
    Price,
    Span,
    Subscription,
    TaxMode,
    TaxRule,
    Timing,
    Trial,
)
from spirou_cli.domain.record import replace
from tests.billing.accounts import (
    AGENT,
    MARCH,
    MARCH_END,
    PARIS,
    RATES,
    SMARTELIA,
    TIMESVR,
    account,
    founding_month,
    version,
    worked,
)


def test_a_refund_in_a_later_month_leaves_nothing_of_the_tax_either() -> None:
    """Fee and tax at March's rates, both given back in April at the same: nothing is left in euros."""
    rates = Rates([Rate(date(2026, 3, 1), "EUR", "USD", Decimal("1.10")), *APRIL_RATES])
    held = account(
        version(fee=Decimal(70), tax=TaxRule(TaxMode.EXCLUSIVE, Decimal(20))),
        subscriptions=(Subscription("s", "basic", date(2026, 3, 10), end=date(2026, 4, 10)),),
        refunds=(Refund("r", date(2026, 4, 8), Money(7000, "USD"), undoes="p/2026-03-10/fee/s"),),
    )

    made = make_bill(
        (held,), Span(MARCH.start, date(2026, 5, 1)), as_of=date(2026, 4, 30), rates=rates, reporting="EUR"
    ).providers[0]

    assert made.statement.totals == {"USD": Money(0, "USD")}
    assert made.statement.reporting_total == Money(0, "EUR")


APRIL_RATES = [
    Rate(date(2026, 3, 10), "EUR", "USD", Decimal("1.12")),
    Rate(date(2026, 3, 31), "EUR", "USD", Decimal("1.20")),
    Rate(date(2026, 4, 30), "EUR", "USD", Decimal("1.40")),
]


def test_what_a_card_shows_of_a_refund_is_beside_its_rate() -> None:
    """70 USD were 64.81 EUR, of which 60 came back. Without a rate or a charge, the card alone tells."""
    fee = Subscription("s", "basic", date(2026, 3, 5))
    back = Refund(
        "r1", date(2026, 3, 20), Money(7000, "USD"), "p/2026-03-05/fee/s", settled=Money(6000, "EUR")
    )
    alone = Refund("r2", date(2026, 3, 21), Money(100, "USD"), settled=Money(90, "EUR"))
    held = account(version(fee=Decimal(70)), subscriptions=(fee,), refunds=(back, alone))

    def rows(rates: Rates) -> list[tuple[str, str, str]]:
        made = make_bill((held,), MARCH, as_of=MARCH_END, rates=rates, reporting="EUR").providers[0]
        return [(r.line.kind.value, str(r.line.amount), str(r.reporting)) for r in made.statement.rows]

    assert rows(RATES) == [
        ("fee", "70.00 USD", "64.81 EUR"),
        ("refund", "-70.00 USD", "-64.81 EUR"),
        ("exchange", "0.00 USD", "4.81 EUR"),
        ("refund", "-1.00 USD", "-0.90 EUR"),
    ]
    assert rows(Rates(())) == [
        ("fee", "70.00 USD", "None"),
        ("refund", "-70.00 USD", "-60.00 EUR"),
        ("refund", "-1.00 USD", "-0.90 EUR"),
    ]


def test_the_founding_month_to_the_cent() -> None:
    """Every line of the author's month is what pencil and paper give, in both currencies."""
    rows = [
        (row.line.id, str(row.line.amount), str(row.reporting))
        for provider in founding_month().providers
        for row in provider.statement.rows
    ]

    assert rows == [
        ("agent/2026-03-31/usage/sub-3", "7.05 USD", "6.59 EUR"),  # 3.60 + 1.20 + 2.25, /1.07
        ("smartelia/2026-03-16/fee/sub-2", "309.68 EUR", "309.68 EUR"),  # 600 × 16/31
        ("smartelia/2026-03-31/tax/20-EUR", "61.94 EUR", "61.94 EUR"),
        ("timesvr/2026-03-05/fee/sub-1", "70.00 USD", "64.81 EUR"),  # /1.08, after two free days
        ("timesvr/2026-03-05/coupon/SAVE15", "-10.50 USD", "-9.72 EUR"),
        ("timesvr/2026-03-13/pack/pack-1", "14.00 USD", "12.84 EUR"),  # /1.09
        ("timesvr/2026-03-20/expense/x1", "12.00 USD", "11.01 EUR"),
        ("timesvr/2026-03-25/refund/r1", "-5.00 USD", "-4.63 EUR"),  # at the fee's rate, 1.08
    ]


def test_vat_that_cannot_be_recovered_is_a_cost() -> None:
    """The agent's 6.59 EUR cost 7.91 with the VAT the buyer owes on them; totals follow."""
    bill = founding_month()
    agent = bill.providers[0].statement

    assert (str(agent.self_assessed), str(agent.reporting_cost)) == ("1.32 EUR", "7.91 EUR")
    assert str(bill.statement.total) == "453.84 EUR"


def test_each_line_of_a_month_is_taxed_under_its_own_rule() -> None:
    """Tax on the invoice until the 16th, then reverse charge: its memo is on the second plan alone."""
    first = version(fee=Decimal(100), tax=TaxRule(TaxMode.EXCLUSIVE, Decimal(20)))
    reverse = TaxRule(TaxMode.REVERSE_CHARGE, Decimal(20), recoverable_percent=Decimal(0))
    held = account(
        first,
        plans=(first, replace(first, id="p/more/1", name="more", tax=reverse)),
        subscriptions=(
            Subscription("s1", "basic", date(2026, 3, 1), end=date(2026, 3, 16)),
            Subscription("s2", "more", date(2026, 3, 16), anchor=date(2026, 3, 1)),
        ),
    )

    (provider,) = make_bill((held,), MARCH, as_of=MARCH_END, rates=RATES, reporting="USD").providers

    (memo,) = provider.statement.reverse
    assert [str(each) for each in (memo.base, memo.not_recoverable)] == ["51.61 USD", "10.32 USD"]
    assert str(provider.statement.reporting_cost) == "120.00 USD"
    days = [row.line.on for row in provider.statement.rows]
    assert days == sorted(days)


def test_vat_is_due_on_what_has_no_rate_too() -> None:
    """The memo can't say how much, and says on what."""
    held = account(version(fee=Decimal(70), tax=TaxRule(TaxMode.REVERSE_CHARGE, Decimal(20))))

    (made,) = make_bill((held,), MARCH, as_of=MARCH_END, rates=Rates(()), reporting="EUR").providers

    assert made.statement.undeclared == (Money(7000, "USD"),)


def test_the_forecast_has_the_vat_of_a_fee_ahead() -> None:
    """What can't be recovered of it is a cost, before the fee is charged as after it."""
    reverse = TaxRule(TaxMode.REVERSE_CHARGE, Decimal(20), recoverable_percent=Decimal(0))
    held = account(
        version(fee=Decimal(100), tax=reverse), subscriptions=(Subscription("s", "basic", date(2026, 3, 20)),)
    )

    for as_of in (date(2026, 3, 10), MARCH_END):
        outlook = expect(make_bill((held,), MARCH, as_of=as_of, rates=RATES, reporting="USD"))
        assert str(outlook.total) == "120.00 USD"


@pytest.mark.parametrize(
    ("applies_to", "charged", "ahead"),
    [("usage", "0.00", "70.00"), ("fee", "10.00", "0.00"), ("all", "0.00", "0.00")],
)
def test_a_discount_is_charged_with_what_it_is_on(applies_to: str, charged: str, ahead: str) -> None:
    """In mid-month, use is charged so far and a fee in arrears lies ahead; afterwards they are one charge."""
    terms = version(fee=Decimal(70), timing=Timing.ARREARS, usage=(Price(Decimal(1), per=1, meter="input"),))
    held = account(
        terms,
        usage=(UsageEvent("u", "a", datetime(2026, 3, 8, tzinfo=UTC), (("input", 10),)),),
        coupons=(Coupon("C", date(2026, 3, 1), percent=Decimal(100), applies_to=applies_to),),
    )

    def made(as_of: date) -> ProviderBill:
        return make_bill((held,), MARCH, as_of=as_of, rates=RATES, reporting="USD").providers[0]

    early, late = made(date(2026, 3, 15)), made(MARCH_END)
    assert [str(each.reporting_total.amount) for each in (early.statement, early.ahead)] == [charged, ahead]
    assert late.statement.reporting_total == early.statement.reporting_total + early.ahead.reporting_total
    assert sum(row.line.kind is LineKind.COUPON for row in late.statement.rows) == 1


def test_what_a_maximum_takes_off_a_fee_lies_ahead_with_it() -> None:
    """Next month's bill is of nothing yet, not of less."""
    held = account(version(fee=Decimal(70), maximum_spend=Decimal(50)))
    april = Span(date(2026, 4, 1), date(2026, 5, 1))

    (made,) = make_bill((held,), april, as_of=date(2026, 3, 15), rates=RATES, reporting="USD").providers

    assert (made.statement.rows, str(made.ahead.reporting_total)) == ((), "50.00 USD")


def test_a_long_task_takes_a_pack_whole_or_is_refused() -> None:
    """40 minutes fit the two hours bought, 200 don't; the trial's 12 minutes are told and not billed."""
    provider = founding_month().providers[2]

    use, packs = provider.time, provider.ledger.packs["pack-1"]

    assert use == TimeUse(16_020, 15_300, pack_s=2_400, overage_s=0, refused_s=12_000, trial_s=720)
    assert use.included_s == 900
    assert (packs.drawn_s, packs.left_s) == (2_400, 4_800)
    assert provider.ledger.problems == (Problem("task_refused", "research"),)


MIDNIGHT = TimeEntry("e", "a", datetime(2026, 3, 2, 23, tzinfo=PARIS), datetime(2026, 3, 3, 1, tzinfo=PARIS))


@pytest.mark.parametrize(
    ("trial", "facts", "raw_min", "free_min"),
    [
        pytest.param(Trial(days=2), {"entries": (worked("e", "a", 2, 10),)}, 10, 10, id="kept"),
        pytest.param(
            Trial(days=40),
            {"entries": (worked("e", "a", 2, 20), worked("f", "a", 9, 60))},
            80,
            80,
            id="running",
        ),
        pytest.param(Trial(days=2), {"entries": (MIDNIGHT,)}, 120, 60, id="ends within an entry"),
        pytest.param(
            Trial(days=2, on_convert=OnConvert.RETROACTIVE),
            {"entries": (MIDNIGHT,)},
            120,
            0,
            id="billed if kept",
        ),
        pytest.param(
            Trial(days=2),
            {"billed": (Billed("b", "a", date(2026, 3, 2), 600, 900),)},
            10,
            10,
            id="a day's sum",
        ),
        pytest.param(
            Trial(days=2),
            {
                "entries": (worked("e", "gift", 2, 10),),
                "fixed_tasks": (FixedTask("gift", Money(400, "USD")),),
            },
            10,
            0,
            id="at a price of its own",
        ),
    ],
)
def test_time_of_a_trial_is_told_and_free(
    trial: Trial, facts: dict[str, object], raw_min: int, free_min: int
) -> None:
    """Each reported second is counted once, and billed only after the trial, or where a kept one is."""
    held = account(version(overage=(Price(Decimal(30)),), trial=trial), **facts)

    use = make_bill((held,), MARCH, as_of=MARCH_END, rates=RATES, reporting="EUR").providers[0].time

    billed = 0 if "fixed_tasks" in facts else raw_min - free_min
    assert use == TimeUse(raw_min * 60, billed * 60, 0, billed * 60, 0, free_min * 60)


def test_a_line_says_how_it_came_about() -> None:
    """A line keeps its formula, its exact value, its plan version and its sources."""
    row = find_line(founding_month(), "smartelia/2026-03-16/fee/sub-2")

    assert row is not None
    assert str(row.line.formula) == "600.00 × 16/31 days"
    assert row.line.exact * 31 == 9600
    assert (row.line.plan_version, row.line.sources) == ("smartelia/half/1", ("sub-2",))


def test_inside_the_month_fees_ahead_are_scheduled_and_use_is_estimated() -> None:
    """On the 10th, Smartelia's fee lies ahead with its tax, and the agent's use so far is an estimate."""
    agent, smartelia, timesvr = founding_month(date(2026, 3, 10)).providers

    assert [row.line.state for row in agent.statement.rows] == [LineState.ESTIMATE]
    assert smartelia.statement.rows == ()
    assert [str(row.line.amount) for row in smartelia.scheduled] == ["309.68 EUR", "61.94 EUR"]
    assert [row.line.kind for row in timesvr.statement.rows] == [LineKind.FEE, LineKind.COUPON]


def test_the_forecast_adds_fees_as_they_are_and_extrapolates_use() -> None:
    """371.62 EUR scheduled, and 6.53 of use by the 10th, times 31/10."""
    usage = replace(AGENT, plans=(replace(AGENT.plans[0], tax=TaxRule()),))
    bill = make_bill((usage, SMARTELIA), MARCH, as_of=date(2026, 3, 10), rates=RATES, reporting="EUR")

    outlook = expect(bill)

    assert (str(outlook.actual), str(outlook.scheduled)) == ("6.53 EUR", "371.62 EUR")
    assert str(outlook.variable) == "20.24 EUR"
    assert str(outlook.total) == "391.86 EUR"


def test_any_partition_of_the_days_adds_up_to_the_whole() -> None:
    """A bill of weeks, days or months sums to the bill of the quarter: nothing falls between."""
    quarter = Span(date(2026, 3, 1), date(2026, 6, 1))
    as_of = date(2026, 5, 31)
    whole = founding_month(as_of, quarter)

    weeks = [
        founding_month(as_of, Span(start, min(start + timedelta(days=7), quarter.end)))
        for start in (quarter.start + timedelta(days=7 * n) for n in range(14))
    ]

    ids = [row.line.id for week in weeks for p in week.providers for row in p.statement.rows]
    assert sorted(ids) == sorted(row.line.id for p in whole.providers for row in p.statement.rows)


@given(st.randoms())
def test_the_same_facts_in_any_order_give_the_same_bytes(random: Random) -> None:
    """Facts are a set: the bill's JSON doesn't depend on how they were listed or repeated."""

    def shuffled(held: Account) -> Account:
        return replace(
            held,
            entries=tuple(random.sample(held.entries, len(held.entries)) + list(held.entries[:1])),
            usage=tuple(random.sample(held.usage, len(held.usage)) + list(held.usage[:1])),
            coupons=tuple(random.sample(held.coupons, len(held.coupons))),
        )

    providers = random.sample([TIMESVR, SMARTELIA, AGENT], 3)
    bill = make_bill(map(shuffled, providers), MARCH, as_of=MARCH_END, rates=RATES, reporting="EUR")

    assert _bytes(bill) == _bytes(founding_month())


def _bytes(bill: Bill) -> str:
    rows = [row for provider in bill.providers for row in provider.statement.rows]
    return json.dumps([[to_plain(row.line), to_plain(row.reporting)] for row in rows])


def test_details_and_totals_are_sums_of_lines() -> None:
    """Reporting total = sum of converted lines; total per currency = sum of lines."""
    for provider in founding_month().providers:
        rows = provider.statement.rows
        converted = [row.reporting for row in rows if row.reporting is not None]
        assert provider.statement.reporting_total == total(converted, "EUR")
        for currency, amount in provider.statement.totals.items():
            assert amount == total((row.line.amount for row in rows), currency)


def test_a_line_without_a_rate_stays_visible_in_its_own_currency() -> None:
    """Ariary without a rate is kept beside the converted total, not dropped."""
    charge = OtherCharge("c", date(2026, 3, 9), LineKind.FEE, Money(3_000_000, "MGA"))
    held = account(version(fee=Decimal("10.70")), charges=(charge,))

    bill = make_bill((held,), MARCH, as_of=MARCH_END, rates=RATES, reporting="EUR")

    assert bill.statement.unconverted == {
        "MGA": Money(3_000_000, "MGA"),
        "USD": Money(1070, "USD"),  # charged on the 1st, before the first rate
    }
