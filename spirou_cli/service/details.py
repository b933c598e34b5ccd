"""What stands behind a provider's bill: time by task, allowances, packs, coupons, invoices compared."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Iterator, Sequence

from spirou_cli.domain import moneyfacts as m
from spirou_cli.domain.billing.bill import Bill, ProviderBill
from spirou_cli.domain.billing.packs import PackBalance
from spirou_cli.domain.billing.plain import to_plain
from spirou_cli.domain.plan import Coupon, HourPack, Span
from spirou_cli.domain.record import record
from spirou_cli.storage import ledger, rows

__all__ = ["CouponUse", "Details", "Grant", "PackUse", "TaskTime", "details", "fingerprint"]


@record
class TaskTime:
    """Time of one task in the span; no number where the task isn't known any more."""

    number: int | None
    title: str
    raw_s: int
    billed_s: int


@record
class Grant:
    """What became of a period's included time or requests: in + granted = drawn + lapsed + carried.

    ``running``: the period isn't over, so what is lapsed or carried is what will be if nothing more is used.
    """

    days: Span
    unit: str
    carried_in: int
    granted: int
    drawn: int
    lapsed: int
    carried_out: int
    beyond: int
    running: bool


@record
class PackUse:
    """A pack, and what became of its time by the day of the bill."""

    pack: HourPack
    balance: PackBalance


@record
class CouponUse:
    """A coupon, the charges it worked on, and how many it has left where it counts them."""

    coupon: Coupon
    uses: int
    left: int | None


@record
class Details:
    """All of it for one provider in a span; ``checks`` are the invoices of months in the span."""

    provider: str
    tasks: tuple[TaskTime, ...]
    grants: tuple[Grant, ...]
    packs: tuple[PackUse, ...]
    coupons: tuple[CouponUse, ...]
    checks: tuple[m.InvoiceChecked, ...]


def details(connection: sqlite3.Connection, each: ProviderBill, account_id: str, span: Span) -> Details:
    """What stands behind one provider's bill."""
    account, balances = each.ledger.account, each.ledger.packs
    checked = ledger.entries(connection, account_id, kinds=(m.InvoiceChecked,))
    return Details(
        each.provider,
        tuple(_tasks(connection, each, span)),
        tuple(_grants(each, span)),
        tuple(PackUse(pack, balances[pack.id]) for pack in account.packs),
        tuple(_coupons(each)),
        tuple(
            entry.fact
            for entry in checked
            if isinstance(entry.fact, m.InvoiceChecked) and entry.fact.month.start in span
        ),
    )


def fingerprint(bill: Bill) -> str:
    """A SHA-256 of what the bill was computed from: the same facts give the same, in whatever order."""
    accounts = [_sorted(to_plain(each.ledger.account)) for each in bill.providers]
    statements = [each.statement for each in bill.providers]
    rates = {
        rate
        for statement in statements
        for row in statement.rows
        if row.exchange is not None
        for rate in row.exchange.rates
    }
    made_of = {
        "from": bill.span.start.isoformat(),
        "until": bill.span.end.isoformat(),
        "reporting": bill.statement.reporting,
        "accounts": accounts,
        "rates": _sorted([to_plain(rate) for rate in rates]),
    }
    return hashlib.sha256(_canonical(made_of).encode()).hexdigest()


def _tasks(connection: sqlite3.Connection, each: ProviderBill, span: Span) -> Iterator[TaskTime]:
    sums: dict[str, tuple[int, int]] = {}
    for item in each.ledger.time.work:
        if item.on in span:
            raw, billed = sums.get(item.task, (0, 0))
            sums[item.task] = raw + item.raw_s, billed + item.billed_s
    found = []
    for task_id, (raw, billed) in sums.items():
        task = rows.task(connection, task_id)
        found.append(TaskTime(task.number if task else None, task.title if task else "", raw, billed))
    yield from sorted(found, key=lambda time: time.number or 0)


def _grants(each: ProviderBill, span: Span) -> Iterator[Grant]:
    """Periods that touch the span, of time and of requests."""
    settled = [(term.term, "second", term.settled) for term in each.ledger.time.terms]
    settled += [(term, "request", counted) for term, counted in each.ledger.requests]
    for term, unit, told in settled:
        days = term.period.span
        begun = days.clip(span).days and days.start <= each.ledger.as_of
        if told is None or not begun or not (told.granted or told.carried_in):
            continue
        yield Grant(
            days,
            unit,
            told.carried_in,
            told.granted,
            told.drawn_carried + told.drawn_granted,
            told.expired,
            told.carried_out,
            told.overage,
            not term.over(each.ledger.as_of),
        )


def _coupons(each: ProviderBill) -> Iterator[CouponUse]:
    for coupon in each.ledger.account.coupons:
        uses = each.ledger.uses(coupon.id)
        yield CouponUse(coupon, uses, None if coupon.cycles is None else max(coupon.cycles - uses, 0))


def _sorted(value: object) -> object:
    """A plain value whose lists are in an order of their own."""
    if isinstance(value, dict):
        return {key: _sorted(item) for key, item in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return sorted((_sorted(item) for item in value), key=_canonical)
    return value


def _canonical(value: object) -> str:
    return json.dumps(value, ensure_ascii=True, separators=(",", ":"), sort_keys=True)
