"""A price agreed for one task: what it commits, when it falls due, and what it leaves out of the bill."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from spirou_cli.domain import fit
from spirou_cli.domain.errors import InvalidInput
from spirou_cli.domain.money import Money
from spirou_cli.domain.plan import Span
from spirou_cli.domain.reason import Reason
from spirou_cli.service import answers, bills, budgets, charges, overview, tasks
from spirou_cli.service.bills import Asked
from spirou_cli.service.charges import Told
from spirou_cli.service.overview import Cost
from tests.service.desk import Desk, desk
from tests.service.money import used
from tests.service.test_plans import BY_USE, FLAT, HOURLY, TODAY, budget, hold, tell

NOVEMBER = Span(date(2026, 11, 1), date(2026, 12, 1))


def agree(world: Desk, number: int, minor: int, fee: int | None = None) -> Told:
    off = None if fee is None else Money(fee, "USD")
    return charges.agree(world.here, str(number), Money(minor, "USD"), off, TODAY)[0]


def lines(world: Desk) -> dict[str, str]:
    found = bills.report(world.here, Asked(NOVEMBER)).bill
    return {
        row.line.id.removeprefix("julie/"): str(row.line.amount)
        for each in found.providers
        for row in each.statement.rows
    }


def test_a_price_falls_due_on_the_day_the_work_is_accepted(tmp_path: Path) -> None:
    """Delivered is not done; taken back, the work is open again. Its time is told and not billed."""
    world = desk(tmp_path)
    hold(world, HOURLY)
    task = world.delivered()
    agree(world, task.number, 400)
    used(world, task.number, 7200, world.time)
    used(world, task.number, 60, world.time, cost=Money(999, "USD"))

    assert lines(world) == {}

    world.later(days=2)
    answers.accept(world.here, str(task.number))

    assert lines(world) == {f"2026-11-25/task/price-{task.number}": "4.00 USD"}
    (row,) = bills.report(world.here, Asked(NOVEMBER)).rows
    assert row.seconds == 7260
    assert overview.detail(world.here, str(task.number)).line.cost == Cost("agreed", (Money(400, "USD"),))


def test_only_what_had_arrived_costs_a_cancel_fee(tmp_path: Path) -> None:
    """Called off at the provider, the fee is due; a task that never left costs nothing."""
    world = desk(tmp_path)
    hold(world, HOURLY)
    kept, there = world.draft(to="julie"), world.sent()
    for task in (kept, there):
        agree(world, task.number, 400, fee=100)
        answers.cancel(world.here, str(task.number))
    world.sync()

    assert lines(world) == {f"2026-11-23/task/price-{there.number}": "1.00 USD"}
    costs = [overview.detail(world.here, str(t.number)).line.cost.amounts for t in (kept, there)]
    assert costs == [(Money(0, "USD"),), (Money(100, "USD"),)]


def test_an_agreed_price_is_what_a_task_commits(tmp_path: Path) -> None:
    """It counts against a budget though a fee pays for other work; no limit of time holds it back."""
    world = desk(tmp_path)
    hold(world, FLAT)
    tell(world, budget(Money(7500, "USD")), None)
    first, second = (world.draft(to="julie", max_time_s=7200) for _ in range(2))
    agree(world, first.number, 300)
    agree(world, second.number, 201)

    sent = tasks.send(world.here, str(first.number))
    refused = tasks.send(world.here, str(second.number))

    assert sent.verdict == fit.Send(1, 2)
    assert refused.verdict == fit.Refuse(Reason("over_budget", (201, 200), "USD"))
    (standing,) = budgets.listing(world.here)
    assert standing.standing.promised == Money(300, "USD")


def test_a_price_answers_what_a_plan_by_use_would_ask(tmp_path: Path) -> None:
    """Nothing is asked about its cost, and the bill doesn't call it unknown nor charge what it used."""
    world = desk(tmp_path)
    hold(world, BY_USE)
    task = world.draft(to="julie")
    agree(world, task.number, 500)

    assert isinstance(tasks.send(world.here, str(task.number)).verdict, fit.Send)
    world.sync()
    assert bills.report(world.here, Asked(NOVEMBER)).unknown == ()
    used(world, task.number, 2_000_000, world.time, unit="input")
    assert lines(world) == {}


def test_a_price_told_again_takes_the_place_of_the_first(tmp_path: Path) -> None:
    """One of the two stands, and taken back nothing is agreed; without a provider nothing can be."""
    world = desk(tmp_path)
    hold(world, HOURLY)
    task = world.delivered()
    agree(world, task.number, 400)
    again = agree(world, task.number, 300)

    stands = [each for each in charges.told(world.here) if each.task == task.number]
    assert stands == [again]

    answers.accept(world.here, str(task.number))
    assert list(lines(world).values()) == ["3.00 USD"]
    charges.remove(world.here, again.seq)
    assert lines(world) == {}
    with pytest.raises(InvalidInput):
        agree(world, world.draft().number, 400)


def test_a_price_is_changed_as_other_entries_are(tmp_path: Path) -> None:
    """Its amount and day; not into a currency that its cancel fee hasn't."""
    world = desk(tmp_path)
    task = world.sent()
    told = agree(world, task.number, 400, fee=100)

    _, after = charges.change(world.here, told.seq, amount=Money(500, "USD"))

    assert after.fact == charges.told(world.here)[-1].fact
    assert overview.detail(world.here, str(task.number)).line.cost.amounts == (Money(500, "USD"),)
    with pytest.raises(InvalidInput):
        charges.change(world.here, after.seq, amount=Money(500, "EUR"))


def test_time_at_a_price_draws_nothing_from_what_a_plan_includes(tmp_path: Path) -> None:
    """Read by the day too, the hour of a task at a price is no hour of the plan's."""
    world = desk(tmp_path)
    hold(world, HOURLY)
    priced, other = world.delivered(), world.delivered()
    agree(world, priced.number, 400)
    used(world, priced.number, 3600, world.time)
    used(world, other.number, 3600, world.time)

    assert lines(world) == {"2026-11-30/overage/basic": str(Money.of(Decimal(20), "USD"))}
