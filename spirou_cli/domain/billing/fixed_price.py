"""Tasks with a price of their own: due when done, whatever time they took."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from spirou_cli.domain.money import Money

__all__ = ["Ending", "FixedTask", "price_due"]


class Ending(StrEnum):
    DONE = "done"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class FixedTask:
    """A task agreed at ``price``; its time is reported, neither billed nor drawn from anything."""

    id: str
    price: Money
    ending: Ending | None = None
    cancel_fee: Money | None = None
    ended_on: date | None = None


def price_due(task: FixedTask) -> Money:
    """The price once it is done, the cancel fee if it was called off, nothing while it is open."""
    match task.ending:
        case Ending.DONE:
            return task.price
        case Ending.CANCELLED if task.cancel_fee is not None:
            return task.cancel_fee
        case _:
            return Money(0, task.price.currency)
