"""The assistant's side of the contract suite in Redmine, by its own key."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from spirou_cli.adapters import Ref
from spirou_cli.testing import SeenTask
from tests.backends.redmine.world import World
from tests.backends.tickets import PrivateAssistant

ODD = "Sent to the moon"


class RedmineAssistant(PrivateAssistant):
    """Works on the issues of one project that were made after this object."""

    def __init__(self, world: World, project: str = "delegated") -> None:
        self.world = world
        self.project = project
        self.statuses = {s["name"]: s["id"] for s in self._get("/issue_statuses.json")["issue_statuses"]}
        newest = self._get(f"/issues.json?status_id=*&sort=id:desc&limit=1&project_id={project}")["issues"]
        self.before = newest[0]["id"] if newest else 0

    def tasks(self) -> Sequence[SeenTask]:
        listed = self._get(
            f"/issues.json?status_id=*&sort=id&limit=100&project_id={self.project}"
            f"&issue_id=%3E%3D{self.before + 1}"
        )
        return [self._seen(issue["id"]) for issue in listed["issues"]]

    def start(self, ref: Ref) -> None:
        self.change(ref, status="In Progress")

    def ask(self, ref: Ref, text: str) -> None:
        self.change(ref, status="Feedback", notes=text)

    def say(self, ref: Ref, text: str) -> None:
        self.change(ref, notes=text)

    def work(self, ref: Ref, minutes: int, note: str) -> None:
        entry = {"issue_id": int(ref.id), "hours": minutes / 60, "comments": note, "activity_id": 9}
        self.world.call("assistant", "POST", "/time_entries.json", {"time_entry": entry})

    def correct_work(self, ref: Ref, minutes: int, note: str) -> None:
        entry = {"hours": minutes / 60}
        path = f"/time_entries/{self.entry(ref, note)}.json"
        self.world.call("assistant", "PUT", path, {"time_entry": entry})

    def start_asking(self, ref: Ref, text: str) -> None:
        self.change(ref, status="In Progress", notes=text)

    def finish_saying(self, ref: Ref, text: str) -> None:
        self.change(ref, status="Resolved", notes=text)

    def is_working(self, ref: Ref) -> bool:
        return bool(self._issue(ref.id)["status"]["name"] == "In Progress")

    def delete_work(self, ref: Ref, note: str) -> None:
        self.world.call("assistant", "DELETE", f"/time_entries/{self.entry(ref, note)}.json")

    def note_privately(self, ref: Ref, text: str, minutes: int) -> None:
        self.change(ref, notes=text, private_notes=True)
        self.work(ref, minutes, "")

    def deliver(self, ref: Ref, name: str, content: bytes) -> None:
        upload = self.world.call(
            "assistant",
            "POST",
            f"/uploads.json?filename={name}",
            data=content,
            headers={"Content-Type": "application/octet-stream"},
        )["upload"]
        self.change(ref, uploads=[{"token": upload["token"], "filename": name}])

    def finish(self, ref: Ref) -> None:
        self.change(ref, status="Resolved")

    def refuse(self, ref: Ref, reason: str) -> None:
        self.change(ref, status="Rejected", notes=reason)

    def say_unknown_state(self, ref: Ref) -> str:
        self.change(ref, status=ODD)
        return ODD

    def drop(self, ref: Ref) -> None:
        self.world.call("assistant", "DELETE", f"/issues/{ref.id}.json")

    def change(self, ref: Ref, status: str | None = None, **fields: Any) -> None:
        """What a person does with an issue's form."""
        if status:
            fields["status_id"] = self.statuses[status]
        self.world.call("assistant", "PUT", f"/issues/{ref.id}.json", {"issue": fields})
        assert not status or self._issue(ref.id)["status"]["name"] == status, "the workflow refused it"

    def entry(self, ref: Ref, note: str) -> int:
        entries = self._get(f"/time_entries.json?issue_id={ref.id}")["time_entries"]
        return next(entry["id"] for entry in entries if entry["comments"] == note)

    def _seen(self, number: int) -> SeenTask:
        issue = self._issue(number)
        status, author = issue["status"]["name"], issue["author"]["id"]
        return SeenTask(
            ref=str(number),
            title=issue["subject"],
            text=issue["description"] or "",
            messages=[j["notes"] for j in issue["journals"] if j["user"]["id"] == author and j["notes"]],
            files=[(a["filename"], self._content(a)) for a in issue["attachments"]],
            due=date.fromisoformat(issue["due_date"]) if issue.get("due_date") else None,
            canceled=status == "Rejected",
            accepted=status == "Closed",
        )

    def _issue(self, number: int | str) -> Any:
        return self._get(f"/issues/{number}.json?include=journals,attachments")["issue"]

    def _content(self, attachment: Any) -> bytes:
        return self.world.content("assistant", f"/attachments/download/{attachment['id']}")

    def _get(self, path: str) -> Any:
        return self.world.call("assistant", "GET", path)
