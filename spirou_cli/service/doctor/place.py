"""The files around the store: who may read them, and what a killed program left behind."""

from __future__ import annotations

import os
import re
import stat
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from spirou_cli.domain.errors import mark
from spirou_cli.service import places
from spirou_cli.service.context import Context
from spirou_cli.service.doctor.finding import Finding

__all__ = ["findings", "repair"]

_DRAFTS = re.compile(
    r"\.new-(\d+)(-journal)?$|^\..*\.part$|^\.[0-9a-f]{64}\.(\d+)$|^\.(?:config|secrets)\.toml\.(\d+)$"
)
"""The names that files have while they are written: the store, its copies, attachments, preferences."""

_OLD_S = 3600
_LEAST_FREE = 100_000
"""A change and its journal take less; a disk that has less refuses them."""


def findings(context: Context) -> Iterator[Finding]:
    """What is wrong with the files; nothing is opened."""
    yield from _store(context.path)
    for path in _private(context):
        if _mode(path) & 0o077:
            yield Finding(
                "PERMISSIONS",
                mark("{path} can be read by others (mode {mode})."),
                mark("chmod 600 {path}   or: spirou doctor --repair"),
                {"path": str(path), "mode": f"{_mode(path):o}"},
            )
    if _mode(context.path.parent) & 0o002 and not context.path.parent.stat().st_mode & stat.S_ISVTX:
        yield Finding(
            "PERMISSIONS",
            mark("Anybody may replace files in {path}."),
            mark("chmod 700 {path}"),
            {"path": str(context.path.parent)},
        )
    free = _free(context.path.parent)
    if free < _LEAST_FREE:
        yield Finding(
            "SPACE",
            mark("The disk that {path} is on has {n} bytes free: nothing can be saved."),
            mark("df -h {path}"),
            {"path": str(context.path.parent), "n": free},
        )
    for path in _leftovers(context):
        yield Finding(
            "LEFTOVER",
            mark("{path} was left by a program that was stopped."),
            mark("spirou doctor --repair"),
            {"path": str(path)},
        )


def repair(context: Context) -> list[str]:
    """Make private what must be, remove what was left."""
    done = []
    for path in _private(context):
        if _mode(path) & 0o077:
            path.chmod(0o600)
            done.append(str(path))
    for path in list(_leftovers(context)):
        path.unlink(missing_ok=True)
        done.append(str(path))
    return done


def _free(folder: Path) -> int:
    """Bytes that we may still write there; as good as endless where nobody can tell."""
    try:
        found = os.statvfs(folder)
    except OSError:
        return _LEAST_FREE
    return found.f_bavail * found.f_frsize


def _store(path: Path) -> Iterator[Finding]:
    try:
        found = os.lstat(path)
    except OSError:
        return
    if stat.S_ISLNK(found.st_mode):
        yield Finding(
            "SYMLINK",
            mark("{path} is a link to {target}; a store must be a file."),
            mark("spirou --db {target} status   or: export SPIROU_DB={target}"),
            {"path": str(path), "target": str(path.resolve())},
            stops=True,
        )


def _private(context: Context) -> list[Path]:
    """Files that only their owner may read, those that are there."""
    config = places.config_path(context.environment).parent
    names = [context.path, context.path.with_name(f"{context.path.name}.lock"), config / "secrets.toml"]
    return [path for path in names if path.is_file() and not path.is_symlink()]


def _mode(path: Path) -> int:
    try:
        return stat.S_IMODE(os.lstat(path).st_mode)
    except OSError:
        return 0


def _leftovers(context: Context) -> Iterator[Path]:
    """Drafts whose program is gone, or that nobody has touched for an hour."""
    config = places.config_path(context.environment).parent
    folders = [context.path.parent, config, *_below(context.files)]
    for folder in dict.fromkeys(folders):
        with suppress(OSError):
            for path in sorted(folder.iterdir()):
                match = _DRAFTS.search(path.name)
                if match and path.is_file() and _is_abandoned(path, next(filter(None, match.groups()), "")):
                    yield path


def _below(folder: Path) -> Iterator[Path]:
    for name, _, _ in os.walk(folder):
        yield Path(name)


def _is_abandoned(path: Path, process: str) -> bool:
    if process.isdigit():
        try:
            os.kill(int(process), 0)
        except ProcessLookupError:
            return True
        except OSError:
            pass
    return time.time() - path.stat().st_mtime > _OLD_S
