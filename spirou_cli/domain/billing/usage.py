"""Metered usage, such as an agent's tokens: dated prices, disjoint meters, one rounding."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from fractions import Fraction

from spirou_cli.domain.money import Money, total
from spirou_cli.domain.plan import Price
from spirou_cli.domain.record import record

__all__ = [
    "UsageCost",
    "UsageEvent",
    "disjoint",
    "exact_text",
    "price_at",
    "price_changes",
    "price_usage",
    "rounded_per_event",
    "unit_price",
]

_EVER = datetime.min.replace(tzinfo=UTC)


@record
class UsageEvent:
    """Quantities of disjoint meters used at an instant, for ``task``; ``cost`` if the provider told it.

    An event may stand for a sum of events, as long as no price changes and no period ends among them
    (`price_changes` says where to cut): prices are linear, so the sum costs exactly the same.
    """

    id: str
    task: str
    at: datetime
    quantities: tuple[tuple[str, int], ...]
    cost: Money | None = None


@record
class UsageCost:
    """How much was used at each price, and the meters that have no price at their time."""

    used: tuple[tuple[Price, int], ...]
    unpriced: tuple[str, ...] = ()

    @property
    def exact(self) -> Fraction:
        """The cost in major units, not yet rounded."""
        return sum((units * unit_price(price) for price, units in self.used), Fraction(0))


def disjoint(quantities: Mapping[str, int], *, input_includes_cached: bool) -> dict[str, int]:
    """Meters that don't overlap, so that a cached token is never charged twice.

    Some providers count cached input as part of the input. ValueError if more was cached than put in.
    """
    meters = dict(quantities)
    if input_includes_cached:
        meters["input"] = meters.get("input", 0) - meters.get("cached_input", 0)
        if meters["input"] < 0:
            raise ValueError("more cached input than input")
    return meters


def price_at(prices: Iterable[Price], meter: str, at: datetime) -> Price | None:
    """The newest price of ``meter`` in force at an instant, the last declared of the same instant."""
    found: Price | None = None
    for price in prices:
        in_force = price.meter == meter and (price.valid_from or _EVER) <= at
        if in_force and (found is None or (price.valid_from or _EVER) >= (found.valid_from or _EVER)):
            found = price
    return found


def unit_price(price: Price) -> Fraction:
    """The exact price of one unit, which may be far less than a minor unit."""
    return Fraction(price.amount) / price.per


def price_usage(prices: Sequence[Price], events: Iterable[UsageEvent]) -> UsageCost:
    """The sum of all events at the prices of their instants, exact: it is rounded once, on its line."""
    sums: defaultdict[Price, int] = defaultdict(int)
    unpriced: set[str] = set()
    for event in events:
        for meter, quantity in event.quantities:
            price = price_at(prices, meter, event.at)
            if price is None:
                unpriced.add(meter)
            else:
                sums[price] += quantity
    used = sorted(sums.items(), key=lambda each: (each[0].meter, each[0].valid_from or _EVER))
    return UsageCost(tuple(used), tuple(sorted(unpriced)))


def price_changes(prices: Iterable[Price]) -> tuple[datetime, ...]:
    """The instants at which sums of usage must be cut to stay exact."""
    return tuple(sorted({price.valid_from for price in prices if price.valid_from is not None}))


def rounded_per_event(prices: Sequence[Price], events: Iterable[UsageEvent], currency: str) -> Money:
    """What a provider that rounds every call would charge: to recognise its invoice, never to bill."""
    return total((Money.of(price_usage(prices, [event]).exact, currency) for event in events), currency)


def exact_text(value: Fraction) -> str:
    """``value`` in full: as a decimal where it ends, else as a fraction."""
    twos = value.denominator & -value.denominator
    rest, fives = value.denominator // twos, 0
    while rest % 5 == 0:
        rest, fives = rest // 5, fives + 1
    if rest != 1:
        return str(value)
    digits = max(twos.bit_length() - 1, fives)
    sign, units = "-" if value < 0 else "", str(int(abs(value) * 10**digits)).zfill(digits + 1)
    return sign + (f"{units[:-digits]}.{units[-digits:]}" if digits else units)
