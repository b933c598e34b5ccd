"""What a quantity costs: hourly rates, packages, graduated and volume tiers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from fractions import Fraction
from math import ceil

from spirou_cli.domain.money import Money, allocate
from spirou_cli.domain.plan import LineScope, Model, Tiers
from spirou_cli.domain.record import record

__all__ = [
    "HOUR_S",
    "Package",
    "RatedTime",
    "billable_overage",
    "clock_text",
    "continued",
    "hourly",
    "package_price",
    "rate_time",
    "tier_price",
]

HOUR_S = 3600


@record
class RatedTime:
    """Lines of money for time, and their parts: the details add up to the lines."""

    lines: tuple[Money, ...]
    total: Money
    details: tuple[Money, ...]


@record
class Package:
    """``amount`` for every started ``size`` units beyond ``free`` ones."""

    size: Decimal
    amount: Decimal
    free: Decimal = Decimal(0)


def hourly(rate: Decimal, seconds: int, multiplier: Decimal = Decimal(1)) -> Fraction:
    """The exact price of ``seconds`` at ``rate`` an hour: never through decimal hours."""
    return Fraction(rate) * Fraction(multiplier) * seconds / HOUR_S


def clock_text(seconds: int) -> str:
    """A duration as h:mm, or h:mm:ss: never decimal hours, which don't multiply to the amount shown."""
    minutes, rest = divmod(seconds, 60)
    return f"{minutes // 60}:{minutes % 60:02}" + (f":{rest:02}" if rest else "")


def billable_overage(overage_s: int, minimum_s: int) -> int:
    """If there is overage at all, at least the minimum of it is billed."""
    return max(overage_s, minimum_s) if overage_s else 0


def rate_time(
    rate: Decimal,
    currency: str,
    items: Sequence[tuple[str, int]],
    *,
    scope: LineScope = LineScope.PERIOD,
    multiplier: Decimal = Decimal(1),
) -> RatedTime:
    """Money for ``items`` of (group, seconds): one line, or one for each group or item by ``scope``.

    A line is rounded once and comes down to its details, so details never disagree with it.
    """
    lines: list[Money] = []
    details: dict[int, Money] = {}
    for members in _by_line(items, scope):
        seconds = [items[index][1] for index in members]
        line = Money.of(hourly(rate, sum(seconds), multiplier), currency)
        lines.append(line)
        details.update(zip(members, allocate(line, seconds), strict=True))
    whole = sum(lines, Money(0, currency))
    return RatedTime(tuple(lines), whole, tuple(details[index] for index in range(len(items))))


def package_price(package: Package, units: Fraction) -> Fraction:
    """Whole packages only: 121 units by 100 are two of them."""
    paid = max(Fraction(0), units - Fraction(package.free))
    return ceil(paid / Fraction(package.size)) * Fraction(package.amount)


def tier_price(tiers: Tiers, units: Fraction) -> Fraction:
    """The price of ``units``: each tier its own units (graduated), or all in the tier reached (volume)."""
    return _graduated(tiers, units) if tiers.model is Model.GRADUATED else _volume(tiers, units)


def continued(price: Callable[[Fraction], Fraction], units: Fraction, before: Fraction) -> Fraction:
    """What ``units`` cost after ``before`` were billed in the same pricing period."""
    return price(before + units) - (price(before) if before else 0)


def _by_line(items: Sequence[tuple[str, int]], scope: LineScope) -> list[list[int]]:
    """Which items share a line, by their index."""
    match scope:
        case LineScope.PERIOD:
            return [list(range(len(items)))]
        case LineScope.ENTRY:
            return [[index] for index in range(len(items))]
        case LineScope.TASK:
            groups: dict[str, list[int]] = {}
            for index, (group, _) in enumerate(items):
                groups.setdefault(group, []).append(index)
            return list(groups.values())


def _graduated(tiers: Tiers, units: Fraction) -> Fraction:
    price, bound = Fraction(0), Fraction(0)
    for number, tier in enumerate(tiers.tiers):
        if units <= bound and number > 0:
            break
        top = units if tier.up_to is None else min(units, Fraction(tier.up_to))
        price += (top - bound) * Fraction(tier.unit) + Fraction(tier.flat)
        bound = top if tier.up_to is None else Fraction(tier.up_to)
    return price


def _volume(tiers: Tiers, units: Fraction) -> Fraction:
    reached = next(tier for tier in tiers.tiers if tier.up_to is None or units <= Fraction(tier.up_to))
    return units * Fraction(reached.unit) + Fraction(reached.flat)
