"""The bill for programs: JSON, tab-separated records, CSV."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING

from spirou_cli.cli.render.notices import notices_json
from spirou_cli.cli.render.records import Json, Value
from spirou_cli.domain.money import Money
from spirou_cli.service.bills import Converted, ProviderRow, Report

if TYPE_CHECKING:
    from spirou_cli.service.budgets import BudgetStanding

__all__ = ["HEADINGS", "converted_json", "document", "records"]

HEADINGS = ("provider", "tasks", "seconds", "currency", "plan", "extra", "total", "basis", "paid_on")


def records(found: Report) -> Iterator[tuple[Value, ...]]:
    """A row a provider and currency; what nobody told is empty."""
    for row in found.rows:
        yield (
            row.provider,
            None if row.more else row.tasks,
            row.seconds,
            row.currency,
            _text(row.plan),
            _text(row.extra),
            _text(row.total),
            row.basis if row.total is not None else "unknown",
            row.paid_on,
        )


def document(found: Report) -> Json:
    """``spirou.bill/1`` by provider: amounts are strings with exactly the currency's digits."""
    overall = next((each for each in found.budgets if each.budget.scope == "all"), None)
    return {
        "from": found.span.start,
        "to": found.span.end - timedelta(days=1),
        "as_of": found.as_of,
        "by": "provider",
        "rows": [_row(row) for row in found.rows],
        "totals": list(found.totals),
        "converted": converted_json(found.converted),
        "unknown_cost_tasks": list(found.unknown),
        "budget": None if overall is None else _budget(overall, found.expected),
        "budgets": [{"scope": each.budget.scope, **_budget(each, None)} for each in found.budgets],
        "expected": found.expected,
        "expected_unconverted": list(found.expected_apart),
        **notices_json(found.notices),
    }


def converted_json(converted: Converted) -> Json:
    """All in one currency, the rates as they were declared, and what has none."""
    return {
        "amount": str(converted.amount.amount),
        "currency": converted.amount.currency,
        "rates": [
            {
                "from": rate.base,
                "to": rate.quote,
                "rate": f"{rate.value:f}",
                "on": rate.on,
                "source": rate.source or "user",
            }
            for rate in converted.rates
        ],
        "unconverted": list(converted.unconverted),
    }


def _row(row: ProviderRow) -> Json:
    return {
        "provider": row.provider,
        "tasks": row.tasks,
        "time_used_s": row.seconds,
        "plan": row.plan,
        "extra": row.extra,
        "total": row.total,
        "basis": row.basis if row.total is not None else "unknown",
        "per_hour": row.per_hour,
        "per_task": row.per_task,
        "invoice": row.invoice,
        "due_on": None if row.due is None else row.due.on,
        "paid_on": row.paid_on,
    }


def _budget(standing: BudgetStanding, expected: Money | None) -> Json:
    return {
        "amount": str(standing.budget.limit.amount),
        "currency": standing.budget.limit.currency,
        "used_percent": standing.percent,
        "expected": expected,
    }


def _text(amount: Money | None) -> str | None:
    return None if amount is None else str(amount.amount)
