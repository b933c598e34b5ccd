"""Time: the provider's figure, mine beside it, and time only I know."""

from __future__ import annotations

from pathlib import Path

import pytest

from spirou_cli.domain.errors import InvalidInput, NoSuchThing
from spirou_cli.service import overview, times
from spirou_cli.service.times import Period
from spirou_cli.storage.log import rebuild
from tests.service.desk import desk, ref


def test_a_correction_stands_when_the_provider_corrects_too(tmp_path: Path) -> None:
    """Theirs is replaced, mine stays beside it and counts."""
    world = desk(tmp_path)
    task = world.sent()
    world.julie.work(ref(task), 12, "called")
    world.sync()
    (line,) = times.listing(world.here, Period())
    times.fix(world.here, line.usage.id, 600, reason="two were mine")

    world.julie.correct_work(ref(task), 15, "called")
    world.sync()

    (line,) = times.listing(world.here, Period())
    assert (line.usage.quantity, line.usage.mine, line.seconds) == (900, 600, 600)
    assert overview.detail(world.here, "1").line.seconds == 600


def test_a_correction_is_taken_back(tmp_path: Path) -> None:
    """Then their figure counts again."""
    world = desk(tmp_path)
    task = world.sent()
    world.julie.work(ref(task), 12, "called")
    world.sync()
    times.fix(world.here, 1, 600, reason="")

    assert times.fix(world.here, 1, None, reason="").seconds == 720


def test_a_correction_outlives_a_rebuild(tmp_path: Path) -> None:
    """It is a fact of the log, not only a figure in a table."""
    world = desk(tmp_path)
    task = world.sent()
    world.julie.work(ref(task), 12, "called")
    world.sync()
    times.fix(world.here, 1, 600, reason="two were mine")

    with world.here.write() as log:
        rebuild(log.connection)

    assert [entry.seconds for entry in times.listing(world.here, Period())] == [600]


def test_my_own_time_counts_with_theirs(tmp_path: Path) -> None:
    """A line for each; the period and the provider restrict what is listed."""
    world = desk(tmp_path)
    task = world.sent()
    world.julie.work(ref(task), 12, "called")
    world.sync()

    noted = times.add(world.here, "1", 600, note="on the phone")

    assert overview.detail(world.here, "1").line.seconds == 1320
    assert [e.seconds for e in times.listing(world.here, Period(provider="julie", task="1"))] == [720, 600]
    assert times.listing(world.here, Period(since=noted.usage.used_at + 1)) == []


def test_no_time_and_unknown_entries_are_refused(tmp_path: Path) -> None:
    """Nothing is noted."""
    world = desk(tmp_path)
    world.draft()

    with pytest.raises(InvalidInput):
        times.add(world.here, "1", 0)
    with pytest.raises(NoSuchThing):
        times.fix(world.here, 7, 60, reason="")
