"""A mail and the open tasks in, reports out: the only place that decides what an answer means."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from urllib.parse import parse_qs, urlencode

from spirou_cli.adapters.base import (
    ArtifactReceived,
    MessageReceived,
    NotFound,
    OpenTask,
    Report,
    StateChanged,
    Unmatched,
    UsageReported,
)
from spirou_cli.adapters.email.conventions import read_words
from spirou_cli.adapters.email.kinds import Bounce, MailKind, bounce_of, forged, kind_of
from spirou_cli.adapters.email.mail import Mail, MailPart
from spirou_cli.adapters.email.quote import own_words
from spirou_cli.adapters.email.settings import MailSettings
from spirou_cli.adapters.email.thread import op_key_of, task_of
from spirou_cli.adapters.email.todo import TodoReply, read_reply
from spirou_cli.domain.states import TaskState

__all__ = ["RAW_CAP", "is_our_copy", "locate", "locator", "read_answer", "read_reports"]

RAW_CAP = 1_000_000
"""How much of a mail is kept as proof: with its words less than the core's limit of an item."""


def read_reports(
    mail: Mail, open_tasks: Sequence[OpenTask], settings: MailSettings, *, repeated: bool = False
) -> Iterator[Report]:
    """What this mail says about our tasks: nothing at all when it isn't about them.

    ``repeated``: another mail in this folder has the same Message-ID and other words.
    """
    kind = kind_of(mail)
    if kind in (MailKind.BOUNCE, MailKind.DELAY):
        yield from _delivery(mail, open_tasks, settings)
        return
    if is_our_copy(mail, settings):
        return
    expected = settings.expects(mail.sender)
    pretends = expected and forged(mail, settings.authserv)
    task = _calendar_task(mail, open_tasks) or task_of(mail.answers_to, mail.subject, open_tasks)
    if task and not pretends:
        if kind is not MailKind.RECEIPT:
            plain = expected and kind in (MailKind.ANSWER, MailKind.LIST) and not repeated
            yield from read_answer(
                mail, task, trusted=plain, notices=_notices(mail, kind, expected, repeated)
            )
    elif expected and kind in (MailKind.ANSWER, MailKind.AUTOMATIC):
        yield _unmatched(mail, "forged" if pretends else "no_open_task")


def is_our_copy(mail: Mail, settings: MailSettings) -> bool:
    """Our own mail, in our mailbox because of Bcc: it carries the key that we put there."""
    return mail.sender == settings.own.address.lower() and bool(mail.headers.get("X-Spirou-Key"))


def _notices(mail: Mail, kind: MailKind, expected: bool, repeated: bool) -> tuple[str, ...]:
    flags = {
        "automatic": kind is MailKind.AUTOMATIC,
        "unknown_sender": not expected,
        "repeated_id": repeated,
    }
    return (*mail.notices, *(name for name, true in flags.items() if true))


# --- an answer ---------------------------------------------------------------------------------


def read_answer(mail: Mail, task: OpenTask, *, trusted: bool, notices: tuple[str, ...]) -> Iterator[Report]:
    """The words, the files, and what they say of state and time; only trusted words change anything."""
    ref, key, at = task.ref.id, mail.key, mail.date
    words = own_words(mail.text)
    reading = read_words(words[:20_000]) if trusted else read_words("")
    raw = mail.raw[:RAW_CAP]
    if words or not mail.files:
        yield MessageReceived(
            key=f"{key}:text", ref=ref, at=at, raw=raw, text=words, question=reading.question,
            choices=reading.choices, sender=mail.sender_shown, notices=notices,
        )  # fmt: skip
    for part in mail.files:
        yield _artifact(mail, part, ref)
    if reading.seconds is not None:
        yield UsageReported(
            key=f"{key}:time", ref=ref, at=at, unit="second", quantity=reading.seconds,
            series=f"{ref}:time", cumulative=reading.total,
            note=reading.note,
        )  # fmt: skip
    replies = [reply for part in mail.calendars if trusted and (reply := read_reply(part.content))]
    for reply in replies:
        yield _state(mail, ref, reply.state, reply.native, reply.comment)
    if reading.state and not replies:
        yield _state(mail, ref, reading.state, reading.native, _reason(reading.state, reading.reason, words))


def _state(mail: Mail, ref: str, state: TaskState | None, native: str, reason: str | None) -> StateChanged:
    return StateChanged(
        key=f"{mail.key}:state", ref=ref, at=mail.date, state=state, native=native[:200], reason=reason
    )


def _reason(state: TaskState, said: str | None, words: str) -> str | None:
    return (said or " ".join(words.split()))[:500] if state is TaskState.REJECTED else None


def _artifact(mail: Mail, part: MailPart, ref: str) -> ArtifactReceived:
    return ArtifactReceived(
        key=f"{mail.key}:{part.index}", ref=ref, at=mail.date, name=part.name, size=len(part.content),
        locator=locator(mail, part), media_type=part.media_type,
    )  # fmt: skip


def locator(mail: Mail, part: MailPart) -> str:
    """Where a file is: its content's hash, and the mail and part that it can be read from again."""
    return urlencode({"sha256": part.sha256, "mail": mail.message_id, "part": part.index})


def locate(text: str) -> tuple[str, str, int]:
    """The sha256, Message-ID and part of a locator; raises NotFound for another text."""
    fields = {name: values[0] for name, values in parse_qs(text, keep_blank_values=True).items()}
    if (
        fields.keys() != {"sha256", "mail", "part"}
        or not fields["part"].isascii()
        or not fields["part"].isdigit()
    ):
        raise NotFound("this file isn't known to the mailbox")
    return fields["sha256"], fields["mail"], int(fields["part"])


def _calendar_task(mail: Mail, open_tasks: Sequence[OpenTask]) -> OpenTask | None:
    replies: list[TodoReply] = [reply for part in mail.calendars if (reply := read_reply(part.content))]
    return task_of([reply.uid for reply in replies], "", open_tasks)


def _unmatched(mail: Mail, reason: str) -> Unmatched:
    return Unmatched(
        key=f"{mail.key}:unmatched", ref="", at=mail.date, raw=mail.raw[:RAW_CAP], text=own_words(mail.text),
        subject=mail.subject, sender=mail.sender_shown, reason=reason,
    )  # fmt: skip


# --- mail that did not arrive ------------------------------------------------------------------


def _delivery(mail: Mail, open_tasks: Sequence[OpenTask], settings: MailSettings) -> Iterator[Report]:
    """A bounce of a submit fails the task; one of a later mail is shown as waiting on the person."""
    bounce = bounce_of(mail)
    task = task_of(bounce.originals, "", open_tasks) if bounce else None
    if bounce is None or task is None:
        return
    if bounce.recipients and not any(map(settings.expects, bounce.recipients)):
        return  # only our own copy came back
    words = f"{', '.join(bounce.recipients) or settings.to.address}: {bounce.diagnostic}"
    lost_submit = bounce.final and _first_of(bounce) == task.op_key
    yield MessageReceived(
        key=f"{mail.key}:text", ref=task.ref.id, at=mail.date, raw=mail.raw[:RAW_CAP], text=words,
        question=bounce.final and not lost_submit, sender=mail.sender_shown,
        notices=("bounced" if bounce.final else "delayed",),
    )  # fmt: skip
    if lost_submit:
        native = f"bounced {bounce.status}".strip()
        yield _state(mail, task.ref.id, TaskState.FAILED, native, bounce.diagnostic)


def _first_of(bounce: Bounce) -> str:
    """The op of the mail that came back. Its own Message-ID is the last in a DSN's own References and
    the first in the mail it returns; a submit has no thread before it, so any other id rules it out."""
    keys = {op_key_of(name) for name in bounce.originals}
    return keys.pop() if len(keys) == 1 else ""
