"""Email as a provider: SMTP out, IMAP in, one thread a task."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from email.utils import make_msgid
from typing import TYPE_CHECKING, ClassVar

from spirou_cli.adapters.base import (
    AdapterError,
    Attachment,
    BaseAdapter,
    Batch,
    Brief,
    CancelOutcome,
    Capabilities,
    Changes,
    Connection,
    Message,
    NotFound,
    OpenTask,
    PendingOp,
    Ref,
    Rejected,
    Report,
    Submitted,
    Unreachable,
)
from spirou_cli.adapters.email.compose import Letter, compose
from spirou_cli.adapters.email.line import Line, Login, tls_context
from spirou_cli.adapters.email.mail import UnreadableMail, header_text, read_mail
from spirou_cli.adapters.email.reports import RAW_CAP, locate, read_answer
from spirou_cli.adapters.email.settings import SETTINGS, Lookup, Server, read_settings
from spirou_cli.adapters.email.smtp import check_smtp, send
from spirou_cli.adapters.email.thread import made_at, message_id, op_key_of, ref_of, tag, thread_of
from spirou_cli.adapters.email.todo import icalendar, todo
from spirou_cli.adapters.email.wording import read_wording
from spirou_cli.domain.ops import OpKind, Repeat, Repeatability

if TYPE_CHECKING:
    from spirou_cli.adapters.email.imap import Mailbox

__all__ = ["EmailAdapter"]

_SETTLE_S = 900
"""How long our own copy may take to come back through our own host, on a bad day."""
_IMAP_DEADLINE_S = 300.0
_CHUNK = 1 << 16


class EmailAdapter(BaseAdapter):
    """A person with a mailbox. The Message-ID of each mail is the key of the op that it carries."""

    kind: ClassVar[str] = "email"
    settings = SETTINGS
    pause_s: ClassVar[float] = 1.0
    """Between two mails of one run: senders that fire many at once are taken for robots."""
    probe_s: ClassVar[float] = 20.0
    """How long a server may take to file what it sent."""

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection)
        self._settings = read_settings(connection.settings)
        self._login = Login(
            self._settings.user, lambda: connection.secret("password"), oauth2=self._settings.oauth2
        )
        self._last_sent: float | None = None
        self._uidnext = 0

    @staticmethod
    def origin(settings: Mapping[str, str]) -> str:
        """The two servers that the settings, or the preset they lead to, name."""
        return read_settings(settings).origin

    # --- what it can do ------------------------------------------------------------------------

    def capabilities(self) -> Capabilities:
        """A lost answer can be looked up where our own copy, or the server's, proves what left."""
        known = self._settings.lookup is not Lookup.NONE
        how = Repeatability(Repeat.LOOKUP, settle_s=_SETTLE_S) if known else Repeatability(Repeat.BLIND)
        ops = (OpKind.SUBMIT, OpKind.REPLY, OpKind.EDIT, OpKind.CANCEL, OpKind.REOPEN)
        return Capabilities(
            reply=True,
            edit=True,
            cancel=True,
            reopen=True,
            attach=True,
            find=known,
            deadline=True,
            budget=True,
            reports_time=True,
            wait=True,
            link=True,
            late=True,
            fetch_on_pull=True,
            worker="human",
            repeat=dict.fromkeys(ops, how),
            poll_interval_s=120,
        )

    def check(self) -> Capabilities:
        """Sign in on both sides and open every folder; nothing is sent.

        With ``lookup=server`` the claim is proved: by a mail of ours that the server has filed, else by
        one short mail to ourselves. Raises Rejected when the server files nothing.
        """
        read_wording(self.connection.language, self._settings.template)
        if self._settings.ical:
            icalendar()
        check_smtp(self._line(self._settings.smtp), self._login)
        with self._mailbox() as mailbox:
            for folder in self._settings.folders:
                mailbox.open(folder)
            proved = self._settings.lookup is not Lookup.SERVER or self._server_files(mailbox)
        if not proved:
            self._probe()
        return self.capabilities()

    # --- out -----------------------------------------------------------------------------------

    def submit(self, brief: Brief) -> Submitted:
        """Send the brief: one plain message, one recipient."""
        wording = read_wording(brief.language, self._settings.template)
        letter = Letter(
            brief.op_key,
            self._message_id(brief.op_key),
            wording.subject(brief, tag(brief.number, brief.op_key)),
            wording.brief(brief, self._settings.to, self._settings.own),
            attachments=brief.attachments,
        )
        if self._settings.ical:
            letter = self._with_todo(letter, letter.message_id, brief)
        self._send(letter)
        return Submitted(self._ref(brief.op_key, letter.subject))

    def reply(self, ref: Ref, op_key: str, message: Message) -> Sequence[Report]:
        return self._send_further("reply", ref, op_key, message)

    def reopen(self, ref: Ref, op_key: str, message: Message) -> Sequence[Report]:
        return self._send_further("reopen", ref, op_key, message)

    def edit(self, ref: Ref, op_key: str, changes: Changes) -> Sequence[Report]:
        """Say what holds now, for the fields that changed."""
        wording = read_wording(changes.brief.language, self._settings.template)
        text = wording.edit(changes, self._settings.to, self._settings.own)
        files = changes.brief.attachments if "attachments" in changes.fields else ()
        letter = self._in_thread(ref, op_key, text, files)
        if self._settings.ical:
            letter = self._with_todo(letter, letter.answers, changes.brief)
        self._send(letter)
        return ()

    def cancel(self, ref: Ref, op_key: str) -> CancelOutcome:
        """Ask to stop; only an answer can confirm it."""
        wording = read_wording(self.connection.language, self._settings.template)
        text = wording.further("cancel", "", self._settings.to, self._settings.own)
        letter = self._in_thread(ref, op_key, text, ())
        if self._settings.ical:
            letter = self._with_todo(letter, letter.answers, None)
        self._send(letter)
        return CancelOutcome.REQUESTED

    def _send_further(self, section: str, ref: Ref, op_key: str, message: Message) -> Sequence[Report]:
        wording = read_wording(self.connection.language, self._settings.template)
        text = wording.further(section, message.text, self._settings.to, self._settings.own)
        self._send(self._in_thread(ref, op_key, text, message.attachments))
        return ()

    def _in_thread(self, ref: Ref, op_key: str, text: str, files: Sequence[Attachment]) -> Letter:
        thread = thread_of(ref)
        return Letter(op_key, self._message_id(op_key), thread.subject, text, thread.root, tuple(files))

    def _with_todo(self, letter: Letter, uid: str, brief: Brief | None) -> Letter:
        """The same task for a calendar program; a later change has a higher number (RFC 5546, 2.1.4)."""
        method = "CANCEL" if brief is None else "REQUEST"
        first, this = made_at(op_key_of(uid)), made_at(letter.op_key)
        sequence = max(0, round((this - first).total_seconds())) if first and this else 0
        calendar = todo(
            uid, brief, method=method, sequence=sequence, now=self.connection.now(),
            organizer=self._settings.own, attendee=self._settings.to,
        )  # fmt: skip
        return replace(letter, calendar=calendar, calendar_method=method)

    def _message_id(self, op_key: str) -> str:
        return message_id(op_key, self._settings.own.domain)

    def _ref(self, op_key: str, subject: str) -> Ref:
        return ref_of(
            op_key, address=self._settings.to.address, subject=subject, message_id=self._message_id(op_key)
        )

    # --- sending -------------------------------------------------------------------------------

    def _send(self, letter: Letter) -> None:
        data = compose(letter, self._settings, self.connection.now())
        recipients = [self._settings.to.address]
        if self._settings.lookup is Lookup.BCC:
            recipients.append(self._settings.own.address)
        self._hand_over(data, recipients)
        if self._settings.lookup is not Lookup.SERVER and self._settings.sent_folder != "none":
            self._file_copy(letter, data)

    def _hand_over(self, data: bytes, recipients: Sequence[str]) -> None:
        if self._last_sent is not None:
            time.sleep(max(0.0, self._last_sent + self.pause_s - time.monotonic()))
        line = self._line(self._settings.smtp, 60 + len(data) / 50_000)  # at least 50 kB a second
        send(line, self._login, sender=self._settings.own.address, recipients=recipients, data=data)
        self._last_sent = time.monotonic()

    def _file_copy(self, letter: Letter, data: bytes) -> None:
        """Keep a copy with the person's sent mail. The mail has left: nothing in here may fail the op."""
        try:
            with self._mailbox() as mailbox:
                folder = self._sent(mailbox)
                if folder is None:
                    return
                mailbox.open(folder)
                if not mailbox.named(letter.message_id):
                    mailbox.file(data, folder)
        except AdapterError as error:
            self.connection.log.warning("no copy was filed with the sent mail: %s", error)

    def _sent(self, mailbox: Mailbox) -> str | None:
        named = self._settings.sent_folder
        return mailbox.folder_for("\\Sent") if named in ("auto", "none") else named

    # --- looking up ----------------------------------------------------------------------------

    def find(self, op: PendingOp) -> Ref | None:
        """Look for the op's Message-ID among our own copies: there, it left.

        Absence says something only where copies do arrive: a rule that sorts them away, or a server
        that stopped filing them, must not make us send twice. Then nothing can be told (Unreachable).
        """
        with self._mailbox() as mailbox:
            folders = self._own_copies(mailbox)
            for folder in folders:
                mailbox.open(folder)
                for uid in mailbox.named(self._message_id(op.op_key)):
                    return op.ref or self._ref(op.op_key, self._subject(mailbox, uid))
            if self._settings.lookup is Lookup.SERVER:
                proved = self._server_files(mailbox)
            else:
                proved = any(self._has_copies(mailbox, folder) for folder in folders)
        if not proved:
            raise Unreachable("no earlier copy of our own mail is there to prove that copies arrive")
        return None

    def _own_copies(self, mailbox: Mailbox) -> list[str]:
        places = (mailbox.folder_for("\\All"), self._sent(mailbox), "INBOX", *self._settings.folders)
        return list(dict.fromkeys(place for place in places if place))

    def _subject(self, mailbox: Mailbox, uid: int) -> str:
        head = next(mailbox.heads([uid]), None)
        if head is None:
            raise Unreachable("the copy went away while it was read")
        return header_text(read_mail(head.raw).headers, "Subject")

    def _server_files(self, mailbox: Mailbox) -> bool:
        folder = self._sent(mailbox)
        return folder is not None and self._has_copies(mailbox, folder)

    def _has_copies(self, mailbox: Mailbox, folder: str) -> bool:
        mailbox.open(folder)
        return mailbox.has_copies()

    def _probe(self) -> None:
        """Send ourselves one mail and see whether the server files it."""
        own = self._settings.own
        name = make_msgid("spirou-test", own.domain).strip("<>")
        letter = Letter(
            "test", name, "Spirou: does the server keep what it sends?", "You can delete this mail."
        )
        data = compose(letter, replace(self._settings, to=own), self.connection.now())
        self._hand_over(data, [own.address])
        ends = time.monotonic() + self.probe_s
        while time.monotonic() < ends:
            with self._mailbox() as mailbox:
                if self._server_files(mailbox):
                    return
            time.sleep(1)
        raise Rejected(
            f"{self._settings.smtp.host} does not file what it sends: set lookup=bcc, or none to be asked",
            code="lookup",
        )

    # --- in ------------------------------------------------------------------------------------

    def pull(self, cursor: str | None, open_tasks: Sequence[OpenTask]) -> Batch:
        """What the mailbox has about our tasks, page by page; the rest of it is never fetched."""
        from spirou_cli.adapters.email.inbox import read_news

        with self._mailbox() as mailbox:
            return read_news(mailbox, cursor, open_tasks, self._settings, self.connection.files)

    def link(self, raw: bytes, task: OpenTask) -> Sequence[Report]:
        """Read a mail that matched nothing as an answer about ``task``, because the person said so."""
        from spirou_cli.adapters.email.inbox import keep_files

        try:
            mail = read_mail(raw)
            if len(raw) >= RAW_CAP:  # only its beginning was kept
                mail = read_mail(self._whole(mail.message_id))
        except UnreadableMail as error:
            raise Rejected(f"this mail can't be read: {error}") from None
        keep_files(mail, self.connection.files)
        return list(read_answer(mail, task, trusted=True, notices=mail.notices))

    def fetch(self, locator: str, write: Callable[[bytes], object]) -> None:
        """The content of a file: kept while reading, else read again from the mail it came in."""
        sha256, mail, part = locate(locator)
        kept = self.connection.files / sha256
        content = kept.read_bytes() if sha256.isalnum() and kept.is_file() else self._refetch(mail, part)
        if hashlib.sha256(content).hexdigest() != sha256:
            raise NotFound("the file in the mailbox is no longer the one that was received")
        for start in range(0, len(content), _CHUNK):
            write(content[start : start + _CHUNK])

    def _refetch(self, name: str, index: int) -> bytes:
        parts = {part.index: part.content for part in read_mail(self._whole(name)).files}
        if index not in parts:
            raise NotFound("the mail in the mailbox no longer has this file")
        return parts[index]

    def _whole(self, name: str) -> bytes:
        """A mail we were told of, by its Message-ID."""
        with self._mailbox() as mailbox:
            for folder in self._settings.folders:
                mailbox.open(folder)
                for uid in mailbox.named(name) if name else ():
                    if raw := mailbox.whole(uid):
                        return raw
        raise NotFound("this mail is no longer in the mailbox")

    def wait(self, seconds: float) -> bool:
        """Wait for mail in the first folder: told by the server (IDLE), else by the clock."""
        line = self._line(self._settings.imap, seconds + 60)
        with self._mailbox(line) as mailbox:
            folder = mailbox.open(self._settings.folders[0])
            arrived, self._uidnext = 0 < self._uidnext < folder.uidnext, folder.uidnext
            if arrived:
                return True
            if mailbox.can_wait:
                return mailbox.wait(min(seconds, 25 * 60))
        time.sleep(seconds)
        return False

    # --- lines ---------------------------------------------------------------------------------

    def _line(self, server: Server, deadline_s: float = 60.0) -> Line:
        return Line(server, tls_context(self._settings.ca_file), deadline_s)

    def _mailbox(self, line: Line | None = None) -> AbstractContextManager[Mailbox]:
        from spirou_cli.adapters.email.imap import open_mailbox  # imap_tools: 39 ms, for IMAP only

        return open_mailbox(line or self._line(self._settings.imap, _IMAP_DEADLINE_S), self._login)
