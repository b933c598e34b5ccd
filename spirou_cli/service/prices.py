"""Prices agreed for single tasks: which stand, and how each task really ended."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from spirou_cli.domain.money import Money
from spirou_cli.domain.record import replace
from spirou_cli.domain.states import TaskState
from spirou_cli.storage import rows, tallies

if TYPE_CHECKING:
    from spirou_cli.domain.billing.fixed_price import FixedTask
    from spirou_cli.domain.moneyfacts import MoneyFact
    from spirou_cli.domain.task import Task

__all__ = ["agreed", "cost_of", "ended", "price_of"]


def agreed(connection: sqlite3.Connection) -> dict[tuple[str, str], FixedTask]:
    """Every price that stands, by account and task; nothing of billing is loaded where there is none."""
    if not tallies.money_told(connection, "PriceAgreed"):
        return {}
    from spirou_cli.domain.moneyfacts import PriceAgreed
    from spirou_cli.storage import ledger

    found: dict[tuple[str, str], FixedTask] = {}
    for entry in ledger.entries(connection, kinds=(PriceAgreed,)):
        if entry.account_id is not None and isinstance(entry.fact, PriceAgreed):
            found[entry.account_id, entry.fact.task.id] = entry.fact.task
    return found


def price_of(connection: sqlite3.Connection, account_id: str, task_id: str) -> FixedTask | None:
    """The price agreed with an account for a task."""
    return agreed(connection).get((account_id, task_id))


def cost_of(price: FixedTask, task: Task) -> Money:
    """What a task at a price of its own comes to: the price, or what is due for calling it off."""
    if task.state is not TaskState.CANCELED:
        return price.price
    fee = price.cancel_fee if task.ref is not None else None
    return fee or Money(0, price.price.currency)


def ended(
    connection: sqlite3.Connection, account_id: str, facts: Iterable[MoneyFact], zone: str
) -> Iterator[FixedTask]:
    """An account's tasks at a price of their own, with how and when each was over, as its own facts tell."""
    from spirou_cli.domain.moneyfacts import PriceAgreed

    told = {fact.task.id: fact.task for fact in facts if isinstance(fact, PriceAgreed)}
    for price in told.values():
        task = rows.task(connection, price.id)
        yield price if task is None or task.account_id != account_id else _ended(price, task, zone)


def _ended(price: FixedTask, task: Task, zone: str) -> FixedTask:
    from spirou_cli.domain.billing.fixed_price import Ending
    from spirou_cli.domain.billing.periods import local_date

    price = replace(price, name=f"price-{task.number}")
    on = local_date(datetime.fromtimestamp(task.since / 1000, UTC), zone)
    match task.state:
        case TaskState.COMPLETED:
            return replace(price, ending=Ending.DONE, ended_on=on)
        case TaskState.CANCELED if task.ref is not None:  # what never arrived costs nothing
            return replace(price, ending=Ending.CANCELLED, ended_on=on)
    return price
