"""The assistant's side of the contract suite in RT, by its own token."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from spirou_cli.adapters import Ref
from spirou_cli.testing import SeenTask
from tests.backends.rt.world import World
from tests.backends.tickets import PrivateAssistant

ODD = "parked"


class RTAssistant(PrivateAssistant):
    """Works on the tickets of one queue that were made after this object."""

    def __init__(self, world: World, queue: str = "Delegated") -> None:
        self.world = world
        self.queue = queue
        self.worked: dict[tuple[str, str], int] = {}
        newest = self._items("/tickets", query=f"Queue = '{queue}'", order="DESC", per_page=1)
        self.before = int(newest[0]["id"]) if newest else 0

    def tasks(self) -> Sequence[SeenTask]:
        made = self._items("/tickets", query=f"Queue = '{self.queue}' AND id > {self.before}")
        return [self.seen(ticket["id"]) for ticket in made]

    def start(self, ref: Ref) -> None:
        self.change(ref, Status="open")

    def ask(self, ref: Ref, text: str) -> None:
        self.correspond(ref, text, Status="stalled")

    def say(self, ref: Ref, text: str) -> None:
        self.correspond(ref, text)

    def work(self, ref: Ref, minutes: int, note: str) -> None:
        self.worked[ref.id, note] = minutes
        self.correspond(ref, note, TimeTaken=minutes)

    def correct_work(self, ref: Ref, minutes: int, note: str) -> None:
        total = int(self.ticket(ref.id)["TimeWorked"])
        self.change(ref, TimeWorked=total + minutes - self.worked[ref.id, note])
        self.worked[ref.id, note] = minutes

    def deliver(self, ref: Ref, name: str, content: bytes) -> None:
        file = {"FileName": name, "FileType": "application/octet-stream"}
        self.correspond(
            ref, "Here it is.", Attachments=[file | {"FileContent": base64.b64encode(content).decode()}]
        )

    def finish(self, ref: Ref) -> None:
        self.change(ref, Status="resolved")

    def refuse(self, ref: Ref, reason: str) -> None:
        self.correspond(ref, reason, Status="rejected")

    def say_unknown_state(self, ref: Ref) -> str:
        self.change(ref, Status=ODD)
        return ODD

    def drop(self, ref: Ref) -> None:
        self.world.call("assistant", "PUT", f"/ticket/{ref.id}", {"Status": "deleted"})

    def note_privately(self, ref: Ref, text: str, minutes: int) -> None:
        body = {"Content": text, "ContentType": "text/plain", "TimeTaken": minutes}
        self.world.call("assistant", "POST", f"/ticket/{ref.id}/comment", body)

    def start_asking(self, ref: Ref, text: str) -> None:
        self.correspond(ref, text, Status="open")

    def finish_saying(self, ref: Ref, text: str) -> None:
        self.correspond(ref, text, Status="resolved")

    def is_working(self, ref: Ref) -> bool:
        return bool(self.ticket(ref.id)["Status"] == "open")

    def delete_work(self, ref: Ref, note: str) -> None:
        self.correct_work(ref, 0, note)

    def correspond(self, ref: Ref, text: str, **fields: Any) -> None:
        body = {"Content": text, "ContentType": "text/plain", **fields}
        self.world.call("assistant", "POST", f"/ticket/{ref.id}/correspond", body)
        assert fields.get("Status") in (None, self.ticket(ref.id)["Status"])

    def change(self, ref: Ref, **fields: Any) -> None:
        self.world.call("assistant", "PUT", f"/ticket/{ref.id}", fields)
        now = self.ticket(ref.id)
        assert {name: str(value) for name, value in fields.items()} == {n: now[n] for n in fields}

    def ticket(self, number: str) -> Any:
        return self.world.call("assistant", "GET", f"/ticket/{number}")

    def seen(self, number: str) -> SeenTask:
        ticket = self.ticket(number)
        said = [
            item
            for item in self._items(f"/ticket/{number}/history", fields="Type,Creator")
            if item["Type"] in ("Create", "Correspond") and item["Creator"]["id"] == ticket["Creator"]["id"]
        ]
        parts = [self._parts(item["id"]) for item in said]
        texts = ["".join(text for name, text in message if not name) for message in parts]
        due = datetime.fromisoformat(ticket["Due"])
        return SeenTask(
            ref=str(number),
            title=ticket["Subject"],
            text="\n".join(texts),
            messages=texts[1:],
            files=[(name, content) for message in parts for name, content in message if name],
            due=due.date() if due.year > 1970 else None,
            canceled=ticket["Status"] == "rejected",
            accepted=ticket["Status"] == "closed",
        )

    def _parts(self, transaction: str) -> list[tuple[str, Any]]:
        parts = self._items(f"/transaction/{transaction}/attachments", fields="Filename,ContentType")
        read = []
        for part in parts:
            if not part["ContentType"].startswith("multipart/"):
                one = self.world.call("assistant", "GET", f"/attachment/{part['id']}")
                content = base64.b64decode(one.get("Content") or "")
                read.append((part["Filename"], content if part["Filename"] else content.decode()))
        return read

    def _items(self, path: str, **params: Any) -> Any:
        asked = {"orderby": "id", "per_page": 100, **params}
        return self.world.call("assistant", "GET", path, params=asked)["items"]
