"""``spirou backup`` and ``spirou restore``: verified copies, and a way back that deletes nothing."""

from __future__ import annotations

import json
import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import pytest

from spirou_cli.storage.lock import sync_lock
from tests.cli.program import Program


@pytest.fixture
def program(tmp_path: Path) -> Program:
    return Program(tmp_path, {"SPIROU_DB": str(tmp_path / "data" / "spirou.db")})


def test_what_was_saved_after_a_backup_is_kept_by_a_restore(program: Program) -> None:
    """A restore says what was there before and after, and the store that was there can be restored too."""
    program.fork("add", "First", "--draft")
    saved = program.fork("backup", "copy.db")
    program.fork("add", "Second", "--draft")

    restored = program.fork("restore", "copy.db", "--json")
    titles = [task["title"] for task in json.loads(program.fork("list", "--json").out)["tasks"]]
    kept = json.loads(restored.out)["kept"]
    back = program.fork("restore", kept)

    assert (saved.code, restored.code, back.code) == (0, 0, 0)
    assert stat.S_IMODE((program.home / "copy.db").stat().st_mode) == 0o600
    assert titles == ["First"]
    assert "Before: 1 task, 1 open" in back.out
    assert "2 tasks, 2 open" in back.out


def test_what_was_to_be_sent_then_is_uncertain_now(program: Program) -> None:
    """An op that waited when the backup was made may have been sent since: it is never just sent again."""
    blocked = program.home / "shared"
    program.fork("provider", "add", "julie", "--kind", "folder", "--set", f"path={blocked}", "--no-test")
    blocked.write_text("in the way")
    program.fork("add", "Book the dentist")
    program.fork("backup", "copy.db")

    restored = program.fork("restore", "copy.db")
    found = json.loads(program.fork("outbox", "list", "--json").out)

    assert "may have since" in restored.out
    assert [op["state"] for op in found["ops"]] == ["uncertain"]


@pytest.mark.parametrize("content", [b"", b"not a store" * 1000, None])
def test_what_is_no_backup_is_refused_and_changes_nothing(program: Program, content: bytes | None) -> None:
    """A foreign, empty or absent file is exit 74, and the store is as it was, to the byte."""
    program.fork("add", "First", "--draft")
    store = Path(program.environ["SPIROU_DB"])
    before = store.read_bytes()
    if content is not None:
        (program.home / "copy.db").write_bytes(content)

    done = program.fork("restore", "copy.db")

    assert done.code == 74
    assert store.read_bytes() == before


def test_a_backup_never_replaces_a_file(program: Program) -> None:
    """An existing name is refused with exit 2 and its content stays."""
    program.fork("add", "First", "--draft")
    (program.home / "copy.db").write_text("precious")

    done = program.fork("backup", "copy.db")

    assert done.code == 2
    assert (program.home / "copy.db").read_text() == "precious"


def test_a_restore_waits_for_nobody(program: Program) -> None:
    """While a sync holds the lock a restore is refused at once with exit 75."""
    program.fork("add", "First", "--draft")
    program.fork("backup", "copy.db")

    with sync_lock(Path(program.environ["SPIROU_DB"])):
        done = program.fork("restore", "copy.db")

    assert done.code == 75


@pytest.mark.parametrize("damage", [b"", b"not a store" * 1000, None], ids=["empty", "foreign", "newer"])
def test_a_store_that_cannot_be_opened_is_what_a_restore_is_for(
    program: Program, damage: bytes | None
) -> None:
    """Damaged, or of a newer Spirou: the backup takes its place, and it is kept as it was."""
    program.fork("add", "First", "--draft")
    program.fork("backup", "copy.db")
    store = Path(program.environ["SPIROU_DB"])
    if damage is None:
        with closing(sqlite3.connect(store)) as connection:
            connection.execute("PRAGMA user_version = 999")
        damage = store.read_bytes()
    store.write_bytes(damage)

    restored = program.fork("restore", "copy.db", "--json")
    titles = [task["title"] for task in json.loads(program.fork("list", "--json").out)["tasks"]]
    answer = json.loads(restored.out)

    assert restored.code == 0
    assert titles == ["First"]
    assert answer["before"] is None
    assert Path(answer["kept"]).read_bytes() == damage
    assert [path.name for path in store.parent.glob("spirou.db-journal") if path.stat().st_size] == []
