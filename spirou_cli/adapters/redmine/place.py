"""Where new issues go: what the settings name, as this Redmine knows it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from urllib.parse import quote

from spirou_cli.adapters.base import NotFound, Rejected
from spirou_cli.adapters.redmine.server import Json, Server
from spirou_cli.adapters.tickets.answers import Forbidden
from spirou_cli.adapters.tickets.states import StateTable

__all__ = ["Place"]


class Place:
    """The project of one connection. What is asked of the server is asked once."""

    def __init__(self, server: Server, settings: Mapping[str, str]) -> None:
        self._server = server
        self._settings = settings
        self.name = settings.get("project", "")
        self._path = f"projects/{quote(self.name, safe='')}"

    @cached_property
    def table(self) -> StateTable:
        typed = self._settings.get("states")
        return StateTable.parse(typed) if typed else self._server.proposed_table()

    @cached_property
    def _project(self) -> Json:
        try:
            return dict(
                self._server.get(
                    f"{self._path}.json", include="trackers,issue_custom_fields,enabled_modules"
                )["project"]
            )
        except (NotFound, Forbidden) as error:
            raise NotFound(
                f"{self._server.name} has no project {self.name!r}, or this key may not see it."
                " The identifier is the last part of the project's address."
            ) from error

    def tracker_id(self) -> int:
        trackers = {tracker["name"]: int(tracker["id"]) for tracker in self._project["trackers"]}
        name = self._settings.get("tracker") or next(iter(trackers), "")
        if name not in trackers:
            known = ", ".join(trackers) or "none"
            raise NotFound(f"The project {self.name} has no tracker {name!r}; it has: {known}.")
        return trackers[name]

    def assignee_id(self) -> int | None:
        name = self._settings.get("assignee", "")
        if not name or name.isdigit():
            return int(name) if name else None
        users = [
            row["user"]
            for row in self._server.all(f"{self._path}/memberships.json", "memberships")
            if "user" in row
        ]
        found = [int(user["id"]) for user in users if user["name"].casefold() == name.casefold()]
        if len(found) != 1:
            known = ", ".join(user["name"] for user in users)
            raise NotFound(f"The project {self.name} has no member {name!r}; it has: {known}.")
        return found[0]

    def require_time(self) -> None:
        modules = {module["name"] for module in self._project.get("enabled_modules", ())}
        if "time_tracking" not in modules:
            raise Rejected(
                f"No time can be logged in the project {self.name}: its time tracking is off."
                " Turn it on in the project's settings, or connect with time=no."
            )
        try:
            self._server.get("time_entries.json", project_id=self.name, limit="1")
        except Forbidden as error:
            raise Forbidden(
                f"This key may not see the time logged in the project {self.name}."
                " Ask for the right «View spent time», or connect with time=no."
            ) from error

    def key_field(self) -> tuple[int | None, bool]:
        """The custom field for keys, and whether this account's last issue proves that it takes them.

        Redmine drops silently what a tracker or a role can't have; without the proof the text carries
        the key as well.
        """
        name = self._settings.get("key_field", "")
        newest = self._server.get(
            "issues.json",
            project_id=self.name,
            tracker_id=str(self.tracker_id()),
            author_id="me",
            status_id="*",
            sort="id:desc",
            limit="1",
        )["issues"]
        known = newest[0].get("custom_fields", ()) if newest else self._project["issue_custom_fields"]
        field = next((field for field in known if field["name"] == name), None)
        return (field["id"], bool(field.get("value"))) if field else (None, False)
