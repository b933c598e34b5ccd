"""What a person tells about money: packs, coupons, purchases, refunds, payments; and takes back."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from datetime import date
from typing import TypeVar

from spirou_cli.domain import moneyfacts as m
from spirou_cli.domain.billing.account import OtherCharge
from spirou_cli.domain.billing.adjustments import Refund
from spirou_cli.domain.billing.expenses import Expense
from spirou_cli.domain.billing.fixed_price import FixedTask
from spirou_cli.domain.billing.lines import LineKind
from spirou_cli.domain.entries import amount_of, day_of
from spirou_cli.domain.errors import InvalidInput, NoSuchThing, mark
from spirou_cli.domain.holding import holding, versions
from spirou_cli.domain.money import Money, total
from spirou_cli.domain.plan import HourPack
from spirou_cli.domain.record import record, replace
from spirou_cli.service import billing, refunds
from spirou_cli.service.context import Context
from spirou_cli.service.lookup import ever_named, find
from spirou_cli.service.plans import local_day
from spirou_cli.storage import accounts, ledger, work
from spirou_cli.storage.log import Log

__all__ = [
    "Told",
    "Wanted",
    "agree",
    "change",
    "pay",
    "remove",
    "tell",
    "tell_all",
    "told",
]


@record
class Told:
    """A fact of money as it stands, with its number in the log."""

    seq: int
    provider: str
    fact: m.MoneyFact
    task: int | None = None
    """The number of the task it is about."""
    closed: int | None = None
    """The number of the entry that closed the month it is in: such a month keeps its lines."""


@record
class Wanted:
    """A fact to tell: ``make`` gets its number and its task's id ("" for none) and gives the fact."""

    provider: str
    make: Callable[[str, str], m.MoneyFact]
    task: str = ""


def tell(context: Context, wanted: Wanted) -> Told:
    """Record a fact about a provider's money."""
    return tell_all(context, [wanted])[0]


def pay(context: Context, provider: str, paid: m.MonthPaid) -> tuple[Told, Money | None]:
    """Record that a month is paid, and what of it remains: below 0 for what was too much.

    None where no amount was told, or in a currency that the month has no charge in. A month that hasn't
    begun has nothing to pay.
    """
    day = local_day(context)
    if paid.month.start > day:
        raise InvalidInput(
            mark("{month} hasn't begun: there is nothing to pay for it yet."),
            mark("spirou bill -m {month}   shows what is scheduled"),
            month=f"{paid.month.start:%Y-%m}",
        )
    done = tell(context, Wanted(provider, lambda number, task_id: paid))
    with context.read() as connection:
        book = billing.book(connection, context, span=paid.month)
    made = billing.make(book, paid.month, as_of=day, only=done.provider).providers
    told = [
        entry.fact.amount
        for entry in book.entries
        if isinstance(entry.fact, m.MonthPaid)
        and (entry.fact.month, book.names.get(entry.account_id or "")) == (paid.month, done.provider)
    ]
    owed = made[0].statement.totals if made else {}
    if paid.amount is None or paid.amount.currency not in owed:
        return done, None
    currency = paid.amount.currency
    given = total((amount for amount in told if amount and amount.currency == currency), currency)
    return done, owed[currency] - given


def tell_all(context: Context, wanted: list[Wanted], *, dry_run: bool = False) -> list[Told]:
    """Record facts, all or none; of ``dry_run`` only what they would be."""
    try:
        with context.write() as log:
            done = [_tell(log, one) for one in wanted]
            if dry_run:
                raise _Rehearsed(done)
            return done
    except _Rehearsed as rehearsed:
        return rehearsed.told


class _Rehearsed(Exception):
    """Carries the answer out of a transaction that must not be committed."""

    def __init__(self, told: list[Told]) -> None:
        super().__init__()
        self.told = told


def agree(
    context: Context, reference: str, price: Money, cancel_fee: Money | None, on: date
) -> tuple[Told, Told | None]:
    """A price of a task's own, with the provider it goes to; and the one that it takes the place of."""
    with context.write() as log:
        task = find(log.connection, reference)
        if task.account_id is None:
            raise InvalidInput(
                mark("Task {number} has no provider yet."),
                mark("spirou send {number} --to PROVIDER"),
                number=task.number,
            )
        known = ledger.entries(log.connection, task.account_id, kinds=(m.PriceAgreed,))
        before = next((entry for entry in known if _task_of(entry.fact) == task.id), None)
        if before is not None:
            ledger.append(log, before.account_id, m.TakenBack(before.seq))
        fact = m.PriceAgreed(FixedTask(task.id, price, cancel_fee=cancel_fee), on)
        entry = _entry(log.connection, ledger.append(log, task.account_id, fact))
        return _told(log.connection, entry), _told(log.connection, before) if before else None


def told(
    context: Context, *, provider: str = "", first: date | None = None, last: date | None = None
) -> list[Told]:
    """The facts that stand, by number; those with a date only within the days asked for, both included."""
    with context.read() as connection:
        account_id = ever_named(connection, provider).id if provider else None
        found = [
            _told(connection, entry)
            for entry in ledger.entries(connection, account_id)
            if account_id is None or entry.account_id == account_id
        ]
    inside = (each for each in found if not isinstance(each.fact, m.BudgetReached))
    return [each for each in inside if _within(day_of(each.fact), first, last)]


def remove(context: Context, seq: int, *, kinds: tuple[type[m.MoneyFact], ...] = ()) -> list[Told]:
    """Take a fact back by a counter-entry; a plan goes with the subscription that was told with it.

    NoSuchThing for one that isn't of ``kinds``, if some are named.
    """
    with context.write() as log:
        entry = _entry(log.connection, seq)
        if kinds and not isinstance(entry.fact, kinds):
            raise NoSuchThing(mark("Entry {number} is no exchange rate."), mark("spirou fx list"), number=seq)
        together = [entry]
        if isinstance(entry.fact, m.PlanAdopted):
            others = ledger.entries(log.connection, entry.account_id, kinds=(m.Subscribed,))
            together += [e for e in others if e.at == entry.at and e.account_id == entry.account_id]
        gone = [_told(log.connection, each) for each in together]
        for each in together:
            ledger.append(log, each.account_id, m.TakenBack(each.seq))
        return gone


def change(
    context: Context,
    seq: int,
    *,
    amount: Money | None = None,
    on: date | None = None,
    note: str | None = None,
    task: str | None = None,
) -> tuple[Told, Told]:
    """Say a fact anew: the old one is taken back. What it was, and what it is.

    InvalidInput for what couldn't have been told so.
    """
    with context.write() as log:
        entry = _entry(log.connection, seq)
        task_id = find(log.connection, task).id if task else task
        try:
            fact = _changed(entry.fact, amount, on, note, task_id)
        except ValueError as error:  # such as a price in another currency than its cancel fee
            raise InvalidInput(mark("That can't be said of it: {why}."), why=str(error)) from error
        before = _told(log.connection, entry)
        ledger.append(log, entry.account_id, m.TakenBack(seq))
        _can_be(fact)
        if isinstance(fact, m.RefundEntered) and fact.refund.undoes and amount:
            refunds.must_be_left(log.connection, context, before.provider, fact.refund.undoes, amount)
        new = ledger.append(log, entry.account_id, fact)
        return before, _told(log.connection, _entry(log.connection, new))


def _tell(log: Log, wanted: Wanted) -> Told:
    account = ever_named(log.connection, wanted.provider)
    task_id = find(log.connection, wanted.task).id if wanted.task else ""
    fact = wanted.make(str(ledger.next_number(log.connection)), task_id)
    _fits(log, account.id, fact)
    told = _told(log.connection, _entry(log.connection, ledger.append(log, account.id, fact)))
    return replace(told, closed=_closed(log.connection, account.id, fact))


def _closed(connection: sqlite3.Connection, account_id: str, fact: m.MoneyFact) -> int | None:
    """The entry that closed the month in which a fact would make a line."""
    day = day_of(fact)
    lines = (m.ChargeEntered, m.ExpenseEntered, m.RefundEntered, m.PackBought, m.AbsenceNoted)
    if day is None or not isinstance(fact, lines):
        return None
    for entry in ledger.entries(connection, account_id, kinds=(m.MonthClosed,)):
        own = entry.account_id == account_id
        if own and isinstance(entry.fact, m.MonthClosed) and day in entry.fact.closed.month:
            return entry.seq
    return None


def _fits(log: Log, account_id: str, fact: m.MoneyFact) -> None:
    """A coupon's code is its name: the same one twice would be one coupon. Only a seat can be empty.

    What takes something off, or gives something back, is in a currency that something is charged in.
    """
    _can_be(fact)
    if isinstance(fact, m.CouponRedeemed) and fact.coupon.amount is not None:
        _charged_in(log, account_id, fact.coupon.amount.currency, plan_alone=True)
    if isinstance(fact, m.RefundEntered):
        _charged_in(log, account_id, fact.refund.amount.currency)
    if isinstance(fact, m.AbsenceNoted):
        facts = [
            e.fact for e in ledger.entries(log.connection, account_id, kinds=(m.PlanAdopted, m.Subscribed))
        ]
        held = holding(facts, fact.absence.on)
        if held is None or not held.version.scheduled_s:
            raise InvalidInput(
                mark("No dedicated assistant is held then: an absence changes nothing."),
                mark("spirou plan adopt PROVIDER --seat 87h"),
            )
    if isinstance(fact, m.CouponRedeemed):
        known = ledger.entries(log.connection, account_id, kinds=(m.CouponRedeemed,))
        for entry in known:
            same = isinstance(entry.fact, m.CouponRedeemed) and entry.fact.coupon.id == fact.coupon.id
            if same and entry.account_id == account_id:
                raise InvalidInput(
                    mark("The coupon {coupon} was told before."),
                    mark("spirou charge remove {number}   then tell it anew"),
                    coupon=fact.coupon.id,
                    number=entry.seq,
                )


def _can_be(fact: m.MoneyFact) -> None:
    """InvalidInput for a purchase whose fee is in another currency: one line has one."""
    if isinstance(fact, m.ExpenseEntered) and fact.expense.foreign_fee:
        raise InvalidInput(
            mark("A purchase and the fee for it are in one currency, not {cost} and {fee}."),
            mark('spirou charge add PROVIDER "{fee}"   is a charge of its own'),
            cost=str(fact.expense.cost),
            fee=str(fact.expense.fixed_fee),
        )


def _charged_in(log: Log, account_id: str, currency: str, *, plan_alone: bool = False) -> None:
    """InvalidInput where all that is known to be charged is in other currencies."""
    own = [e.fact for e in ledger.entries(log.connection, account_id) if e.account_id == account_id]
    known = {version.currency for version in versions(own)}
    if not plan_alone:
        known |= {amount.currency for fact in own if (amount := amount_of(fact)) is not None}
        known |= work.cost_currencies(log.connection, account_id)
    if known and currency not in known:
        raise InvalidInput(
            mark("Nothing is charged in {currency}, so nothing can be taken off it: it is in {known}."),
            mark("Say the amount in {known}, as the provider does."),
            currency=currency,
            known=", ".join(sorted(known)),
        )


def _entry(connection: sqlite3.Connection, seq: int) -> ledger.Entry:
    for entry in ledger.entries(connection):
        if entry.seq == seq:
            return entry
    raise NoSuchThing(mark("No entry {number} stands."), mark("spirou charge list"), number=seq)


def _told(connection: sqlite3.Connection, entry: ledger.Entry) -> Told:
    from spirou_cli.storage.rows import task as task_by_id

    account = accounts.account(connection, entry.account_id) if entry.account_id else None
    task_id = _task_of(entry.fact)
    task = task_by_id(connection, task_id) if task_id else None
    return Told(entry.seq, account.name if account else "", entry.fact, task.number if task else None)


def _task_of(fact: m.MoneyFact) -> str | None:
    match fact:
        case m.ExpenseEntered(expense=Expense(task=task)) | m.ChargeEntered(charge=OtherCharge(task=task)):
            return task
        case m.PriceAgreed(task=FixedTask(id=task)):
            return task
    return None


def _within(day: date | None, first: date | None, last: date | None) -> bool:
    if day is None:
        return first is None and last is None
    return (first is None or first <= day) and (last is None or day <= last)


def _changed(
    fact: m.MoneyFact, amount: Money | None, on: date | None, note: str | None, task: str | None
) -> m.MoneyFact:
    """The fact with what was said of it; InvalidInput for what it doesn't have."""
    match fact:
        case m.ChargeEntered(charge=charge):
            if amount is not None and charge.kind is LineKind.CREDIT:
                amount = -amount
            return m.ChargeEntered(_replaced(charge, amount=amount, on=on, note=note, task=task))
        case m.ExpenseEntered(expense=expense):
            told = _replaced(expense, cost=amount, on=on, task=task)
            if told.cost != expense.cost:  # the card statement told of another amount
                told = replace(told, settled=None)
            return replace(fact, expense=told, note=fact.note if note is None else note)
        case m.RefundEntered(refund=refund) if task is None:
            told_refund = _replaced(refund, amount=amount, on=on)
            if told_refund.amount != refund.amount:
                told_refund = replace(told_refund, settled=None)
            return replace(fact, refund=told_refund, note=fact.note if note is None else note)
        case m.PriceAgreed(task=fixed) if task is None and note is None:
            return m.PriceAgreed(_replaced(fixed, price=amount), on or fact.on)
        case m.MonthPaid() if task is None:
            return _replaced(fact, amount=amount, on=on, note=note)
        case m.PackBought(pack=pack) if task is None and note is None:
            return m.PackBought(_replaced(pack, price=amount, bought_on=on))
    raise InvalidInput(
        mark("That can't be changed in this entry; take it back and tell it anew."),
        mark("spirou charge remove NUMBER"),
    )


T = TypeVar("T", bound=m.MoneyFact | OtherCharge | Expense | Refund | HourPack | FixedTask)


def _replaced(value: T, **said: Money | date | str | None) -> T:
    """``value`` with what was said; None leaves a field as it is."""
    return replace(value, **{name: new for name, new in said.items() if new is not None})
