"""A list of to-dos on a CalDAV server: read, created, replaced and followed (RFC 4791, RFC 6578)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote, urlsplit
from xml.sax.saxutils import escape

from spirou_cli.adapters.base import NotFound, ProtocolError, Rejected
from spirou_cli.adapters.http import HttpClient, Response
from spirou_cli.adapters.outcome import refusal
from spirou_cli.adapters.wire import excerpt, parse_xml

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

__all__ = ["Broken", "ItemList", "Listing", "Resource", "Traits"]

_DAV = "{DAV:}"
_CAL = "{urn:ietf:params:xml:ns:caldav}"
_XML = {"Content-Type": "application/xml; charset=utf-8"}
_ICAL = {"Content-Type": "text/calendar; charset=utf-8"}
_AT_ONCE = 25

_SYNC = (
    '<d:sync-collection xmlns:d="DAV:"><d:sync-token>{token}</d:sync-token>'
    "<d:sync-level>1</d:sync-level><d:prop><d:getetag/></d:prop></d:sync-collection>"
)
_MULTIGET = (
    '<c:calendar-multiget xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav">'
    "<d:prop><d:getetag/><c:calendar-data/></d:prop>{hrefs}</c:calendar-multiget>"
)
_TRAITS = (
    '<d:propfind xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav"><d:prop>'
    "<d:resourcetype/><d:displayname/><c:supported-calendar-component-set/>"
    "<d:current-user-privilege-set/></d:prop></d:propfind>"
)
_WRITING = {"all", "write", "write-content", "bind"}


@dataclass(frozen=True, slots=True)
class Resource:
    """One item as the server has it."""

    name: str
    etag: str
    raw: bytes


@dataclass(frozen=True, slots=True)
class Broken:
    """An item that can't be fetched."""

    name: str
    reason: str


@dataclass(frozen=True, slots=True)
class Listing:
    """What changed since a token, by name; an etag of None: the item is gone.

    ``whole``: the token was none of the server's, or none at all, and this is everything there is.
    """

    token: str
    etags: Mapping[str, str | None]
    whole: bool
    more: bool


@dataclass(frozen=True, slots=True)
class Traits:
    """What a place on the server is; None where the server doesn't say."""

    path: str
    name: str
    is_list: bool
    takes_todos: bool | None
    writable: bool | None


class ItemList:
    """The collection at the client's address. Names are those of its items, without «.ics»."""

    def __init__(self, client: HttpClient) -> None:
        self.client = client
        self._path = urlsplit(client.base).path

    def get(self, name: str) -> Resource:
        """The item; NotFound if there is none."""
        # a server that compresses may weaken the etag, which If-Match then refuses
        response = self.client.read("GET", self._href(name), headers={"Accept-Encoding": "identity"})
        return Resource(name, _strong(response.headers.get("ETag", "")), response.body)

    def create(self, name: str, raw: bytes) -> bool:
        """Make the item; False if there is one of this name already, which is left as it is."""
        response = self._put(name, raw, {"If-None-Match": "*"}, accept={409, 412})
        if response.status in (409, 412) and b"no-uid-conflict" in response.body:
            raise Rejected(f"{self.client.host} has this task under another name.", "no-uid-conflict")
        if response.status == 409:
            raise NotFound(f"{self.client.host} has no list at that address.")
        return response.status != 412

    def replace(self, resource: Resource, raw: bytes) -> bool:
        """Put ``raw`` in the place of exactly this version; False if it has changed in between."""
        response = self._put(resource.name, raw, {"If-Match": resource.etag or "*"}, accept={412})
        return response.status != 412

    def changes(self, token: str) -> Listing:
        """What changed since ``token``; everything where the server no longer knows it."""
        response = self._report(
            _SYNC.format(token=escape(token)), depth="0", accept={400, 403, 409, 410, 412}
        )
        if response.status != 207:
            # the element is what RFC 6578, 3.2 promises; servers differ in the status
            if token and b"valid-sync-token" in response.body:
                return self.changes("")
            raise refusal(response.status, self.client.host, write=False, wait_s=None)
        root = parse_xml(response.body)
        etags: dict[str, str | None] = {}
        more = False
        for answer in root.iter(f"{_DAV}response"):
            name = _name(answer)
            if name:
                gone = _is_gone(answer)
                etags[name] = None if gone else _strong(answer.findtext(f".//{_DAV}getetag") or "")
            elif " 507" in (answer.findtext(f"{_DAV}status") or ""):
                more = True
        new_token = root.findtext(f"{_DAV}sync-token") or ""
        if more and new_token == token:
            raise ProtocolError(f"{self.client.host} says the same page again and again.")
        return Listing(new_token, etags, whole=not token, more=more)

    def fetch(self, names: Sequence[str]) -> Iterator[Resource | Broken | None]:
        """The items of these names, in this order; None for one that is gone.

        Many in a request; where one of them makes the answer unusable, it alone is Broken.
        """
        for start in range(0, len(names), _AT_ONCE):
            yield from self._fetch(names[start : start + _AT_ONCE])

    def traits(self) -> Traits:
        """What is at the address."""
        return next(iter(self._traits("0")), Traits(self._path, "", False, None, None))

    def lists_below(self) -> list[Traits]:
        """The lists of to-dos inside the address."""
        return [t for t in self._traits("1") if t.is_list and t.takes_todos is not False]

    def _fetch(self, names: Sequence[str]) -> list[Resource | Broken | None]:
        hrefs = "".join(f"<d:href>{escape(self._href(name))}</d:href>" for name in names)
        try:
            root = parse_xml(self._report(_MULTIGET.format(hrefs=hrefs), depth="1").body)
        except ProtocolError as error:
            if len(names) == 1:
                return [Broken(names[0], str(error))]
            half = len(names) // 2
            return self._fetch(names[:half]) + self._fetch(names[half:])
        found: dict[str, Resource | Broken | None] = {}
        for answer in root.iter(f"{_DAV}response"):
            name, data = _name(answer), answer.findtext(f".//{_CAL}calendar-data")
            if data is not None:
                etag = _strong(answer.findtext(f".//{_DAV}getetag") or "")
                found[name] = Resource(name, etag, data.encode())
            elif _is_gone(answer):
                found[name] = None
        silent = f"{self.client.host} doesn't say what is in it"
        return [found.get(name, Broken(name, silent)) for name in names]

    def _put(self, name: str, raw: bytes, condition: Mapping[str, str], accept: set[int]) -> Response:
        headers = {**_ICAL, **condition}
        response = self.client.write(
            "PUT", self._href(name), data=raw, headers=headers, accept={403, *accept}
        )
        if response.status == 403:
            # also the answer to content that breaks a rule of the list, which it names (RFC 4918, 16)
            rule = _broken_rule(response.body)
            if rule and rule != "need-privileges":
                raise Rejected(f"{self.client.host} doesn't take this task: {rule}.", rule)
            raise refusal(403, self.client.host, write=True, wait_s=None)
        return response

    def _report(self, body: str, *, depth: str, accept: set[int] | None = None) -> Response:
        return self.client.read(
            "REPORT", self._path, data=body.encode(), headers={**_XML, "Depth": depth}, accept=accept or ()
        )

    def _traits(self, depth: str) -> list[Traits]:
        headers = {**_XML, "Depth": depth}
        response = self.client.read("PROPFIND", self._path, data=_TRAITS.encode(), headers=headers)
        return [_traits_of(answer) for answer in parse_xml(response.body).iter(f"{_DAV}response")]

    def _href(self, name: str) -> str:
        return f"{self._path}{quote(name, safe='')}.ics"


def _name(answer: Element) -> str:
    """The name of the item that a part of a multistatus is about; empty for anything else."""
    path = urlsplit((answer.findtext(f"{_DAV}href") or "").strip()).path
    last = unquote(path.rpartition("/")[2])
    return last.removesuffix(".ics") if last.endswith(".ics") else ""


def _is_gone(answer: Element) -> bool:
    status = answer.findtext(f"{_DAV}status") or ""
    return " 404" in status or " 410" in status


def _broken_rule(body: bytes) -> str:
    """The name of the precondition in an error of WebDAV; empty for any other body."""
    try:
        root = parse_xml(body)
    except ProtocolError:
        return ""
    return (
        excerpt(root[0].tag.rpartition("}")[2].encode()) if root.tag == f"{_DAV}error" and len(root) else ""
    )


def _strong(etag: str) -> str:
    return etag.strip().removeprefix("W/")


def _traits_of(answer: Element) -> Traits:
    kinds = answer.find(f".//{_DAV}resourcetype")
    components = answer.find(f".//{_CAL}supported-calendar-component-set")
    privileges = answer.find(f".//{_DAV}current-user-privilege-set")
    granted = (
        {grant.tag.rpartition("}")[2] for grant in privileges.iter()} if privileges is not None else None
    )
    taken = {c.get("name", "").upper() for c in components} if components is not None else None
    return Traits(
        path=urlsplit((answer.findtext(f"{_DAV}href") or "").strip()).path,
        name=answer.findtext(f".//{_DAV}displayname") or "",
        is_list=kinds is not None and kinds.find(f"{_CAL}calendar") is not None,
        takes_todos="VTODO" in taken if taken else None,
        writable=bool(granted & _WRITING) if granted is not None else None,
    )
