"""Plans that can be bought: what a provider publishes, each figure with its source; unknown ones absent."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from spirou_cli.domain.billing.periods import boundary
from spirou_cli.domain.billing.plain import Plain, field_from_plain, from_plain, to_plain
from spirou_cli.domain.money import CURRENCIES, Money
from spirou_cli.domain.plan import Coupon, Duration, HourPack, Interval, PlanVersion
from spirou_cli.domain.record import field, record

__all__ = ["SCHEMA", "CatalogueProvider", "Figure", "Offer", "Source", "parse_provider"]

SCHEMA = "spirou.catalogue/1"


@record
class Source:
    """A page, and when it was written (``date``) or, if it doesn't say, read. ISO dates, parts may lack."""

    url: str
    date: str | None = None
    read: str | None = None

    def __post_init__(self) -> None:
        if not (self.date or self.read):
            raise ValueError(f"{self.url} was neither dated nor read")


@record
class Figure:
    """A value, the name of its source ("": the person's own word), and what there is to know about it."""

    value: Plain
    source: str
    note: str = ""


@record
class Offer:
    """Something a provider sells or gives: its known figures by field."""

    id: str
    name: str
    figures: Mapping[str, Figure]
    note: str = ""

    def values(self) -> dict[str, Plain]:
        return {name: figure.value for name, figure in self.figures.items()}


@record
class CatalogueProvider:
    """What a provider publishes about itself, its plans, coupons and packs of hours."""

    id: str
    name: str
    sources: Mapping[str, Source]
    plans: Mapping[str, Offer] = field(default_factory=dict)
    coupons: Mapping[str, Offer] = field(default_factory=dict)
    packs: Mapping[str, Offer] = field(default_factory=dict)
    place: str = ""
    languages: tuple[str, ...] = ()
    note: str = ""

    def missing(self, plan: str) -> tuple[str, ...]:
        """What must still be told before a plan can be adopted: its fee or currency, if unknown."""
        known = self.plans[plan].figures
        return tuple(name for name in ("currency", "fee") if name not in known)

    def plan_version(
        self,
        plan: str,
        *,
        provider: str,
        effective_on: date,
        zone: str,
        told: Mapping[str, Plain] | None = None,
    ) -> PlanVersion:
        """The plan as terms for the account ``provider``; ``told`` completes or replaces its figures.

        KeyError for an unknown plan, ValueError while a figure of `missing` isn't told.
        """
        values = self.plans[plan].values() | dict(told or {})
        lacking = [name for name in self.missing(plan) if name not in values]
        if lacking:
            raise ValueError(f"{self.id} {plan} has no known {' nor '.join(lacking)}")
        head = {"provider": provider, "name": plan, "effective_on": effective_on.isoformat(), "zone": zone}
        return from_plain(PlanVersion, head | {"id": f"{provider}/{plan}/{effective_on}"} | values)

    def coupon(self, offer: str, *, redeemed_on: date) -> Coupon:
        """A coupon on offer, as one redeemed on a day."""
        values = self.coupons[offer].values()
        duration = Duration.CYCLES if "cycles" in values else Duration.ONCE
        head = {"id": offer, "redeemed_on": redeemed_on.isoformat(), "duration": duration}
        return from_plain(Coupon, head | values)

    def pack(self, offer: str, *, id: str, bought_on: date) -> HourPack:
        """A pack on offer, as one bought on a day."""
        terms = from_plain(PackTerms, self.packs[offer].values())
        expires = None
        if terms.valid_months is not None:
            expires = boundary(bought_on, Interval(), terms.valid_months)
        return HourPack(id, terms.seconds, bought_on, expires, terms.price)


@record
class PackTerms:
    """The figures a pack on offer may have."""

    seconds: int
    price: Money | None = None
    valid_months: int | None = None


@record
class CouponTerms:
    """The figures a coupon on offer may have."""

    percent: Decimal | None = None
    amount: Money | None = None
    cycles: int | None = None
    applies_to: str = "fee"


def parse_provider(table: Mapping[str, object], *, own: bool = False) -> CatalogueProvider:
    """A provider from the table of its file. ValueError names what the file gets wrong.

    Each figure must have a known source and fit its field; floats are refused, as numbers of money are
    exact and written as text. In a person's ``own`` file a figure may stand alone: they are its source.
    """
    unknown = table.keys() - {"schema", "id", "name", "place", "languages", "note", *_SECTIONS, "source"}
    if table.get("schema") != SCHEMA or unknown:
        raise ValueError(f"no {SCHEMA}" if not unknown else f"unknown: {', '.join(sorted(unknown))}")
    sources = {name: from_plain(Source, source) for name, source in _table(table.get("source")).items()}
    sections = {
        section: {
            name: _offer(name, offer, sources, shape, own=own)
            for name, offer in _table(table.get(section)).items()
        }
        for section, shape in _SECTIONS.items()
    }
    return CatalogueProvider(
        id=from_plain(str, table.get("id")),
        name=from_plain(str, table.get("name")),
        sources=sources,
        plans=sections["plan"],
        coupons=sections["coupon"],
        packs=sections["pack"],
        place=from_plain(str, table.get("place", "")),
        languages=from_plain(tuple[str, ...], table.get("languages", [])),
        note=from_plain(str, table.get("note", "")),
    )


_SECTIONS: Mapping[str, type] = {"plan": PlanVersion, "coupon": CouponTerms, "pack": PackTerms}


def _offer(name: str, offer: object, sources: Mapping[str, Source], shape: type, *, own: bool) -> Offer:
    told = dict(_table(offer))
    title = from_plain(str, told.pop("name", name if own else None))
    note = from_plain(str, told.pop("note", ""))
    figures = {
        field_: Figure(to_plain(figure), "")
        if own and not (isinstance(figure, Mapping) and "value" in figure)
        else _figure(f"{name}.{field_}", figure, sources)
        for field_, figure in told.items()
    }
    for field_, figure in figures.items():
        try:
            field_from_plain(shape, field_, figure.value)
        except ValueError as error:
            raise ValueError(f"{name}.{field_}: {error}") from error
    if "currency" in figures and figures["currency"].value not in CURRENCIES:
        raise ValueError(f"{name}.currency: {figures['currency'].value} is no currency")
    return Offer(name, title, figures, note)


def _figure(where: str, figure: object, sources: Mapping[str, Source]) -> Figure:
    told = _table(figure)
    source = told.get("source")
    if "value" not in told or told.keys() - {"value", "source", "note"}:
        raise ValueError(f"{where} takes a value, its source and a note")
    if not isinstance(source, str) or source not in sources:
        raise ValueError(f"{where} has no source {source!r}")
    return Figure(to_plain(told["value"]), source, from_plain(str, told.get("note", "")))


def _table(value: object) -> Mapping[str, object]:
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise ValueError(f"{value!r} is no table")
    return value
