"""A house of its own for each worker: the provider fake, the zygote, and homes to break things in."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from tests.faults.injector import Arm, build, compiler
from tests.faults.provider import KEY, Memory, Provider, served
from tests.faults.zygote import DEMO, ROOT, Ended, Order, Zygote

__all__ = ["HOUR", "CampaignWorld", "Home", "Snapshot", "numbers_saved", "world"]

HOUR = 3600


@dataclass(frozen=True)
class Home:
    """A home with a store. ``clock_s`` is how far its clock is off."""

    folder: Path
    zygote: Zygote
    environ: Mapping[str, str] = field(default_factory=dict)
    clock_s: int = 0

    @property
    def store(self) -> Path:
        return self.folder / "data" / "spirou.db"

    @property
    def environment(self) -> dict[str, str]:
        return {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": f"{ROOT}:{DEMO}",
            "HOME": str(self.folder),
            "SPIROU_DB": str(self.store),
            "SPIROU_CONFIG": str(self.folder / "config" / "config.toml"),
            "SPIROU_SECRET_DEMO": KEY,
            "SPIROU_LANG": "en",
            "TZ": "Europe/Paris",
            **self.environ,
        }

    def order(self, *commands: str | tuple[str, ...], arm: Arm | None = None, name: str = "run") -> Order:
        """An order for the zygote; a command may be one string, split at its spaces."""
        words = [tuple(command.split()) if isinstance(command, str) else command for command in commands]
        arm = arm or Arm()
        arm = replace(arm, clock_s=arm.clock_s + self.clock_s)
        return Order(words, str(self.folder), self.environment, arm, name)

    def run(self, *commands: str | tuple[str, ...], arm: Arm | None = None) -> Ended:
        """Commands in one process, each given as words or as one string."""
        return self.zygote.run(self.order(*commands, arm=arm))

    def later(self, seconds: int) -> Home:
        """The same home with its clock put on."""
        return replace(self, clock_s=self.clock_s + seconds)

    def process(self, *arguments: str, **options: object) -> subprocess.Popen[bytes]:
        """The real program in a process of its own, start-up and end included."""
        settings = {"env": self.environment, "cwd": self.folder, "stdin": subprocess.DEVNULL, **options}
        return subprocess.Popen([sys.executable, "-m", "spirou_cli", *arguments], **settings)  # type: ignore[call-overload, no-any-return]

    def whole(self, *arguments: str, typed: str = "", **options: object) -> Ended:
        """As ``process``, until its end; ``typed`` is its standard input."""
        pipes: dict[str, object] = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        if typed:
            pipes["stdin"] = subprocess.PIPE
        with self.process(*arguments, **{**pipes, **options}) as process:
            out, err = process.communicate(typed.encode() or None, timeout=60)
        return Ended(process.returncode, _text(out), _text(err))


@dataclass(frozen=True)
class Snapshot:
    """A home and what the provider knew when it was made, to begin each case from."""

    home: Home
    memory: Memory
    how: str


@dataclass
class CampaignWorld:
    """One provider, one zygote, and a folder for homes."""

    provider: Provider
    zygote: Zygote
    folder: Path
    injector: Path | None
    made: int = 0
    snapshots: dict[tuple[str, ...], Snapshot] = field(default_factory=dict)

    def home(self) -> Home:
        """A new home without a store."""
        self.made += 1
        folder = self.folder / f"home{self.made}"
        folder.mkdir(mode=0o700)
        return Home(folder, self.zygote)

    def with_provider(self, how: str = "K", *settings: str) -> Home:
        """A new home with an account at the fake, which knows nothing yet."""
        self.provider.settle()
        self.provider.reset(Memory(), how)
        home = self.home()
        pairs = [f"--set=url={self.provider.url}", f"--set=how={how}", *(f"--set={s}" for s in settings)]
        done = home.run(("provider", "add", "demo", "--kind", "http-demo", *pairs))
        assert done.code == 0, done
        return home

    def keep(self, key: tuple[str, ...], home: Home) -> Snapshot:
        """Remember a home and the provider as they are."""
        self.snapshots[key] = Snapshot(home, self.provider.remembered(), self.provider.how)
        return self.snapshots[key]

    @contextmanager
    def copy(self, snapshot: Snapshot) -> Iterator[Home]:
        """A home to break, as in the snapshot; the provider too. Gone afterwards."""
        self.provider.reset(snapshot.memory, snapshot.how)
        self.made += 1
        folder = self.folder / f"case{self.made}"
        shutil.copytree(snapshot.home.folder, folder)
        try:
            yield replace(snapshot.home, folder=folder)
        finally:
            self.provider.settle()
            shutil.rmtree(folder)
            folder.with_name(f"{folder.name}.trace").unlink(missing_ok=True)


@contextmanager
def world(folder: Path, source: Path = ROOT, how: str = "K") -> Iterator[CampaignWorld]:
    """A house in ``folder``; without a compiler it has no injector."""
    library = build(folder) if compiler() else None
    with closing(Zygote(library, source)) as zygote, served(Provider(how)) as provider:
        yield CampaignWorld(provider, zygote, folder, library)


def numbers_saved(out: str) -> list[int]:
    """The numbers that ``add`` has printed: each is a promise."""
    return [int(number) for number in re.findall(r"^(?:Saved as )?(\d+)\b", out, re.MULTILINE)]


def _text(raw: bytes | None) -> str:
    return (raw or b"").decode("utf-8", "surrogateescape")
