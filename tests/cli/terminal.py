"""The real program on a real terminal: what it shows is read, what a person types is written."""

from __future__ import annotations

import os
import pty
import select
import signal
import struct
import sys
import time
from contextlib import suppress
from dataclasses import dataclass, field
from fcntl import ioctl
from pathlib import Path
from termios import TIOCSWINSZ
from types import TracebackType
from typing import Self

from tests.cli.program import Program

__all__ = ["Terminal"]

_LIMIT_S = 60


@dataclass
class Terminal:
    """One run of ``program`` on a terminal of ``columns``; leave it and the run is over."""

    program: Program
    arguments: tuple[str, ...]
    columns: int = 80
    environ: dict[str, str] = field(default_factory=dict)
    seen: str = ""
    """All that was shown, with plain line ends."""
    at: int = 0
    """How far it was waited for."""

    def __enter__(self) -> Self:
        self._child, self._terminal = pty.fork()
        if self._child == 0:
            self._become_the_program()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with suppress(ProcessLookupError):
            os.kill(self._child, signal.SIGKILL)
        with suppress(ChildProcessError):
            os.waitpid(self._child, 0)
        os.close(self._terminal)

    def until(self, text: str) -> str:
        """Wait for ``text``; what was shown from the last wait up to its end."""
        deadline = time.monotonic() + _LIMIT_S
        while text not in self.seen[self.at :]:
            assert time.monotonic() < deadline, f"no {text!r} in:\n{self.seen}"
            assert self._read(), f"ended without {text!r}:\n{self.seen}"
        start, self.at = self.at, self.seen.index(text, self.at) + len(text)
        return self.seen[start : self.at]

    def answer(self, prompt: str, text: str) -> None:
        """Wait for the prompt, then type ``text`` and Enter."""
        self.until(prompt)
        os.write(self._terminal, text.encode() + b"\n")

    def interrupt(self) -> None:
        """Type Ctrl-C."""
        os.write(self._terminal, b"\x03")

    def end(self) -> int:
        """Wait until the program ends; its exit code."""
        while self._read():
            pass
        _, status = os.waitpid(self._child, 0)
        return os.waitstatus_to_exitcode(status)

    def _read(self) -> bool:
        """Take in what is shown; False at the end."""
        ready, _, _ = select.select([self._terminal], [], [], 1)
        if not ready:
            return True
        try:
            data = os.read(self._terminal, 65536)
        except OSError:  # Linux: the other side is closed
            return False
        self.seen += data.decode("utf-8", "replace").replace("\r\n", "\n")
        return bool(data)

    def _become_the_program(self) -> None:
        kept = {name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH") if name in os.environ}
        environment = {
            **kept,
            "PYTHONPATH": str(Path(__file__).parents[2]),
            "HOME": str(self.program.home),
            "TZ": "Europe/Paris",
            "TERM": "xterm-256color",
            "NO_COLOR": "1",
            **self.program.environ,
            **self.environ,
        }
        # Here and not in the parent: the program must not start before its terminal has a size.
        ioctl(0, TIOCSWINSZ, struct.pack("HHHH", 40, self.columns, 0, 0))
        os.chdir(self.program.home)
        os.execve(sys.executable, [sys.executable, "-m", "spirou_cli", *self.arguments], environment)
