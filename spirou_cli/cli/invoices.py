"""An invoice as it is given: a file, or totals and lines typed by hand."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from spirou_cli.cli import arguments
from spirou_cli.cli.session import Session
from spirou_cli.cli.terms import date_of
from spirou_cli.domain.errors import InvalidInput, mark
from spirou_cli.domain.money import Money
from spirou_cli.domain.phrases.amounts import money
from spirou_cli.domain.record import replace
from spirou_cli.service import checking
from spirou_cli.service.checking import Invoice

__all__ = ["named", "received"]


def received(
    session: Session, file: Path | None, *, total: str, net: str, tax: str, lines: Sequence[str]
) -> Invoice:
    """The invoice of a file, or of what was typed; never of both."""
    typed = bool(total or net or tax or lines)
    if (file is not None) is typed:
        raise InvalidInput(
            mark("Give the invoice as a file, or type its totals."),
            mark("spirou charge check PROVIDER invoice.csv   or --total 85.50USD"),
        )
    if file is not None:
        default = session.settings.get("currency")
        return checking.read_invoice(file, currency=default, language=session.language)
    told = [_line(session, text) for text in lines]
    sums = (("net", net), ("tax", tax), ("total", total))
    told += [(name, _sum(session, text)) for name, text in sums if text]
    return checking.invoice_of(told)


def named(session: Session, invoice: Invoice, *, number: str, on: str) -> Invoice:
    """The invoice under the number and the date that were typed."""
    text = arguments.text_argument(number, "--number", limit=128)
    issued = date_of(session, on) if on else invoice.issued_on
    return replace(invoice, number=text or invoice.number, issued_on=issued)


def _line(session: Session, text: str) -> tuple[str, Money]:
    kind, equals, amount = text.partition("=")
    if not equals:
        raise InvalidInput(
            mark("--line takes KIND=AMOUNT, not {text}."), mark("--line plan=70USD"), text=text
        )
    return kind.strip().lower(), _sum(session, amount)


def _sum(session: Session, text: str) -> Money:
    return money(text, default=session.settings.get("currency"), language=session.language, signed=True)
