"""Dated exchange rates: which one is used, and what an amount is in another currency."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from fractions import Fraction

from spirou_cli.domain.money import Money
from spirou_cli.domain.record import record

__all__ = ["MAX_AGE_DAYS", "PIVOT", "Conversion", "Exchange", "Rate", "Rates"]

MAX_AGE_DAYS = 7
PIVOT = "EUR"


@record
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


@record
class Exchange:
    """The exact factor between two currencies on a day, the day of its rate, and how it was found.

    ``path`` is ``identity``, ``direct``, ``inverse`` or ``cross:PIVOT``; ``rates`` are those it is made of.
    """

    factor: Fraction
    rate_date: date
    path: str
    rates: tuple[Rate, ...] = ()


@record
class Conversion:
    """An amount in the target currency; both None where no usable rate is known."""

    amount: Money | None
    exchange: Exchange | None

    @property
    def path(self) -> str:
        return self.exchange.path if self.exchange is not None else "missing"


class Rates:
    """Known rates in the order they were declared, how old one may be, and the currency to go through.

    A rate among ``always`` is used on every day, whatever is known of it then.
    """

    def __init__(
        self,
        known: Iterable[Rate],
        max_age_days: int = MAX_AGE_DAYS,
        pivot: str = PIVOT,
        *,
        always: Iterable[Rate] = (),
    ) -> None:
        self._known = tuple(known)
        self._always = {(rate.base, rate.quote): rate for rate in always}
        self._max_age_days = max_age_days
        self._pivot = pivot
        self._by_pair: dict[tuple[str, str], list[Rate]] = {}
        for rate in sorted(
            self._known, key=lambda rate: rate.on
        ):  # stable: the last declared of a day stays last
            self._by_pair.setdefault((rate.base, rate.quote), []).append(rate)

    def with_always(self, rates: Iterable[Rate]) -> Rates:
        """These rates, and some that are used on every day."""
        return Rates(self._known, self._max_age_days, self._pivot, always=rates)

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
        if self._pivot in (source, target):
            return None
        there, back = self._pair(source, self._pivot, on), self._pair(self._pivot, target, on)
        if there is None or back is None:
            return None
        older = min(there.rate_date, back.rate_date)
        return Exchange(there.factor * back.factor, older, f"cross:{self._pivot}", there.rates + back.rates)

    def _pair(self, source: str, target: str, on: date) -> Exchange | None:
        """The newest rate of the pair if it is fresh; of one day, the direct one."""
        if always := self._always.get((source, target)):
            return Exchange(Fraction(always.value), always.on, "direct", (always,))
        if always := self._always.get((target, source)):
            return Exchange(1 / Fraction(always.value), always.on, "inverse", (always,))
        direct, inverse = self._newest(source, target, on), self._newest(target, source, on)
        rate = direct if inverse is None or (direct is not None and direct.on >= inverse.on) else inverse
        if rate is None or (on - rate.on).days > self._max_age_days:
            return None
        value = Fraction(rate.value)
        if rate is direct:
            return Exchange(value, rate.on, "direct", (rate,))
        return Exchange(1 / value, rate.on, "inverse", (rate,))

    def _newest(self, base: str, quote: str, on: date) -> Rate | None:
        """The last rate on or before a day."""
        rates = self._by_pair.get((base, quote), [])
        index = bisect_right(rates, on, key=lambda rate: rate.on)
        return rates[index - 1] if index else None
