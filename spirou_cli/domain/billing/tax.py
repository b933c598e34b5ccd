"""Tax on the lines of one document, and the VAT a buyer owes itself under reverse charge."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction

from spirou_cli.domain.money import Money, allocate, total
from spirou_cli.domain.plan import TaxMode, TaxRounding
from spirou_cli.domain.record import record

__all__ = ["ReverseCharge", "Taxable", "Taxed", "reverse_charge", "tax"]


@record
class Taxable:
    """A line's amount and the percentages of tax on it."""

    amount: Money
    rates: tuple[Decimal, ...]


@record
class Taxed:
    """A document's net, its tax rows, and their sum: the total is made of rounded rows (EN 16931)."""

    net: Money
    rows: dict[Decimal, Money]

    @property
    def tax(self) -> Money:
        return total(self.rows.values(), self.net.currency)

    @property
    def total(self) -> Money:
        return self.net + self.tax


@record
class ReverseCharge:
    """VAT the buyer declares on a document's last day; what it can't recover is a cost.

    ``apart``: what VAT is due on besides, in currencies without a rate.
    """

    on: date
    base: Money
    self_assessed: Money
    recoverable: Money
    apart: tuple[Money, ...] = ()

    @property
    def not_recoverable(self) -> Money:
        return self.self_assessed - self.recoverable

    @property
    def cost(self) -> Money:
        return self.base + self.not_recoverable


def tax(
    lines: Sequence[Taxable],
    currency: str,
    *,
    mode: TaxMode = TaxMode.EXCLUSIVE,
    rounding: TaxRounding = TaxRounding.DOCUMENT,
    digits: int | None = None,
) -> Taxed:
    """Tax added to lines (exclusive) or found inside them (inclusive), rounded per rate or per line.

    Document rounding is EN 16931's BR-CO-17; what is added has so many ``digits``. Other modes add none.
    """
    gross = total((line.amount for line in lines), currency)
    match mode:
        case TaxMode.EXCLUSIVE:
            return Taxed(gross, _exclusive(lines, rounding, digits))
        case TaxMode.INCLUSIVE:
            rows = _inclusive(lines, rounding)
            return Taxed(gross - total(rows.values(), currency), rows)
        case TaxMode.NONE | TaxMode.REVERSE_CHARGE:
            return Taxed(gross, {})


def reverse_charge(on: date, base: Money, rate: Decimal, recoverable_percent: Decimal) -> ReverseCharge:
    """The memo of an invoice without tax, in the buyer's currency; percentages."""
    owed = base.times(Fraction(rate) / 100)
    return ReverseCharge(on, base, owed, owed.times(Fraction(recoverable_percent) / 100))


def _exclusive(lines: Iterable[Taxable], rounding: TaxRounding, digits: int | None) -> dict[Decimal, Money]:
    bases: defaultdict[Decimal, list[Money]] = defaultdict(list)
    for line in lines:
        for rate in line.rates:
            bases[rate].append(line.amount)
    return {rate: _rounded(_documents(amounts, rounding), rate, digits) for rate, amounts in bases.items()}


def _rounded(amounts: Sequence[Money], rate: Decimal, digits: int | None) -> Money:
    return total((amount.times(Fraction(rate) / 100, digits) for amount in amounts), amounts[0].currency)


def _inclusive(lines: Iterable[Taxable], rounding: TaxRounding) -> dict[Decimal, Money]:
    """The tax inside gross prices: gross less rounded net, so that the total never moves."""
    groups: defaultdict[tuple[Decimal, ...], list[Money]] = defaultdict(list)
    for line in lines:
        if line.rates:
            groups[line.rates].append(line.amount)
    rows: dict[Decimal, Money] = {}
    for rates, amounts in groups.items():
        for gross in _documents(amounts, rounding):
            inside = gross - gross.times(1 / (1 + Fraction(sum(rates)) / 100))
            for rate, part in zip(rates, allocate(inside, [Fraction(r) for r in rates]), strict=True):
                rows[rate] = rows[rate] + part if rate in rows else part
    return rows


def _documents(amounts: Sequence[Money], rounding: TaxRounding) -> list[Money]:
    """The amounts tax is rounded on: their sum, or each of them."""
    return list(amounts) if rounding is TaxRounding.LINE else [total(amounts, amounts[0].currency)]
