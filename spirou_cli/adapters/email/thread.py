"""One task, one thread: how our mails are named, and how an answer finds its task again."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import parse_qs, quote, urlsplit
from uuid import UUID

from spirou_cli.adapters.base import NotFound, OpenTask, Ref, Rejected

__all__ = ["Thread", "made_at", "message_id", "op_key_of", "ref_of", "tag", "task_of", "thread_of", "token"]

_OP_KEY = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_TAG = re.compile(r"\[(?:\d{1,9}-)?([a-z2-7]{8})\]", re.IGNORECASE)


def token(op_key: str) -> str:
    """Forty bits nobody can guess without having had our mail: what the subject carries."""
    digest = hashlib.sha256(op_key.encode()).digest()
    return base64.b32encode(digest)[:8].decode("ascii").lower()


def tag(number: int, op_key: str) -> str:
    """The end of the subject: ``[14-k7f2qx9m]``, for people who answer in a new mail."""
    return f"[{number}-{token(op_key)}]"


def message_id(op_key: str, domain: str) -> str:
    """The Message-ID of the mail that carries an op, without brackets: it can be looked up by the key."""
    if not _OP_KEY.fullmatch(op_key):
        raise Rejected("this key can't name a mail", code="op_key")
    return f"{op_key}@{domain}"


def op_key_of(message_id: str) -> str:
    """The op that a mail of ours carried."""
    return message_id.partition("@")[0]


def made_at(op_key: str) -> datetime | None:
    """When a UUIDv7 was made (RFC 9562, section 5.7); None for another key."""
    try:
        key = UUID(op_key)
    except ValueError:
        return None
    return datetime.fromtimestamp((key.int >> 80) / 1000, UTC) if key.version == 7 else None


@dataclass(frozen=True, slots=True)
class Thread:
    """What a further mail in a thread needs."""

    subject: str
    root: str
    """Message-ID of its first mail, without brackets."""


def ref_of(op_key: str, *, address: str, subject: str, message_id: str) -> Ref:
    """The task's Ref: its token, and a link (RFC 6068) that opens an answer in any mail program.

    The link carries the thread, so a later reply needs no look-up.
    """
    fields = f"subject={quote(f'Re: {subject}')}&in-reply-to={quote(f'<{message_id}>')}"
    return Ref(token(op_key), f"mailto:{quote(address, safe='@')}?{fields}")


def thread_of(ref: Ref) -> Thread:
    """The thread that ``ref_of`` wrote down. Raises NotFound for a ref that isn't of a mail."""
    link = urlsplit(ref.url or "")
    fields = parse_qs(link.query)
    if link.scheme != "mailto" or not fields.keys() >= {"subject", "in-reply-to"}:
        raise NotFound(f"no mail was sent as {ref.id}")
    return Thread(fields["subject"][0], fields["in-reply-to"][0].strip("<>"))


def task_of(answers_to: Iterable[str], subject: str, open_tasks: Sequence[OpenTask]) -> OpenTask | None:
    """The task that a mail answers, by Message-ID, else by the tag in its subject.

    Every mail of a thread refers to its first one, named after the key of the submit.
    """
    by_key = {task.op_key: task for task in open_tasks}
    found = [by_key[key] for key in map(op_key_of, answers_to) if key in by_key]
    if not found:
        by_token = {token(task.op_key): task for task in open_tasks}
        found = [by_token[name.lower()] for name in _TAG.findall(subject) if name.lower() in by_token]
    return found[0] if len(set(found)) == 1 else None
