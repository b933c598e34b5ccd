"""The doctor finds each planted defect and nothing else, and nothing at all where all is well."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from spirou_cli.service import answers, doctor, providers, tasks
from spirou_cli.service.connect import connect
from spirou_cli.service.context import Context
from spirou_cli.service.copies import backup
from spirou_cli.service.sync import sync

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


@dataclass
class Home:
    """A person's machine: a store that was lived in for a while, with a folder to share."""

    folder: Path
    time: datetime = NOON
    environment: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.environment |= {"HOME": str(self.folder), "XDG_CONFIG_HOME": str(self.folder / "config")}
        context = self.context()
        providers.add(context, "julie", "folder", {"path": str(self.folder / "Julie")})
        tasks.add(context, tasks.NewTask(title="Book the dentist", body="before noon", account="julie"))
        sync(context)
        answers.reply(context, "1", "Tuesday")
        sync(context)
        tasks.add(context, tasks.NewTask(title="Kept here", draft=True))
        tasks.add(context, tasks.NewTask(title="Forgotten", draft=True))
        tasks.forget(context, "3")
        context.close()

    def context(self) -> Context:
        """What a new process would have."""
        return Context(
            path=self.folder / "data" / "spirou.db",
            now=lambda: self.time,
            adapter=connect,
            zone=UTC,
            environment=self.environment,
        )

    def examined(self) -> doctor.Report:
        context = self.context()
        try:
            return doctor.examine(context, self.folder / "config.toml", wrong_config=None, online=True)
        finally:
            context.close()

    def damage(self, *statements: str) -> None:
        """Change the store behind Spirou's back."""
        connection = sqlite3.connect(self.folder / "data" / "spirou.db", isolation_level=None)
        for statement in ("PRAGMA ignore_check_constraints = ON", *statements):
            connection.execute(statement)
        connection.close()


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


def flipped_payload(home: Home) -> None:
    home.damage("UPDATE text SET body = replace(body, 'dentist', 'dentisu')")


def orphan(home: Home) -> None:
    home.damage("INSERT INTO message (event, task_id, at, mine, text) VALUES (999, 'nobody', 0, 0, 'hello')")


def unnamed_text(home: Home) -> None:
    home.damage("INSERT INTO text SELECT 'nobody names this', task_id, body FROM text LIMIT 1")


def stuck_op(home: Home) -> None:
    context = home.context()
    tasks.add(context, tasks.NewTask(title="Interrupted", account="julie"))
    context.close()
    home.damage("UPDATE op SET state = 'sending' WHERE state = 'queued'")


def forgotten_op(home: Home) -> None:
    context = home.context()
    providers.pause(context, "julie", paused=False)
    tasks.add(context, tasks.NewTask(title="Never left", account="julie"))
    backup(context, home.folder / "copy.db")
    context.close()
    home.time += timedelta(days=2)


def wrong_mode(home: Home) -> None:
    (home.folder / "data" / "spirou.db").chmod(0o644)


def symlink(home: Home) -> None:
    store = home.folder / "data" / "spirou.db"
    store.rename(home.folder / "elsewhere.db")
    store.symlink_to(home.folder / "elsewhere.db")


def missing_index(home: Home) -> None:
    home.damage("DROP INDEX op_open")


def missing_trigger(home: Home) -> None:
    home.damage("DROP TRIGGER event_kept")


def hole(home: Home) -> None:
    home.damage("DELETE FROM account")


def old_backup(home: Home) -> None:
    context = home.context()
    backup(context, home.folder / "copy.db")
    tasks.add(context, tasks.NewTask(title="Since then", draft=True))
    context.close()
    home.damage("UPDATE meta SET value = value - 60000 WHERE key = 'backup_at'")
    home.time += timedelta(days=40)


def null_keyring(home: Home) -> None:
    home.environment["PYTHON_KEYRING_BACKEND"] = "keyring.backends.null.Keyring"


def clock_behind(home: Home) -> None:
    home.time -= timedelta(hours=3)


def unknown_state(home: Home) -> None:
    home.damage("UPDATE task SET state = 'teleported' WHERE number = 1")


def leftover(home: Home) -> None:
    process = os.spawnlp(os.P_NOWAIT, "true", "true")
    os.waitpid(process, 0)
    (home.folder / "data" / f"spirou.db.new-{process}").write_bytes(b"half")


def read_table_changed(home: Home) -> None:
    home.damage("UPDATE task SET title = 'Something else' WHERE number = 1")


def lost_deliverable(home: Home) -> None:
    home.damage(
        "INSERT INTO artifact (event, task_id, account_id, item, at, name, locator, media_type, path)"
        " SELECT 998, id, account_id, 'x', 0, 'a', 'a', 'b', 'in/nowhere' FROM task WHERE number = 1"
    )


def lost_folder(home: Home) -> None:
    (home.folder / "Julie").rename(home.folder / "Moved")
    (home.folder / "Julie").write_text("a file in its place")


def garbage(home: Home) -> None:
    (home.folder / "data" / "spirou.db").write_bytes(b"garbage" * 1000)


DEFECTS: dict[Callable[[Home], None], set[str]] = {
    flipped_payload: {"CHANGED_TEXT", "REBUILD"},
    orphan: {"ORPHAN", "REBUILD"},
    unnamed_text: {"ORPHAN", "CHANGED_TEXT"},
    stuck_op: {"STUCK"},
    forgotten_op: {"STUCK"},
    wrong_mode: {"PERMISSIONS"},
    symlink: {"SYMLINK", "STORE"},
    missing_index: {"SCHEMA"},
    missing_trigger: {"SCHEMA"},
    hole: {"HOLE"},
    old_backup: {"BACKUP"},
    null_keyring: {"KEYRING"},
    clock_behind: {"CLOCK"},
    unknown_state: {"UNKNOWN", "REBUILD"},
    leftover: {"LEFTOVER"},
    read_table_changed: {"REBUILD"},
    lost_deliverable: {"FILES", "REBUILD"},
    lost_folder: {"PROVIDER"},
    garbage: {"STORE"},
}
"""Each defect, and exactly what is found: the codes of the one defect, no false one."""


def codes(report: doctor.Report) -> set[str]:
    return {finding.code for finding in report.findings}


@pytest.mark.parametrize("plant", DEFECTS, ids=lambda plant: plant.__name__)
def test_a_planted_defect_is_found_and_no_other(home: Home, plant: Callable[[Home], None]) -> None:
    """Each defect is named, with what to type; nothing that is well is suspected."""
    plant(home)

    report = home.examined()

    assert codes(report) == DEFECTS[plant]
    assert all(str(finding) and finding.hint for finding in report.findings)
    assert not report.ok


def test_a_clean_store_has_no_findings(home: Home) -> None:
    """Nothing is found where all is well, however often one looks, and looking changes no byte."""
    before = (home.folder / "data" / "spirou.db").read_bytes()

    reports = [home.examined(), home.examined()]

    assert [codes(report) for report in reports] == [set(), set()]
    assert reports[0].ok
    assert (home.folder / "data" / "spirou.db").read_bytes() == before


def test_before_the_first_task_all_is_well(tmp_path: Path) -> None:
    """A machine where Spirou was never used has no findings, and gets no store by being looked at."""
    context = Context(
        path=tmp_path / "data" / "spirou.db",
        now=lambda: NOON,
        adapter=connect,
        zone=UTC,
        environment={"HOME": str(tmp_path)},
    )

    report = doctor.examine(context, tmp_path / "config.toml", wrong_config=None, online=True)

    assert codes(report) == set()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "plant",
    [wrong_mode, missing_index, missing_trigger, unknown_state, leftover, read_table_changed],
    ids=lambda plant: plant.__name__,
)
def test_what_the_log_can_make_again_is_mended(home: Home, plant: Callable[[Home], None]) -> None:
    """``--repair`` puts in order what needs no decision; afterwards nothing is found."""
    plant(home)
    context = home.context()

    done = doctor.repair(context)
    context.close()

    assert done
    assert codes(home.examined()) == set()
