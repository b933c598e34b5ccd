"""The real program, run as a person runs it: its own process, its own home."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

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
        kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
        done = subprocess.run(
            [sys.executable, "-m", "spirou_cli", *arguments],
            input=stdin,
            capture_output=True,
            cwd=self.home,
            env={
                **kept,
                "PYTHONPATH": str(Path(__file__).parents[2]),
                "HOME": str(self.home),
                "TZ": "Europe/Paris",
                **self.environ,
                **environ,
            },
            timeout=timeout,
            check=False,
        )
        return Done(
            done.returncode,
            done.stdout.decode("utf-8", "surrogateescape"),
            done.stderr.decode("utf-8", "surrogateescape"),
        )
