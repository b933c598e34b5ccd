"""Copies of the store: a verified backup, and a restore that leaves nothing unsaid and deletes nothing."""

from __future__ import annotations

from pathlib import Path

from spirou_cli.domain.errors import StoreError, mark
from spirou_cli.domain.record import record
from spirou_cli.service.context import Context
from spirou_cli.storage import backup as storage
from spirou_cli.storage import health, outbox
from spirou_cli.storage.lock import sync_lock
from spirou_cli.storage.store import Store

__all__ = ["BACKUP_AT", "Census", "Restored", "backup", "census", "restore"]

BACKUP_AT = "backup_at"
"""When the last backup was made, for ``doctor``."""


@record
class Census:
    """What a store holds: tasks, open ones, what has not surely arrived, and its newest fact."""

    tasks: int = 0
    open_tasks: int = 0
    waiting: int = 0
    newest: int | None = None
    """UTC milliseconds."""


@record
class Restored:
    """What stands in the store's place now, what stood there, and where that one is kept."""

    before: Census | None
    """None for a store that can't be read."""
    after: Census
    kept: Path | None


def backup(context: Context, target: Path) -> Census:
    """Copy the store to ``target``, verified; it may be written meanwhile."""
    if not context.path.exists():
        raise StoreError(
            mark("There is no store at {path} yet; nothing was written."),
            mark('spirou add "..."'),
            path=str(context.path),
        )
    storage.backup(context.store(), target)
    with context.write() as log:
        health.remember(log.connection, BACKUP_AT, log.at)
    return census(target)


def restore(context: Context, source: Path) -> Restored:
    """Put the backup ``source`` in the place of the store; the one that was there is kept beside it.

    Whatever was still to be sent then may have been sent since: it is looked up, or asked about.
    Busy while a sync is running.
    """
    if not source.exists():
        raise StoreError(
            mark("There is no file {path}. Nothing was changed."),
            mark("spirou restore FILE"),
            path=str(source),
        )
    context.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with sync_lock(context.path):
        before = _census_before(context.path)
        context.close()
        kept = storage.restore(source, context.path)
    return Restored(before, census(context.path), kept)


def _census_before(path: Path) -> Census | None:
    """What the store holds that a backup is to replace, None where it can't be read any more."""
    try:
        return census(path)
    except StoreError:
        return None


def census(path: Path) -> Census:
    """What the store at ``path`` holds; nothing where there is none."""
    with Store.open_for_reading(path) as store, store.read() as connection:
        tasks, still_open = connection.execute(
            "SELECT count(*), coalesce(sum(state NOT IN ('completed', 'canceled')), 0) FROM task"
        ).fetchone()
        newest = connection.execute("SELECT max(at) FROM event").fetchone()[0]
        return Census(tasks, still_open, len(outbox.open_ops(connection)), newest)
