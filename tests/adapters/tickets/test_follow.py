"""Following tickets: one that can't be read, can't be seen or vanished stops no other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from spirou_cli.adapters import Gone, MessageReceived, NotFound, OpenTask, Ref, Unreachable, Unreadable
from spirou_cli.adapters.tickets.answers import Forbidden
from spirou_cli.adapters.tickets.follow import Follower
from spirou_cli.adapters.tickets.memory import Seen

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
TASKS = [OpenTask(Ref(str(number)), number, "key") for number in (1, 2, 3)]


class Shelf(Follower):
    """Tickets on a shelf: each is words, or what goes wrong with it."""

    def __init__(self, tickets: Mapping[int, str | Exception], *, hidden: bool = False) -> None:
        super().__init__()
        self.tickets = tickets
        self.hidden = hidden
        self.looked: list[int] = []

    def list(self, numbers: Sequence[int]) -> tuple[dict[int, dict[str, Any]], datetime]:
        there = {n for n in numbers if n in self.tickets and not self.hidden}
        return {n: {"stamp": "s"} for n in there}, NOON

    def stamp(self, listed: dict[str, Any]) -> str:
        return str(listed["stamp"])

    def look(self, number: int, seen: Seen, listed: dict[str, Any] | None, now: datetime) -> Seen:
        self.looked.append(number)
        match self.tickets.get(number, NotFound("gone")):
            case Exception() as error:
                raise error
            case words:
                self.reports.append(MessageReceived(key=words, ref=str(number), text=words))
                return replace(seen, stamp="s")


def test_one_odd_ticket_stops_no_other() -> None:
    """What isn't as expected is named and kept; the tickets after it are read."""
    shelf = Shelf({1: "one", 2: KeyError("status"), 3: "three"})

    reports = shelf.batch(None, TASKS).reports

    assert [type(report) for report in reports] == [MessageReceived, Unreadable, MessageReceived]
    assert "status" in str(reports[1])


def test_a_ticket_that_vanished_is_gone_once() -> None:
    """It is told when it is noticed, and not looked for again."""
    first = Shelf({1: "one", 3: "three"}).batch(None, TASKS)
    second = Shelf({1: "one", 3: "three"})

    again = second.batch(first.cursor, TASKS)

    assert [report.key for report in first.reports if isinstance(report, Gone)] == ["gone:2"]
    assert [report for report in again.reports if isinstance(report, Gone)] == []
    assert 2 not in second.looked


def test_a_ticket_that_may_no_longer_be_seen_is_named() -> None:
    """A right that was taken away isn't a removal."""
    (report,) = Shelf({1: Forbidden("no right")}, hidden=True).batch(None, TASKS[:1]).reports

    assert isinstance(report, Unreadable)
    assert report.reason == "no right"


@pytest.mark.parametrize("error", [Unreachable("down"), Forbidden("no right to time")])
def test_what_concerns_the_account_ends_the_reading(error: Exception) -> None:
    """A server that is down, or a right that is missing for all, is not a fault of one ticket."""
    with pytest.raises(type(error)):
        Shelf({1: error}).batch(None, TASKS)
