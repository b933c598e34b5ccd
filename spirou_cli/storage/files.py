"""The file folder: attachments kept by content, deliverables under safe names (R54)."""

from __future__ import annotations

import hashlib
import mimetypes
import os
import shutil
from collections.abc import Callable
from pathlib import Path

from spirou_cli.domain.errors import InvalidInput, StoreError, mark
from spirou_cli.domain.reason import FileRef
from spirou_cli.domain.text import ATTACHMENT_LIMIT, filename
from spirou_cli.storage.store import sync_folder

__all__ = ["TooLarge", "below", "forget", "keep", "kept", "receive"]

_CHUNK = 1 << 20


class TooLarge(Exception):
    """A deliverable is over the cap; nothing of it was kept."""


def keep(folder: Path, source: Path) -> FileRef:
    """Copy a file to attach, so that what is sent later is what was meant now."""
    try:
        size = source.stat().st_size
        if size > ATTACHMENT_LIMIT:
            raise InvalidInput(
                mark("{path} has {size} MB; {limit} MB at most. Nothing was saved."),
                mark("Attach a smaller file, or put it where your provider can fetch it."),
                path=str(source),
                size=size // 1_000_000,
                limit=ATTACHMENT_LIMIT // 1_000_000,
            )
        with source.open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        raise InvalidInput(
            mark("{path} can't be read: {error}. Nothing was saved."),
            mark("Check the name after -a."),
            path=str(source),
            error=error.strerror or "",
        ) from error
    target = kept(folder, digest)
    if not target.exists():
        _store(source, target)
    media_type = mimetypes.guess_type(source.name)[0] or "application/octet-stream"
    return FileRef(filename(source.name), digest, size, media_type)


def kept(folder: Path, sha256: str) -> Path:
    """Where the attachment with this content is. StoreError for what is no sha256."""
    return below(folder, f"out/{sha256[:2]}/{sha256}")


def below(folder: Path, path: str) -> Path:
    """A file of the file folder by its path there.

    StoreError for a path that leads out of it: ids and paths may come from somebody else's export or backup.
    """
    if os.path.normpath(path) != path or path.startswith(("/", "../")) or path in (".", ".."):
        raise StoreError(
            mark("The store names a file outside its own folder ({path}); it was left alone."),
            mark("spirou doctor"),
            path=path,
        )
    return folder / path


def receive(
    folder: Path, place: str, name: str, fetch: Callable[[Callable[[bytes], object]], None], *, cap: int
) -> tuple[str, str, int]:
    """Write what ``fetch`` sends to a new file below ``folder``; its path there, sha256 and size.

    The final name appears only when the content is whole and durable; it never replaces a file.
    """
    target = below(folder, f"in/{place}") / filename(name)
    try:
        target.parent.mkdir(parents=True, mode=0o700, exist_ok=True)
        draft = target.with_name(f".{target.name[:100]}.part")
        draft.unlink(missing_ok=True)
        digest, size = _write(draft, fetch, cap)
        target = _link(draft, target)
        sync_folder(target.parent)
    except OSError as error:
        raise StoreError(
            mark("{name} can't be saved: {error}."),
            mark("spirou doctor"),
            name=name,
            error=error.strerror or "",
        ) from error
    return str(target.relative_to(folder)), digest, size


def forget(folder: Path, task_id: str) -> None:
    """Remove the deliverables of a task."""
    shutil.rmtree(below(folder, f"in/{task_id}"), ignore_errors=True)


def _store(source: Path, target: Path) -> None:
    draft = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        target.parent.mkdir(parents=True, mode=0o700, exist_ok=True)
        handle = os.open(draft, os.O_CREAT | os.O_WRONLY | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
        with os.fdopen(handle, "wb") as out, source.open("rb") as stream:
            shutil.copyfileobj(stream, out, _CHUNK)
            out.flush()
            os.fsync(out.fileno())
        draft.replace(target)
        sync_folder(target.parent)
    except OSError as error:
        draft.unlink(missing_ok=True)
        raise StoreError(
            mark("{name} can't be saved: {error}. Nothing was saved."),
            mark("spirou doctor"),
            name=source.name,
            error=error.strerror or "",
        ) from error


def _write(draft: Path, fetch: Callable[[Callable[[bytes], object]], None], cap: int) -> tuple[str, int]:
    digest, size = hashlib.sha256(), 0
    handle = os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_NOFOLLOW, 0o600)
    try:
        with os.fdopen(handle, "wb") as out:

            def write(chunk: bytes) -> None:
                nonlocal size
                size += len(chunk)
                if size > cap:
                    raise TooLarge
                digest.update(chunk)
                out.write(chunk)

            fetch(write)
            out.flush()
            os.fsync(out.fileno())
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
    return digest.hexdigest(), size


def _link(draft: Path, target: Path) -> Path:
    """Give ``draft`` the name of ``target``, or the next free one like it."""
    for number in range(2, 1000):
        try:
            os.link(draft, target)
        except FileExistsError:
            target = target.with_name(f"{target.stem.rsplit('~', 1)[0]}~{number}{target.suffix}")
        else:
            break
    draft.unlink()
    return target
