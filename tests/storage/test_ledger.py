"""Facts of money go into the log and come back exactly; a counter-entry takes one back."""

from __future__ import annotations

import itertools
from datetime import date
from decimal import Decimal
from pathlib import Path

from spirou_cli.domain import moneyfacts as m
from spirou_cli.domain.billing.currency import Rate
from spirou_cli.domain.money import Money
from spirou_cli.domain.plan import Coupon, Duration, HourPack, PlanVersion, Subscription, TaskCap
from spirou_cli.storage import ledger
from spirou_cli.storage.log import Log
from spirou_cli.storage.store import Store

PLAN = PlanVersion(
    "v1",
    "timesvr",
    "basic",
    date(2026, 3, 3),
    "USD",
    "Europe/Paris",
    fee=Decimal("70"),
    task_cap=TaskCap(900),
    open_limit=10,
)
FACTS = [
    ("a", m.PlanAdopted(PLAN)),
    ("a", m.Subscribed(Subscription("s", "basic", date(2026, 3, 3)))),
    ("a", m.CouponRedeemed(Coupon("SAVE15", date(2026, 3, 3), Decimal(15), None, Duration.CYCLES, 3))),
    ("b", m.PackBought(HourPack("p", 7200, date(2026, 3, 13), price=Money(1400, "USD")))),
    (None, m.RateSet(Rate(date(2026, 3, 12), "EUR", "USD", Decimal("1.0900"), "ECB"))),
]


def pen(connection, at: int = 1) -> Log:  # type: ignore[no-untyped-def]
    numbers = itertools.count()
    return Log(connection, at, lambda: f"id-{at}-{next(numbers)}")


def test_facts_of_money_come_back_exactly(tmp_path: Path) -> None:
    """Each account's facts and those of none, in order, to the last digit."""
    with Store.open(tmp_path / "s.db") as store, store.write() as connection:
        log = pen(connection)
        for account, fact in FACTS:
            ledger.append(log, account, fact)

        every = [(entry.account_id, entry.fact) for entry in ledger.entries(connection)]
        of_a = [entry.fact for entry in ledger.entries(connection, "a")]

    assert every == FACTS
    assert of_a == [fact for account, fact in FACTS if account in ("a", None)]


def test_a_counter_entry_takes_a_fact_back_and_can_be_taken_back(tmp_path: Path) -> None:
    """Nothing is erased: the history tells both."""
    with Store.open(tmp_path / "s.db") as store, store.write() as connection:
        log = pen(connection)
        first = ledger.append(log, "a", FACTS[0][1])
        undo = ledger.append(log, "a", m.TakenBack(first))
        without = ledger.entries(connection)
        ledger.append(log, "a", m.TakenBack(undo))
        again = [entry.fact for entry in ledger.entries(connection)]
        told = len(ledger.entries(connection, with_taken_back=True))

    assert without == []
    assert again == [FACTS[0][1]]
    assert told == 3
