"""Whether delegating paid, to the cent; and what nobody can know is not guessed."""

from __future__ import annotations

import io
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from spirou_cli.cli.render import worth as render
from spirou_cli.cli.render.messages import Words
from spirou_cli.cli.render.screen import Screen
from spirou_cli.domain import events as e
from spirou_cli.domain import moneyfacts as m
from spirou_cli.domain.money import Money
from spirou_cli.domain.plan import Price, Span, Subscription
from spirou_cli.domain.states import TaskState
from spirou_cli.domain.text import width
from spirou_cli.service import answers, bills, delivery, times
from spirou_cli.service.bills import Asked
from spirou_cli.service.worth import WorthRow, worth
from spirou_cli.storage.work import count_tasks, tasks_without_cost
from tests.billing.accounts import version
from tests.service.money import told, used
from tests.service.world import World

NOVEMBER = Span(date(2026, 11, 1), date(2026, 12, 1))
RATE = Money(4500, "EUR")


@pytest.fixture
def world(tmp_path: Path) -> World:
    """An assistant at 20 EUR an hour, and a cousin who tells neither time nor cost."""
    world = World(tmp_path)
    world.provider("julie")
    world.provider("cousin")
    plan = version(included_s=0, overage=(Price(Decimal(20)),), currency="EUR", zone="UTC")
    told(world, "julie", m.PlanAdopted(plan), m.Subscribed(Subscription("s", "basic", date(2026, 11, 1))))
    for number, (name, project) in enumerate((("julie", "home"), ("julie", "work"), ("cousin", "home"))):
        world.add(f"Task {number}", to=name, project=project)
    for name in ("julie", "cousin"):
        delivery.push(world.context, world.account(name))
    for number in (1, 2, 3):
        with world.context.write() as log:
            log.append(
                world.task(number).id, e.StateReported(key=f"done-{number}", state=TaskState.DELIVERED)
            )
        answers.accept(world.context, str(number))
    used(world, 1, 3 * 3600, world.time - timedelta(days=1))
    used(world, 2, 3600, world.time - timedelta(days=1))
    times.add(world.context, "1", 1800, own=True)
    times.add(world.context, "3", 600, own=True)
    return world


def test_cost_and_my_minutes_stand_against_what_was_saved(world: World) -> None:
    """Julie: 4 h for 80.00, half an hour of mine 22.50; 3:30 saved at 29.29; worth 180.00 to me."""
    found = worth(world.context, Asked(NOVEMBER), RATE)

    cousin, julie = found.rows
    assert julie == WorthRow("julie", 2, 0, 14_400, 1800, Money(8000, "EUR"), Money(2250, "EUR"))
    assert (str(julie.per_task), str(julie.per_hour)) == ("51.25 EUR", "29.29 EUR")
    assert str(julie.gain(RATE)) == "77.50 EUR"
    assert cousin == WorthRow("cousin", 1, 1, None, 600, None, Money(750, "EUR"))
    assert (cousin.per_task, cousin.per_hour, cousin.gain(RATE)) == (None, None, None)


def test_my_own_minutes_are_on_no_bill(world: World) -> None:
    """An hour of hers is 20.00, whatever I spent beside it."""
    rows = {row.provider: row for row in bills.report(world.context, Asked(NOVEMBER)).rows}

    assert str(rows["julie"].total) == "80.00 EUR"
    assert rows["julie"].seconds == 14_400
    assert rows["cousin"].total is None


def test_by_project_every_cent_is_somewhere(world: World) -> None:
    """Her time is charged where it was used; the cousin's unknown cost makes nothing up."""
    rows = {row.key: row for row in worth(world.context, Asked(NOVEMBER), RATE, "project").rows}

    assert {key: str(row.cost) for key, row in rows.items()} == {"home": "60.00 EUR", "work": "20.00 EUR"}
    assert (rows["home"].accepted, rows["home"].untimed, rows["home"].own_seconds) == (2, 1, 2400)


@pytest.mark.parametrize("language", ["en", "fr"])
def test_the_page_says_what_it_rests_on(world: World, language: str) -> None:
    """Within 80 columns; unknown is ?, none of one's own time is –."""
    out = io.StringIO()
    render.worth(Screen(out, None, Words(language), columns=80), worth(world.context, Asked(NOVEMBER), RATE))
    lines = out.getvalue().splitlines()

    assert max(map(width, lines)) <= 80
    assert lines[3].split() == ["cousin", "1", "?", "0:10", "?", "?", "?", "?", "?"]
    figures = ["julie", "2", "4:00", "0:30", "80.00", "51.25", "3:30", "29.29", "77.50"]
    assert lines[4].replace(",", ".").split() == figures


def test_a_month_counts_the_tasks_of_its_days(world: World) -> None:
    """What was accepted in November is not of October, and not yet of December."""
    account = world.account("julie").id
    day = 86_400_000
    now = round(world.time.timestamp() * 1000)
    with world.context.read() as connection:
        assert count_tasks(connection, account, now - 2 * day, now + day) == 2
        assert count_tasks(connection, account, now - 9 * day, now - 5 * day) == 0
        assert count_tasks(connection, account, now + day, now + 9 * day) == 0
        # however it is counted, it is the tasks that can be named
        for since in range(now - 9 * day, now + 9 * day, day):
            named = tasks_without_cost(connection, account, since, since + 2 * day)
            assert count_tasks(connection, account, since, since + 2 * day) == len(named)
