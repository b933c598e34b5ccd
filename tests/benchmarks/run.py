"""How fast the program is, as ratios within one run: each row beside its floor, its target and its peers.

python -m tests.benchmarks.run            all rows that take seconds
python -m tests.benchmarks.run --large    also a million tasks, usage lines and events (minutes)
python -m tests.benchmarks.run --json F   write the figures to F as well

The floor is ``python -c pass`` of the same interpreter, run turn by turn with each command. Machines are
noisy: compare rows of one run only. Peers are run where they are on the PATH.
"""

from __future__ import annotations

import argparse
import json
import os
import pty
import resource
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import NamedTuple

from tests.benchmarks import networked, peers, rebuilding, stores

RUNS = 25
FLOOR = [sys.executable, "-c", "pass"]
PROGRAM = [sys.executable, "-m", "spirou_cli"]


class Turn(NamedTuple):
    """A command in a folder."""

    command: Sequence[str]
    folder: Path
    terminal: bool = False

    def run(self) -> None:
        (_on_terminal if self.terminal else _in_pipe)(self.command, self.folder)


@dataclass(frozen=True, slots=True)
class Row:
    """One figure: ``ratio`` to its base, and the most it should be (None = a peer, for comparison)."""

    name: str
    ms: float
    base: str
    ratio: float
    target: float | None = None
    at_least: bool = False

    @property
    def met(self) -> bool | None:
        if self.target is None:
            return None
        return self.ratio >= self.target if self.at_least else self.ratio <= self.target


def main() -> None:
    options = _options()
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    os.environ["PYTHONPATH"] = str(Path(__file__).parents[2])
    with tempfile.TemporaryDirectory(prefix="sp") as folder:
        rows = []
        for row in _rows(Path(folder), large=options.large):
            rows.append(row)
            _print(row)
    print(f"\nload of the machine at the end: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    missed = [row.name for row in rows if row.met is False]
    print("missed: " + (", ".join(missed) or "none"))
    if options.json:
        Path(options.json).write_text(json.dumps([asdict(row) for row in rows], indent=1) + "\n")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--large", action="store_true")
    parser.add_argument("--json", metavar="FILE")
    return parser.parse_args()


def _rows(folder: Path, *, large: bool) -> Iterator[Row]:
    floor = shortest([Turn(FLOOR, folder)])[0]
    yield Row("floor: python -c pass", floor, "floor", 1.0)
    plain = stores.make(folder / "small", opened=20, closed=980, usage=1000, months=1)
    paid = stores.make(folder / "paid", opened=20, closed=980, usage=1000, months=1, terms=stores.INCLUDED)
    for note, store in (("", plain), (", plan and budget", paid)):
        yield spirou(f"status --short{note}", ["status", "--short"], store, 3)
        yield spirou(f"status, in a pipe{note}", ["status"], store, 6.5)
        yield spirou(f"list, in a pipe{note}", ["list"], store, 6.5)
        yield spirou(f"status, on a terminal{note}", ["status"], store, 9.5, terminal=True)
        yield spirou(f"bill of a month, 1,000 lines{note}", ["bill"], store, 10)
        yield spirou(f"add --draft (durable){note}", ["add", "--draft", "A task"], store, 7)
    yield spirou("--help", ["--help"], plain, 7)
    for name, arguments in (("status", ["status"]), ("add", ["add", "--draft", "x"]), ("bill", ["bill"])):
        yield _memory(name, arguments, paid)
    yield from peers.rows(folder, Row, shortest, Turn)
    yield from networked.rows(folder, Row)
    if large:
        yield from _large(folder)


def spirou(name: str, arguments: list[str], store: Path, target: float, *, terminal: bool = False) -> Row:
    """A command of ours, turn by turn with the floor."""
    floor, ours = shortest([Turn(FLOOR, store), Turn([*PROGRAM, *arguments], store, terminal)])
    return Row(name, ours, "floor", ours / floor, target)


def _large(folder: Path) -> Iterator[Row]:
    few = stores.make(folder / "few", opened=20, closed=1000, usage=1000, months=1)
    many = stores.make(folder / "big", opened=20, closed=1_000_000, usage=1_000_000)
    for name, arguments in (
        ("status", ["status"]),
        ("list", ["list"]),
        ("add --draft", ["add", "--draft", "A task"]),
    ):
        yield _growth(f"{name}, 1,000,000 closed tasks", arguments, few, many, 1.15)
    yield _growth("bill, 1,000,000 lines in 36 months", ["bill"], few, many, 1.5)
    for name, terms in stores.TERMS.items():
        for store in (few, many):
            stores.hold(store, terms)
        yield _growth(f"bill, 1,000,000 lines, {name}", ["bill"], few, many, 1.5, runs=5)
    yield from rebuilding.rows(folder, Row, events=1_000_000)


def _growth(
    name: str, arguments: list[str], few: Path, many: Path, target: float, *, runs: int = RUNS
) -> Row:
    """The same command in a small and in a large store, turn by turn."""
    command = [*PROGRAM, *arguments]
    small, large = shortest([Turn(command, few), Turn(command, many)], runs=runs)
    return Row(name, large, "1,000", large / small, target)


def shortest(turns: Sequence[Turn], *, runs: int = RUNS) -> list[float]:
    """The shortest run of each, in milliseconds, taken turn by turn, so that what else runs meets all."""
    for turn in turns:
        turn.run()
    times = [[_timed(turn.run) for turn in turns] for _ in range(runs)]
    return [min(column) for column in zip(*times, strict=True)]


def _timed(action: Callable[[], object]) -> float:
    start = time.perf_counter()
    action()
    return (time.perf_counter() - start) * 1000


def _in_pipe(command: Sequence[str], folder: Path) -> None:
    subprocess.run(command, env=stores.environment(folder), capture_output=True, check=True)


def _on_terminal(command: Sequence[str], folder: Path) -> None:
    ours, theirs = pty.openpty()
    reader = threading.Thread(target=_drain, args=(ours,))
    reader.start()
    subprocess.run(
        command, env=stores.environment(folder), stdin=theirs, stdout=theirs, stderr=theirs, check=True
    )
    os.close(theirs)
    reader.join()
    os.close(ours)


def _drain(handle: int) -> None:
    try:
        while os.read(handle, 65536):
            pass
    except OSError:  # the other end is closed
        return


def _memory(name: str, arguments: list[str], folder: Path) -> Row:
    """The most memory of one run, in MB against the target of 40."""
    code = (
        "import resource, subprocess, sys\n"
        "subprocess.run(sys.argv[1:], stdout=subprocess.PIPE, check=True)\n"
        "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, sys.executable, "-m", "spirou_cli", *arguments],
        env=stores.environment(folder),
        capture_output=True,
        check=True,
    )
    megabytes = int(done.stdout) * resource_unit() / 1e6
    return Row(f"peak memory of {name}, MB", 0.0, "MB", megabytes, 40)


def resource_unit() -> int:
    """What ru_maxrss counts: bytes on macOS, kilobytes elsewhere."""
    return 1 if sys.platform == "darwin" else 1024


def _print(row: Row) -> None:
    sign = "≥" if row.at_least else "≤"
    goal = "" if row.target is None else f"{sign} {row.target:g}"
    verdict = {True: "met", False: "MISSED", None: ""}[row.met]
    print(f"{row.name:52} {row.ms:9.1f} ms {row.ratio:8.2f} × {row.base:14} {goal:>7}  {verdict}", flush=True)


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    main()
