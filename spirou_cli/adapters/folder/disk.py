"""Files in a folder that others write to as well: never follow a link, never show half a file."""

from __future__ import annotations

import os
import secrets
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from spirou_cli.domain.text import filename

__all__ = [
    "Entry",
    "copy_in",
    "digest_inside",
    "each_chunk",
    "entries",
    "folders",
    "open_inside",
    "read_inside",
    "remove_inside",
    "sync_directory",
    "walk",
    "write_inside",
]

CHUNK = 1 << 20
MOST_FILES = 2_000
DEEPEST = 8

_DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
# O_NONBLOCK: opening a pipe that somebody planted must not wait for a writer.
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


@dataclass(frozen=True, slots=True)
class Entry:
    """Something in a folder. ``path`` has its parts below the folder, joined by ``/``."""

    path: str
    kind: str
    """``file``, ``folder``, ``link``, or ``other`` for pipes, sockets and devices."""
    size: int
    changed_ns: int

    @property
    def name(self) -> str:
        return self.path.rpartition("/")[2]


def entries(folder: Path) -> list[Entry]:
    """What is directly in a folder, by name; OSError when it can't be read."""
    with os.scandir(folder) as found:
        return sorted((_entry(item, "") for item in found), key=lambda entry: entry.path)


def folders(folder: Path) -> list[str]:
    """Names of the folders in a folder, links and hidden ones aside."""
    with os.scandir(folder) as found:
        return [e.name for e in found if not e.name.startswith(".") and e.is_dir(follow_symlinks=False)]


def walk(folder: Path, below: str) -> Iterator[Entry]:
    """All files and links in ``folder/below``, down to a depth that no person makes by hand."""
    pending = [below]
    count = 0
    while pending:
        place = pending.pop()
        with suppress(OSError), os.scandir(folder / place) as found:
            for item in sorted(found, key=lambda entry: entry.name):
                entry = _entry(item, place)
                count += 1
                if count > MOST_FILES:
                    return
                if entry.kind != "folder":
                    yield entry
                elif entry.path.count("/") < DEEPEST:
                    pending.append(entry.path)


def _entry(item: os.DirEntry[str], place: str) -> Entry:
    path = f"{place}/{item.name}" if place else item.name
    try:
        status = item.stat(follow_symlinks=False)
    except OSError:  # it went away while we looked
        return Entry(path, "other", 0, 0)
    kinds = {stat.S_IFREG: "file", stat.S_IFDIR: "folder", stat.S_IFLNK: "link"}
    return Entry(path, kinds.get(stat.S_IFMT(status.st_mode), "other"), status.st_size, status.st_mtime_ns)


@contextmanager
def open_inside(folder: Path, path: str) -> Iterator[int]:
    """A descriptor of the plain file ``folder/path``; OSError if any part below is a link or not that."""
    parts = path.split("/")
    if any(part in ("", ".", "..") or "\0" in part for part in parts):
        raise FileNotFoundError(f"no such file: {path!r}")
    with _directory(folder) as start:
        descriptor = os.dup(start)
        try:
            for part in parts[:-1]:
                descriptor = _step(descriptor, part, _DIRECTORY)
            descriptor = _step(descriptor, parts[-1], _FILE)
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise FileNotFoundError(f"not a plain file: {path!r}")
            yield descriptor
        finally:
            os.close(descriptor)


def _step(descriptor: int, part: str, flags: int) -> int:
    following = os.open(part, flags, dir_fd=descriptor)
    os.close(descriptor)
    return following


def read_inside(folder: Path, path: str, limit: int) -> bytes:
    """At most ``limit`` bytes of a plain file."""
    with open_inside(folder, path) as descriptor:
        chunks: list[bytes] = []
        while limit > 0 and (chunk := os.read(descriptor, min(limit, CHUNK))):
            chunks.append(chunk)
            limit -= len(chunk)
        return b"".join(chunks)


def each_chunk(descriptor: int, write: Callable[[bytes], object]) -> None:
    """Send a whole file to ``write``."""
    while chunk := os.read(descriptor, CHUNK):
        write(chunk)


def digest_inside(folder: Path, path: str) -> str:
    """The sha256 of a plain file."""
    state = sha256()
    with open_inside(folder, path) as descriptor:
        each_chunk(descriptor, state.update)
    return state.hexdigest()


def write_inside(folder: Path, name: str, content: bytes) -> None:
    """Put a file into ``folder``, whole or not at all, whatever stood there before; a link is replaced."""

    def fill(descriptor: int) -> None:
        view = memoryview(content)
        while view:
            view = view[os.write(descriptor, view) :]

    _put(folder, name, fill)


def remove_inside(folder: Path, name: str) -> None:
    """Take a file out of ``folder``; nothing when it isn't there."""
    with _directory(folder) as directory, suppress(FileNotFoundError):
        os.unlink(name, dir_fd=directory)
        os.fsync(directory)


def copy_in(source: Path, folder: Path, name: str, content_sha256: str) -> str:
    """Copy a file under its own name made safe; the name it has there.

    A second copy of the same content is the first one; other content gets a number.
    """
    safe = filename(name)
    stem, dot, suffix = safe.rpartition(".")
    stem, suffix = (stem, dot + suffix) if stem else (safe, "")
    for number in range(1, MOST_FILES):
        candidate = safe if number == 1 else f"{stem} ({number}){suffix}"
        try:
            if digest_inside(folder, candidate) == content_sha256:
                return candidate
        except FileNotFoundError:
            if not os.path.lexists(folder / candidate):
                _put(folder, candidate, lambda descriptor: _copy(source, descriptor))
                return candidate
        except OSError:  # a link or a folder of that name
            continue
    raise FileExistsError(f"too many files called {safe!r}")


def _copy(source: Path, descriptor: int) -> None:
    with source.open("rb") as readable:
        while chunk := readable.read(CHUNK):
            view = memoryview(chunk)
            while view:
                view = view[os.write(descriptor, view) :]


def _put(folder: Path, name: str, fill: Callable[[int], None]) -> None:
    temporary = f".spirou-{secrets.token_hex(6)}.tmp"
    with _directory(folder) as directory:
        descriptor = os.open(temporary, _NEW, 0o666, dir_fd=directory)
        try:
            try:
                fill(descriptor)
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
            os.replace(temporary, name, src_dir_fd=directory, dst_dir_fd=directory)
        except BaseException:
            with suppress(FileNotFoundError):
                os.unlink(temporary, dir_fd=directory)
            raise
        os.fsync(directory)


@contextmanager
def _directory(folder: Path) -> Iterator[int]:
    descriptor = os.open(folder, _DIRECTORY)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def sync_directory(folder: Path) -> None:
    """Make what was renamed in ``folder`` last."""
    with _directory(folder) as directory:
        os.fsync(directory)
