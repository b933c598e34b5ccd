"""Keys in a real Secret Service: gnome-keyring on a session bus of its own."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from spirou_cli.domain.errors import mark
from tests.backends.servers import require, short_folder

CHILD = Path(__file__).with_name("child.py")
CANARY = "canary-key-4711"
BACKEND = "keyring.backends.SecretService.Keyring"

UNLOCK = (
    'printf %s "$PASSWORD" | gnome-keyring-daemon --unlock --components=secrets'
    ' --control-directory="$XDG_RUNTIME_DIR/keyring" >"$HOME/daemon.log" 2>&1; exec "$@"'
)
START = (
    "gnome-keyring-daemon --start --components=secrets"
    ' --control-directory="$XDG_RUNTIME_DIR/keyring" >"$HOME/daemon.log" 2>&1; exec "$@"'
)


@dataclass(frozen=True)
class Session:
    """A person's home whose keyring outlives each login."""

    home: Path

    def run(self, start: str | None, *actions: str, password: str = "login", **environment: str) -> list[str]:
        """What each action answered, in one session begun by ``start``; None for no session bus."""
        command = [sys.executable, str(CHILD), *actions]
        if start is not None:
            command = ["dbus-run-session", "--", "sh", "-c", start, "sh", *command]
        done = subprocess.run(
            command,
            env=self._environment() | {"PASSWORD": password} | environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        assert "Traceback" not in done.stderr
        answers: list[str] = json.loads(done.stdout.splitlines()[-1])
        return answers

    def _environment(self) -> dict[str, str]:
        # nothing of the developer's own session may be reached
        run = self.home / "run"
        run.mkdir(mode=0o700, exist_ok=True)
        return {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": os.pathsep.join(sys.path),
            "HOME": str(self.home),
            "XDG_RUNTIME_DIR": str(run),
            "XDG_DATA_HOME": str(self.home / "data"),
            "XDG_CONFIG_HOME": str(self.home / "config"),
            "XDG_CACHE_HOME": str(self.home / "cache"),
        }


@pytest.fixture
def session() -> Iterator[Session]:
    require(shutil.which("gnome-keyring-daemon") and shutil.which("dbus-run-session"), "gnome-keyring")
    with short_folder() as folder:
        yield Session(folder)


def test_a_key_is_kept_across_sessions(session: Session) -> None:
    """It is kept, found after the next login, never in clear on the disk, and gone after a logout."""
    assert session.run(UNLOCK, "keep", "name") == ["ok", BACKEND]
    assert session.run(UNLOCK, "find") == [CANARY]
    files = [path for path in session.home.rglob("*") if path.is_file()]
    assert any(path.suffix == ".keyring" for path in files)
    assert [path for path in files if CANARY.encode() in path.read_bytes()] == []

    assert session.run(UNLOCK, "forget", "find") == ["ok", "There is no key for tickets."]


def test_a_second_login_replaces_the_key(session: Session) -> None:
    """There is one key a setting, not a pile of them."""
    assert session.run(UNLOCK, "keep", "keep-other", "find", "forget", "find") == [
        "ok",
        "ok",
        "another-key",
        "ok",
        "There is no key for tickets.",
    ]


@pytest.mark.parametrize(
    "start", [pytest.param(START, id="locked"), pytest.param(UNLOCK, id="wrong password")]
)
def test_a_locked_keyring_says_so(session: Session, start: str) -> None:
    """Nothing hangs, nothing is written elsewhere."""
    session.run(UNLOCK, "keep")

    assert session.run(start, "find", "keep", password="wrong") == ["The keyring is locked."] * 2


def test_a_dismissed_question_says_so(session: Session) -> None:
    """A fresh profile asks for a new password, and nobody can be asked."""
    said = mark("The keyring asked for its password, and the question was closed or could not be shown.")

    assert session.run(START, "keep") == [said]


def test_no_session_bus_says_so(session: Session) -> None:
    """A headless machine has no keyring, and keeps no key anywhere by itself."""
    assert session.run(None, "keep", "find") == ["No system keyring here (headless machine)."] * 2
    assert [path for path in session.home.rglob("*") if path.is_file()] == []


@pytest.mark.parametrize("name", ["keyring.backends.null.Keyring", "keyrings.alt.file.PlaintextKeyring"])
def test_another_keyring_is_refused_although_the_real_one_is_open(session: Session, name: str) -> None:
    """Whoever set Python's keyring to something else is told, instead of passed over."""
    said = f"{name} is set as the keyring, and is none of the system's: it is not used."

    assert session.run(UNLOCK, "keep", PYTHON_KEYRING_BACKEND=name) == [said]


def test_a_hostile_keyringrc_runs_nothing(session: Session) -> None:
    """A file that names a class and a path to load it from is refused, and its module isn't loaded."""
    config = session.home / "config" / "python_keyring"
    config.mkdir(parents=True)
    (session.home / "evil.py").write_text(f"open({str(session.home / 'ran')!r}, 'w')\n")
    (config / "keyringrc.cfg").write_text(
        f"[backend]\ndefault-keyring=evil.Keyring\nkeyring-path={session.home}\n"
    )

    (said,) = session.run(UNLOCK, "keep")

    assert said.startswith("evil.Keyring is set as the keyring")
    assert not (session.home / "ran").exists()
