"""T-CANARY, T-PLUGIN, T-BOMB, T-DRIP: a key that is nowhere, plugins that break, answers that never end."""

from __future__ import annotations

import os
import resource
import sqlite3
import subprocess
import time
from contextlib import closing, suppress
from dataclasses import replace
from pathlib import Path

import pytest

from tests.faults.cases import SYNC, heal, snapshot
from tests.faults.invariants import check, check_words, ops
from tests.faults.provider import FAULTS, KEY, Provider, served
from tests.faults.world import HOUR, CampaignWorld, Home

# --- T-CANARY: the key of the fake is the canary, in every run of every test; here it is looked for hardest


def places_of_the_key(home: Home) -> list[Path]:
    """Every file below the home that has the key in it, but the one where the person chose to keep it."""
    chosen = home.folder / "config" / "secrets.toml"
    found = [path for path in home.folder.rglob("*") if path.is_file() and path != chosen]
    return [path for path in found if KEY.encode() in path.read_bytes()]


@pytest.mark.parametrize("keep", ["environment", "file"])
def test_a_key_is_in_no_output_file_export_or_backup(house: CampaignWorld, keep: str) -> None:
    """Through every command and every failure: screens, store, journal, traces, exports, backups."""
    home = house.with_provider("K")
    given = home.folder.parent / "given"
    given.write_text(KEY + "\n")
    if keep == "file":
        home = replace(home, environ={"SPIROU_SECRET_DEMO": ""})
        login = ("provider", "login", "demo", "--secret-file", str(given), "--secret-store", "file")
        done = home.run(login)
        assert done.code == 0, done
    commands = [
        ("add", "Cake", "--to", "demo"), ("sync", "-v"), ("sync", "--json"),
        ("provider", "show", "demo", "--json"),
        ("provider", "list", "--json"), ("export",), ("export", "--csv"), ("outbox", "list"), ("history",),
        ("backup", "copy.db"), ("doctor", "--json"), ("config", "show"), ("status", "--debug"),
        ("provider", "test", "demo", "--debug"), ("show", "1", "--json"),
    ]  # fmt: skip

    ended = [home.run(command) for command in commands]
    for fault in FAULTS:
        house.provider.fault = lambda request, fault=fault: fault  # type: ignore[misc]
        ended += [home.run(command) for command in (("sync", "--debug"), ("provider", "test", "demo"))]
    house.provider.fault = lambda request: None
    house.provider.settle()

    assert [what for run in ended for what in check_words(run)] == []
    assert places_of_the_key(home) == []


def test_a_key_is_in_no_argument_and_no_environment_of_a_child(house: CampaignWorld) -> None:
    """The command that prints a key gets neither this key nor another."""
    home = house.with_provider("K")
    spy = home.folder / "spy"
    spy.write_text(
        f"#!/bin/sh\nenv > {home.folder}/seen; cat /proc/$PPID/cmdline >> {home.folder}/seen; exit 1\n"
    )
    spy.chmod(0o700)
    login = ("provider", "login", "demo", "--secret-command", str(spy), "--no-test")
    home.run(login)
    blind = replace(home, environ={"SPIROU_SECRET_DEMO": "", "SPIROU_SECRET_OTHER": KEY})

    ended = blind.run("sync")

    seen = (home.folder / "seen").read_text()
    assert ended.code == 4
    assert (KEY in seen, "SPIROU_SECRET" in seen) == (False, False)


def test_a_key_is_in_no_child_while_it_runs(house: CampaignWorld) -> None:
    """Arguments and environment of a secret command, a hook and an editor, read while they run."""
    if not Path("/proc/self/environ").exists():
        pytest.skip("no /proc")
    home = house.with_provider("K")
    slow = home.folder / "slow"
    slow.write_text(
        '#!/bin/sh\ncat > /dev/null 2>&1 < /dev/null\nsleep 0.3\n[ "$1" = key ] && echo other-key-1\ntrue\n'
    )
    slow.chmod(0o700)
    hook = home.run(("hook", "add", "any", "--", str(slow), "hook"))
    assert hook.code == 0, hook
    home = replace(home, environ={"EDITOR": str(slow), "VISUAL": str(slow)})
    home.run("add One --to demo")
    command = replace(home, environ={**home.environ, "SPIROU_SECRET_DEMO": "", "SPIROU_SECRET_OTHER": KEY})
    login = command.run(("provider", "login", "demo", "--secret-command", f"{slow} key", "--no-test"))
    assert login.code == 0, login
    seen = Children()

    for run, arguments in ((command, ("sync",)), (home, ("hook", "test", "1")), (home, ("edit", "1"))):
        with run.process(*arguments, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
            while process.poll() is None:
                seen.look(process.pid)

    assert seen.programs >= {"key", "hook"}, seen.programs
    assert KEY.encode() not in seen.all
    assert b"SPIROU_SECRET" not in seen.all


class Children:
    """What other programs of this user can read of the children of a process."""

    def __init__(self) -> None:
        self.all = b""
        self.programs: set[str] = set()

    def look(self, parent: int) -> None:
        for folder in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):
                if f"PPid:\t{parent}\n" in (folder / "status").read_text():
                    words = (folder / "cmdline").read_bytes()
                    if b"slow" in words:  # before that it is a copy of its parent
                        self.all += words + (folder / "environ").read_bytes()
                        self.programs.add(words.rstrip(b"\0").rpartition(b"\0")[2].decode())


# --- T-KEYRING: the words of a key that can't be had

NO_KEY = {
    "none": ("environment", "Il n’y a pas de clé pour demo", "spirou provider login demo"),
    "no keyring": ("keyring", "Pas de trousseau", "--secret-store file|command|ask"),
}


@pytest.mark.parametrize(("keep", "said", "hint"), NO_KEY.values(), ids=NO_KEY.keys())
@pytest.mark.parametrize("command", ["sync", "sync --dry-run", "provider test demo", "add Cake --to demo"])
def test_a_key_that_cannot_be_had_is_told_in_french(
    house: CampaignWorld, keep: str, said: str, hint: str, command: str
) -> None:
    """An adapter met it and knows English only: the sentence is ours, and so is what to type."""
    home = house.with_provider("K")
    with closing(sqlite3.connect(home.store)) as connection, connection:
        connection.execute("UPDATE account SET settings = replace(settings, 'environment', ?)", (keep,))
    bare = {"SPIROU_SECRET_DEMO": "", "SPIROU_LANG": "fr", "DBUS_SESSION_BUS_ADDRESS": "unix:path=/nowhere"}

    ended = replace(home, environ=bare).whole(*command.split())

    assert ended.code == 4, ended
    assert said in ended.out + ended.err, ended
    assert hint in ended.err, ended


# --- T-REDIR: the settings

PLACES: dict[str, tuple[str, ...]] = {
    "environment": (),
    "command": ("--secret-command", f"echo {KEY}"),
    "file": ("--secret-stdin", "--secret-store", "file"),
}


@pytest.mark.parametrize("place", PLACES)
def test_a_changed_address_gets_no_key_until_it_is_given_again(house: CampaignWorld, place: str) -> None:
    """Wherever the key is kept: nothing reaches the new server before a login, and everything after it."""
    home = house.with_provider("K")
    if place != "environment":
        home.whole("provider", "login", "demo", *PLACES[place], typed=KEY)
        home = replace(home, environ={"SPIROU_SECRET_DEMO": ""})
    login = PLACES[place] or ("--secret-store", "environment")

    with served(Provider("K")) as other:
        edited = home.run(("provider", "edit", "demo", "--set", f"url={other.url}"))
        refused = home.run("sync")
        before = sum(other.seen.values())
        again = home.whole("provider", "login", "demo", *login, typed=KEY)
        synced = home.run("sync")
        after = sum(other.seen.values())

    assert (edited.code, "spirou provider login demo" in edited.err) == (0, True), edited
    assert (refused.code, before) == (4, 0)
    assert (again.code, synced.code, after > 0) == (0, 0, True), (again, synced)


# --- T-PLUGIN

BROKEN = {
    "raises": "raise RuntimeError('no')",
    "exits": "raise SystemExit(0)",
    "missing": "import nothing_of_this_name",
    "nobody": "",
    "prints and breaks": "print('\\x1b[2Jhello'); import sys; sys.stderr.write('hello'); import none_such",
    "hangs": "import time; time.sleep(600)",
}


@pytest.mark.parametrize("code", BROKEN.values(), ids=BROKEN.keys())
def test_a_plugin_that_breaks_costs_its_own_tasks_only(house: CampaignWorld, code: str) -> None:
    """`list` and `status` don't load it; sync names it, and the other provider is done."""
    if "sleep" in code and "FAULTS_SLOW" not in os.environ:
        pytest.skip("takes half a minute: set FAULTS_SLOW")
    with house.copy(snapshot(house, SYNC, "K")) as home:
        plugins = home.folder / "plugins"
        info = plugins / "odd-1.0.dist-info"
        info.mkdir(parents=True)
        (info / "METADATA").write_text("Metadata-Version: 2.1\nName: odd\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text("[spirou.adapters]\nodd = odd_plugin:Odd\n")
        good = (Path(__file__).parent / "http_demo" / "http_demo.py").read_text("utf-8")
        (plugins / "odd_plugin.py").write_text(
            good.replace("HttpDemo", "Odd").replace('"http-demo"', '"odd"')
        )
        path = {"PYTHONPATH": f"{home.environment['PYTHONPATH']}:{plugins}", "SPIROU_SECRET_ODD": KEY}
        home = replace(home, environ=path)
        setting = f"url={house.provider.url}"
        made = home.whole("provider", "add", "odd", "--kind", "odd", "--no-test", "--set", setting)
        assert made.code == 0, made
        (plugins / "odd_plugin.py").write_text(code)
        trusted = home.whole("plugin", "trust", "odd")
        assert trusted.code == 0, trusted

        looks = [home.whole(*words.split()) for words in ("list", "status", "show 1", "outbox list")]
        ended = home.whole("sync", env={**home.environment, **clock(house)})
        states = {row["state"] for row in ops(home.store)}

    assert [run.code for run in looks[:1]] == [0]
    assert (ended.code, states) == (1, {"done"})
    assert "odd" in ended.out + ended.err
    assert "changed" not in ended.out + ended.err, "it was never loaded"
    assert "hello" not in ended.out + ended.err
    assert [what for run in [*looks, ended] for what in check_words(run)] == []


def clock(house: CampaignWorld) -> dict[str, str]:
    if house.injector is None:
        pytest.skip("no C compiler: the clock can't be set")
    return {"LD_PRELOAD": str(house.injector), "FIO_CLOCK": str(HOUR)}


# --- T-BOMB, T-DRIP


def test_an_answer_that_never_fits_ends_within_its_cap(house: CampaignWorld) -> None:
    """A gzip of 200 MB of zeros: unsure, settled later by key, in less than 300 MB of memory."""
    with house.copy(snapshot(house, SYNC, "K")) as home:
        house.provider.fault = lambda request: "huge_after" if request.number == 1 else None
        limit = 300 << 20
        ended = home.whole(
            "sync",
            env={**home.environment, **clock(house)},
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_DATA, (limit, limit)),
        )
        house.provider.fault = lambda request: None
        heal(home.later(HOUR))
        found = check(home.store, house.provider.remembered(), expected=SYNC.saved)

    assert check_words(ended) == []
    assert ended.code in (0, 1)
    assert found.wrongs() == []


@pytest.mark.campaign
@pytest.mark.skipif("FAULTS_SLOW" not in os.environ, reason="takes a minute: set FAULTS_SLOW")
def test_an_answer_that_drips_ends_at_the_deadline(house: CampaignWorld) -> None:
    """A byte now and then keeps no sync alive: 60 s for one exchange, and the op is unsure, not lost."""
    with house.copy(snapshot(house, SYNC, "K")) as home:
        house.provider.fault = lambda request: "drip_after" if request.method == "POST" else None
        begun = time.monotonic()
        with home.process(
            "sync", env={**home.environment, **clock(house)}, stdout=subprocess.DEVNULL
        ) as process:
            process.wait(240)
        took = time.monotonic() - begun
        house.provider.fault = lambda request: None
        heal(home.later(HOUR))
        found = check(home.store, house.provider.remembered(), expected=SYNC.saved)

    assert took < 3 * 62 + 10, "three ops, each with its own deadline"
    assert found.wrongs() == []


@pytest.mark.campaign
@pytest.mark.skipif("FAULTS_SLOW" not in os.environ, reason="takes a minute: set FAULTS_SLOW")
def test_pages_without_end_are_stopped(house: CampaignWorld) -> None:
    """10,000 are enough: an error with a name, and what was read is kept."""
    with house.copy(snapshot(house, SYNC, "K")) as home:
        house.provider.news = lambda after: {"events": [], "last": after + 1, "more": True}  # type: ignore[method-assign]
        with home.process("sync", stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as process:
            out, _ = process.communicate(timeout=500)
        del house.provider.news

    assert process.returncode == 1
    assert b"10000 pages" in out
