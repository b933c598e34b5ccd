"""A dedicated assistant, paid by scheduled hours whether there is work or not."""

from __future__ import annotations

from decimal import Decimal

from spirou_cli.domain.billing.pricing import hourly
from spirou_cli.domain.money import Money
from spirou_cli.domain.record import record

__all__ = ["SeatTime", "seat"]


@record
class SeatTime:
    """Paid time of a seat, and how much of it had no work: below zero, more was worked than is paid."""

    billed_s: int
    idle_s: int
    amount: Money


def seat(rate: Decimal, currency: str, *, scheduled_s: int, worked_s: int, absent_s: int = 0) -> SeatTime:
    """Scheduled time less the assistant's absence, at an hourly rate: idle time is paid, absence is not."""
    billed = max(0, scheduled_s - absent_s)
    return SeatTime(billed, billed - worked_s, Money.of(hourly(rate, billed), currency))
