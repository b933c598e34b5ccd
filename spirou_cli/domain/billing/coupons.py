"""Discounts: what a coupon takes off a charge, and how long it lasts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from fractions import Fraction

from spirou_cli.domain.money import Money, allocate, total
from spirou_cli.domain.plan import Coupon, Duration
from spirou_cli.domain.record import record

__all__ = ["Charge", "Chargeable", "Discount", "Discounted", "Redemption", "apply_coupons", "discount_charge"]

ALL = "all"


@record
class Chargeable:
    """A rounded line that a coupon may work on, by its tag."""

    id: str
    tag: str
    amount: Money


@record
class Charge:
    """What is charged on one day."""

    on: date
    lines: tuple[Chargeable, ...]


@record
class Discount:
    """What a coupon took off, and its part on each line: the parts add up to it.

    ``exact`` is in minor units, before rounding and before it was held to ``base``.
    """

    coupon: str
    amount: Money
    exact: Fraction
    base: Money
    parts: tuple[tuple[str, Money], ...]


@record
class Discounted:
    charge: Charge
    gross: Money
    applied: tuple[Discount, ...]

    @property
    def discount(self) -> Money:
        return total((applied.amount for applied in self.applied), self.gross.currency)

    @property
    def net(self) -> Money:
        return self.gross - self.discount


@record
class Redemption:
    """A coupon and what was used of it: charges it met, and money for an amount that is used up once."""

    coupon: Coupon
    uses: int = 0
    spent_minor: int = 0

    def works_on(self, day: date) -> bool:
        """Whether it still has something to give to a charge of ``day``."""
        coupon = self.coupon
        if day < coupon.redeemed_on:
            return False
        match coupon.duration:
            case Duration.CYCLES:
                return self.uses < (coupon.cycles or 0)
            case Duration.UNTIL:
                return coupon.until is not None and day < coupon.until
            case Duration.ONCE if coupon.amount is not None:
                return self.spent_minor < coupon.amount.minor
            case Duration.ONCE:
                return self.uses == 0
            case Duration.FOREVER:
                return True

    def worth(self, base: Money) -> Fraction:
        """What it takes off ``base``, exactly, in minor units, before it is held to the base."""
        if self.coupon.amount is None:
            return base.minor * Fraction(self.coupon.percent or 0) / 100
        once = self.coupon.duration is Duration.ONCE
        return Fraction(self.coupon.amount.minor - (self.spent_minor if once else 0))

    def used(self, discount: Money) -> Redemption:
        return Redemption(self.coupon, self.uses + 1, self.spent_minor + discount.minor)


def redemptions(coupons: Iterable[Coupon], currency: str) -> tuple[list[Redemption], list[str]]:
    """Coupons in the order they work, and the ids of those in another currency, which never do.

    Tagged coupons come before general ones, then the first redeemed, then the id (Lago's order).
    """
    ordered = sorted(coupons, key=lambda c: (c.applies_to == ALL, c.redeemed_on, c.id))
    foreign = [c for c in ordered if c.amount is not None and c.amount.currency != currency]
    return [Redemption(c) for c in ordered if c not in foreign], [c.id for c in foreign]


def discount_charge(
    charge: Charge, held: Sequence[Redemption], currency: str, digits: int | None = None
) -> tuple[Discounted, list[Redemption]]:
    """One charge under the coupons held, each on what the ones before left; and the coupons after it.

    A coupon that meets nothing to discount isn't used: a free month doesn't count as one of three.
    """
    left = {line.id: line.amount for line in charge.lines}
    applied: list[Discount] = []
    after: list[Redemption] = []
    for redemption in held:
        discount = _discount(redemption, charge, left, currency, digits)
        if discount is not None:
            applied.append(discount)
            left |= {line: left[line] - part for line, part in discount.parts}
            redemption = redemption.used(discount.amount)
        after.append(redemption)
    gross = total((line.amount for line in charge.lines), currency)
    return Discounted(charge, gross, tuple(applied)), after


def apply_coupons(
    charges: Iterable[Charge], coupons: Iterable[Coupon], currency: str
) -> tuple[list[Discounted], list[Redemption], list[str]]:
    """Charges by date under coupons: discounted charges, coupons after them, ids ignored as foreign."""
    held, ignored = redemptions(coupons, currency)
    discounted: list[Discounted] = []
    for charge in sorted(charges, key=lambda c: c.on):
        result, held = discount_charge(charge, held, currency)
        discounted.append(result)
    return discounted, held, ignored


def _discount(
    redemption: Redemption, charge: Charge, left: dict[str, Money], currency: str, digits: int | None
) -> Discount | None:
    tag = redemption.coupon.applies_to
    lines = [line.id for line in charge.lines if tag in (ALL, line.tag)]
    base = total((left[line] for line in lines), currency)
    if base.minor <= 0 or not redemption.works_on(charge.on):
        return None
    exact = redemption.worth(base)
    amount = Money(min(base.minor, Money(1, currency).times(exact, digits).minor), currency)
    parts = allocate(amount, [left[line].minor for line in lines])
    return Discount(redemption.coupon.id, amount, exact, base, tuple(zip(lines, parts, strict=True)))
