"""What a month will cost by its end: fees as they are scheduled, only variable cost extrapolated."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from fractions import Fraction

from spirou_cli.domain.billing.budget import reached
from spirou_cli.domain.billing.periods import month_of
from spirou_cli.domain.money import Money, total
from spirou_cli.domain.record import record

__all__ = ["MIN_DAYS", "Forecast", "alerts", "forecast"]

MIN_DAYS = 3


@record
class Forecast:
    """A month on a day: charged so far, still scheduled, and expected; None before there is enough to say."""

    actual: Money
    elapsed_days: int
    month_days: int
    scheduled: Money
    variable: Money | None
    total: Money | None
    unconverted: tuple[Money, ...] = ()
    """What is expected besides, in currencies that have no usable rate."""

    def exceeds(self, limit: Money) -> bool:
        """Whether the month is expected to end above ``limit``."""
        return self.total is not None and self.total.minor > limit.minor


def forecast(
    as_of: date,
    *,
    fixed: Money,
    variable: Money,
    scheduled: Iterable[tuple[date, Money]] = (),
    min_days: int = MIN_DAYS,
) -> Forecast:
    """The month of ``as_of``, that day counted as elapsed.

    ``fixed`` and ``variable`` are this month's so far; ``scheduled`` counts if dated later in the month.
    """
    month = month_of(as_of)
    ahead = total((amount for on, amount in scheduled if as_of < on and on in month), fixed.currency)
    extrapolated = expected = None
    if as_of.day >= min_days:
        extrapolated = variable.times(Fraction(month.days, as_of.day))
        expected = fixed + ahead + extrapolated
    return Forecast(fixed + variable, as_of.day, month.days, ahead, extrapolated, expected)


def alerts(outlook: Forecast, limit: Money, soft: tuple[Decimal, ...]) -> list[tuple[str, Decimal]]:
    """(``actual`` or ``forecast``, fraction) for each threshold: one really reached hides its forecast."""
    now = reached(limit, outlook.actual, soft)
    later = reached(limit, outlook.total, soft) if outlook.total is not None else ()
    return [("actual" if part in now else "forecast", part) for part in soft if part in now or part in later]
