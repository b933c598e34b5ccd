"""Verified copies of the store: taken while others write, complete or absent, never half."""

from __future__ import annotations

import os
import sqlite3
import stat
from contextlib import closing, suppress
from datetime import UTC, datetime
from pathlib import Path

from spirou_cli.domain.errors import InvalidInput, StoreError, mark
from spirou_cli.storage.store import Store, sqlite_errors, sync_folder

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
    try:
        draft.unlink(missing_ok=True)
        with Store.look(source) as store:
            backup(store, draft)
        with Store.open(draft) as store, store.write() as connection:
            _doubt_what_is_open(connection)
        return _put_in_place(draft, path)
    finally:
        for left in path.parent.glob(f"{draft.name}*"):
            left.unlink()


def _doubt_what_is_open(connection: sqlite3.Connection) -> None:
    connection.execute("INSERT OR REPLACE INTO meta (key, value) VALUES ('restoring', 1)")
    connection.execute(
        """
        UPDATE op SET state = 'uncertain', not_before = NULL
        WHERE state IN ('queued', 'sending', 'held')
        """
    )
    connection.execute("DELETE FROM meta WHERE key = 'restoring'")


def _put_in_place(draft: Path, path: Path) -> Path | None:
    """Make ``path`` what ``draft`` is; returns where the store that was there is kept."""
    moment = datetime.now(UTC).strftime("%Y%m%dT%H%M%S")
    kept = path.with_name(f"spirou-before-restore-{moment}-{os.getpid()}.db")
    if not os.path.lexists(path):
        draft.replace(path)
        kept_at = None
    elif _is_damaged(path):
        _set_aside(path, kept)
        draft.replace(path)
        kept_at = kept
    else:
        _overwrite(draft, path, kept)
        kept_at = kept
    sync_folder(path.parent)
    return kept_at


def _is_damaged(path: Path) -> bool:
    try:
        Store.open(path).close()  # takes back what a crash cut off
    except StoreError:
        return True
    return bool(problems(path))


def _set_aside(path: Path, kept: Path) -> None:
    """Move a damaged store, and the journal that would else be played back into the next one."""
    if not stat.S_ISREG(os.lstat(path).st_mode):
        Store.open(path).close()  # refuses, and says what it is
    journal = path.with_name(f"{path.name}-journal")
    if journal.exists():
        journal.replace(kept.with_name(f"{kept.name}-journal"))
    path.replace(kept)


def _overwrite(draft: Path, path: Path, kept: Path) -> None:
    """Write the pages of ``draft`` over the store, in one transaction that shuts everybody else out.

    Renaming over it would lose what another process saves between the copy and the new name.
    """
    with Store.open(path) as store, Store.look(draft) as new:
        store.connection.execute("PRAGMA locking_mode = EXCLUSIVE")
        with store.write() as connection:
            connection.execute("DELETE FROM meta WHERE key = 'restoring'")  # takes the lock, and keeps it
        backup(store, kept)
        with sqlite_errors(path):
            new.connection.backup(store.connection)


def problems(path: Path) -> list[str]:
    """What is wrong with a closed store file, empty if nothing: integrity, foreign keys, the log."""
    try:
        with Store.look(path) as store, store.read() as connection:
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
    with sqlite_errors(draft), closing(sqlite3.connect(draft)) as target:
        connection.backup(target, pages=1000)
        target.execute("PRAGMA journal_mode = DELETE")


def _sync_file(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
