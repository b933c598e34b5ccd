"""What an account's plan allows and costs now, read from the log."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from spirou_cli.domain.money import Money
from spirou_cli.domain.record import record
from spirou_cli.service.context import Context
from spirou_cli.storage import queries, tallies
from spirou_cli.storage.accounts import Account

if TYPE_CHECKING:
    from spirou_cli.domain.fit import Limits
    from spirou_cli.domain.holding import Holding
    from spirou_cli.domain.moneyfacts import MoneyFact
    from spirou_cli.domain.plan import HourPack

__all__ = [
    "Spend",
    "anything_told",
    "flat_accounts",
    "has_budgets",
    "limits",
    "local_day",
    "open_places",
    "spend_so_far",
]

# What follows is asked all day long: where no money was ever told, nothing of billing is loaded.


@record
class Spend:
    """The current month so far, each currency apart; estimates are marked."""

    first: str = ""
    last: str = ""
    totals: tuple[tuple[Money, str], ...] = ()
    """Amounts with their basis: billed, reported or estimated."""


def limits(
    connection: sqlite3.Connection,
    context: Context,
    account: Account,
    at: int,
    *,
    project: str = "",
    tags: Sequence[str] = (),
    currency: str = "",
    priced: bool = False,
) -> Limits:
    """The limits that fit checks before anything leaves, as they are at ``at`` (UTC milliseconds).

    ``project``, ``tags`` and the ``currency`` of its own limit are the task's, for the budgets.
    ``priced``: it has a price of its own, which the plan's fee doesn't pay for.
    """
    from spirou_cli.domain.fit import Limits

    if not tallies.money_told(connection):
        return Limits(paused=account.paused)
    from spirou_cli.service import budgets

    day = local_day(context, at)
    held, packs = _held(connection, account, day)
    flat = held is not None and held.version.flat and not priced
    return Limits(
        paused=account.paused,
        cap=held.version.task_cap if held else None,
        pack_s=_left_in_packs(connection, context, account, day) if held and packs else 0,
        open_tasks=held.version.open_limit if held else None,
        price_unknown=held is not None and held.version.priced_by_use and not packs,
        budgets=()
        if flat
        else budgets.left(connection, context, account, day, project=project, tags=tags, currency=currency),
        included=flat,
    )


def open_places(connection: sqlite3.Connection, account_id: str) -> int:
    """Tasks that take a place of the plan: known to be open there, or on their way."""
    from spirou_cli.storage import outbox

    return queries.places_taken(connection, account_id) + outbox.count_submits(connection, account_id)


def flat_accounts(connection: sqlite3.Connection, context: Context) -> set[str]:
    """Accounts whose plan has a fee, so that a task within its limits costs nothing more."""
    if not tallies.money_told(connection):
        return set()
    from spirou_cli.domain.holding import holding

    day = local_day(context)
    found = set()
    for account_id, facts in _plans(connection).items():
        held = holding(facts, day)
        if held is not None and held.version.fee and not held.version.usage:
            found.add(account_id)
    return found


def anything_told(connection: sqlite3.Connection, context: Context) -> bool:
    """Whether there is any money to speak of: a fact, or a cost of this month."""
    return tallies.money_told(connection) or _costs_since(connection, local_day(context).replace(day=1))


def spend_so_far(connection: sqlite3.Connection, context: Context) -> Spend:
    """What the current month costs until now."""
    day = local_day(context)
    if not anything_told(connection, context):
        return Spend()
    from spirou_cli.service import billing

    span = billing.month_span(day)
    found = billing.book(connection, context, span=span)
    sums: dict[tuple[str, str], int] = {}
    for provider in billing.make(found, span, as_of=day).providers:
        settled = billing.settled(found, provider.provider, span)
        for row in provider.statement.rows:
            key = row.line.amount.currency, billing.basis(row.line, settled=settled)
            sums[key] = sums.get(key, 0) + row.line.amount.minor
    totals = tuple((Money(minor, currency), basis) for (currency, basis), minor in sorted(sums.items()))
    last = date.fromordinal(span.end.toordinal() - 1)
    return Spend(span.start.isoformat(), last.isoformat(), tuple(each for each in totals if each[0].minor))


def has_budgets(connection: sqlite3.Connection) -> bool:
    """Whether a budget was ever set."""
    return tallies.money_told(connection, "BudgetSet")


def local_day(context: Context, at: int | None = None) -> date:
    """The person's day at an instant, or now."""
    moment = context.now() if at is None else datetime.fromtimestamp(at / 1000, UTC)
    return moment.astimezone(context.zone).date()


def _costs_since(connection: sqlite3.Connection, month: date) -> bool:
    """Whether a provider told a cost this month. A day early, so that no zone's midnight is cut off."""
    first = datetime(month.year, month.month, 1, tzinfo=UTC).timestamp()
    return tallies.cost_since(connection, round(first - 86_400) * 1000)


def _plans(connection: sqlite3.Connection) -> dict[str, list[MoneyFact]]:
    """The plans of every account."""
    from spirou_cli.domain import moneyfacts as m
    from spirou_cli.storage import ledger

    found: dict[str, list[MoneyFact]] = {}
    for entry in ledger.entries(connection, kinds=(m.PlanAdopted, m.Subscribed)):
        if entry.account_id is not None:
            found.setdefault(entry.account_id, []).append(entry.fact)
    return found


def _held(
    connection: sqlite3.Connection, account: Account, day: date
) -> tuple[Holding | None, list[HourPack]]:
    """The plan held on a day, and the packs that may be used then."""
    from spirou_cli.domain import moneyfacts as m
    from spirou_cli.domain.billing.packs import valid
    from spirou_cli.domain.holding import holding
    from spirou_cli.storage import ledger

    kinds = (m.PlanAdopted, m.Subscribed, m.PackBought)
    facts = [
        entry.fact
        for entry in ledger.entries(connection, account.id, kinds=kinds)
        if entry.account_id == account.id
    ]
    packs = [fact.pack for fact in facts if isinstance(fact, m.PackBought) and valid(fact.pack, day)]
    return holding(facts, day), packs


def _left_in_packs(connection: sqlite3.Connection, context: Context, account: Account, day: date) -> int:
    """Seconds that may still be drawn from the packs of a day, after all the work so far."""
    from spirou_cli.domain.billing.ledger import make_ledger
    from spirou_cli.service import billing
    from spirou_cli.storage import ledger

    own = billing.account_of(connection, context, account, ledger.entries(connection, account.id))
    if own is None:
        return 0
    made = make_ledger(own, as_of=day, until=date.fromordinal(day.toordinal() + 1))
    return sum(balance.left_s for balance in made.packs.values())
