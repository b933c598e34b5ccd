"""A task as a calendar to-do by mail (iMIP, RFC 6047; iTIP, RFC 5546), and what comes back."""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from spirou_cli.adapters.base import Brief, Unreachable
from spirou_cli.adapters.email.settings import Person
from spirou_cli.domain.states import TaskState

__all__ = ["TodoReply", "read_reply", "todo"]

_PRIORITY = {"low": 9, "normal": 5, "high": 1}  # RFC 5545, 3.8.1.9
_MAX_ICS = 200_000


def icalendar() -> Any:
    """The icalendar package, imported when a calendar part is met: 69 ms that no other mail pays.

    Unreachable names what to install where it is missing.
    """
    try:
        return importlib.import_module("icalendar")
    except ImportError:
        raise Unreachable("Setting ical needs one more package: pip install 'spirou-cli[ical]'") from None


# --- out ---------------------------------------------------------------------------------------


def todo(
    uid: str,
    brief: Brief | None,
    *,
    method: str,
    sequence: int,
    now: datetime,
    organizer: Person,
    attendee: Person,
) -> bytes:
    """The text/calendar part of a REQUEST or, with no brief, of a CANCEL."""
    ical = icalendar()
    calendar = ical.Calendar()
    for name, value in (("PRODID", "-//Spirou//spirou-cli//EN"), ("VERSION", "2.0"), ("METHOD", method)):
        calendar.add(name, value)
    item = ical.Todo()
    item.add("UID", uid)
    item.add("DTSTAMP", now.astimezone(UTC))
    item.add("SEQUENCE", sequence)
    item.add("ORGANIZER", f"mailto:{organizer.address}")
    item.add("ATTENDEE", f"mailto:{attendee.address}", parameters=_asked(attendee))
    if brief is None:
        item.add("STATUS", "CANCELLED")
    else:
        _describe(item, brief)
    calendar.add_component(item)
    return bytes(calendar.to_ical())


def _asked(attendee: Person) -> dict[str, str]:
    parameters = {"ROLE": "REQ-PARTICIPANT", "PARTSTAT": "NEEDS-ACTION", "RSVP": "TRUE"}
    return parameters | ({"CN": attendee.name} if attendee.name else {})


def _describe(item: Any, brief: Brief) -> None:
    item.add("SUMMARY", brief.title)
    item.add("STATUS", "NEEDS-ACTION")
    item.add("PRIORITY", _PRIORITY[brief.priority])
    if brief.body:
        item.add("DESCRIPTION", brief.body)
    if brief.due:
        item.add("DUE", brief.due.date() if brief.due_is_day else brief.due.astimezone(UTC))
    if brief.tags:
        item.add("CATEGORIES", list(brief.tags))


# --- back --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class TodoReply:
    """A REPLY: whose task it is (the UID we gave), and what the attendee says of it."""

    uid: str
    state: TaskState | None
    native: str
    comment: str | None


_ANSWERS = {
    "ACCEPTED": TaskState.WORKING,
    "TENTATIVE": None,
    "IN-PROCESS": TaskState.WORKING,
    "COMPLETED": TaskState.DELIVERED,
    "DECLINED": TaskState.REJECTED,
}


def read_reply(content: bytes) -> TodoReply | None:
    """The answer in a text/calendar part; None if it is no REPLY about one VTODO.

    Alarms, attachments and recurrences in it are never looked at: nothing is fetched, run or expanded.
    """
    if len(content) > _MAX_ICS or b"METHOD:REPLY" not in content.upper() or b"VTODO" not in content.upper():
        return None
    try:
        calendar = icalendar().Calendar.from_ical(content)
        items = [item for item in calendar.subcomponents if item.name == "VTODO"]
        if len(items) != 1 or str(calendar.get("METHOD", "")).upper() != "REPLY" or "RRULE" in items[0]:
            return None
        return _reply(items[0])
    except (Unreachable, ValueError, KeyError, IndexError, AttributeError, TypeError, RecursionError):
        return None  # not a calendar, or nothing here to read one: the part stays a file


def _reply(item: Any) -> TodoReply:
    attendee = item.get("ATTENDEE")
    attendee = attendee[0] if isinstance(attendee, list) else attendee
    said = str(getattr(attendee, "params", {}).get("PARTSTAT", "")).upper()
    status = str(item.get("STATUS", "")).upper()
    percent = str(item.get("PERCENT-COMPLETE", "")).strip()
    if "COMPLETED" in (said, status) or percent == "100":
        word = "COMPLETED"
    else:
        word = status if said in ("", "NEEDS-ACTION") else said
    native = f"{word} {percent} %" if percent and word != "COMPLETED" else word
    comment = (
        str(item["COMMENT"])[:500] if "COMMENT" in item and not isinstance(item["COMMENT"], list) else None
    )
    return TodoReply(str(item.get("UID", "")), _ANSWERS.get(word), native, comment)
