"""Budgets: how much of each is spent and promised this month, and what that allows."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from fractions import Fraction
from typing import TYPE_CHECKING

from spirou_cli.domain import moneyfacts as m
from spirou_cli.domain.billing.bill import Bill
from spirou_cli.domain.billing.budget import Budget
from spirou_cli.domain.billing.currency import Rates
from spirou_cli.domain.billing.lines import task_weights
from spirou_cli.domain.billing.periods import day_start
from spirou_cli.domain.billing.worktime import TimeEntry
from spirou_cli.domain.errors import InvalidInput, NoSuchThing, mark
from spirou_cli.domain.fit import BudgetLeft
from spirou_cli.domain.money import Money, allocate, by_currency, total
from spirou_cli.domain.record import record, replace
from spirou_cli.domain.states import UNSENT, TaskState
from spirou_cli.domain.task import Task
from spirou_cli.service import billing, plans, prices
from spirou_cli.service.context import Context
from spirou_cli.service.lookup import named
from spirou_cli.service.standing import BudgetStanding, Named
from spirou_cli.storage import accounts, ledger, queries, rows, tallies
from spirou_cli.storage.accounts import Account

if TYPE_CHECKING:
    from spirou_cli.storage.log import Log

__all__ = [
    "ALL",
    "BudgetStanding",
    "Crossing",
    "Named",
    "cross",
    "in_force",
    "left",
    "listing",
    "scope_named",
    "scope_of",
    "set_budget",
    "standings",
    "this_month",
    "unset_budget",
]

ALL = "all"


@record
class Crossing:
    """A threshold that was reached just now, for the first time this month."""

    named: Named
    part: Fraction


def scope_of(*, account: Account | None = None, project: str = "", tag: str = "") -> str:
    """The word by which a budget's scope is kept: an account by its id, which a rename leaves."""
    if account is not None:
        return f"provider:{account.id}"
    return f"project:{project}" if project else f"tag:{tag}" if tag else ALL


def scope_named(context: Context, *, to: str = "", project: str = "", tag: str = "") -> str:
    """The scope of what was typed; InvalidInput for more than one."""
    if sum(map(bool, (to, project, tag))) > 1:
        raise InvalidInput(mark("A limit is of one thing: --to, --project or --tag."))
    with context.read() as connection:
        account = named(connection, to) if to else None
    return scope_of(account=account, project=project, tag=tag)


def listing(context: Context) -> list[Named]:
    """Every budget and this month."""
    with context.read() as connection:
        return this_month(connection, context)


def this_month(connection: sqlite3.Connection, context: Context) -> list[Named]:
    """The same inside a read."""
    found = standings(connection, context, plans.local_day(context))
    return [_named(connection, standing) for standing in found]


def set_budget(context: Context, budget: Budget, *, ask: bool) -> Named:
    """Set a limit in the place of the one that its scope has; where it stands now."""
    with context.write() as log:
        fact = m.BudgetSet(budget, ask)
        ledger.append(log, None, fact)
        (standing,) = standings(log.connection, context, plans.local_day(context), [fact])
        return _named(log.connection, standing)


def unset_budget(context: Context, scope: str) -> Named:
    """Take a limit away; as it stood. NoSuchThing if there is none."""
    with context.write() as log:
        facts = ledger.entries(log.connection, kinds=(m.BudgetSet, m.BudgetUnset))
        found = [f for f in in_force(entry.fact for entry in facts) if f.budget.scope == scope]
        if not found:
            raise NoSuchThing(mark("No such limit is set."), mark("spirou budget show"))
        (standing,) = standings(log.connection, context, plans.local_day(context), found)
        ledger.append(log, None, m.BudgetUnset(scope))
        return _named(log.connection, standing)


def in_force(facts: Iterable[m.MoneyFact]) -> list[m.BudgetSet]:
    """The budgets that stand, one a scope, in the order in which they were set."""
    found: dict[str, m.BudgetSet] = {}
    for fact in facts:
        match fact:
            case m.BudgetSet(budget=budget):
                found.pop(budget.scope, None)
                found[budget.scope] = fact
            case m.BudgetUnset(scope=scope):
                found.pop(scope, None)
    return list(found.values())


def standings(
    connection: sqlite3.Connection, context: Context, day: date, wanted: Sequence[m.BudgetSet] | None = None
) -> list[BudgetStanding]:
    """The month of ``day`` against each budget, or each of those ``wanted``."""
    if wanted is None:
        kinds = (m.BudgetSet, m.BudgetUnset)
        wanted = in_force(entry.fact for entry in ledger.entries(connection, kinds=kinds))
    if not wanted:
        return []
    book = billing.book(connection, context, span=billing.month_span(day))
    opened = list(_open(connection))
    months: dict[str, _Month] = {}
    found = []
    for fact in wanted:
        currency = fact.budget.limit.currency
        if currency not in months:
            months[currency] = _month(replace(book, reporting=currency), opened, day)
        found.append(_standing(connection, fact, months[currency]))
    return found


def left(
    connection: sqlite3.Connection,
    context: Context,
    account: Account,
    day: date,
    *,
    project: str = "",
    tags: Sequence[str] = (),
    currency: str = "",
) -> tuple[BudgetLeft, ...]:
    """What each hard budget that a task falls under leaves, in ``currency`` where a rate is known."""
    scopes = {ALL, f"provider:{account.id}", *(f"tag:{tag}" for tag in tags)}
    scopes |= {f"project:{project}"} if project else set()
    facts = ledger.entries(connection, kinds=(m.BudgetSet, m.BudgetUnset))
    wanted = [
        fact
        for fact in in_force(entry.fact for entry in facts)
        if fact.budget.hard and fact.budget.scope in scopes
    ]
    if not wanted:
        return ()
    rates = billing.rates_of(connection, context)
    return tuple(
        BudgetLeft(_in(rates, standing.left, currency, day), standing.asks, standing.lacking)
        for standing in standings(connection, context, day, wanted)
    )


def cross(context: Context, log: Log, day: date) -> list[Crossing]:
    """The thresholds reached since the last time, told once a month; a higher one hides those below it."""
    month = billing.month_span(day)
    facts = ledger.entries(log.connection, kinds=(m.BudgetReached,))
    told = {
        (fact.scope, Fraction(fact.part))
        for fact in (entry.fact for entry in facts)
        if isinstance(fact, m.BudgetReached) and fact.month == month
    }
    crossed = []
    for standing in standings(log.connection, context, day):
        scope = standing.budget.scope
        new = [part for part in standing.budget.thresholds if Fraction(part) in standing.reached]
        new = [part for part in new if (scope, Fraction(part)) not in told]
        for part in new:
            ledger.append(log, None, m.BudgetReached(scope, month, part))
        if new:
            crossed.append(Crossing(_named(log.connection, standing), Fraction(max(new))))
    return crossed


def _named(connection: sqlite3.Connection, standing: BudgetStanding) -> Named:
    kind, _, name = standing.budget.scope.partition(":")
    account = accounts.account(connection, name) if kind == "provider" else None
    return Named(standing, account.name if account else name)


@record
class _Month:
    """A month in a budget's currency: its bill, what each open task may still cost, and the bill with that.

    ``used_up`` is the bill as if open tasks without a limit of cost had used all their time.
    """

    book: billing.Book
    bill: Bill
    used_up: Bill
    promises: tuple[tuple[Task, Money], ...]


def _month(book: billing.Book, opened: Sequence[_Open], day: date) -> _Month:
    span = billing.month_span(day)
    bill = billing.make(book, span, as_of=day)
    longer = _used_up(book, opened, day)
    costs: dict[str, list[Money]] = {}
    for task_id, part in _parts(bill) if opened else ():
        costs.setdefault(task_id, []).append(part)
    promises = [
        (each.task, _promised(each, costs.get(each.task.id, ()), book, day)) for each in opened if each.limit
    ]
    used_up = bill if longer is book else billing.make(longer, span, as_of=day)
    return _Month(book, bill, used_up, tuple(promises))


def _used_up(book: billing.Book, opened: Iterable[_Open], day: date) -> billing.Book:
    """The book as if each task with only a limit of time had used all of it: how much that costs at most."""
    accounts = dict(book.accounts)
    for each in opened:
        left = (each.task.max_time_s or 0) - (each.used.seconds or 0)
        account = accounts.get(book.names.get(each.task.account_id or "", ""))
        if each.limit is None and left > 0 and account is not None:
            start = day_start(day, account.zone)
            entry = TimeEntry(f"{each.task.id}-left", each.task.id, start, start + timedelta(seconds=left))
            accounts[account.provider] = replace(account, entries=(*account.entries, entry))
    return replace(book, accounts=accounts) if accounts != book.accounts else book


def _standing(connection: sqlite3.Connection, fact: m.BudgetSet, month: _Month) -> BudgetStanding:
    kind, _, name = fact.budget.scope.partition(":")
    currency = fact.budget.limit.currency
    spent, _ = _spent(connection, month.bill, month.book, kind, name)
    at_most, apart = _spent(connection, month.used_up, month.book, kind, name)
    promises = [money for task, money in month.promises if _under(task, kind, name)]
    promised = total((money for money in promises if money.currency == currency), currency)
    promised += Money(max(0, at_most.minor - spent.minor), currency)
    apart += [money for money in promises if money.currency != currency]
    unconverted = tuple(money for money in by_currency(apart) if money.minor)
    return BudgetStanding(fact.budget, fact.ask, spent, promised, unconverted)


def _spent(
    connection: sqlite3.Connection, bill: Bill, book: billing.Book, kind: str, name: str
) -> tuple[Money, list[Money]]:
    """What of a bill is within a scope, and what of that has no rate."""
    match kind:
        case "provider":
            owner = book.names.get(name, "")
            statements = [each.statement for each in bill.providers if each.provider == owner]
            spent = total((each.reporting_cost for each in statements), bill.statement.reporting)
            return spent, [money for each in statements for money in each.unconverted.values()]
        case "project" | "tag":
            return _cut(connection, bill, kind, name)
    return bill.statement.total, list(bill.statement.unconverted.values())


def _cut(connection: sqlite3.Connection, bill: Bill, kind: str, name: str) -> tuple[Money, list[Money]]:
    """The part of a bill that belongs to the tasks of a project or with a tag; fees belong to none."""
    spent, apart = Money(0, bill.statement.reporting), list[Money]()
    inside: dict[str, bool] = {"": False}
    for task_id, part in _parts(bill):
        if task_id not in inside:
            task = rows.task(connection, task_id)
            inside[task_id] = task is not None and _under(task, kind, name)
        if inside[task_id] and part.currency == spent.currency:
            spent += part
        elif inside[task_id]:
            apart.append(part)
    return spent, apart


def _parts(bill: Bill) -> Iterator[tuple[str, Money]]:
    """What each line cost for each task, in its own currency where no rate is known."""
    for provider in bill.providers:
        by_id = {item.id: item for item in provider.ledger.lines}
        for row in provider.statement.rows:
            weights = task_weights(row.line, by_id)
            yield from zip(weights, allocate(row.counted, list(weights.values())), strict=True)


def _under(task: Task, kind: str, name: str) -> bool:
    match kind:
        case "provider":
            return task.account_id == name
        case "project":
            return task.project == name
        case "tag":
            return name in task.tags
    return True


@record
class _Open:
    """A task that a provider has or is about to get, what it costs so far, and its price if it has one."""

    task: Task
    used: queries.Totals
    price: Money | None

    @property
    def limit(self) -> Money | None:
        return self.price or self.task.max_cost


def _open(connection: sqlite3.Connection) -> Iterator[_Open]:
    """Those of which it is known what they may cost, or how long they may take."""
    leaving = tallies.open_ops(connection)
    agreed = prices.agreed(connection)
    there = [
        (task, fixed)
        for task in queries.open_tasks(connection)
        if (fixed := agreed.get((task.account_id or "", task.id))) or task.max_cost or task.max_time_s
        if task.state not in UNSENT or (task.state is TaskState.QUEUED and task.id in leaving)
        if task.state not in _OVER
    ]
    totals = queries.totals(connection, [task.id for task, _ in there])
    for task, fixed in there:
        yield _Open(task, totals.get(task.id, queries.Totals()), fixed.price if fixed else None)


_OVER = frozenset({TaskState.REJECTED, TaskState.FAILED, TaskState.EXPIRED})


def _promised(each: _Open, billed: Iterable[Money], book: billing.Book, day: date) -> Money:
    """What a task may still cost: its price, or what is left under its limit, never below nothing.

    What it cost is what the bill has of it, or what its provider told, whichever is more. In the limit's
    own currency where no rate is known.
    """
    limit = each.limit or Money(0, book.reporting)
    amount = _in(book.rates, limit, book.reporting, day)
    if each.price:
        return amount
    told = total((cost for cost in each.used.costs if cost.currency == limit.currency), limit.currency)
    known = total((cost for cost in billed if cost.currency == amount.currency), amount.currency)
    used = max(known.minor, _in(book.rates, told, book.reporting, day).minor)
    return Money(max(0, amount.minor - used), amount.currency)


def _in(rates: Rates, amount: Money, currency: str, day: date) -> Money:
    return (currency and rates.convert(amount, currency, day).amount) or amount
