"""What ``status`` says of the month's money is kept, and never says anything but a computation would."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import date
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from spirou_cli.domain import events as e
from spirou_cli.domain import moneyfacts as m
from spirou_cli.domain.billing.account import OtherCharge
from spirou_cli.domain.billing.budget import Budget
from spirou_cli.domain.billing.fixed_price import FixedTask
from spirou_cli.domain.billing.lines import LineKind
from spirou_cli.domain.money import Money
from spirou_cli.domain.plan import PlanVersion, Price, Subscription
from spirou_cli.domain.states import TaskState
from spirou_cli.service import month, overview, providers, sync
from spirou_cli.service.month import Month
from spirou_cli.storage import log, queries
from tests.service.money import told, used
from tests.service.world import World

EUR = "EUR"
DAY = date(2026, 11, 1)
PLAN = PlanVersion(
    "p-1",
    "p",
    "basic",
    DAY,
    EUR,
    "Europe/Paris",
    fee=Decimal(70),
    included_s=600,
    overage=(Price(Decimal(20)),),
)


def prepared(folder: Path) -> World:
    """A provider with a plan and two budgets, and two tasks, one of them with a limit."""
    world = World(folder)
    world.provider("p")
    told(world, "p", m.PlanAdopted(PLAN), m.Subscribed(Subscription("s", "basic", DAY)))
    told(world, "", m.BudgetSet(Budget("all", Money(8000, EUR))))
    told(world, "", m.BudgetSet(Budget("project:blog", Money(500, EUR))))
    world.add("First", to="p", project="blog")
    world.add("Second", to="p", max_cost=Money(300, EUR))
    return world


def changes() -> dict[str, Callable[[World], object]]:
    """All that may change what a month costs, and some that may not."""
    key = iter(range(10_000))

    def reported(number: int, state: TaskState) -> Callable[[World], None]:
        def report(world: World) -> None:
            told_task(world, number, e.StateReported(key=f"key-{next(key)}", state=state))

        return report

    return {
        "worked": lambda world: used(world, 1, 900, world.time),
        "asked a cost": lambda world: used(world, 2, 60, world.time, cost=Money(120, EUR)),
        "corrected": correct,
        "delivered": reported(1, TaskState.DELIVERED),
        "working": reported(2, TaskState.WORKING),
        "accepted": lambda world: told_task(world, 1, e.Accepted()),
        "closed": lambda world: told_task(world, 1, e.Closed()),
        "expected to cost less": lambda world: told_task(
            world, 2, e.BriefEdited(max_cost=Money(100, EUR), changed=("max_cost",))
        ),
        "of another project": lambda world: told_task(
            world, 1, e.BriefEdited(project="site", changed=("project",))
        ),
        "of the project": lambda world: told_task(
            world, 1, e.BriefEdited(project="blog", changed=("project",))
        ),
        "priced": lambda world: told(
            world, "p", m.PriceAgreed(FixedTask(world.task(1).id, Money(1200, EUR)))
        ),
        "charged": lambda world: told(
            world, "p", m.ChargeEntered(OtherCharge(f"c-{next(key)}", DAY, LineKind.FEE, Money(500, EUR)))
        ),
        "another limit": lambda world: told(world, "", m.BudgetSet(Budget("all", Money(15_000, EUR)))),
        "no limit": lambda world: told(world, "", m.BudgetUnset("project:blog")),
        "paused": lambda world: providers.pause(world.context, "p", paused=True),
        "one more": lambda world: world.add("Third", to="p", max_cost=Money(50, EUR)),
        "a draft": lambda world: world.add("Draft", to="", draft=True),
        "tomorrow": lambda world: world.later(days=1),
        "next month": lambda world: world.later(days=30),
        "rebuilt": rebuild,
        "sent": lambda world: sync.sync(world.context),
        "in francs": lambda world: setattr(world.context, "settings", {"currency": "CHF"}),
    }


def told_task(world: World, number: int, event: e.Event) -> None:
    with world.context.write() as log:
        log.append(world.task(number).id, event)


def correct(world: World) -> None:
    task = world.task(1)
    with world.context.read() as connection:
        lines = queries.usage_of(connection, task.id)
    if lines:
        told_task(world, 1, e.UsageCorrected(line=lines[0].line, quantity=30))


def rebuild(world: World) -> None:
    with world.context.store().write() as connection:
        log.rebuild(connection)


def money(found: Month) -> object:
    return found.flat, found.spend, found.budgets


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.sampled_from(sorted(changes())), min_size=4, max_size=14))
def test_what_is_kept_is_what_a_computation_says(names: list[str]) -> None:
    """After any change, what status recalls is what is computed from the facts."""
    with TemporaryDirectory() as folder:
        world = prepared(Path(folder))
        do = changes()
        for name in names:
            overview.status(world.context)
            do[name](world)

            with world.context.read() as connection:
                assert money(month.so_far(connection, world.context)) == money(
                    month.computed(connection, world.context)
                ), name
        world.context.close()


def test_it_is_computed_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second status recalls it, also after a draft that costs nothing; a restart doesn't matter."""
    world = prepared(tmp_path)
    used(world, 1, 9000, world.time)
    first = overview.status(world.context)
    assert first.budgets
    monkeypatch.setattr(month, "computed", lambda *_: pytest.fail("computed again"))

    world.add("A draft", to="", draft=True)
    world.restarted()
    again = overview.status(world.context)

    assert (again.spend, again.budgets) == (first.spend, first.budgets)


@pytest.mark.parametrize("name", ["worked", "corrected", "charged", "delivered", "tomorrow", "no limit"])
def test_a_change_is_computed_anew(tmp_path: Path, name: str) -> None:
    """What a month is made of has changed: nothing is recalled."""
    world = prepared(tmp_path)
    used(world, 1, 9000, world.time)
    overview.status(world.context)

    changes()[name](world)

    with world.context.read() as connection:
        assert not month.so_far(connection, world.context).recalled


def test_other_code_recalls_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A release that computes otherwise mustn't show what the one before it kept."""
    world = prepared(tmp_path)
    overview.status(world.context)
    monkeypatch.setattr(month, "_code", lambda: 7)

    with world.context.read() as connection:
        assert not month.so_far(connection, world.context).recalled


def test_a_busy_store_goes_without(tmp_path: Path) -> None:
    """Keeping never waits for a writer: status answers beside one."""
    world = prepared(tmp_path)
    world.context.close()
    with closing(sqlite3.connect(world.context.path, isolation_level=None)) as writer:
        writer.execute("BEGIN IMMEDIATE")

        assert overview.status(world.context).spend.totals

        writer.execute("ROLLBACK")
    with world.context.read() as connection:
        assert not month.so_far(connection, world.context).recalled
