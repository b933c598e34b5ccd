"""What `spirou bill` answers from a real store, to the cent, however much of it is read."""

from __future__ import annotations

import io
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from random import Random

import pytest

from spirou_cli.adapters import Ref
from spirou_cli.cli.render import billrecords
from spirou_cli.cli.render.messages import Words
from spirou_cli.cli.render.screen import Screen
from spirou_cli.domain import moneyfacts as m
from spirou_cli.domain.billing.bill import Bill
from spirou_cli.domain.billing.budget import Budget
from spirou_cli.domain.billing.currency import Rate
from spirou_cli.domain.billing.reading import Grain
from spirou_cli.domain.errors import NoSuchThing
from spirou_cli.domain.money import Money
from spirou_cli.domain.plan import (
    Coupon,
    Duration,
    Price,
    Rollover,
    Rounding,
    RoundMode,
    Scope,
    Span,
    Subscription,
    TaskCap,
    TaxMode,
    TaxRule,
    Trial,
)
from spirou_cli.service import answers, billgroups, bills, delivery
from spirou_cli.service.bills import Asked, ProviderRow
from spirou_cli.service.sync import sync
from tests.billing.accounts import MARCH, PARIS, founding_month, version
from tests.service.money import founding, told, used
from tests.service.world import World

APRIL = Span(date(2026, 4, 1), date(2026, 5, 1))
MAY = Span(date(2026, 5, 1), date(2026, 6, 1))


@pytest.fixture(scope="module")
def author(tmp_path_factory: pytest.TempPathFactory) -> World:
    """The founding author's March; only read."""
    return founding(tmp_path_factory.mktemp("march"))


def figures(bill: Bill) -> dict[str, tuple[str, str]]:
    """Every line's amount, in its own currency and in mine, by kind and day."""
    return {
        row.line.id.rsplit("/", 1)[0]: (str(row.line.amount), str(row.reporting))
        for each in bill.providers
        for row in each.statement.rows
    }


def test_the_founding_month_is_the_same_from_the_store(author: World) -> None:
    """What the engine says of the facts is what the command says of the log."""
    found = bills.report(author.context, Asked(MARCH))

    assert figures(found.bill) == figures(founding_month())
    assert str(found.converted.amount) == "453.84 EUR"
    assert [str(money) for money in found.totals] == ["371.62 EUR", "87.55 USD"]
    assert [rate.value for rate in found.converted.rates] == [
        Decimal("1.0800"),
        Decimal("1.0900"),
        Decimal("1.0700"),
    ]


def test_a_row_parts_what_the_plan_costs_from_what_comes_on_top(author: World) -> None:
    """Discounts, refunds and tax follow the line they are on, and the parts add up to the total."""
    rows = {row.provider: row for row in bills.report(author.context, Asked(MARCH)).rows}

    assert (str(rows["timesvr"].plan), str(rows["timesvr"].extra)) == ("54.50 USD", "26.00 USD")
    assert (str(rows["smartelia"].plan), str(rows["smartelia"].extra)) == ("371.62 EUR", "0.00 EUR")
    assert (str(rows["agent"].plan), str(rows["agent"].extra)) == ("0.00 USD", "7.05 USD")
    assert rows["timesvr"].seconds == (12 + 15 + 40 + 200) * 60
    assert rows["agent"].seconds is None


def test_the_same_log_gives_the_same_bytes(author: World) -> None:
    """A bill is a function of what was told and of the day it is made on."""
    told_ = []
    for context in (author.context, author.restarted()):
        context.zone = PARIS
        context.settings = {"currency": "EUR", "rate_max_age_days": "31"}
        out = io.StringIO()
        found = bills.report(context, Asked(MARCH))
        Screen(out, None, Words("en")).json("spirou.bill/1", billrecords.document(found))
        told_.append(out.getvalue())

    assert told_[0] == told_[1]


def test_a_rate_of_my_own_takes_the_place_of_all_others(author: World) -> None:
    """87.55 USD at half a euro each, line by line, with the agent's VAT on top."""
    asked = Asked(MARCH, rates=(Rate(date(2026, 3, 31), "USD", "EUR", Decimal("0.5"), "user"),))
    found = bills.report(author.context, asked)

    assert [rate.value for rate in found.converted.rates] == [Decimal("0.5")]
    parts = [row.reporting for each in found.bill.providers for row in each.statement.rows if row.reporting]
    assert sum(part.minor for part in parts) == 37162 + 3500 - 525 + 700 + 600 - 250 + 353


def test_another_currency_for_the_totals(author: World) -> None:
    """What has no way into a currency stays apart."""
    found = bills.report(author.context, Asked(MARCH, reporting="JPY"))

    assert str(found.converted.amount) == "0 JPY"
    assert [str(money) for money in found.converted.unconverted] == ["371.62 EUR", "87.55 USD"]


def test_one_provider_alone_and_an_unknown_one(author: World) -> None:
    """Only its rows; a name nobody has is an error that says so."""
    assert [r.provider for r in bills.report(author.context, Asked(MARCH, provider="agent")).rows] == [
        "agent"
    ]
    with pytest.raises(NoSuchThing):
        bills.report(author.context, Asked(MARCH, provider="nobody"))


def test_what_was_paid_is_told_and_can_be_left_out(tmp_path: Path) -> None:
    """A payment and an invoice belong to their month."""
    world = founding(tmp_path)
    told(world, "smartelia", m.MonthPaid(MARCH, date(2026, 3, 20)))
    told(
        world,
        "smartelia",
        m.InvoiceChecked(
            "2026-7", MARCH, date(2026, 3, 19), Money(37162, "EUR"), Money(37162, "EUR"), "match"
        ),
    )

    rows = {row.provider: row for row in bills.report(world.context, Asked(MARCH)).rows}
    unpaid = [row.provider for row in bills.report(world.context, Asked(MARCH, unpaid=True)).rows]
    billed = [row.provider for row in bills.report(world.context, Asked(MARCH, basis="billed")).rows]

    assert (rows["smartelia"].basis, rows["smartelia"].invoice) == ("billed", "2026-7")
    assert rows["smartelia"].paid_on == date(2026, 3, 20)
    assert rows["timesvr"].paid_on is None
    assert (unpaid, billed) == (["agent", "timesvr"], ["smartelia"])


def test_a_bill_by_month_is_the_bill_of_each_month(tmp_path: Path) -> None:
    """Among it the VAT that can't be recovered, which is of the month of its lines."""
    world = World(tmp_path)
    world.provider("cousin")
    reverse = TaxRule(TaxMode.REVERSE_CHARGE, Decimal(20), recoverable_percent=Decimal(0))
    monthly = version(fee=Decimal(100), tax=reverse)
    held = Subscription("s", "basic", MARCH.start)
    told(world, "cousin", m.PlanAdopted(monthly), m.Subscribed(held))
    spring = Span(MARCH.start, MAY.end)

    cut = billgroups.grouped(world.context, Asked(spring), "month")

    months = [bills.report(world.context, Asked(span)).converted.amount for span in (MARCH, APRIL, MAY)]
    assert [group.reporting for group in cut.groups] == months == [Money(12000, "USD")] * 3


def test_a_provider_without_a_plan_shows_time_and_no_cost(tmp_path: Path) -> None:
    """Unknown is not zero: its tasks are named as not counted; a cost it tells is known.

    A task that never left isn't the provider's.
    """
    world = World(tmp_path)
    world.provider("cousin")
    world.add("Paint the fence", to="cousin")
    world.add("Mow the lawn", to="cousin")
    assert bills.report(world.context, Asked(NOVEMBER)).rows == ()

    used(world, 1, 5400, world.time)

    (row,) = bills.report(world.context, Asked(NOVEMBER)).rows
    assert (row.tasks, row.seconds, row.plan, row.total, row.per_hour) == (1, 5400, None, None, None)
    assert bills.report(world.context, Asked(NOVEMBER)).unknown == (1,)

    used(world, 2, 3600, world.time, cost=Money(2500, "EUR"))
    found = bills.report(world.context, Asked(NOVEMBER))
    assert (found.rows[0].tasks, str(found.rows[0].total)) == (2, "25.00 EUR")
    assert found.unknown == (1,)


def test_a_provider_of_whom_nothing_is_known_still_has_its_tasks(tmp_path: Path) -> None:
    """Sent and never heard of: a task, no time, no cost; not no row."""
    world = World(tmp_path)
    world.provider("cousin")
    world.add("Paint the fence", to="cousin")
    delivery.push(world.context, world.account("cousin"))

    found = bills.report(world.context, Asked(NOVEMBER))

    assert found.rows == (ProviderRow("cousin", "EUR", 1),)
    assert found.unknown == (1,)


NOVEMBER = Span(date(2026, 11, 1), date(2026, 12, 1))


def test_an_expectation_stands_beside_the_budget(tmp_path: Path) -> None:
    """The fee counts once; the use of 23 days is spread over 30."""
    world = World(tmp_path)
    world.provider("smartelia")
    plan = version(fee=Decimal(600), included_s=0, overage=(Price(Decimal(20)),), currency="EUR", zone="UTC")
    told(world, "smartelia", m.PlanAdopted(plan), m.Subscribed(Subscription("s", "basic", date(2026, 3, 1))))
    told(world, "", m.BudgetSet(Budget("all", Money(70000, "EUR"))))
    world.add("Answer the post", to="smartelia")
    used(world, 1, 23 * 720, datetime(2026, 11, 10, 9, tzinfo=UTC))

    found = bills.report(world.context, Asked(NOVEMBER))
    (row,) = found.rows

    assert (str(row.total), row.estimated) == ("692.00 EUR", True)
    assert str(found.expected) == "720.00 EUR"
    assert [standing.percent for standing in found.budgets] == [98]
    assert (row.due, str(row.due and row.due.amount)) == (row.due, "92.00 EUR")
    assert row.due is not None
    assert row.due.on == date(2026, 12, 1)


PLANS = {
    "flat": version(fee=Decimal(70)),
    "hourly": version(included_s=0, overage=(Price(Decimal("35.00")),)),
    "included": version(fee=Decimal(200), included_s=36_000, overage=(Price(Decimal("25.55")),)),
    "rollover": version(
        fee=Decimal(200),
        included_s=18_000,
        overage=(Price(Decimal(25)),),
        rollover=Rollover(valid_periods=2),
    ),
    "by entry": version(
        included_s=0, overage=(Price(Decimal(30)),), rounding=Rounding(900, RoundMode.CEIL, Scope.ENTRY)
    ),
    "by task": version(
        included_s=0, overage=(Price(Decimal(30)),), rounding=Rounding(900, RoundMode.CEIL, Scope.TASK)
    ),
    "by day": version(
        included_s=0, overage=(Price(Decimal(30)),), rounding=Rounding(900, RoundMode.CEIL, Scope.DAY)
    ),
    "by period": version(
        included_s=0,
        overage=(Price(Decimal(30)),),
        rounding=Rounding(900, RoundMode.NEAREST_HALF_UP, Scope.PERIOD),
    ),
    "capped": version(fee=Decimal(70), task_cap=TaskCap(3600)),
    "weekends": version(included_s=0, overage=(Price(Decimal(30)),), weekend_multiplier=Decimal("1.5")),
    "trial of time": version(included_s=0, overage=(Price(Decimal(30)),), trial=Trial(seconds=7200)),
    "trial of days": version(included_s=0, overage=(Price(Decimal(30)),), trial=Trial(days=9)),
    "dated price": version(
        included_s=0,
        overage=(Price(Decimal(30)), Price(Decimal(60), valid_from=datetime(2026, 4, 9, 9, 30, tzinfo=UTC))),
    ),
}


@pytest.mark.parametrize("name", PLANS)
def test_reading_less_changes_no_cent(name: str, tmp_path: Path) -> None:
    """Sums of days, and only the months that are needed, give the bill that every entry gives."""
    world = World(tmp_path, time=datetime(2026, 5, 3, tzinfo=UTC))
    world.context.zone = PARIS
    world.provider("p")
    told(world, "p", m.PlanAdopted(PLANS[name]), m.Subscribed(Subscription("s", "basic", date(2026, 2, 20))))
    told(
        world,
        "p",
        m.CouponRedeemed(
            Coupon("TEN", date(2026, 2, 20), percent=Decimal(10), duration=Duration.CYCLES, cycles=2)
        ),
    )
    for number in range(6):
        world.add(f"Task {number}", to="p")
    random = Random(name)
    start = datetime(2026, 2, 20, 0, 30, tzinfo=PARIS)
    for _ in range(60):
        at = start + timedelta(seconds=random.randrange(70 * 86400))
        used(world, random.randint(1, 6), random.randint(30, 2600), at)

    def bill(grain: Grain, span: Span) -> dict[str, tuple[str, str]]:
        found = bills.report(world.context, Asked(span, grain=grain))
        return {
            row.line.id: (str(row.line.amount), str(row.line.exact))
            for each in found.bill.providers
            for row in each.statement.rows
        } | {"time": (str(found.seconds), "")}

    ever = bills.report(world.context, Asked(Span(date(2026, 2, 1), date(2026, 6, 1)), grain=Grain.ENTRY))
    lines = {row.line.id: str(row.line.amount) for each in ever.bill.providers for row in each.statement.rows}
    for span in (MARCH, APRIL):
        closely = bill(Grain.ENTRY, span)

        assert bill(Grain.TASK, span) == closely
        assert bill(Grain.DAY, span) == closely
        assert {line: amount for line, (amount, _) in closely.items() if line != "time"} == {
            line: amount for line, amount in lines.items() if date.fromisoformat(line.split("/")[1]) in span
        }


@pytest.mark.parametrize(
    ("second_after", "accepted"),
    [(timedelta(hours=34.5), False), (timedelta(days=11), True)],
    ids=["at 22:30 UTC on the 30th, May in Paris", "the first accepted in May"],
)
def test_a_request_counts_on_the_day_it_was_delivered(
    tmp_path: Path, second_after: timedelta, accepted: bool
) -> None:
    """In the plan's zone; that it is accepted in another month moves no charge from month to month."""
    world = World(tmp_path, time=datetime(2026, 4, 29, 12, tzinfo=UTC))
    fake = world.provider("fake")
    plan = version(fee=Decimal(20), included_tasks=1, overage=(Price(Decimal(3), 1, "request"),))
    told(world, "fake", m.PlanAdopted(plan), m.Subscribed(Subscription("s", plan.name, date(2026, 4, 1))))
    for number, after in ((1, timedelta()), (2, second_after)):
        world.add()
        sync(world.context)
        world.time += after
        fake.finish(Ref(world.task(number).ref or ""))
        sync(world.context)
    world.later(days=5)
    if accepted:
        answers.accept(world.context, "1")

    charged = {
        month: [str(row.line.amount) for row in found.bill.providers[0].statement.rows]
        for month in (APRIL, MAY)
        for found in [bills.report(world.context, Asked(month))]
    }

    assert charged == {APRIL: ["20.00 USD"], MAY: ["20.00 USD"]}
