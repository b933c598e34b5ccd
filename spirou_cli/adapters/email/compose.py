"""Our mails, byte for byte: headers, words, files and the calendar part."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage, MIMEPart
from email.policy import SMTP

from spirou_cli.adapters.base import Attachment, Rejected, Unreachable
from spirou_cli.adapters.email.guard import one_line
from spirou_cli.adapters.email.settings import MailSettings, Person

__all__ = ["MAX_MAIL", "Letter", "compose"]

MAX_MAIL = 25 * 1024 * 1024
"""Bytes on the wire; most hosts take no more, whatever they say."""

# 7bit: every byte is ASCII on the wire, so that no server on the way needs 8BITMIME
_POLICY = SMTP.clone(cte_type="7bit", max_line_length=78)


@dataclass(frozen=True, slots=True)
class Letter:
    """What one mail says. ``answers`` is the Message-ID of the thread's first mail, empty for a first one."""

    op_key: str
    message_id: str
    subject: str
    text: str
    answers: str = ""
    attachments: Sequence[Attachment] = ()
    calendar: bytes = b""
    calendar_method: str = "REQUEST"


def compose(letter: Letter, settings: MailSettings, now: datetime) -> bytes:
    """The mail as it goes over the wire, the same bytes for the same arguments.

    Raises Rejected for what can't be put in a mail, before anything is sent.
    """
    mail = EmailMessage(policy=_POLICY)
    mail["From"] = _address(settings.own)
    mail["To"] = _address(settings.to)
    mail["Subject"] = one_line(letter.subject, "The title")
    mail["Date"] = now.astimezone()
    mail["Message-ID"] = f"<{one_line(letter.message_id, 'The key')}>"
    mail["X-Spirou-Key"] = letter.op_key
    if letter.answers:
        answered = f"<{one_line(letter.answers, 'The thread')}>"
        mail["In-Reply-To"] = answered
        mail["References"] = answered
    mail.set_content(_sendable(letter.text) + "\n", cte="quoted-printable")
    if letter.calendar:
        # the calendar is the message's second reading (RFC 6047, 2.4): programs show the one they know
        mail.add_alternative(letter.calendar, "text", "calendar", cte="base64")
        _parts(mail)[-1].set_param("method", letter.calendar_method)
        _parts(mail)[-1].set_param("charset", "utf-8")
    for attachment in letter.attachments:
        _attach(mail, attachment)
    _name_boundaries(mail, letter.op_key)
    data = mail.as_bytes()
    if len(data) > MAX_MAIL:
        raise Rejected(
            f"the mail would be {len(data) // 1_000_000} MB, more than mail hosts take", code="too_large"
        )
    return data


def _address(person: Person) -> Address:
    try:
        return Address(one_line(person.name, "The name"), addr_spec=one_line(person.address, "The address"))
    except ValueError as error:
        raise Rejected(f"{person.address} can't be written in a mail: {error}", code="address") from None


def _sendable(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n").encode("utf-8", "replace").decode("utf-8")


def _attach(mail: EmailMessage, attachment: Attachment) -> None:
    try:
        content = attachment.path.read_bytes()
    except OSError as error:
        raise Unreachable(f"{attachment.name} can't be read: {error.strerror}") from None
    if hashlib.sha256(content).hexdigest() != attachment.sha256:
        raise Unreachable(f"{attachment.name} has changed since the task was saved")
    maintype, _, subtype = attachment.media_type.partition("/")
    if maintype in ("", "multipart", "message") or not subtype:
        maintype, subtype = "application", "octet-stream"
    name = one_line(attachment.name, "A file's name")
    mail.add_attachment(content, maintype, subtype, cte="base64", filename=name)


def _parts(mail: EmailMessage) -> list[MIMEPart]:
    payload = mail.get_payload()
    return [part for part in payload if isinstance(part, MIMEPart)] if isinstance(payload, list) else []


def _name_boundaries(mail: EmailMessage, op_key: str) -> None:
    """Boundaries made from the key instead of by chance: a mail sent again is the same mail."""
    for number, part in enumerate(mail.walk()):
        if part.is_multipart():
            part.set_boundary(f"=_{hashlib.sha256(f'{op_key}/{number}'.encode()).hexdigest()[:40]}")
