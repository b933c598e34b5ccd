"""The bill of a span from the least that is read is, to the cent, that from every entry ever."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spirou_cli.domain import moneyfacts as m
from spirou_cli.domain.billing.account import Account as BillingAccount
from spirou_cli.domain.billing.account import ClosedMonth
from spirou_cli.domain.billing.bill import make_bill
from spirou_cli.domain.billing.reading import Grain
from spirou_cli.domain.money import Money
from spirou_cli.domain.plan import (
    Attribution,
    LineScope,
    Price,
    Rollover,
    Scope,
    Span,
    Subscription,
    TaxMode,
    TaxRule,
)
from spirou_cli.domain.record import replace
from spirou_cli.service import billing
from spirou_cli.service.context import Context, milliseconds
from spirou_cli.storage.accounts import Account
from spirou_cli.storage.ledger import Entry
from spirou_cli.storage.store import Store
from tests.billing.accounts import MARCH, account, ledger, version, worked
from tests.billing.test_any_account import DAYS, RATES, accounts

ACCOUNT = Account("p", "p", "fake", 0)
SPANS = st.tuples(DAYS, DAYS).map(lambda days: Span(min(days), date.fromordinal(max(days).toordinal() + 1)))


@pytest.fixture(scope="module")
def connection() -> Iterator[sqlite3.Connection]:
    with Store.empty() as store:
        yield store.connection


@st.composite
def some(draw: st.DrawFn) -> BillingAccount:
    """Any account, often with less of what makes more be read: else that would hide the rest."""
    held = draw(accounts())
    without = draw(st.sets(st.sampled_from(("cap", "trial", "lines", "rollover", "task", "carried", "end"))))
    plain: dict[str, dict[str, Any]] = {
        "cap": {"task_cap": None},
        "trial": {"trial": None},
        "lines": {"line_scope": LineScope.PERIOD},
        "rollover": {"rollover": Rollover()},
        "end": {"attribute_by": Attribution.START},
    }
    fields = {name: value for part in without & plain.keys() for name, value in plain[part].items()}
    plans = [replace(version, **fields) for version in held.plans]
    if "task" in without:
        scopes = {Scope.TASK: Scope.ENTRY}
        plans = [
            replace(v, rounding=replace(v.rounding, scope=scopes.get(v.rounding.scope, v.rounding.scope)))
            for v in plans
        ]
    held = replace(held, plans=tuple(plans))
    return replace(held, packs=(), coupons=(), refunds=()) if "carried" in without else held


@given(some(), SPANS | DAYS.map(billing.month_span), DAYS, st.sampled_from((Grain.DAY, Grain.TASK)))
@settings(max_examples=60)
def test_reading_less_changes_no_cent(
    connection: sqlite3.Connection, held: BillingAccount, span: Span, as_of: date, grain: Grain
) -> None:
    """Whatever the plan rounds, caps, carries or gives for a trial; late or early in what is known."""
    fill(connection, held)

    everything = figures(read(connection, held, None, Grain.ENTRY), span, as_of)

    assert figures(read(connection, held, span, grain), span, as_of) == everything
    assert figures(read(connection, held, span, Grain.ENTRY), span, as_of) == everything


def test_part_of_a_month_has_the_tax_on_all_of_it(connection: sqlite3.Connection) -> None:
    """The work of the 2nd is in a period that ended before the span; the document's tax is dated the 31st."""
    tax = TaxRule(TaxMode.EXCLUSIVE, Decimal(20))
    hourly = version(overage=(Price(Decimal(30)),), tax=tax)
    since = Subscription("s", "basic", date(2026, 1, 15))
    held = account(hourly, subscriptions=(since,), entries=(worked("e", "a", 2, 60),))
    span = Span(date(2026, 3, 16), date(2026, 4, 1))
    fill(connection, held)

    lines, *_ = figures(read(connection, held, span, Grain.DAY), span, date(2026, 3, 31))

    assert [amount for key, (amount, *_) in lines.items() if "/tax/" in key] == [Money(600, "USD")]


def test_part_of_a_closed_month_is_held_against_all_of_it(connection: sqlite3.Connection) -> None:
    """The work of the 20th is in the closed lines: it must be read to find that nothing differs."""
    hourly = version(overage=(Price(Decimal(30)),))
    held = account(hourly, entries=(worked("e1", "a", 2, 60), worked("e2", "a", 20, 60)))
    held = replace(held, closed=(ClosedMonth(MARCH, ledger(held).lines),))
    span = Span(date(2026, 3, 1), date(2026, 3, 16))
    fill(connection, held)

    found = read(connection, held, span, Grain.DAY)

    (made,) = make_bill((found,), span, as_of=date(2026, 6, 1), rates=RATES, reporting="USD").providers
    assert made.ledger.problems == ()


def fill(connection: sqlite3.Connection, held: BillingAccount) -> None:
    """The account's use as rows of the read table, in place of what was there."""
    connection.execute("DELETE FROM usage")
    used = [(e.id, e.task, e.start, "second", e.seconds, None) for e in held.entries]
    used += [(u.id, u.task, u.at, *u.quantities[0], u.cost) for u in held.usage]
    connection.executemany(
        """
        INSERT INTO usage (account_id, line, task_id, used_at, unit, quantity, cost_minor, cost_currency,
            basis, source, event)
        VALUES ('p', ?, ?, ?, ?, ?, ?, ?, 'reported', 'provider', 0)
        """,
        [
            (line, task, milliseconds(at), unit, n, cost and cost.minor, cost and cost.currency)
            for line, task, at, unit, n, cost in used
        ],
    )


def read(
    connection: sqlite3.Connection, held: BillingAccount, span: Span | None, grain: Grain
) -> BillingAccount:
    """The account as the service reads it from the store."""
    facts: list[m.MoneyFact] = [
        *map(m.PlanAdopted, held.plans),
        *map(m.Subscribed, held.subscriptions),
        *map(m.CouponRedeemed, held.coupons),
        *map(m.PackBought, held.packs),
        *map(m.RefundEntered, held.refunds),
        *map(m.AbsenceNoted, held.absences),
        *map(m.MonthClosed, held.closed),
    ]
    context = Context(
        path=Path("none"), now=lambda: datetime(2026, 6, 30, tzinfo=UTC), adapter=pytest.fail, zone=UTC
    )
    entries = [Entry(seq, 0, "p", fact) for seq, fact in enumerate(facts, 1)]
    found = billing.account_of(connection, context, ACCOUNT, entries, span=span, grain=grain)
    assert found is not None
    return found


def figures(held: BillingAccount, span: Span, as_of: date) -> tuple[Any, ...]:
    """Every line's amount before and after rounding, what is still scheduled, and the time."""
    (made,) = make_bill((held,), span, as_of=as_of, rates=RATES, reporting="EUR").providers
    lines = {row.line.id: (row.line.amount, row.line.exact, row.reporting) for row in made.statement.rows}
    return lines, {row.line.id: row.line.amount for row in made.scheduled}, made.time
