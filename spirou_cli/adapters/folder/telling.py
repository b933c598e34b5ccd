"""What was told already: turns what a folder shows now into reports, each under a key that is told once.

A page shows only how things are. Whether «working» is news depends on what was said before, and a
task may be working twice. The cursor remembers what was told: a value gets a key made of itself, so
that reading from the start says the same keys again; a value that *changed* to one that may have been
told before gets a key that was never used.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import Any

from spirou_cli.adapters import CursorExpired, Report, UsageReported

__all__ = ["Memory", "Shown", "Told", "digest"]

VERSION = 1


@dataclass(frozen=True, slots=True)
class Shown:
    """One thing that a folder shows: its place, its value now, and the report to make of it.

    ``report`` is None for what is worth remembering and not worth telling.
    """

    slot: str
    value: str
    report: Report | None


@dataclass(slots=True)
class Told:
    """What was told of one task: for each slot all its values, the newest last."""

    fresh: bool
    """The task was untouched when first seen, so that ``slots`` has all that was ever told."""
    slots: dict[str, list[str]] = field(default_factory=dict)
    files: dict[str, list[Any]] = field(default_factory=dict)
    """By path: size, modification time in ns and digest of files that were read already."""


@dataclass(slots=True)
class Memory:
    """What was told of every open task; its text is the cursor."""

    epoch: str
    count: int = 0
    tasks: dict[str, Told] = field(default_factory=dict)

    @classmethod
    def of(cls, cursor: str | None) -> Memory:
        """The memory in a cursor; a new one for None. CursorExpired when it isn't one of ours."""
        if cursor is None:
            return cls(epoch=secrets.token_hex(4))
        try:
            kept = json.loads(cursor)
            if kept["version"] != VERSION:
                raise CursorExpired("This cursor is of another version.")
            tasks = {ref: Told(**told) for ref, told in kept["tasks"].items()}
            return cls(kept["epoch"], kept["count"], tasks)
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise CursorExpired("This is no cursor of a shared folder.") from error

    def cursor(self, open_refs: Iterable[str]) -> str:
        """The cursor to keep; what is closed is forgotten."""
        tasks = {
            ref: {"fresh": told.fresh, "slots": told.slots, "files": told.files}
            for ref in open_refs
            if (told := self.tasks.get(ref)) is not None
        }
        kept = {"version": VERSION, "epoch": self.epoch, "count": self.count, "tasks": tasks}
        return json.dumps(kept, separators=(",", ":"), sort_keys=True)

    def tell(self, ref: str, shown: Iterable[Shown]) -> Iterator[Report]:
        """The reports of all that is new in what a task shows."""
        everything = list(shown)
        first_sight = ref not in self.tasks or not self.tasks[ref].slots
        if first_sight:
            files = self.tasks[ref].files if ref in self.tasks else {}
            untouched = all(item.report is None for item in everything)
            self.tasks[ref] = Told(fresh=untouched, files=files)
        told = self.tasks[ref]
        for item in everything:
            before = told.slots.setdefault(item.slot, [])
            if before[-1:] == [item.value]:
                continue
            stable = first_sight or (told.fresh and item.value not in before)
            before.append(item.value)
            if item.report is not None:
                yield replace(item.report, key=self._key(ref, item, stable=stable))

    def withdrawn(self, ref: str, shown: Iterable[Shown]) -> Iterator[Shown]:
        """Lines of work that were told and are no longer there: their time is taken back."""
        present = {item.slot for item in shown}
        for slot, values in self._slots(ref).items():
            if slot.startswith("work/") and slot not in present and values[-1] != "0":
                line = UsageReported(
                    key="", ref=ref, unit="second", quantity=0, series=f"{ref}/{slot}", cumulative=True
                )
                yield Shown(slot, "0", line)

    def was(self, ref: str, slot: str) -> str | None:
        """The newest value that was told."""
        values = self._slots(ref).get(slot)
        return values[-1] if values else None

    def forget(self, ref: str, slot: str) -> None:
        """Let a value be news again."""
        self.tasks[ref].slots.setdefault(slot, []).append("")

    def files(self, ref: str) -> dict[str, list[Any]]:
        """What is known of a task's files."""
        return self.tasks.setdefault(ref, Told(fresh=True)).files

    def _slots(self, ref: str) -> Mapping[str, list[str]]:
        return self.tasks[ref].slots if ref in self.tasks else {}

    def _key(self, ref: str, item: Shown, *, stable: bool) -> str:
        key = f"{ref}/{item.slot}/{digest(item.value)}"
        if stable:
            return key
        self.count += 1
        return f"{key}/{self.epoch}.{self.count}"


def digest(text: str) -> str:
    """A short name for a text."""
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]
