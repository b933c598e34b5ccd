"""Reading a mailbox without changing it, filing a copy, and waiting for news (IMAP4rev1, RFC 3501)."""

from __future__ import annotations

import contextlib
import imaplib
import re
import socket
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from imap_tools import BaseMailBox
from imap_tools.errors import ImapToolsError, MailboxFolderSelectError, MailboxLoginError

from spirou_cli.adapters.base import (
    AdapterError,
    AuthRequired,
    NotFound,
    ProtocolError,
    Unreachable,
)
from spirou_cli.adapters.email.guard import one_line
from spirou_cli.adapters.email.line import STEP_TIMEOUT_S, Line, Login

__all__ = ["MAX_RECEIVED", "Folder", "Head", "Mailbox", "open_mailbox"]

MAX_RECEIVED = 40_000_000
"""Bytes of one mail that are read; a bigger one is named and left where it is."""
_MAX_ANSWER = MAX_RECEIVED + 1_000_000
"""Bytes of all that a server says to one command."""
_SENT_NAMES = (
    "Sent",
    "Sent Items",
    "Sent Messages",
    "INBOX.Sent",
    "Envoyés",
    "Éléments envoyés",
    "Messages envoyés",
)
_LINE_COST = 100
"""What a line takes in memory beside its own bytes."""
_HEADERS = "FROM SUBJECT MESSAGE-ID IN-REPLY-TO REFERENCES X-FAILED-RECIPIENTS X-SPIROU-KEY"
_HEAD_BYTES = 20_000
_HEADS_AT_ONCE = 100


@dataclass(frozen=True, slots=True)
class Folder:
    """An open folder: ``uidvalidity`` says whether uids still mean what they meant."""

    name: str
    uidvalidity: int
    uidnext: int


@dataclass(frozen=True, slots=True)
class Head:
    """The few headers that tell whether a mail is ours to read."""

    uid: int
    size: int
    arrived: datetime | None
    raw: bytes


class _Imap(imaplib.IMAP4):
    """imaplib on a watched line, with a limit on what a server can make us hold in memory."""

    def __init__(self, line: Line) -> None:
        self._spirou_line = line
        self._left = _MAX_ANSWER
        super().__init__(line.host, line.server.port, STEP_TIMEOUT_S)

    def _create_socket(self, timeout: float | None = None) -> socket.socket:
        return self._spirou_line.dial()

    def send(self, data: Any) -> None:
        self._left = _MAX_ANSWER
        super().send(data)

    def read(self, size: int) -> bytes:
        self._count(size)
        return super().read(size)

    def readline(self) -> bytes:
        line = super().readline()
        self._count(len(line) + _LINE_COST)
        return line

    def _count(self, size: int) -> None:
        """imaplib keeps all that it hears, asked for or not, until somebody asks for it."""
        self._left -= size
        if self._left < 0:
            raise self.abort(f"the server says more than {_MAX_ANSWER} bytes at once")


class _MailBox(BaseMailBox):
    def __init__(self, line: Line) -> None:
        self._line = line
        super().__init__()

    def _get_mailbox_client(self) -> imaplib.IMAP4:
        client = _Imap(self._line)
        if not self._line.server.tls:
            if "STARTTLS" not in client.capabilities:
                client.shutdown()
                raise Unreachable(f"{self._line.host} offers no encryption: no password is sent to it")
            client.starttls(self._line.context)
        return client


@contextlib.contextmanager
def open_mailbox(line: Line, login: Login) -> Iterator[Mailbox]:
    """A signed-in mailbox; every failure inside leaves as one of the contract's errors."""
    with line, _told(line):
        box = _MailBox(line)
        try:
            _sign_in(box, login, line)
            yield Mailbox(box, line)
        finally:
            with contextlib.suppress(OSError, imaplib.IMAP4.error, ImapToolsError):
                box.logout()
            with contextlib.suppress(OSError):
                box.client.shutdown()


def _sign_in(box: _MailBox, login: Login, line: Line) -> None:
    offered = box.client.capabilities
    try:
        if login.oauth2:
            box.xoauth2(login.name(), login.password(), initial_folder=None)
        elif "AUTH=PLAIN" in offered:
            box.login_utf8(login.name(), login.password(), initial_folder=None)
        elif "LOGINDISABLED" not in offered:
            box.login(login.name(), login.password(), initial_folder=None)
        else:
            raise AuthRequired(f"{line.host} takes no password here")
    except (MailboxLoginError, imaplib.IMAP4.error) as error:
        if isinstance(error, imaplib.IMAP4.abort):
            raise
        raise AuthRequired(f"{line.host} refused the password of {login.user}") from None
    # what a server can do may differ once it knows who asks; imaplib keeps the first list
    box.client._get_capabilities()


@contextlib.contextmanager
def _told(line: Line) -> Iterator[None]:
    try:
        yield
    except AdapterError:
        raise
    except MailboxFolderSelectError as error:
        raise NotFound(f"{line.host} has no such folder: {_said(error)}") from None
    except imaplib.IMAP4.abort:
        raise Unreachable(f"{line.host} closed the connection or took too long") from None
    except OSError as error:
        raise line.failure(error) from None
    except (imaplib.IMAP4.error, ImapToolsError) as error:
        raise ProtocolError(f"{line.host} said: {_said(error)}") from None
    except (ValueError, IndexError, TypeError, AttributeError) as error:
        raise ProtocolError(
            f"{line.host} answered what IMAP doesn't allow ({type(error).__name__})"
        ) from None


def _said(error: Exception) -> str:
    return " ".join(re.sub(r"[^\x20-\x7e]", " ", str(error)).split())[:200]


class Mailbox:
    """What Spirou does with a mailbox. Folders are opened read-only: nothing is ever marked as read."""

    def __init__(self, box: _MailBox, line: Line) -> None:
        self._box = box
        self._host = line.host

    def open(self, folder: str) -> Folder:
        """Open ``folder`` for reading. Raises NotFound."""
        self._box.folder.set(one_line(folder, "The folder"), readonly=True)
        return Folder(folder, self._number("UIDVALIDITY"), self._number("UIDNEXT"))

    def _number(self, name: str) -> int:
        found = self._box.client.response(name)[1]
        if not found or not isinstance(found[0], bytes) or not found[0].isdigit():
            raise ProtocolError(f"{self._host} gave no {name} for the folder")
        return int(found[0])

    # --- searching -----------------------------------------------------------------------------

    def after(self, uid: int) -> list[int]:
        """The uids above ``uid``, in order."""
        # "n:*" also finds the last mail when nothing is newer: RFC 3501, 6.4.8
        return [found for found in self._search(f"UID {uid + 1}:*") if found > uid]

    def since(self, day: date | None) -> list[int]:
        """The uids of mail that arrived on ``day`` or later; of all of it for None."""
        return self._search(f"SINCE {day.day}-{_MONTHS[day.month - 1]}-{day.year}" if day else "ALL")

    def named(self, message_id: str) -> list[int]:
        """The uids of mail whose Message-ID contains ``message_id``."""
        return self._search(f"HEADER Message-ID {_quoted(message_id)}")

    def has_copies(self) -> bool:
        """Whether this folder has mail of ours that came from the server, not from ``file``."""
        return bool(self._search('HEADER X-Spirou-Key "" NOT HEADER X-Spirou-Filed ""'))

    def _search(self, criteria: str) -> list[int]:
        return sorted(int(uid) for uid in self._box.uids(one_line(criteria, "The search"), charset=None))

    # --- fetching ------------------------------------------------------------------------------

    def heads(self, uids: Sequence[int]) -> Iterator[Head]:
        """The heads of ``uids``, in order; mail that has gone meanwhile is left out."""
        for start in range(0, len(uids), _HEADS_AT_ONCE):
            wanted = ",".join(map(str, uids[start : start + _HEADS_AT_ONCE]))
            parts = f"(UID RFC822.SIZE INTERNALDATE BODY.PEEK[HEADER.FIELDS ({_HEADERS})]<0.{_HEAD_BYTES}>)"
            found = {head.uid: head for head in self._fetch(wanted, parts)}
            for head in (found[uid] for uid in uids[start : start + _HEADS_AT_ONCE] if uid in found):
                yield replace(head, raw=head.raw[:_HEAD_BYTES])

    def whole(self, uid: int) -> bytes | None:
        """A mail's bytes; None when it has gone."""
        found = next(self._fetch(str(uid), "(UID RFC822.SIZE BODY.PEEK[])"), None)
        return found.raw if found else None

    def _fetch(self, uids: str, parts: str) -> Iterator[Head]:
        status, items = self._box.client.uid("FETCH", uids, parts)
        if status != "OK":
            raise ProtocolError(f"{self._host} can't hand over a mail")
        for item, after in zip(items, [*items[1:], b""], strict=True):
            if not isinstance(item, tuple):
                if isinstance(item, bytes) and b"BODY[" in item and b" NIL" not in item:
                    # left out, it would count as read
                    raise ProtocolError(f"{self._host} handed over a mail in a form that can't be read")
                continue
            # attributes may stand before the literal, after it, or both
            about = item[0] + b" " + (after if isinstance(after, bytes) else b"")
            uid, size = re.search(rb"\bUID (\d+)", about), re.search(rb"\bRFC822\.SIZE (\d+)", about)
            if uid:
                yield Head(int(uid[1]), int(size[1]) if size else len(item[1]), _arrival(about), item[1])

    # --- folders -------------------------------------------------------------------------------

    def folder_for(self, use: str) -> str | None:
        """The folder with the special use ``\\Sent`` or ``\\All`` (RFC 6154); Sent by name too."""
        folders = [folder for folder in self._box.folder.list() if "\\Noselect" not in folder.flags]
        by_use = [folder.name for folder in folders if use.lower() in map(str.lower, folder.flags)]
        names = {folder.name for folder in folders}
        by_name = [name for name in _SENT_NAMES if name in names] if use == "\\Sent" else []
        return next(iter([*by_use, *by_name]), None)

    def file(self, data: bytes, folder: str) -> None:
        """Put a copy of our own mail in ``folder``, marked as put there by us and as read."""
        self._box.append(
            b"X-Spirou-Filed: copy\r\n" + data, one_line(folder, "The folder"), flag_set="\\Seen"
        )

    # --- waiting -------------------------------------------------------------------------------

    @property
    def can_wait(self) -> bool:
        return "IDLE" in self._box.client.capabilities

    def wait(self, seconds: float) -> bool:
        """Whether something arrived in the open folder within ``seconds`` (IDLE, RFC 2177)."""
        return any(b" EXISTS" in line for line in self._box.idle.wait(timeout=seconds))


def _arrival(about: bytes) -> datetime | None:
    found = re.search(rb'\bINTERNALDATE "([^"]{20,30})"', about)
    try:
        return parsedate_to_datetime(found[1].decode("ascii")) if found else None
    except ValueError:
        return None


_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def _quoted(text: str) -> str:
    """A quoted string (RFC 3501, 9); that it is one line is checked with the whole search."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
