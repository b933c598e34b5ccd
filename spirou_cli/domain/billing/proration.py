"""What part of a fee a partial period costs, and what a change of plan inside a period costs."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction

from spirou_cli.domain.billing.periods import month_of
from spirou_cli.domain.money import Money
from spirou_cli.domain.plan import Proration, Span
from spirou_cli.domain.record import record

__all__ = ["PlanChange", "Share", "change_plan", "prorate"]


@record
class Share:
    """A fee for ``days`` of ``period_days``: the exact amount, and the same rounded once."""

    days: int
    period_days: int
    exact: Fraction
    amount: Money


@record
class PlanChange:
    """The unused time of the old plan given back, the remaining time on the new plan charged."""

    days_left: int
    period_days: int
    credit: Money
    charge: Money

    @property
    def net(self) -> Money:
        return self.credit + self.charge


def prorate(
    fee: Decimal, currency: str, *, whole: Span, served: Span, policy: Proration = Proration.DAYS
) -> Share:
    """The fee for ``served`` days of the ``whole`` period, in civil days whatever the clocks do.

    Source of fixed30: Kill Bill's fixed-days option, where every month has 30 days.
    """
    match policy:
        case Proration.NONE:
            days, of, part = served.days, whole.days, Fraction(1)
        case Proration.FIXED30:
            days, of = _days_of_thirty(served), 30
            part = Fraction(days, of)
        case Proration.DAYS:
            days, of = served.days, whole.days
            part = Fraction(days, of)
    exact = Fraction(fee) * part
    return Share(days, of, exact, Money.of(exact, currency))


def change_plan(old: Decimal, new: Decimal, currency: str, *, period: Span, on: date) -> PlanChange:
    """Two lines, each rounded: their sum may differ by a minor unit from prorating the difference."""
    left = Span(on, period.end)
    given_back = prorate(old, currency, whole=period, served=left)
    charged = prorate(new, currency, whole=period, served=left)
    return PlanChange(left.days, period.days, -given_back.amount, charged.amount)


def _days_of_thirty(served: Span) -> int:
    first_month = month_of(served.start)
    crosses = served.end >= first_month.end
    return served.days - (first_month.days - 30 if crosses else 0)
