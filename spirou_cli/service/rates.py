"""Exchange rates as dated facts: told one by one, or taken from a file of the European Central Bank."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path

from spirou_cli.domain.billing.currency import Rate
from spirou_cli.domain.errors import InvalidInput, mark
from spirou_cli.domain.moneyfacts import PlanAdopted, RateSet, RatesImported
from spirou_cli.domain.record import record
from spirou_cli.service.context import Context
from spirou_cli.storage import ledger

__all__ = ["Dated", "add", "currencies_in_use", "import_ecb", "listing"]

_LARGEST = 20 * 1024 * 1024
_ECB = "ECB"


@record
class Dated:
    """A rate that stands, with the number of the fact that told it."""

    seq: int
    rate: Rate


def add(context: Context, rate: Rate) -> Dated:
    """Tell a rate; of one day, the last one told counts."""
    with context.write() as log:
        return Dated(ledger.append(log, None, RateSet(rate)), rate)


def listing(context: Context, pair: tuple[str, str] | None = None) -> list[Dated]:
    """The rates that stand, by day; of one pair, or all."""
    with context.read() as connection:
        found = []
        for entry in ledger.entries(connection, kinds=(RateSet, RatesImported)):
            match entry.fact:
                case RateSet(rate=rate):
                    found.append(Dated(entry.seq, rate))
                case RatesImported(rates=rates):
                    found += [Dated(entry.seq, rate) for rate in rates]
    wanted = (each for each in found if pair is None or (each.rate.base, each.rate.quote) == pair)
    return sorted(wanted, key=lambda each: (each.rate.on, each.rate.base, each.rate.quote, each.seq))


def currencies_in_use(context: Context) -> frozenset[str]:
    """The currencies of the plans and of the totals: whose rates are worth keeping."""
    with context.read() as connection:
        plans = [
            e.fact.version.currency
            for e in ledger.entries(connection, kinds=(PlanAdopted,))
            if isinstance(e.fact, PlanAdopted)
        ]
    preferred = context.settings.get("currency", "")
    return frozenset({*plans, preferred}) - {"", "EUR"}


def import_ecb(
    context: Context, path: Path, currencies: Iterable[str], *, since: date | None = None
) -> tuple[int, list[Rate]]:
    """Take the euro's rates of some currencies from a file as the ECB publishes it (eurofxref-hist.csv).

    They are one fact: its number, and the rates in it. What is known already isn't taken again.
    """
    data = _bytes(path)
    wanted = sorted(set(currencies))
    known = {(each.rate.on, each.rate.base, each.rate.quote): each.rate.value for each in listing(context)}
    new = [
        rate
        for rate in _rates(path, data, wanted)
        if (since is None or rate.on >= since) and known.get((rate.on, rate.base, rate.quote)) != rate.value
    ]
    if not new:
        return 0, []
    with context.write() as log:
        fact = RatesImported(tuple(new), hashlib.sha256(data).hexdigest())
        return ledger.append(log, None, fact), new


def _rates(path: Path, data: bytes, wanted: Sequence[str]) -> Iterator[Rate]:
    try:
        rows = csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline=""), skipinitialspace=True)
        heads = {name.strip(): name for name in rows.fieldnames or ()}
        unknown = [currency for currency in wanted if currency not in heads]
        if "Date" not in heads or unknown:
            raise _unreadable(path, ", ".join(unknown) or "Date")
        for row in sorted(rows, key=lambda row: row[heads["Date"]]):
            for currency in wanted:
                value = (row[heads[currency]] or "").strip()
                if value not in ("", "N/A"):
                    yield Rate(
                        date.fromisoformat(row[heads["Date"]].strip()), "EUR", currency, Decimal(value), _ECB
                    )
    except (UnicodeDecodeError, ValueError, InvalidOperation, csv.Error) as error:
        raise _unreadable(path, str(error)) from error


def _bytes(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            data = file.read(_LARGEST + 1)
    except OSError as error:
        raise _unreadable(path, error.strerror or "") from error
    if len(data) > _LARGEST:
        raise _unreadable(path, "> 20 MB")
    return data


def _unreadable(path: Path, why: str) -> InvalidInput:
    return InvalidInput(
        mark("{path} is no file of the ECB's rates: {why}."),
        mark("It has a column Date and one for each currency, as eurofxref-hist.csv has."),
        path=str(path),
        why=why,
    )
