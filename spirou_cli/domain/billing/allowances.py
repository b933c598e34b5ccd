"""Included time or requests: what is granted, drawn, carried over, lapsed, and what goes beyond."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction

from spirou_cli.domain.billing.periods import Period
from spirou_cli.domain.plan import Rollover, RolloverOrder
from spirou_cli.domain.record import record

__all__ = ["Allowance", "Carried", "Settled", "grant", "settle", "settle_all"]


@record
class Carried:
    """Units carried into later periods; ``periods_left`` counts those they may still be used in."""

    units: int
    periods_left: int


@record
class Allowance:
    """The balance brought into a period, oldest first."""

    carried: tuple[Carried, ...] = ()

    @property
    def units(self) -> int:
        return sum(lot.units for lot in self.carried)


@record
class Settled:
    """What became of a period's units: carried in + granted = drawn + expired + carried out."""

    carried_in: int
    granted: int
    drawn_carried: int
    drawn_granted: int
    overage: int
    expired: int
    balance: Allowance

    @property
    def available(self) -> int:
        return self.carried_in + self.granted

    @property
    def carried_out(self) -> int:
        return self.balance.units


def grant(included_s: int, period: Period) -> int:
    """Included time of a period, in whole minutes where it is partial: no more than was paid for."""
    if period.span == period.whole:
        return included_s
    return included_s * period.span.days // period.whole.days // 60 * 60


def settle(rollover: Rollover, before: Allowance, granted: int, used: int) -> Settled:
    """One period: draw in the plan's order, let lapse what is due, carry what may be carried.

    The cap is on the whole balance carried (OpenMeter: the lesser of maximum and balance).
    """
    from_granted = _draw_granted(rollover.order, before.units, granted, used)
    from_carried = min(before.units, used - from_granted)
    kept, lapsed = _age(before.carried, from_carried)
    unused = granted - from_granted
    carry = _carry(rollover, unused, sum(lot.units for lot in kept))
    fresh = (Carried(carry, rollover.valid_periods),) if carry else ()
    return Settled(
        carried_in=before.units,
        granted=granted,
        drawn_carried=from_carried,
        drawn_granted=from_granted,
        overage=used - from_granted - from_carried,
        expired=lapsed + unused - carry,
        balance=Allowance(kept + fresh),
    )


def settle_all(rollover: Rollover, periods: Iterable[tuple[int, int]]) -> Iterator[Settled]:
    """Each period's account from its (granted, used), starting with nothing carried."""
    balance = Allowance()
    for granted, used in periods:
        settled = settle(rollover, balance, granted, used)
        yield settled
        balance = settled.balance


def _draw_granted(order: RolloverOrder, carried: int, granted: int, used: int) -> int:
    if order is RolloverOrder.BASE_FIRST:
        return min(granted, used)
    return min(granted, max(0, used - carried))


def _age(lots: tuple[Carried, ...], drawn: int) -> tuple[tuple[Carried, ...], int]:
    """Lots after a period in which ``drawn`` was taken, oldest first, and what lapses with it."""
    kept: list[Carried] = []
    lapsed = 0
    for lot in lots:
        taken = min(lot.units, drawn)
        drawn -= taken
        left = lot.units - taken
        if lot.periods_left <= 1:
            lapsed += left
        elif left:
            kept.append(Carried(left, lot.periods_left - 1))
    return tuple(kept), lapsed


def _carry(rollover: Rollover, unused: int, still_valid: int) -> int:
    if rollover.valid_periods == 0:
        return 0
    share = int(unused * Fraction(rollover.unused_percent) / 100)
    if rollover.cap_s is None:
        return share
    return min(share, max(0, rollover.cap_s - still_valid))
