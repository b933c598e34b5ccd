"""An invoice received against the month as it was computed: read, compared, remembered, closed."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path

from spirou_cli.domain.billing.account import Account as BillingAccount
from spirou_cli.domain.billing.account import ClosedMonth
from spirou_cli.domain.billing.hypotheses import document, hypotheses
from spirou_cli.domain.billing.ledger import ledger_of
from spirou_cli.domain.billing.lines import LineKind
from spirou_cli.domain.billing.reconcile import CREDIT, Document, Reconciliation, Status, reconcile
from spirou_cli.domain.entries import KINDS
from spirou_cli.domain.errors import InvalidInput, NoSuchThing, Refused, mark
from spirou_cli.domain.money import Money, by_currency
from spirou_cli.domain.moneyfacts import InvoiceChecked, MonthClosed
from spirou_cli.domain.phrases.amounts import money
from spirou_cli.domain.plan import Span
from spirou_cli.domain.record import record, replace
from spirou_cli.service import billing
from spirou_cli.service.context import Context
from spirou_cli.service.lookup import ever_named
from spirou_cli.service.plans import local_day
from spirou_cli.storage import ledger

__all__ = ["Checked", "Invoice", "check", "invoice_of", "read_invoice"]

_LARGEST = 5 * 1024 * 1024
_EXAMPLE = mark("Its lines: kind,amount   then: plan,70.00 USD   or type the total: --total 85.50USD")


@record(kw_only=True)
class Invoice:
    """What an invoice says. ``lines`` are sums by kind; none where only totals are known, as ``net``."""

    total: Money
    lines: tuple[tuple[str, Money], ...] = ()
    net: Money | None = None
    tax: Money | None = None
    number: str = ""
    issued_on: date | None = None
    sha256: str | None = None


@record
class Checked:
    """An invoice, the month as computed, and the verdict. ``seq``: its number in the log.

    ``apart``: what the month has in other currencies, which no invoice in this one can agree with.
    """

    provider: str
    month: Span
    invoice: Invoice
    computed: Money
    result: Reconciliation
    seq: int
    closed: bool = False
    apart: tuple[Money, ...] = ()


def check(
    context: Context,
    provider: str,
    month: Span,
    invoice: Invoice,
    *,
    close: bool = False,
    agreed: bool = False,
) -> Checked:
    """Compare, and remember the result with the invoice's number and file.

    ``close`` settles the month: its lines stay as they are. Refused for a month that isn't over, that is
    closed already, or that differs unless the person ``agreed`` to that.
    """
    day = local_day(context)
    with context.write() as log:
        account = ever_named(log.connection, provider)
        facts = ledger.entries(log.connection, account.id)
        own = billing.account_of(log.connection, context, account, facts)
        if own is None:
            raise NoSuchThing(
                mark("Nothing is known of what {provider} costs."),
                mark("spirou plan adopt {provider} --fee 70USD/month"),
                provider=provider,
            )
        computed = document(own, month, as_of=day)
        charged = ledger_of(own, month, as_of=day).charged(month)
        apart = by_currency(line.amount for line in charged if line.amount.currency != computed.currency)
        asked, ours = _comparable(invoice, computed)
        others = hypotheses(own, month, as_of=day, tax=asked.tax)
        result = reconcile(asked, ours, others)
        if close:
            _must_be_open(month, facts, account.id)
            _must_close(provider, month, day, result, agreed=agreed)
        total = Money(computed.total, computed.currency)
        seq = ledger.append(log, account.id, _remembered(invoice, month, day, total, result))
        if close:
            ledger.append(log, account.id, MonthClosed(_closed(own, month, day)))
        return Checked(account.name, month, invoice, total, result, seq, close, apart)


def read_invoice(path: Path, *, currency: str | None, language: str) -> Invoice:
    """An invoice from a CSV or a JSON file. InvalidInput says what can't be read, and where.

    CSV has a header with ``kind`` and ``amount``, or the same in French, parted by commas, semicolons or
    tabs; rows of kind net, tax and total are the invoice's own sums. JSON has ``lines`` of the same, and
    ``number``, ``issued_on`` (or ``date``), ``currency``, ``net``, ``tax``, ``total``.
    """
    data = _bytes(path)
    digest = hashlib.sha256(data).hexdigest()
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _unreadable(path, "UTF-8") from error
    if not text.strip():
        raise InvalidInput(mark("{path} is empty."), _EXAMPLE, path=str(path))
    if path.suffix.lower() == ".json" or text.lstrip().startswith("{"):
        return replace(_from_json(path, text, currency, language), sha256=digest)
    return replace(_from_csv(path, text, currency, language), sha256=digest)


# --- comparing ------------------------------------------------------------------------------------


def _comparable(invoice: Invoice, computed: Document) -> tuple[Document, Document]:
    """Both documents in the same detail: where an invoice names no lines, only its totals are compared."""
    currency, credit = invoice.total.currency, computed.credit
    tax = invoice.tax.minor if invoice.tax else 0
    if invoice.lines:
        if invoice.tax is None and computed.tax_inside:  # told or not, it is in the lines
            tax = computed.tax
        lines = tuple((kind, amount.minor) for kind, amount in invoice.lines)
        theirs = sum(minor for kind, minor in lines if kind == CREDIT)
        net = invoice.net.minor if invoice.net else invoice.total.minor - tax - theirs
        return Document(currency, lines, net, tax, invoice.total.minor), computed
    if invoice.net is None and invoice.tax is None:
        total = invoice.total.minor
        ours = Document(computed.currency, (("total", computed.total),), computed.total, 0, computed.total)
        return Document(currency, (("total", total),), total, 0, total), ours
    total = invoice.total.minor
    net = invoice.net.minor if invoice.net else total - tax - credit
    tax = invoice.tax.minor if invoice.tax else total - net - credit
    return (
        Document(currency, _totals(net, total - net - tax), net, tax, total),
        replace(computed, lines=_totals(computed.net, credit), tax_inside=False),
    )


def _totals(net: int, credit: int) -> tuple[tuple[str, int], ...]:
    return (("net", net), (CREDIT, credit)) if credit else (("net", net),)


def _must_be_open(month: Span, facts: Iterable[ledger.Entry], account_id: str) -> None:
    for entry in facts:
        if (
            entry.account_id == account_id
            and isinstance(entry.fact, MonthClosed)
            and entry.fact.closed.month == month
        ):
            raise Refused(
                mark("{month} is closed already; nothing was closed."),
                mark("spirou charge remove {number}   reopens it"),
                month=f"{month.start:%Y-%m}",
                number=entry.seq,
            )


def _must_close(provider: str, month: Span, day: date, result: Reconciliation, *, agreed: bool) -> None:
    if month.end > day:
        raise Refused(
            mark("{month} isn't over; nothing was closed."),
            mark("spirou charge check {provider} …   without --close"),
            month=f"{month.start:%Y-%m}",
            provider=provider,
        )
    if result.status not in (Status.MATCH, Status.ROUNDING) and not agreed:
        raise Refused(
            mark("The invoice differs from what was computed; nothing was closed."),
            mark("Look at it without --close, or close it all the same: --close --yes"),
        )


def _remembered(
    invoice: Invoice, month: Span, day: date, computed: Money, result: Reconciliation
) -> InvoiceChecked:
    return InvoiceChecked(
        invoice.number,
        month,
        invoice.issued_on or day,
        invoice.total,
        computed,
        result.status,
        result.explained_by,
        invoice.sha256,
    )


def _closed(own: BillingAccount, month: Span, day: date) -> ClosedMonth:
    """The month's lines as they are now, tax among them; scheduled ones aren't of it."""
    return ClosedMonth(month, tuple(ledger_of(own, month, as_of=day).charged(month)))


# --- reading --------------------------------------------------------------------------------------

_SUMS = frozenset({"net", "total"})
_WORDS = {word: kind.value for word, kind in KINDS.items()} | {kind.value: kind.value for kind in LineKind}


_COLUMNS = {"nature": "kind", "type": "kind", "montant": "amount", "devise": "currency"}
"""Headings that say the same."""


def _from_csv(path: Path, text: str, currency: str | None, language: str) -> Invoice:
    sample = text.partition("\n")[0]
    separator = ";" if sample.count(";") > sample.count(",") else "\t" if "\t" in sample else ","
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True))
    except csv.Error as error:
        raise _unreadable(path, str(error)) from error
    heading = [_COLUMNS.get(name, name) for name in (cell.strip().lower() for cell in rows[0])]
    if not {"kind", "amount"} <= set(heading):
        raise InvalidInput(
            mark("{path} has the columns {found}; an invoice has kind and amount."),
            _EXAMPLE,
            path=str(path),
            found=", ".join(cell.strip() for cell in rows[0]),
        )
    told = []
    for number, cells in enumerate(rows[1:], 2):
        if not any(cells):
            continue
        row = {name: cell.strip() for name, cell in zip(heading, cells, strict=False)}
        if not row.get("kind") or not row.get("amount"):
            raise InvalidInput(
                mark("{path}, line {number}: it has no kind or no amount."),
                _EXAMPLE,
                path=str(path),
                number=number,
            )
        # Where cells are parted by ";", a comma is the decimal mark.
        tongue = "fr" if separator == ";" else language
        sum_ = money(row["amount"], default=row.get("currency") or currency, language=tongue, signed=True)
        told.append((row["kind"].lower(), sum_))
    return invoice_of(told)


def _from_json(path: Path, text: str, currency: str | None, language: str) -> Invoice:
    try:
        table = json.loads(text, parse_float=str, parse_int=str)
    except (ValueError, RecursionError) as error:
        raise _unreadable(path, str(error)) from error
    if not isinstance(table, dict) or not isinstance(table.get("lines", []), list):
        raise _unreadable(path, "lines")
    default = str(table["currency"]) if table.get("currency") else currency

    def sum_of(value: object) -> Money:
        return money(str(value), default=default, language=language, signed=True)

    told = []
    for line in table.get("lines", []):
        if not isinstance(line, dict) or "kind" not in line or "amount" not in line:
            raise _unreadable(path, "kind, amount")
        told.append((str(line["kind"]).lower(), sum_of(line["amount"])))
    told += [(name, sum_of(table[name])) for name in ("net", "tax", "total") if table.get(name) is not None]
    day = table.get("issued_on") or table.get("date")
    try:
        issued = date.fromisoformat(str(day)) if day else None
    except ValueError as error:
        raise _unreadable(path, f"issued_on: {day}") from error
    return replace(invoice_of(told), number=str(table.get("number", "")), issued_on=issued)


def invoice_of(told: Sequence[tuple[str, Money]]) -> Invoice:
    """An invoice from amounts by kind; net, tax and total are its sums, made up where they lack."""
    lines = tuple((_kind(kind), amount) for kind, amount in told if kind not in _SUMS and kind != "tax")
    sums = {kind: amount for kind, amount in told if kind in _SUMS}
    tax = _sum(amount for kind, amount in told if kind == "tax")
    net = sums.get("net") or _sum(amount for _, amount in lines)
    total = sums.get("total") or _sum(amount for amount in (net, tax) if amount is not None)
    if total is None:
        raise InvalidInput(
            mark("The invoice has no amount."), mark("--total 85.50USD   or a file with lines")
        )
    if len({amount.currency for _, amount in told}) > 1:
        raise InvalidInput(mark("The invoice has amounts in several currencies."))
    return Invoice(total=total, lines=lines, net=net, tax=tax)


def _kind(word: str) -> str:
    if word not in _WORDS:
        raise InvalidInput(
            mark("An invoice's line is of a known kind, not {kind}. There is: {known}."),
            mark("--line plan=70USD --line usage=7.05USD"),
            kind=word,
            known=", ".join(sorted(_WORDS)),
        )
    return _WORDS[word]


def _sum(amounts: Iterable[Money]) -> Money | None:
    found = list(amounts)
    if not found:
        return None
    return sum(found[1:], found[0])


def _bytes(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            data = file.read(_LARGEST + 1)
    except OSError as error:
        raise _unreadable(path, error.strerror or "") from error
    if len(data) > _LARGEST:
        raise _unreadable(path, "> 5 MB")
    return data


def _unreadable(path: Path, why: str) -> InvalidInput:
    return InvalidInput(
        mark("{path} can't be read as an invoice: {why}."),
        mark("It needs the columns kind and amount; or type the totals: --total 85.50USD"),
        path=str(path),
        why=why,
    )
