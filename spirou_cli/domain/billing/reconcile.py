"""An invoice received against the bill computed: what differs, by how much, and what explains it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum

from spirou_cli.domain.money import Money
from spirou_cli.domain.record import record

__all__ = ["CREDIT", "Document", "Finding", "FindingType", "Reconciliation", "Status", "reconcile"]


class Status(StrEnum):
    MATCH = "match"
    ROUNDING = "rounding"
    OVERCHARGED = "overcharged"
    UNDERCHARGED = "undercharged"
    DIFFERS = "differs"
    CURRENCY_MISMATCH = "currency_mismatch"


class FindingType(StrEnum):
    LINES_DO_NOT_SUM = "invoice_lines_do_not_sum"
    TOTAL_DOES_NOT_SUM = "invoice_total_does_not_sum"
    MISSING = "missing_on_invoice"
    UNEXPECTED = "unexpected_on_invoice"
    DIFFERS = "amount_differs"
    TAX_DIFFERS = "tax_differs"


CREDIT = "credit"


@record
class Document:
    """The lines of a bill by kind, and its totals, in minor units of one currency.

    A credit is used after tax, so it is no part of ``net``. ``tax_inside``: lines have their tax in them.
    """

    currency: str
    lines: tuple[tuple[str, int], ...]
    net: int
    tax: int
    total: int
    tax_inside: bool = False

    @property
    def credit(self) -> int:
        return sum(minor for kind, minor in self.lines if kind == CREDIT)

    def by_kind(self) -> dict[str, int]:
        """The sum of each kind of line."""
        kinds: dict[str, int] = {}
        for kind, minor in self.lines:
            kinds[kind] = kinds.get(kind, 0) + minor
        return kinds


@record
class Finding:
    """One thing that doesn't agree: the kind of line if it is about one, and the amounts by name."""

    type: FindingType
    kind: str | None
    amounts: dict[str, Money]

    @property
    def diff(self) -> int:
        """Minor units the invoice is above the bill; 0 for a finding that compares no amounts."""
        return self.amounts["diff"].minor if "diff" in self.amounts else 0


@record
class Reconciliation:
    """The verdict; ``diff`` is invoice less bill. Diff and tolerance are None in different currencies."""

    status: Status
    diff: Money | None
    tolerance: Money | None
    findings: tuple[Finding, ...] = ()
    explained_by: tuple[str, ...] = ()


def reconcile(
    invoice: Document, computed: Document, hypotheses: Iterable[tuple[str, int]] = ()
) -> Reconciliation:
    """Compare two documents kind by kind; sums first, then kinds in alphabetical order, then tax.

    The tolerance is one minor unit a line of the longer document. ``hypotheses`` are the totals of the
    bill with one rule changed (a coupon left out, no proration): those that give the invoice's total
    explain it.
    """
    if invoice.currency != computed.currency:
        return Reconciliation(Status.CURRENCY_MISMATCH, None, None)
    findings = (*_sums(invoice, computed), *_kinds(invoice, computed), *_tax(invoice, computed))
    diff = invoice.total - computed.total
    tolerance = max(len(invoice.lines), len(computed.lines))
    return Reconciliation(
        _status(diff, tolerance, findings),
        Money(diff, invoice.currency),
        Money(tolerance, invoice.currency),
        findings,
        tuple(name for name, result in hypotheses if result == invoice.total),
    )


def _sums(invoice: Document, computed: Document) -> Iterable[Finding]:
    """EN 16931 BR-CO-10 and BR-CO-15: lines make the net, net and tax make the total.

    A credit may stand before or after the tax. Lines may have the tax in them where ours have.
    """
    lines, credit = sum(minor for _, minor in invoice.lines), invoice.credit
    whole = invoice.net + invoice.tax if computed.tax_inside else invoice.net
    if not {lines, lines - credit} & {invoice.net, whole}:
        yield _finding(FindingType.LINES_DO_NOT_SUM, invoice, None, {"lines": lines, "net": invoice.net})
    if invoice.total - invoice.net - invoice.tax not in (0, credit):
        amounts = {"net": invoice.net, "tax": invoice.tax, "total": invoice.total}
        yield _finding(FindingType.TOTAL_DOES_NOT_SUM, invoice, None, amounts)


def _kinds(invoice: Document, computed: Document) -> Iterable[Finding]:
    theirs, ours = invoice.by_kind(), computed.by_kind()
    for kind in sorted(theirs.keys() | ours.keys()):
        match theirs.get(kind, 0), ours.get(kind, 0):
            case their, our if their == our:
                continue
            case _, our if kind not in theirs:
                yield _finding(FindingType.MISSING, invoice, kind, {"computed": our})
            case their, _ if kind not in ours:
                yield _finding(FindingType.UNEXPECTED, invoice, kind, {"invoice": their})
            case their, our:
                amounts = {"invoice": their, "computed": our, "diff": their - our}
                yield _finding(FindingType.DIFFERS, invoice, kind, amounts)


def _tax(invoice: Document, computed: Document) -> Iterable[Finding]:
    if invoice.tax != computed.tax:
        diff = invoice.tax - computed.tax
        amounts = {"invoice": invoice.tax, "computed": computed.tax, "diff": diff}
        yield _finding(FindingType.TAX_DIFFERS, invoice, None, amounts)


def _finding(type_: FindingType, invoice: Document, kind: str | None, amounts: Mapping[str, int]) -> Finding:
    return Finding(type_, kind, {name: Money(minor, invoice.currency) for name, minor in amounts.items()})


def _status(diff: int, tolerance: int, findings: tuple[Finding, ...]) -> Status:
    if not findings and diff == 0:
        return Status.MATCH
    only_amounts = all(f.type in (FindingType.DIFFERS, FindingType.TAX_DIFFERS) for f in findings)
    if only_amounts and all(abs(amount) <= tolerance for amount in (diff, *(f.diff for f in findings))):
        return Status.ROUNDING
    if diff == 0:
        return Status.DIFFERS
    return Status.OVERCHARGED if diff > 0 else Status.UNDERCHARGED
