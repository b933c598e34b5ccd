"""T-OPEN, T-MIG, T-BACKUP: files that aren't ours, that are older, and copies made while others write."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import socket
import sqlite3
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from spirou_cli.storage.backup import problems
from spirou_cli.storage.migrations import APPLICATION_ID, VERSION
from tests.faults.cases import SYNC, heal, points_of, snapshot
from tests.faults.injector import Arm, Call, Mode
from tests.faults.invariants import check, check_words, ops
from tests.faults.test_together import at_once
from tests.faults.world import HOUR, CampaignWorld, Home
from tests.faults.zygote import ROOT, Zygote

# --- T-OPEN -------------------------------------------------------------------------------------------


def foreign(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE somebody (name)")


def newer(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE meta (key, value)")
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version = {VERSION + 1}")


def cut_short(path: Path) -> None:
    content = path.with_name("whole.db").read_bytes()
    path.write_bytes(content[: len(content) // 3])


def flipped(path: Path) -> None:
    content = bytearray(path.with_name("whole.db").read_bytes())
    content[4096 * 2 : 4096 * 6] = bytes(4096 * 4)
    path.write_bytes(content)


def zeroed(path: Path) -> None:
    flipped(path)
    path.chmod(0o600)


MADE: dict[str, Callable[[Path], object]] = {
    "garbage": lambda path: path.write_bytes(os.urandom(5000)),
    "empty": lambda path: path.touch(),
    "text": lambda path: path.write_text("Dear diary,\n"),
    "foreign": foreign,
    "newer": newer,
    "cut short": cut_short,
    "pages of zeros": zeroed,
    "a socket": lambda path: socket.socket(socket.AF_UNIX).bind(str(path)),
    "a device": lambda path: path.symlink_to("/dev/zero"),
    "folder": lambda path: path.mkdir(),
    "fifo": os.mkfifo,
    "symlink": lambda path: path.symlink_to(path.with_name("whole.db")),
    "dangling": lambda path: path.symlink_to("nowhere"),
}


@pytest.mark.parametrize("make", MADE.values(), ids=MADE.keys())
def test_what_is_no_store_of_ours_is_refused_and_left_alone(
    house: CampaignWorld, make: Callable[[Path], object]
) -> None:
    """Exit 74, one sentence, not a byte changed, whatever was asked; and no wait for a pipe."""
    home = house.with_provider("K")
    home.store.rename(home.store.with_name("whole.db"))
    make(home.store)
    before = fingerprint(home.store)

    ended = [home.run(words) for words in ("status", "list", "add Cake --draft", "sync", "export")]

    assert [run.code for run in ended] == [74] * 5, ended
    assert [what for run in ended for what in check_words(run)] == []
    assert all(run.err.strip() and not run.out for run in ended)
    assert fingerprint(home.store) == before


def fingerprint(path: Path) -> str:
    found = path.lstat()
    content = path.read_bytes() if path.is_file() else b""
    return f"{found.st_mode} {found.st_size if path.is_file() else ''} {hashlib.sha256(content).hexdigest()}"


# --- T-MIG --------------------------------------------------------------------------------------------

EVERY = int(os.environ.get("FAULTS_EVERY", "40"))

STEP = '''
def m{number:03}_more(connection: sqlite3.Connection) -> None:
    """A later version of this program."""
    connection.execute("CREATE TABLE more (id INTEGER PRIMARY KEY, title TEXT NOT NULL) STRICT")
    connection.execute("INSERT INTO more (title) SELECT title FROM task")
    connection.execute("CREATE INDEX more_title ON more (title)")


MIGRATIONS: tuple[Callable[[sqlite3.Connection], None], ...] = (*{steps}, m{number:03}_more)
VERSION = len(MIGRATIONS)
'''


@pytest.fixture(scope="module")
def next_version(house: CampaignWorld) -> Iterator[Zygote]:
    """The program of tomorrow: this one with one more migration."""
    tree = house.folder / "tomorrow"
    shutil.copytree(ROOT / "spirou_cli", tree / "spirou_cli", ignore=shutil.ignore_patterns("__pycache__"))
    module = tree / "spirou_cli" / "storage" / "migrations.py"
    source = module.read_text("utf-8")
    steps = re.search(r"^MIGRATIONS[^=]*= (\([^)]*\))", source, re.MULTILINE)
    assert steps
    module.write_text(source + STEP.format(number=VERSION + 1, steps=steps.group(1)), "utf-8")
    with closing(Zygote(house.injector, tree)) as zygote:
        yield zygote


def a_store_with(house: CampaignWorld, tasks: int) -> Home:
    home = house.with_provider("K")
    titles = home.folder / "titles.txt"
    titles.write_text("".join(f"task {n}\n" for n in range(tasks)))
    assert home.run(("add", "--from", str(titles), "--draft")).code == 0
    return home


def schema(home: Home) -> tuple[int, int, int | None]:
    """Version, tasks, and rows of the new table (None: there is none)."""
    with closing(sqlite3.connect(home.store)) as connection:
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        tasks = connection.execute("SELECT count(*) FROM task").fetchone()[0]
        made = connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'more'").fetchone()
        return version, tasks, connection.execute("SELECT count(*) FROM more").fetchone()[0] if made else None


@pytest.mark.parametrize("mode", [Mode.KILL, Mode.TORN, Mode.ENOSPC], ids=["killed", "torn", "full"])
def test_an_upgrade_is_whole_or_has_not_begun(
    injected: CampaignWorld, next_version: Zygote, mode: Mode
) -> None:
    """Killed or out of space at any call: the old schema or the new one, every row, and it goes on after."""
    old = injected.keep(("upgrade",), a_store_with(injected, 120))
    with injected.copy(old) as home:
        calls = points_of(home, next_version, "list")
    ats = [at for at, call in enumerate(calls, 1) if mode is not Mode.TORN or call.call is Call.WRITE]

    sys.stdout.write(f"runs: {len(ats[::EVERY])}\n")
    for at in ats[::EVERY]:
        with injected.copy(old) as home:
            next_version.run(home.order("list", arm=Arm(at, mode)))
            after = schema(home)
            again = next_version.run(home.order("list"))

            assert after in ((VERSION, 120, None), (VERSION + 1, 120, 120)), at
            assert again.code == 0, again
            assert schema(home) == (VERSION + 1, 120, 120)
            backups = list(home.store.parent.glob(f"spirou-v{VERSION}-*.db"))
            assert backups
            assert [problem for path in backups for problem in problems(path)] == []


def test_six_upgrades_at_once_are_one(house: CampaignWorld, next_version: Zygote) -> None:
    """The others wait and find it done; one backup."""
    home = a_store_with(house, 50)
    new = Home(home.folder, next_version)

    ended = at_once(new, *[[("list",)]] * 6)

    assert [run.code for run in ended] == [0] * 6, ended
    assert schema(home) == (VERSION + 1, 50, 50)
    assert len(list(home.store.parent.glob("spirou-v*.db"))) == 1


def test_an_old_program_leaves_a_newer_store_alone(house: CampaignWorld, next_version: Zygote) -> None:
    """Exit 74, and the way back is named; it is the backup that the upgrade made."""
    home = a_store_with(house, 5)
    next_version.run(home.order("list"))
    before = fingerprint(home.store)

    refused = home.run("add Cake --draft")
    (kept,) = home.store.parent.glob("spirou-v*.db")
    untouched = fingerprint(home.store) == before
    restored = home.run(("restore", str(kept)))

    assert (refused.code, untouched) == (74, True)
    assert restored.code == 0, restored
    assert home.run("list --all").out.count("task ") == 5


# --- T-BACKUP -----------------------------------------------------------------------------------------


def test_a_backup_is_consistent_while_others_write(house: CampaignWorld) -> None:
    """Every finished file passes every check, and no unfinished one has a final name."""
    home = house.with_provider("K")
    copies = home.folder / "copies"
    copies.mkdir()
    writing = [[("add", f"task {w} {n}", "--draft") for n in range(10)] for w in range(3)]
    copying = [("backup", str(copies / f"copy{n}.db")) for n in range(6)]

    ended = at_once(home, *writing, copying)

    found = sorted(copies.iterdir())
    assert [run.code for run in ended] == [0] * 4, ended
    assert [path.name for path in found] == [f"copy{n}.db" for n in range(6)]
    assert [problem for path in found for problem in problems(path)] == []


@pytest.mark.campaign
@pytest.mark.skipif("FAULTS_SLOW" not in os.environ, reason="takes a minute: set FAULTS_SLOW")
def test_backups_behind_four_writers_for_half_a_minute(house: CampaignWorld) -> None:
    """Every copy is whole, each restores, and what was open in it comes back as «nobody knows»."""
    with house.copy(snapshot(house, SYNC, "K")) as home:
        copies = home.folder / "copies"
        copies.mkdir()
        writing = [[("add", f"task {w} {n}", "--draft") for n in range(200)] for w in range(4)]
        copying = [("backup", str(copies / f"copy{n}.db")) for n in range(40)]
        ended = at_once(home, *writing, copying)
        found = sorted(copies.iterdir())
        restored = [home.run(("restore", str(path))) for path in found]
        states = {row["state"] for row in ops(home.store)[1:]}
        heal(home.later(HOUR))
        healed = check(home.store, house.provider.remembered(), expected=SYNC.saved)

    assert [run.code for run in ended] == [0] * 5
    assert [run.code for run in restored] == [0] * 40
    assert (states, healed.wrongs()) == ({"uncertain"}, [])


def test_a_killed_backup_leaves_no_half_file(injected: CampaignWorld) -> None:
    """A file with the final name is whole."""
    start = snapshot(injected, SYNC, "K")
    with injected.copy(start) as home:
        calls = points_of(home, home.zygote, ("backup", str(home.folder / "copy.db")))

    for at in range(1, len(calls) + 1, 9):
        with injected.copy(start) as home:
            target = home.folder / "copy.db"
            home.run(("backup", str(target)), arm=Arm(at, Mode.KILL))

            shown = home.run("list")
            found = check(home.store, injected.provider.remembered(), may_be_open=True, inbox=False)

            assert not target.exists() or problems(target) == [], at
            assert (shown.code, found.wrongs()) == (0, [])


def test_a_killed_restore_is_the_old_store_or_the_new_one(injected: CampaignWorld) -> None:
    """Never a mixture, at any call; what was there is kept, or is there."""
    start = snapshot(injected, SYNC, "K")
    command = ("restore", "copy.db")
    with injected.copy(start) as home:
        prepared(home)
        calls = points_of(home, home.zygote, command)
    loud = [at for at, call in enumerate(calls, 1) if call.call is not Call.WRITE]

    for at in loud[::5]:
        with injected.copy(start) as home:
            prepared(home)
            home.run(command, arm=Arm(at, Mode.KILL))
            shown = home.run("list --all")

            assert shown.code == 0, (at, shown)
            assert problems(home.store) == [], at
            kept = list(home.store.parent.glob("spirou-before-restore-*.db"))
            assert "Later" in shown.out or kept, at
            assert [problem for path in kept for problem in problems(path)] == []


def prepared(home: Home) -> None:
    """A backup, and a task that was saved after it."""
    assert home.run(("backup", "copy.db"), "add Later --draft").code == 0


@pytest.mark.parametrize(("how", "held"), [("K", 0), ("L", 0), ("N", 0), ("B", 3)])
def test_what_was_sent_after_the_backup_is_not_sent_again(house: CampaignWorld, how: str, held: int) -> None:
    """Restored rows may have left since: they are looked up, or asked about."""
    with house.copy(snapshot(house, SYNC, how)) as home:
        home.run("backup copy.db")
        sent = home.later(HOUR).run("sync")
        before = len(house.provider.effects())
        restored = home.run("restore copy.db")
        states = {row["state"] for row in ops(home.store)[1:]}
        heal(home.later(HOUR))
        found = check(home.store, house.provider.remembered(), expected=SYNC.saved)

    assert (sent.code, restored.code, states) == (0, 0, {"uncertain"})
    assert len(house.provider.effects()) == before
    assert (found.wrongs(), found.held) == ([], held)
