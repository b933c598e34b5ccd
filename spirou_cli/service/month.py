"""What ``status`` says of the month's money: computed once, kept until anything it is made of changes."""

from __future__ import annotations

import json
import os
import sqlite3
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from spirou_cli.domain.money import Money
from spirou_cli.domain.record import record, replace
from spirou_cli.service import plans
from spirou_cli.service.context import Context
from spirou_cli.service.plans import Spend
from spirou_cli.storage import kept

if TYPE_CHECKING:
    from spirou_cli.service.standing import Named

__all__ = ["Month", "computed", "flat_accounts", "keep", "so_far"]

_NAME = "month"
_CODE = ("domain", "domain/billing", "service", "storage")
"""The packages whose code says what a month costs."""


@record
class Month:
    """The month so far. ``made_of``: all that this follows from; "" where nothing was told."""

    flat: frozenset[str] = frozenset()
    """Accounts whose plan has a fee: a task within its limits costs nothing more."""
    spend: Spend = Spend()
    budgets: tuple[Named, ...] = ()
    """Those of which a threshold is reached."""
    made_of: str = ""
    recalled: bool = False


def so_far(connection: sqlite3.Connection, context: Context) -> Month:
    """The current month until now: recalled if it holds, else computed."""
    if not plans.anything_told(connection, context):
        return Month()
    made_of = _made_of(connection, context)
    return _recall(connection, made_of) or replace(computed(connection, context), made_of=made_of)


def computed(connection: sqlite3.Connection, context: Context) -> Month:
    """The current month from the facts themselves: this loads the billing engine."""
    return Month(
        frozenset(plans.flat_accounts(connection, context)),
        plans.spend_so_far(connection, context),
        _reached(connection, context) if plans.has_budgets(connection) else (),
    )


def flat_accounts(connection: sqlite3.Connection, context: Context) -> frozenset[str]:
    """Accounts whose plan has a fee, for screens that say no more of money."""
    if not plans.anything_told(connection, context):
        return frozenset()
    found = _recall(connection, _made_of(connection, context))
    return found.flat if found else frozenset(plans.flat_accounts(connection, context))


def keep(context: Context, found: Month) -> None:
    """Keep what was computed for the next time. Outside of any read: it writes, if it may."""
    if found.made_of and not found.recalled:
        kept.keep(context.path, _NAME, found.made_of, json.dumps(_plain(found)))


def _reached(connection: sqlite3.Connection, context: Context) -> tuple[Named, ...]:
    from spirou_cli.service import budgets

    return tuple(each for each in budgets.this_month(connection, context) if each.standing.reached)


def _made_of(connection: sqlite3.Connection, context: Context) -> str:
    day = plans.local_day(context).isoformat()
    settings = sorted(context.settings.items())
    return json.dumps([kept.money_changes(connection), day, str(context.zone), settings, _code()])


def _code() -> int:
    """A number that changes with the code: another version may compute something else."""
    package = Path(__file__).parent.parent
    files = [file.stat() for folder in _CODE for file in os.scandir(package / folder)]
    return hash(tuple(sorted((file.st_size, file.st_mtime_ns) for file in files)))


def _recall(connection: sqlite3.Connection, made_of: str) -> Month | None:
    text = kept.recall(connection, _NAME, made_of)
    if text is None:
        return None
    plain = json.loads(text)
    first, last, totals = plain["spend"]
    spend = Spend(first, last, tuple((Money(*money), basis) for money, basis in totals))
    budgets = tuple(_named(*each) for each in plain["budgets"])
    return Month(frozenset(plain["flat"]), spend, budgets, made_of, recalled=True)


def _plain(found: Month) -> dict[str, Any]:
    spend = found.spend
    totals = [[_pair(money), basis] for money, basis in spend.totals]
    return {
        "flat": sorted(found.flat),
        "spend": [spend.first, spend.last, totals],
        "budgets": [_plain_named(each) for each in found.budgets],
    }


def _plain_named(found: Named) -> list[Any]:
    now, budget = found.standing, found.standing.budget
    soft = [str(part) for part in budget.soft]
    terms = [budget.scope, _pair(budget.limit), soft, budget.hard]
    sums = [_pair(now.spent), _pair(now.promised), [_pair(money) for money in now.unconverted]]
    return [found.name, terms, now.asks, *sums]


def _named(name: str, terms: list[Any], asks: bool, spent: Any, promised: Any, apart: list[Any]) -> Named:
    from spirou_cli.domain.billing.budget import Budget  # only for who has budgets
    from spirou_cli.service.standing import BudgetStanding, Named

    scope, limit, soft, hard = terms
    budget = Budget(scope, Money(*limit), tuple(map(Decimal, soft)), hard)
    unconverted = tuple(Money(*money) for money in apart)
    return Named(BudgetStanding(budget, asks, Money(*spent), Money(*promised), unconverted), name)


def _pair(money: Money) -> tuple[int, str]:
    return money.minor, money.currency
