"""Dated exchange rates: which one is used, and what an amount is in another currency."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

from spirou_cli.domain.money import Money

__all__ = ["MAX_AGE_DAYS", "PIVOT", "Conversion", "Exchange", "Rate", "Rates"]

MAX_AGE_DAYS = 7
PIVOT = "EUR"


@dataclass(frozen=True, slots=True)
class Rate:
    """On ``on``, 1 ``base`` was ``value`` ``quote``; a fact with its source."""

    on: date
    base: str
    quote: str
    value: Decimal
    source: str = ""

    def __post_init__(self) -> None:
        if self.value <= 0:
            raise ValueError(f"an exchange rate is above zero, not {self.value}")


@dataclass(frozen=True, slots=True)
class Exchange:
    """The exact factor between two currencies on a day, the day of its rate, and how it was found.

    ``path`` is ``identity``, ``direct``, ``inverse`` or ``cross:PIVOT``; ``rates`` are those it is made of.
    """

    factor: Fraction
    rate_date: date
    path: str
    rates: tuple[Rate, ...] = ()


@dataclass(frozen=True, slots=True)
class Conversion:
    """An amount in the target currency; both None where no usable rate is known."""

    amount: Money | None
    exchange: Exchange | None

    @property
    def path(self) -> str:
        return self.exchange.path if self.exchange is not None else "missing"


@dataclass(frozen=True, slots=True)
class Rates:
    """Known rates in the order they were declared, and how old one may be."""

    known: Sequence[Rate]
    max_age_days: int = MAX_AGE_DAYS
    pivot: str = PIVOT

    def convert(self, amount: Money, to: str, on: date) -> Conversion:
        """``amount`` in currency ``to`` at the rate of ``on``, rounded once."""
        exchange = self.exchange(amount.currency, to, on)
        if exchange is None:
            return Conversion(None, None)
        return Conversion(Money.of(Fraction(amount.amount) * exchange.factor, to), exchange)

    def exchange(self, source: str, target: str, on: date) -> Exchange | None:
        """The rate to use on a day: the pair's own if it is fresh, else through the pivot, else none.

        A short path over an old rate is never preferred to a fresh longer one (hledger issue 1558).
        """
        if source == target:
            return Exchange(Fraction(1), on, "identity")
        if pair := self._pair(source, target, on):
            return pair
        if self.pivot in (source, target):
            return None
        there, back = self._pair(source, self.pivot, on), self._pair(self.pivot, target, on)
        if there is None or back is None:
            return None
        older = min(there.rate_date, back.rate_date)
        return Exchange(there.factor * back.factor, older, f"cross:{self.pivot}", there.rates + back.rates)

    def _pair(self, source: str, target: str, on: date) -> Exchange | None:
        """The newest rate of the pair, direct before inverse, then the last declared of the same day."""
        best: tuple[date, bool] | None = None
        found: Rate | None = None
        for rate in self.known:
            direct = (rate.base, rate.quote) == (source, target)
            usable = (direct or (rate.base, rate.quote) == (target, source)) and rate.on <= on
            if usable and (best is None or (rate.on, direct) >= best):
                best, found = (rate.on, direct), rate
        if best is None or found is None or (on - found.on).days > self.max_age_days:
            return None
        value = Fraction(found.value)
        if best[1]:
            return Exchange(value, found.on, "direct", (found,))
        return Exchange(1 / value, found.on, "inverse", (found,))
