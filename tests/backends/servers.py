"""How a test starts a real server and leaves nothing behind: port, readiness, user, process group."""

from __future__ import annotations

import grp
import hashlib
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest

__all__ = [
    "Server",
    "answers",
    "free_port",
    "give",
    "ordinary_user",
    "require",
    "run",
    "running",
    "serving",
    "short_folder",
    "template",
]

START_TIMEOUT_S = 90
STOP_TIMEOUT_S = 10


def require(present: object, what: str) -> None:
    """Skip the test by name when ``what`` isn't installed; fail it where backends are required."""
    if present:
        return
    reason = f"{what} is not installed: see tests/backends/install.sh"
    if os.environ.get("SPIROU_REQUIRE_BACKENDS") == "1":
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


@dataclass(frozen=True, slots=True)
class Server:
    """A running server: where it listens and what it wrote."""

    port: int
    log: Path
    process: subprocess.Popen[bytes]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


def free_port() -> int:
    """A port of loopback that nobody has now; somebody may take it before you do (``serving`` retries)."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def answers(port: int) -> bool:
    """Whether something accepts connections there."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def ordinary_user() -> tuple[str, str]:
    """The user and group that servers run as: ourselves, or «nobody» when we are root."""
    user = pwd.getpwuid(os.geteuid()) if os.geteuid() else pwd.getpwnam("nobody")
    return user.pw_name, grp.getgrgid(user.pw_gid).gr_name


def give(*paths: Path) -> None:
    """Let the ordinary user own these files and folders, and all that is in them."""
    if os.geteuid():
        return
    user, group = ordinary_user()
    for path in paths:
        shutil.chown(path, user, group)
        for inner in path.rglob("*") if path.is_dir() else ():
            if not inner.is_symlink():
                shutil.chown(inner, user, group)


@contextmanager
def short_folder(prefix: str = "sp") -> Iterator[Path]:
    """A temporary folder of the ordinary user whose path leaves room for a socket (108 bytes)."""
    folder = Path(tempfile.mkdtemp(prefix=prefix))
    give(folder)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def run(command: Sequence[str], *, env: Mapping[str, str], cwd: Path, log: Path) -> None:
    """Run one step as the ordinary user; a failure shows the end of what it wrote."""
    with log.open("ab") as out:
        done = subprocess.run(command, env=env, cwd=cwd, stdout=out, stderr=out, check=False, **_as_user())
    if done.returncode:
        raise RuntimeError(f"{command[0]} ended with {done.returncode}:\n{_tail(log)}")


@contextmanager
def running(
    command: Sequence[str],
    *,
    ready: Callable[[], bool],
    env: Mapping[str, str],
    cwd: Path,
    log: Path,
    timeout_s: float = START_TIMEOUT_S,
    ours: bool = False,
) -> Iterator[subprocess.Popen[bytes]]:
    """A process of the ordinary user, in its own group, from ``ready()`` to the end of the block.

    ``ours``: a program of our own Python, which another user may be unable to reach; it runs as we do.
    """
    with log.open("ab") as out:
        process = subprocess.Popen(
            command,
            env=env,
            cwd=cwd,
            stdout=out,
            stderr=out,
            start_new_session=True,
            **({} if ours else _as_user()),
        )
    try:
        _wait(process, ready, log, timeout_s)
        yield process
    finally:
        _stop(process)


@contextmanager
def serving(
    command: Callable[[int], Sequence[str]],
    *,
    env: Mapping[str, str],
    cwd: Path,
    log: Path,
    ready: Callable[[int], bool] = answers,
    ours: bool = False,
) -> Iterator[Server]:
    """A server on a free port; ``command(port)`` may write the port where the server looks for it.

    It is tried once more when somebody else took the port in between.
    """
    with ExitStack() as stack:
        for last in (False, True):
            port = free_port()
            server = running(command(port), ready=partial(ready, port), env=env, cwd=cwd, log=log, ours=ours)
            try:
                process = stack.enter_context(server)
            except RuntimeError:
                if last or "in use" not in log.read_text(errors="replace"):
                    raise
            else:
                break
        yield Server(port, log, process)


def template(folder: Path, name: str, made_of: Sequence[str], build: Callable[[Path], None]) -> Path:
    """The file that ``build`` makes, kept in ``folder`` for as long as ``made_of`` is the same.

    Seeding a database costs much more than copying it: the version of the package and the text
    of the seed are what it is made of.
    """
    digest = hashlib.sha256("\0".join(made_of).encode()).hexdigest()[:12]
    kept = folder / f"{name}-{digest}"
    if not kept.exists():
        fresh = kept.with_suffix(f".{os.getpid()}")
        build(fresh)
        fresh.replace(kept)
    return kept


def _as_user() -> dict[str, object]:
    if os.geteuid():
        return {}
    user, group = ordinary_user()
    return {"user": user, "group": group, "extra_groups": ()}


def _wait(process: subprocess.Popen[bytes], ready: Callable[[], bool], log: Path, timeout_s: float) -> None:
    deadline = time.monotonic() + timeout_s
    while process.poll() is None and time.monotonic() < deadline:
        if ready():
            return
        time.sleep(0.05)
    state = "is not ready" if process.poll() is None else f"ended with {process.returncode}"
    raise RuntimeError(f"{process.args!r} {state}:\n{_tail(log)}")


def _stop(process: subprocess.Popen[bytes]) -> None:
    """Ask the whole group to end, then make it: a worker must not outlive its master."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(process.pid, number)
            process.wait(STOP_TIMEOUT_S)
        except ProcessLookupError:
            break
        except subprocess.TimeoutExpired:
            continue
    process.wait()


def _tail(log: Path, lines: int = 30) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-lines:])
