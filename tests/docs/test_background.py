"""The timers of the how-to page are what systemd, launchd and cron take, and what they run works."""

from __future__ import annotations

import plistlib
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

PAGE = (Path(__file__).parents[2] / "docs/how-to/sync-in-the-background.md").read_text("utf-8")
BLOCKS = re.findall(r"^`([^`\n]+)`:\n\n```\w+\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home with the program where the page says that it is, and one task to send."""
    place = tmp_path / ".local/bin/spirou"
    place.parent.mkdir(parents=True)
    place.symlink_to(Path(sys.executable).with_name("spirou"))
    assert run(tmp_path, [str(place), "add", "Book the dentist", "--quiet"]).returncode == 0
    return tmp_path


def run(home: Path, command: list[str]) -> subprocess.CompletedProcess[str]:
    """As a timer runs it: nobody there, and next to nothing in the environment."""
    return subprocess.run(
        command,
        env={"HOME": str(home), "PATH": "/usr/bin:/bin"},
        cwd=home,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def written(home: Path) -> dict[str, Path]:
    """The files of the page, where it says that they are."""
    files = {}
    for name, text in BLOCKS:
        path = home / name.removeprefix("~/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
        files[path.name] = path
    return files


def test_systemd_takes_the_units(home: Path) -> None:
    """Not a word from ``systemd-analyze verify``: it only warns of what it doesn't know."""
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd-analyze is not installed")
    files = written(home)
    runtime = home / "run"
    runtime.mkdir(mode=0o700)
    units = [str(files["spirou.service"]), str(files["spirou.timer"])]

    verified = subprocess.run(
        ["systemd-analyze", "verify", "--user", *units],
        env={"HOME": str(home), "PATH": "/usr/bin:/bin", "XDG_RUNTIME_DIR": str(runtime)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert (verified.returncode, verified.stderr) == (0, "")


def test_what_systemd_runs_works(home: Path) -> None:
    """ExecStart as it stands; an exit code that is usual is no failure of the unit."""
    service = written(home)["spirou.service"].read_text("utf-8")
    (line,) = re.findall(r"^ExecStart=(.*)$", service, re.MULTILINE)

    ended = run(home, shlex.split(line.replace("%h", str(home))))

    assert (ended.returncode, ended.stderr) == (0, "")
    assert "SuccessExitStatus=1 3 75" in service


def test_launchd_takes_the_plist(home: Path) -> None:
    """It is a property list with what launchd needs, and its command works."""
    job = plistlib.loads(written(home)["spirou.plist"].read_bytes())

    assert (job["Label"], job["StartInterval"]) == ("spirou", 300)
    assert Path(job["ProgramArguments"][0]).is_absolute()
    ended = run(home, [str(home / ".local/bin/spirou"), *job["ProgramArguments"][1:]])
    assert ended.returncode == 0, ended


def test_cron_takes_the_line(home: Path) -> None:
    """Five fields, and a command that ``sh`` runs; ``%`` would be a new line to cron."""
    (line,) = re.findall(r"^\*/5 .*$", PAGE, re.MULTILINE)
    *times, command = line.split(" ", 5)

    ended = run(home, ["/bin/sh", "-c", command])

    assert len(times) == 5
    assert all(re.fullmatch(r"\*(/\d+)?|\d+", field) for field in times)
    assert "%" not in command
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "")
