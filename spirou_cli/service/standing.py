"""Where a budget stands, apart from what computes it, which is much more to load."""

from __future__ import annotations

from fractions import Fraction

from spirou_cli.domain.billing.budget import Budget, reached
from spirou_cli.domain.money import Money
from spirou_cli.domain.record import record

__all__ = ["BudgetStanding", "Named"]


@record
class BudgetStanding:
    """A budget this month. ``promised`` is what open tasks may still cost at most, by their limits."""

    budget: Budget
    asks: bool
    spent: Money
    promised: Money
    unconverted: tuple[Money, ...] = ()
    """What is spent or promised in currencies that have no usable rate; it isn't counted."""

    @property
    def left(self) -> Money:
        return self.budget.limit - self.spent - self.promised

    @property
    def lacking(self) -> str:
        """A rate, as EUR/USD, without which the sums are only at least what they say; "" if none lacks."""
        return f"{self.budget.limit.currency}/{self.unconverted[0].currency}" if self.unconverted else ""

    @property
    def percent(self) -> int:
        """How much of the limit is spent, rounded down; 100 for a limit of nothing."""
        return self.spent.minor * 100 // self.budget.limit.minor if self.budget.limit.minor else 100

    @property
    def reached(self) -> tuple[Fraction, ...]:
        """The thresholds that what is spent has reached."""
        return tuple(map(Fraction, reached(self.budget.limit, self.spent, self.budget.thresholds)))


@record
class Named:
    """A budget as a person knows it: ``name`` is that of its provider, project or tag, "" for all."""

    standing: BudgetStanding
    name: str
