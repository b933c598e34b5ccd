"""The real program, run as a person runs it: its own process, its own home, real streams."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
import tempfile
import tty
from dataclasses import dataclass, field
from pathlib import Path

from tests.cli.copies import begin, ended

__all__ = ["Done", "Program"]

_KEPT = ("PATH", "PYTHONPATH", "SYSTEMROOT", "LD_LIBRARY_PATH")


@dataclass(frozen=True, slots=True)
class Done:
    """What a run left: its exit code and its streams, undecoded bytes kept as surrogates."""

    code: int
    out: str
    err: str


@dataclass(frozen=True, slots=True)
class Program:
    """``spirou`` in a home of its own, with nothing of the caller's environment but where programs are."""

    home: Path
    environ: dict[str, str] = field(default_factory=dict)

    def run(self, *arguments: str | bytes, stdin: bytes = b"", timeout: float = 60, **environ: str) -> Done:
        """One run; ``environ`` adds to the home's."""
        done = subprocess.run(
            [sys.executable, "-m", "spirou_cli", *arguments],
            input=stdin,
            capture_output=True,
            cwd=self.home,
            env=self.environment(environ),
            timeout=timeout,
            check=False,
        )
        return Done(done.returncode, _text(done.stdout), _text(done.stderr))

    def fork(self, *arguments: str, stdin: bytes = b"", **environ: str) -> Done:
        """As ``run``, in a copy of a process: real streams and exit code, no start-up to wait for."""
        with (
            tempfile.TemporaryFile() as given,
            tempfile.TemporaryFile() as out,
            tempfile.TemporaryFile() as err,
        ):
            given.write(stdin)
            given.seek(0)
            streams = (given.fileno(), out.fileno(), err.fileno())
            code = ended(begin(arguments, self.home, self.environment(environ), streams))
            out.seek(0)
            err.seek(0)
            return Done(code, _text(out.read()), _text(err.read()))

    def on_terminal(self, *arguments: str, columns: int = 80, **environ: str) -> Done:
        """As ``fork``, on a terminal without colours; both streams are on it, so ``err`` is empty."""
        ours, theirs = pty.openpty()
        tty.setraw(theirs)
        terminal = {"COLUMNS": str(columns), "TERM": "xterm", "NO_COLOR": "1", **environ}
        running = begin(arguments, self.home, self.environment(terminal), (theirs, theirs, theirs))
        os.close(theirs)
        shown = _read_all(ours)
        return Done(ended(running), _text(shown), "")

    def environment(self, more: dict[str, str]) -> dict[str, str]:
        """What the program sees: nothing of the caller but where programs are."""
        kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
        own = {"PYTHONPATH": str(Path(__file__).parents[2]), "HOME": str(self.home), "TZ": "Europe/Paris"}
        return {**kept, **own, **self.environ, **more}


def _read_all(terminal: int) -> bytes:
    """All that is written to a terminal until nobody has it open any more."""
    parts = []
    while True:
        try:
            part = os.read(terminal, 65536)
        except OSError:  # how Linux says that the other end is gone
            part = b""
        if not part:
            os.close(terminal)
            return b"".join(parts)
        parts.append(part)


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "surrogateescape")
