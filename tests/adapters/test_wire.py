"""What is refused in JSON and XML from outside, and in values going out."""

from __future__ import annotations

from decimal import Decimal

import pytest

from spirou_cli.adapters import ProtocolError, Unreachable
from spirou_cli.adapters.wire import excerpt, origin_of, parse_json, parse_xml, plain_value


@pytest.mark.parametrize(
    "body",
    [
        b'{"id":1,"id":2}',
        b'{"a": [{"x": 1, "x": 1}]}',
        b"NaN",
        b"[Infinity]",
        b"[-Infinity]",
        b"[1e999999999]",
        b"[" * 100_000,
        b"[" * 100_000 + b"]" * 100_000,
        b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
        b"9" * 5000,
        b"",
        b"<html>login</html>",
        b"{'id': 1}",
        b"{} {}",
    ],
    ids=lambda body: repr(body[:12]),
)
def test_json_that_can_mean_two_things_is_refused(body: bytes) -> None:
    """Duplicate keys, NaN, depth, giant numbers and trailing text are protocol errors."""
    with pytest.raises(ProtocolError):
        parse_json(body)


def test_numbers_are_exact() -> None:
    """Hours with a point add up exactly."""
    assert parse_json(b"[0.1, 0.2, 3, 1.5e2]") == [Decimal("0.1"), Decimal("0.2"), 3, Decimal("150")]


@pytest.mark.parametrize(
    ("body", "value"),
    [
        (b'{"title":"\\ud800"}', {"title": "\ufffd"}),
        (b'{"\\uDFFF": ["\\ud83d\\ude00", "a\\ud800b"]}', {"\ufffd": ["😀", "a\ufffdb"]}),
        (b'"\xff"', "\ufffd"),
        (b'\xef\xbb\xbf"bom"', "bom"),
        (b'"x"', "x"),
        (b"null", None),
    ],
)
def test_broken_text_is_kept_with_a_mark(body: bytes, value: object) -> None:
    """A lone surrogate or an undecodable byte becomes U+FFFD; the rest is kept."""
    assert parse_json(body) == value


BOMB = b'<!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><l>&b;</l>'
EXTERNAL = b'<!DOCTYPE l [<!ENTITY a SYSTEM "file:///etc/passwd">]><l>&a;</l>'


@pytest.mark.parametrize(
    "body", [BOMB, EXTERNAL, b"<!DOCTYPE html><html/>", b"", b"<a>", b"{}", b"<?xml encoding='no'?>"]
)
def test_xml_with_a_doctype_or_broken_is_refused(body: bytes) -> None:
    """Entities are never declared, so never expanded and never loaded."""
    with pytest.raises(ProtocolError):
        parse_xml(body)


def test_xml_is_read_with_its_namespaces() -> None:
    """A WebDAV answer comes out as elements."""
    root = parse_xml("<d:a xmlns:d='DAV:'><d:b>é</d:b></d:a>".encode())

    assert root.findtext("{DAV:}b") == "é"


def test_deep_xml_is_no_crash() -> None:
    """A document nested 100,000 deep is read or refused, never a crash."""
    assert parse_xml(b"<a>" * 100_000 + b"</a>" * 100_000).tag == "a"


def test_a_plain_value_passes_unchanged() -> None:
    """Accents and spaces are no control characters."""
    assert plain_value("Zoé  12", "the name") == "Zoé  12"


@pytest.mark.parametrize("value", ["a\nb", "a\rb", "\x00", "\x1b[0m", "\x7f", "\x9b"])
def test_control_characters_are_refused_unread(value: str) -> None:
    """The message names the field, never the value."""
    with pytest.raises(Unreachable) as caught:
        plain_value(value, "the name")

    assert str(caught.value) == "The value of the name has control characters; it was not sent."


def test_an_excerpt_is_one_printable_line() -> None:
    """The beginning of an answer can be shown as it is."""
    assert excerpt(b"<html>\r\n\x1b]0;x\x07 \xff" + b"y" * 200) == "<html> ]0;x \ufffd" + "y" * 67


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://Tickets.Example/a?b", "https://tickets.example:443"),
        ("http://[::1]:80/", "http://[::1]:80"),
        ("https://u:p@h:8443", "https://h:8443"),
    ],
)
def test_an_origin_always_has_its_port(url: str, origin: str) -> None:
    """Two spellings of one origin are equal."""
    assert origin_of(url) == origin


@pytest.mark.parametrize("url", ["", "x", "ftp://h/", "https://", "https://h:x/", "https://[::1/"])
def test_what_has_no_origin_is_an_error(url: str) -> None:
    """Nothing is guessed."""
    with pytest.raises(ValueError, match=r".+"):
        origin_of(url)
