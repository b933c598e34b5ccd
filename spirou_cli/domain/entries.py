"""What a fact of money is about: its day, its sum, its note, and the word for its kind."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from spirou_cli.domain import moneyfacts as m
from spirou_cli.domain.billing.lines import LineKind
from spirou_cli.domain.money import Money

__all__ = ["KINDS", "amount_of", "day_of", "note_of", "word_of"]

KINDS: Mapping[str, LineKind] = {
    "plan": LineKind.FEE,
    "time": LineKind.OVERAGE,
    "task": LineKind.TASK,
    "usage": LineKind.USAGE,
    "tax": LineKind.TAX,
}
"""What a charge entered by hand may be for, by the word that says it."""


def day_of(fact: m.MoneyFact) -> date | None:
    """The day a fact is about; None for what has none."""
    match fact:
        case m.PlanAdopted(version=version):
            return version.effective_on
        case m.Subscribed(subscription=subscription):
            return subscription.start
        case m.CouponRedeemed(coupon=coupon):
            return coupon.redeemed_on
        case m.PackBought(pack=pack):
            return pack.bought_on
        case m.ExpenseEntered(expense=expense):
            return expense.on
        case m.RefundEntered(refund=refund):
            return refund.on
        case m.ChargeEntered(charge=charge):
            return charge.on
        case m.AbsenceNoted(absence=absence):
            return absence.on
        case m.RateSet(rate=rate):
            return rate.on
        case m.MonthPaid(on=on) | m.PriceAgreed(on=on):
            return on
        case m.InvoiceChecked(issued_on=issued_on):
            return issued_on
        case m.MonthClosed(closed=closed):
            return closed.month.start
    return None


def amount_of(fact: m.MoneyFact) -> Money | None:
    """The sum a fact is about, as it changes what is owed; None for what has none."""
    match fact:
        case m.PackBought(pack=pack):
            return pack.price
        case m.ExpenseEntered(expense=expense):
            return expense.cost
        case m.RefundEntered(refund=refund):
            return -refund.amount
        case m.ChargeEntered(charge=charge):
            return charge.amount
        case m.PriceAgreed(task=task):
            return task.price
        case m.MonthPaid(amount=amount):
            return amount
        case m.InvoiceChecked(total=total):
            return total
        case m.BudgetSet(budget=budget):
            return budget.limit
    return None


def note_of(fact: m.MoneyFact) -> str:
    """What the person said of it."""
    match fact:
        case m.ChargeEntered(charge=charge):
            return charge.note
        case m.ExpenseEntered(note=note) | m.RefundEntered(note=note) | m.MonthPaid(note=note):
            return note
    return ""


def word_of(fact: m.MoneyFact) -> str:
    """The stable word for a kind of fact, as in JSON."""
    if isinstance(fact, m.ChargeEntered):
        kind = fact.charge.kind
        return next((word for word, known in KINDS.items() if known is kind), kind.value)
    return _FACT_WORDS.get(type(fact), type(fact).__name__)


_FACT_WORDS: Mapping[type[m.MoneyFact], str] = {
    m.PlanAdopted: "plan_adopted",
    m.Subscribed: "subscription",
    m.CouponRedeemed: "coupon",
    m.PackBought: "pack",
    m.ExpenseEntered: "expense",
    m.RefundEntered: "refund",
    m.AbsenceNoted: "absence",
    m.PriceAgreed: "price",
    m.RateSet: "rate",
    m.RatesImported: "rates",
    m.BudgetSet: "budget",
    m.BudgetUnset: "budget_unset",
    m.MonthPaid: "paid",
    m.InvoiceChecked: "invoice",
    m.MonthClosed: "closed",
}
