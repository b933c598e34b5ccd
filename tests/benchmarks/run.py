"""How fast the program is, as ratios within one run: each row beside its floor, its target and its peers.

python -m tests.benchmarks.run            all rows that take seconds
python -m tests.benchmarks.run --large    also a million tasks, usage lines and events (minutes)
python -m tests.benchmarks.run --json F   write the figures to F as well

The floor is ``python -c pass`` of the same interpreter. Machines are noisy: compare rows of one run only.
"""

from __future__ import annotations

import argparse
import json
import os
import pty
import resource
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from tests.benchmarks import networked, rebuilding, stores

RUNS = 15


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
    missed = [row.name for row in rows if row.met is False]
    print("\nmissed: " + (", ".join(missed) or "none"))
    if options.json:
        Path(options.json).write_text(json.dumps([asdict(row) for row in rows], indent=1) + "\n")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--large", action="store_true")
    parser.add_argument("--json", metavar="FILE")
    return parser.parse_args()


def _rows(folder: Path, *, large: bool) -> Iterator[Row]:
    floor = best([sys.executable, "-c", "pass"], folder)
    yield Row("floor: python -c pass", floor, "floor", 1.0)
    small = stores.make(folder / "small", opened=20, closed=980, usage=1000, months=1)

    def spirou(name: str, arguments: list[str], target: float) -> Row:
        ms = best([sys.executable, "-m", "spirou_cli", *arguments], small)
        return Row(name, ms, "floor", ms / floor, target)

    yield spirou("status --short", ["status", "--short"], 3)
    yield spirou("status, in a pipe", ["status"], 6.5)
    yield spirou("list, in a pipe", ["list"], 6.5)
    terminal = best([sys.executable, "-m", "spirou_cli", "status"], small, terminal=True)
    yield Row("status, on a terminal", terminal, "floor", terminal / floor, 9.5)
    yield spirou("add --draft (durable)", ["add", "--draft", "A task"], 7)
    yield spirou("--help", ["--help"], 7)
    yield spirou("bill of a month, 1,000 lines", ["bill"], 10)
    for name, arguments in (("status", ["status"]), ("add", ["add", "--draft", "x"]), ("bill", ["bill"])):
        yield _memory(name, arguments, small)
    yield from _peers(folder, floor)
    yield from networked.rows(folder, Row)
    if large:
        yield from _large(folder)


def _large(folder: Path) -> Iterator[Row]:
    small = stores.make(folder / "few", opened=20, closed=1000, usage=1000, months=1)
    big = stores.make(folder / "big", opened=20, closed=1_000_000, usage=1_000_000)
    for name, arguments in (
        ("status", ["status"]),
        ("list", ["list"]),
        ("add --draft", ["add", "--draft", "A task"]),
    ):
        few, many = pair([sys.executable, "-m", "spirou_cli", *arguments], small, big)
        yield Row(f"{name}, 1,000,000 closed tasks", many, "1,000 tasks", many / few, 1.15)
    few, many = pair([sys.executable, "-m", "spirou_cli", "bill"], small, big)
    yield Row("bill of a month, 1,000,000 lines in 36 months", many, "1,000 lines", many / few, 1.5)
    yield from rebuilding.rows(folder, Row, events=1_000_000)


def best(command: list[str], folder: Path, *, terminal: bool = False, runs: int = RUNS) -> float:
    """The shortest of several runs, in milliseconds: what the machine can do when it isn't disturbed."""
    run = _on_terminal if terminal else _in_pipe
    run(command, folder)
    return min(_timed(lambda: run(command, folder)) for _ in range(runs))


def pair(command: list[str], first: Path, second: Path) -> tuple[float, float]:
    """The same command in two places, turn by turn, so that noise meets both."""
    times = [
        (_timed(lambda: _in_pipe(command, first)), _timed(lambda: _in_pipe(command, second)))
        for _ in range(RUNS)
    ]
    return min(first for first, _ in times), min(second for _, second in times)


def _timed(action: Callable[[], object]) -> float:
    start = time.perf_counter()
    action()
    return (time.perf_counter() - start) * 1000


def _in_pipe(command: list[str], folder: Path) -> None:
    subprocess.run(command, env=stores.environment(folder), capture_output=True, check=True)


def _on_terminal(command: list[str], folder: Path) -> None:
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


def _peers(folder: Path, floor: float) -> Iterator[Row]:
    """Programs of the same trade, where they are installed."""
    for name, command in (
        ("peer: task --version", ["task", "--version"]),
        ("peer: todo list (todoman)", ["todo", "list"]),
        ("peer: watson --version", ["watson", "--version"]),
        ("peer: hledger --version", ["hledger", "--version"]),
        ("peer: jrnl --version", ["jrnl", "--version"]),
    ):
        if shutil.which(command[0]):
            try:
                ms = best(command, folder)
            except subprocess.CalledProcessError:
                continue
            yield Row(name, ms, "floor", ms / floor)


def _print(row: Row) -> None:
    sign = "≥" if row.at_least else "≤"
    goal = "" if row.target is None else f"{sign} {row.target:g}"
    verdict = {True: "met", False: "MISSED", None: ""}[row.met]
    print(f"{row.name:48} {row.ms:9.1f} ms {row.ratio:8.2f} × {row.base:14} {goal:>7}  {verdict}", flush=True)


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    main()
