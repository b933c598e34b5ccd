"""What RT's REST 2 interface says and means: paths, refusals, searches.

Source: docs.bestpractical.com/rt/5.0.3/RT/REST2.html, and RT 5.0.3 itself.
"""

from __future__ import annotations

import base64
import re
import unicodedata
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
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
    Unreachable,
)
from spirou_cli.adapters.tickets.answers import Forbidden, time_of
from spirou_cli.adapters.tickets.memory import PAGE
from spirou_cli.adapters.tickets.states import Status
from spirou_cli.adapters.wire import excerpt, parse_json

if TYPE_CHECKING:
    from spirou_cli.adapters.http import HttpClient, Response

__all__ = ["Json", "Server", "ascii_name", "encoded", "in_utc"]

Json = dict[str, Any]
"""An object as RT sent it. Numbers are strings in lists, and numbers in single tickets."""

_REFUSALS = frozenset({400, 401, 403, 404, 422})
_TICKET_FIELDS = "Status,LastUpdated,TimeWorked"
_HISTORY_FIELDS = "Type,Field,NewValue,Created,Creator,TimeTaken,Data"
_DEFAULT = (
    Status("new"),
    Status("open"),
    Status("stalled"),
    Status("resolved", closed=True),
    Status("rejected", closed=True),
)
"""The statuses of the lifecycle that RT comes with."""


class Server:
    """One account at one RT."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._client: HttpClient | None = None

    @property
    def http(self) -> HttpClient:
        """The client, signed; made when it is first needed."""
        if self._client is None:
            self._client = self._connection.http()
            self._client.use_header("Authorization", f"token {self._connection.secret('token')}")
        return self._client

    @property
    def name(self) -> str:
        return f"RT at {self.http.host}"

    def page_of(self, number: int | str) -> str:
        """Where a person sees a ticket."""
        return self.http.resolve(f"Ticket/Display.html?id={number}")

    # --- reading ---------------------------------------------------------------------------------

    def get(self, path: str, **params: str) -> Json:
        """The answer to ``path``, an object."""
        return self._object(self._ask(path, params), path)

    def ticket(self, number: int | str) -> Json:
        """One ticket; NotFound too for one that was deleted, or merged into another."""
        if not str(number).isdigit():
            raise NotFound(f"{self.name} has no ticket {number!r}.")
        ticket = self.get(f"ticket/{number}")
        if ticket["Status"] == "deleted" or str(ticket["id"]) != str(number):
            raise NotFound(f"The ticket {number} of {self.name} was deleted, or merged into another.")
        return ticket

    def tickets(self, numbers: Sequence[int]) -> tuple[dict[int, Json], datetime]:
        """At most a hundred tickets in short, those that can be seen; and what time it is at the server."""
        query = " OR ".join(f"id = {number}" for number in numbers)
        params = {"query": query, "fields": _TICKET_FIELDS, "per_page": str(PAGE)}
        response = self._ask("tickets", params)
        found = self._object(response, "tickets")["items"]
        now = time_of(response.headers, self._connection.now())
        return {int(ticket["id"]): ticket for ticket in found}, now

    def own_tickets(self, since: datetime) -> Iterable[Json]:
        """Tickets that this account made, the oldest first; ``since`` may be off by a zone's hours."""
        query = f"Creator = '__CurrentUser__' AND Created >= '{since:%Y-%m-%d %H:%M:%S}'"
        yield from self._pages("tickets", query=query, fields="CustomFields", orderby="id")

    def newest_own_ticket(self, queue: str) -> Json | None:
        """The last ticket that this account made in a queue."""
        query = f"Creator = '__CurrentUser__' AND Queue = {_quoted(queue)}"
        params = {"fields": "CustomFields", "orderby": "id", "order": "DESC", "per_page": "1"}
        found = self.get("tickets", query=query, **params)["items"]
        return dict(found[0]) if found else None

    def first_text(self, number: int) -> str:
        """The text that a ticket began with."""
        fields = "ContentType,Filename"
        parts = self.get(f"ticket/{number}/attachments", fields=fields, orderby="id")["items"]
        texts = (part for part in parts if part["ContentType"] == "text/plain" and not part["Filename"])
        first = next(texts, None)
        return self.content(first["id"]).decode("utf-8", "replace") if first else ""

    def history(self, number: int, since: int) -> list[Json]:
        """The transactions of a ticket after ``since``, oldest first: those this account may see."""
        # RT hides what may not be seen after it cut the page: the type of the object keeps pages full
        query = f"ObjectType = 'RT::Ticket' AND ObjectId = {number} AND id > {since}"
        return list(self._pages("transactions", query=query, fields=_HISTORY_FIELDS, orderby="id"))

    def attachments(self, transaction: int | str) -> list[Json]:
        """The parts of a message, without their content; multipart wrappers are among them."""
        fields = "ContentType,Filename,ContentLength"
        answer = self.get(f"transaction/{transaction}/attachments", fields=fields, per_page=str(PAGE))
        return list(answer["items"])

    def files(self, number: int | str) -> set[tuple[str, int]]:
        """Name and size of each file of a ticket."""
        parts = self._pages(f"ticket/{number}/attachments", fields="Filename,ContentLength")
        return {(str(part["Filename"]), int(part["ContentLength"])) for part in parts if part["Filename"]}

    def content(self, attachment: int | str) -> bytes:
        """The bytes of one part."""
        body = bytearray()
        self.http.stream(f"REST/2.0/attachment/{attachment}", body.extend)
        value = parse_json(bytes(body))
        text = value.get("Content") if isinstance(value, dict) else None
        if not isinstance(text, str):
            raise ProtocolError(f"{self.name} sent no content for an attachment.")
        return base64.b64decode(text)

    def queue(self, name: str) -> Json:
        """The queue, by name or number."""
        return self.get(f"queue/{quote(name, safe='')}")

    def statuses(self, queue: str) -> list[Status]:
        """The statuses of a queue, as far as they can be seen: RT doesn't list a lifecycle.

        RT's own if the lifecycle is the one it comes with; with another, those of the queue's last
        hundred tickets, and those that the last of them may go to.
        """
        if self.queue(queue).get("Lifecycle") in (None, "", "default"):
            return list(_DEFAULT)
        params = {"fields": "Status", "orderby": "id", "order": "DESC", "per_page": str(PAGE)}
        found = self.get("tickets", query=f"Queue = {_quoted(queue)}", **params)["items"]
        names = {str(ticket["Status"]): None for ticket in found}
        if found:
            links = self.ticket(found[0]["id"])["_hyperlinks"]
            names |= {str(link["to"]): None for link in links if link.get("ref") == "lifecycle"}
        return [Status(name) for name in names if name != "deleted"]

    @cached_property
    def user_name(self) -> str | None:
        """The login of this account: its number is a part of the token."""
        number = re.match(r"\d+-(\d+)-", self._connection.secret("token"))
        return str(self.get(f"user/{number[1]}")["Name"]) if number else None

    # --- writing ---------------------------------------------------------------------------------

    def create_ticket(self, fields: Json) -> int:
        """The number of the ticket that was made. RT drops unknown fields without a word: read it."""
        response = self.http.write("POST", "REST/2.0/ticket", json=fields, accept=_REFUSALS)
        return int(self._object(response, "ticket")["id"])

    def correspond(self, number: str, fields: Json) -> None:
        """Say something to everybody on the ticket: never a comment, which is private to the other side."""
        self._write("POST", f"ticket/{number}/correspond", fields)

    def update_ticket(self, number: str, fields: Json) -> None:
        """Ask for a change. RT answers 200 to what it refuses, in words: read the ticket afterwards."""
        self._write("PUT", f"ticket/{number}", fields)

    def _write(self, method: str, path: str, fields: Json) -> None:
        response = self.http.write(method, f"REST/2.0/{path}", json=fields, accept=_REFUSALS)
        if response.status in _REFUSALS:
            raise self._refusal(response, path)

    # --- meaning ---------------------------------------------------------------------------------

    def _ask(self, path: str, params: dict[str, str]) -> Response:
        return self.http.read("GET", f"REST/2.0/{path}", params=params, accept=_REFUSALS)

    def _pages(self, path: str, **params: str) -> Iterable[Json]:
        """Items page by page. RT doesn't say how many there are to who isn't all-powerful.

        A page that is less than half full is the last: should more than fifty of its rows have been
        hidden, the rest comes with the next change, for it is newer than what was read.
        """
        number, full = 1, True
        while full:
            items = self.get(path, per_page=str(PAGE), page=str(number), **params)["items"]
            yield from items
            number, full = number + 1, len(items) >= PAGE // 2

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
                    f"{self.name} doesn't know this token, or it was revoked."
                    " Make one in RT under «Logged in as», «Settings», «Auth Tokens»."
                )
            case 403:
                return Forbidden(f"This token has no right to {path} at {self.name}: {_said(response)}")
            case 404:
                return NotFound(f"{self.name} has no {path}, or this token may not see it.")
        return Rejected(f"{self.name} refused it: {_said(response)}", str(response.status))


def encoded(files: Iterable[Attachment]) -> list[Json]:
    """Files as RT takes them in JSON, their names in ASCII: it destroys others."""
    made = []
    for file in files:
        try:
            content = base64.b64encode(file.path.read_bytes()).decode()
        except OSError as error:
            raise Unreachable(f"{file.name} can't be read.") from error
        # RT takes an empty string for «no content»; a line end decodes to nothing as well
        part = {
            "FileName": ascii_name(file.name),
            "FileType": file.media_type,
            "FileContent": content or "\n",
        }
        made.append(part)
    return made


def ascii_name(name: str) -> str:
    """``name`` without its folder and with nothing but ASCII."""
    base = name.replace("\\", "/").rpartition("/")[2]
    plain = unicodedata.normalize("NFKD", base).encode("ascii", "ignore").decode()
    return "".join(c for c in plain if c.isprintable() and c != '"').strip() or "file"


def in_utc(when: datetime) -> str:
    """A time as RT takes it."""
    return f"{when.astimezone(UTC):%Y-%m-%d %H:%M:%S}"


def _quoted(value: str) -> str:
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"


def _said(response: Response) -> str:
    """RT's own words for a refusal."""
    try:
        value = response.json()
    except ProtocolError:
        return excerpt(response.body)
    message = value.get("message") if isinstance(value, dict) else None
    return excerpt(str(message or "it didn't say why").encode(), 200)
