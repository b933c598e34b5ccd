"""Purchases a provider makes for its client: the cost, and its handling as a line of its own."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction

from spirou_cli.domain.money import Money
from spirou_cli.domain.plan import PlanVersion
from spirou_cli.domain.record import record, replace

__all__ = ["Expense", "handling", "under"]


@record
class Expense:
    """A purchase at ``cost``. A disbursement is in the client's name, outside the provider's own tax.

    ``settled`` is what a card statement says it came to in the reporting currency; it replaces the rate.
    Without a ``markup_percent`` and a ``fixed_fee`` its handling is what the plan says; 0 is none.
    A fee of another currency than the cost is refused where it is told: facts are for ever, so an old log
    may have one, and is still read.
    """

    id: str
    on: date
    cost: Money
    task: str | None = None
    markup_percent: Decimal | None = None
    fixed_fee: Money | None = None
    disbursement: bool = True
    receipt: str | None = None
    settled: Money | None = None

    @property
    def foreign_fee(self) -> bool:
        """Whether its fee can't be one line with the rest of its handling."""
        return self.fixed_fee is not None and self.fixed_fee.currency != self.cost.currency


def under(expense: Expense, version: PlanVersion) -> Expense:
    """The purchase with the handling of the plan it was made under, where it says none itself."""
    if expense.markup_percent is not None or expense.fixed_fee is not None:
        return expense
    fee = Money.of(version.handling_fixed, version.currency) if version.handling_fixed else None
    return replace(expense, markup_percent=version.handling_percent, fixed_fee=fee)


def handling(expense: Expense) -> Money:
    """What the provider adds for its trouble: a percentage of the cost, rounded, and a fixed fee."""
    markup = expense.cost.times(Fraction(expense.markup_percent or 0) / 100)
    return markup + expense.fixed_fee if expense.fixed_fee is not None else markup
