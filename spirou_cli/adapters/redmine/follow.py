"""What is new of an open issue: read when it changed, its time entries when their total did."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from functools import cached_property

from spirou_cli.adapters.redmine.news import Reader, entry_line, newest_journal, work
from spirou_cli.adapters.redmine.server import Json, Server
from spirou_cli.adapters.tickets.follow import Follower
from spirou_cli.adapters.tickets.memory import Seen, settled
from spirou_cli.adapters.tickets.states import StateTable

__all__ = ["IssueFollower"]


class IssueFollower(Follower):
    """A reading of issues: one request a hundred of them, one or two more for each that changed."""

    def __init__(self, server: Server, table: Callable[[], StateTable], *, reads_time: bool) -> None:
        super().__init__()
        self._server = server
        self._table = table
        self._reads_time = reads_time

    def list(self, numbers: Sequence[int]) -> tuple[dict[int, Json], datetime]:
        return self._server.issues(numbers)

    def stamp(self, listed: Json) -> str:
        return str(listed["updated_on"])

    def look(self, number: int, seen: Seen, listed: Json | None, now: datetime) -> Seen:
        changed = listed is None or self.stamp(listed) != seen.stamp
        fresh = self._read(number, seen, now) if changed else seen
        return self._with_work(number, seen, fresh, listed or {})

    def _read(self, number: int, seen: Seen, now: datetime) -> Seen:
        issue = self._server.issue(number)
        self.reports += self._reader.reports(issue, seen.last)
        stamp = self.stamp(issue)
        last = newest_journal(issue, seen.last)
        return replace(seen, stamp=stamp if settled(stamp, now) else "", last=last)

    def _with_work(self, number: int, seen: Seen, fresh: Seen, listed: Json) -> Seen:
        """``fresh`` with the time entries, which are read when their total or the issue changed.

        A time entry leaves no trace on its issue but the total: one that moves to another day with as
        many hours is noticed when the issue changes next, at the latest when it is resolved.
        """
        worked = str(listed.get("spent_hours", ""))
        changed = worked != seen.worked or (fresh is not seen and seen.lines)
        if not (self._reads_time and worked and changed):
            return fresh
        entries = {
            str(entry["id"]): entry
            for entry in self._server.all("time_entries.json", "time_entries", issue_id=str(number))
        }
        for name in seen.lines.keys() - entries.keys():
            # pages shift while they are read: only the entry itself can say that it is gone
            entry = self._server.entry(name)
            if entry and entry["issue"]["id"] == number:
                entries[name] = entry
        self.reports += work(number, entries.values(), seen.lines)
        return replace(fresh, worked=worked, lines={n: entry_line(e) for n, e in entries.items()})

    @cached_property
    def _reader(self) -> Reader:
        return Reader(self._table(), self._server.status_names())
