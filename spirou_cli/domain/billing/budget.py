"""Budgets: which thresholds are reached, and whether more work may be handed out."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

from spirou_cli.domain.money import Money
from spirou_cli.domain.record import record

__all__ = ["SOFT", "Budget", "BudgetAnswer", "ask_budget", "reached"]

SOFT = (Decimal("0.5"), Decimal("0.8"), Decimal("1"))


@record
class Budget:
    """A monthly limit on ``scope`` (a provider, a project, a tag, or all) in the reporting currency.

    Soft thresholds are fractions of the limit and only warn; ``hard`` stops new work at the limit.
    """

    scope: str
    limit: Money
    soft: tuple[Decimal, ...] = SOFT
    hard: bool = False

    @property
    def thresholds(self) -> tuple[Decimal, ...]:
        """Where it is told of: the soft thresholds, and the limit itself."""
        return (*self.soft, *(() if 1 in self.soft else (Decimal(1),)))


@record
class BudgetAnswer:
    """Thresholds reached with the new work, whether it fits, and what was left before it."""

    soft_crossed: tuple[Decimal, ...]
    allowed: bool
    remaining_before: Money


def reached(limit: Money, amount: Money, soft: tuple[Decimal, ...]) -> tuple[Decimal, ...]:
    """The fractions of ``limit`` that ``amount`` reaches; exactly there is reached."""
    return tuple(part for part in soft if amount.minor >= Fraction(part) * limit.minor)


def ask_budget(budget: Budget, *, spent: Money, add: Money, committed: Money | None = None) -> BudgetAnswer:
    """May ``add`` be handed out? Up to the limit and no further; work that costs nothing always may.

    ``committed`` are the estimates of open tasks. Running work is never asked about. Whether a refusal
    stops or only warns is the budget's ``hard``.
    """
    after = spent + add
    held = after + committed if committed is not None else after
    return BudgetAnswer(
        soft_crossed=reached(budget.limit, after, budget.soft),
        allowed=add.minor <= 0 or held.minor <= budget.limit.minor,
        remaining_before=Money(max(0, budget.limit.minor - spent.minor), spent.currency),
    )
