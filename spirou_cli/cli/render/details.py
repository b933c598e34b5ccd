"""What stands behind a provider's bill, as tables of a statement and for programs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from spirou_cli.cli.render import formats
from spirou_cli.cli.render.messages import Words
from spirou_cli.cli.render.records import Json
from spirou_cli.domain.billing.bill import ProviderBill
from spirou_cli.domain.billing.lines import LineKind
from spirou_cli.domain.errors import mark
from spirou_cli.domain.moneyfacts import InvoiceChecked
from spirou_cli.domain.plan import Coupon, HourPack
from spirou_cli.domain.record import asdict, record
from spirou_cli.domain.text import safe_line
from spirou_cli.service.details import CouponUse, Details, Grant, PackUse

__all__ = ["Section", "details_json", "sections"]


@record
class Section:
    """A table with its title; ``words`` columns come first, then figures, which stand to the right."""

    title: str
    head: tuple[str, ...]
    words: int
    rows: tuple[tuple[str, ...], ...]


_CHECKED = {
    "match": mark("agrees"),
    "rounding": mark("agrees but for rounding"),
    "overcharged": mark("too much"),
    "undercharged": mark("too little"),
    "differs": mark("the same total, other lines"),
    "currency_mismatch": mark("in another currency"),
}


def sections(words: Words, found: Details, each: ProviderBill, today: date) -> Iterator[Section]:
    """The tables that have something to show."""
    made = (
        _time(words, found),
        _allowances(words, found.grants, today),
        _packs(words, found.packs, today),
        _coupons(words, found.coupons, today),
        _taxes(words, each),
        _checks(words, found.checks, today),
    )
    yield from (section for section in made if section.rows)


def _time(words: Words, found: Details) -> Section:
    rows = [
        (
            str(time.number or "?"),
            safe_line(time.title),
            formats.hours(time.raw_s),
            formats.hours(time.billed_s),
        )
        for time in found.tasks
    ]
    if len(rows) > 1:
        raw, billed = sum(t.raw_s for t in found.tasks), sum(t.billed_s for t in found.tasks)
        rows.append((words.say(mark("Total")), "", formats.hours(raw), formats.hours(billed)))
    head = (mark("Task"), mark("Title"), mark("Raw"), mark("Billed"))
    return _section(words, mark("Time by task"), head, 2, rows)


def _allowances(words: Words, grants: Sequence[Grant], today: date) -> Section:
    head = (
        mark("Included"),
        mark("Brought in"),
        mark("Granted"),
        mark("Drawn"),
        mark("Lapsed"),
        mark("Carried on"),
        mark("Beyond"),
    )
    rows = []
    for grant in grants:
        last = grant.days.end - timedelta(days=1)
        first, end = (formats.short_day(words, day, today) for day in (grant.days.start, last))
        guess = "~" if grant.running else ""
        sums = (grant.carried_in, grant.granted, grant.drawn, grant.lapsed, grant.carried_out, grant.beyond)
        shown = [_units(grant.unit, units) for units in sums]
        ahead = [guess + text if text != formats.NOTHING else text for text in shown[3:5]]
        rows.append((f"{first} – {end}", *shown[:3], *ahead, shown[5]))
    return _section(words, mark("Included time and requests"), head, 1, rows)


def _packs(words: Words, packs: Sequence[PackUse], today: date) -> Section:
    head = (
        mark("Pack"),
        mark("Bought"),
        mark("Until"),
        mark("Time"),
        mark("Drawn"),
        mark("Lapsed"),
        mark("Left"),
    )
    rows = [
        (
            safe_line(use.pack.id),
            formats.short_day(words, use.pack.bought_on, today),
            formats.short_day(words, last, today) if (last := _last_day(use.pack)) else formats.NOTHING,
            *(
                _units("second", s)
                for s in (use.pack.seconds, use.balance.drawn_s, use.balance.expired_s, use.balance.left_s)
            ),
        )
        for use in packs
    ]
    return _section(words, mark("Hours bought ahead"), head, 3, rows)


def _last_day(pack: HourPack) -> date | None:
    return pack.expires_on - timedelta(days=1) if pack.expires_on is not None else None


def _coupons(words: Words, coupons: Sequence[CouponUse], today: date) -> Section:
    head = (mark("Coupon"), mark("Takes off"), mark("Until"), mark("Charges used"), mark("Charges left"))
    rows = []
    for use in coupons:
        coupon = use.coupon
        until = formats.short_day(words, coupon.until, today) if coupon.until else formats.NOTHING
        left = formats.NOTHING if use.left is None else str(use.left)
        rows.append((safe_line(coupon.id), _off(words, coupon), until, str(use.uses), left))
    return _section(words, mark("Coupons"), head, 3, rows)


def _taxes(words: Words, each: ProviderBill) -> Section:
    """Tax that was added, tax inside prices, and tax to declare oneself."""
    rows = []
    for row in each.statement.rows:
        item = row.line
        if item.kind is LineKind.TAX and {"net", "rate"} <= item.formula.fields.keys():
            net, rate = item.formula.fields["net"], item.formula.fields["rate"]
            base = f"{formats.number(words, net)} {item.amount.currency}"
            rows.append(
                (words.say(mark("added")), _percent(words, rate), base, formats.amount(words, item.amount))
            )
    for inside in each.statement.inside:
        for percent, tax in inside.rows.items():
            net = formats.amount(words, inside.net)
            label = words.say(mark("inside the prices"))
            rows.append((label, _percent(words, str(percent)), net, formats.amount(words, tax)))
    for memo in each.statement.reverse:
        if memo.self_assessed.minor:
            base, own = formats.amount(words, memo.base), formats.amount(words, memo.self_assessed)
            rows.append((words.say(mark("to declare yourself")), "", base, own))
    return _section(words, mark("Tax"), (mark("Tax"), mark("Rate"), mark("On"), mark("Amount")), 1, rows)


def _checks(words: Words, checks: Sequence[InvoiceChecked], today: date) -> Section:
    from spirou_cli.cli.render.checks import explanation

    head = (mark("Invoice"), mark("Of"), mark("Result"), mark("Invoiced"), mark("Computed"))
    rows = []
    for check in checks:
        result = words.say(_CHECKED[check.status])
        if check.explained_by:
            why = ", ".join(explanation(words, name) for name in check.explained_by)
            result = words.say(mark("{result}: {why}"), result=result, why=why)
        amounts = (formats.amount(words, money) for money in (check.total, check.computed))
        number = safe_line(check.number) or formats.NOTHING
        rows.append((number, formats.short_day(words, check.issued_on, today), result, *amounts))
    return _section(words, mark("Invoices compared"), head, 3, rows)


def details_json(found: Details, made_of: str) -> Json:
    """The same for programs; added to ``spirou.bill/1`` of one provider."""
    return {
        "generated_from": f"sha256:{made_of}",
        "tasks": [
            {"task": time.number, "title": time.title, "raw_s": time.raw_s, "billed_s": time.billed_s}
            for time in found.tasks
        ],
        "allowances": [
            {
                **asdict(grant),
                "days": {"from": grant.days.start, "to": grant.days.end - timedelta(days=1)},
            }
            for grant in found.grants
        ],
        "packs": [
            {
                "pack": use.pack.id,
                "bought_on": use.pack.bought_on,
                "ends_on": _last_day(use.pack),
                "price": use.pack.price,
                "seconds": use.pack.seconds,
                "drawn_s": use.balance.drawn_s,
                "lapsed_s": use.balance.expired_s,
                "left_s": use.balance.left_s,
            }
            for use in found.packs
        ],
        "coupons": [
            {"coupon": use.coupon.id, "uses": use.uses, "left": use.left, "until": use.coupon.until}
            for use in found.coupons
        ],
        "invoices": [
            {
                "number": check.number,
                "issued_on": check.issued_on,
                "total": check.total,
                "computed": check.computed,
                "status": check.status,
                "explained_by": list(check.explained_by),
            }
            for check in found.checks
        ],
    }


def _section(
    words: Words, title: str, head: Sequence[str], first: int, rows: Sequence[tuple[str, ...]]
) -> Section:
    return Section(words.say(title), tuple(words.say(text) for text in head), first, tuple(rows))


def _units(unit: str, count: int) -> str:
    if not count:
        return formats.NOTHING
    return formats.hours(count) if unit == "second" else str(count)


def _off(words: Words, coupon: Coupon) -> str:
    if coupon.amount is not None:
        return formats.amount(words, coupon.amount)
    return _percent(words, f"{coupon.percent or 0:f}")


def _percent(words: Words, rate: str) -> str:
    return words.say(mark("{rate} %"), rate=formats.number(words, rate))
