"""What a plan lets leave, what waits or is refused, and what the month costs so far."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from spirou_cli.domain import events as e
from spirou_cli.domain import fit
from spirou_cli.domain import moneyfacts as m
from spirou_cli.domain.billing.account import OtherCharge
from spirou_cli.domain.billing.budget import Budget
from spirou_cli.domain.billing.currency import Rate
from spirou_cli.domain.billing.lines import LineKind
from spirou_cli.domain.money import Money
from spirou_cli.domain.plan import HourPack, Span
from spirou_cli.domain.reason import Reason
from spirou_cli.domain.record import replace
from spirou_cli.domain.states import TaskState
from spirou_cli.service import adopting, answers, budgets, overview, plans, sync, tasks, times
from spirou_cli.service.adopting import Adoption
from spirou_cli.storage import ledger
from tests.service.desk import Desk, desk, ref
from tests.service.world import NOON

TODAY = date(2026, 11, 23)
FLAT = {"fee": "70", "currency": "USD", "task_cap": {"seconds": 900}, "open_limit": 2}
HOURLY = {"fee": "0", "currency": "USD", "included_s": 0, "overage": [{"amount": "20"}]}
BY_USE = {"fee": "0", "currency": "USD", "usage": [{"amount": "3", "per": 1_000_000, "meter": "input"}]}


def hold(world: Desk, told: dict[str, object], on: date = date(2026, 11, 1), to: str = "julie") -> None:
    """``to`` is paid by such a plan."""
    adopting.adopt(world.here, Adoption(provider=to, on=on, name="basic", told=told))  # type: ignore[arg-type]


def tell(world: Desk, fact: m.MoneyFact, account: str | None = "julie") -> None:
    with world.here.write() as log:
        ledger.append(log, world.account(account).id if account else None, fact)


def used(tokens: int, cost: Money | None = None) -> e.UsageRecorded:
    at = round(NOON.timestamp() * 1000)
    return e.UsageRecorded(key="u", unit="input", quantity=tokens, cost=cost, used_at=at)


def budget(limit: Money, *, ask: bool = False, scope: str = "all") -> m.BudgetSet:
    return m.BudgetSet(Budget(scope, limit, hard=True), ask)


def test_exactly_the_longest_task_is_taken_and_a_longer_one_is_refused(tmp_path: Path) -> None:
    """A 15-minute plan takes 15 minutes, included in its fee; 16 stay here as a draft."""
    world = desk(tmp_path)
    hold(world, FLAT)

    inside = world.add(to="julie", max_time_s=900)
    outside = world.add(to="julie", max_time_s=960)

    assert inside.verdict == fit.Send(1, 2, included=True)
    assert outside.verdict == fit.Refuse(Reason("too_long", (900, 960)))
    assert outside.task.state is TaskState.DRAFT


def test_a_plan_binds_from_its_first_day_to_its_last(tmp_path: Path) -> None:
    """Neither a plan to come nor one that ended limits anything."""
    world = desk(tmp_path, others=("marc",))
    hold(world, FLAT, on=date(2026, 11, 24))
    hold(world, FLAT, to="marc")
    adopting.end(world.here, "marc", TODAY)

    today = [world.add(to=name, max_time_s=960).verdict for name in ("julie", "marc")]
    world.later(days=1)
    tomorrow = [world.add(to=name, max_time_s=960).verdict for name in ("julie", "marc")]

    assert [type(verdict) for verdict in today] == [fit.Send, fit.Refuse]
    assert [type(verdict) for verdict in tomorrow] == [fit.Refuse, fit.Send]


def test_a_task_waits_for_a_free_place_and_takes_it_by_itself(tmp_path: Path) -> None:
    """At 2 of 2 open the third waits here; once one is done the next sync sends it."""
    world = desk(tmp_path)
    hold(world, FLAT)
    first, _ = world.sent("One"), world.sent("Two")

    third = world.add("Three", to="julie")
    world.sync()
    waiting = world.now(third.task)
    world.julie.finish(ref(first))
    world.sync()

    assert (waiting.state, waiting.reason) == (TaskState.QUEUED, Reason("no_place", (2, 2)))
    assert world.now(third.task).state is TaskState.SUBMITTED
    assert [task.title for task in world.julie.tasks()] == ["One", "Two", "Three"]


def test_a_place_is_taken_once_however_many_wait(tmp_path: Path) -> None:
    """Two places are free and four tasks wait: two leave, urgent ones first."""
    world = desk(tmp_path)
    hold(world, FLAT)
    running = [world.sent("One"), world.sent("Two")]
    late, _, urgent = (
        world.add("Three", to="julie").task,
        world.add("Four", to="julie"),
        world.add("Five", to="julie", priority="high").task,
    )

    for task in running:
        world.julie.finish(ref(task))
    world.sync()

    assert [world.now(task).state for task in (urgent, late)] == [TaskState.SUBMITTED] * 2
    assert len(world.julie.tasks()) == 4


def test_what_waits_for_a_place_can_always_be_canceled(tmp_path: Path) -> None:
    """It never left, so it is canceled here, and takes no place later."""
    world = desk(tmp_path)
    hold(world, FLAT)
    first, _ = world.sent("One"), world.sent("Two")
    third = world.add("Three", to="julie").task

    done = answers.cancel(world.here, str(third.number))
    world.julie.finish(ref(first))
    world.sync()

    assert done.here
    assert world.now(third).state is TaskState.CANCELED
    assert len(world.julie.tasks()) == 2


def test_a_longer_task_may_go_to_prepaid_hours_while_they_last(tmp_path: Path) -> None:
    """With an hour in a pack 40 minutes are asked about and then sent, and a second 40 don't fit."""
    world = desk(tmp_path)
    hold(world, FLAT)
    tell(world, m.PackBought(HourPack("p", 3600, date(2026, 11, 20))))
    asked = world.add(to="julie", max_time_s=2400)
    sent = tasks.send(world.here, str(asked.task.number), approved=True)
    world.sync()
    world.julie.work(ref(world.now(asked.task)), 40, "all of it")
    world.sync()

    again = world.add(to="julie", max_time_s=2400)

    assert asked.verdict == fit.Ask(Reason("pack_needed", (900, 2400)))
    assert sent.verdict == fit.Send(1, 2, included=False)
    assert again.verdict == fit.Refuse(Reason("too_long", (900, 2400)))


def test_a_plan_paid_by_use_asks_for_a_limit_of_cost(tmp_path: Path) -> None:
    """Nobody knows the price before: the task needs a limit of its own, or a yes."""
    world = desk(tmp_path)
    hold(world, BY_USE)

    asked = world.add(to="julie")
    limited = world.add(to="julie", max_cost=Money(200, "USD"))
    agreed = world.add(to="julie", approved=True)

    assert asked.verdict == fit.Ask(Reason("price_unknown"))
    assert [limited.verdict, agreed.verdict] == [fit.Send(1), fit.Send(2)]


def test_what_open_tasks_may_cost_counts_against_a_hard_budget(tmp_path: Path) -> None:
    """Of 10 USD, 7 are promised to a task under way: 3 more may go, 4 may not."""
    world = desk(tmp_path)
    hold(world, HOURLY)
    tell(world, budget(Money(1000, "USD")), None)
    world.add(to="julie", max_cost=Money(700, "USD"))

    over = world.add(to="julie", max_cost=Money(301, "USD"))
    inside = world.add(to="julie", max_cost=Money(300, "USD"))

    assert over.verdict == fit.Refuse(Reason("over_budget", (301, 300), "USD"))
    assert isinstance(inside.verdict, fit.Send)


@pytest.mark.parametrize(
    ("terms", "limits", "worked_s", "standing"),
    [
        (HOURLY, {"max_time_s": 1200}, 0, (0, 667)),
        (HOURLY, {"max_time_s": 1200}, 600, (333, 334)),
        (HOURLY, {"max_time_s": 1200}, 2700, (1500, 0)),
        (HOURLY | {"included_s": 900}, {"max_time_s": 1200}, 0, (0, 167)),
        (HOURLY | {"included_s": 3600}, {"max_time_s": 1200}, 0, (0, 0)),
        (HOURLY, {"max_cost": Money(600, "USD")}, 900, (500, 100)),
        (HOURLY, {"max_cost": Money(600, "USD")}, 2700, (1500, 0)),
    ],
)
@pytest.mark.parametrize("scope", ["all", "project:blog"])
def test_what_is_promised_is_what_remains_at_most(
    tmp_path: Path,
    terms: dict[str, object],
    limits: dict[str, object],
    worked_s: int,
    standing: tuple[int, int],
    scope: str,
) -> None:
    """Time that the plan prices is promised at its price; what was spent of a limit counts once."""
    world = desk(tmp_path)
    hold(world, terms)
    tell(world, budget(Money(5000, "USD"), scope=scope), None)
    task = world.sent(project="blog", **limits)
    if worked_s:
        times.add(world.here, str(task.number), worked_s)

    (found,) = budgets.listing(world.here)

    assert (found.standing.spent.minor, found.standing.promised.minor) == standing


def test_a_budget_in_another_currency_is_compared_at_todays_rate(tmp_path: Path) -> None:
    """9 EUR at 1.10 are 9.90 USD."""
    world = desk(tmp_path)
    hold(world, HOURLY)
    tell(world, budget(Money(900, "EUR"), ask=True), None)
    tell(world, m.RateSet(Rate(TODAY, "EUR", "USD", Decimal("1.10"))), None)

    over = world.add(to="julie", max_cost=Money(991, "USD"))
    inside = world.add(to="julie", max_cost=Money(990, "USD"))

    assert over.verdict == fit.Ask(Reason("over_budget", (991, 990), "USD"))
    assert isinstance(inside.verdict, fit.Send)


def test_what_has_no_fresh_rate_is_not_nothing_to_a_hard_budget(tmp_path: Path) -> None:
    """A rate of eight days ago no longer sums the month: nothing leaves until there is another."""
    world = desk(tmp_path)
    hold(world, HOURLY)
    tell(world, budget(Money(900, "EUR")), None)
    tell(world, m.RateSet(Rate(TODAY - timedelta(days=8), "EUR", "USD", Decimal("1.10"))), None)
    tell(world, m.ChargeEntered(OtherCharge("c", TODAY, LineKind.FEE, Money(1267, "USD"))))

    refused = [world.add(to="julie", max_cost=cost).verdict for cost in (None, Money(100, "EUR"))]
    (found,) = budgets.listing(world.here)

    assert refused == [fit.Refuse(Reason("no_rate", text="EUR/USD"))] * 2
    assert (found.standing.lacking, found.standing.unconverted) == ("EUR/USD", (Money(1267, "USD"),))


@pytest.mark.parametrize(
    ("scope", "project", "blocked"),
    [("project:blog", "blog", True), ("project:blog", "home", False), ("provider:other", "blog", False)],
)
def test_a_budget_binds_only_what_it_is_about(
    tmp_path: Path, scope: str, project: str, blocked: bool
) -> None:
    """A project's budget stops that project alone, a provider's that provider."""
    world = desk(tmp_path)
    hold(world, HOURLY)
    tell(world, budget(Money(100, "USD"), scope=scope), None)

    placed = world.add(to="julie", project=project, max_cost=Money(101, "USD"))

    assert isinstance(placed.verdict, fit.Refuse) is blocked


def test_work_that_the_fee_pays_for_is_never_blocked_by_a_budget(tmp_path: Path) -> None:
    """The fee alone is over the budget, and still a task of the plan leaves."""
    world = desk(tmp_path)
    hold(world, FLAT)
    tell(world, budget(Money(100, "USD")), None)

    assert isinstance(world.add(to="julie").verdict, fit.Send)


def test_the_status_tells_the_month_so_far_by_currency_and_basis(tmp_path: Path) -> None:
    """A fee that fell due is known, what may still grow is an estimate, what was paid is billed."""
    world = desk(tmp_path, others=("marc", "agent"))
    hold(world, FLAT)
    hold(world, {"fee": "600", "currency": "EUR"}, to="marc")
    hold(world, BY_USE, to="agent")
    tell(world, m.MonthPaid(Span(date(2026, 11, 1), date(2026, 12, 1)), TODAY), "marc")
    task = world.add(to="agent", approved=True).task
    with world.here.write() as log:
        log.append(task.id, used(140_000))

    found = overview.status(world.here)

    assert found.spend == plans.Spend(
        "2026-11-01",
        "2026-11-30",
        (
            (Money(60000, "EUR"), "billed"),
            (Money(42, "USD"), "estimated"),
            (Money(7000, "USD"), "reported"),
        ),
    )


def test_a_cost_that_a_provider_told_counts_without_any_plan(tmp_path: Path) -> None:
    """Nobody said what julie's plan is; what she says a task cost is in the month all the same."""
    world = desk(tmp_path)
    task = world.sent()
    with world.here.write() as log:
        log.append(task.id, used(1, cost=Money(250, "EUR")))

    assert overview.status(world.here).spend.totals == ((Money(250, "EUR"), "estimated"),)


def test_a_task_of_a_plan_with_a_fee_is_included_and_others_are_unknown(tmp_path: Path) -> None:
    """A listing says what is paid for; it never says zero for what nobody told."""
    world = desk(tmp_path, others=("marc",))
    hold(world, FLAT)
    world.sent()
    world.sent(to="marc")

    kinds = [line.cost.kind for line in overview.status(world.here).lines]

    assert kinds == ["included", "unknown"]


def test_a_plan_that_ended_no_longer_limits_what_waits(tmp_path: Path) -> None:
    """Sync judges again what waits here under the plan that holds then."""
    world = desk(tmp_path)
    hold(world, FLAT)
    world.sent("One")
    world.sent("Two")
    third = world.add("Three", to="julie").task
    adopting.end(world.here, "julie", TODAY)

    world.later(days=1)
    sync.sync(world.here)

    assert world.now(third).state is TaskState.SUBMITTED


def test_a_provider_keeps_the_zone_of_its_first_plan(tmp_path: Path) -> None:
    """A person who moves, and adopts another plan there, finds what was charged before on its days."""
    world = desk(tmp_path)
    hold(world, FLAT)
    moved = replace(world.here, zone=ZoneInfo("Asia/Tokyo"))

    told: dict[str, object] = {**FLAT, "fee": "90"}
    later = adopting.adopt(moved, Adoption(provider="julie", on=TODAY, name="more", told=told))  # type: ignore[arg-type]

    first = adopting.held(world.here, "julie")[0].versions[0]
    assert later.version.zone == first.zone != "Asia/Tokyo"
