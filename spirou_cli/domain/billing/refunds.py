"""Money given back: never more than what remains of the charge."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from fractions import Fraction

from spirou_cli.domain.billing.lines import COUNTED, Line, LineKind
from spirou_cli.domain.money import Money, total
from spirou_cli.domain.record import record

__all__ = ["CreditNote", "RefundAnswer", "left_of", "net_of", "refund", "unused_days"]


@record
class RefundAnswer:
    """A refund asked for, whether it fits, and what remains of the charge after it."""

    refund: Money
    accepted: bool
    remaining: Money


@record
class CreditNote:
    """Net and tax given back, each rounded."""

    net: Money
    tax: Money

    @property
    def total(self) -> Money:
        return self.net + self.tax


def refund(charged: Money, refunds: Iterable[Money]) -> list[RefundAnswer]:
    """Refunds in order; one that is larger than what remains is rejected whole."""
    answers: list[RefundAnswer] = []
    remaining = charged
    for amount in refunds:
        accepted = amount.minor <= remaining.minor
        remaining = remaining - amount if accepted else remaining
        answers.append(RefundAnswer(amount, accepted, remaining))
    return answers


def unused_days(charged: Money, *, unused: int, period: int, tax_rate: Decimal) -> CreditNote:
    """A credit note for unused days of a paid period: tax on the rounded net, at the original rate."""
    net = charged.times(Fraction(unused, period))
    return CreditNote(net, net.times(Fraction(tax_rate) / 100))


def net_of(charged: Line, lines: Iterable[Line]) -> Money:
    """What a line really cost: its amount less the discounts on it."""
    off = (part for item in lines for line_id, part in item.parts if line_id == charged.id)
    return charged.amount - total(off, charged.amount.currency)


def left_of(charged: Line, lines: Sequence[Line]) -> Money:
    """What may still be given back of a line: what it cost, less what was given back of it.

    Where a maximum took something off a period, no more than what is left of all that counted towards it.
    """
    left = _left(charged, lines)
    if charged.kind not in COUNTED:
        return left
    of = (charged.period, charged.plan_version, left.currency)
    counted = [
        item
        for item in lines
        if (item.period, item.plan_version, item.amount.currency) == of
        and item.kind in (*COUNTED, LineKind.MAXIMUM)
    ]
    if all(item.kind is not LineKind.MAXIMUM for item in counted):
        return left
    whole = total((_left(item, lines) for item in counted), left.currency)
    return Money(max(0, min(left.minor, whole.minor)), left.currency)


def _left(charged: Line, lines: Sequence[Line]) -> Money:
    back = (item.amount for item in lines if item.undoes == charged.id)
    return net_of(charged, lines) + total(back, charged.amount.currency)
