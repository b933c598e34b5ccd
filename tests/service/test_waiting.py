"""Waiting: when a wait is over, and what it looks at meanwhile."""

from __future__ import annotations

from pathlib import Path

import pytest

from spirou_cli.adapters import TaskState as S
from spirou_cli.domain.errors import InvalidInput
from spirou_cli.service.waiting import Wish, looks, reached, settled, verdict
from tests.service.desk import Desk, desk, ref


@pytest.mark.parametrize(
    ("states", "wish", "over"),
    [
        ([], Wish(), True),
        ([S.WORKING], Wish(), False),
        ([S.WORKING, S.DELIVERED], Wish(), True),
        ([S.WORKING, S.DELIVERED], Wish(all_of_them=True), False),
        ([S.COMPLETED, S.DELIVERED], Wish(all_of_them=True), True),
        ([S.WORKING, S.INPUT_REQUIRED], Wish(all_of_them=True), True),
        ([S.WORKING, S.INPUT_REQUIRED], Wish(until=reached("done"), all_of_them=True), False),
        ([S.WORKING, S.FAILED], Wish(all_of_them=True), False),
        ([S.WORKING, S.FAILED], Wish(all_of_them=True, fail_fast=True), True),
        ([S.WORKING, S.DELIVERED], Wish(until=reached("done")), False),
    ],
)
def test_when_a_wait_is_over(states: list[S], wish: Wish, over: bool) -> None:
    """One is enough unless all are asked for; a question ends it at once, as more waiting can't answer it."""
    assert settled(states, wish) is over


@pytest.mark.parametrize(
    ("states", "code"),
    [
        ([], 0),
        ([S.COMPLETED, S.DELIVERED], 0),
        ([S.COMPLETED, S.WORKING], 8),
        ([S.INPUT_REQUIRED], 8),
        ([S.WORKING, S.REJECTED], 9),
        ([S.CANCELED], 9),
    ],
)
def test_the_exit_status_tells_open_from_failed(states: list[S], code: int) -> None:
    """8: one is open or needs the person; 9: one failed, was refused or canceled."""
    assert verdict(states) == code


def test_words_of_the_screens_and_of_json_name_states() -> None:
    """needs-you is several states; an unknown word lists those there are."""
    assert reached("to-review,completed") == {S.DELIVERED, S.COMPLETED}
    with pytest.raises(InvalidInput, match="needs-you"):
        reached("soon")


class Clock:
    """Time that passes only while somebody pauses; ``meanwhile`` happens in the first pause."""

    def __init__(self, world: Desk, meanwhile: object = None) -> None:
        self.world, self.now, self.pauses = world, 0.0, list[float]()
        self.meanwhile = meanwhile

    def __call__(self) -> float:
        return self.now

    def pause(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.now += seconds
        self.world.later(seconds=seconds)
        if callable(self.meanwhile) and len(self.pauses) == 2:
            self.meanwhile()


def test_news_ends_the_wait(tmp_path: Path) -> None:
    """Each pause is followed by a sync; the last look has what changed."""
    world = desk(tmp_path)
    task = world.sent()
    clock = Clock(world, lambda: world.julie.ask(ref(task), "Tuesday?"))

    found = list(looks(world.here, [], Wish(), clock=clock, pause=clock.pause))

    assert [look.settled for look in found] == [False, False, True]
    assert [line.task.question for line in found[-1].changed] == ["Tuesday?"]


def test_pauses_grow_from_the_providers_own_interval(tmp_path: Path) -> None:
    """A provider that wants to be asked once a minute is, then less and less, five minutes at most."""
    world = desk(tmp_path)
    world.sent()
    clock = Clock(world)

    list(looks(world.here, [], Wish(), clock=clock, pause=clock.pause, timeout_s=900))

    assert clock.pauses == [60.0, 90.0, 135.0, 202.5, 300.0, 112.5]


def test_a_wait_outlives_a_provider_that_cannot_be_connected(tmp_path: Path) -> None:
    """A plugin that is gone has declared its interval before; the wait goes on from what is known."""
    world = desk(tmp_path)
    world.sent()
    del world.providers["julie"]
    clock = Clock(world)

    found = list(looks(world.here, [], Wish(), clock=clock, pause=clock.pause, timeout_s=60))

    assert (clock.pauses, found[-1].settled) == ([60.0], False)


def test_time_out_is_the_last_look(tmp_path: Path) -> None:
    """The pause is cut so that the wait ends on time."""
    world = desk(tmp_path)
    world.sent()
    clock = Clock(world)

    found = list(looks(world.here, [], Wish(), clock=clock, pause=clock.pause, interval_s=40, timeout_s=100))

    assert clock.pauses == [40, 40, 20]
    assert not found[-1].settled
    assert found[-1].elapsed_s == 100


def test_an_unreachable_provider_does_not_end_the_wait(tmp_path: Path) -> None:
    """It is asked again at the next look."""
    world = desk(tmp_path)
    task = world.sent()
    clock = Clock(world, lambda: world.julie.finish(ref(task)))

    with world.julie.refuse_connections():
        cut = looks(world.here, ["1"], Wish(), clock=clock, pause=clock.pause)
        assert [next(cut).settled, next(cut).settled] == [False, False]

    assert next(cut).settled
