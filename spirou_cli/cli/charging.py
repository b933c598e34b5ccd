"""What the charges have in common: their kinds, their month, and their rows in a file."""

from __future__ import annotations

import csv
import io
import re
from datetime import date, timedelta
from pathlib import Path

from spirou_cli.cli import arguments
from spirou_cli.cli.ranges import days
from spirou_cli.cli.session import Session
from spirou_cli.cli.terms import date_of, percent
from spirou_cli.domain import moneyfacts as m
from spirou_cli.domain.billing.account import OtherCharge
from spirou_cli.domain.billing.adjustments import Refund
from spirou_cli.domain.billing.expenses import Expense
from spirou_cli.domain.billing.lines import LineKind
from spirou_cli.domain.entries import KINDS, amount_of, day_of, note_of, word_of
from spirou_cli.domain.errors import InvalidInput, mark
from spirou_cli.domain.money import Money
from spirou_cli.domain.phrases.amounts import LARGEST
from spirou_cli.domain.phrases.numbers import NUMBER, exact
from spirou_cli.domain.plan import Coupon, Duration, Span
from spirou_cli.service import charges as service
from spirou_cli.service.charges import Told, Wanted

__all__ = ["coupon_of", "import_file", "month_of", "quantity", "word_kind"]


def month_of(session: Session, typed: str, *, default_last: bool = False) -> Span:
    """The month that was typed; without one this month, or the last."""
    chosen = days(session, month=typed, last_month=default_last and not typed)
    return Span(chosen.first, chosen.last + timedelta(days=1))


def word_kind(word: str, task: str = "") -> LineKind:
    """What a charge is for; without a word, its task or what was used."""
    if not word:
        return LineKind.TASK if task else LineKind.USAGE
    if word not in KINDS:
        raise InvalidInput(
            mark("A charge is for one of {known}, not {word}."),
            mark("spirou charge add PROVIDER 60USD --for plan"),
            known=", ".join(KINDS),
            word=word,
        )
    return KINDS[word]


def coupon_of(
    session: Session,
    code: str,
    off: str,
    on: date,
    *,
    charges: int = 0,
    until: str = "",
    forever: bool = False,
) -> Coupon:
    """A coupon of ``15%`` or ``10USD``, from ``on``; once if nothing else is said."""
    duration = Duration.FOREVER if forever else Duration.ONCE
    rate = percent(session, off) if off.strip().endswith("%") else None
    amount = None if rate is not None else arguments.cost(session, off)
    name = arguments.text_argument(code, "CODE", limit=64).strip()
    ends = date_of(session, until) + timedelta(days=1) if until else None
    if not name or not (rate or (amount and amount.minor)) or (ends is not None and ends <= on):
        raise InvalidInput(
            mark("Such a coupon takes nothing off: it needs a code, a discount, and days to work on."),
            mark("spirou charge coupon timesvr SAVE15 15% --charges 3"),
        )
    lasting = Duration.CYCLES if charges else Duration.UNTIL if until else duration
    return Coupon(name, on, rate, amount, lasting, charges or None, ends)


_QUANTITY = re.compile(rf"(?P<meter>[a-z][a-z0-9_]*)=(?P<number>{NUMBER})(?P<unit>[kM]?)")
_UNITS = {"": 1, "k": 1000, "M": 1_000_000}


def quantity(session: Session, text: str) -> tuple[str, int]:
    """``input=1.2M``: a meter and a whole number of its units."""
    match = _QUANTITY.fullmatch(text.strip())
    number = exact(match["number"], session.language) * _UNITS[match["unit"]] if match else None
    if match is None or number is None or number.denominator != 1 or number > LARGEST:
        raise InvalidInput(
            mark("“{text}” is not a number of something counted."),
            mark("spirou charge use 14 input=1.2M output=90k"),
            text=text,
        )
    return match["meter"], int(number)


def import_file(session: Session, path: Path, *, dry_run: bool) -> tuple[list[Told], int]:
    """Enter the rows of a file, all or none; what was entered before is counted and left out."""
    text = arguments.text_from(str(path), "FILE")
    try:
        rows = list(csv.DictReader(io.StringIO(text, newline=""), strict=True))
    except csv.Error as error:
        raise _bad(path, 1, str(error)) from error
    standing = {_same(told) for told in service.told(session.context)}
    wanted, known = [], 0
    for number, row in enumerate(rows, 2):
        try:
            one = _row(session, {name: (value or "").strip() for name, value in row.items() if name})
        except InvalidInput as error:
            raise _bad(path, number, session.words.error(error)[0]) from error
        (told,) = service.tell_all(session.context, [one], dry_run=True)
        if _same(told) in standing:
            known += 1
        else:
            wanted.append(one)
            standing.add(_same(told))
    return service.tell_all(session.context, wanted, dry_run=dry_run), known


def _row(session: Session, row: dict[str, str]) -> Wanted:
    lacking = [name for name in ("date", "provider", "kind", "amount") if not row.get(name)]
    if lacking:
        raise InvalidInput(mark("no {columns}"), columns=", ".join(lacking))
    try:
        day = date.fromisoformat(row["date"])
    except ValueError as error:
        raise InvalidInput(mark("{date} is no date such as 2026-03-20"), date=row["date"]) from error
    sum_ = row["amount"] + (f" {row['currency']}" if row.get("currency") else "")
    fact = _Row(
        day, row["kind"].lower(), arguments.cost(session, sum_), row.get("note", ""), row.get("receipt", "")
    )
    return Wanted(row["provider"], fact.fact, row.get("task", ""))


class _Row:
    """One row, which becomes a fact once it has its number."""

    def __init__(self, day: date, kind: str, amount: Money, note: str, receipt: str) -> None:
        self.day, self.kind, self.amount, self.note, self.receipt = day, kind, amount, note, receipt
        if kind not in (*KINDS, "expense", "refund", "credit"):
            word_kind(kind)

    def fact(self, number: str, task: str) -> m.MoneyFact:
        match self.kind:
            case "expense":
                bought = Expense(number, self.day, self.amount, task or None, receipt=self.receipt or None)
                return m.ExpenseEntered(bought, self.note)
            case "refund":
                return m.RefundEntered(Refund(number, self.day, self.amount), self.note)
            case "credit":
                gift = OtherCharge(number, self.day, LineKind.CREDIT, -self.amount, None, self.note)
                return m.ChargeEntered(gift)
        charge = OtherCharge(number, self.day, KINDS[self.kind], self.amount, task or None, self.note)
        return m.ChargeEntered(charge)


def _same(told: Told) -> tuple[str, str, date | None, Money | None, str, int | None]:
    """What tells two entries apart, whatever their numbers."""
    amount, note = amount_of(told.fact), note_of(told.fact)
    return told.provider, word_of(told.fact), day_of(told.fact), amount, note, told.task


def _bad(path: Path, number: int, why: str) -> InvalidInput:
    return InvalidInput(
        mark("{path}, line {number}: {why}. Nothing was entered."),
        mark("Columns: date, provider, kind, amount; and currency, task, note, receipt"),
        path=str(path),
        number=number,
        why=why.rstrip("."),
    )
