"""The fault injector: built with the C compiler, armed in the program under test, its trace read back."""

from __future__ import annotations

import os
import shutil
import struct
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path

__all__ = ["Arm", "Call", "Mode", "Traced", "build", "compiler", "read_trace"]

SOURCE = Path(__file__).with_name("injector.c")


class Mode(IntEnum):
    """What happens at the point; the numbers are injector.c's."""

    NONE = 0
    KILL = 1
    TORN = 2
    AFTER = 3
    ENOSPC = 4
    EIO = 5
    INT = 6
    TERM = 7
    HUP = 8


class Call(IntEnum):
    """The kinds of call that are points; the numbers are injector.c's."""

    OPEN = 1
    WRITE = 2
    SYNC = 3
    TRUNCATE = 4
    UNLINK = 5
    RENAME = 6
    LINK = 7
    MKDIR = 8
    CONNECT = 9
    SEND = 10
    RECV = 11


@dataclass(frozen=True, slots=True)
class Arm:
    """What to break in one run. ``at`` 0: nothing, only count. ``clock_s``: how far the clock is off."""

    at: int = 0
    mode: Mode = Mode.NONE
    sticky: bool = False
    record: bool = False
    clock_s: int = 0


@dataclass(frozen=True, slots=True)
class Traced:
    """One call that happened, in order. ``other`` is the second name of a rename or a link."""

    call: Call
    path: str
    other: str
    offset: int
    size: int
    data: bytes


def compiler() -> str | None:
    """The C compiler of this machine, if there is one."""
    return shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")


def build(folder: Path) -> Path:
    """The library to preload."""
    library = folder / "injector.so"
    command = [compiler() or "cc", "-O1", "-shared", "-fPIC", "-o", library, SOURCE, "-ldl", "-lpthread"]
    subprocess.run(command, check=True)
    return library


def read_trace(path: Path, *, with_data: bool = False) -> Iterator[Traced]:
    """The calls of a run, in order."""
    raw, at = path.read_bytes() if path.exists() else b"", 0
    while at + 28 <= len(raw):
        kind, first, second, offset, size = struct.unpack_from("=IIIqq", raw, at)
        at += 28
        path_, other = raw[at : at + first], raw[at + first : at + first + second]
        at += first + second
        data = raw[at : at + size] if with_data and kind in (Call.WRITE, Call.SEND) else b""
        at += len(data)
        yield Traced(Call(kind), os.fsdecode(path_), os.fsdecode(other), offset, size, data)
