"""Minimum and maximum spend of a period."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

from spirou_cli.domain.money import Money
from spirou_cli.domain.record import record

__all__ = ["CappedSpend", "TrueUp", "cap_spend", "capped", "true_up"]


@record
class TrueUp:
    """The minimum of a period, and what is missing to it."""

    minimum: Money
    exact: Fraction
    amount: Money


@record
class CappedSpend:
    """A price, its percentage off, then what the maximum takes off."""

    amount: Money
    discount: Money
    cap_discount: Money

    @property
    def total(self) -> Money:
        return self.amount - self.discount - self.cap_discount


def true_up(
    minimum: Decimal, spent: Money, *, days: int, period_days: int, digits: int | None = None
) -> TrueUp:
    """What fee and usage lines lack to a minimum for ``days`` of ``period_days``, before coupons.

    Packs, purchases passed on and tax don't count towards a minimum.
    """
    exact = Fraction(minimum) * days / period_days
    due = Money.of(exact, spent.currency, digits)
    return TrueUp(due, exact, Money(max(0, due.minor - spent.minor), spent.currency))


def capped(amount: Money, before: Money, maximum: Money | None) -> Money:
    """What of ``amount`` is above ``maximum``, when ``before`` was billed already."""
    above = 0 if maximum is None else before.minor + amount.minor - maximum.minor
    return Money(min(max(0, above), max(0, amount.minor)), amount.currency)


def cap_spend(amount: Money, *, percent_off: Decimal, before: Money, maximum: Money | None) -> CappedSpend:
    """The percentage first, then the cap on everything billed with this line (OpenMeter's order)."""
    discount = amount.times(Fraction(percent_off) / 100)
    return CappedSpend(amount, discount, capped(amount - discount, before, maximum))
