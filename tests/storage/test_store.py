"""Opening a store: safely made, refused when it isn't ours, never half migrated."""

from __future__ import annotations

import hashlib
import os
import resource
import shutil
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from spirou_cli.domain.errors import Busy, SpirouError, StoreError
from spirou_cli.domain.states import TaskState
from spirou_cli.domain.task import Task
from spirou_cli.storage.backup import backup, problems, restore
from spirou_cli.storage.migrations import APPLICATION_ID, MIGRATIONS, VERSION
from spirou_cli.storage.projection import insert_tasks
from spirou_cli.storage.store import Store
from spirou_cli.storage.work import count_tasks


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "spirou.db"


def test_a_new_store_is_private(path: Path) -> None:
    """The file is 0600 and its folder 0700, whatever the umask."""
    before = os.umask(0)
    try:
        Store.open(path).close()
    finally:
        os.umask(before)

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_a_new_store_leaves_nothing_beside_it(path: Path) -> None:
    """No draft, no journal with content."""
    Store.open(path).close()

    assert [file.name for file in path.parent.iterdir() if file.stat().st_size] == ["spirou.db"]


def test_reading_without_a_store_makes_none(path: Path) -> None:
    """A look at the screen never writes a file."""
    with Store.open_for_reading(path) as store, store.read() as connection:
        count = connection.execute("SELECT count(*) FROM task").fetchone()[0]

    assert (count, path.exists()) == (0, False)


def test_the_durability_that_was_measured_is_set(path: Path) -> None:
    """TRUNCATE and EXTRA, foreign keys on, no trust in the schema."""
    with Store.open(path) as store:
        answers = {
            name: store.connection.execute(f"PRAGMA {name}").fetchone()[0]
            for name in (
                "journal_mode",
                "synchronous",
                "foreign_keys",
                "trusted_schema",
                "recursive_triggers",
            )
        }

    assert answers == {
        "journal_mode": "truncate",
        "synchronous": 3,
        "foreign_keys": 1,
        "trusted_schema": 0,
        "recursive_triggers": 1,
    }


def garbage(path: Path) -> None:
    path.write_bytes(b"not a database at all" * 100)


def empty(path: Path) -> None:
    path.write_bytes(b"")


def truncated(path: Path) -> None:
    Store.open(path).close()
    path.write_bytes(path.read_bytes()[:5000])


def foreign(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE other (x)")
        connection.execute("PRAGMA application_id = 42")
    connection.close()


def newer(path: Path) -> None:
    Store.open(path).close()
    connection = sqlite3.connect(path)
    connection.execute(f"PRAGMA user_version = {VERSION + 1}")
    connection.close()


@pytest.mark.parametrize("make", [garbage, empty, truncated, foreign, newer])
@pytest.mark.parametrize("opening", [Store.open, Store.open_for_reading])
def test_a_file_that_is_not_ours_is_refused_and_left_alone(
    path: Path, make: Callable[[Path], None], opening: Callable[[Path], Store]
) -> None:
    """Foreign, newer, damaged, empty: one sentence, exit 74, not a byte changed."""
    path.parent.mkdir()
    make(path)
    before = hashlib.sha256(path.read_bytes()).hexdigest()

    with pytest.raises(StoreError) as refusal:
        opening(path).write().__enter__()

    assert refusal.value.exit_code == 74
    assert hashlib.sha256(path.read_bytes()).hexdigest() == before


def folder(path: Path) -> None:
    path.mkdir()


def pipe(path: Path) -> None:
    os.mkfifo(path)


def link(path: Path) -> None:
    target = path.with_name("elsewhere.db")
    Store.open(target).close()
    path.symlink_to(target)


@pytest.mark.parametrize("make", [folder, pipe, link])
def test_anything_but_a_regular_file_is_refused(path: Path, make: Callable[[Path], None]) -> None:
    """A folder, a pipe, a link: refused at once, without opening it."""
    path.parent.mkdir()
    make(path)

    with pytest.raises(StoreError):
        Store.open(path)


def test_an_open_file_is_closed_to_others_again(path: Path) -> None:
    """Somebody's chmod is taken back."""
    Store.open(path).close()
    path.chmod(0o644)

    Store.open(path).close()

    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_failed_write_leaves_no_trace(path: Path) -> None:
    """All or nothing."""
    with Store.open(path) as store:
        with pytest.raises(sqlite3.IntegrityError), store.write() as connection:
            connection.executemany("INSERT INTO meta VALUES (?, 1)", [("x",), ("x",)])
        with store.read() as connection:
            count = connection.execute("SELECT count(*) FROM meta WHERE key = 'x'").fetchone()[0]

    assert count == 0


def test_a_commit_inside_a_write_is_caught(path: Path) -> None:
    """Nobody ends a transaction that isn't theirs."""
    with (
        Store.open(path) as store,
        pytest.raises(RuntimeError, match="committed"),
        store.write() as connection,
    ):
        connection.commit()


def test_a_second_writer_is_told_that_it_is_busy(path: Path) -> None:
    """After its patience, exit 75: nothing was saved."""
    with Store.open(path) as first, Store.open(path) as second:
        second.connection.execute("PRAGMA busy_timeout = 50")
        with first.write(), pytest.raises(Busy) as refusal, second.write():
            pass

    assert refusal.value.exit_code == 75


def test_a_backup_is_whole_private_and_never_replaces_a_file(path: Path, tmp_path: Path) -> None:
    """The name appears once the copy is verified."""
    target = tmp_path / "copy.db"
    with Store.open(path) as store:
        backup(store, target)
        with pytest.raises(SpirouError):
            backup(store, target)

    assert problems(target) == []
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    assert sorted(file.name for file in tmp_path.iterdir() if file.is_file()) == ["copy.db"]


def test_a_restore_makes_open_ops_uncertain_and_keeps_the_old_store(path: Path, tmp_path: Path) -> None:
    """What was open may have been sent since the backup; nothing is deleted."""
    target = tmp_path / "copy.db"
    with Store.open(path) as store:
        with store.write() as connection:
            connection.execute(
                """
                INSERT INTO op (id, task_id, account_id, kind, state, payload, created_at)
                VALUES ('1', 't', 'a', 'submit', 'queued', 'x', 0), ('2', 't', 'a', 'submit', 'held', 'x', 0)
                """
            )
        backup(store, target)

    kept = restore(target, path)

    with Store.open(path) as store, store.read() as connection:
        states = [row[0] for row in connection.execute("SELECT state FROM op ORDER BY seq")]
    assert states == ["uncertain", "uncertain"]
    assert kept is not None
    assert problems(kept) == []


def test_a_damaged_backup_is_not_restored(path: Path, tmp_path: Path) -> None:
    """The store stays as it is."""
    Store.open(path).close()
    bad = tmp_path / "bad.db"
    truncated(bad)
    before = path.read_bytes()

    with pytest.raises(StoreError):
        restore(bad, path)

    assert path.read_bytes() == before


def test_a_backup_takes_the_place_of_a_damaged_store(path: Path, tmp_path: Path) -> None:
    """That is what it is for; the damaged file is kept as it was."""
    with Store.open(path) as store:
        backup(store, tmp_path / "copy.db")
    path.write_bytes(b"not a database at all")

    kept = restore(tmp_path / "copy.db", path)

    assert problems(path) == []
    assert kept is not None
    assert kept.read_bytes() == b"not a database at all"


def test_who_has_the_store_open_sees_what_was_restored(path: Path, tmp_path: Path) -> None:
    """The pages are written over, not the file: what is saved next is saved in the restored store."""
    with Store.open(path) as other:
        backup(other, tmp_path / "copy.db")
        with other.write() as connection:
            connection.execute("INSERT INTO meta (key, value) VALUES ('later', 1)")
        restore(tmp_path / "copy.db", path)

        with other.write() as connection:
            connection.execute("INSERT INTO meta (key, value) VALUES ('after', 1)")

    with Store.open_for_reading(path) as store, store.read() as connection:
        found = {row[0] for row in connection.execute("SELECT key FROM meta")}
    assert found & {"later", "after"} == {"after"}


def test_a_restore_leaves_nothing_but_the_store_and_what_it_was(path: Path, tmp_path: Path) -> None:
    """No draft, no journal, no lock of a draft."""
    with Store.open(path) as store:
        backup(store, tmp_path / "copy.db")

    kept = restore(tmp_path / "copy.db", path)

    assert kept is not None
    left = {file.name for file in path.parent.iterdir() if not file.name.endswith("-journal")}
    assert left == {path.name, kept.name}


def test_migrations_have_names_in_order() -> None:
    """No number twice, none left out."""
    numbers = [step.__name__[:5] for step in MIGRATIONS]

    assert numbers == [f"m{n:03}_" for n in range(1, VERSION + 1)]


def test_a_store_of_each_earlier_version_climbs_to_this_one(path: Path) -> None:
    """All steps together make what a new store has, with what was in it, and a backup of how it was."""
    fresh = path.with_name("fresh.db")
    Store.open(fresh).close()
    for version in range(1, VERSION):
        old = path.with_name(f"old{version}.db")
        with closing(sqlite3.connect(old)) as connection, connection:
            for step in MIGRATIONS[:version]:
                step(connection)
            connection.execute(f"PRAGMA user_version = {version}")
            connection.execute("INSERT INTO inbox (account_id, item, received_at) VALUES ('a', 'k', 1)")

        with Store.open(old) as store, store.read() as connection:
            assert connection.execute("SELECT item FROM inbox").fetchone()[0] == "k"

        assert columns(old) == columns(fresh)
        assert [problems(kept) for kept in path.parent.glob(f"spirou-v{version}-*.db")] == [[]]


def test_use_learns_the_number_of_its_task(path: Path) -> None:
    """What was told before use had it: the fourth step looks it up."""
    path.parent.mkdir()
    with closing(sqlite3.connect(path)) as connection, connection:
        for step in MIGRATIONS[:3]:
            step(connection)
        connection.execute("PRAGMA user_version = 3")
        working = [Task(id=f"t{n}", number=n, state=TaskState.WORKING, created_at=1, since=1) for n in (7, 8)]
        insert_tasks(connection, working)
        connection.executemany(
            """
            INSERT INTO usage (account_id, line, task_id, used_at, unit, quantity, basis, source, event)
            VALUES ('a', ?, ?, 1, 'second', 60, 'reported', 'provider', 1)
            """,
            [("one", "t8"), ("two", "t7"), ("three", "t8")],
        )

    with Store.open(path) as store, store.read() as connection:
        rows = connection.execute("SELECT line, task_number FROM usage").fetchall()
        counted = count_tasks(connection, "a", 0, 2)

    assert {tuple(row) for row in rows} == {("one", 8), ("two", 7), ("three", 8)}
    assert counted == 2


def columns(path: Path) -> list[tuple[str, str]]:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(
            "SELECT m.name, c.name FROM sqlite_master AS m, pragma_table_info(m.name) AS c ORDER BY 1, c.cid"
        ).fetchall()


_FIRST_RUN = """
import sys
from pathlib import Path
from spirou_cli.storage.store import Store
with Store.open(Path(sys.argv[1])) as store, store.write() as connection:
    connection.execute("INSERT INTO meta VALUES (?, 1)", (sys.argv[2],))
"""


def test_six_first_runs_at_once_all_succeed(path: Path) -> None:
    """Whoever is first makes the store, the others use it; nothing is lost."""
    runs = [
        subprocess.Popen([sys.executable, "-c", _FIRST_RUN, str(path), f"run{n}"], stderr=subprocess.PIPE)
        for n in range(6)
    ]

    errors = [run.communicate()[1] for run in runs]

    assert errors == [b""] * 6
    with Store.open(path) as store, store.read() as connection:
        found = connection.execute("SELECT count(*) FROM meta WHERE key LIKE 'run%'").fetchone()[0]
    assert found == 6
    assert path.read_bytes()[68:72] == APPLICATION_ID.to_bytes(4, "big")


def test_a_write_that_was_cut_off_is_taken_back_by_whoever_reads_next(path: Path, tmp_path: Path) -> None:
    """A reader meets the journal of a crash and undoes it, instead of refusing for ever."""
    crashed = _cut_off(path, tmp_path / "crashed")

    with Store.open_for_reading(crashed) as store, store.read() as connection:
        found = connection.execute("SELECT count(*) FROM meta WHERE key LIKE 'half%'").fetchone()[0]

    assert found == 0
    assert problems(crashed) == []


def _cut_off(path: Path, folder: Path) -> Path:
    """A store as it is on the disk in the middle of a commit."""
    folder.mkdir(mode=0o700)
    with Store.open(path) as store:
        store.connection.execute("PRAGMA cache_size = 1")
        store.connection.execute("BEGIN IMMEDIATE")
        rows = ((f"half{n}", "x" * 500) for n in range(200))
        store.connection.executemany("INSERT INTO meta (key, value) VALUES (?, ?)", rows)
        for file in path.parent.iterdir():
            shutil.copy(file, folder)
        store.connection.execute("ROLLBACK")
    return folder / path.name


@pytest.mark.parametrize("text", ["title", "schema"])
def test_text_that_is_no_text_is_damage(tmp_path: Path, text: str) -> None:
    """Bytes that aren't UTF-8, in a row or in the schema itself, are named as damage, not as a failure."""
    path = tmp_path / "spirou.db"
    with Store.open(path) as store, store.write() as connection:
        connection.execute("INSERT INTO meta VALUES ('note', 'MARKED')")
    data = path.read_bytes()
    old = b"MARKED" if text == "title" else b"CREATE TABLE meta"
    path.write_bytes(data.replace(old, b"\xff\xfe\xfd\xfc" + old[4:]))

    with (
        pytest.raises(StoreError) as refused,
        Store.open_for_reading(path) as store,
        store.read() as connection,
    ):
        connection.execute("SELECT value FROM meta").fetchall()

    assert "damaged" in refused.value.message


def test_a_backup_on_a_full_disk_is_named_and_absent(path: Path, tmp_path: Path) -> None:
    """No place for the copy: a sentence, no file under the final name, and no half of one."""
    copy = tmp_path / "copy.db"
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    with Store.open(path) as store:
        resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, before[1]))
        try:
            with pytest.raises(StoreError):
                backup(store, copy)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)

    assert list(tmp_path.glob("copy.db*")) == []
