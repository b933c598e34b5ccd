"""What is new of an open ticket: its transactions since the last that was read."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from spirou_cli.adapters.html import html_to_text
from spirou_cli.adapters.rt.news import Line, Reader, Said, fold, usage
from spirou_cli.adapters.rt.server import Json, Server
from spirou_cli.adapters.tickets.follow import Follower
from spirou_cli.adapters.tickets.memory import Seen, settled
from spirou_cli.adapters.tickets.states import StateTable
from spirou_cli.adapters.tickets.words import lines

__all__ = ["TicketFollower"]

_NOTE_LIMIT = 80


class TicketFollower(Follower):
    """A reading of tickets: one request a hundred of them, two for one that changed, two for a message."""

    def __init__(self, server: Server, table: Callable[[], StateTable], *, reads_time: bool) -> None:
        super().__init__()
        self._server = server
        self._table = table
        self._reads_time = reads_time
        self._messages: dict[str, Said] = {}

    def list(self, numbers: Sequence[int]) -> tuple[dict[int, Json], datetime]:
        return self._server.tickets(numbers)

    def stamp(self, listed: Json) -> str:
        return str(listed["LastUpdated"])

    def look(self, number: int, seen: Seen, listed: Json | None, now: datetime) -> Seen:
        if listed and self.stamp(listed) == seen.stamp:
            return seen
        ticket = self._server.ticket(number)
        owner = str(ticket["Creator"]["id"])
        history = self._server.history(number, seen.last)
        reader = Reader(self._table(), self._said)
        self.reports += reader.reports(number, owner, history)
        last = max([seen.last, *(int(item["id"]) for item in history)])
        stamp = self.stamp(ticket)
        fresh = replace(seen, stamp=stamp if settled(stamp, now) else "", last=last)
        return self._with_work(number, fresh, ticket, history) if self._reads_time else fresh

    def _with_work(self, number: int, seen: Seen, ticket: Json, history: Sequence[Json]) -> Seen:
        before = {name: Line.decode(text) for name, text in seen.lines.items()}
        logged, stamp = dict(self._worked(history)), self.stamp(ticket)
        after = fold(before, logged, int(ticket["TimeWorked"] or 0), stamp)
        self.reports += usage(number, before, after, logged, f"{seen.last}@{stamp}")
        return replace(
            seen,
            worked=str(ticket["TimeWorked"]),
            lines={name: line.encode() for name, line in after.items()},
        )

    def _worked(self, history: Sequence[Json]) -> Iterator[tuple[str, Line]]:
        for item in history:
            minutes = int(item["TimeTaken"] or 0)
            if minutes:
                # what was said in a comment is private to the other side
                said = self._said(item["id"]).text if item["Type"] == "Correspond" and minutes > 0 else ""
                note = next(iter(said.splitlines()), "")[:_NOTE_LIMIT]
                yield str(item["id"]), Line(minutes, item["Created"], note)

    def _said(self, transaction: str) -> Said:
        if transaction not in self._messages:
            self._messages[transaction] = self._read_message(transaction)
        return self._messages[transaction]

    def _read_message(self, transaction: str) -> Said:
        parts = self._server.attachments(transaction)
        files = [part for part in parts if part["Filename"]]
        for media_type in ("text/plain", "text/html"):
            for part in parts:
                if part["ContentType"] == media_type and not part["Filename"]:
                    text = self._server.content(part["id"]).decode("utf-8", "replace")
                    shown = html_to_text(text)[0] if media_type == "text/html" else text
                    return Said(lines(shown).strip(), files)
        return Said("", files)
