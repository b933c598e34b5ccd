"""Compares open issues with what was last read of them, and reads those that changed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import cached_property

from spirou_cli.adapters.base import Gone, NotFound, ProtocolError, Report, Unreadable
from spirou_cli.adapters.redmine.news import Reader, entry_line, newest_journal, work
from spirou_cli.adapters.redmine.server import Forbidden, Json, Server
from spirou_cli.adapters.tickets.answers import SHAPE_ERRORS
from spirou_cli.adapters.tickets.memory import Seen, settled
from spirou_cli.adapters.tickets.states import StateTable

__all__ = ["Follower"]


class Follower:
    """One reading. It costs one request a hundred open issues, and one or two an issue that changed."""

    def __init__(self, server: Server, table: Callable[[], StateTable], *, reads_time: bool) -> None:
        self._server = server
        self._table = table
        self._reads_time = reads_time
        self._reports: list[Report] = []

    def page(
        self, numbers: Sequence[int], before: Mapping[int, Seen]
    ) -> tuple[dict[int, Seen], list[Report]]:
        """What is known of each issue from now on, and the reports of what is new."""
        if not numbers:
            return {}, []
        listed, now = self._server.issues(numbers)
        seen = {n: self._compare(n, before.get(n, Seen()), listed.get(n), now) for n in numbers}
        return seen, self._reports

    def _compare(self, number: int, seen: Seen, listed: Json | None, now: datetime) -> Seen:
        if listed is None and seen.gone:
            return seen
        try:
            if listed is None or listed["updated_on"] != seen.stamp:
                fresh = self._read(number, seen, now)
            else:
                fresh = seen
            return self._with_work(number, seen, fresh, listed or {})
        except NotFound:
            self._reports.append(Gone(key=f"gone:{number}", ref=str(number)))
            return replace(seen, gone=True)
        except (ProtocolError, *SHAPE_ERRORS) as error:
            return self._unreadable(number, seen, (listed or {}).get("updated_on", ""), str(error))
        except Forbidden as error:
            if listed:
                raise
            return self._unreadable(number, seen, "", str(error))

    def _read(self, number: int, seen: Seen, now: datetime) -> Seen:
        issue = self._server.issue(number)
        self._reports += self._reader.reports(issue, seen.last)
        stamp = issue["updated_on"]
        last = newest_journal(issue, seen.last)
        return Seen(stamp if settled(stamp, now) else "", last, seen.worked, seen.lines)

    def _with_work(self, number: int, seen: Seen, fresh: Seen, listed: Json) -> Seen:
        """``fresh`` with the time entries, which are read when their total or the issue changed.

        A time entry leaves no trace on its issue but the total: one that moves to another day with as
        many hours is noticed when the issue changes next, at the latest when it is resolved.
        """
        worked = str(listed.get("spent_hours", ""))
        changed = worked != seen.worked or (fresh is not seen and (seen.lines or worked != "0.0"))
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
        self._reports += work(number, entries.values(), seen.lines)
        return replace(fresh, worked=worked, lines={n: entry_line(e) for n, e in entries.items()})

    def _unreadable(self, number: int, seen: Seen, stamp: str, why: str) -> Seen:
        """Keep, name and count it, and go on: it is looked at again when it changes."""
        self._reports.append(
            Unreadable(key=f"unreadable:{number}:{stamp}", ref=str(number), reason=why or "an odd answer")
        )
        return replace(seen, stamp=stamp)

    @cached_property
    def _reader(self) -> Reader:
        return Reader(self._table(), self._server.status_names())
