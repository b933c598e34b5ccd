"""What an account's plan allows and costs now, read from the log."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING, NamedTuple

from spirou_cli.domain.money import Money
from spirou_cli.service.context import Context
from spirou_cli.storage import queries
from spirou_cli.storage.accounts import Account

if TYPE_CHECKING:
    from spirou_cli.domain.fit import Limits

__all__ = ["Spend", "flat_accounts", "limits", "open_places", "spend_so_far"]


class Spend(NamedTuple):
    """The current month so far, each currency apart; estimates are marked."""

    first: str = ""
    last: str = ""
    totals: tuple[tuple[Money, str], ...] = ()
    """Amounts with their basis: billed, reported or estimated."""


def limits(connection: sqlite3.Connection, account: Account, at: int) -> Limits:
    """The limits that fit checks before anything leaves."""
    from spirou_cli.domain.fit import Limits

    return Limits(paused=account.paused)


def open_places(connection: sqlite3.Connection, account_id: str) -> int:
    """Tasks that take a place of the plan: known to be open there, or on their way."""
    from spirou_cli.storage import outbox

    return queries.places_taken(connection, account_id) + outbox.count_submits(connection, account_id)


def flat_accounts(connection: sqlite3.Connection) -> set[str]:
    """Accounts whose plan has a fee, so that a task within its limits costs nothing more."""
    return set()


def spend_so_far(connection: sqlite3.Connection, context: Context) -> Spend:
    """What the current month costs until now."""
    return Spend()
