"""Plans that can be bought: all of them, or one provider's figures with their sources."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from spirou_cli.cli.render import formats
from spirou_cli.cli.render.messages import Words
from spirou_cli.cli.render.records import Json
from spirou_cli.cli.render.screen import Screen
from spirou_cli.cli.render.table import Cell, Column, Span, Style, Table
from spirou_cli.cli.render.terms import price_words
from spirou_cli.domain.billing.plain import Plain
from spirou_cli.domain.catalogue import CatalogueProvider, Offer
from spirou_cli.domain.errors import mark

__all__ = ["catalogue", "offers"]

UNKNOWN = "?"
"""What stands where nobody published a figure."""


def catalogue(screen: Screen, found: Sequence[CatalogueProvider], form: str, *, header: bool = False) -> None:
    """Every plan on offer, a line each."""
    offers = [(provider, plan) for provider in found for plan in provider.plans.values()]
    match form:
        case "json":
            screen.json("spirou.catalogue/1", {"providers": [_provider_json(each) for each in found]})
        case "csv" | "records":
            rows = [_offer_record(provider, plan) for provider, plan in offers]
            head = [_OFFER_HEADINGS] if header or form == "csv" else []
            (screen.csv if form == "csv" else screen.records)([*head, *rows])
        case _:
            _offer_table(screen, offers)


def offers(screen: Screen, provider: CatalogueProvider, form: str) -> None:
    """One provider of the catalogue: each figure, its source and its date."""
    if form == "json":
        screen.json("spirou.catalogue/1", {"providers": [_provider_json(provider)]})
        return
    words = screen.words
    screen.line(Span(provider.name, Style.HEADING), f"  {provider.place}" if provider.place else "")
    if provider.note:
        screen.text(provider.note)
    sections = (
        (mark("plan {id}: {name}"), provider.plans, ("currency", "fee")),
        (mark("coupon {id}: {name}"), provider.coupons, ()),
        (mark("pack {id}: {name}"), provider.packs, ("price",)),
    )
    for title, found, wanted in sections:
        for offer in found.values():
            screen.blank()
            screen.line(
                Span(words.say(title, id=f"{provider.id}/{offer.id}", name=offer.name), Style.HEADING)
            )
            screen.table(_figures(words, provider, offer, wanted))
            if offer.note:
                screen.text(offer.note)
    screen.blank()
    for name, source in provider.sources.items():
        screen.line(f"{name}: {source.url}")


def _offer_table(screen: Screen, found: Sequence[tuple[CatalogueProvider, Offer]]) -> None:
    words = screen.words
    columns = (
        Column(words.say(mark("PLAN")), title=True),
        Column(words.say(mark("FEE")), right=True),
        Column(words.say(mark("INCLUDED")), right=True),
        Column(words.say(mark("PER TASK")), right=True),
        Column(words.say(mark("OPEN")), right=True),
        Column(words.say(mark("BEYOND")), right=True, wide=True),
        Column(words.say(mark("TRIAL")), right=True, wide=True),
    )
    rows = [_offer_row(words, provider, plan) for provider, plan in found]
    screen.table(Table(columns, rows))
    screen.blank()
    screen.say(mark("? nobody publishes it.  Each figure with its source:"))
    screen.line("> ", Span("spirou plan catalogue timesvr", Style.COMMAND))


def _offer_row(words: Words, provider: CatalogueProvider, plan: Offer) -> tuple[Cell, ...]:
    values = plan.values()
    fee = UNKNOWN
    if "fee" in values and "currency" in values:
        fee = price_words(words, str(values["fee"]), str(values["currency"]))
        interval = values.get("interval")
        unit = interval.get("unit", "month") if isinstance(interval, dict) else "month"
        fee = f"{fee}/{words.say(_SHORT[str(unit)])}"
    cap, beyond = values.get("task_cap"), values.get("overage")
    longest = cap["seconds"] if isinstance(cap, dict) else None
    first = beyond[0] if isinstance(beyond, list) and beyond else None
    price = first.get("amount") if isinstance(first, dict) else None
    return (
        f"{provider.id}/{plan.id}",
        fee,
        _included(words, values),
        formats.hours(longest) if isinstance(longest, int) else UNKNOWN,
        str(values.get("open_limit", UNKNOWN)),
        formats.number(words, str(price)) if price is not None else UNKNOWN,
        _offered_trial(words, values.get("trial")),
    )


def _included(words: Words, values: Mapping[str, Plain]) -> str:
    match values.get("included_s"), values.get("included_tasks"):
        case int(seconds), _:
            return formats.hours(seconds) if seconds else formats.NOTHING
        case _, int(requests):
            return words.plural("{n} task", "{n} tasks", requests)
    return UNKNOWN


_SHORT = {"day": mark("d"), "week": mark("wk"), "month": mark("mo"), "year": mark("yr")}


def _offered_trial(words: Words, trial: object) -> str:
    if not isinstance(trial, dict):
        return UNKNOWN
    if isinstance(days := trial.get("days"), int):
        return words.plural("{n} day", "{n} days", days)
    if isinstance(seconds := trial.get("seconds"), int):
        return formats.hours(seconds)
    return words.plural("{n} task", "{n} tasks", int(trial.get("tasks", 0)))


def _figures(words: Words, provider: CatalogueProvider, offer: Offer, wanted: Sequence[str]) -> Table:
    columns = (
        Column(words.say(mark("FIGURE"))),
        Column(words.say(mark("VALUE")), title=True),
        Column(words.say(mark("SOURCE"))),
        Column(words.say(mark("DATE"))),
        Column(words.say(mark("NOTE")), wide=True),
    )
    rows: list[tuple[Cell, ...]] = [
        (name, UNKNOWN, "", "", "") for name in wanted if name not in offer.figures
    ]
    for name, figure in offer.figures.items():
        source = provider.sources.get(figure.source)
        dated = source.date or words.say(mark("read {date}"), date=source.read or "") if source else ""
        rows.append((name, _plainly(figure.value), figure.source, dated, figure.note))
    return Table(columns, rows, indent=2)


def _plainly(value: object) -> str:
    """A figure as its file has it, without its quotes."""
    if isinstance(value, dict):
        return ", ".join(f"{name} {_plainly(item)}" for name, item in value.items())
    if isinstance(value, list):
        return "; ".join(_plainly(item) for item in value)
    return str(value)


_OFFER_HEADINGS = ("plan", "name", "currency", "fee", "included_s", "task_s", "open")


def _offer_record(provider: CatalogueProvider, plan: Offer) -> tuple[str, ...]:
    values = plan.values()
    cap = values.get("task_cap")
    return (
        f"{provider.id}/{plan.id}",
        plan.name,
        str(values.get("currency", "")),
        str(values.get("fee", "")),
        str(values.get("included_s", "")),
        str(cap["seconds"]) if isinstance(cap, dict) else "",
        str(values.get("open_limit", "")),
    )


def _provider_json(provider: CatalogueProvider) -> Json:
    def offers(found: Mapping[str, Offer]) -> list[Json]:
        return [
            {
                "id": offer.id,
                "name": offer.name,
                "note": offer.note or None,
                "figures": {
                    name: {"value": figure.value, "source": figure.source, "note": figure.note or None}
                    for name, figure in offer.figures.items()
                },
            }
            for offer in found.values()
        ]

    return {
        "id": provider.id,
        "name": provider.name,
        "place": provider.place or None,
        "languages": list(provider.languages),
        "note": provider.note or None,
        "sources": {
            name: {"url": source.url, "date": source.date, "read": source.read}
            for name, source in provider.sources.items()
        },
        "plans": offers(provider.plans),
        "coupons": offers(provider.coupons),
        "packs": offers(provider.packs),
    }
