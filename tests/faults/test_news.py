"""T-LEDGER, T-POISON, T-CLOCK and cursors: what is read counts once, in whatever order it comes."""

from __future__ import annotations

import json
import os
import random
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.faults.cases import SYNC, heal, snapshot
from tests.faults.invariants import check, check_words, ops
from tests.faults.provider import KEY, Provider
from tests.faults.world import HOUR, CampaignWorld, Snapshot

YEARS = 3650 * 24 * HOUR
LEDGERS = int(os.environ.get("FAULTS_LEDGERS", "6"))


def with_a_task(house: CampaignWorld) -> Snapshot:
    """A home whose provider has one task, T1."""
    if ("one task",) not in house.snapshots:
        home = house.with_provider("K")
        assert home.run("add Before --to demo").code == 0
        house.keep(("one task",), home)
    return house.snapshots["one task",]


COSTS = st.lists(
    st.tuples(st.integers(-5000, 90_000), st.sampled_from(["EUR", "USD", "JPY", "KWD"])), max_size=25
)


@settings(max_examples=LEDGERS, deadline=None, database=None, suppress_health_check=list(HealthCheck))
@given(
    costs=COSTS,
    minutes=st.lists(st.integers(0, 300), max_size=10),
    page=st.integers(1, 7),
    seed=st.integers(),
)
def test_totals_are_the_providers_however_its_pages_come(
    house: CampaignWorld, costs: list[tuple[int, str]], minutes: list[int], page: int, seed: int
) -> None:
    """Pages that repeat, overlap, are split or shuffled change no total, in any currency."""
    with house.copy(with_a_task(house)) as home:
        provider = house.provider
        provider.page_size = page
        for minor, currency in costs:
            provider.tell("T1", "cost", minor=minor, currency=currency)
        for n, each in enumerate(minutes):
            provider.tell("T1", "work", line=f"L{n}", minutes=each)
        provider.page = lambda events: messy(provider, events, random.Random(seed))

        codes = [home.run(command).code for command in ("sync", "sync --full", "sync")]
        found = check(home.store, provider.remembered())
        provider.page_size = 100

    assert codes == [0, 0, 0]
    assert found.wrongs() == []


def messy(provider: Provider, events: list[dict[str, Any]], chance: random.Random) -> list[dict[str, Any]]:
    """The page twice over, with some of what was told before, in any order."""
    earlier = provider.memory.events[: events[0]["id"]] if events else []
    page = [*events, *events, *chance.sample(earlier, min(3, len(earlier)))]
    chance.shuffle(page)
    return page


@pytest.mark.parametrize("place", [0, 499, 999])
def test_one_bad_item_in_a_thousand_stops_no_other(house: CampaignWorld, place: int) -> None:
    """999 are taken in, one is kept and counted; exit 1, and a second sync changes nothing."""
    with house.copy(with_a_task(house)) as home:
        for n in range(1000):
            kind = {"type": "gossip"} if n == place else {"text": f"message {n}"}
            house.provider.tell("T1", kind.pop("type", "message"), **kind)

        first, second = home.run("sync --json"), home.run("sync --json")

    (one,), (two,) = json.loads(first.out)["providers"], json.loads(second.out)["providers"]
    assert (first.code, one["news"], one["quarantined"]) == (1, 999, 1)
    assert (second.code, two["news"], two["quarantined"]) == (0, 0, 0)


@pytest.mark.parametrize("bad", [0, 1, 2])
def test_one_bad_provider_in_three_stops_no_other(house: CampaignWorld, bad: int) -> None:
    """It is named, the others are done, and the exit code says 1."""
    keys = {f"SPIROU_SECRET_P{n}": KEY for n in range(3)}
    home = replace(house.with_provider("K"), environ=keys)
    urls = [house.provider.url] * 3
    urls[bad] = "http://127.0.0.1:9/"
    for n, url in enumerate(urls):
        place = ("--kind", "http-demo", "--no-test", "--set", f"url={url}")
        done = home.run(("provider", "add", f"p{n}", *place), ("add", f"task {n}", "--to", f"p{n}"))
        assert done.code == (3 if n == bad else 0), done

    ended = home.later(HOUR).run("sync")

    states = [row["state"] for row in ops(home.store)]
    assert ended.code == 1
    assert f"p{bad}" in ended.out + ended.err
    assert states == ["queued" if n == bad else "done" for n in range(3)]


def test_a_cursor_that_expires_loses_and_repeats_nothing(house: CampaignWorld) -> None:
    """410: everything is read again, and nothing is new."""
    with house.copy(snapshot(house, SYNC, "K")) as home:
        late = home.later(HOUR)
        late.run("sync")
        house.provider.memory.forgotten_before = 1000
        again = json.loads(late.run("sync --json").out)["providers"][0]
        heal(late)
        found = check(home.store, house.provider.remembered(), expected=SYNC.saved)

    assert (again["ok"], again["news"]) == (True, 0)
    assert found.wrongs() == []


def test_pages_that_go_round_in_a_circle_end(house: CampaignWorld) -> None:
    """The same cursor twice: an error with a name, not an endless sync."""
    with house.copy(with_a_task(house)) as home:
        house.provider.news = lambda after: {"events": [], "last": 0, "more": True}  # type: ignore[method-assign]
        ended = home.run("sync")
        del house.provider.news

    assert ended.code == 1
    assert "twice" in ended.out + ended.err


@pytest.mark.parametrize("jump", [-YEARS, -HOUR, YEARS], ids=["-10 years", "-1 hour", "+10 years"])
def test_a_clock_that_jumps_changes_no_order_and_sends_nothing_twice(house: CampaignWorld, jump: int) -> None:
    """Between any two commands of a history; no negative duration is shown, and nothing stays stuck."""
    if house.injector is None:
        pytest.skip("no C compiler: the clock can't be set")
    commands = [
        "add One --to demo",
        "add Two --to demo",
        "reply 1 words",
        "sync",
        "add Three --to demo",
        "status",
    ]
    for at in range(len(commands)):
        home = house.with_provider("K", "lifetime=86400")
        house.provider.fault = lambda request: "500_after" if request.number == 2 else None
        ended = [
            home.later(jump if n == at else 10 * n).run(tuple(command.split()))
            for n, command in enumerate(commands)
        ]
        house.provider.fault = lambda request: None
        warned = sum("The clock went back" in run.err for run in ended)
        healed = heal(home.later(HOUR))
        found = check(home.store, house.provider.remembered(), acked=[1, 2, 3])
        numbers = [row["seq"] for row in ops(home.store)]

        assert found.wrongs() == [], at
        assert numbers == sorted(numbers)
        assert warned <= 1
        assert [what for run in [*ended, *healed] for what in check_words(run)] == []
        assert not any(" -" in run.out and " min" in run.out.split(" -")[1][:8] for run in ended)
