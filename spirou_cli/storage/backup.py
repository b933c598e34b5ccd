"""Verified copies of the store: taken while others write, complete or absent, never half."""

from __future__ import annotations

import os
import sqlite3
import stat
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from spirou_cli.domain.errors import InvalidInput, StoreError, mark
from spirou_cli.storage.store import Store, sync_folder

__all__ = ["backup", "before_migration", "problems", "restore"]

_KEPT = 3


def backup(store: Store, target: Path) -> None:
    """Copy the store to ``target``, which must not exist; the name appears only once it is verified."""
    if os.path.lexists(target):
        raise InvalidInput(
            mark("{path} exists already; nothing was written."),
            mark("spirou backup OTHER-NAME.db"),
            path=str(target),
        )
    draft = target.with_name(f"{target.name}.new-{os.getpid()}")
    try:
        os.close(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_WRONLY, 0o600))
        try:
            _copy(store.connection, draft)
            found = problems(draft)
            if found:
                raise StoreError(
                    mark("The copy can't be trusted: {problem}. No backup was written."),
                    mark("spirou doctor"),
                    problem=found[0],
                )
            _sync_file(draft)
            os.link(draft, target)
        finally:
            with suppress(FileNotFoundError):
                draft.unlink()
        sync_folder(target.parent)
    except FileExistsError as error:
        raise InvalidInput(
            mark("{path} exists already; nothing was written."),
            mark("spirou backup OTHER-NAME.db"),
            path=str(target),
        ) from error
    except OSError as error:
        raise StoreError(
            mark("No backup at {path}: {error}."),
            mark("spirou backup OTHER-NAME.db"),
            path=str(target),
            error=error.strerror or "",
        ) from error


def before_migration(store: Store, version: int) -> Path:
    """The backup that an upgrade can be taken back with; the last three are kept."""
    if store.path is None:
        raise RuntimeError("a store in memory has nothing to back up")
    moment = datetime.now(UTC).strftime("%Y%m%dT%H%M%S")
    target = store.path.with_name(f"spirou-v{version}-{moment}-{os.getpid()}.db")
    backup(store, target)
    for old in sorted(store.path.parent.glob(f"spirou-v{version}-*.db"))[:-_KEPT]:
        old.unlink()
    return target


def restore(source: Path, path: Path) -> Path | None:
    """Put the verified ``source`` in the place of the store at ``path``; returns where that one went.

    Nothing is deleted. What was open in the restored outbox may have been sent since: it becomes
    ``uncertain`` and is looked up or asked. The caller holds the sync lock.
    """
    found = problems(source)
    if found:
        raise StoreError(
            mark("{path} can't be restored: {problem}. Nothing was changed."),
            mark("spirou restore OTHER-FILE"),
            path=str(source),
            problem=found[0],
        )
    draft = path.with_name(f"{path.name}.new-{os.getpid()}")
    draft.unlink(missing_ok=True)
    with Store.open_for_reading(source) as store:
        backup(store, draft)
    with Store.open(draft) as store, store.write() as connection:
        connection.execute("INSERT OR REPLACE INTO meta (key, value) VALUES ('restoring', 1)")
        connection.execute(
            """
            UPDATE op SET state = 'uncertain', not_before = NULL
            WHERE state IN ('queued', 'sending', 'held')
            """
        )
        connection.execute("DELETE FROM meta WHERE key = 'restoring'")
    draft.with_name(draft.name + "-journal").unlink(missing_ok=True)
    kept = _keep_aside(path) if os.path.lexists(path) else None
    draft.replace(path)
    sync_folder(path.parent)
    return kept


def _keep_aside(path: Path) -> Path:
    """Keep the store that stands at ``path`` under another name: a verified copy, or as it is.

    A store that can't be opened, damaged or of a newer Spirou, is what a restore is for. Its journal
    goes with it: beside the restored store it would be rolled back into that.
    """
    moment = datetime.now(UTC).strftime("%Y%m%dT%H%M%S")
    kept = path.with_name(f"spirou-before-restore-{moment}-{os.getpid()}.db")
    try:
        with Store.open(path) as store:
            backup(store, kept)
    except StoreError:
        if not stat.S_ISREG(os.lstat(path).st_mode):
            raise
        os.link(path, kept)
        journal = path.with_name(f"{path.name}-journal")
        if journal.exists():
            journal.replace(kept.with_name(f"{kept.name}-journal"))
    return kept


def problems(path: Path) -> list[str]:
    """What is wrong with a closed store file, empty if nothing: integrity, foreign keys, the log."""
    try:
        with Store.open_for_reading(path) as store, store.read() as connection:
            rows = connection.execute("PRAGMA integrity_check(3)").fetchall()
            found = [str(row[0]) for row in rows if row[0] != "ok"]
            found += [f"foreign key in {row[0]}" for row in connection.execute("PRAGMA foreign_key_check")]
            newest = connection.execute("SELECT count(*), max(seq) FROM event").fetchone()
            if (newest[1] or 0) < newest[0]:
                found.append("the log has gaps")
            return found
    except StoreError as error:
        return [str(error)]


def _copy(connection: sqlite3.Connection, draft: Path) -> None:
    target = sqlite3.connect(draft)
    try:
        connection.backup(target, pages=1000)
        target.execute("PRAGMA journal_mode = DELETE")
    finally:
        target.close()


def _sync_file(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
