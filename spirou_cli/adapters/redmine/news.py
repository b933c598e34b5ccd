"""What an issue of Redmine says: its journals, files and time entries as reports. No request is made here."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING

from spirou_cli.adapters.base import (
    ArtifactReceived,
    MessageReceived,
    Report,
    StateChanged,
    UsageReported,
)
from spirou_cli.adapters.tickets.states import StateTable
from spirou_cli.adapters.tickets.words import kept_mark, lines, waits
from spirou_cli.domain.states import TaskState

if TYPE_CHECKING:
    from spirou_cli.adapters.redmine.server import Json

__all__ = ["Reader", "entry_line", "newest_journal", "seconds_of", "work"]

_REASONED = frozenset({TaskState.REJECTED, TaskState.FAILED, TaskState.PAUSED})


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads issues by one table of states; ``status_names`` are the server's, by their number."""

    table: StateTable
    status_names: Mapping[str, str]

    def reports(self, issue: Json, since: int) -> Iterator[Report]:
        """What happened to ``issue`` after the journal ``since``, oldest first."""
        for journal in issue.get("journals", ()):
            if int(journal["id"]) > since:
                yield from self._of_journal(issue, journal)

    def state_of(self, status: str, *, mine: bool) -> TaskState | None:
        """The state of a status; what I refused myself, I canceled."""
        state = self.table.state_of(status)
        return TaskState.CANCELED if mine and state is TaskState.REJECTED else state

    def _of_journal(self, issue: Json, journal: Json) -> Iterator[Report]:
        # the account that made the issue is ours: its words are the person's own
        author = journal.get("user") or {}
        mine = author.get("id") == issue["author"]["id"]
        notes = lines(journal.get("notes") or "")
        words = "" if journal.get("private_notes") else notes.strip()
        status = self._new_status(journal)
        state = self.state_of(status, mine=mine) if status else None
        about = _About(str(issue["id"]), datetime.fromisoformat(journal["created_on"]))
        # what an op of ours did is known; but a cancel may have been taken for a request
        if status and (state is TaskState.CANCELED or not (mine and kept_mark(notes))):
            yield StateChanged(
                key=f"status:{journal['id']}",
                ref=about.ref,
                at=about.at,
                state=state,
                native=status,
                reason=words or None if state in _REASONED else None,
            )
        if mine:
            return
        # after the state: a question outlasts the «in progress» that came with it
        if words:
            yield MessageReceived(
                key=f"journal:{journal['id']}",
                ref=about.ref,
                at=about.at,
                text=words,
                question=waits(state, words),
                sender=author.get("name", ""),
            )
        yield from self._files(issue, journal, about)

    def _new_status(self, journal: Json) -> str | None:
        for detail in journal.get("details", ()):
            if detail["property"] == "attr" and detail["name"] == "status_id":
                return self.status_names.get(str(detail["new_value"]), str(detail["new_value"]))
        return None

    @staticmethod
    def _files(issue: Json, journal: Json, about: _About) -> Iterator[Report]:
        there = {str(file["id"]): file for file in issue.get("attachments", ())}
        for detail in journal.get("details", ()):
            file = there.get(detail["name"]) if detail["property"] == "attachment" else None
            if file and detail.get("new_value"):
                yield ArtifactReceived(
                    key=f"attachment:{file['id']}",
                    ref=about.ref,
                    at=about.at,
                    name=file["filename"],
                    locator=f"attachment:{file['id']}",
                    size=file.get("filesize"),
                    media_type=file.get("content_type") or "application/octet-stream",
                )


@dataclass(frozen=True, slots=True)
class _About:
    ref: str
    at: datetime


def newest_journal(issue: Json, since: int) -> int:
    """The number of the last journal, at least ``since``."""
    return max([since, *(int(journal["id"]) for journal in issue.get("journals", ()))])


# --- time ----------------------------------------------------------------------------------------


def work(number: int, entries: Iterable[Json], known: Mapping[str, str]) -> Iterator[Report]:
    """What changed in the time entries of an issue since ``known``; see ``entry_line``.

    A line that is in ``known`` and no longer in ``entries`` was deleted or moved: it becomes 0.
    """
    left = dict(known)
    for entry in entries:
        line, name = entry_line(entry), str(entry["id"])
        if left.pop(name, None) != line:
            yield UsageReported(
                key=f"time:{number}:{name}:{line}",
                ref=str(number),
                at=_noon(entry["spent_on"]),
                unit="second",
                quantity=seconds_of(entry["hours"]),
                series=f"time:{number}:{name}",
                cumulative=True,
                note=lines(entry.get("comments") or ""),
            )
    for name, line in left.items():
        yield UsageReported(
            key=f"time:{number}:{name}:{line}:deleted",
            ref=str(number),
            unit="second",
            quantity=0,
            series=f"time:{number}:{name}",
            cumulative=True,
        )


def entry_line(entry: Json) -> str:
    """What tells one version of a time entry from another: when it was changed, and its seconds."""
    return f"{entry['updated_on']}/{seconds_of(entry['hours'])}"


def seconds_of(hours: Decimal | int) -> int:
    """Hours as Redmine gives them, with two decimals, to the minute that was logged.

    1 h 20 comes back as 1.33; every whole minute is the nearest one to its two decimals.
    """
    minutes = (Decimal(hours) * 60).quantize(Decimal(1), ROUND_HALF_UP)
    return int(minutes) * 60


def _noon(day: str) -> datetime:
    """The middle of a day without a zone: the same day for nearly everybody on earth."""
    return datetime.combine(date.fromisoformat(day), time(12), UTC)
