"""What a to-do's bytes may do to us: nothing but be read, or be named as unreadable."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spirou_cli.adapters import Rejected, Unreadable
from spirou_cli.adapters.caldav.dav import Resource
from spirou_cli.adapters.caldav.item import Item, NotATask
from spirou_cli.adapters.caldav.news import Seen, news_of
from spirou_cli.domain.states import TaskState
from spirou_cli.testing import NOON, a_brief

LATE_IN_PARIS = datetime(2026, 12, 1, 23, 59, tzinfo=timezone(timedelta(hours=1)))


def todo(*lines: str) -> bytes:
    inner = "\r\n".join(["BEGIN:VCALENDAR", "VERSION:2.0", "BEGIN:VTODO", "UID:x", *lines])
    return f"{inner}\r\nEND:VTODO\r\nEND:VCALENDAR\r\n".encode()


WHOLE = todo(
    "SUMMARY:Réserver",
    "STATUS:IN-PROCESS",
    "PERCENT-COMPLETE:40",
    "DUE;VALUE=DATE:20261201",
    "ATTACH;ENCODING=BASE64;VALUE=BINARY;FILENAME=a.txt:aGVsbG8=",
    "COMMENT:Which door?",
    "RRULE:FREQ=SECONDLY",
    "LAST-MODIFIED:20261123T120000Z",
    "X-SPIROU-WRITTEN:a b 3 d",
)


@given(st.data())
def test_damaged_bytes_are_unreadable_and_nothing_worse(data: st.DataObject) -> None:
    """Cut, doubled or overwritten anywhere, an item is read or is one Unreadable report."""
    raw = bytearray(WHOLE)
    for _ in range(data.draw(st.integers(1, 6))):
        at, end = sorted((data.draw(st.integers(0, len(raw))), data.draw(st.integers(0, len(raw)))))
        raw[at:end] = data.draw(
            st.sampled_from([b"", b"\r\n", b";", b":", b"\xff", b"\x00", bytes(raw[at:end]) * 2])
        )

    _, reports = news_of("x", Resource("x", '"1"', bytes(raw)), Seen())

    assert all(report.ref == "x" and len(report.key) < 1000 for report in reports)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"junk",
        b"\xff\xfe",
        b"BEGIN:VCALENDAR\r\n" * 3000,
        WHOLE.replace(b"VTODO", b"VEVENT"),
        todo("DUE:soon"),
    ],
)
def test_what_is_no_task_is_named(raw: bytes) -> None:
    """Other things than a to-do are one report, kept as proof."""
    with pytest.raises(NotATask):
        Item.parse(raw)
    _, (report,) = news_of("x", Resource("x", '"1"', raw), Seen())

    assert isinstance(report, Unreadable)
    assert report.raw == raw


def test_of_a_repeated_task_the_rule_itself_is_read() -> None:
    """An exception of one day isn't the task."""
    first = todo("RECURRENCE-ID:20261124T090000Z", "STATUS:COMPLETED").replace(b"END:VCALENDAR\r\n", b"")
    second = WHOLE.split(b"BEGIN:VTODO")[1]

    item = Item.parse(first + b"BEGIN:VTODO" + second)

    assert (item.status, item.text("SUMMARY")) == ("IN-PROCESS", "Réserver")


@pytest.mark.parametrize(
    ("lines", "status", "state"),
    [
        ([], "NEEDS-ACTION", TaskState.SUBMITTED),
        (["STATUS:needs-action", "PERCENT-COMPLETE:0"], "NEEDS-ACTION", TaskState.SUBMITTED),
        (["PERCENT-COMPLETE:1"], "IN-PROCESS", TaskState.WORKING),
        (["STATUS:IN-PROCESS"], "IN-PROCESS", TaskState.WORKING),
        (["PERCENT-COMPLETE:100"], "COMPLETED", TaskState.DELIVERED),
        (["COMPLETED:20261123T120000Z"], "COMPLETED", TaskState.DELIVERED),
        (["STATUS:CANCELLED"], "CANCELLED", TaskState.REJECTED),
        (["STATUS:CANCELLED", "X-SPIROU-CANCELED:k"], "CANCELLED", TaskState.CANCELED),
        (["STATUS:X-SPRING"], "X-SPRING", None),
    ],
)
def test_every_status_has_its_state(lines: list[str], status: str, state: TaskState | None) -> None:
    """The standard's words, what apps write instead, and words of nobody's."""
    item = Item.parse(todo(*lines))

    assert (item.status, item.state) == (status, state)


@pytest.mark.parametrize(
    "char", [chr(code) for code in range(32) if chr(code) not in "\t\n\r"] + ["\x7f", "\x9b"]
)
def test_a_calendar_holds_no_control_character(char: str) -> None:
    """RFC 5545 has no way to write them: the task is refused before it is sent."""
    with pytest.raises(Rejected):
        Item.new("x").write_brief(replace(a_brief(), title=f"a{char}b"))


@pytest.mark.parametrize(
    ("due", "is_day", "written"),
    [
        (
            datetime(2026, 12, 1, 23, 59, tzinfo=timezone(timedelta(hours=1))),
            True,
            b"DUE;VALUE=DATE:20261201\r\n",
        ),
        (
            datetime(2026, 12, 1, 23, 59, tzinfo=timezone(timedelta(hours=1))),
            False,
            b"DUE:20261201T225900Z\r\n",
        ),
        (datetime(2026, 12, 1, tzinfo=UTC), True, b"DUE;VALUE=DATE:20261201\r\n"),
    ],
)
def test_a_due_date_is_a_day_or_an_instant(due: datetime, is_day: bool, written: bytes) -> None:
    """A day is the day where the person is; an hour is told in UTC."""
    item = Item.new("x")

    item.write_brief(replace(a_brief(), due=due, due_is_day=is_day))

    assert written in item.to_bytes(NOON)


def test_local_files_are_passed_over() -> None:
    """Of all addresses only web addresses and inline content are files."""
    lines = [
        f"ATTACH:{url}" for url in ("file:///etc/passwd", "cid:1", "ftp://h/x", "data:,x", "https://h/x.pdf")
    ]

    found = list(Item.parse(todo(*lines, "ATTACH;ENCODING=BASE64;VALUE=BINARY:aGVsbG8=")).attachments())

    assert [(file.name, file.content) for file in found[:1]] == [("x.pdf", None)]
    assert [file.content for file in found[1:]] == [b"hello"]
