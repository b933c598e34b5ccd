"""One to-do of RFC 5545: its bytes, its properties, and what its status means."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Self
from urllib.parse import unquote, urlsplit

from icalendar import Calendar, Todo

from spirou_cli.adapters.base import Brief, Rejected
from spirou_cli.domain.states import TaskState

__all__ = ["CANCELED_BY_US", "Attached", "Item", "NotATask", "due_of", "due_value", "plain_text", "title_of"]

CANCELED_BY_US = "X-SPIROU-CANCELED"
PRODUCT = "-//Spirou//spirou-cli//EN"
_PRIORITIES = {"high": 1, "normal": None, "low": 9}
_STATES = {
    "NEEDS-ACTION": TaskState.SUBMITTED,
    "IN-PROCESS": TaskState.WORKING,
    "COMPLETED": TaskState.DELIVERED,
}
# RFC 5545 allows no control character in a text but the tab and the line end
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_LOOSE_CR = re.compile(r"\r\n?")


class NotATask(ValueError):
    """Bytes that hold no to-do that we can read."""


@dataclass(frozen=True, slots=True)
class Attached:
    """A file in or beside the item; ``content`` is None where it is at ``url``."""

    id: str
    name: str
    media_type: str
    content: bytes | None = None
    url: str = ""


class Item:
    """A to-do with all that its file holds; what we don't know is written back as it was."""

    def __init__(self, calendar: Calendar, todo: Todo) -> None:
        self._calendar = calendar
        self._todo = todo

    @classmethod
    def parse(cls, raw: bytes) -> Self:
        """The to-do in ``raw``: of a repeated one, the rule itself. NotATask for anything else.

        No rule of repetition is ever expanded: FREQ=SECONDLY is four billion items in a century.
        """
        try:
            calendar = Calendar.from_ical(raw)
            todos = calendar.walk("VTODO") if isinstance(calendar, Calendar) else []
        except (ValueError, TypeError, KeyError, IndexError, AttributeError, RecursionError) as error:
            raise NotATask(f"it isn't a calendar file ({type(error).__name__})") from error
        master = next((todo for todo in todos if "RECURRENCE-ID" not in todo), None)
        if not isinstance(calendar, Calendar) or not isinstance(master, Todo):
            raise NotATask("there is no to-do in it")
        return cls(calendar, master)

    @classmethod
    def new(cls, uid: str) -> Self:
        """An empty to-do."""
        calendar, todo = Calendar(), Todo()
        calendar.add("prodid", PRODUCT)
        calendar.add("version", "2.0")
        todo.add("uid", uid)
        calendar.add_component(todo)
        return cls(calendar, todo)

    def to_bytes(self, now: datetime) -> bytes:
        """The file, stamped as changed ``now``."""
        for stamp in ("dtstamp", "last-modified"):
            self.put(stamp, now.astimezone(UTC).replace(microsecond=0))
        return bytes(self._calendar.to_ical())

    def text(self, name: str) -> str:
        """The value of a text property, the first of several; empty if there is none."""
        value = self._todo.get(name, "")
        return str(value[0] if isinstance(value, list) else value)

    def put(self, name: str, value: Any) -> None:
        """Replace a property; None or an empty text removes it."""
        self._todo.pop(name, None)
        if value is not None and value != "":
            self._todo.add(name, value)

    @property
    def status(self) -> str:
        """STATUS as it is, or what PERCENT-COMPLETE and COMPLETED say where an app leaves it at that."""
        status = self.text("STATUS").upper() or "NEEDS-ACTION"
        if status != "NEEDS-ACTION":
            return status
        try:
            percent = int(self.text("PERCENT-COMPLETE") or 0)
        except ValueError:
            percent = 0
        if percent >= 100 or "COMPLETED" in self._todo:
            return "COMPLETED"
        return "IN-PROCESS" if percent > 0 else status

    @property
    def state(self) -> TaskState | None:
        """What the status means; None for a word of nobody's standard."""
        if self.status == "CANCELLED":
            return TaskState.CANCELED if self.text(CANCELED_BY_US) else TaskState.REJECTED
        return _STATES.get(self.status)

    @property
    def changed_at(self) -> datetime | None:
        """The item's own time of its last change."""
        for name in ("LAST-MODIFIED", "DTSTAMP"):
            value = getattr(self._todo.get(name), "dt", None)
            if isinstance(value, datetime):
                return value if value.tzinfo else value.replace(tzinfo=UTC)
        return None

    @property
    def due(self) -> str:
        """DUE in one form, to compare: a day, or an instant in UTC; empty if there is none."""
        return due_of(getattr(self._todo.get("DUE"), "dt", None))

    @property
    def comments(self) -> list[str]:
        """The texts of all COMMENT properties."""
        value = self._todo.get("COMMENT", [])
        return [str(one) for one in (value if isinstance(value, list) else [value])]

    def write_brief(self, brief: Brief) -> None:
        """Summary, due date and priority as the brief says; the notes are not touched."""
        self.put("summary", title_of(brief))
        self.put("due", due_value(brief))
        self.write_priority(brief)

    def write_priority(self, brief: Brief) -> None:
        """PRIORITY as RFC 5545 orders it: 1 is the highest, none is undefined."""
        self.put("priority", _PRIORITIES[brief.priority])

    def reopen(self) -> None:
        """Nothing is done any more."""
        for name in ("completed", "percent-complete", CANCELED_BY_US):
            self.put(name, None)
        self.put("status", "NEEDS-ACTION")

    def attachments(self) -> Iterator[Attached]:
        """Files inside the item, and those at a web address. Addresses of any other kind are passed over.

        ``file:`` would name a file of this machine, not of the one who wrote it.
        """
        value = self._todo.get("ATTACH", [])
        for one in value if isinstance(value, list) else [value]:
            attached = _attached(one)
            if attached is not None:
                yield attached


def plain_text(text: str, what: str) -> str:
    """``text`` with plain line ends; Rejected if it has characters that no calendar may hold."""
    if _CONTROL.search(_LOOSE_CR.sub("\n", text)):
        raise Rejected(f"The {what} has control characters, which a calendar can't hold.")
    return _LOOSE_CR.sub("\n", text)


def title_of(brief: Brief) -> str:
    """The title as SUMMARY has it, on one line."""
    return plain_text(brief.title, "title").replace("\n", " ")


def due_value(brief: Brief) -> date | datetime | None:
    """The due date as iCalendar has it: a day, or an instant in UTC."""
    if brief.due is None:
        return None
    return brief.due.date() if brief.due_is_day else brief.due.astimezone(UTC).replace(microsecond=0)


def due_of(value: object) -> str:
    """A due date in one form, to compare."""
    match value:
        case datetime():
            return (value.astimezone(UTC) if value.tzinfo else value).strftime("%Y%m%dT%H%M%S")
        case date():
            return value.strftime("%Y%m%d")
        case _:
            return ""


def _attached(value: Any) -> Attached | None:
    params = value.params
    media_type = str(params.get("FMTTYPE", "application/octet-stream"))
    given = next((str(params[name]) for name in ("FILENAME", "X-FILENAME", "X-LABEL") if name in params), "")
    if str(params.get("VALUE", "")).upper() == "BINARY":
        try:
            content = base64.b64decode(value.to_ical(), validate=True)
        except (ValueError, binascii.Error):
            return None
        name = hashlib.sha256(content + given.encode()).hexdigest()[:32]
        return Attached(name, given or f"file-{name[:6]}", media_type, content)
    url = str(value)
    if urlsplit(url).scheme not in ("https", "http"):
        return None
    name = hashlib.sha256(url.encode()).hexdigest()[:32]
    last = unquote(urlsplit(url).path.rpartition("/")[2])
    return Attached(name, given or last or f"file-{name[:6]}", media_type, url=url)
