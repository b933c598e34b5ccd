"""Watching: each provider at its own pace, each change once, failures more and more rarely."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from spirou_cli.adapters import RateLimited, Ref, Unreachable
from spirou_cli.domain.states import TaskState
from spirou_cli.service.watching import Round, rounds
from spirou_cli.storage.lock import sync_lock
from spirou_cli.testing.fake import FakeProvider, everything
from tests.service.world import World


@dataclass
class Clock:
    """Time that passes only while something waits."""

    now: float = 0.0

    def __call__(self) -> float:
        return self.now

    def pause(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def provider(world: World, name: str, every_s: int) -> FakeProvider:
    return world.provider(name, FakeProvider(replace(everything(), poll_interval_s=every_s)))


def watched(world: World, clock: Clock, *names: str, interval_s: float | None = None) -> Iterator[Round]:
    return rounds(world.context, names, clock=clock, pause=clock.pause, interval_s=interval_s)


def asked(round_: Round) -> list[str]:
    return [result.account.name for result in round_.results]


def test_each_provider_is_asked_at_its_own_pace(world: World) -> None:
    """One that likes 30 s is asked twice while one that likes 60 s is asked once; nobody under 15 s."""
    provider(world, "slow", 60)
    provider(world, "quick", 30)
    provider(world, "eager", 1)
    clock = Clock()
    found = watched(world, clock)

    seen = [(clock.now, asked(next(found))) for _ in range(5)]

    assert [names for _, names in seen] == [
        ["slow", "quick", "eager"], ["eager"], ["quick", "eager"], ["eager"], ["slow", "quick", "eager"],
    ]  # fmt: skip
    assert clock.now == 60


def test_an_interval_only_makes_it_rarer(world: World) -> None:
    """``--interval 5m`` slows down who likes 30 s; ``--interval 1s`` speeds up nobody."""
    provider(world, "quick", 30)

    assert next(watched(world, Clock(), interval_s=300)).next_s == 300
    assert next(watched(world, Clock(), interval_s=1)).next_s == 30


def test_a_change_is_told_once(world: World) -> None:
    """What a round brought is in that round only, with the state before."""
    fake = provider(world, "fake", 30)
    world.add()
    clock = Clock()
    found = watched(world, clock)

    sent = next(found)
    fake.ask(Ref(fake.tasks()[0].ref), "Tuesday or Thursday?")
    asked_back, nothing = next(found), next(found)

    assert [(c.before, c.task.state) for c in sent.changes] == [(TaskState.QUEUED, TaskState.SUBMITTED)]
    assert [(c.before, c.task.state) for c in asked_back.changes] == [
        (TaskState.SUBMITTED, TaskState.INPUT_REQUIRED)
    ]
    assert nothing.changes == ()


def test_a_failing_provider_is_asked_more_and_more_rarely(world: World) -> None:
    """The pace halves with each failure in a row up to an hour, and is back after one success."""
    fake = provider(world, "fake", 60)
    fake.fail_next("pull", *[Unreachable("no route")] * 8)
    clock = Clock()
    found = watched(world, clock)

    waits = [next(found).next_s for _ in range(9)]

    assert waits == [120, 240, 480, 960, 1920, 3600, 3600, 3600, 60]


def test_a_provider_that_names_a_time_is_left_alone_until_then(world: World) -> None:
    """«Come back in two hours» is two hours."""
    fake = provider(world, "fake", 60)
    fake.fail_next("pull", RateLimited("slow down", 7200))

    assert next(watched(world, Clock())).next_s == 7200


def test_another_sync_is_not_disturbed(world: World) -> None:
    """While another process syncs, the round asks nobody and goes on at the next."""
    provider(world, "fake", 60)
    clock = Clock()
    found = watched(world, clock)

    with sync_lock(world.context.path):
        busy = next(found)

    assert (busy.results, asked(next(found))) == ((), ["fake"])
