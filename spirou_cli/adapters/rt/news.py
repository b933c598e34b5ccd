"""What the transactions of a ticket say, as reports: states, messages, files, time. No request here."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from spirou_cli.adapters.base import (
    ArtifactReceived,
    MessageReceived,
    Report,
    StateChanged,
    UsageReported,
)
from spirou_cli.adapters.tickets.states import StateTable
from spirou_cli.adapters.tickets.words import kept_mark, waits
from spirou_cli.domain.states import TaskState

if TYPE_CHECKING:
    from spirou_cli.adapters.rt.server import Json

__all__ = ["HIDDEN", "Line", "Reader", "Said", "fold", "usage"]

HIDDEN = "hidden"
"""The line for time that was worked in comments which this account may not see."""


_ONE_ACT = timedelta(seconds=2)
"""What a person does with one form, RT writes within this time."""


@dataclass(frozen=True, slots=True)
class Said:
    """The words and the files of one message."""

    text: str
    files: Sequence[Json] = ()


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads transactions by one table of states; ``said`` gets the message of one."""

    table: StateTable
    said: Callable[[str], Said]

    def reports(self, number: int, owner: str, history: Sequence[Json]) -> Iterator[Report]:
        """What happened to the ticket of ``owner``, oldest first; the owner's words aren't news."""
        told: set[str] = set()
        for position, item in enumerate(history):
            if item["Type"] == "Correspond":
                act = list(_act(item, history[position + 1 :]))
                told |= {status["id"] for status in act}
                yield from self._correspondence(number, owner, item, act)
            elif item["Type"] == "Status" and item["id"] not in told:
                yield self._state(number, owner, item)

    def state_of(self, status: str, *, mine: bool) -> TaskState | None:
        """The state of a status; what I refused myself, I canceled."""
        state = self.table.state_of(status)
        return TaskState.CANCELED if mine and state is TaskState.REJECTED else state

    def _state(self, number: int, owner: str, item: Json) -> StateChanged:
        return StateChanged(
            key=f"transaction:{item['id']}",
            ref=str(number),
            at=datetime.fromisoformat(item["Created"]),
            state=self.state_of(item["NewValue"], mine=_by(item) == owner),
            native=item["NewValue"],
        )

    def _correspondence(self, number: int, owner: str, item: Json, act: Sequence[Json]) -> Iterator[Report]:
        """A message after the states that came with it: a question outlasts the «open» of its own arrival."""
        states = [self._state(number, owner, status) for status in act]
        if _by(item) != owner:
            yield from states
            chosen = [status for status in act if _by(status) == _by(item)]
            state = self.table.state_of(chosen[-1]["NewValue"]) if chosen else None
            yield from self._message(number, item, state)
        elif kept_mark(str(item["Data"])):
            # what an op of ours did is known; but a cancel may have been taken for a request
            yield from (change for change in states if change.state is TaskState.CANCELED)
        else:
            yield from states

    def _message(self, number: int, item: Json, state: TaskState | None) -> Iterator[Report]:
        said, at = self.said(item["id"]), datetime.fromisoformat(item["Created"])
        if said.text:
            yield MessageReceived(
                key=f"transaction:{item['id']}",
                ref=str(number),
                at=at,
                text=said.text,
                question=waits(state, said.text),
                sender=_by(item),
            )
        for file in said.files:
            yield ArtifactReceived(
                key=f"attachment:{file['id']}",
                ref=str(number),
                at=at,
                name=file["Filename"],
                locator=f"attachment:{file['id']}",
                size=int(file["ContentLength"]),
                media_type=file["ContentType"],
            )


def _act(message: Json, later: Sequence[Json]) -> Iterator[Json]:
    """The changes of status that were made with ``message``, by its author or by RT's own rules."""
    sent = datetime.fromisoformat(message["Created"])
    for item in later:
        if item["Type"] == "Correspond" or datetime.fromisoformat(item["Created"]) - sent > _ONE_ACT:
            return
        if item["Type"] == "Status" and _by(item) in (_by(message), "RT_System"):
            yield item


def _by(item: Json) -> str:
    return str(item["Creator"]["id"])


# --- time ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Line:
    """Minutes that were worked at one time, with what was said of them."""

    minutes: int
    at: str
    note: str = ""

    @classmethod
    def decode(cls, text: str) -> Line:
        minutes, at, note = text.split(" ", 2)
        return cls(int(minutes), at, note)

    def encode(self) -> str:
        return f"{self.minutes} {self.at} {self.note}"


def fold(lines: Mapping[str, Line], new: Mapping[str, Line], worked: int, at: str) -> dict[str, Line]:
    """The lines after ``new`` transactions, which add up to ``worked``, RT's own total in minutes.

    RT corrects time by negative minutes: they are taken from the newest lines, so that what was worked
    in another month stays there. What is left over was worked in comments that can't be seen.
    """
    left = {name: line for name, line in lines.items() if name != HIDDEN}
    for name, line in new.items():
        if line.minutes > 0:
            left[name] = line
        else:
            _take(left, -line.minutes)
    hidden = worked - sum(line.minutes for line in left.values())
    _take(left, -hidden)
    if hidden > 0:
        left[HIDDEN] = Line(hidden, at)
    return left


def usage(
    number: int,
    before: Mapping[str, Line],
    after: Mapping[str, Line],
    logged: Mapping[str, Line],
    moment: str,
) -> Iterator[Report]:
    """A report for each line whose minutes changed.

    A line as it was ``logged`` has the key of its transaction, for ever; any other value is one of a
    ``moment``: the line may come back to it.
    """
    for name in {**before, **after}:
        old, new = before.get(name), after.get(name)
        line = new or old
        if line is None or (old and new and old.minutes == new.minutes):
            continue
        minutes = new.minutes if new else 0
        untouched = old is None and logged.get(name) == new
        yield UsageReported(
            key=f"time:{number}:{name}:{minutes}" + ("" if untouched else f":{moment}"),
            ref=str(number),
            at=datetime.fromisoformat(line.at),
            unit="second",
            quantity=minutes * 60,
            series=f"time:{number}:{name}",
            cumulative=True,
            note=line.note,
        )


def _take(lines: dict[str, Line], minutes: int) -> None:
    """Take ``minutes`` from the newest lines; nothing is left of what is used up."""
    for name in list(reversed(lines)):
        if minutes <= 0:
            return
        line = lines[name]
        if line.minutes <= minutes:
            del lines[name]
        else:
            lines[name] = Line(line.minutes - minutes, line.at, line.note)
        minutes -= line.minutes
