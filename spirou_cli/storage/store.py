"""The SQLite file: created safely, opened with every PRAGMA set, written through one door.

``Store.write`` is the only place with BEGIN IMMEDIATE and COMMIT. No network, keyring, prompt or
print happens inside. Why TRUNCATE and EXTRA: docs/explanation/reliability.md.
"""

from __future__ import annotations

import os
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Self

from spirou_cli.domain.errors import Busy, StoreError, mark
from spirou_cli.storage.migrations import APPLICATION_ID, MIGRATIONS, VERSION

__all__ = ["Store", "sqlite_errors", "sync_folder"]

_PRAGMAS = (
    "PRAGMA foreign_keys = ON",
    "PRAGMA recursive_triggers = ON",
    "PRAGMA trusted_schema = OFF",
    "PRAGMA cell_size_check = ON",
    "PRAGMA secure_delete = ON",
    "PRAGMA temp_store = MEMORY",
    "PRAGMA synchronous = EXTRA",
    "PRAGMA fullfsync = ON",
)
_BUSY_S = 10


class Store:
    """An open store. One thread uses it at a time: the caller sees to that."""

    def __init__(self, connection: sqlite3.Connection, path: Path | None) -> None:
        self.connection = connection
        self.path = path
        connection.row_factory = sqlite3.Row

    @classmethod
    def open(cls, path: Path) -> Self:
        """The store at ``path``, created or migrated if need be. StoreError, Busy."""
        with sqlite_errors(path):
            if not _exists(path):
                _create(path)
            store = cls(_connect(path, "rw"), path)
            try:
                store._set_up()
                _close_to_others(path)
            except BaseException:
                store.close()
                raise
            return store

    @classmethod
    def open_for_reading(cls, path: Path) -> Self:
        """The store at ``path`` without the right to write; an empty one if there is no file."""
        if not _exists(path):
            return cls.empty()
        with sqlite_errors(path):
            store = cls(_connect(path, "ro"), path)
            try:
                if store._version() >= VERSION:
                    _close_to_others(path)
                    return store
            except sqlite3.OperationalError as error:
                store.close()
                if error.sqlite_errorname != "SQLITE_READONLY_ROLLBACK":
                    raise
                return cls._after_a_crash(path)
            except BaseException:
                store.close()
                raise
            store.close()
            return cls.open(path)

    @classmethod
    def _after_a_crash(cls, path: Path) -> Self:
        """The store after a write that was cut off: only who may write can take it back."""
        try:
            return cls.open(path)
        except StoreError as error:
            raise StoreError(
                mark("A write to {path} was cut off, and can't be taken back on a disk that is read-only."),
                mark("Make the folder writable, then the same command again."),
                path=str(path),
            ) from error

    @classmethod
    def look(cls, path: Path) -> Self:
        """A store as it is, of whatever schema up to ours: nothing is migrated or written."""
        _exists(path)
        with sqlite_errors(path):
            store = cls(_connect(path, "ro"), path)
            try:
                store._version()
            except BaseException:
                store.close()
                raise
            return store

    @classmethod
    def empty(cls) -> Self:
        """A store with nothing in it, in memory."""
        store = cls(sqlite3.connect(":memory:", isolation_level=None), None)
        store.migrate()
        return store

    def close(self) -> None:
        self.connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        """All or nothing: what the body writes is durable when this ends, or gone if it raises."""
        connection = self.connection
        if connection.in_transaction:
            raise RuntimeError("a write inside a write")
        with sqlite_errors(self.path):
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                if not connection.in_transaction:
                    raise RuntimeError("somebody committed inside a write")
                self._commit()
            except BaseException:
                if connection.in_transaction:
                    with suppress(sqlite3.Error):  # the journal stays, and undoes it at the next opening
                        connection.execute("ROLLBACK")
                raise

    def _commit(self) -> None:
        try:
            self.connection.execute("COMMIT")
        except sqlite3.OperationalError as error:
            if not error.sqlite_errorname.startswith("SQLITE_IOERR"):
                raise
            # the last step, syncing the journal's end, may be what failed: then it is saved after all
            raise StoreError(
                mark("The disk failed in the last moment: whether this was saved, the next command shows."),
                mark("spirou list"),
            ) from error

    @contextmanager
    def read(self) -> Iterator[sqlite3.Connection]:
        """One snapshot. Fetch everything inside, print after."""
        if self.connection.in_transaction:
            yield self.connection
            return
        with sqlite_errors(self.path):
            self.connection.execute("BEGIN")
            try:
                yield self.connection
            finally:
                if self.connection.in_transaction:
                    self.connection.execute("ROLLBACK")

    def migrate(self) -> None:
        """Climb to ``VERSION``, all or nothing; where another process was faster, do nothing."""
        with self.write() as connection:
            reached = connection.execute("PRAGMA user_version").fetchone()[0]
            for step in MIGRATIONS[reached:]:
                step(connection)
            connection.execute(f"PRAGMA user_version = {VERSION}")

    def _set_up(self) -> None:
        version = self._version()
        for pragma in _PRAGMAS:
            self.connection.execute(pragma)
        mode = self.connection.execute("PRAGMA journal_mode = TRUNCATE").fetchone()[0]
        if mode != "truncate":
            raise StoreError(
                mark("The store can't use its journal ({mode})."), mark("spirou doctor"), mode=mode
            )
        if version < VERSION and self.path is not None:
            self._upgrade(self.path)

    def _upgrade(self, path: Path) -> None:
        """Back up, then migrate, while nobody syncs with a program that knows another schema."""
        from spirou_cli.storage.backup import before_migration
        from spirou_cli.storage.lock import sync_lock

        with sync_lock(path, wait=True):
            version = self._version()
            if version < VERSION:  # another process may have been at it while this one waited
                before_migration(self, version)
                self.migrate()

    def _version(self) -> int:
        """The schema's number; refuses what isn't ours or is newer. One snapshot."""
        tables, application, version = self.connection.execute(
            """
            SELECT (SELECT count(*) FROM sqlite_master),
                   (SELECT application_id FROM pragma_application_id),
                   (SELECT user_version FROM pragma_user_version)
            """
        ).fetchone()
        if application != APPLICATION_ID or tables == 0:
            raise StoreError(
                mark("{path} is not a Spirou store; it was left as it is."),
                mark("spirou --db FILE …"),
                path=str(self.path),
            )
        if version > VERSION:
            raise StoreError(
                mark("{path} was written by a newer Spirou (schema {version}, this one knows {known})."),
                mark("Upgrade Spirou, or restore the backup made before the upgrade: spirou restore FILE"),
                path=str(self.path),
                version=version,
                known=VERSION,
            )
        return int(version)


def _connect(path: Path, mode: str) -> sqlite3.Connection:
    name = str(path).replace("%", "%25").replace("?", "%3f").replace("#", "%23")
    return sqlite3.connect(
        f"file:{name}?mode={mode}",
        uri=True,
        timeout=_BUSY_S,
        isolation_level=None,
        check_same_thread=False,
    )


def _exists(path: Path) -> bool:
    """Whether there is a store file; refuses anything but a regular file of ours. Never opens it."""
    try:
        found = os.lstat(path)
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError as error:
        raise StoreError(
            mark("{path} can't be read: {error}."),
            mark("spirou doctor"),
            path=str(path),
            error=error.strerror or "",
        ) from error
    if not stat.S_ISREG(found.st_mode):
        raise _refusal(mark("{path} is not a regular file; it was left as it is."), path)
    if found.st_uid not in (os.getuid(), 0) and os.getuid() != 0:
        raise StoreError(
            mark("{path} belongs to another user; it was left as it is."),
            mark("spirou doctor"),
            path=str(path),
        )
    return True


def _close_to_others(path: Path) -> None:
    """Take a store of ours, once it is known to be one, from everybody else's sight."""
    with suppress(OSError):
        if path.stat().st_mode & 0o077:
            path.chmod(0o600)


def _refusal(message: str, path: Path) -> StoreError:
    return StoreError(message, mark("spirou doctor"), path=str(path))


def _create(path: Path) -> None:
    """A whole new store under ``path``, or none: it is built beside and then linked into place.

    So a store file is never half made, and an empty one is damage, not a beginning. The file is 0600
    before any connection exists (its journal inherits that), in a folder 0700.
    """
    draft = path.with_name(f"{path.name}.new-{os.getpid()}")
    try:
        if not path.parent.exists():
            path.parent.mkdir(parents=True, mode=0o700, exist_ok=True)
            sync_folder(path.parent.parent)
        draft.unlink(missing_ok=True)
        os.close(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_WRONLY, 0o600))
        try:
            with Store(_connect(draft, "rw"), draft) as store:
                store.connection.execute("PRAGMA journal_mode = OFF")
                store.connection.execute("PRAGMA synchronous = FULL")
                store.migrate()
            with suppress(FileExistsError):  # another first run was faster
                os.link(draft, path)
        finally:
            draft.unlink(missing_ok=True)
        sync_folder(path.parent)
    except OSError as error:
        raise StoreError(
            mark("No store can be made at {path}: {error}. Nothing was saved."),
            mark("spirou doctor"),
            path=str(path),
            error=error.strerror or "",
        ) from error


def sync_folder(folder: Path) -> None:
    """Make the names in ``folder`` durable."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


_SENTENCES = {
    "SQLITE_NOTADB": mark("{path} is not a Spirou store, or it is damaged; it was left as it is."),
    "SQLITE_CORRUPT": mark("{path} is damaged; it was left as it is."),
    "SQLITE_CANTOPEN": mark("{path} can't be opened."),
    "SQLITE_READONLY": mark("{path} can't be written: nothing was saved."),
    "SQLITE_FULL": mark("The disk is full: nothing was saved."),
    "SQLITE_IOERR": mark("The disk failed while reading or writing {path}: nothing was saved."),
}


@contextmanager
def sqlite_errors(path: Path | None) -> Iterator[None]:
    """SQLite's failures as sentences; a broken rule of ours stays the bug that it is."""
    try:
        yield
    except UnicodeDecodeError as error:  # of what SQLite says about a schema that is damaged
        raise StoreError(_SENTENCES["SQLITE_CORRUPT"], mark("spirou doctor"), path=str(path)) from error
    except sqlite3.Error as error:
        name = getattr(error, "sqlite_errorname", "") or ""
        if isinstance(error, sqlite3.OperationalError) and not name:
            name = "SQLITE_CORRUPT"  # Python's own: a text that is no UTF-8
        family = "_".join(name.split("_")[:2])
        if family in ("SQLITE_BUSY", "SQLITE_LOCKED"):
            raise Busy(
                mark("Another spirou is writing; nothing was saved."), mark("Try again in a moment.")
            ) from error
        if family in _SENTENCES:
            raise StoreError(_SENTENCES[family], mark("spirou doctor"), path=str(path)) from error
        raise
