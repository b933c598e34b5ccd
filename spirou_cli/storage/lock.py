"""The sync lock: a kernel lock beside the store, so that a killed sync leaves none behind (R20)."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from spirou_cli.domain.errors import StoreError, Syncing, mark

__all__ = ["holder", "sync_lock"]


@contextmanager
def sync_lock(store: Path, *, wait: bool = False) -> Iterator[None]:
    """Hold the one right to push and pull; Syncing at once where another process has it."""
    path = _path(store)
    try:
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    except OSError as error:
        raise StoreError(
            mark("{path} can't be written: {error}. Nothing was sent."),
            mark("spirou doctor"),
            path=str(path),
            error=error.strerror or "",
        ) from error
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError as error:
            raise Syncing(
                mark("Another spirou is syncing (process {pid})."),
                mark("spirou sync --wait"),
                pid=holder(store) or 0,
            ) from error
        os.ftruncate(handle, 0)
        os.pwrite(handle, str(os.getpid()).encode(), 0)
        yield
    finally:
        os.close(handle)


def holder(store: Path) -> int | None:
    """The process that last took the lock, for messages only."""
    with suppress(OSError, ValueError):
        return int(_path(store).read_text("ascii"))
    return None


def _path(store: Path) -> Path:
    return store.with_name(f"{store.name}.lock")
