"""Lines that adjust other lines: coupons and refunds; and lines passed on: expenses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from fractions import Fraction

from spirou_cli.domain.billing.coupons import Charge, Chargeable, Discount, Redemption, discount_charge
from spirou_cli.domain.billing.expenses import Expense, handling
from spirou_cli.domain.billing.lines import Formula, Line, LineKind, LineState, line
from spirou_cli.domain.errors import mark
from spirou_cli.domain.money import Money, minor_digits, total
from spirou_cli.domain.plan import Coupon
from spirou_cli.domain.record import record, replace

__all__ = ["Refund", "coupon_lines", "expense_lines", "refund_line"]

DISCOUNTED = frozenset(
    {LineKind.FEE, LineKind.PACK, LineKind.OVERAGE, LineKind.TASK, LineKind.USAGE, LineKind.MAXIMUM}
    | {LineKind.TRUE_UP}
)
"""Kinds of lines a coupon may work on: charges of the provider itself."""


@record
class Refund:
    """Money given back on a day, of the line ``undoes`` if it is known, at that charge's exchange rate.

    ``settled`` is what a card statement says it came to in the reporting currency.
    """

    id: str
    on: date
    amount: Money
    undoes: str | None = None
    original_on: date | None = None
    settled: Money | None = None


def coupon_lines(
    lines: Sequence[Line], held: Sequence[Redemption], currency: str, digits: int | None = None
) -> tuple[list[Line], list[Redemption]]:
    """The discounts on the lines of one day, one line a coupon; and the coupons after it.

    A discount is an estimate or lies ahead as its lines do; on both, it is two lines.
    ``digits``: to so many decimals they are rounded, where the plan says so.
    """
    chargeable = [item for item in lines if item.kind in DISCOUNTED and item.amount.currency == currency]
    if not chargeable:
        return [], list(held)
    tagged = tuple(Chargeable(item.id, item.kind, item.amount) for item in chargeable)
    charge = Charge(chargeable[0].on, tagged)
    discounted, after = discount_charge(charge, held, currency, digits)
    used = {redemption.coupon.id: redemption for redemption in after}
    left = {item.id: item.amount for item in chargeable}
    made = []
    for applied in discounted.applied:
        for part in _by_state(applied, chargeable, left):
            apart = len(part.parts) < len(applied.parts)
            made.append(_coupon_line(chargeable, part, used[applied.coupon], apart=apart))
        left |= {name: left[name] - off for name, off in applied.parts}
    return made, after


def expense_lines(provider: str, expense: Expense) -> list[Line]:
    """The purchase at cost, and its handling if there is any; a fee in another currency is left out."""
    if expense.foreign_fee:
        expense = replace(expense, fixed_fee=None)
    sources = tuple(source for source in (expense.id, expense.receipt) if source)
    shares = ((expense.task, Fraction(1)),) if expense.task else ()
    cost = line(
        provider,
        LineKind.EXPENSE,
        expense.on,
        expense.cost,
        expense.cost.currency,
        Formula(mark("{cost} at cost"), {"cost": str(expense.cost.amount)}),
        key=expense.id,
        sources=sources,
        shares=shares,
        taxable=not expense.disbursement,
        settled=expense.settled,
    )
    added = handling(expense)
    if not added.minor:
        return [cost]
    fields = {"cost": str(expense.cost.amount), "percent": str(expense.markup_percent or 0)}
    template = mark("{cost} × {percent} %")
    if expense.fixed_fee is not None:
        fields["fixed"] = str(expense.fixed_fee.amount)
        template = mark("{cost} × {percent} % + {fixed}")
    formula = Formula(template, fields)
    extra = line(
        provider,
        LineKind.HANDLING,
        expense.on,
        added,
        added.currency,
        formula,
        key=expense.id,
        sources=sources,
        shares=shares,
    )
    return [cost, extra]


def refund_line(
    provider: str, refund: Refund, original: Line | None = None, settled: Money | None = None
) -> Line:
    """A negative line at the exchange rate, and under the tax, of the line it undoes.

    ``settled``: its part of what the card statement said that line came to.
    """
    original_on = (original.rate_on or original.on) if original else refund.original_on
    shown = None if refund.settled is None else -refund.settled
    return line(
        provider,
        LineKind.REFUND,
        refund.on,
        -refund.amount,
        refund.amount.currency,
        Formula(mark("given back: {amount}"), {"amount": str(refund.amount.amount)}),
        key=refund.id,
        sources=(refund.id,),
        plan_version=original.plan_version if original else None,
        shares=original.shares if original else (),
        undoes=refund.undoes,
        taxable=original.taxable if original else True,
        rate_on=original_on,
        settled=settled if original_on else shown,
        card=shown if original_on else None,
    )


def _by_state(applied: Discount, lines: Sequence[Line], left: Mapping[str, Money]) -> list[Discount]:
    """A discount cut by the states of its lines, of which so much was ``left``; whole if they have one."""
    off = dict(applied.parts)
    states = {item.state for item in lines if item.id in off and off[item.id].minor}
    if len(states) < 2:
        return [applied]
    made = []
    for state in sorted(states):
        parts = tuple((item.id, off[item.id]) for item in lines if item.id in off and item.state is state)
        amount = total((part for _, part in parts), applied.amount.currency)
        base = total((left[name] for name, _ in parts), amount.currency)
        exact = applied.exact * Fraction(amount.minor, applied.amount.minor)
        made.append(Discount(applied.coupon, amount, exact, base, parts))
    return made


def _coupon_line(lines: Sequence[Line], applied: Discount, redemption: Redemption, *, apart: bool) -> Line:
    off = dict(applied.parts)
    on = [item for item in lines if item.id in off]
    first = next((item for item in on if off[item.id].minor), on[0])
    ahead = apart and first.state is LineState.ACTUAL
    currency = applied.amount.currency
    major = -applied.exact / 10 ** minor_digits(currency)
    held = max(major, -Fraction(applied.base.amount))
    made = line(
        first.provider,
        LineKind.COUPON,
        first.on,
        held,
        currency,
        _coupon_formula(redemption.coupon, applied.base, redemption.uses),
        key=f"{applied.coupon}-scheduled" if ahead else applied.coupon,
        period=first.period,
        plan_version=first.plan_version,
        sources=(applied.coupon, *off),
        parts=applied.parts,
        state=first.state,
    )
    return replace(made, amount=-applied.amount)  # what its parts add up to, to the decimals of the plan


def _coupon_formula(coupon: Coupon, base: Money, uses: int) -> Formula:
    fields = {"coupon": coupon.id, "base": str(base.amount), "use": str(uses)}
    if coupon.percent is None:
        fields["amount"] = str(coupon.amount.amount) if coupon.amount else ""
        return Formula(mark("{coupon}: {amount} off {base}"), fields)
    fields["percent"] = str(coupon.percent)
    if coupon.cycles is None:
        return Formula(mark("{coupon}: {percent} % of {base}"), fields)
    fields["cycles"] = str(coupon.cycles)
    return Formula(mark("{coupon}: {percent} % of {base}, {use} of {cycles}"), fields)
