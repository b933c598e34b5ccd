"""The assistant with a task app on a phone: it knows iCalendar and nothing of Spirou."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from urllib.parse import quote

import icalendar

from spirou_cli.adapters import Ref
from spirou_cli.adapters.http import HttpClient
from spirou_cli.adapters.wire import parse_xml
from spirou_cli.testing import Assistant, SeenTask

__all__ = ["Phone"]

_BLOCK = re.compile(r"^\[(?P<what>[^\]\n]+) \d{4}-\d\d-\d\d\] \[[0-9a-f-]{12}\]$", re.MULTILINE)
_LINE = re.compile(r"^—— .* ——$", re.MULTILINE)
_LIST = (
    b'<c:calendar-query xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav">'
    b"<d:prop><c:calendar-data/></d:prop>"
    b'<c:filter><c:comp-filter name="VCALENDAR"/></c:filter></c:calendar-query>'
)


class Phone(Assistant):
    """Reads and edits the to-dos of one list, whole files at a time, as task apps do."""

    def __init__(self, client: HttpClient, path: str) -> None:
        self.client = client
        self.path = path

    def tasks(self) -> Sequence[SeenTask]:
        headers = {"Depth": "1", "Content-Type": "application/xml"}
        answer = self.client.read("REPORT", self.path, data=_LIST, headers=headers)
        found = parse_xml(answer.body).iter("{urn:ietf:params:xml:ns:caldav}calendar-data")
        return [
            seen(todo)
            for data in found
            for todo in icalendar.Calendar.from_ical(data.text or "").walk("VTODO")
        ]

    def start(self, ref: Ref) -> None:
        self.change(ref, lambda todo: put(todo, "status", "IN-PROCESS"))

    def ask(self, ref: Ref, text: str) -> None:
        self.say(ref, text)

    def say(self, ref: Ref, text: str) -> None:
        self.change(ref, lambda todo: note(todo, f"\n{text}\n"))

    def work(self, ref: Ref, minutes: int, note_text: str) -> None:
        self.change(ref, lambda todo: note(todo, f"{minutes} min – {note_text}\n"))

    def correct_work(self, ref: Ref, minutes: int, note_text: str) -> None:
        def correct(todo: icalendar.Todo) -> None:
            before = str(todo["DESCRIPTION"])
            after = re.sub(rf"\d+ min – {re.escape(note_text)}", f"{minutes} min – {note_text}", before)
            assert after != before
            put(todo, "description", after)

        self.change(ref, correct)

    def deliver(self, ref: Ref, name: str, content: bytes) -> None:
        parameters = {"VALUE": "BINARY", "ENCODING": "BASE64", "FMTTYPE": "text/plain", "FILENAME": name}
        encoded = base64.b64encode(content).decode()

        def attach(todo: icalendar.Todo) -> None:
            todo.add("attach", icalendar.vText(encoded), parameters=parameters)

        self.change(ref, attach)

    def finish(self, ref: Ref) -> None:
        def tick(todo: icalendar.Todo) -> None:
            put(todo, "status", "COMPLETED")
            put(todo, "percent-complete", 100)
            put(todo, "completed", datetime.now(UTC).replace(microsecond=0))

        self.change(ref, tick)

    def refuse(self, ref: Ref, reason: str) -> None:
        def cancel(todo: icalendar.Todo) -> None:
            note(todo, f"\n{reason}\n")
            put(todo, "status", "CANCELLED")

        self.change(ref, cancel)

    def say_unknown_state(self, ref: Ref) -> str:
        self.change(ref, lambda todo: put(todo, "status", "X-WAITING-FOR-SPRING"))
        return "X-WAITING-FOR-SPRING"

    def garble(self, ref: Ref) -> None:
        raw = self.get(ref)[1].replace(b"VTODO", b"VJOURNAL")
        self.put(ref, raw)

    def drop(self, ref: Ref) -> None:
        self.client.write("DELETE", self.href(ref))

    def change(self, ref: Ref, act: Callable[[icalendar.Todo], object]) -> None:
        etag, raw = self.get(ref)
        calendar = icalendar.Calendar.from_ical(raw)
        (todo,) = calendar.walk("VTODO")
        act(todo)
        put(todo, "last-modified", datetime.now(UTC).replace(microsecond=0))
        self.put(ref, calendar.to_ical(), etag)

    def get(self, ref: Ref) -> tuple[str, bytes]:
        answer = self.client.read("GET", self.href(ref))
        return answer.headers["ETag"], answer.body

    def put(self, ref: Ref, raw: bytes, etag: str = "") -> None:
        headers = {"Content-Type": "text/calendar"} | ({"If-Match": etag} if etag else {})
        self.client.write("PUT", self.href(ref), data=raw, headers=headers)

    def href(self, ref: Ref) -> str:
        return f"{self.path}{quote(ref.id)}.ics"


def put(todo: icalendar.Todo, name: str, value: object) -> None:
    todo.pop(name, None)
    todo.add(name, value)


def note(todo: icalendar.Todo, text: str) -> None:
    """Type at the end of the notes."""
    put(todo, "description", str(todo["DESCRIPTION"]) + text)


def seen(todo: icalendar.Todo) -> SeenTask:
    """What the assistant reads on the screen."""
    notes = str(todo.get("DESCRIPTION", ""))
    ours = _LINE.split(notes)[0]
    heads = list(_BLOCK.finditer(ours))
    ends = [head.start() for head in heads[1:]] + [len(ours)]
    blocks = [
        (head["what"], ours[head.end() : end].strip("\n")) for head, end in zip(heads, ends, strict=False)
    ]
    due = todo["DUE"].dt if "DUE" in todo else None
    return SeenTask(
        ref=str(todo["UID"])[-12:],
        title=str(todo["SUMMARY"]),
        text=ours,
        messages=[text for what, text in blocks if what in ("Answer", "Réponse", "Sent back", "À reprendre")],
        due=due.date() if isinstance(due, datetime) else due if isinstance(due, date) else None,
        canceled=str(todo.get("STATUS")) == "CANCELLED",
        accepted=any(what.startswith("Accept") for what, _ in blocks),
    )
