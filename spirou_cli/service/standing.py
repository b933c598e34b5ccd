"""Where a budget stands, apart from what computes it, which is much more to load."""

from __future__ import annotations

from fractions import Fraction

from spirou_cli.domain.billing.budget import Budget, reached
from spirou_cli.domain.money import Money
from spirou_cli.domain.record import record

__all__ = ["BudgetStanding", "Named"]


@record
class BudgetStanding:
    """A budget this month. ``promised`` is what open tasks may still cost, by their limits."""

    budget: Budget
    asks: bool
    spent: Money
    promised: Money
    unconverted: tuple[Money, ...] = ()
    """What is spent in currencies that have no usable rate; it isn't counted."""

    @property
    def left(self) -> Money:
        return self.budget.limit - self.spent - self.promised

    @property
    def percent(self) -> int:
        """How much of the limit is spent, rounded down; 100 for a limit of nothing."""
        return self.spent.minor * 100 // self.budget.limit.minor if self.budget.limit.minor else 100

    @property
    def reached(self) -> tuple[Fraction, ...]:
        """The thresholds that what is spent has reached."""
        return tuple(map(Fraction, reached(self.budget.limit, self.spent, self.budget.soft)))


@record
class Named:
    """A budget as a person knows it: ``name`` is that of its provider, project or tag, "" for all."""

    standing: BudgetStanding
    name: str
