"""Redmine's hours, and its journals as reports."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from spirou_cli.adapters import ArtifactReceived, MessageReceived, StateChanged, TaskState
from spirou_cli.adapters.redmine.news import Reader, newest_journal, seconds_of
from spirou_cli.adapters.tickets.states import StateTable

READER = Reader(
    StateTable.parse("New = submitted; Feedback = input_required; Rejected = rejected"),
    {"1": "New", "4": "Feedback", "6": "Rejected"},
)


@given(st.integers(0, 60 * 24 * 31))
def test_every_whole_minute_survives_two_decimals(minutes: int) -> None:
    """Hours that Redmine rounded to two decimals are the minutes that were logged."""
    shown = (Decimal(minutes) / 60).quantize(Decimal("0.01"), ROUND_HALF_EVEN)

    assert seconds_of(shown) == minutes * 60


def test_a_note_with_a_status_is_a_question_by_the_status() -> None:
    """A comment that comes with «Feedback» asks, whatever it ends with."""
    reports = list(READER.reports(_issue(_journal(3, notes="Tell me.", status="4")), 0))

    assert [(r.text, r.question) for r in reports if isinstance(r, MessageReceived)] == [("Tell me.", True)]
    assert [(r.state, r.native) for r in reports if isinstance(r, StateChanged)] == [
        (TaskState.INPUT_REQUIRED, "Feedback")
    ]


def test_a_private_note_says_nothing_but_its_status_does() -> None:
    """Words among the other side stay there."""
    reports = list(READER.reports(_issue(_journal(3, notes="Secret", status="4", private_notes=True)), 0))

    assert [type(report) for report in reports] == [StateChanged]


def test_what_i_refuse_myself_is_canceled() -> None:
    """The same status means «canceled» from the person, «refused» from the other side."""
    mine, theirs = (_journal(n, status="6", user={"id": n, "name": "x"}) for n in (1, 2))

    states = [r.state for r in READER.reports(_issue(mine, theirs), 0) if isinstance(r, StateChanged)]

    assert states == [TaskState.CANCELED, TaskState.REJECTED]


def test_a_file_that_was_deleted_again_is_not_told() -> None:
    """A file counts while it is there."""
    detail = {"property": "attachment", "name": "9", "old_value": None, "new_value": "a.pdf"}

    reports = list(READER.reports(_issue(_journal(3, details=[detail])), 0))

    assert [r for r in reports if isinstance(r, ArtifactReceived)] == []


def test_only_newer_journals_are_told() -> None:
    """A journal that was read isn't read again, nor is an unnamed author an error."""
    issue = _issue(_journal(3, notes="Old"), _journal(4, notes="New", user=None))

    texts = [r.text for r in READER.reports(issue, 3) if isinstance(r, MessageReceived)]

    assert (texts, newest_journal(issue, 3)) == (["New"], 4)


def _issue(*journals: dict[str, Any]) -> dict[str, Any]:
    return {"id": 12, "author": {"id": 1}, "journals": list(journals), "attachments": []}


def _journal(number: int, *, status: str = "", **fields: Any) -> dict[str, Any]:
    change = {"property": "attr", "name": "status_id", "old_value": "1", "new_value": status}
    return {
        "id": number,
        "created_on": "2026-11-23T12:00:00Z",
        "user": {"id": 2, "name": "Assistant"},
        "notes": "",
        "private_notes": False,
        "details": [change] if status else [],
        **fields,
    }
