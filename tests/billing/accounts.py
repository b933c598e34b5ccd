"""Accounts that the billing tests share, among them the founding author's month."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from spirou_cli.domain.billing.account import (
    Account,
)
from spirou_cli.domain.billing.adjustments import Refund
from spirou_cli.domain.billing.bill import Bill, make_bill
from spirou_cli.domain.billing.currency import Rate, Rates
from spirou_cli.domain.billing.expenses import Expense
from spirou_cli.domain.billing.ledger import Ledger, make_ledger
from spirou_cli.domain.billing.usage import UsageEvent
from spirou_cli.domain.billing.worktime import TimeEntry
from spirou_cli.domain.money import Money, total
from spirou_cli.domain.plan import (
    Coupon,
    Duration,
    HourPack,
    PlanVersion,
    Price,
    Span,
    Subscription,
    TaskCap,
    TaxMode,
    TaxRule,
    Trial,
)
from spirou_cli.domain.record import replace

PARIS = ZoneInfo("Europe/Paris")
MARCH = Span(date(2026, 3, 1), date(2026, 4, 1))
MARCH_END = date(2026, 3, 31)
RATES = Rates(
    [
        Rate(date(2026, 3, 5), "EUR", "USD", Decimal("1.0800"), "ECB"),
        Rate(date(2026, 3, 12), "EUR", "USD", Decimal("1.0900"), "ECB"),
        Rate(date(2026, 3, 31), "EUR", "USD", Decimal("1.0700"), "ECB"),
    ],
    max_age_days=31,
)


def worked(key: str, task: str, day: int, minutes: int, month: int = 3) -> TimeEntry:
    """``minutes`` from ten o'clock in Paris."""
    start = datetime(2026, month, day, 10, tzinfo=PARIS)
    return TimeEntry(key, task, start, start + timedelta(minutes=minutes))


def version(**terms: object) -> PlanVersion:
    """A monthly plan in dollars, Paris time, adopted at New Year."""
    base = PlanVersion("p/basic/1", "p", "basic", date(2026, 1, 1), "USD", "Europe/Paris")
    return replace(base, **terms)  # type: ignore[arg-type]


def account(plan: PlanVersion, **facts: object) -> Account:
    """Provider ``p`` under one plan, held from 1 March."""
    held = Account("p", (plan,), (Subscription("s", "basic", date(2026, 3, 1)),))
    return replace(held, **facts)  # type: ignore[arg-type]


def ledger(held: Account, as_of: date = MARCH_END, until: date = date(2026, 4, 1)) -> Ledger:
    return make_ledger(held, as_of=as_of, until=until)


def amounts(made: Ledger) -> dict[str, str]:
    """Each line's id, without the provider, and its amount."""
    return {item.id.removeprefix("p/"): str(item.amount) for item in made.lines}


TIMESVR = Account(
    "timesvr",
    (
        PlanVersion(
            "timesvr/basic/1",
            "timesvr",
            "basic",
            date(2026, 1, 1),
            "USD",
            "Europe/Paris",
            fee=Decimal(70),
            task_cap=TaskCap(900),
            trial=Trial(days=2),
            open_limit=10,
        ),
    ),
    (Subscription("sub-1", "basic", date(2026, 3, 3)),),
    coupons=(Coupon("SAVE15", date(2026, 3, 3), percent=Decimal(15), duration=Duration.CYCLES, cycles=3),),
    packs=(HourPack("pack-1", 7200, date(2026, 3, 13), date(2026, 9, 13), Money(1400, "USD")),),
    entries=(
        worked("e1", "calendar", 3, 12),
        worked("e2", "facebook", 14, 15),
        worked("e3", "ebay", 15, 40),
        worked("e4", "research", 16, 200),
    ),
    expenses=(Expense("x1", date(2026, 3, 20), Money(1200, "USD"), receipt="7f3a"),),
    refunds=(Refund("r1", date(2026, 3, 25), Money(500, "USD"), undoes="timesvr/2026-03-05/fee/sub-1"),),
)
SMARTELIA = Account(
    "smartelia",
    (
        PlanVersion(
            "smartelia/half/1",
            "smartelia",
            "half-time",
            date(2026, 1, 1),
            "EUR",
            "Europe/Paris",
            fee=Decimal(600),
            tax=TaxRule(TaxMode.EXCLUSIVE, Decimal(20)),
        ),
    ),
    (Subscription("sub-2", "half-time", date(2026, 3, 16), anchor=date(2026, 3, 1)),),
)
AGENT = Account(
    "agent",
    (
        PlanVersion(
            "agent/tokens/1",
            "agent",
            "tokens",
            date(2026, 1, 1),
            "USD",
            "Europe/Paris",
            usage=(
                Price(Decimal("3.00"), 1_000_000, "input"),
                Price(Decimal("0.30"), 1_000_000, "cached_input"),
                Price(Decimal("15.00"), 1_000_000, "output"),
            ),
            tax=TaxRule(TaxMode.REVERSE_CHARGE, Decimal(20), recoverable_percent=Decimal(0)),
        ),
    ),
    (Subscription("sub-3", "tokens", date(2026, 3, 1)),),
    usage=(
        UsageEvent("u1", "blog", datetime(2026, 3, 8, tzinfo=UTC), (("input", 1_200_000),)),
        UsageEvent(
            "u2",
            "blog",
            datetime(2026, 3, 9, tzinfo=UTC),
            (("cached_input", 4_000_000), ("output", 150_000)),
        ),
    ),
)


def founding_month(as_of: date = MARCH_END, span: Span = MARCH) -> Bill:
    return make_bill((TIMESVR, SMARTELIA, AGENT), span, as_of=as_of, rates=RATES, reporting="EUR")


def sum_of(made: Ledger) -> Money:
    return total((item.amount for item in made.lines), "USD")
