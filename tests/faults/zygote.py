"""A process that has loaded Spirou once and is copied for each run: the real program without its start-up.

Run as ``python -m tests.faults.zygote`` with the injector preloaded; speaks pickles over its two pipes.
"""

from __future__ import annotations

import ctypes
import faulthandler
import gc
import io
import os
import pickle
import select
import signal
import subprocess
import sys
import traceback
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.faults.injector import Arm, Mode

__all__ = ["Ended", "Order", "Zygote"]

ROOT = Path(__file__).parents[2]
DEMO = Path(__file__).parent / "http_demo"
PATIENCE_S = 45


@dataclass(frozen=True, slots=True)
class Order:
    """Some commands to run in one new process, one after the other, in the folder ``home``.

    Its exit code is that of the first command that fails."""

    commands: Sequence[Sequence[str]]
    home: str
    environment: Mapping[str, str]
    arm: Arm = field(default_factory=Arm)
    name: str = "run"


@dataclass(frozen=True, slots=True)
class Ended:
    """How a process ended: its exit code (minus the signal's number), and what it wrote."""

    code: int
    out: str
    err: str


class Zygote:
    """The process to copy. ``source`` is the tree whose ``spirou_cli`` it runs."""

    def __init__(self, library: Path | None, source: Path = ROOT) -> None:
        environment = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": f"{source}:{DEMO}" + ("" if source == ROOT else f":{ROOT}"),
            "PYTHONDONTWRITEBYTECODE": "1",
        }
        if library:
            environment["LD_PRELOAD"] = str(library)
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.zygote", str(library or "")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=source,
            env=environment,
        )

    def run(self, order: Order) -> Ended:
        """Run it and wait for its end."""
        return self.wait(self.start(order), order)

    def start(self, order: Order) -> int:
        """Let it run; what to wait for."""
        return int(self._ask(("start", order)))

    def wait(self, pid: int, order: Order) -> Ended:
        """How it ended, and its words so far."""
        code = int(self._ask(("wait", pid)))
        words = (_text(Path(order.home) / f"{order.name}.{name}") for name in ("out", "err"))
        return Ended(code, *words)

    def close(self) -> None:
        if self._process.stdin and self._process.stdout:
            self._process.stdin.close()
            self._process.wait(10)
            self._process.stdout.close()

    def _ask(self, question: object) -> int:
        to, back = self._process.stdin, self._process.stdout
        if to is None or back is None:
            raise RuntimeError("the zygote has no pipes")
        pickle.dump(question, to)
        to.flush()
        answer = pickle.load(back)
        if answer is None:
            raise TimeoutError(f"a run did not end in {PATIENCE_S} s")
        return int(answer)


def _text(path: Path) -> str:
    return path.read_bytes().decode("utf-8", "surrogateescape")


# --- inside the zygote ------------------------------------------------------------------------------


def serve(library: str) -> None:
    """Answer orders until the other end is gone. Nothing here may start a thread."""
    from tests.cli.copies import load_everything

    load_everything()
    import http_demo  # noqa: F401
    import requests  # noqa: F401
    import sqlite_utils  # noqa: F401

    from spirou_cli.adapters import registry

    registry.kinds()  # looks through what is installed, once for all copies
    gc.collect()
    gc.freeze()  # what is loaded is shared with the copies, not written to by their collector
    channel, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    arm = ctypes.CDLL(library).fio_arm if library else None
    while True:
        try:
            verb, argument = pickle.load(channel)
        except EOFError:
            return
        pickle.dump(_begun(argument, arm) if verb == "start" else _ended(argument), answers)
        answers.flush()


def _begun(order: Order, arm: object) -> int:
    child = os.fork()
    if child == 0:
        _become(order, arm)
    return child


def _ended(pid: int) -> int | None:
    """The exit code of a child, None if it hangs."""
    handle = os.pidfd_open(pid)
    ready, _, _ = select.select([handle], [], [], PATIENCE_S)
    os.close(handle)
    if not ready:
        os.kill(pid, signal.SIGABRT)
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    return code if ready else None


def _become(order: Order, arm: object) -> None:
    """Never returns: this process is ``spirou`` from here on."""
    code = 0
    try:
        os.chdir(order.home)
        os.environ.clear()
        os.environ.update(order.environment)
        for number, name in ((0, os.devnull), (1, f"{order.name}.out"), (2, f"{order.name}.err")):
            flags = os.O_RDWR | (os.O_CREAT | os.O_TRUNC | os.O_APPEND if number else 0)
            os.dup2(os.open(name, flags, 0o600), number)
        sys.stdin = io.TextIOWrapper(io.BufferedReader(io.FileIO(0)), encoding="utf-8")
        sys.stdout = io.TextIOWrapper(io.BufferedWriter(io.FileIO(1, "w")), encoding="utf-8")
        sys.stderr = io.TextIOWrapper(io.BufferedWriter(io.FileIO(2, "w")), encoding="utf-8")
        faulthandler.enable(file=2)  # a run that hangs is ended by SIGABRT, and says where it was
        if arm is not None:
            _arm(order, arm)
        for command in order.commands:
            ended = _main(command)
            code = code or ended
        sys.stdout.flush()
        sys.stderr.flush()
    except BaseException:  # as the interpreter would: nothing of it may ever reach a person
        code = 1
        traceback.print_exc()
        sys.stderr.flush()
    finally:
        os._exit(code)


def _main(command: Sequence[str]) -> int:
    """The program as its entry point is; its exit code."""
    from spirou_cli.cli import main

    sys.argv = ["spirou", *command]
    try:
        main()
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else 1
    return 0


def _arm(order: Order, arm: object) -> None:
    what, home = order.arm, os.fsencode(order.home)
    trace = os.fsencode(f"{order.home}.trace") if what.record or what.mode is Mode.NONE else b""
    arm(home, what.at, int(what.mode), int(what.sticky), trace, int(what.record), ctypes.c_long(what.clock_s))  # type: ignore[operator]


if __name__ == "__main__":
    serve(sys.argv[1])
