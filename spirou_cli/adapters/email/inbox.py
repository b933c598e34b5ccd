"""Reading the news: which mails are ours to read, page by page, each once."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from secrets import token_hex

from spirou_cli.adapters.base import Batch, OpenTask, Report, Unmatched, Unreadable
from spirou_cli.adapters.email.cursor import Cursor
from spirou_cli.adapters.email.imap import MAX_RECEIVED, Head, Mailbox
from spirou_cli.adapters.email.kinds import from_a_robot
from spirou_cli.adapters.email.mail import Mail, UnreadableMail, read_mail
from spirou_cli.adapters.email.reports import RAW_CAP, is_our_copy, read_reports
from spirou_cli.adapters.email.settings import MailSettings
from spirou_cli.adapters.email.thread import made_at, task_of

__all__ = ["PAGE", "keep_files", "read_news"]

PAGE = 500
"""Mails looked at before what they say is handed over."""
_PAGE_BYTES = 8_000_000
_PAGE_SECONDS = 30.0
_CLOCKS = timedelta(minutes=10)
"""How far two machines' clocks may be apart."""


@dataclass(slots=True)
class _Page:
    """What has been read so far: a slow server or long mails make several pages, not a longer one."""

    reports: list[Report] = field(default_factory=list)
    mails: int = 0
    bytes: int = 0
    ends: float = field(default_factory=lambda: time.monotonic() + _PAGE_SECONDS)

    @property
    def full(self) -> bool:
        return self.mails >= PAGE or self.bytes >= _PAGE_BYTES or time.monotonic() > self.ends


def read_news(
    mailbox: Mailbox, cursor: str | None, open_tasks: Sequence[OpenTask], settings: MailSettings, files: Path
) -> Batch:
    """One page of what arrived. Raises CursorExpired when a folder's uids changed their meaning."""
    place, page = Cursor.parse(cursor), _Page()
    for name in settings.folders:
        folder = mailbox.open(name)
        last_read = place.last_read(folder)
        oldest = _oldest(open_tasks) if last_read is None else None
        uids = _unread(mailbox, last_read, oldest, open_tasks)
        allowed = uids[: PAGE - page.mails]
        for head in mailbox.heads(allowed):
            page.mails += 1
            if _concerns_us(head, open_tasks, settings):
                page.bytes += head.size
                found = _read(mailbox, head, open_tasks, settings, files)
                page.reports += (report for report in found if not _is_old(report, head, oldest))
            place = place.moved(folder, head.uid)
            if page.full:
                break
        else:
            if allowed == uids:
                place = place.moved(folder, max([folder.uidnext - 1, *uids]))
                continue
            place = place.moved(folder, allowed[-1])
        return Batch(tuple(page.reports), str(place), more=True)
    return Batch(tuple(page.reports), str(place))


def _unread(
    mailbox: Mailbox, last_read: int | None, oldest: datetime | None, open_tasks: Sequence[OpenTask]
) -> list[int]:
    """With nothing delegated yet, what is in the mailbox is the person's own, and stays unread."""
    if last_read is not None:
        return mailbox.after(last_read)
    # servers compare days, in a zone of their own
    return mailbox.since((oldest - timedelta(days=2)).date() if oldest else None) if open_tasks else []


def _oldest(open_tasks: Sequence[OpenTask]) -> datetime | None:
    """When the oldest task was handed over: no answer is older. None if a key doesn't tell."""
    made = [made_at(task.op_key) for task in open_tasks]
    known = [moment for moment in made if moment is not None]
    return min(known) if known and len(known) == len(made) else None


def _is_old(report: Report, head: Head, oldest: datetime | None) -> bool:
    """Mail from before the first task that belongs to none: the person has long read it."""
    before = oldest is not None and head.arrived is not None and head.arrived < oldest - _CLOCKS
    return before and isinstance(report, Unmatched)


def _concerns_us(head: Head, open_tasks: Sequence[OpenTask], settings: MailSettings) -> bool:
    """By its headers alone. A mailbox is a private place: other mail is never fetched."""
    try:
        mail = read_mail(head.raw)
    except UnreadableMail:
        return False
    if is_our_copy(mail, settings):
        return False
    return (
        settings.expects(mail.sender)
        or from_a_robot(mail)
        or task_of(mail.answers_to, mail.subject, open_tasks) is not None
    )


def _read(
    mailbox: Mailbox, head: Head, open_tasks: Sequence[OpenTask], settings: MailSettings, files: Path
) -> Iterator[Report]:
    if head.size > MAX_RECEIVED:
        why = f"it has {head.size // 1_000_000} MB: look at it in your mail program"
        yield _unreadable(head, head.raw, why, open_tasks)
        return
    raw = mailbox.whole(head.uid)
    if raw is None:
        return
    try:
        mail = read_mail(raw)
    except UnreadableMail as error:
        yield _unreadable(head, raw, str(error), open_tasks)
        return
    reports = list(read_reports(mail, open_tasks, settings, repeated=_repeats(mailbox, head, mail)))
    if reports:
        keep_files(mail, files)
    yield from reports


def _unreadable(head: Head, raw: bytes, reason: str, open_tasks: Sequence[OpenTask]) -> Report:
    """Kept, named and counted under its task; one that names no task waits in the inbox."""
    mail = read_mail(head.raw)
    task = task_of(mail.answers_to, mail.subject, open_tasks)
    key = f"{hashlib.sha256(raw).hexdigest()[:32]}:unreadable"
    if task is None:
        return Unmatched(
            key=key, ref="", at=mail.date, raw=raw[:RAW_CAP], text=reason, subject=mail.subject,
            sender=mail.sender_shown, reason="unreadable",
        )  # fmt: skip
    return Unreadable(key=key, ref=task.ref.id, at=mail.date, raw=raw[:RAW_CAP], reason=reason)


def _repeats(mailbox: Mailbox, head: Head, mail: Mail) -> bool:
    """Whether an earlier mail has the same Message-ID and says something else."""
    if not mail.message_id.isascii() or not mail.message_id.isprintable():
        return False  # can't be searched for
    for uid in mailbox.named(mail.message_id):
        if uid < head.uid and (raw := mailbox.whole(uid)) is not None:
            try:
                earlier = read_mail(raw)
            except UnreadableMail:
                continue
            if earlier.message_id == mail.message_id and earlier.key != mail.key:
                return True
    return False


def keep_files(mail: Mail, files: Path) -> None:
    """Keep the content of a mail's files by its hash, so that ``fetch`` needs no server."""
    files.mkdir(parents=True, exist_ok=True, mode=0o700)
    for part in mail.files:
        target = files / part.sha256
        if not target.exists():
            partial = files / f".{part.sha256}.{token_hex(4)}"
            partial.write_bytes(part.content)
            partial.replace(target)
