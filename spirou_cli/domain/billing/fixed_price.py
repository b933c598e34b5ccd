"""Tasks with a price of their own: due when done, whatever time they took."""

from __future__ import annotations

from datetime import date
from enum import StrEnum

from spirou_cli.domain.money import Money
from spirou_cli.domain.record import record, replace

__all__ = ["Ending", "FixedTask", "price_due"]


class Ending(StrEnum):
    DONE = "done"
    CANCELLED = "cancelled"


@record
class FixedTask:
    """A task agreed at ``price``; its time and use are reported, neither billed nor drawn from anything.

    ``name`` stands in the id of its line. A cancel fee of another currency than the price is a ValueError.
    """

    id: str
    price: Money
    ending: Ending | None = None
    cancel_fee: Money | None = None
    ended_on: date | None = None
    name: str = ""

    def __post_init__(self) -> None:
        if self.cancel_fee is not None and self.cancel_fee.currency != self.price.currency:
            raise ValueError(f"{self.cancel_fee} and {self.price} are two currencies")

    def known_on(self, day: date) -> FixedTask:
        """The task as it stood at the end of ``day``: what ended later was open then."""
        if self.ended_on is None or self.ended_on <= day:
            return self
        return replace(self, ending=None, ended_on=None)


def price_due(task: FixedTask) -> Money:
    """The price once it is done, the cancel fee if it was called off, nothing while it is open."""
    match task.ending:
        case Ending.DONE:
            return task.price
        case Ending.CANCELLED if task.cancel_fee is not None:
            return task.cancel_fee
        case _:
            return Money(0, task.price.currency)
