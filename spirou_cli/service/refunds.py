"""What may be given back of a charge: asked before a refund of it is told, or changed."""

from __future__ import annotations

import sqlite3
from datetime import date, timedelta

from spirou_cli.domain.billing.lines import Line, LineKind
from spirou_cli.domain.billing.refunds import left_of
from spirou_cli.domain.errors import InvalidInput, mark
from spirou_cli.domain.money import Money
from spirou_cli.domain.plan import Span
from spirou_cli.service import billing
from spirou_cli.service.context import Context
from spirou_cli.service.plans import local_day

__all__ = ["line_to_give_back", "must_be_left"]


def line_to_give_back(context: Context, provider: str, name: str, amount: Money, on: date) -> Line:
    """A charge on the provider's bills, by its id or an ending of it, of which ``amount`` may be given back.

    InvalidInput where no line, or more than one, is called so, where less of it is left, and before its day.
    """
    with context.read() as connection:
        lines = _lines(connection, context, provider)
    exact = [line for line in lines if line.id == name]
    found = exact or [line for line in lines if line.id.endswith(name)]
    if len(found) != 1:
        raise InvalidInput(
            mark("{count} lines of {provider}'s bills end in {name}."),
            mark("spirou bill --to-provider {provider} --json   has their names"),
            count=len(found),
            provider=provider,
            name=name,
        )
    line = found[0]
    if line.kind is LineKind.TAX:
        raise InvalidInput(mark("Tax goes with the line it is on: give that line back, without its tax."))
    if on < line.on:
        raise InvalidInput(
            mark("{line} is of {day}: nothing of it can be given back before."),
            mark("spirou charge refund {provider} {amount} --of {line} --on {day}"),
            line=line.id,
            day=line.on.isoformat(),
            provider=provider,
            amount=str(amount).replace(" ", ""),
        )
    _must_be_left(lines, line, amount)
    return line


def must_be_left(
    connection: sqlite3.Connection, context: Context, provider: str, name: str, amount: Money
) -> None:
    """InvalidInput where less than ``amount`` is left of the line of that id, if there still is one."""
    lines = _lines(connection, context, provider)
    for line in lines:
        if line.id == name:
            _must_be_left(lines, line, amount)


def _must_be_left(lines: list[Line], line: Line, amount: Money) -> None:
    left = left_of(line, lines)
    if amount.currency != left.currency or amount.minor > left.minor:
        raise InvalidInput(
            mark("Of {line}, {left} is left to give back."),
            mark("without --of, a refund may be of anything"),
            line=line.id,
            left=str(left),
        )


def _lines(connection: sqlite3.Connection, context: Context, provider: str) -> list[Line]:
    """Every line of the provider's bills so far."""
    book = billing.book(connection, context)
    day = local_day(context)
    account = book.accounts.get(provider)
    ever = Span(date(1970, 1, 1), day + timedelta(days=1))
    made = billing.make(book, ever, as_of=day, only=provider).providers if account else ()
    return [row.line for each in made for row in each.statement.rows]
