"""`spirou watch` that ends in the middle: killed, interrupted, its terminal closed, its output full."""

from __future__ import annotations

import os
import pty
import select
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.faults.cases import SYNC, heal, snapshot
from tests.faults.invariants import check, check_words
from tests.faults.test_ends import preloaded
from tests.faults.test_together import wait_for
from tests.faults.world import HOUR, CampaignWorld, Home
from tests.faults.zygote import Ended


@dataclass
class Watch:
    """A watch that runs; ``shown`` is all that it wrote so far."""

    process: subprocess.Popen[bytes]
    terminal: int | None
    shown: bytearray = field(default_factory=bytearray)
    over: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def hang_up(self) -> None:
        """Close its terminal; without one, say so."""
        if self.terminal is None:
            self.process.send_signal(signal.SIGHUP)
        self.close()

    def close(self) -> None:
        self.over.set()
        self._reader.join(5)  # a terminal that is being read can't be closed
        if self.terminal is not None:
            os.close(self.terminal)
            self.terminal = None

    def _read(self) -> None:
        out = self.process.stdout
        source = self.terminal if self.terminal is not None else out.fileno() if out else -1
        with suppress(OSError, ValueError):
            while source >= 0 and not self.over.is_set():
                if select.select([source], [], [], 0.05)[0]:
                    part = os.read(source, 65536)
                    if not part:
                        return
                    self.shown += part


@contextmanager
def watching(house: CampaignWorld, home: Home, *, terminal: bool, out: int | None = None) -> Iterator[Watch]:
    """`spirou watch` in a process of its own, on a terminal of its own or into a pipe."""
    environment = {**home.environment, **preloaded(house, HOUR), "TERM": "xterm"}
    if terminal:
        ours, theirs = pty.openpty()
        options = {"stdin": theirs, "stdout": theirs, "stderr": theirs, "start_new_session": True}
        options["preexec_fn"] = controlled
    else:
        ours, theirs = None, None
        options = {"stdout": out or subprocess.PIPE, "stderr": subprocess.STDOUT}
    process = home.process("watch", env=environment, **options)
    if theirs is not None:
        os.close(theirs)
    watch = Watch(process, ours)
    try:
        yield watch
    finally:
        if process.poll() is None:
            process.kill()
        process.wait(30)
        watch.close()
        if process.stdout is not None:
            process.stdout.close()


def controlled() -> None:
    """Make standard input the terminal that hangs up with its session."""
    from fcntl import ioctl
    from termios import TIOCSCTTY

    ioctl(0, TIOCSCTTY, 0)


ENDS: dict[str, tuple[Callable[[Watch], object], tuple[int, ...]]] = {
    "KILL": (lambda watch: watch.process.kill(), (-signal.SIGKILL,)),
    "INT": (lambda watch: watch.process.send_signal(signal.SIGINT), (130,)),
    "TERM": (lambda watch: watch.process.send_signal(signal.SIGTERM), (-signal.SIGTERM, 143)),
    "hang-up": (lambda watch: watch.hang_up(), (-signal.SIGHUP, 129, 74, 1)),
}


@pytest.mark.parametrize("terminal", [True, False], ids=["terminal", "pipe"])
@pytest.mark.parametrize("moment", ["sending", "waiting"])
@pytest.mark.parametrize("end", ENDS)
def test_a_watch_that_ends_loses_nothing(
    house: CampaignWorld, end: str, moment: str, *, terminal: bool
) -> None:
    """In the middle of a write, and between two rounds: the next sync goes on at once, all is there once."""
    act, codes = ENDS[end]
    with house.copy(snapshot(house, SYNC, "K")) as home:
        if moment == "sending":
            house.provider.fault = lambda request: time.sleep(0.7) if request.method == "POST" else None
        with watching(house, home, terminal=terminal) as watch:
            if moment == "sending":
                wait_for(lambda: house.provider.seen["POST"] > 0)
            else:
                wait_for(lambda: house.provider.seen["POST"] >= 3 and b"Order the cake" in watch.shown)
            act(watch)
            code = watch.process.wait(30)
        house.provider.settle()
        house.provider.fault = lambda request: None
        at_once = home.later(HOUR).run("sync")
        heal(home.later(HOUR))
        found = check(home.store, house.provider.remembered(), expected=SYNC.saved)

    assert code in codes
    assert at_once.code == 0, at_once
    assert found.wrongs() == []
    words = watch.shown.decode("utf-8", "replace")
    assert b"Traceback" not in watch.shown, words


def test_a_watch_into_a_full_disk_ends_and_says_so(house: CampaignWorld) -> None:
    """Exit 1 and one sentence where it can be read; what was sent is known."""
    with house.copy(snapshot(house, SYNC, "K")) as home:
        with Path("/dev/full").open("wb") as full:
            ended = home.whole(
                "watch", stdout=full, env={**home.environment, **preloaded(house, HOUR), "TERM": "xterm"}
            )
        heal(home.later(HOUR))
        found = check(home.store, house.provider.remembered(), expected=SYNC.saved)

    assert (ended.code, "can't be written" in ended.err) == (1, True), ended
    assert check_words(Ended(ended.code, ended.out, ended.err)) == []
    assert found.wrongs() == []
