"""The whole campaign: every kill, fault and power cut at every point, and a table of what was found.

    python -m tests.faults.campaign                     everything: an hour and a half on two cores
    python -m tests.faults.campaign --only kill power   some parts
    python -m tests.faults.campaign --every 10          every tenth point
    python -m tests.faults.campaign --workers 4 --json results.json

Exit 1 if anything but zero was found.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass, field
from pathlib import Path

from tests.faults.cases import ADDS, SYNC, Case, Result, Scene, cases, play, points, recorded
from tests.faults.injector import Mode
from tests.faults.power import images, verdict
from tests.faults.provider import FAULTS
from tests.faults.world import CampaignWorld, world
from tests.faults.zygote import ROOT

__all__ = ["Row", "main", "table"]


@dataclass
class Row:
    """One line of the table."""

    test: str
    points: int = 0
    runs: int = 0
    lost: int = 0
    duplicated: int = 0
    ghosts: int = 0
    broken: int = 0
    held: int = 0
    held_and_sent: int = 0
    seconds: float = 0
    """Of all workers together."""
    wrongs: list[str] = field(default_factory=list)

    @property
    def clean(self) -> bool:
        return not self.wrongs

    def take(self, result: Result) -> None:
        found = result.findings
        self.runs += 1
        self.lost += len(found.lost)
        self.duplicated += len(found.duplicated)
        self.ghosts += len(found.ghosts)
        self.broken += len(found.broken) + len(result.words)
        self.held += found.held
        self.held_and_sent += found.held_and_sent
        self.wrongs += result.wrongs()

    def add(self, other: Row) -> None:
        """Count another worker's share of the same line."""
        for name in ("runs", "lost", "duplicated", "ghosts", "broken", "held", "held_and_sent", "seconds"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.points = max(self.points, other.points)
        self.wrongs += other.wrongs


@dataclass(frozen=True)
class Part:
    """A line of the campaign, which workers share: each takes every n-th case."""

    name: str
    kind: str
    """kill, fault, power or server."""
    play: Callable[[CampaignWorld, Share], Row]


@dataclass(frozen=True)
class Share:
    """A worker's share: cases ``first``, ``first + of`` … of every ``every``-th point."""

    first: int
    of: int
    every: int

    def mine(self, found: Iterator[Case] | Sequence[Case]) -> Iterator[Case]:
        return (case for n, case in enumerate(found) if n % self.of == self.first)


@dataclass(frozen=True)
class AtPoints:
    """Every point of a scene, in some modes."""

    scene: Scene
    how: str
    modes: tuple[Mode, ...]
    sticky: bool = False

    def __call__(self, house: CampaignWorld, share: Share) -> Row:
        row = Row("", len(points(house, self.scene, self.how)))
        found = cases(house, self.scene, self.how, self.modes, every=share.every, sticky=self.sticky)
        for case in share.mine(found):
            row.take(play(house, case))
        return row


@dataclass(frozen=True)
class AtServer:
    """Every fault of the server on the first two writes."""

    how: str

    def __call__(self, house: CampaignWorld, share: Share) -> Row:
        row = Row("", 2 * len(FAULTS))
        found = [Case(SYNC, self.how, fault=fault, fault_at=at) for fault in FAULTS for at in (1, 2)]
        for case in share.mine(found):
            row.take(play(house, case))
        return row


@dataclass(frozen=True)
class AtPower:
    """Every image after every call of a recorded run."""

    scene: Scene

    def __call__(self, house: CampaignWorld, share: Share) -> Row:
        run = recorded(house, self.scene)
        row = Row("", len(run.trace))
        made = images(run.store.parent, run.before, run.trace, every=share.every, chances=2)
        for n, image in enumerate(made):
            if n % share.of != share.first:
                continue
            found = verdict(image, run.store, house.folder / "image")
            row.runs += 1
            row.lost += sum(what.startswith("LOST") for what in found)
            row.duplicated += sum(what.startswith("DUP") for what in found)
            row.broken += sum(what.startswith(("CORRUPT", "CURSOR")) for what in found)
            row.wrongs += [
                f"{self.scene.name}, power after {image.after}, {image.choice}: {w}" for w in found
            ]
        return row


def parts() -> list[Part]:
    """The lines of the table, in order."""
    kill, torn, after = Mode.KILL, Mode.TORN, Mode.AFTER
    found = [
        Part(f"T-KILL {scene.name}, {how}", "kill", AtPoints(scene, how, modes))
        for scene in (ADDS, SYNC)
        for how, modes in (("K", (kill, torn, after)), ("N", (kill,)), ("L", (kill, after)), ("B", (kill,)))
    ]
    found += [
        Part(f"T-FAULT {scene.name}, {name}", "fault", AtPoints(scene, "K", (mode,), sticky))
        for scene in (ADDS, SYNC)
        for name, mode, sticky in (
            ("ENOSPC once", Mode.ENOSPC, False),
            ("ENOSPC from then on", Mode.ENOSPC, True),
            ("EIO once", Mode.EIO, False),
            ("EIO from then on", Mode.EIO, True),
            ("SIGINT", Mode.INT, False),
            ("SIGTERM", Mode.TERM, False),
        )
    ]
    found += [Part(f"T-SRV 18 faults × 2 writes, {how}", "server", AtServer(how)) for how in "KNLB"]
    found += [Part(f"T-POWER {scene.name}", "power", AtPower(scene)) for scene in (ADDS, SYNC)]
    return found


def _worked(name: str, share: Share) -> Row:
    """One worker's share of one part, in a house of its own."""
    (part,) = [part for part in parts() if part.name == name]
    begun = time.monotonic()
    memory = Path("/dev/shm")
    with (
        tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as folder,
        world(Path(folder)) as house,
    ):
        row = part.play(house, share)
    row.seconds = time.monotonic() - begun
    return row


@dataclass(frozen=True)
class Larger:
    """A test of the quick set, made larger by its environment.

    ``runs`` is how often it then tries; 0: it says so itself, in lines like ``runs: 12``.
    """

    name: str
    file: str
    test: str
    runs: int
    environment: tuple[tuple[str, str], ...]

    def row(self) -> Row:
        begun = time.monotonic()
        done = subprocess.run(
            [
                sys.executable,
                "-m",
                "pytest",
                "-q",
                "-s",
                "-n",
                "0",
                "--hypothesis-profile=search",
                f"tests/faults/test_{self.file}.py",
                "-k",
                self.test,
            ],
            env={**os.environ, **dict(self.environment)},
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        said = sum(int(number) for number in re.findall(r"^\.?runs: (\d+)$", done.stdout, re.MULTILINE))
        row = Row(self.name, runs=self.runs or said, seconds=time.monotonic() - begun)
        if done.returncode:
            row.broken, row.wrongs = 1, [done.stdout[-4000:]]
        return row


def larger(histories: int) -> list[Larger]:
    """What pytest runs larger than each day."""
    slow = ("FAULTS_SLOW", "1")
    return [
        Larger(
            "T-CONC 4 writers × 100 changes", "together", "four_writers", 400, (("FAULTS_WRITES", "100"),)
        ),
        Larger("T-CONC 8 syncs at once, K and L", "together", "eight_syncs", 16, ()),
        Larger("T-CONC 6 first runs × 40", "together", "first_runs", 240, (("FAULTS_FIRST_RUNS", "40"),)),
        Larger(
            "T-MIG every call, killed, torn, full", "files", "upgrade_is_whole", 0, (("FAULTS_EVERY", "1"),)
        ),
        Larger("T-LEDGER ledgers × 3 readings", "news", "totals", 300, (("FAULTS_LEDGERS", "100"),)),
        Larger("T-DRIP, 10,000 pages", "secrets_and_plugins", "drips or pages", 2, (slow,)),
        Larger(
            "T-RAND random histories",
            "random",
            "history",
            histories,
            (("FAULTS_HISTORIES", str(histories)), ("FAULTS_SHRINK", "1")),
        ),
    ]


def table(rows: Sequence[Row]) -> str:
    """The rows as Markdown."""
    head = (
        "| Test | Points | Runs | Lost | Duplicated | Effects without record | Integrity failures | Held |",
        "|---|--:|--:|--:|--:|--:|--:|--:|",
    )
    lines = [
        f"| {r.test} | {r.points or '–'} | {r.runs} | {r.lost} | {r.duplicated} | {r.ghosts} | {r.broken} | "
        f"{f'{r.held} ({r.held_and_sent} had arrived)' if r.held else 0} |"
        for r in rows
    ]
    return "\n".join([*head, *lines])


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m tests.faults.campaign", description=__doc__.split("\n")[0]
    )
    kinds = ["server", "power", "kill", "fault", "larger"]
    parser.add_argument("--only", nargs="+", choices=kinds, default=kinds, help="some parts")
    parser.add_argument("--match", default="", help="only lines whose name has this")
    parser.add_argument("--every", type=int, default=1, help="every n-th point")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--histories", type=int, default=500)
    parser.add_argument("--json", type=Path, help="write the rows here too")
    options = parser.parse_args(arguments)
    rows = []
    with ProcessPoolExecutor(options.workers) as pool:
        for part in [
            p for kind in options.only for p in parts() if p.kind == kind and options.match in p.name
        ]:
            shares = [Share(first, options.workers, options.every) for first in range(options.workers)]
            row = Row(part.name)
            for other in pool.map(_worked, [part.name] * len(shares), shares):
                row.add(other)
            rows.append(row)
            _tell(row, options.json, rows)
    for part in larger(options.histories) if "larger" in options.only else ():
        if options.match in part.name:
            rows.append(part.row())
            _tell(rows[-1], options.json, rows)
    sys.stdout.write("\n" + table(rows) + "\n")
    return 0 if all(row.clean for row in rows) else 1


def _tell(row: Row, path: Path | None, rows: Sequence[Row]) -> None:
    """Progress; what went wrong in full."""
    sys.stderr.write(f"{row.test}: {row.runs} runs, {len(row.wrongs)} wrong, {row.seconds:.0f} s\n")
    sys.stderr.writelines(f"  {wrong}\n" for wrong in row.wrongs)
    sys.stderr.flush()
    if path:
        path.write_text(json.dumps([asdict(r) for r in rows], indent=1), "utf-8")


if __name__ == "__main__":
    sys.exit(main())
