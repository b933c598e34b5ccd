"""T-CONC: several Spirous at once neither lose, nor repeat, nor refuse without cause (quick set)."""

from __future__ import annotations

import json
import os
import subprocess
import time
from collections import Counter

import pytest

from spirou_cli.storage.lock import sync_lock
from tests.faults.cases import SYNC, heal, snapshot
from tests.faults.invariants import check, ops
from tests.faults.provider import Memory
from tests.faults.world import HOUR, CampaignWorld, Home
from tests.faults.zygote import Ended


def at_once(home: Home, *runs: list[tuple[str, ...]]) -> list[Ended]:
    """Each run is a process; all go at once."""
    orders = [home.order(*commands, name=f"run{n}") for n, commands in enumerate(runs)]
    started = [home.zygote.start(order) for order in orders]
    return [home.zygote.wait(pid, order) for pid, order in zip(started, orders, strict=True)]


WRITES = int(os.environ.get("FAULTS_WRITES", "12"))
FIRST_RUNS = int(os.environ.get("FAULTS_FIRST_RUNS", "3"))


def test_four_writers_lose_no_change(house: CampaignWorld) -> None:
    """Each reads the tags of one task and adds one, again and again."""
    home = house.with_provider("K")
    home.run("add Before --draft")
    runs = [[("tag", "1", "--add", f"t{w}x{n}") for n in range(WRITES)] for w in range(4)]

    ended = at_once(home, *runs)

    (task,) = json.loads(home.run("list --all --json").out)["tasks"]
    assert Counter(run.code for run in ended) == {0: 4}
    assert len(task["tags"]) == 4 * WRITES


@pytest.mark.parametrize("how", ["K", "L"])
def test_of_eight_syncs_one_works_and_the_others_say_so(house: CampaignWorld, how: str) -> None:
    """Exit 75 at once, naming the process; each op arrives once."""
    with house.copy(snapshot(house, SYNC, how)) as home:
        house.provider.fault = slow
        ended = at_once(home.later(HOUR), *[[("sync",)]] * 8)
        house.provider.fault = lambda request: None
        found = check(home.store, house.provider.remembered(), expected=SYNC.saved, may_be_open=True)

    assert found.wrongs() == []
    assert {run.code for run in ended} == {0, 75}
    assert all("(process " in run.err for run in ended if run.code == 75)


def slow(request: object) -> None:
    """Long enough for every other process to have started."""
    time.sleep(0.1)


def test_first_runs_at_once_make_one_store(house: CampaignWorld) -> None:
    """Six first tasks in an empty home are six tasks with six numbers."""
    for _ in range(FIRST_RUNS):
        home = house.home()

        ended = at_once(home, *([("add", f"task {n}", "--draft")] for n in range(6)))

        assert [run.code for run in ended] == [0] * 6
        assert {row["id"] for row in json.loads(home.run("list --all --json").out)["tasks"]} == set(
            range(1, 7)
        )


def test_what_is_added_during_a_sync_leaves_with_it(house: CampaignWorld) -> None:
    """The newcomer is told so and exits 0; the sync looks again before it ends."""
    with house.copy(snapshot(house, SYNC, "K")) as home:
        late = home.later(HOUR)
        house.provider.fault = slow
        order = late.order("sync", name="sync")
        syncing = late.zygote.start(order)
        wait_for(lambda: house.provider.seen["POST"] > 0)
        added = late.run(("add", "Late", "--to", "demo"))
        ended = late.zygote.wait(syncing, order)
        arrived = [effect.texts[0] for effect in house.provider.effects()]
        healed = heal(late)
        found = check(home.store, house.provider.remembered(), expected=[*SYNC.saved, "Late"])

    assert (added.code, ended.code, healed[-1].code) == (0, 0, 0)
    assert "It leaves with the sync now running." in added.err
    assert arrived.count("Late") == 1
    assert found.wrongs() == []


def wait_for(look: object, patience_s: float = 20) -> None:
    end = time.monotonic() + patience_s
    while not look():  # type: ignore[operator]
        assert time.monotonic() < end
        time.sleep(0.005)


def test_a_lock_of_a_dead_process_is_no_lock(house: CampaignWorld) -> None:
    """The file stays and says nothing; the kernel let go."""
    home = house.with_provider("K")
    lock = home.store.with_name(home.store.name + ".lock")
    lock.write_text("1")

    assert home.run("sync").code == 0


def test_a_reader_that_is_held_open_blocks_nobody(house: CampaignWorld) -> None:
    """What is shown is read whole first: a pager left open for a day stops no save."""
    home = house.with_provider("K")
    many_tasks(home)

    with home.process("list", "--all", "--json", stdout=subprocess.PIPE) as pager:
        assert pager.stdout is not None
        pager.stdout.read(1)  # it writes, the pipe is full, nobody reads on
        saved = home.run("add Meanwhile --draft")
        pager.stdout.read()

    assert saved.code == 0


def many_tasks(home: Home) -> None:
    """More than a pipe holds."""
    titles = home.folder / "titles.txt"
    titles.write_text("".join(f"task {n} {'x' * 400}\n" for n in range(240)))
    done = home.run(("add", "--from", str(titles), "--draft"))
    assert done.code == 0, done


def test_a_store_that_stays_busy_is_said_to_be(house: CampaignWorld) -> None:
    """Other commands need not the sync lock: only sync and what sends do."""
    home = house.with_provider("K")
    with sync_lock(home.store):
        codes = [home.run(command).code for command in ("sync", "status", "list", "add Draft --draft")]

    assert codes == [75, 0, 0, 0]
    assert [row["state"] for row in ops(home.store)] == []
    assert check(home.store, Memory(), acked=[1]).wrongs() == []
