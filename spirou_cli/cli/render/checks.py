"""An invoice against the bill: what agrees, what differs, and what would explain it, in words."""

from __future__ import annotations

from spirou_cli.cli.render import formats
from spirou_cli.cli.render.messages import Words
from spirou_cli.cli.render.records import Json
from spirou_cli.cli.render.screen import Screen
from spirou_cli.cli.render.table import Span, Style
from spirou_cli.domain.billing.reconcile import Finding, FindingType, Status
from spirou_cli.domain.errors import mark
from spirou_cli.domain.money import Money
from spirou_cli.service.checking import Checked

__all__ = ["checked", "exit_code", "explanation"]


def exit_code(done: Checked) -> int:
    """0 where the invoice agrees, but for roundings; 1 where it doesn't."""
    return 0 if done.result.status in (Status.MATCH, Status.ROUNDING) else 1


def checked(screen: Screen, done: Checked, form: str, *, dated: bool = False) -> None:
    """The verdict, each difference, and what gives exactly the invoice's total.

    ``dated``: the month was taken from the invoice's date.
    """
    if form == "json":
        screen.json("spirou.check/1", _json(done))
        return
    words, result = screen.words, done.result
    good = exit_code(done) == 0
    screen.line(Span(_verdict(words, done), Style.GOOD if good else Style.WARNING))
    if dated:
        screen.say(mark("The month is that of the invoice's date; for another one, say -m."))
    for finding in result.findings:
        screen.line("  ", _finding(words, finding))
    if result.explained_by:
        screen.say(mark("It is exactly what they asked for:"))
        for name in result.explained_by:
            screen.line("  ", explanation(words, name))
    elif not good and result.diff is not None:
        screen.say(mark("None of the usual reasons gives their total. Ask them for the details."))
    if done.apart:
        sums = " + ".join(formats.amount(words, amount) for amount in done.apart)
        screen.say(mark("Not compared: {sums}, in another currency."), sums=sums)
    if done.closed:
        screen.say(
            mark("{month} is closed: its lines stay. Take it back: spirou charge remove {number}"),
            month=f"{done.month.start:%Y-%m}",
            number=done.seq + 1,
        )
    screen.say(mark("Remembered as entry {number}."), number=done.seq)


def explanation(words: Words, name: str) -> str:
    """A hypothesis of the engine in words."""
    if name.startswith("rounded_up_"):
        _, _, minutes, _, _, scope = name.split("_")
        return words.say(
            mark("if time was rounded up to {minutes} minutes, each {scope}"),
            minutes=minutes,
            scope=words.say(_SCOPES[scope]),
        )
    if name.startswith("tax_of_"):
        rate = formats.number(words, name.removeprefix("tax_of_"))
        return words.say(mark("if a tax of {rate} % was added"), rate=rate)
    return words.say(_HYPOTHESES[name])


_SCOPES = {"entry": mark("entry"), "task": mark("task"), "day": mark("day"), "period": mark("period")}
_HYPOTHESES = {
    "coupon_not_applied": mark("if no coupon was applied"),
    "coupon_one_cycle_more": mark("if the coupon worked once more"),
    "coupon_one_cycle_less": mark("if the coupon ended one charge early"),
    "no_proration": mark("if a part of a period was charged as a whole one"),
    "months_of_30_days": mark("if every month had 30 days"),
    "tax_included": mark("if the tax was inside the prices"),
    "no_tax": mark("if there was no tax"),
    "previous_prices": mark("if the prices were those before the last change"),
}


def _verdict(words: Words, done: Checked) -> str:
    result = done.result
    theirs = formats.amount(words, done.invoice.total)
    ours = formats.amount(words, done.computed)
    text = {
        Status.MATCH: mark("{provider}, {month}: the invoice agrees, {theirs}."),
        Status.ROUNDING: mark(
            "{provider}, {month}: the invoice agrees but for rounding: {theirs}, computed {ours}."
        ),
        Status.OVERCHARGED: mark("{provider}, {month}: {diff} too much: {theirs}, computed {ours}."),
        Status.UNDERCHARGED: mark("{provider}, {month}: {diff} too little: {theirs}, computed {ours}."),
        Status.DIFFERS: mark("{provider}, {month}: the same total, {theirs}, made of other lines."),
        Status.CURRENCY_MISMATCH: mark("{provider}, {month}: {theirs}, but the plan is in {currency}."),
    }[result.status]
    return words.say(
        text,
        provider=done.provider,
        month=f"{done.month.start:%Y-%m}",
        theirs=theirs,
        ours=ours,
        diff=formats.amount(words, _positive(result.diff)) if result.diff else "",
        currency=done.computed.currency,
    )


def _positive(money: Money) -> Money:
    return money if money.minor >= 0 else -money


_KINDS = {
    "fee": mark("fee"),
    "fee_credit": mark("unused time of a plan"),
    "absence": mark("absence"),
    "pack": mark("pack"),
    "overage": mark("time beyond the plan"),
    "task": mark("task"),
    "usage": mark("use"),
    "maximum": mark("maximum"),
    "true_up": mark("minimum"),
    "coupon": mark("coupon"),
    "refund": mark("refund"),
    "exchange": mark("exchange"),
    "expense": mark("purchase"),
    "handling": mark("handling"),
    "credit": mark("credit"),
    "tax": mark("tax"),
    "net": mark("without tax"),
    "total": mark("total"),
}


def _finding(words: Words, finding: Finding) -> str:
    text = {
        FindingType.LINES_DO_NOT_SUM: mark("the invoice's lines make {lines}, not {net}"),
        FindingType.TOTAL_DOES_NOT_SUM: mark("the invoice's {net} and tax of {tax} don't make {total}"),
        FindingType.MISSING: mark("{kind}: not on the invoice, computed {computed}"),
        FindingType.UNEXPECTED: mark("{kind}: {invoice} on the invoice, nothing computed"),
        FindingType.DIFFERS: mark("{kind}: {invoice} on the invoice, computed {computed}"),
        FindingType.TAX_DIFFERS: mark("tax: {invoice} on the invoice, computed {computed}"),
    }[finding.type]
    kind = words.say(_KINDS[finding.kind]) if finding.kind else ""
    amounts = {name: formats.amount(words, money) for name, money in finding.amounts.items()}
    return words.say(text, kind=kind, **amounts)


def _json(done: Checked) -> Json:
    result = done.result
    return {
        "provider": done.provider,
        "month": f"{done.month.start:%Y-%m}",
        "number": done.seq,
        "invoice": {
            "number": done.invoice.number or None,
            "issued_on": done.invoice.issued_on,
            "total": done.invoice.total,
            "sha256": done.invoice.sha256,
        },
        "computed": done.computed,
        "status": result.status.value,
        "diff": result.diff,
        "tolerance": result.tolerance,
        "findings": [
            {"type": found.type.value, "kind": found.kind, "amounts": found.amounts}
            for found in result.findings
        ],
        "explained_by": list(result.explained_by),
        "not_compared": list(done.apart),
        "closed": done.closed,
    }
