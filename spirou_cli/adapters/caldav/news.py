"""What is new in an item since it was last read: the cursor of a list, and the reports it leads to."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from spirou_cli.adapters.base import (
    ArtifactReceived,
    CursorExpired,
    Gone,
    MessageReceived,
    Report,
    StateChanged,
    Unreadable,
    UsageReported,
)
from spirou_cli.adapters.caldav import notes
from spirou_cli.adapters.caldav.dav import Broken, Resource
from spirou_cli.adapters.caldav.item import Item, NotATask
from spirou_cli.adapters.caldav.written import Written
from spirou_cli.adapters.tickets.answers import SHAPE_ERRORS
from spirou_cli.adapters.tickets.words import asks
from spirou_cli.domain.states import TaskState

__all__ = ["Memory", "Seen", "news_of"]

_VERSION = 1
_REASON = 300
_ENDS = (TaskState.DELIVERED, TaskState.REJECTED, TaskState.CANCELED)


@dataclass(frozen=True, slots=True)
class Seen:
    """What was read of one item: its version, its status, and the names of the lines of its notes."""

    etag: str = ""
    status: str = "NEEDS-ACTION"
    lines: tuple[str, ...] = ()
    work: Mapping[str, int] = field(default_factory=dict)
    """Seconds by series."""


@dataclass(frozen=True, slots=True)
class Memory:
    """The server's token and what was read of each open task.

    With it a token that the server has forgotten costs a full listing, and no report comes twice.
    """

    token: str = ""
    seen: Mapping[str, Seen] = field(default_factory=dict)

    @classmethod
    def decode(cls, cursor: str | None) -> Memory:
        """The memory in ``cursor``; CursorExpired for one that isn't ours."""
        if cursor is None:
            return cls()
        try:
            value = json.loads(cursor)
            if value["v"] != _VERSION:
                raise CursorExpired("The cursor is of another version.")
            seen = {
                str(name): Seen(str(etag), str(status), tuple(map(str, lines)), dict(work))
                for name, (etag, status, lines, work) in value["seen"].items()
            }
            return cls(str(value["token"]), seen)
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise CursorExpired("The cursor can't be read.") from error

    def encode(self) -> str:
        """This memory as a cursor."""
        seen = {name: [s.etag, s.status, s.lines, dict(s.work)] for name, s in self.seen.items()}
        return json.dumps({"v": _VERSION, "token": self.token, "seen": seen}, separators=(",", ":"))


def news_of(name: str, found: Resource | Broken | None, seen: Seen) -> tuple[Seen, list[Report]]:
    """The reports about one item, and what is to be remembered of it."""
    if found is None:
        return Seen(), [Gone(key=f"{name}:gone", ref=name)]
    if isinstance(found, Broken):
        key = f"{name}:unreadable:{notes.digest(found.reason)}"
        return seen, [Unreadable(key=key, ref=name, reason=found.reason)]
    try:
        return _Reading(name, found, Item.parse(found.raw), seen).result()
    except SHAPE_ERRORS as error:
        reason = str(error) if isinstance(error, NotATask) else "it has an odd value"
        key = f"{name}:unreadable:{found.etag}"
        report = Unreadable(key=key, ref=name, reason=reason, raw=found.raw)
        return replace(seen, etag=found.etag), [report]


class _Reading:
    """One version of an item, beside what was seen of the one before."""

    def __init__(self, name: str, found: Resource, item: Item, seen: Seen) -> None:
        self.name = name
        self.found = found
        self.item = item
        self.seen = seen
        self.at = item.changed_at
        above, _, below = notes.parts(item.text("DESCRIPTION"), name)
        self.below = below
        self.above = above
        self.said, self.work = notes.read(below or "", item.comments)

    def result(self) -> tuple[Seen, list[Report]]:
        lines = tuple(mark for said in self.said for mark in said.digests)
        work = {line.series: line.seconds for line in self.work}
        words, state = [*self._messages(), *self._changes()], list(self._state())
        # who begins and asks waits for an answer, who asks and is done is done: the later report counts
        talk = [*words, *state] if self.item.state in _ENDS else [*state, *words]
        reports = [*self._times(), *self._files(), *talk]
        return Seen(self.found.etag, self.item.status, lines, work), reports

    def _messages(self) -> Iterator[Report]:
        known = set(self.seen.lines)
        for said in self.said:
            fresh = [
                (line, mark) for line, mark in zip(said.lines, said.digests, strict=True) if mark not in known
            ]
            if fresh:
                text = "\n".join(line for line, _ in fresh)
                yield self._message(notes.digest("".join(mark for _, mark in fresh)), text)
        if self.below is None:
            # somebody removed the line: nothing tells the two sides apart, so all of it is shown
            yield replace(self._message(notes.digest(self.above), self.above), question=False)

    def _changes(self) -> Iterator[Report]:
        """What the assistant changed of the person's own words: kept on the server, and shown."""
        for field_name, now in Written.of(self.item).changed(self.item):
            yield replace(
                self._message(f"{field_name}:{notes.digest(now)}", f"{field_name}: {now}"), question=False
            )

    def _times(self) -> Iterator[Report]:
        now = {line.series: line for line in self.work}
        for series, line in now.items():
            if self.seen.work.get(series) != line.seconds:
                yield self._usage(series, line.seconds, line.note)
        for series in self.seen.work.keys() - now.keys():
            if self.seen.work[series]:
                yield self._usage(series, 0, "")

    def _files(self) -> Iterator[Report]:
        for file in self.item.attachments():
            yield ArtifactReceived(
                key=f"{self.name}:file:{file.id}",
                ref=self.name,
                at=self.at,
                name=file.name,
                locator=f"{self.name}/{file.id}",
                size=None if file.content is None else len(file.content),
                media_type=file.media_type,
            )

    def _state(self) -> Iterator[Report]:
        if self.item.status == self.seen.status:
            return
        state = self.item.state
        last = "\n".join(self.said[-1].lines)[:_REASON] if self.said else None
        yield StateChanged(
            key=f"{self.name}:{self.item.status}:{self.found.etag}",
            ref=self.name,
            at=self.at,
            raw=self.found.raw,
            state=state,
            native=self.item.status,
            reason=last if state is TaskState.REJECTED else None,
        )

    def _message(self, key: str, text: str) -> MessageReceived:
        return MessageReceived(
            key=f"{self.name}:said:{key}",
            ref=self.name,
            at=self.at,
            raw=text.encode("utf-8", "replace"),
            text=text,
            question=asks(text),
        )

    def _usage(self, series: str, seconds: int, note: str) -> UsageReported:
        return UsageReported(
            key=f"{self.name}:time:{series}:{seconds}:{self.found.etag}",
            ref=self.name,
            at=self.at,
            unit="second",
            quantity=seconds,
            series=f"{self.name}:{series}",
            cumulative=True,
            note=note,
        )
