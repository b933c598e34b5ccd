"""Money given back: never more than what remains of the charge."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from fractions import Fraction

from spirou_cli.domain.money import Money
from spirou_cli.domain.record import record

__all__ = ["CreditNote", "RefundAnswer", "refund", "unused_days"]


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
