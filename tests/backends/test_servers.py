"""How real servers are started for tests: nothing is left behind, nothing is skipped in silence."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.backends.servers import give, require, running, serving, short_folder, template

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="servers are started on Linux")

LISTEN = "import socket, sys; s = socket.create_server(('127.0.0.1', int(sys.argv[1]))); s.accept()"
CHILD = "import subprocess, sys; subprocess.run([sys.executable, '-c', sys.argv[1], sys.argv[2]])"


def test_what_is_there_is_required_in_silence() -> None:
    """An installed server neither skips nor fails."""
    require(True, "Anything")


def test_what_is_missing_is_skipped_by_name_and_fails_on_demand() -> None:
    """A missing server is a named skip, and a failure where backends are required."""
    asked = "from tests.backends.servers import require; require(False, 'Ghost server')"
    outcome = {}
    for required in ("", "1"):
        done = subprocess.run(
            [sys.executable, "-c", asked],
            env={**os.environ, "SPIROU_REQUIRE_BACKENDS": required},
            cwd=Path(__file__).parents[2],
            capture_output=True,
            text=True,
            check=False,
        )
        outcome[required] = done.stderr.strip().splitlines()[-1]

    words = "Ghost server is not installed: see tests/backends/install.sh"
    assert outcome == {"": f"Skipped: {words}", "1": f"Failed: {words}"}


def test_a_server_ends_with_its_children() -> None:
    """A worker doesn't outlive the master that was stopped."""
    with short_folder() as folder:

        def command(port: int) -> list[str]:
            return [sys.executable, "-c", CHILD, LISTEN, str(port)]

        server = serving(
            command, env=dict(os.environ), cwd=folder, log=folder / "log", ready=_listens, ours=True
        )
        with server as started:
            port = started.port
            assert _listens(port)

        # a socket closes a moment after its process was killed
        deadline = time.monotonic() + 10
        while _listens(port) and time.monotonic() < deadline:
            time.sleep(0.02)
        assert not _listens(port)


def test_a_server_that_does_not_start_shows_what_it_said() -> None:
    """The end of the log is in the error."""
    with short_folder() as folder:
        command = [sys.executable, "-c", "raise SystemExit('no such database')"]

        with (
            pytest.raises(RuntimeError, match="no such database"),
            running(
                command,
                ready=lambda: False,
                env=dict(os.environ),
                cwd=folder,
                log=folder / "log",
                ours=True,
            ),
        ):
            pass


def test_a_template_is_made_again_when_its_seed_changes(tmp_path: Path) -> None:
    """The same seed is built once, another one anew."""
    built: list[Path] = []

    def build(path: Path) -> None:
        path.write_text("seeded")
        built.append(path)

    kept = [template(tmp_path, "db", ["1.0", seed], build) for seed in ("a", "a", "b")]

    assert (kept[0] == kept[1], kept[0] == kept[2], len(built)) == (True, False, 2)


def test_folders_of_servers_belong_to_the_ordinary_user(tmp_path: Path) -> None:
    """Whoever runs the tests, servers never run as root."""
    with short_folder() as folder:
        (folder / "inner").mkdir()
        give(folder)

        assert folder.stat().st_uid == (folder / "inner").stat().st_uid == (os.geteuid() or 65534)


def _listens(port: int) -> bool:
    """Whether a socket listens, without taking a connection from it."""
    needle = f"0100007F:{port:04X} 00000000:0000 0A"
    return needle in Path("/proc/net/tcp").read_text()
