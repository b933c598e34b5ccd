"""Hour packs: which pack an entry draws on, and what is left or lost of each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime

from spirou_cli.domain.billing.rounding import Work
from spirou_cli.domain.plan import HourPack, PackOrder
from spirou_cli.domain.record import record

__all__ = ["Draw", "Drawn", "Grant", "PackBalance", "burn_order", "draw", "pack_balances", "pack_order"]


@record
class Draw:
    """Seconds of one entry taken from one pack."""

    entry: str
    pack: str
    seconds: int


@record
class Drawn:
    """Draws in order, and the (entry, seconds) that no pack covered."""

    draws: tuple[Draw, ...]
    overage: tuple[tuple[str, int], ...]


@record
class PackBalance:
    """A pack on a day: bought = drawn + expired + left."""

    drawn_s: int
    expired_s: int
    left_s: int


@record
class Grant:
    """Any prepaid credit, for its burn order alone."""

    id: str
    priority: int
    created: datetime
    expires: datetime | None = None


def burn_order(grants: Iterable[Grant]) -> list[Grant]:
    """Priority, then earlier expiry (never ends last), then creation, then id."""
    return sorted(
        grants, key=lambda g: (g.priority, g.expires is None, g.expires or g.created, g.created, g.id)
    )


def pack_order(packs: Iterable[HourPack], order: PackOrder = PackOrder.EXPIRY) -> list[HourPack]:
    """The same for packs; some firms insist on first bought, first used."""

    def key(pack: HourPack) -> tuple[int, date, date, str]:
        expiry = pack.expires_on or date.max
        dates = (expiry, pack.bought_on) if order is PackOrder.EXPIRY else (pack.bought_on, expiry)
        return (pack.priority, *dates, pack.id)

    return sorted(packs, key=key)


def draw(packs: Sequence[HourPack], work: Iterable[Work], already: Mapping[str, int] | None = None) -> Drawn:
    """Draw each entry, in the order given, on every pack valid on its date, in the order given.

    Validity is judged at the entry's start: work that runs over a pack's end may finish on it.
    ``already`` says how many seconds of each pack earlier work took.
    """
    left = {pack.id: pack.seconds - (already or {}).get(pack.id, 0) for pack in packs}
    draws: list[Draw] = []
    overage: list[tuple[str, int]] = []
    for item in work:
        wanted = item.seconds
        for pack in packs:
            taken = min(wanted, left[pack.id]) if valid(pack, item.on) else 0
            if taken:
                draws.append(Draw(item.id, pack.id, taken))
                left[pack.id] -= taken
                wanted -= taken
        if wanted:
            overage.append((item.id, wanted))
    return Drawn(tuple(draws), tuple(overage))


def valid(pack: HourPack, day: date) -> bool:
    """Whether work that starts on ``day`` may use the pack."""
    return pack.bought_on <= day and (pack.expires_on is None or day < pack.expires_on)


def pack_balances(packs: Iterable[HourPack], draws: Iterable[Draw], as_of: date) -> dict[str, PackBalance]:
    """What is left of each pack on ``as_of``, or was lost when it expired."""
    taken: dict[str, int] = {}
    for drawn in draws:
        taken[drawn.pack] = taken.get(drawn.pack, 0) + drawn.seconds
    balances = {}
    for pack in packs:
        rest = pack.seconds - taken.get(pack.id, 0)
        expired = pack.expires_on is not None and pack.expires_on <= as_of
        balances[pack.id] = PackBalance(pack.seconds - rest, rest if expired else 0, 0 if expired else rest)
    return balances
