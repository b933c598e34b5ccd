"""Servers that answer oddly: each oddity costs itself and nothing else."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from spirou_cli.adapters import AdapterError, AuthRequired, ProtocolError, Rejected
from spirou_cli.adapters.caldav.dav import Broken, ItemList, Listing, Resource
from spirou_cli.adapters.http import HttpClient, HttpOptions

Serve = Callable[..., object]


def multistatus(*responses: str, token: str = "t1") -> bytes:
    inner = "".join(f"<d:response>{response}</d:response>" for response in responses)
    start = '<d:multistatus xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav">'
    return f"{start}{inner}<d:sync-token>{token}</d:sync-token></d:multistatus>".encode()


def href(name: str) -> str:
    return f"<d:href>{name}</d:href>"


def etag(value: str) -> str:
    return f"<d:propstat><d:prop><d:getetag>{value}</d:getetag></d:prop></d:propstat>"


def items(serve, script) -> tuple[ItemList, object]:
    server = serve(script)
    return ItemList(HttpClient(server.origin + "/me/list/", HttpOptions(http_on_loopback=True))), server


def test_names_are_read_from_any_form_of_address(serve) -> None:
    """Whole addresses, encoded ones, the list itself and other files: only to-dos count."""
    body = multistatus(
        href("https://h/me/list/a%20b.ics") + etag('W/"1"'),
        href("/me/list/c.ics") + "<d:status>HTTP/1.1 404 Not Found</d:status>",
        href("/me/list/") + etag('"0"'),
        href("/me/list/readme.txt") + etag('"9"'),
    )
    collection, _ = items(serve, lambda exchange: exchange.answer(207, body))

    assert collection.changes("") == Listing("t1", {"a b": '"1"', "c": None}, whole=True, more=False)


@pytest.mark.parametrize("status", [400, 403, 409, 410, 412])
def test_a_dead_token_is_known_by_its_element(serve, status: int) -> None:
    """Servers differ in the status; where none of them is meant the error stays one."""

    def script(exchange) -> None:
        body = exchange.loopback.seen[-1].body
        dead = b'<d:error xmlns:d="DAV:"><d:valid-sync-token/></d:error>'
        if b"<d:sync-token>dead</d:sync-token>" in body:
            exchange.answer(status, dead)
        elif b"<d:sync-token></d:sync-token>" in body:
            exchange.answer(207, multistatus())
        else:
            exchange.answer(status, b"<d:error xmlns:d='DAV:'/>")

    collection, _ = items(serve, script)

    assert collection.changes("dead").whole
    with pytest.raises(AdapterError):
        collection.changes("other")


def test_a_listing_in_pages_goes_on(serve) -> None:
    """A truncated answer says so; the same page twice is an error."""
    more = href("/me/list/") + "<d:status>HTTP/1.1 507 Insufficient Storage</d:status>"
    collection, _ = items(serve, lambda exchange: exchange.answer(207, multistatus(more, token="t2")))

    assert collection.changes("t1").more
    with pytest.raises(ProtocolError):
        collection.changes("t2")


def test_one_item_that_spoils_the_answer_is_found_among_many(serve) -> None:
    """The others are read; the one that no XML can hold is named, and so is one left out."""

    def script(exchange) -> None:
        asked = exchange.loopback.seen[-1].body.decode()
        names = [part.split("</d:href>")[0] for part in asked.split("<d:href>")[1:]]
        exchange.answer(207, multistatus(*(answer_for(name) for name in names)))

    def answer_for(name: str) -> str:
        if name.endswith("n0.ics"):
            return href(name) + "<d:status>HTTP/1.1 404 Not Found</d:status>"
        data = "\x0b" if name.endswith("n7.ics") else "BEGIN:VCALENDAR"
        found = f"<c:calendar-data>{data}</c:calendar-data>"
        answer = f"{href(name)}<d:propstat><d:prop>{found}</d:prop></d:propstat>"
        return "" if name.endswith("n8.ics") else answer

    collection, server = items(serve, script)

    found = list(collection.fetch([f"n{n}" for n in range(30)]))

    assert found[0] is None
    assert [n for n, one in enumerate(found) if isinstance(one, Broken)] == [7, 8]
    assert [type(one) for one in found].count(Resource) == 27
    assert len(server.seen) <= 12


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>login</html",
        b'<!DOCTYPE l [<!ENTITY a "ha">]><l>&a;</l>',
        b'<!DOCTYPE l [<!ENTITY a SYSTEM "file:///etc/passwd">]><l>&a;</l>',
    ],
)
def test_hostile_xml_is_refused(serve, body: bytes) -> None:
    """No entity is expanded or loaded."""
    collection, _ = items(serve, lambda exchange: exchange.answer(207, body))

    with pytest.raises(ProtocolError):
        collection.changes("t")
    with pytest.raises(ProtocolError):
        collection.traits()


def test_a_name_cannot_leave_the_list(serve) -> None:
    """A task's name is one part of a path, whatever is in it."""
    collection, server = items(serve, lambda exchange: exchange.answer(200, b"x", ETag='W/"1"'))

    found = collection.get("../../other/x?y#z")

    assert found.etag == '"1"'
    assert server.seen[0].path == "/me/list/..%2F..%2Fother%2Fx%3Fy%23z.ics"


@pytest.mark.parametrize(
    ("body", "error"),
    [
        (b'<error xmlns="DAV:"><max-resource-size xmlns="urn:ietf:params:xml:ns:caldav"/></error>', Rejected),
        (b'<d:error xmlns:d="DAV:"><d:need-privileges/></d:error>', AuthRequired),
        (b'<d:error xmlns:d="DAV:"/>', AuthRequired),
        (b"Access denied.", AuthRequired),
        (b"", AuthRequired),
    ],
)
def test_a_refused_item_is_no_refused_key(serve, body: bytes, error: type[AdapterError]) -> None:
    """403 is about the key, unless the server names a rule that the item breaks."""
    collection, _ = items(serve, lambda exchange: exchange.answer(403, body))

    with pytest.raises(error):
        collection.create("x", b"")
    with pytest.raises(error):
        collection.replace(Resource("x", '"1"', b""), b"")
