"""The real program, run as a person runs it: its own process, its own home, real streams."""

from __future__ import annotations

import importlib
import io
import os
import pkgutil
import pty
import subprocess
import sys
import tempfile
import tty
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

__all__ = ["Done", "Program", "load_everything"]

_KEPT = ("PATH", "PYTHONPATH", "SYSTEMROOT", "LD_LIBRARY_PATH")


@cache
def load_everything() -> None:
    """Import all of Spirou once, so that no copy has to."""
    import spirou_cli

    for module in pkgutil.walk_packages(spirou_cli.__path__, "spirou_cli."):
        if not module.name.startswith(("spirou_cli.testing", "spirou_cli.__main__")):
            importlib.import_module(module.name)


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
        """As ``run``, in a copy of this process: real streams and exit code, no start-up to wait for."""
        with (
            tempfile.TemporaryFile() as given,
            tempfile.TemporaryFile() as out,
            tempfile.TemporaryFile() as err,
        ):
            given.write(stdin)
            given.seek(0)
            load_everything()
            child = os.fork()
            if child == 0:
                self._become(arguments, environ, (given.fileno(), out.fileno(), err.fileno()))
            code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
            out.seek(0)
            err.seek(0)
            return Done(code, _text(out.read()), _text(err.read()))

    def on_terminal(self, *arguments: str, columns: int = 80, **environ: str) -> Done:
        """As ``fork``, on a terminal without colours; both streams are on it, so ``err`` is empty."""
        ours, theirs = pty.openpty()
        tty.setraw(theirs)
        load_everything()
        child = os.fork()
        if child == 0:
            os.close(ours)
            terminal = {"COLUMNS": str(columns), "TERM": "xterm", "NO_COLOR": "1", **environ}
            self._become(arguments, terminal, (theirs, theirs, theirs))
        os.close(theirs)
        shown = _read_all(ours)
        return Done(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), _text(shown), "")

    def environment(self, more: dict[str, str]) -> dict[str, str]:
        """What the program sees: nothing of the caller but where programs are."""
        kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
        own = {"PYTHONPATH": str(Path(__file__).parents[2]), "HOME": str(self.home), "TZ": "Europe/Paris"}
        return {**kept, **own, **self.environ, **more}

    def _become(
        self, arguments: Sequence[str], environ: dict[str, str], streams: tuple[int, int, int]
    ) -> None:
        """Never returns: this process is ``spirou`` from here on."""
        code = 99
        try:
            for number, stream in enumerate(streams):
                os.dup2(stream, number)
            environment = self.environment(environ)
            os.environ.clear()
            os.environ.update(environment)
            os.chdir(self.home)
            sys.stdin = io.TextIOWrapper(io.BufferedReader(io.FileIO(0)), encoding="utf-8")
            sys.stdout = io.TextIOWrapper(io.BufferedWriter(io.FileIO(1, "w")), encoding="utf-8")
            sys.stderr = io.TextIOWrapper(io.BufferedWriter(io.FileIO(2, "w")), encoding="utf-8")
            from spirou_cli.cli import run

            code = run(arguments)
            sys.stdout.flush()
            sys.stderr.flush()
        finally:
            os._exit(code)


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
