"""A person with all that a bill can have: each kind of plan, coupons, packs, tax, refunds, currencies."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

from spirou_cli.domain import events as e
from spirou_cli.domain import moneyfacts as m
from spirou_cli.domain.billing.account import ClosedMonth, OtherCharge
from spirou_cli.domain.billing.adjustments import Refund
from spirou_cli.domain.billing.budget import Budget
from spirou_cli.domain.billing.currency import Rate
from spirou_cli.domain.billing.expenses import Expense
from spirou_cli.domain.billing.fixed_price import FixedTask
from spirou_cli.domain.billing.lines import LineKind
from spirou_cli.domain.money import Money
from spirou_cli.domain.plan import (
    Coupon,
    Duration,
    HourPack,
    PlanVersion,
    Price,
    Rollover,
    Span,
    Subscription,
    TaskCap,
    TaxMode,
    TaxRule,
)
from spirou_cli.service import delivery
from spirou_cli.testing.fake import FakeProvider
from tests.billing.accounts import MARCH, PARIS
from tests.service.money import told, used
from tests.service.world import World

__all__ = ["TODAY", "rich"]

TODAY = datetime(2026, 3, 24, 10, tzinfo=UTC)
FEBRUARY = Span(date(2026, 2, 1), date(2026, 3, 1))
OPEN_LIMIT = 3


def rich(folder: Path) -> World:
    """Spring 2026, told on the 24th of March."""
    world = World(folder, time=_at(1, 5, 9))
    world.context.zone = PARIS
    world.context.settings = {"currency": "EUR", "rate_max_age_days": "31"}
    for name in ("timesvr", "smartelia", "agent", "tana", "notaire-zoé", "cousin", "quick"):
        world.provider(name, FakeProvider())
    _plans(world)
    _winter(world)
    _march(world)
    world.time = TODAY
    told(world, "", *(m.RateSet(rate) for rate in _rates()), m.BudgetSet(Budget("all", _eur("700"))))
    return world


def _plans(world: World) -> None:
    told(
        world,
        "timesvr",
        m.PlanAdopted(
            _version("timesvr", "basic", "USD", fee=Decimal(70), task_cap=TaskCap(900), open_limit=OPEN_LIMIT)
        ),
        m.Subscribed(Subscription("basic", "basic", date(2026, 2, 5))),
        m.CouponRedeemed(_coupon("SAVE15", 3)),
        m.PackBought(HourPack("p1", 7200, date(2026, 2, 13), date(2026, 4, 13), _usd("14"))),
    )
    told(
        world,
        "smartelia",
        m.PlanAdopted(
            _version(
                "smartelia",
                "ten hours",
                "EUR",
                fee=Decimal(290),
                included_s=36000,
                rollover=Rollover(valid_periods=1, cap_s=7200),
                overage=(Price(Decimal(32)),),
                tax=TaxRule(TaxMode.EXCLUSIVE, Decimal(20)),
                notice_days=30,
                handling_percent=Decimal(10),
            )
        ),
        m.Subscribed(Subscription("ten", "ten hours", date(2026, 1, 1))),
    )
    prices = (Price(Decimal(3), 1_000_000, "input"), Price(Decimal(15), 1_000_000, "output"))
    reverse = TaxRule(TaxMode.REVERSE_CHARGE, Decimal(20), recoverable_percent=Decimal(50))
    told(
        world,
        "agent",
        m.PlanAdopted(_version("agent", "tokens", "USD", usage=prices, tax=reverse)),
        m.Subscribed(Subscription("tokens", "tokens", date(2026, 1, 1))),
    )
    told(
        world,
        "tana",
        m.PlanAdopted(_version("tana", "hours", "MGA", overage=(Price(Decimal(15000)),), included_s=0)),
        m.Subscribed(Subscription("hours", "hours", date(2026, 1, 1))),
    )
    inside = TaxRule(TaxMode.INCLUSIVE, Decimal(20))
    told(
        world,
        "notaire-zoé",
        m.PlanAdopted(_version("notaire-zoé", "à l’acte", "EUR", tax=inside)),
        m.Subscribed(Subscription("acte", "à l’acte", date(2026, 1, 1))),
    )
    requests = (Price(Decimal(2), 1, "request"),)
    told(
        world,
        "quick",
        m.PlanAdopted(
            _version("quick", "five", "GBP", fee=Decimal(29), included_tasks=2, unit_s=1200, overage=requests)
        ),
        m.Subscribed(Subscription("five", "five", date(2026, 1, 10))),
    )


def _winter(world: World) -> None:
    """Two months of before: a month closed and paid, a month that an invoice disagreed with."""
    world.time = _at(1, 12, 9)
    number = world.add("Sort the archive", to="smartelia").task.number
    used(world, number, 6 * 3600, _at(1, 20, 9))
    used(world, number, 9 * 3600, _at(2, 10, 9))
    world.time = _at(3, 2, 9)
    told(
        world,
        "smartelia",
        m.InvoiceChecked(
            "2026-02-7", FEBRUARY, date(2026, 3, 1), _eur("348.00"), _eur("348.00"), "match", sha256="0" * 64
        ),
        m.MonthClosed(ClosedMonth(FEBRUARY, ())),
        m.MonthPaid(FEBRUARY, date(2026, 3, 2), _eur("348.00")),
    )


def _march(world: World) -> None:
    _timesvr(world)
    sort = world.add("Sort the archive again", to="smartelia", project="archive").task.number
    used(world, sort, 15 * 3600, _at(3, 9, 9))
    told(
        world,
        "smartelia",
        m.ExpenseEntered(
            Expense("x2", date(2026, 3, 10), _eur("40.00"), markup_percent=Decimal(10), receipt="R-12"),
            "train ticket",
        ),
        m.InvoiceChecked(
            "2026-03-7",
            MARCH,
            date(2026, 3, 20),
            _eur("400.00"),
            _eur("396.00"),
            "overcharged",
            ("coupon_not_applied",),
        ),
        m.ChargeEntered(OtherCharge("c2", date(2026, 3, 21), LineKind.CREDIT, -_eur("450.00"), note="gift")),
    )
    post = world.add("Write the post", to="agent", project="blog", tags=("work", "writing")).task.number
    used(world, post, 1_200_000, _at(3, 8, 9), "input")
    used(world, post, 214_000, _at(3, 9, 9), "output")
    used(world, post, 12, _at(3, 9, 9), "images")
    used(world, world.add("Draw the plan", to="tana").task.number, 7200, _at(3, 11, 9))
    deed = world.add("Read the deed", to="notaire-zoé", project="house", approved=True).task
    delivery.push(world.context, world.account("notaire-zoé"))
    told(world, "notaire-zoé", m.PriceAgreed(FixedTask(deed.id, _eur("120.00"))))
    told(
        world,
        "notaire-zoé",
        m.ChargeEntered(OtherCharge("c3", date(2026, 3, 19), LineKind.EXPENSE, Money(123456, "JPY"))),
    )
    used(world, _cousin(world), 5400, _at(3, 12, 9))
    world.time = _at(3, 18, 9)
    _delivered(world, deed.number)
    with world.context.write() as log:
        log.append(deed.id, e.Accepted())
    for at, title in enumerate(("Fax it", "Call them", "Buy it"), 5):
        used(world, world.add(title, to="quick", tags=("home",)).task.number, 1500, _at(3, at, 9))


def _cousin(world: World) -> int:
    return world.add("Water the plants, every second evening, and write down when", to="cousin").task.number


def _timesvr(world: World) -> None:
    """Six tasks, four of them open at once from the 10th to the 12th; two are over the cap."""
    opened: dict[int, datetime] = {}
    for title, on, minutes in (
        ("Book the dentist", 6, 12),
        ("Compare ten chairs", 7, 40),
        ("Find the manual", 10, 15),
        ("Call every plumber", 10, 200),
    ):
        world.time = _at(3, on, 9)
        number = world.add(title, to="timesvr", project="home").task.number
        delivery.push(world.context, world.account("timesvr"))
        opened[number] = world.time
        used(world, number, minutes * 60, world.time)
    world.time = _at(3, 12, 15)
    for number in list(opened)[:3]:
        _delivered(world, number)
    world.time = _at(3, 13, 9)
    for title in ("Print the photos", "Order the ink"):
        world.add(title, to="timesvr")
    told(
        world,
        "timesvr",
        m.ExpenseEntered(Expense("x1", date(2026, 3, 20), _usd("12.00"), receipt="7f3a"), "letters"),
        m.RefundEntered(Refund("r1", date(2026, 3, 22), _usd("5.00"), undoes="timesvr/2026-03-05/fee/basic")),
    )


def _delivered(world: World, number: int) -> None:
    task = world.task(number)
    with world.context.write() as log:
        log.append(task.id, e.StateReported(key=f"done-{number}", state="delivered"))  # type: ignore[arg-type]


def _rates() -> Sequence[Rate]:
    return [
        *(
            Rate(date(2026, *day), "EUR", "USD", Decimal(value), "ECB")
            for day, value in (((2, 5), "1.0912"), ((3, 5), "1.0800"), ((3, 20), "1.0700"))
        ),
        Rate(date(2026, 3, 5), "GBP", "EUR", Decimal("1.1634"), "user"),
        Rate(date(2026, 3, 6), "EUR", "JPY", Decimal("161.7"), "ECB"),
    ]


def _version(provider: str, name: str, currency: str, **terms: object) -> PlanVersion:
    id = f"{provider}/{name}/1"
    return PlanVersion(id, provider, name, date(2026, 1, 1), currency, "Europe/Paris", **terms)  # type: ignore[arg-type]


def _coupon(id: str, charges: int) -> Coupon:
    return Coupon(id, date(2026, 2, 5), percent=Decimal(15), duration=Duration.CYCLES, cycles=charges)


def _at(month: int, day: int, hour: int) -> datetime:
    return datetime(2026, month, day, hour, tzinfo=PARIS)


def _eur(amount: str) -> Money:
    return Money.of(amount, "EUR")


def _usd(amount: str) -> Money:
    return Money.of(amount, "USD")
