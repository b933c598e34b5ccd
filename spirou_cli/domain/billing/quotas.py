"""Plans sold by the request: how many a task counts for, what is left, what the extra ones cost."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from spirou_cli.domain.money import Money
from spirou_cli.domain.record import record

__all__ = ["QuotaUse", "quota", "request_units"]


@record
class QuotaUse:
    """Requests counted by task, what is left of the plan's, and the ones beyond with their price."""

    units: dict[str, int]
    left: int
    extra_units: int
    extra: Money

    @property
    def total_units(self) -> int:
        return sum(self.units.values())


def request_units(seconds: int, unit_s: int | None) -> int:
    """A long request counts several times, one that took no time counts once."""
    if unit_s is None:
        return 1
    return max(1, -(-seconds // unit_s))


def quota(
    included: int, tasks: Mapping[str, int], *, unit_s: int | None, extra_price: Decimal, currency: str
) -> QuotaUse:
    """The requests of one period, from the seconds of each finished task."""
    units = {task: request_units(seconds, unit_s) for task, seconds in tasks.items()}
    used = sum(units.values())
    extra = max(0, used - included)
    return QuotaUse(units, max(0, included - used), extra, Money.of(extra_price * extra, currency))
