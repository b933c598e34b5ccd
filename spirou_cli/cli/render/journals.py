"""A bill as entries of plain-text accounting: every line against what is owed to its provider."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from spirou_cli.domain.billing.currency import Rate
from spirou_cli.domain.billing.lines import LineState
from spirou_cli.domain.billing.statement import Row
from spirou_cli.domain.money import minor_digits
from spirou_cli.service.bills import Report

__all__ = ["beancount", "hledger"]


def hledger(found: Report) -> Iterator[str]:
    """Entries for hledger (journal format, hledger manual «Transactions», «P directive»)."""
    for money in found.totals:  # else a rate's digits would become those of the sums
        example = "1000." + "0" * minor_digits(money.currency)
        yield f"commodity {example} {money.currency}"
    for rate in _rates(found):
        yield f"P {rate.on.isoformat()} {rate.base} {rate.value:f} {rate.quote}"
    for row in _rows(found):
        item = row.line
        provider, kind = _word(item.provider), item.kind.value
        flag = "! " if item.state is LineState.ESTIMATE else ""
        yield ""
        yield f"{item.on.isoformat()} {flag}{provider} | {kind}  ; line: {_comment(item.id)}"
        yield f"    expenses:delegation:{provider}:{kind}  {item.amount}"
        yield f"    liabilities:delegation:{provider}  {-item.amount}"


def beancount(found: Report) -> Iterator[str]:
    """Entries for beancount (its language syntax: accounts are opened, their parts are capitalized)."""
    rows = list(_rows(found))
    accounts: dict[str, str] = {}
    for row in rows:
        for name in _accounts(row):
            accounts.setdefault(name, row.line.on.isoformat())
            accounts[name] = min(accounts[name], row.line.on.isoformat())
    for name, since in sorted(accounts.items()):
        yield f"{since} open {name}"
    for rate in _rates(found):
        yield f"{rate.on.isoformat()} price {rate.base} {rate.value:f} {rate.quote}"
    for row in rows:
        item = row.line
        expense, owed = _accounts(row)
        flag = "!" if item.state is LineState.ESTIMATE else "*"
        yield ""
        yield f'{item.on.isoformat()} {flag} "{_quoted(item.provider)}" "{item.kind.value}"'
        yield f'  line: "{_quoted(item.id)}"'
        yield f"  {expense}  {item.amount}"
        yield f"  {owed}  {-item.amount}"


def _rows(found: Report) -> Iterator[Row]:
    shown = {row.provider for row in found.rows}
    rows = [row for each in found.bill.providers if each.provider in shown for row in each.statement.rows]
    yield from sorted(rows, key=lambda row: (row.line.on, row.line.provider, row.line.id))


def _rates(found: Report) -> Iterable[Rate]:
    return sorted(found.converted.rates, key=lambda rate: (rate.on, rate.base, rate.quote))


def _accounts(row: Row) -> tuple[str, str]:
    provider = _capital(row.line.provider)
    kind = _capital(row.line.kind.value)
    return f"Expenses:Delegation:{provider}:{kind}", f"Liabilities:Delegation:{provider}"


def _word(name: str) -> str:
    """A part of an account's name: no mark that ends a name, begins a comment or parts accounts."""
    return re.sub(r"[^\w.-]+", "-", name).strip("-") or "provider"


def _capital(name: str) -> str:
    """A part of a beancount account: letters, digits and dashes, a capital or a digit first."""
    word = re.sub(r"[^A-Za-z0-9-]+", "-", name).strip("-") or "Provider"
    return word[0].upper() + word[1:]


def _comment(text: str) -> str:
    return re.sub(r"[\s,]+", " ", text)


def _quoted(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')
