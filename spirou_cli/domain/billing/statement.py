"""A month of several providers: each one's lines with tax, converted, and their totals."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from spirou_cli.domain.billing.currency import Conversion, Exchange, Rates
from spirou_cli.domain.billing.lines import Formula, Line, LineKind, line
from spirou_cli.domain.billing.tax import ReverseCharge, Taxable, reverse_charge, tax
from spirou_cli.domain.errors import mark
from spirou_cli.domain.money import Money, total
from spirou_cli.domain.plan import TaxMode, TaxRule

__all__ = ["ProviderStatement", "Row", "Statement", "settle", "tax_lines"]


@dataclass(frozen=True, slots=True)
class Row:
    """A line and what it is in the reporting currency; None where no usable rate is known."""

    line: Line
    reporting: Money | None
    exchange: Exchange | None


@dataclass(frozen=True, slots=True)
class ProviderStatement:
    """One provider's rows; ``reverse`` is the VAT the buyer owes itself on them."""

    provider: str
    rows: tuple[Row, ...]
    reporting: str
    reverse: ReverseCharge | None = None

    @property
    def totals(self) -> dict[str, Money]:
        """The sum of the lines in each currency."""
        return _by_currency(row.line.amount for row in self.rows)

    @property
    def reporting_total(self) -> Money:
        """The sum of the converted lines, never the conversion of a sum."""
        return total((row.reporting for row in self.rows if row.reporting is not None), self.reporting)

    @property
    def unconverted(self) -> dict[str, Money]:
        """What has no rate, kept apart in its own currency."""
        return _by_currency(row.line.amount for row in self.rows if row.reporting is None)

    @property
    def reporting_cost(self) -> Money:
        """The total and the VAT that can't be recovered."""
        return self.reporting_total + (self.reverse.not_recoverable if self.reverse else self._nothing)

    @property
    def _nothing(self) -> Money:
        return Money(0, self.reporting)


@dataclass(frozen=True, slots=True)
class Statement:
    """All providers in one reporting currency."""

    providers: tuple[ProviderStatement, ...]
    reporting: str

    @property
    def total(self) -> Money:
        return total((provider.reporting_cost for provider in self.providers), self.reporting)

    @property
    def unconverted(self) -> dict[str, Money]:
        return _by_currency(amount for each in self.providers for amount in each.unconverted.values())


def settle(
    provider: str, lines: Sequence[Line], rule: TaxRule, *, rates: Rates, reporting: str
) -> ProviderStatement:
    """A provider's lines, tax lines among them, each converted at its own date and rounded.

    A refund is converted at the date of the charge it undoes, so a full one leaves nothing over.
    """
    rows = tuple(_row(item, rates, reporting) for item in lines)
    memo = None
    if rule.mode is TaxMode.REVERSE_CHARGE:
        service = (r.reporting for r in rows if r.line.taxable and r.reporting is not None)
        memo = reverse_charge(total(service, reporting), rule.rate, rule.recoverable_percent)
    return ProviderStatement(provider, rows, reporting, memo)


def tax_lines(provider: str, lines: Sequence[Line], rule: TaxRule, on: date) -> list[Line]:
    """The tax a provider adds to its services of one document: a line for each currency, dated ``on``."""
    if rule.mode is not TaxMode.EXCLUSIVE:
        return []
    made = []
    for currency in _by_currency(item.amount for item in lines if item.taxable):
        service = [item for item in lines if item.taxable and item.amount.currency == currency]
        taxed = tax(
            [Taxable(item.amount, (rule.rate,)) for item in service], currency, rounding=rule.rounding
        )
        fields = {"net": str(taxed.net.amount), "rate": str(rule.rate)}
        row = line(
            provider,
            LineKind.TAX,
            on,
            taxed.tax,
            currency,
            Formula(mark("{net} × {rate} %"), fields),
            key=currency,
            sources=tuple(item.id for item in service),
            taxable=False,
        )
        made.append(row)
    return made


def _row(item: Line, rates: Rates, reporting: str) -> Row:
    if item.settled is not None and item.settled.currency == reporting:
        return Row(item, item.settled, None)
    conversion: Conversion = rates.convert(item.amount, reporting, item.rate_on or item.on)
    return Row(item, conversion.amount, conversion.exchange)


def _by_currency(amounts: Iterable[Money]) -> dict[str, Money]:
    sums: dict[str, Money] = {}
    for amount in amounts:
        sums[amount.currency] = sums[amount.currency] + amount if amount.currency in sums else amount
    return sums
