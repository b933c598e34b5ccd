"""The disk after a power cut: every image that a recorded run may leave, and what a store in it must say.

What was written is safe once its file was synced, a name once its folder was. Anything else may be
there, be gone, or be torn at 512 bytes, in any mixture.
"""

from __future__ import annotations

import random
import re
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from spirou_cli.domain.errors import SpirouError
from spirou_cli.storage.backup import problems
from spirou_cli.storage.store import Store
from tests.faults.injector import Call, Traced
from tests.faults.world import numbers_saved

__all__ = ["Choice", "Image", "images", "verdict"]

Choice = Literal["none", "all", "random"]
_SECTOR = 512


@dataclass
class File:
    """Bytes that are safe, and changes that may not be: writes, and cuts to a length."""

    safe: bytearray = field(default_factory=bytearray)
    pending: list[tuple[int, bytes | None]] = field(default_factory=list)

    def sync(self) -> None:
        self.safe = self.content(1.0, random.Random(0))
        self.pending.clear()

    def content(self, share: float, chance: random.Random) -> bytearray:
        """The bytes if this share of what is pending happened; one that didn't may be torn."""
        found = bytearray(self.safe)
        for offset, data in self.pending:
            kept = chance.random() < share
            if data is None:
                found = _cut(found, offset) if kept else found
            elif kept or (0 < share < 1 and chance.random() < 0.5):
                part = data if kept else data[: chance.randrange(0, len(data) + 1) // _SECTOR * _SECTOR]
                found = _cut(found, max(len(found), offset))
                found[offset : offset + len(part)] = part
        return found


def _cut(content: bytearray, size: int) -> bytearray:
    return content[:size] + bytes(max(0, size - len(content)))


@dataclass(frozen=True)
class Image:
    """One disk: what is in it, what had been printed, and which ops had left, when the power went."""

    after: int
    choice: Choice
    files: dict[str, bytes]
    printed: tuple[int, ...]
    left: frozenset[str]


def images(
    folder: Path, before: dict[str, bytes], trace: Sequence[Traced], *, every: int = 1, chances: int = 1
) -> Iterator[Image]:
    """The images after each n-th call of a run in ``folder``; ``before`` is what was there, by path."""
    live = {path: File(bytearray(content)) for path, content in before.items()}
    safe = dict(live)
    out, left = b"", set[str]()
    for at, call in enumerate(trace, 1):
        if call.call is Call.SEND:
            left |= set(re.findall(r'"op": "([0-9a-f-]{36})"', call.data.decode("utf-8", "replace")))
        elif call.path.endswith("run.out"):
            out += call.data
        elif call.path.startswith(str(folder)):
            _happen(call, live, safe)
        if at % every:
            continue
        printed = tuple(numbers_saved(out.decode()))
        for choice, seed in [("none", 0), ("all", 0), *(("random", n) for n in range(chances))]:
            files = _disk(live, safe, choice, random.Random(f"{at} {seed}"))  # type: ignore[arg-type]
            yield Image(at, choice, files, printed, frozenset(left))  # type: ignore[arg-type]


def _happen(call: Traced, live: dict[str, File], safe: dict[str, File]) -> None:
    match call.call:
        case Call.OPEN:
            file = live.setdefault(call.path, File())
            if call.offset:
                file.pending.append((0, None))
        case Call.WRITE:
            live[call.path].pending.append((call.offset, call.data))
        case Call.TRUNCATE:
            live[call.path].pending.append((call.offset, None))
        case Call.SYNC if call.path in live:
            live[call.path].sync()
        case Call.SYNC:
            _sync_names(call.path, live, safe)
        case Call.UNLINK:
            live.pop(call.path, None)
        case Call.RENAME:
            live[call.other] = live.pop(call.path)
        case Call.LINK:
            live[call.other] = live[call.path]


def _sync_names(folder: str, live: dict[str, File], safe: dict[str, File]) -> None:
    for names in (live, safe):
        for path in [path for path in names if Path(path).parent == Path(folder)]:
            if path in live:
                safe[path] = live[path]
            else:
                safe.pop(path, None)


def _disk(
    live: dict[str, File], safe: dict[str, File], choice: Choice, chance: random.Random
) -> dict[str, bytes]:
    share = {"none": 0.0, "all": 1.0, "random": 0.5}[choice]
    names = dict(safe)
    for path in {*live, *safe}:
        if live.get(path) is not safe.get(path) and chance.random() < share:
            if path in live:
                names[path] = live[path]
            else:
                del names[path]
    return {path: bytes(file.content(share, chance)) for path, file in sorted(names.items())}


def verdict(image: Image, store: Path, scratch: Path) -> list[str]:
    """What is wrong with the store after this power cut; the next Spirou has opened it."""
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir(parents=True, mode=0o700)
    for path, content in image.files.items():
        if Path(path).parent == store.parent:
            (scratch / Path(path).name).write_bytes(content)
    found = scratch / store.name
    try:
        if not found.exists():
            return [f"LOST: task {number}" for number in image.printed]
        with Store.open(found) as opened, opened.read() as connection:
            numbers = {row[0] for row in connection.execute("SELECT number FROM task")}
            queued = {row[0] for row in connection.execute("SELECT id FROM op WHERE state = 'queued'")}
            ahead = connection.execute(
                """
                SELECT count(*) FROM cursor
                WHERE CAST(cursor AS INTEGER) > (SELECT count(*) FROM inbox)
                """
            ).fetchone()[0]
    except SpirouError as error:
        return [f"CORRUPT: {error}"]
    wrong = [f"LOST: task {number}" for number in image.printed if number not in numbers]
    wrong += [f"DUP: {op} left and is queued" for op in image.left & queued]
    wrong += ["CURSOR: ahead of what is stored"] if ahead else []
    return wrong + [f"CORRUPT: {problem}" for problem in problems(found)]
