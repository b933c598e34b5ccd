"""Money: integer minor units of an ISO 4217 currency, rounded in one place."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from fractions import Fraction
from itertools import accumulate, pairwise

from spirou_cli.domain.record import record

__all__ = ["CURRENCIES", "Money", "allocate", "by_currency", "minor_digits", "round_half_away", "total"]

# ISO 4217 minor units that are not 2. CLDR's digits are for display and differ (MGA, IQD …).
_DIGITS = {
    **dict.fromkeys("BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF".split(), 0),
    **dict.fromkeys("BHD IQD JOD KWD LYD OMR TND".split(), 3),
    **dict.fromkeys("CLF UYW".split(), 4),
}

CURRENCIES = frozenset(_DIGITS) | frozenset(
    "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD"
    " CDF CHE CHF CHW CNY COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP"
    " GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD"
    " MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP"
    " PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT"
    " TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST XCD YER ZAR ZMW ZWG".split()
)


def minor_digits(currency: str) -> int:
    """How many digits ISO 4217 gives the minor unit of ``currency``; KeyError for an unknown code."""
    if currency not in CURRENCIES:
        raise KeyError(currency)
    return _DIGITS.get(currency, 2)


def round_half_away(value: Fraction) -> int:
    """The nearest integer, an exact half away from zero: the only rounding of money there is."""
    whole, rest = divmod(abs(value), 1)
    nearest = int(whole) + (1 if rest * 2 >= 1 else 0)
    return nearest if value >= 0 else -nearest


@record
class Money:
    """An amount in whole minor units: ``Money(6350, "USD")`` is 63.50 US dollars."""

    minor: int
    currency: str

    @classmethod
    def of(cls, amount: Decimal | Fraction | str, currency: str, digits: int | None = None) -> Money:
        """The exact ``amount`` in ``currency``, rounded once to its minor unit.

        ``digits``: to so many decimals, where somebody bills in a coarser unit than ISO 4217 has.
        """
        own = minor_digits(currency)
        kept = own if digits is None else digits
        return cls(round_half_away(Fraction(amount) * 10**kept) * 10 ** (own - kept), currency)

    @property
    def amount(self) -> Decimal:
        """The amount in major units, with exactly the currency's digits."""
        return Decimal(f"{self.minor}E-{minor_digits(self.currency)}")  # exact, whatever the context

    def times(self, factor: Decimal | Fraction | int, digits: int | None = None) -> Money:
        """This amount multiplied exactly, then rounded once, as ``of`` does."""
        if digits is not None:
            return Money.of(Fraction(self.amount) * Fraction(factor), self.currency, digits)
        return Money(round_half_away(self.minor * Fraction(factor)), self.currency)

    def __add__(self, other: Money) -> Money:
        if other.currency != self.currency:
            raise ValueError(f"{self.currency} and {other.currency} are never added")
        return Money(self.minor + other.minor, self.currency)

    def __sub__(self, other: Money) -> Money:
        return self + -other

    def __neg__(self) -> Money:
        return Money(-self.minor, self.currency)

    def __str__(self) -> str:
        return f"{self.amount} {self.currency}"


def total(amounts: Iterable[Money], currency: str) -> Money:
    """The sum of ``amounts``, all of one currency; nothing adds up to zero."""
    return sum(amounts, Money(0, currency))


def by_currency(amounts: Iterable[Money]) -> tuple[Money, ...]:
    """The sum of each currency apart, by its code."""
    sums: dict[str, Money] = {}
    for amount in amounts:
        sums[amount.currency] = amount + sums.get(amount.currency, Money(0, amount.currency))
    return tuple(sums[currency] for currency in sorted(sums))


def allocate(amount: Money, weights: Sequence[int | Fraction]) -> list[Money]:
    """``amount`` cut into parts by ``weights``; the parts always add up to it again.

    Each part is the difference of two rounded running totals, so it lies within one minor unit of its
    exact share. Weights that are all zero count as equal. ValueError for something to cut and no weight.
    """
    if not weights:
        if amount.minor:
            raise ValueError(f"{amount} has nothing to be allocated to")
        return []
    whole = sum(weights)
    shares = weights if whole else [1] * len(weights)
    reached = [
        amount.times(Fraction(share, whole or len(weights))) for share in accumulate(shares, initial=0)
    ]
    return [after - before for before, after in pairwise(reached)]
