"""What may pass over a wire: values that can't break a protocol going out, bounded JSON and XML coming in."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from spirou_cli.adapters.base import ProtocolError, Unreachable

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

__all__ = ["excerpt", "origin_of", "parse_json", "parse_xml", "plain_value"]

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_ESCAPED_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")
_LARGEST_EXPONENT = 100
_PORTS = {"https": 443, "http": 80}


def plain_value(value: str, what: str) -> str:
    """``value`` unchanged if it has no control character, else Unreachable naming ``what``, never the value.

    A line break inside a header, an IMAP argument or a calendar line would start a line of its own
    (CVE-2020-5260 is the well-known one).
    """
    if _CONTROL.search(value):
        raise Unreachable(f"The value of {what} has control characters; it was not sent.")
    return value


def origin_of(url: str) -> str:
    """``scheme://host:port`` of ``url``, the port always there; ValueError if it has none."""
    parts = urlsplit(url)
    host = parts.hostname
    if parts.scheme not in _PORTS or not host:
        raise ValueError("not an http or https address")
    shown = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{shown}:{parts.port or _PORTS[parts.scheme]}"


def excerpt(body: bytes, limit: int = 80) -> str:
    """The beginning of an answer that made no sense, printable, on one line."""
    text = body[: limit * 4].decode("utf-8", "replace")
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())[:limit]


def parse_json(body: bytes) -> object:
    """The JSON value of ``body``, or ProtocolError.

    Refused: duplicate keys, NaN and infinities, nesting or integers beyond Python's own limits.
    Numbers with a point or an exponent are Decimal, so that hours and money add up exactly; a lone
    surrogate (which SQLite can't store) becomes U+FFFD.
    """
    try:
        value = json.loads(
            body.decode("utf-8-sig", "replace"),
            parse_float=_decimal,
            parse_constant=_refuse_constant,
            object_pairs_hook=_unique,
        )
        return _without_surrogates(value) if _ESCAPED_SURROGATE.search(body) else value
    except (ValueError, RecursionError) as error:
        seen = excerpt(body) or "nothing"
        raise ProtocolError(f"The answer isn't usable JSON. It begins with: {seen}") from error


def parse_xml(body: bytes) -> Element:
    """The root element of ``body``, or ProtocolError.

    A document type is refused before anything is expanded: no entity bomb, no external entity.
    """
    from xml.etree.ElementTree import ParseError, TreeBuilder, XMLParser

    class NoDoctype(TreeBuilder):
        def doctype(self, name: str, pubid: str | None, system: str | None) -> None:
            raise ParseError("a document type")

    parser = XMLParser(target=NoDoctype())  # noqa: S314 - the doctype, where the dangers are, is refused
    try:
        parser.feed(body)
        root: Element = parser.close()
    except (ParseError, ValueError, LookupError) as error:
        seen = excerpt(body) or "nothing"
        raise ProtocolError(f"The answer isn't usable XML. It begins with: {seen}") from error
    return root


def _decimal(digits: str) -> Decimal:
    number = Decimal(digits)
    # int(Decimal("1e999999999")) would fill the memory
    if abs(number.adjusted()) > _LARGEST_EXPONENT:
        raise ValueError("a number out of all proportion")
    return number


def _refuse_constant(name: str) -> object:
    raise ValueError(f"{name} is not JSON")


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    value = dict(pairs)
    if len(value) != len(pairs):
        raise ValueError("a key twice in one object")
    return value


def _without_surrogates(value: object) -> object:
    match value:
        case str():
            return value.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
        case list():
            return [_without_surrogates(item) for item in value]
        case dict():
            return {_without_surrogates(key): _without_surrogates(item) for key, item in value.items()}
        case _:
            return value
