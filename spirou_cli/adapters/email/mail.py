"""One mail as received: what its bytes say, with every liberty that real mail takes with the rules."""

from __future__ import annotations

import binascii
import codecs
import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email import policy
from email.errors import HeaderParseError, MessageError
from email.header import decode_header
from email.message import Message
from email.parser import BytesFeedParser
from email.utils import collapse_rfc2231_value, getaddresses, parsedate_to_datetime

from spirou_cli.adapters.html import html_to_text

__all__ = ["MAX_DEPTH", "Mail", "MailPart", "UnreadableMail", "header_text", "message_ids", "read_mail"]

MAX_DEPTH = 20
"""Deeper nesting is an attack or a broken program."""
_MAX_LINES = 700_000
"""A file of the largest mail takes 530,000; each costs a hundred times its own byte."""
_MAX_PARTS = 10_000
_MAX_TEXT = 1_000_000
_CHUNK = 1 << 16
_MAX_HEADER = 10_000
_LOGO = 8 * 1024
"""Pictures inside the HTML up to this size are logos and tracking dots, not work."""


class UnreadableMail(Exception):
    """This mail can't be read; the text says why."""


@dataclass(frozen=True, slots=True)
class MailPart:
    """A file in a mail: ``index`` counts the parts in reading order and is what finds it again."""

    index: int
    name: str
    media_type: str
    content: bytes

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.content).hexdigest()


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail, decoded. Addresses are bare and lower case; ``text`` is everything that was written."""

    headers: Message
    message_id: str
    answers_to: tuple[str, ...]
    """The Message-IDs of In-Reply-To and References."""
    senders: tuple[tuple[str, str], ...]
    """Name and address of every From: more than one is a sign of forgery."""
    subject: str
    date: datetime | None
    text: str
    files: tuple[MailPart, ...]
    calendars: tuple[MailPart, ...]
    notices: tuple[str, ...]
    """``charset``: decoded by guess; ``hidden_text``: HTML text that nobody would see was left out."""
    raw: bytes

    @property
    def sender(self) -> str:
        return self.senders[0][1] if self.senders else ""

    @property
    def sender_shown(self) -> str:
        """The name, if any, and always the whole address: a name can lie."""
        name, address = self.senders[0] if self.senders else ("", "")
        return f"{name} <{address}>" if name else address

    @property
    def key(self) -> str:
        """The same mail has the same key wherever and however often it is read; other words, another key."""
        content = "\0".join((self.sender, self.subject, self.text, *(part.sha256 for part in self.files)))
        name = self.message_id or self.headers.get("Date", "")
        return hashlib.sha256(f"{name}\0{content}".encode("utf-8", "replace")).hexdigest()[:32]

    def header(self, name: str) -> str:
        return header_text(self.headers, name)


def read_mail(raw: bytes) -> Mail:
    """Decode a mail. Raises UnreadableMail for one that is nested too deep or makes no sense at all."""
    try:
        message = _parsed(raw)
        parts = list(_walk(message))
        notices: list[str] = []
        text = "\n\n".join(filter(None, (words for words in _texts(parts, notices)))).strip()[:_MAX_TEXT]
        files = tuple(_files(parts))
        return Mail(
            headers=message,
            message_id=next(iter(message_ids(header_text(message, "Message-ID"))), ""),
            answers_to=message_ids(
                header_text(message, "In-Reply-To") + " " + header_text(message, "References")
            ),
            senders=_addresses(message, "From"),
            subject=header_text(message, "Subject"),
            date=_date(message),
            text=text,
            files=files,
            calendars=tuple(part for part in files if part.media_type == "text/calendar"),
            notices=tuple(dict.fromkeys(notices)),
            raw=raw,
        )
    except UnreadableMail:
        raise
    except RecursionError:
        raise UnreadableMail(f"it is nested more than {MAX_DEPTH} levels deep") from None
    except (MessageError, ValueError, LookupError, TypeError, AttributeError, IndexError) as error:
        # the email package meets input that it wasn't made for in all these ways
        raise UnreadableMail(f"it isn't a readable mail ({type(error).__name__})") from None


def _parsed(raw: bytes) -> Message:
    """The parts of a mail. What would become many times its size in memory is refused before."""
    if raw.count(b"\n") > _MAX_LINES or raw.count(b"\n--") > _MAX_PARTS:
        raise UnreadableMail("it has more lines or parts than a mail has")
    # compat32 never raises on a header; the newer policies do, on headers met in real mail
    parser = BytesFeedParser(policy=policy.compat32)
    for start in range(0, len(raw), _CHUNK):  # at once it would be there five times over
        parser.feed(raw[start : start + _CHUNK])
    return parser.close()


# --- headers -----------------------------------------------------------------------------------

_ID = re.compile(r"<([^<>\s]{1,250})>")


def message_ids(text: str) -> tuple[str, ...]:
    """The Message-IDs in a header, without their angle brackets, each once."""
    return tuple(dict.fromkeys(_ID.findall(text)))


def header_text(message: Message, name: str) -> str:
    """A header decoded to one line; nothing if it isn't there."""
    value = str(message.get(name, ""))[:_MAX_HEADER]
    try:
        decoded = "".join(
            piece if isinstance(piece, str) else _decode(piece, charset)[0]
            for piece, charset in decode_header(value)
        )
    except (HeaderParseError, binascii.Error, ValueError):
        decoded = value
    return re.sub(r"[\r\n\t ]+", " ", _encodable(decoded)).strip()


def _addresses(message: Message, name: str) -> tuple[tuple[str, str], ...]:
    values = [str(value)[:_MAX_HEADER] for value in message.get_all(name, [])]
    pairs = getaddresses(values)
    decoded = Message()
    found = []
    for shown, address in pairs:
        decoded["X"] = shown
        found.append((header_text(decoded, "X"), _encodable(address.strip().lower())))
        del decoded["X"]
    return tuple((shown, address) for shown, address in found if address)


def _date(message: Message) -> datetime | None:
    try:
        date = parsedate_to_datetime(str(message.get("Date", "")))
        return (date if date.tzinfo else date.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, TypeError, OverflowError):
        return None


# --- parts -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Leaf:
    index: int
    part: Message
    parents: tuple[str, ...]
    """Content types from the outside in."""


def _walk(message: Message) -> Iterator[_Leaf]:
    counter = iter(range(1_000_000))
    stack: list[tuple[Message, tuple[str, ...]]] = [(message, ())]
    while stack:
        part, parents = stack.pop()
        if len(parents) > MAX_DEPTH:
            raise UnreadableMail(f"it is nested more than {MAX_DEPTH} levels deep")
        children: object = part.get_payload()
        if part.get_content_maintype() == "multipart" and isinstance(children, list):
            inside = (*parents, part.get_content_type())
            stack.extend((child, inside) for child in reversed(children) if isinstance(child, Message))
        else:
            yield _Leaf(next(counter), part, parents)


def _texts(leaves: list[_Leaf], notices: list[str]) -> Iterator[str]:
    plain = [leaf for leaf in leaves if _is_text(leaf, "text/plain")]
    html = [leaf for leaf in leaves if _is_text(leaf, "text/html")]
    words = [_decoded(leaf.part, notices) for leaf in plain]
    if any(part.strip() for part in words):
        yield from words
        html = [leaf for leaf in html if "multipart/alternative" not in leaf.parents]
    for leaf in html:
        text, hid = html_to_text(_decoded(leaf.part, notices)[:_MAX_TEXT])
        if hid:
            notices.append("hidden_text")
        yield text


def _is_text(leaf: _Leaf, media_type: str) -> bool:
    return (
        leaf.part.get_content_type() == media_type
        and leaf.part.get_content_disposition() != "attachment"
        and not _file_name(leaf.part)
        and "multipart/report" not in leaf.parents[1:]
    )


def _files(leaves: list[_Leaf]) -> Iterator[MailPart]:
    for leaf in leaves:
        media_type = leaf.part.get_content_type()
        if _is_text(leaf, "text/plain") or _is_text(leaf, "text/html") or media_type in _NOT_WORK:
            continue
        if "multipart/report" in leaf.parents:
            continue
        content = _content(leaf.part)
        in_page = "multipart/related" in leaf.parents and leaf.part.get_content_maintype() == "image"
        name = _file_name(leaf.part)
        if (content or name) and not (in_page and len(content) <= _LOGO):
            yield MailPart(leaf.index, name or _made_up_name(leaf), media_type, content)


_NOT_WORK = frozenset(
    {"application/pgp-signature", "application/pkcs7-signature", "application/x-pkcs7-signature"}
)


def _content(part: Message) -> bytes:
    if part.get_content_maintype() == "message":
        children = part.get_payload()
        return b"\r\n".join(child.as_bytes() for child in children if isinstance(child, Message))
    payload = part.get_payload(decode=True)
    return payload if isinstance(payload, bytes) else b""


def _file_name(part: Message) -> str:
    """The name as the sender gave it: whoever saves it must make it safe."""
    given = part.get_param("filename", None, "content-disposition") or part.get_param("name", None)
    if not given:
        return ""
    try:
        name = collapse_rfc2231_value(given)
    except LookupError:
        name = given[2] if isinstance(given, tuple) else str(given)
    holder = Message()
    holder["X"] = _encodable(name).replace("\r", " ").replace("\n", " ")
    return header_text(holder, "X")


_EXTENSIONS = {"text/calendar": ".ics", "message/rfc822": ".eml", "image/png": ".png", "image/jpeg": ".jpg"}


def _made_up_name(leaf: _Leaf) -> str:
    return f"part-{leaf.index}{_EXTENSIONS.get(leaf.part.get_content_type(), '')}"


def _decoded(part: Message, notices: list[str]) -> str:
    charset = part.get_content_charset("")
    text, certain = _decode(_content(part), charset or None)
    if not certain:
        notices.append("charset")
    return text.replace("\r\n", "\n").replace("\0", "\ufffd")


def _decode(data: bytes, charset: str | None) -> tuple[str, bool]:
    """The text, and whether its character set was certain: an unknown one is read as UTF-8 or Latin-1."""
    known = True
    try:
        if charset and codecs.lookup(charset)._is_text_encoding:  # base64 is a codec too
            return _encodable(data.decode(charset, "strict")), True
        known = not charset
    except UnicodeDecodeError:
        return _encodable(data.decode(charset or "ascii", "replace")), False
    except (LookupError, ValueError):
        known = False
    try:
        return data.decode("utf-8"), known
    except UnicodeDecodeError:
        return data.decode("latin-1"), False


def _encodable(text: str) -> str:
    """Without lone surrogates, which no database and no terminal takes."""
    if _SURROGATE.search(text):
        return text.encode("utf-8", "surrogatepass").decode("utf-8", "replace")
    return text


_SURROGATE = re.compile("[\ud800-\udfff]")
