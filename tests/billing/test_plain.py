"""Billing facts survive a log: to JSON and back, the same value and the same bytes."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spirou_cli.domain.billing.account import Account
from spirou_cli.domain.billing.budget import Budget
from spirou_cli.domain.billing.currency import Rate
from spirou_cli.domain.billing.lines import Line
from spirou_cli.domain.billing.plain import from_plain, to_plain
from spirou_cli.domain.billing.usage import UsageEvent
from spirou_cli.domain.money import Money
from spirou_cli.domain.plan import Coupon, HourPack, PlanVersion, Subscription, Trial
from tests.billing.accounts import AGENT, SMARTELIA, TIMESVR, founding_month

EXACT = st.decimals(allow_nan=False, allow_infinity=False, places=4, min_value=0, max_value=10**6)


def through_json(value: object) -> Any:
    return json.loads(json.dumps(to_plain(value)))


@pytest.mark.parametrize("held", [TIMESVR, SMARTELIA, AGENT], ids=lambda held: held.provider)
def test_an_account_comes_back_whole(held: Account) -> None:
    """Plans, coupons, packs, time, usage, expenses and refunds: equal after JSON, and the same bytes."""
    back = from_plain(Account, through_json(held))

    assert back == held
    assert json.dumps(to_plain(back)) == json.dumps(to_plain(held))


def test_a_line_comes_back_with_its_exact_value() -> None:
    """Closed months keep lines in the log: fractions, formulas and parts among them."""
    lines = [row.line for provider in founding_month().providers for row in provider.statement.rows]

    assert [from_plain(Line, through_json(line)) for line in lines] == lines


PRICES = st.builds(Money, st.integers(0), st.sampled_from(("EUR", "JPY")))


@given(st.builds(HourPack, st.text(), st.integers(), st.dates(), st.none() | st.dates(), st.none() | PRICES))
def test_any_pack_comes_back(pack: HourPack) -> None:
    """Money with two digits, with none, or no price at all."""
    assert from_plain(HourPack, through_json(pack)) == pack


@given(EXACT, st.none() | st.builds(Trial, seconds=st.none() | st.integers(0)))
def test_any_price_comes_back(fee: Decimal, trial: Trial | None) -> None:
    """Exact decimals keep their value, optional parts stay absent."""
    plan = PlanVersion("v", "p", "n", date(2026, 1, 1), "EUR", fee=fee, trial=trial)

    assert from_plain(PlanVersion, through_json(plan)) == plan


def test_what_is_the_default_is_not_written() -> None:
    """A record says only what it says: later defaults don't change what was adopted."""
    plain = to_plain(Subscription("s", "basic", date(2026, 3, 1)))

    assert plain == {"id": "s", "plan": "basic", "start": "2026-03-01"}


@pytest.mark.parametrize(
    ("shape", "plain"),
    [
        (Budget, {"scope": "all", "limit": {"amount": "1.00", "currency": "EUR"}, "colour": "red"}),
        (Rate, {"on": "2026-03-01", "base": "EUR"}),
        (Rate, {"on": "2026-03-01", "base": "EUR", "quote": "USD", "value": "0"}),
        (Coupon, {"id": "c", "redeemed_on": "2026-03-01"}),
        (Coupon, {"id": "c", "redeemed_on": "tomorrow", "percent": "15"}),
        (HourPack, {"id": "p", "seconds": "many", "bought_on": "2026-03-01"}),
        (HourPack, {"id": "p", "seconds": True, "bought_on": "2026-03-01"}),
        (PlanVersion, 7),
        (Subscription, {"id": "s", "plan": "basic", "start": "2026-03-02", "end": "2026-03-01"}),
        (UsageEvent, {"id": "u", "task": "t", "at": "2026-03-01", "quantities": [["input"]]}),
    ],
)
def test_what_has_another_shape_is_refused(shape: type, plain: object) -> None:
    """Unknown and missing fields, other types and impossible values are errors, never guessed at."""
    with pytest.raises(ValueError, match=r"\S"):
        from_plain(shape, plain)


def test_a_float_is_no_billing_value() -> None:
    """Binary fractions have no place in a log of money."""
    with pytest.raises(TypeError, match="float"):
        to_plain({"rate": 1.1})
