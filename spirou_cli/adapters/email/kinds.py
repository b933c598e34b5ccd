"""What kind of mail it is: a person's answer, a bounce, an automatic reply, a list, a forgery."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_string, policy
from email.message import Message
from enum import StrEnum

from spirou_cli.adapters.email.mail import Mail, header_text, message_ids

__all__ = ["Bounce", "MailKind", "bounce_of", "forged", "from_a_robot", "kind_of"]


class MailKind(StrEnum):
    """Only ANSWER was surely written by a person, for us."""

    ANSWER = "answer"
    BOUNCE = "bounce"
    DELAY = "delay"
    RECEIPT = "receipt"
    AUTOMATIC = "automatic"
    LIST = "list"


@dataclass(frozen=True, slots=True)
class Bounce:
    """What a delivery report says (RFC 3464)."""

    final: bool
    """False: still trying."""
    recipients: tuple[str, ...]
    status: str
    diagnostic: str
    originals: tuple[str, ...]
    """Message-IDs of the mail that did not arrive, and of its thread."""


_AUTOMATIC_SUBJECT = re.compile(
    r"^\s*(?:re\s?: *)?(?:auto(?:matic|mated)? ?(?:reply|response)|auto\s?:|out of (?:the )?office|ooo\s?:"
    r"|réponse automatique|absence (?:du bureau|temporaire)|absente? (?:du bureau|jusqu'au)"
    r"|message d'absence)",
    re.IGNORECASE,
)
_ROBOTS = re.compile(r"^(?:mailer-daemon|postmaster|mail-daemon)@", re.IGNORECASE)


def from_a_robot(mail: Mail) -> bool:
    """Whether a mail system wrote this, about mail: its thread may be named inside only."""
    return bool(_ROBOTS.match(mail.sender)) or "X-Failed-Recipients" in mail.headers


def kind_of(mail: Mail) -> MailKind:
    """Look at headers, never at words a person may have written, but for the subject of absence notes."""
    report = str(mail.headers.get_param("report-type", "") or "").lower()
    bounce = bounce_of(mail)
    if bounce is not None:
        return MailKind.BOUNCE if bounce.final else MailKind.DELAY
    if mail.headers.get_content_type() == "multipart/report" and report != "delivery-status":
        return MailKind.RECEIPT
    submitted = mail.header("Auto-Submitted").lower()  # RFC 3834
    if submitted and not submitted.startswith("no"):
        return MailKind.AUTOMATIC
    precedence = mail.header("Precedence").lower()
    answers_by_itself = any(
        mail.headers.get(name) for name in ("X-Autoreply", "X-Autorespond", "X-Autoresponder")
    )
    if answers_by_itself or precedence == "auto_reply" or _AUTOMATIC_SUBJECT.match(mail.subject):
        return MailKind.AUTOMATIC
    if _ROBOTS.match(mail.sender):
        return MailKind.AUTOMATIC
    if (
        mail.headers.get("List-Unsubscribe")
        or mail.headers.get("List-Id")
        or precedence in ("bulk", "list", "junk")
    ):
        return MailKind.LIST
    return MailKind.ANSWER


# --- delivery reports --------------------------------------------------------------------------


def bounce_of(mail: Mail) -> Bounce | None:
    """The delivery report in a mail, or None; also the plain-text kind that older Exim and qmail send."""
    originals = [*mail.answers_to]
    blocks: list[Message] = []
    for part in mail.headers.walk():
        kind = part.get_content_type()
        if kind == "message/delivery-status":
            blocks += [block for block in _payloads(part) if block.keys()]
        elif kind in ("message/rfc822", "text/rfc822-headers", "message/rfc822-headers"):
            originals += _original_ids(part)
    failures = [block for block in blocks if block.get("Action")]
    failed_header = mail.header("X-Failed-Recipients")
    if not failures:
        return (
            Bounce(True, _recipients(failed_header), "", _first_lines(mail.text), _once(originals))
            if (failed_header and _ROBOTS.match(mail.sender))
            else None
        )
    actions = {header_text(block, "Action").lower() for block in failures}
    if not actions & {"failed", "delayed"}:
        return None  # "delivered", "relayed", "expanded": a receipt
    worst = "failed" if "failed" in actions else "delayed"
    told = [block for block in failures if header_text(block, "Action").lower() == worst]
    return Bounce(
        final=worst == "failed",
        recipients=tuple(
            name for block in told for name in _recipients(header_text(block, "Final-Recipient"))
        ),
        status=header_text(told[0], "Status")[:20],
        diagnostic=(header_text(told[0], "Diagnostic-Code") or _first_lines(mail.text))[:500],
        originals=_once(originals),
    )


def _payloads(part: Message) -> Iterator[Message]:
    payload = part.get_payload()
    if isinstance(payload, list):
        yield from (block for block in payload if isinstance(block, Message))


def _original_ids(part: Message) -> Iterator[str]:
    """The name of the mail that came back, and of the thread it was in."""
    originals = list(_payloads(part)) or [
        message_from_string(str(part.get_payload()), policy=policy.compat32)
    ]
    for original in originals:
        for name in ("Message-ID", "In-Reply-To", "References"):
            yield from message_ids(header_text(original, name))


def _recipients(value: str) -> tuple[str, ...]:
    return tuple(found.lower() for found in re.findall(r"[^\s;<>,]+@[^\s;<>,]+", value))


def _first_lines(text: str) -> str:
    return " ".join(text.split())[:500]


def _once(ids: list[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(ids))


# --- forgery -----------------------------------------------------------------------------------

_VERDICT = re.compile(r"\b(dmarc|spf|dkim)\s*=\s*(\w+)", re.IGNORECASE)


def forged(mail: Mail, authserv: str) -> bool:
    """Whether our own mail server says that the sender isn't who the mail pretends (RFC 8601).

    A *fail* counts whoever wrote the header: lying that way only hurts the liar. A *pass* is never
    needed, so a forged one gains nothing; with ``authserv`` only that server's verdict is read.
    Two From addresses are a forgery in themselves.
    """
    if len({address for _, address in mail.senders}) != 1:
        return True
    for value in mail.headers.get_all("Authentication-Results", []):
        signer, _, results = str(value).partition(";")
        if authserv and signer.strip().split(" ")[0].lower() != authserv:
            continue
        verdicts = {name.lower(): verdict.lower() for name, verdict in _VERDICT.findall(results)}
        if "dmarc" in verdicts:
            failed = verdicts["dmarc"] == "fail"
        else:
            failed = verdicts.get("spf") in ("fail", "softfail") and verdicts.get("dkim") != "pass"
        if failed:
            return True
    return False
