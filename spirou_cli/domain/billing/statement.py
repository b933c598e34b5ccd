"""A month of several providers: each one's lines with tax, converted, and their totals."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta

from spirou_cli.domain.billing.currency import Conversion, Exchange, Rates
from spirou_cli.domain.billing.lines import Formula, Line, LineKind, LineState, line
from spirou_cli.domain.billing.periods import month_of
from spirou_cli.domain.billing.tax import ReverseCharge, Taxable, Taxed, reverse_charge, tax
from spirou_cli.domain.errors import mark
from spirou_cli.domain.money import Money, by_currency, total
from spirou_cli.domain.plan import TaxMode, TaxRule
from spirou_cli.domain.record import record, replace

__all__ = ["ProviderStatement", "Row", "Statement", "merged", "settle", "tax_inside", "tax_lines"]


@record
class Row:
    """A line and what it is in the reporting currency; None where no usable rate is known."""

    line: Line
    reporting: Money | None
    exchange: Exchange | None

    @property
    def counted(self) -> Money:
        """The amount in the reporting currency; in the line's own without a rate."""
        return self.reporting or self.line.amount


@record
class ProviderStatement:
    """One provider's rows; memos for each document: the VAT the buyer owes itself, the tax inside prices."""

    provider: str
    rows: tuple[Row, ...]
    reporting: str
    reverse: tuple[ReverseCharge, ...] = ()
    inside: tuple[Taxed, ...] = ()

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
        return self.reporting_total + self.not_recoverable

    @property
    def self_assessed(self) -> Money:
        return total((memo.self_assessed for memo in self.reverse), self.reporting)

    @property
    def undeclared(self) -> tuple[Money, ...]:
        """What VAT is due on and has no rate."""
        return by_currency(amount for memo in self.reverse for amount in memo.apart)

    @property
    def not_recoverable(self) -> Money:
        return total((memo.not_recoverable for memo in self.reverse), self.reporting)


@record
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
    provider: str,
    lines: Sequence[Line],
    rule: TaxRule,
    *,
    rates: Rates,
    reporting: str,
    as_of: date = date.max,
) -> ProviderStatement:
    """A document's lines under one rule, tax lines among them, each converted at its own date and rounded.

    A refund is converted at the date of the charge it undoes, so a full one leaves nothing over; what the
    card statement shows otherwise is a line of its own. What is dated after ``as_of`` is converted at the
    rate of that day.
    """
    rows = tuple(row for item in lines for row in _rows(item, rates, reporting, as_of))
    if rule.mode is not TaxMode.REVERSE_CHARGE:
        return ProviderStatement(provider, rows, reporting, inside=tuple(tax_inside(lines, rule)))
    service = [row for row in rows if row.line.taxable]
    base = total((row.reporting for row in service if row.reporting is not None), reporting)
    apart = by_currency(row.line.amount for row in service if row.reporting is None)
    last = max(month_of(item.on).end for item in lines) - timedelta(days=1)
    memo = reverse_charge(last, base, rule.rate, rule.recoverable_percent)
    return ProviderStatement(provider, rows, reporting, (replace(memo, apart=apart),))


def merged(statements: Sequence[ProviderStatement]) -> ProviderStatement:
    """Several documents of one provider as one, its rows by date."""
    first = statements[0]
    rows = tuple(sorted((row for each in statements for row in each.rows), key=lambda row: row.line.on))
    reverse = tuple(memo for each in statements for memo in each.reverse)
    inside = tuple(memo for each in statements for memo in each.inside)
    return ProviderStatement(first.provider, rows, first.reporting, reverse, inside)


def tax_lines(
    provider: str,
    lines: Sequence[Line],
    rule: TaxRule,
    on: date,
    *,
    key: str = "",
    state: LineState = LineState.ACTUAL,
    digits: int | None = None,
    rate_on: date | None = None,
) -> list[Line]:
    """The tax a provider adds to its services of one document: a line for each currency, dated ``on``.

    ``rate_on``: the day of its exchange rate, where it gives back the tax of another document.
    """
    if rule.mode is not TaxMode.EXCLUSIVE:
        return []
    made = []
    for currency, service in _service(lines).items():
        taxed = tax(_taxables(service, rule), currency, rounding=rule.rounding, digits=digits)
        fields = {"net": str(taxed.net.amount), "rate": str(rule.rate)}
        row = line(
            provider,
            LineKind.TAX,
            on,
            taxed.tax,
            currency,
            Formula(mark("{net} × {rate} %"), fields),
            key="-".join(part for part in (key, currency) if part),
            sources=tuple(item.id for item in service),
            taxable=False,
            rate_on=rate_on,
            state=state,
        )
        made.append(row)
    return made


def tax_inside(lines: Sequence[Line], rule: TaxRule) -> Iterator[Taxed]:
    """The tax that prices include, by currency; it is shown and changes no total."""
    if rule.mode is TaxMode.INCLUSIVE:
        for currency, service in _service(lines).items():
            yield tax(_taxables(service, rule), currency, mode=rule.mode, rounding=rule.rounding)


def _service(lines: Iterable[Line]) -> dict[str, list[Line]]:
    """Lines the provider's own tax is on, by currency."""
    service: dict[str, list[Line]] = {}
    for item in lines:
        if item.taxable:
            service.setdefault(item.amount.currency, []).append(item)
    return service


def _taxables(service: Iterable[Line], rule: TaxRule) -> list[Taxable]:
    return [Taxable(item.amount, (rule.rate,)) for item in service]


def _rows(item: Line, rates: Rates, reporting: str, as_of: date) -> Iterator[Row]:
    row = _row(item, rates, reporting, as_of)
    if item.card is None or item.card.currency != reporting:
        yield row
    elif row.reporting is None:
        yield Row(item, item.card, None)
    else:
        yield row
        if item.card != row.reporting:
            yield _exchange(item, item.card, row.reporting)


def _exchange(item: Line, card: Money, converted: Money) -> Row:
    """What was lost or won between a charge and its refund: nothing in the provider's own currency."""
    fields = {"card": str(card.amount), "converted": str(converted.amount)}
    made = line(
        item.provider,
        LineKind.EXCHANGE,
        item.on,
        Money(0, item.amount.currency),
        item.amount.currency,
        Formula(mark("{card} on the card, {converted} at the rate of the charge"), fields),
        key=item.id.rsplit("/", 1)[-1],
        sources=item.sources,
        shares=item.shares,
        taxable=False,
        settled=card - converted,
    )
    return Row(made, card - converted, None)


def _row(item: Line, rates: Rates, reporting: str, as_of: date) -> Row:
    if item.settled is not None and item.settled.currency == reporting:
        return Row(item, item.settled, None)
    conversion: Conversion = rates.convert(item.amount, reporting, min(item.rate_on or item.on, as_of))
    return Row(item, conversion.amount, conversion.exchange)


def _by_currency(amounts: Iterable[Money]) -> dict[str, Money]:
    sums: dict[str, Money] = {}
    for amount in amounts:
        sums[amount.currency] = sums[amount.currency] + amount if amount.currency in sums else amount
    return sums
