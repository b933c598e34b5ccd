"""How a run ends: signals, closed and full streams, read-only places; the real program, start to end."""

from __future__ import annotations

import os
import resource
import shutil
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from tests.faults.cases import SYNC, heal, snapshot
from tests.faults.invariants import check, check_words, ops
from tests.faults.test_together import many_tasks, wait_for
from tests.faults.world import HOUR, CampaignWorld, Home

NOBODY = 65534


def hanging(house: CampaignWorld) -> None:
    """Let every write take longer than anybody waits."""
    house.provider.fault = lambda request: time.sleep(0.7) if request.method == "POST" else None


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGTERM, -15), (signal.SIGHUP, -1)], ids=["TERM", "HUP"]
)
def test_a_signal_to_end_ends_and_loses_nothing(
    house: CampaignWorld, number: signal.Signals, code: int
) -> None:
    """The shell says 143 or 129; the row says «nobody knows», and the next sync finds out."""
    home = house.with_provider("K")
    hanging(house)
    with home.process("add", "Cake", "--to", "demo", stdout=subprocess.PIPE) as process:
        wait_for(lambda: house.provider.seen["POST"] > 0)
        process.send_signal(number)
        out, _ = process.communicate(timeout=30)
    house.provider.settle()
    house.provider.fault = lambda request: None
    heal(home)

    assert (process.returncode, out.startswith(b"Saved as 1.")) == (code, True)
    assert check(home.store, house.provider.remembered(), acked=[1], expected=["Cake"]).wrongs() == []


def test_the_first_ctrl_c_finishes_and_records(house: CampaignWorld) -> None:
    """Exit 130, and what was under way is done, not unsure."""
    home = house.with_provider("K")
    hanging(house)
    with home.process("add", "Cake", "--to", "demo", stdout=subprocess.PIPE) as process:
        wait_for(lambda: house.provider.seen["POST"] > 0)
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=30)

    assert process.returncode == 130
    assert [row["state"] for row in ops(home.store)] == ["done"]


@pytest.mark.parametrize("command", ["sync", "add"])
def test_the_second_ctrl_c_ends_at_once(house: CampaignWorld, command: str) -> None:
    """Nobody waits for a provider that hangs; the row stays for the next sync."""
    with house.copy(snapshot(house, SYNC, "K")) as home:
        answer = threading.Event()
        house.provider.fault = lambda request: answer.wait(60) and None if request.method == "POST" else None
        arguments = {"sync": ["sync"], "add": ["add", "Cake", "--to", "demo"]}[command]
        options = {"env": {**home.environment, **preloaded(house, HOUR)}, "stderr": subprocess.PIPE}
        with home.process(*arguments, **options) as process:
            wait_for(lambda: house.provider.seen["POST"] > 0)
            begun = time.monotonic()
            while process.poll() is None:
                process.send_signal(signal.SIGINT)
                time.sleep(0.2)
            waited = time.monotonic() - begun
            err = process.stderr.read() if process.stderr else b""
        house.provider.fault = lambda request: None
        answer.set()
        house.provider.settle()
        left = {row["state"] for row in ops(home.store)[1:]}
        heal(home.later(HOUR))
        found = check(home.store, house.provider.remembered(), expected=SYNC.saved)

    assert (process.returncode, b"Traceback" in err) == (130, False)
    assert waited < 20, "it waited for the provider"
    assert "sending" in left
    assert found.wrongs() == []


def preloaded(house: CampaignWorld, clock_s: int) -> dict[str, str]:
    """The environment of a process whose clock is off."""
    if house.injector is None:
        pytest.skip("no C compiler: the clock can't be set")
    return {"LD_PRELOAD": str(house.injector), "FIO_CLOCK": str(clock_s)}


def test_a_full_output_is_told_and_the_task_is_saved(house: CampaignWorld) -> None:
    """``> /dev/full``: exit 1, one line, no traceback; the number wasn't printed but nothing is lost."""
    home = house.with_provider("K")
    with Path("/dev/full").open("wb") as full:
        ended = home.whole("list", "--help", stdout=full)
        added = home.whole("add", "Cake", "--draft", stdout=full)

    assert (ended.code, added.code) == (1, 1)
    assert check_words(ended) + check_words(added) == []
    assert "can't be written" in added.err


@pytest.mark.parametrize("closed", [0, 1, 2])
@pytest.mark.parametrize(
    "arguments", [("status",), ("list", "--json"), ("add", "Cake", "--draft")], ids=" ".join
)
def test_a_closed_stream_breaks_nothing(
    house: CampaignWorld, closed: int, arguments: tuple[str, ...]
) -> None:
    """``<&-``, ``>&-``, ``2>&-``: no traceback, and no file of ours takes its place."""
    home = house.with_provider("K")
    script = f'exec {closed}>&-; exec "$0" -m spirou_cli "$@"'
    ended = subprocess.run(
        ["sh", "-c", script, sys.executable, *arguments],
        env=home.environment,
        cwd=home.folder,
        capture_output=True,
        check=False,
        timeout=60,
    )

    assert ended.returncode in ((0, 1) if closed == 1 else (0,))
    assert b"Traceback" not in ended.stderr
    assert b"Cake" not in ended.stdout or closed != 1


def test_a_reader_that_leaves_ends_quietly(house: CampaignWorld) -> None:
    """``| head -c 1``: exit 141, not a word."""
    home = house.with_provider("K")
    many_tasks(home)
    ended = subprocess.run(
        [
            "bash",
            "-c",
            '"$0" -m spirou_cli list --all --json | head -c 1; exit ${PIPESTATUS[0]}',
            sys.executable,
        ],
        env=home.environment,
        capture_output=True,
        check=False,
        timeout=60,
    )

    assert (ended.returncode, ended.stdout, ended.stderr) == (141, b"{", b"")


def test_a_limit_on_file_size_is_a_disk_that_is_full(house: CampaignWorld) -> None:
    """RLIMIT_FSIZE: exit 74, nothing saved, nothing damaged."""
    home = house.with_provider("K")
    size = home.store.stat().st_size
    ended = home.whole(
        "add", "Cake", "--body", "x" * 100_000, "--draft",
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size + 4096, size + 4096)),
    )  # fmt: skip

    assert (ended.code, ended.out) == (74, "")
    assert check_words(ended) == []
    assert check(home.store, house.provider.remembered()).wrongs() == []


def test_without_a_home_it_says_so(house: CampaignWorld) -> None:
    """HOME unset: the system's own word for it is used, or a sentence; never a traceback."""
    home = house.with_provider("K")
    bare = {name: value for name, value in home.environment.items() if name not in ("HOME", "SPIROU_DB")}
    ended = home.whole("status", env={**bare, "XDG_DATA_HOME": str(home.folder)})

    assert ended.code == 0
    assert check_words(ended) == []


# --- read-only places -----------------------------------------------------------------------------


@pytest.fixture
def read_only(house: CampaignWorld) -> Home:
    """A store 0444 in a folder 0555 that belongs to another user, who is us."""
    if os.getuid() != 0 or shutil.which("setpriv") is None:
        pytest.skip("only root can become another user")
    home = house.with_provider("K")
    home.run("add Before --to demo")
    for path in [home.folder, *home.folder.rglob("*")]:
        os.chown(path, NOBODY, NOBODY)
        path.chmod(0o555 if path.is_dir() else 0o444)
    for path in [house.folder, *home.folder.parents[:-2]]:
        if path != home.folder and path.stat().st_uid == 0 and path.is_relative_to(house.folder):
            path.chmod(0o711)
    return home


def as_nobody(home: Home, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    become = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"]
    return subprocess.run(
        [*become, sys.executable, "-B", "-m", "spirou_cli", *arguments],
        env=home.environment,
        cwd="/",
        capture_output=True,
        check=False,
        timeout=60,
    )


def test_reading_needs_no_writable_disk(read_only: Home) -> None:
    """T-RO: what only looks answers, with a plugin that breaks; not a byte of the store changes."""
    plugin = read_only.folder.with_name("broken-plugin")
    info = plugin / "odd-1.0.dist-info"
    info.mkdir(parents=True, exist_ok=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: odd\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[spirou.adapters]\nodd = none_such:Odd\n")
    path = f"{read_only.environment['PYTHONPATH']}:{plugin}"
    bare = {"PYTHONPATH": path, "SPIROU_SECRET_DEMO": "", "DBUS_SESSION_BUS_ADDRESS": "unix:path=/nowhere"}
    read_only = replace(read_only, environ=bare)
    probe = as_nobody(read_only, "--version")
    if probe.returncode and b"PermissionError" in probe.stderr:
        pytest.skip("the other user can't read this Python")
    before = {path: path.read_bytes() for path in read_only.folder.rglob("*") if path.is_file()}

    codes = {
        command: as_nobody(read_only, *command.split()).returncode
        for command in (
            *("list", "show 1", "status", "status --short", "export", "list --json", "outbox list"),
            *("bill", "bill --json", "history", "inbox list", "provider list", "--version"),
        )
    }

    assert {command: code for command, code in codes.items() if code} == {}
    assert before == {path: path.read_bytes() for path in read_only.folder.rglob("*") if path.is_file()}


def test_writing_on_a_read_only_disk_is_refused_before_any_network(
    house: CampaignWorld, read_only: Home
) -> None:
    """Exit 74 and one sentence, whatever was to be written."""
    house.provider.seen.clear()

    ended = [as_nobody(read_only, *command) for command in (("add", "x", "--to", "demo"), ("sync",))]

    assert [run.returncode for run in ended] == [74, 74]
    assert not any(b"Traceback" in run.stderr for run in ended)
    assert sum(house.provider.seen.values()) == 0


def test_a_store_of_another_user_is_left_alone(read_only: Home) -> None:
    """T-OPEN: exit 74, one sentence, not a byte changed, whatever was asked."""
    os.chown(read_only.store, NOBODY - 1, NOBODY - 1)
    before = read_only.store.read_bytes()

    ended = [as_nobody(read_only, *words.split()) for words in ("status", "list", "add x --draft", "export")]

    assert [run.returncode for run in ended] == [74] * 4
    assert all(b"another user" in run.stderr for run in ended)
    assert read_only.store.read_bytes() == before


def test_a_full_disk_is_named_by_the_doctor(house: CampaignWorld) -> None:
    """A save sends there, and there it is said; once there is room, all is well and the save works."""
    home = house.home()
    data = home.store.parent
    data.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=512k", "tmpfs", str(data)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("only root can mount a small disk")
    try:
        data.chmod(0o700)
        assert home.run("add Cake --draft").code == 0
        with suppress(OSError):
            (data / "filler").write_bytes(bytes(1_000_000))
        full = [home.run("add More --draft"), home.run("doctor")]
        (data / "filler").unlink()
        after = [home.run("add More --draft"), home.run("doctor")]
    finally:
        subprocess.run(["umount", str(data)], check=True)

    assert (full[0].code, full[0].err.splitlines()[-1]) == (74, "spirou doctor")
    assert "nothing can be saved" in full[1].out + full[1].err
    assert [run.code for run in after] == [0, 0], after
