"""What Redmine's REST interface says and means: paths, refusals, pages.

Source: www.redmine.org/projects/redmine/wiki/Rest_api, and Redmine 5.0 itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from spirou_cli.adapters.base import (
    AdapterError,
    Attachment,
    AuthRequired,
    Connection,
    NotFound,
    ProtocolError,
    Rejected,
    Uncertain,
    Unreachable,
)
from spirou_cli.adapters.tickets.answers import Forbidden, time_of
from spirou_cli.adapters.tickets.states import StateTable, Status, propose
from spirou_cli.adapters.tickets.words import lines

if TYPE_CHECKING:
    from spirou_cli.adapters.http import HttpClient, Response

__all__ = ["Json", "Server"]

Json = dict[str, Any]
"""An object as Redmine sent it; numbers with a point are Decimal."""

_REFUSALS = frozenset({401, 403, 404, 422})
_PAGE = 100


class Server:
    """One account at one Redmine."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._client: HttpClient | None = None

    @property
    def http(self) -> HttpClient:
        """The client, signed; made when it is first needed."""
        if self._client is None:
            self._client = self._connection.http()
            self._client.use_header("X-Redmine-API-Key", self._connection.secret("api_key"))
        return self._client

    @property
    def name(self) -> str:
        return f"Redmine at {self.http.host}"

    # --- reading ---------------------------------------------------------------------------------

    def get(self, path: str, **params: str) -> Json:
        """The answer to ``path``, an object."""
        return self._object(self.http.read("GET", path, params=params, accept=_REFUSALS), path)

    def issue(self, number: int | str) -> Json:
        """One issue, with all that happened to it and the statuses that it may take now."""
        if not str(number).isdigit():
            raise NotFound(f"{self.name} has no issue {number!r}.")
        answer = self.get(f"issues/{number}.json", include="journals,attachments,allowed_statuses")
        return dict(answer["issue"])

    def issues(self, numbers: Sequence[int]) -> tuple[dict[int, Json], datetime]:
        """At most a hundred issues by number, those that can be seen; and what time it is at the server."""
        params = {
            "issue_id": ",".join(map(str, numbers)),
            "status_id": "*",
            "limit": str(_PAGE),
        }
        response = self.http.read("GET", "issues.json", params=params, accept=_REFUSALS)
        found = self._object(response, "issues.json")["issues"]
        return {int(issue["id"]): issue for issue in found}, time_of(response.headers, self._connection.now())

    def all(self, path: str, name: str, **params: str) -> Iterable[Json]:
        """Every item of a listing, page by page."""
        offset, total = 0, 1
        while offset < total:
            page = self.get(path, limit=str(_PAGE), offset=str(offset), **params)
            yield from page[name]
            # a page that came empty ends it too, whatever the total says
            offset, total = offset + _PAGE, int(page["total_count"]) if page[name] else 0

    def entry(self, number: str) -> Json | None:
        """One time entry, None if it was deleted."""
        try:
            return dict(self.get(f"time_entries/{number}.json")["time_entry"])
        except NotFound:
            return None

    def status_names(self) -> dict[str, str]:
        """The name of each status, by its number as journals write it."""
        return {str(status["id"]): str(status["name"]) for status in self._statuses}

    def proposed_table(self) -> StateTable:
        """The table of states that this server's statuses suggest."""
        return propose(Status(str(s["name"]), bool(s.get("is_closed"))) for s in self._statuses)

    def priority_id(self, priority: str) -> int:
        """The server's default priority for ``normal``, the one below or above it for ``low`` or ``high``."""
        known = self.get("enumerations/issue_priorities.json")["issue_priorities"]
        default = next((i for i, item in enumerate(known) if item["is_default"]), len(known) // 2)
        wanted = default + {"low": -1, "normal": 0, "high": 1}[priority]
        return int(known[min(max(wanted, 0), len(known) - 1)]["id"])

    @cached_property
    def _statuses(self) -> list[Json]:
        return list(self.get("issue_statuses.json")["issue_statuses"])

    # --- writing ---------------------------------------------------------------------------------

    def create_issue(self, fields: Json) -> Json:
        """The issue that was made."""
        response = self.http.write("POST", "issues.json", json={"issue": fields}, accept=_REFUSALS)
        return dict(self._object(response, "issues.json")["issue"])

    def update_issue(self, number: str, fields: Json) -> None:
        """Ask for a change. Redmine says yes to what it ignores: read the issue afterwards."""
        path = f"issues/{number}.json"
        response = self.http.write("PUT", path, json={"issue": fields}, accept=_REFUSALS)
        if response.status in _REFUSALS:
            raise self._refusal(response, path)

    def upload(self, files: Iterable[Attachment]) -> list[Json]:
        """Tokens that hand ``files`` over with the next write; each serves once.

        A file that nothing refers to is thrown away by Redmine, so a lost answer here is «not sent».
        """
        return [self._upload(file) for file in files]

    def _upload(self, file: Attachment) -> Json:
        name = file.name.replace("\\", "/").rpartition("/")[2] or "file"
        try:
            with file.path.open("rb") as content:
                response = self.http.write(
                    "POST",
                    f"uploads.json?filename={quote(name, safe='')}",
                    # Redmine takes no other type here
                    headers={"Content-Type": "application/octet-stream"},
                    # a stream of nothing would go out chunked, which not every front server takes
                    data=content if file.size else b"",
                    accept=_REFUSALS,
                )
            token = self._object(response, "uploads.json")["upload"]["token"]
        except (Uncertain, ProtocolError, KeyError) as error:
            raise Unreachable(f"{file.name} couldn't be handed to {self.name}.") from error
        except OSError as error:
            raise Unreachable(f"{file.name} can't be read.") from error
        return {"token": token, "filename": name, "content_type": file.media_type}

    # --- meaning ---------------------------------------------------------------------------------

    def _object(self, response: Response, path: str) -> Json:
        if response.status in _REFUSALS:
            raise self._refusal(response, path)
        value = response.json()
        if not isinstance(value, dict):
            raise ProtocolError(f"{self.name} answered something else than an object to {path}.")
        return value

    def _refusal(self, response: Response, path: str) -> AdapterError:
        match response.status:
            case 401:
                return AuthRequired(
                    f"{self.name} doesn't know this key. It is on your account page, under «API access key»;"
                    " an administrator may have to enable the REST web service."
                )
            case 403:
                return Forbidden(f"This key has no right to {path.partition('?')[0]} at {self.name}.")
            case 404:
                return NotFound(f"{self.name} has no {path.partition('?')[0]}, or this key may not see it.")
        return Rejected(f"{self.name} refused it: {_errors(response)}.", "422")


def _errors(response: Response) -> str:
    """Redmine's own words for a refusal, which may be none."""
    try:
        value = response.json()
    except ProtocolError:
        return "it didn't say why"
    errors = value.get("errors") if isinstance(value, dict) else None
    said = [lines(str(error)) for error in errors] if isinstance(errors, list) else []
    return "; ".join(said) or "it didn't say why"
