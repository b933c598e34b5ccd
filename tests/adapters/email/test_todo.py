"""A task as a calendar to-do, and a calendar program's answer."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import icalendar
import pytest

from spirou_cli.adapters import Brief, TaskState
from spirou_cli.adapters.email.settings import Person
from spirou_cli.adapters.email.todo import read_reply, todo
from tests.adapters.email.letters import KEY

NOW = datetime(2026, 11, 23, 9, 12, tzinfo=UTC)
UID = f"{KEY}@client.test"
BRIEF = Brief(op_key=KEY, number=14, title="Réserver; le dentiste, vite", body="Ligne 1\nLigne 2", due=NOW)


def request(brief: Brief | None = BRIEF, method: str = "REQUEST", sequence: int = 0) -> icalendar.Calendar:
    anna, julie = Person("Anna", "anna@client.test"), Person("Julie", "julie@assistant.test")
    made = todo(UID, brief, method=method, sequence=sequence, now=NOW, organizer=anna, attendee=julie)
    return icalendar.Calendar.from_ical(made)


def reply(*lines: str, method: str = "REPLY", uid: str = UID) -> bytes:
    inside = "\r\n".join([f"UID:{uid}", "DTSTAMP:20261123T120000Z", *lines])
    return (
        f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//T//EN\r\nMETHOD:{method}\r\n"
        f"BEGIN:VTODO\r\n{inside}\r\nEND:VTODO\r\nEND:VCALENDAR\r\n"
    ).encode()


def test_a_request_has_what_rfc_5546_wants() -> None:
    """UID, organizer, attendee, sequence, summary: and the task's words, whatever signs they have."""
    calendar = request(replace(BRIEF, priority="high", tags=("santé",)))
    item = calendar.walk("VTODO")[0]

    assert calendar["METHOD"] == "REQUEST"
    assert (item["UID"], item["SEQUENCE"], item["PRIORITY"], item["STATUS"]) == (UID, 0, 1, "NEEDS-ACTION")
    assert (item["SUMMARY"], item["DESCRIPTION"]) == (BRIEF.title, BRIEF.body)
    assert item["ORGANIZER"] == "mailto:anna@client.test"
    assert item["ATTENDEE"].params["RSVP"] == "TRUE"
    assert item.decoded("DUE") == NOW.date()


def test_an_exact_deadline_is_an_instant() -> None:
    """A time of day goes over in UTC."""
    assert request(replace(BRIEF, due_is_day=False)).walk("VTODO")[0].decoded("DUE") == NOW


def test_a_cancel_names_the_task_and_nothing_else() -> None:
    """METHOD:CANCEL with a later sequence."""
    item = request(None, "CANCEL", 60).walk("VTODO")[0]

    assert (item["UID"], item["SEQUENCE"], item["STATUS"]) == (UID, 60, "CANCELLED")
    assert "SUMMARY" not in item


@pytest.mark.parametrize(
    ("lines", "state", "native"),
    [
        (["ATTENDEE;PARTSTAT=ACCEPTED:mailto:j@x.test"], TaskState.WORKING, "ACCEPTED"),
        (["ATTENDEE;PARTSTAT=DECLINED:mailto:j@x.test"], TaskState.REJECTED, "DECLINED"),
        (["ATTENDEE;PARTSTAT=COMPLETED:mailto:j@x.test"], TaskState.DELIVERED, "COMPLETED"),
        (["ATTENDEE;PARTSTAT=IN-PROCESS:mailto:j@x.test", "PERCENT-COMPLETE:40"], TaskState.WORKING,
         "IN-PROCESS 40 %"),
        (["ATTENDEE;PARTSTAT=ACCEPTED:mailto:j@x.test", "PERCENT-COMPLETE:100"], TaskState.DELIVERED,
         "COMPLETED"),
        (["ATTENDEE;PARTSTAT=NEEDS-ACTION:mailto:j@x.test", "STATUS:COMPLETED"], TaskState.DELIVERED,
         "COMPLETED"),
        (["STATUS:IN-PROCESS"], TaskState.WORKING, "IN-PROCESS"),
        (["ATTENDEE;PARTSTAT=TENTATIVE:mailto:j@x.test"], None, "TENTATIVE"),
        (["ATTENDEE;PARTSTAT=X-LATER:mailto:j@x.test"], None, "X-LATER"),
    ],
)  # fmt: skip
def test_an_answer_is_its_state(lines: list[str], state: TaskState | None, native: str) -> None:
    """What the attendee says of the to-do; a word we don't know is passed on."""
    read = read_reply(reply(*lines))

    assert read is not None
    assert (read.uid, read.state, read.native) == (UID, state, native)


def test_a_comment_is_the_reason() -> None:
    """A calendar program that asks why has it written there."""
    read = read_reply(reply("ATTENDEE;PARTSTAT=DECLINED:mailto:j@x.test", "COMMENT:Too long"))

    assert read is not None
    assert read.comment == "Too long"


@pytest.mark.parametrize(
    "content",
    [
        reply(method="REQUEST"),
        reply("RRULE:FREQ=SECONDLY"),
        reply() + reply(),
        reply().replace(b"VTODO", b"VEVENT"),
        b"METHOD:REPLY VTODO",
        b"BEGIN:VCALENDAR\r\nMETHOD:REPLY\r\nBEGIN:VTODO\r\n",
        b"METHOD:REPLY\r\nVTODO" + b"x" * 300_000,
        b"",
    ],
    ids=["request", "recurring", "two", "event", "words", "cut off", "huge", "empty"],
)
def test_what_is_no_answer_stays_a_file(content: bytes) -> None:
    """MSG14: nothing recurring is expanded, nothing broken is guessed."""
    assert read_reply(content) is None


def test_alarms_and_links_are_not_looked_at() -> None:
    """MSG13: a VALARM that attaches file:// is carried along and ignored."""
    alarm = ["BEGIN:VALARM", "ACTION:AUDIO", "TRIGGER:-PT5M", "ATTACH:file:///etc/passwd", "END:VALARM"]

    read = read_reply(reply("ATTENDEE;PARTSTAT=ACCEPTED:mailto:j@x.test", *alarm))

    assert read is not None
    assert (read.state, read.comment) == (TaskState.WORKING, None)
