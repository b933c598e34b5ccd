"""What a provider sells: the terms of a plan, and what a person holds under it."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from itertools import pairwise

from spirou_cli.domain.billing.caps import OverCap, TaskCap
from spirou_cli.domain.money import CURRENCIES, Money, minor_digits
from spirou_cli.domain.record import field, record

__all__ = [
    "Coupon",
    "Duration",
    "HourPack",
    "Interval",
    "LineScope",
    "Model",
    "OnConvert",
    "OverCap",
    "PackOrder",
    "PlanVersion",
    "Price",
    "Proration",
    "Rollover",
    "RolloverOrder",
    "RoundMode",
    "Rounding",
    "Scope",
    "Span",
    "Subscription",
    "TaskCap",
    "TaxMode",
    "TaxRounding",
    "TaxRule",
    "Tier",
    "Tiers",
    "Timing",
    "Trial",
    "Unit",
]


@record
class Span:
    """Civil dates, half-open: ``end`` is the first day outside. ValueError if it ends before it starts."""

    start: date
    end: date

    def __post_init__(self) -> None:
        if self.end < self.start:
            raise ValueError(f"a span can't end ({self.end}) before it starts ({self.start})")

    @property
    def days(self) -> int:
        return (self.end - self.start).days

    def __contains__(self, day: date) -> bool:
        return self.start <= day < self.end

    def clip(self, other: Span) -> Span:
        """The days in both; an empty span where there are none."""
        start = max(self.start, other.start)
        return Span(start, max(start, min(self.end, other.end)))


class Unit(StrEnum):
    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    YEAR = "year"


@record
class Interval:
    """How often a fee falls due."""

    unit: Unit = Unit.MONTH
    count: int = 1

    def __post_init__(self) -> None:
        if self.count < 1:
            raise ValueError("an interval counts at least one unit")


class Timing(StrEnum):
    """Whether a fee is charged on the first day of its period or on the last."""

    ADVANCE = "advance"
    ARREARS = "arrears"


class Proration(StrEnum):
    """What a partial period costs."""

    DAYS = "days"
    NONE = "none"
    FIXED30 = "fixed30"


class RoundMode(StrEnum):
    NONE = "none"
    CEIL = "ceil"
    FLOOR = "floor"
    NEAREST_HALF_UP = "nearest_half_up"
    NEAREST_HALF_DOWN = "nearest_half_down"


class Scope(StrEnum):
    """What is summed before time is rounded."""

    ENTRY = "entry"
    TASK = "task"
    DAY = "day"
    PERIOD = "period"


class LineScope(StrEnum):
    """What a provider makes one rounded line of money of."""

    ENTRY = "entry"
    TASK = "task"
    PERIOD = "period"


class Attribution(StrEnum):
    """Which end of an entry says what day, and so what period, its time belongs to."""

    START = "start"
    END = "end"


@record
class Rounding:
    """How raw seconds become billed seconds; the minimum is per group, only if there is time in it."""

    increment_s: int = 1
    mode: RoundMode = RoundMode.NONE
    scope: Scope = Scope.ENTRY
    minimum_s: int = 0

    def __post_init__(self) -> None:
        if self.increment_s < 1 or self.minimum_s < 0:
            raise ValueError("time is rounded to at least one second, with a minimum of at least none")


class RolloverOrder(StrEnum):
    """Whether carried time is used before or after the period's own."""

    OLDEST_FIRST = "oldest_first"
    BASE_FIRST = "base_first"


@record
class Rollover:
    """What is carried of unused time: for how many further periods, what share, up to which balance."""

    valid_periods: int = 0
    cap_s: int | None = None
    unused_percent: Decimal = Decimal(100)
    order: RolloverOrder = RolloverOrder.OLDEST_FIRST


@record
class Price:
    """An exact price, with more digits than money: ``amount`` for ``per`` units of ``meter``."""

    amount: Decimal
    per: int = 3600
    meter: str = "second"
    valid_from: datetime | None = None

    def __post_init__(self) -> None:
        if self.per < 1:
            raise ValueError("a price is for at least one unit")


class Model(StrEnum):
    GRADUATED = "graduated"
    VOLUME = "volume"


@record
class Tier:
    """Units up to and including ``up_to`` (None: no end), at ``unit`` each, plus ``flat`` once."""

    unit: Decimal
    up_to: Decimal | None = None
    flat: Decimal = Decimal(0)


@record
class Tiers:
    """Prices by quantity: graduated (each tier its own units) or volume (one tier for all).

    ValueError unless every quantity has a tier: bounds rise, and the last tier has none.
    """

    model: Model
    tiers: tuple[Tier, ...]

    def __post_init__(self) -> None:
        bounds = [Decimal(0), *(tier.up_to for tier in self.tiers[:-1] if tier.up_to is not None)]
        rising = all(low < high for low, high in pairwise(bounds))
        if not self.tiers or len(bounds) < len(self.tiers) or not rising or self.tiers[-1].up_to is not None:
            raise ValueError("each tier but the last ends at an up_to above the one before")


class OnConvert(StrEnum):
    """Whether trial time stays free once the trial becomes a subscription."""

    FREE = "free"
    RETROACTIVE = "retroactive"


@record
class Trial:
    """Free until the first of its limits is reached; ``days`` 0 means no limit of days."""

    days: int = 0
    seconds: int | None = None
    tasks: int | None = None
    on_convert: OnConvert = OnConvert.FREE


class PackOrder(StrEnum):
    """Which pack is used first: the one that ends first, or the one bought first."""

    EXPIRY = "expiry"
    PURCHASE = "purchase"


class TaxMode(StrEnum):
    NONE = "none"
    EXCLUSIVE = "exclusive"
    INCLUSIVE = "inclusive"
    REVERSE_CHARGE = "reverse_charge"


class TaxRounding(StrEnum):
    DOCUMENT = "document"
    LINE = "line"


@record
class TaxRule:
    """How a provider's invoices carry tax; rates are percentages."""

    mode: TaxMode = TaxMode.NONE
    rate: Decimal = Decimal(0)
    rounding: TaxRounding = TaxRounding.DOCUMENT
    recoverable_percent: Decimal = Decimal(100)


@record
class PlanVersion:
    """The terms of plan ``name`` from ``effective_on``; never changed, a change makes a new version.

    ``included_s`` None means that time is not measured, 0 that none is included. ``overage`` prices time
    (meter ``second``) and requests (meter ``request``) beyond what is included, ``usage`` every other
    meter. ``scheduled_s`` makes the plan a dedicated seat: that much time a period is paid for the fee.
    ``weekend_multiplier`` raises the price of overage on Saturdays and Sundays. ``handling_…`` is what is
    added to a purchase passed on. Zone: an IANA name. ``minor_digits``: money is rounded to so many decimals
    where the provider's are fewer than the currency's own, as with Stripe's ariary.
    """

    id: str
    provider: str
    name: str
    effective_on: date
    currency: str
    zone: str = "UTC"
    fee: Decimal = Decimal(0)
    interval: Interval = field(default_factory=Interval)
    timing: Timing = Timing.ADVANCE
    prorate: Proration = Proration.DAYS
    included_s: int | None = None
    included_tasks: int | None = None
    unit_s: int | None = None
    scheduled_s: int | None = None
    rollover: Rollover = field(default_factory=Rollover)
    rounding: Rounding = field(default_factory=Rounding)
    attribute_by: Attribution = Attribution.START
    line_scope: LineScope = LineScope.PERIOD
    overage: tuple[Price, ...] = ()
    overage_tiers: Tiers | None = None
    overage_minimum_s: int = 0
    weekend_multiplier: Decimal = Decimal(1)
    task_cap: TaskCap | None = None
    open_limit: int | None = None
    minimum_spend: Decimal | None = None
    maximum_spend: Decimal | None = None
    usage: tuple[Price, ...] = ()
    trial: Trial | None = None
    tax: TaxRule = field(default_factory=TaxRule)
    notice_days: int | None = None
    handling_percent: Decimal = Decimal(0)
    handling_fixed: Decimal = Decimal(0)
    pack_order: PackOrder = PackOrder.EXPIRY
    minor_digits: int | None = None

    def __post_init__(self) -> None:
        if self.currency not in CURRENCIES:
            raise ValueError(f"{self.currency} is no currency")
        if self.minor_digits is not None and not 0 <= self.minor_digits <= minor_digits(self.currency):
            raise ValueError(f"{self.currency} isn't rounded to {self.minor_digits} decimals")

    @property
    def flat(self) -> bool:
        """Whether the fee pays for all that the plan takes: nothing is counted or priced beyond it."""
        return bool(self.fee) and not self._counted

    @property
    def priced_by_use(self) -> bool:
        """Whether nobody can say before the work what it will cost."""
        return bool(self.usage) or not (self.fee or self._counted)

    @property
    def _counted(self) -> bool:
        limited = self.included_s is not None or self.included_tasks is not None
        return limited or bool(self.overage or self.overage_tiers or self.usage)


@record
class Subscription:
    """Plan ``plan`` held from ``start`` until ``end`` (exclusive), counted from ``anchor``.

    No anchor: the first fee's day, which is the trial's end or the start. ``cancelled_at`` is the instant
    of giving notice; inside a trial it means that nothing is ever due. ValueError if it ends before it
    starts.
    """

    id: str
    plan: str
    start: date
    anchor: date | None = None
    end: date | None = None
    cancelled_at: datetime | None = None

    def __post_init__(self) -> None:
        if self.end is not None and self.end < self.start:
            raise ValueError(f"subscription {self.id} can't end before it starts")


class Duration(StrEnum):
    """How long a coupon works: a number of charges, until a date, once, or for ever."""

    CYCLES = "cycles"
    UNTIL = "until"
    ONCE = "once"
    FOREVER = "forever"


@record
class Coupon:
    """A discount, by ``percent`` or by ``amount``, on lines tagged ``applies_to`` or on ``all``.

    ``until`` is exclusive. ValueError unless exactly one of percent and amount is given, and the
    duration has what it counts.
    """

    id: str
    redeemed_on: date
    percent: Decimal | None = None
    amount: Money | None = None
    duration: Duration = Duration.ONCE
    cycles: int | None = None
    until: date | None = None
    applies_to: str = "fee"

    def __post_init__(self) -> None:
        if (self.percent is None) == (self.amount is None):
            raise ValueError(f"coupon {self.id} takes a percentage or an amount, one of them")
        if self.duration is Duration.CYCLES and self.cycles is None:
            raise ValueError(f"coupon {self.id} needs a number of cycles")
        if self.duration is Duration.UNTIL and self.until is None:
            raise ValueError(f"coupon {self.id} needs the date it ends on")


@record
class HourPack:
    """Prepaid time, usable from the local midnight of ``bought_on`` until that of ``expires_on``."""

    id: str
    seconds: int
    bought_on: date
    expires_on: date | None = None
    price: Money | None = None
    priority: int = 0
