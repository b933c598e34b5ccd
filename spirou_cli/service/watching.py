"""Syncing again and again, each provider at its own pace, and what each round changed."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence

from spirou_cli.adapters.base import RateLimited
from spirou_cli.domain.errors import Busy
from spirou_cli.domain.record import record
from spirou_cli.service import sync
from spirou_cli.service.changes import Change, changes_after
from spirou_cli.service.context import Context
from spirou_cli.service.lookup import named
from spirou_cli.service.sync import Synced
from spirou_cli.storage import accounts
from spirou_cli.storage.accounts import Account
from spirou_cli.storage.log import last_seq

__all__ = ["Round", "rounds"]

_LEAST_S = 15.0
"""Nobody is asked more often, whatever an adapter declares."""
_MOST_S = 3600.0
_USUAL_S = 60


@record
class Round:
    """One round: what was asked of whom, what moved since the round before, and how long until the next.

    ``results`` is empty where another process was syncing; what it brought is in ``changes`` all the same.
    """

    results: tuple[Synced, ...]
    changes: tuple[Change, ...]
    next_s: float


def rounds(
    context: Context,
    names: Sequence[str],
    *,
    clock: Callable[[], float],
    pause: Callable[[float], None],
    interval_s: float | None = None,
) -> Iterator[Round]:
    """Sync who is due, tell, wait until the next one is due; for ever.

    A provider is asked as often as its adapter says, half as often after each failure in a row, or when
    it asked for. ``interval_s`` may only make it rarer. ``clock`` is monotonic.
    """
    with context.read() as connection:
        told = last_seq(connection)
    due: dict[str, float] = {}
    failures: dict[str, int] = {}
    while True:
        chosen = _chosen(context, names)
        now = clock()
        asked = [account for account in chosen if due.get(account.id, now) <= now]
        results = _synced(context, asked)
        for account in asked:
            result = next((each for each in results if each.account.id == account.id), None)
            failure = result.failure if result is not None else None
            failures[account.id] = failures.get(account.id, 0) + 1 if failure is not None else 0
            due[account.id] = clock() + _pace(account, interval_s, failures[account.id], failure)
        with context.read() as connection:
            changes, told = changes_after(connection, told), last_seq(connection)
        soonest = min((due[account.id] for account in chosen if account.id in due), default=clock() + _MOST_S)
        wait = max(soonest - clock(), 0.0)
        yield Round(tuple(results), tuple(changes), wait)
        pause(wait)


def _chosen(context: Context, names: Sequence[str]) -> list[Account]:
    """Read at each round: a provider may be added or renamed meanwhile."""
    with context.read() as connection:
        return [named(connection, name) for name in names] or accounts.accounts(connection)


def _synced(context: Context, asked: Sequence[Account]) -> list[Synced]:
    if not asked:
        return []
    try:
        return sync.sync(context, [account.name for account in asked])
    except Busy:
        return []


def _pace(account: Account, interval_s: float | None, failures: int, failure: Exception | None) -> float:
    """How long to leave an account alone."""
    declared = json.loads(account.capabilities or "{}").get("poll_interval_s", _USUAL_S)
    pace = max(float(declared), interval_s or 0.0, _LEAST_S) * 2.0**failures
    if isinstance(failure, RateLimited) and failure.retry_after_s is not None:
        return max(pace, float(failure.retry_after_s))
    return min(pace, max(_MOST_S, interval_s or 0.0))
