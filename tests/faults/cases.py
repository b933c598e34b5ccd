"""What is broken in a campaign: a few scenes, each with its points, and how a home is healed and judged."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.faults.injector import Arm, Call, Mode, Traced, read_trace
from tests.faults.invariants import Findings, check, check_words, ops
from tests.faults.provider import Fault
from tests.faults.world import HOUR, CampaignWorld, Home, Snapshot, numbers_saved
from tests.faults.zygote import Ended, Zygote

__all__ = [
    "ADDS",
    "SCENES",
    "SYNC",
    "Case",
    "Recorded",
    "Result",
    "Scene",
    "at_write",
    "cases",
    "count",
    "heal",
    "play",
    "points",
    "points_of",
    "recorded",
    "snapshot",
]

TITLES = ("Book the dentist", "Order the cake", "Réserver « le train » — 10 €")


@dataclass(frozen=True)
class Scene:
    """Commands in a prepared home. ``titles`` are tasks that were saved before, ``news`` is there to read."""

    name: str
    commands: tuple[str | tuple[str, ...], ...]
    saved: tuple[str, ...] = ()
    later_s: int = 0


ADDS = Scene("add 3", tuple(("add", title, "--to", "demo") for title in TITLES))
SYNC = Scene("sync 3 ops + 7 events", ("sync",), TITLES, HOUR)
SCENES = {"add": ADDS, "sync": SYNC}


@dataclass(frozen=True)
class Case:
    """One run with one thing broken in it."""

    scene: Scene
    how: str
    arm: Arm = field(default_factory=Arm)
    fault: str = ""
    """Goes wrong with write number ``fault_at`` at the provider."""
    fault_at: int = 1

    def __str__(self) -> str:
        broken = f"{self.arm.mode.name.lower()}@{self.arm.at}" if self.arm.at else ""
        server = f"{self.fault}#{self.fault_at}" if self.fault else ""
        return f"{self.scene.name}, {self.how}, {broken}{server}{' sticky' if self.arm.sticky else ''}"


@dataclass(frozen=True)
class Result:
    """What a case left."""

    case: Case
    ended: Ended
    findings: Findings
    words: list[str]

    def wrongs(self) -> list[str]:
        return [f"{self.case}: {wrong}" for wrong in (*self.findings.wrongs(), *self.words)]


def snapshot(world: CampaignWorld, scene: Scene, how: str) -> Snapshot:
    """The home that a scene begins in, made once."""
    key = (scene.name, how)
    if key not in world.snapshots:
        world.keep(key, _prepared(world, scene, how))
    return world.snapshots[key]


def _prepared(world: CampaignWorld, scene: Scene, how: str) -> Home:
    home = world.with_provider(how)
    done = home.run("add Before --to demo")
    assert done.code == 0, done
    if scene.saved:
        _be_busy(world)
        _save_offline(world, home, scene.saved)
    return home


def _be_busy(world: CampaignWorld) -> None:
    """Seven events about the task that the provider has."""
    provider = world.provider
    provider.tell("T1", "state", state="started")
    provider.tell("T1", "message", text="Je m’en occupe — demain ?", question=True)
    provider.tell("T1", "work", line="L1", minutes=12, note="called")
    provider.tell("T1", "work", line="L1", minutes=10, note="called")
    provider.tell("T1", "cost", minor=450, currency="EUR")
    provider.deliver("T1", "quote.pdf", b"%PDF-1.7 of the test")
    provider.tell("T1", "state", state="done")


def _save_offline(world: CampaignWorld, home: Home, titles: Sequence[str]) -> None:
    """Save tasks while nothing answers at the provider's port."""
    url = world.provider.url
    home.run(("provider", "edit", "demo", "--no-test", "--set", "url=http://127.0.0.1:9/"))
    done = home.run(*(("add", title, "--to", "demo") for title in titles))
    assert len(numbers_saved(done.out)) == len(titles), done
    home.run(("provider", "edit", "demo", "--no-test", "--set", f"url={url}"))
    assert [row["state"] for row in ops(home.store)][1:] == ["queued"] * len(titles)


def points(world: CampaignWorld, scene: Scene, how: str) -> list[Traced]:
    """Every point of a scene, in order, from a run in which nothing is broken."""
    with world.copy(snapshot(world, scene, how)) as home:
        return points_of(home.later(scene.later_s), home.zygote, *scene.commands)


def points_of(home: Home, zygote: Zygote, *commands: str | tuple[str, ...]) -> list[Traced]:
    """Every point of these commands in this home."""
    trace = home.folder.with_name(f"{home.folder.name}.trace")
    trace.unlink(missing_ok=True)
    done = zygote.run(home.order(*commands))
    assert done.code == 0, done
    return list(read_trace(trace))


def count(world: CampaignWorld, scene: Scene, how: str) -> int:
    """How many points a scene has."""
    return len(points(world, scene, how))


def cases(
    world: CampaignWorld,
    scene: Scene,
    how: str,
    modes: Sequence[Mode],
    *,
    every: int = 1,
    sticky: bool = False,
) -> Iterator[Case]:
    """A case for each mode at every n-th point; a tear only where there is something to tear."""
    found = points(world, scene, how)
    for mode in modes:
        for at in range(1, len(found) + 1, every):
            if mode is Mode.TORN and found[at - 1].call not in (Call.WRITE, Call.SEND):
                continue
            yield Case(scene, how, Arm(at, mode, sticky))


def play(world: CampaignWorld, case: Case) -> Result:
    """Break, heal, judge."""
    with world.copy(snapshot(world, case.scene, case.how)) as home:
        before = len(ops(home.store))
        if case.fault:
            world.provider.fault = at_write(case.fault, case.fault_at)
        ended = home.later(case.scene.later_s).run(*case.scene.commands, arm=case.arm)
        world.provider.fault = lambda request: None
        world.provider.settle()
        healed = heal(home.later(case.scene.later_s))
        return judge(world, case, home, ended, healed, before)


def at_write(name: str, at: int) -> Fault:
    """This fault with the n-th write."""
    return lambda request: name if request.method in ("POST", "PUT") and request.number == at else None


def heal(home: Home) -> list[Ended]:
    """Sync as a person would in the days after, until nothing moves any more."""
    ended = []
    for hours in (1, 3, 12, 48, 96):
        ended.append(home.later(hours * HOUR).run("sync"))
        if all(row["state"] in ("done", "rejected", "withdrawn", "held") for row in ops(home.store)):
            break
    return ended


def judge(
    world: CampaignWorld, case: Case, home: Home, ended: Ended, healed: Sequence[Ended], before: int
) -> Result:
    """Compare the healed home with the provider, and what was said with what is true."""
    acked = numbers_saved(ended.out) if case.scene is ADDS else []
    findings = check(home.store, world.provider.remembered(), acked=acked, expected=case.scene.saved)
    words = [f"the run wrote {what}" for what in check_words(ended)]
    words += [f"healing wrote {what}" for healing in healed for what in check_words(healing)]
    words += [f"healing ended with {h.code}" for h in healed if h.code not in (0, 1)]
    if case.scene is ADDS and case.arm.mode in (Mode.ENOSPC, Mode.EIO, Mode.INT, Mode.TERM):
        words += _silent(case, home, ended, before, len(acked))
    return Result(case, ended, findings, words)


def _silent(case: Case, home: Home, ended: Ended, before: int, printed: int) -> list[str]:
    """A task that was saved without a word, or a word that isn't true; exit 1: the words were lost."""
    saved = len([row for row in ops(home.store) if row["kind"] == "submit"]) - before
    found = [] if ended.code in (0, 1, 3, 74, 130, -15) else [f"exit {ended.code}: {ended.err}"]
    unsure = "whether this was saved, the next command shows" in ended.err
    if saved != printed and ended.code != 1 and not unsure:
        found.append(f"{saved} saved, {printed} printed (exit {ended.code}): {ended.err}")
    return found


@dataclass(frozen=True)
class Recorded:
    """A run with all that it wrote: where its store was, the files before it, its calls in order."""

    store: Path
    before: dict[str, bytes]
    trace: list[Traced]


def recorded(world: CampaignWorld, scene: Scene, how: str = "K") -> Recorded:
    """A scene in which nothing is broken, written down for power cuts."""
    with world.copy(snapshot(world, scene, how)) as home:
        before = {str(path): path.read_bytes() for path in home.store.parent.iterdir() if path.is_file()}
        done = home.later(scene.later_s).run(*scene.commands, arm=Arm(record=True))
        assert done.code == 0, done
        trace = home.folder.with_name(f"{home.folder.name}.trace")
        return Recorded(home.store, before, list(read_trace(trace, with_data=True)))
