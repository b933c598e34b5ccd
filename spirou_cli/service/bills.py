"""What a person reads of a bill: each provider's part, and what isn't known."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import NamedTuple

from spirou_cli.domain.billing.account import Account as BillingAccount
from spirou_cli.domain.billing.bill import Bill, ProviderBill
from spirou_cli.domain.billing.lines import LineKind, LineState
from spirou_cli.domain.billing.periods import local_date
from spirou_cli.domain.money import Money
from spirou_cli.domain.plan import Span
from spirou_cli.service import lookup
from spirou_cli.service.billing import book, make
from spirou_cli.service.context import Context
from spirou_cli.storage import queries

__all__ = ["MonthView", "ProviderRow", "by_provider"]

_DAY_MS = 86_400_000


class ProviderRow(NamedTuple):
    """One provider's month: tasks it had, time as reported, the plan's part and what came on top.

    ``seconds`` is None where no time was told; ``known`` is False where neither plan nor price is known.
    """

    provider: str
    tasks: int
    seconds: int | None
    plan: dict[str, Money]
    extra: dict[str, Money]
    totals: dict[str, Money]
    estimated: bool
    known: bool


class MonthView(NamedTuple):
    """A bill by provider, with what a person wants to know beside it."""

    bill: Bill
    rows: tuple[ProviderRow, ...]
    unknown_cost: tuple[int, ...]
    """Numbers of the tasks whose cost nobody knows."""


_OF_THE_PLAN = frozenset({LineKind.FEE, LineKind.FEE_CREDIT, LineKind.COUPON, LineKind.ABSENCE})


def by_provider(context: Context, span: Span, *, only: str = "") -> MonthView:
    """What each provider costs in a span, as known today."""
    today = context.now().astimezone(context.zone).date()
    with context.read() as connection:
        if only:
            lookup.named(connection, only)
        found = book(connection, context)
        made = make(found, span, as_of=today, only=only)
        worked = queries.tasks_worked(connection, *_around(span))
    names = {name: account_id for account_id, name in found.names.items()}
    rows, unknown = [], []
    for provider in made.providers:
        tasks = worked.get(names[provider.provider], [])
        planned = any(version.name != "none" for version in provider.ledger.account.plans)
        priced = planned or any(row.line.amount.minor for row in provider.statement.rows)
        rows.append(_row(provider, span, len(tasks), known=priced))
        unknown += [] if priced else tasks
    return MonthView(made, tuple(rows), tuple(sorted(unknown)))


def _row(provider: ProviderBill, span: Span, tasks: int, *, known: bool) -> ProviderRow:
    plan: dict[str, Money] = {}
    extra: dict[str, Money] = {}
    for row in provider.statement.rows:
        part = plan if row.line.kind in _OF_THE_PLAN else extra
        amount = row.line.amount
        part[amount.currency] = part[amount.currency] + amount if amount.currency in part else amount
    return ProviderRow(
        provider.provider,
        tasks,
        _seconds(provider.ledger.account, span),
        plan,
        extra,
        provider.statement.totals,
        any(row.line.state is LineState.ESTIMATE for row in provider.statement.rows),
        known,
    )


def _seconds(account: BillingAccount, span: Span) -> int | None:
    """Time as it was reported, of entries that start in the span; None if there is none."""
    found = [entry.seconds for entry in account.entries if local_date(entry.start, account.zone) in span]
    return sum(found) if found else None


def _around(span: Span) -> tuple[int, int]:
    """Instants a day before and after a span, so that no zone's midnight is cut off."""
    first, last = (datetime(d.year, d.month, d.day, tzinfo=UTC) for d in (span.start, span.end))
    return round(first.timestamp()) * 1000 - _DAY_MS, round(last.timestamp()) * 1000 + _DAY_MS
