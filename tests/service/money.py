"""The founding author's March in a real store: facts of money, tasks, and the time and tokens they took."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

from spirou_cli.domain import events as e
from spirou_cli.domain import moneyfacts as m
from spirou_cli.domain.billing.account import Account
from spirou_cli.domain.billing.currency import Rate
from spirou_cli.domain.money import Money
from spirou_cli.storage import ledger
from spirou_cli.testing.fake import FakeProvider
from tests.billing.accounts import AGENT, PARIS, SMARTELIA, TIMESVR
from tests.service.world import World

__all__ = ["MARCH_NOON", "founding", "settings", "told", "used"]

MARCH_NOON = datetime(2026, 3, 31, 10, tzinfo=UTC)
RATES = (
    Rate(date(2026, 3, 5), "EUR", "USD", Decimal("1.0800"), "ECB"),
    Rate(date(2026, 3, 12), "EUR", "USD", Decimal("1.0900"), "ECB"),
    Rate(date(2026, 3, 31), "EUR", "USD", Decimal("1.0700"), "ECB"),
)
_KEYS = itertools.count(1)


def settings(world: World, **values: str) -> None:
    """Preferences, as config.toml would give them."""
    world.context.settings = values


def told(world: World, provider: str, *facts: m.MoneyFact) -> None:
    """Facts of money, of one provider or of none ("")."""
    account = world.account(provider).id if provider else None
    with world.context.write() as log:
        for fact in facts:
            ledger.append(log, account, fact)


def used(
    world: World,
    number: int,
    quantity: int,
    at: datetime,
    unit: str = "second",
    cost: Money | None = None,
    source: str = "provider",
) -> None:
    """Use of a task, as its provider reported it."""
    task = world.task(number)
    event = e.UsageRecorded(
        key=f"line-{next(_KEYS):06}",
        unit=unit,
        quantity=quantity,
        cost=cost,
        source=source,  # type: ignore[arg-type]
        used_at=round(at.timestamp() * 1000),
    )
    with world.context.write() as log:
        log.append(task.id, event)


def founding(folder: Path) -> World:
    """TimeSvr with a trial, a coupon and a pack, Smartelia from the 16th, an agent by the token."""
    world = World(folder, time=MARCH_NOON)
    world.context.zone = PARIS
    world.context.settings = {"currency": "EUR", "rate_max_age_days": "31"}
    numbers: dict[str, int] = {}
    for account in (TIMESVR, SMARTELIA, AGENT):
        world.provider(account.provider, FakeProvider())
        told(world, account.provider, *_facts(account))
        for name in _tasks(account):
            numbers[name] = world.add(f"Task {name}", to=account.provider).task.number
    told(world, "", *(m.RateSet(rate) for rate in RATES))
    for account in (TIMESVR, SMARTELIA, AGENT):
        for entry in account.entries:
            used(world, numbers[entry.task], entry.seconds, entry.start)
        for event in account.usage:
            for meter, quantity in event.quantities:
                used(world, numbers[event.task], quantity, event.at, meter)
    return world


def _facts(account: Account) -> Sequence[m.MoneyFact]:
    return [
        *(m.PlanAdopted(version) for version in account.plans),
        *(m.Subscribed(subscription) for subscription in account.subscriptions),
        *(m.CouponRedeemed(coupon) for coupon in account.coupons),
        *(m.PackBought(pack) for pack in account.packs),
        *(m.ExpenseEntered(expense, "letters") for expense in account.expenses),
        *(m.RefundEntered(refund) for refund in account.refunds),
    ]


def _tasks(account: Account) -> Sequence[str]:
    return list(dict.fromkeys([*(x.task for x in account.entries), *(x.task for x in account.usage)]))
