"""An assistant with an ordinary mail program: reads, answers, quotes, attaches; knows nothing of Spirou."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import format_datetime, localtime, make_msgid

from spirou_cli.adapters import Ref
from spirou_cli.testing import Assistant, SeenTask
from tests.backends.mail.house import Mailbox

__all__ = ["MailProgram", "text_of"]

_TAG = re.compile(r"\[\d+-([a-z2-7]{8})\]")
_MONTHS = "January February March April May June July August September October November December".split()
_DEADLINE = re.compile(rf"Deadline: .*?(\d{{1,2}}) ({'|'.join(_MONTHS)}) (\d{{4}})")


class MailProgram(Assistant):
    """Works on its own mailbox over IMAP and SMTP, as any program does."""

    def __init__(self, box: Mailbox, signature: str = "Julie\n+33 1 23 45 67 89") -> None:
        self.box = box
        self.signature = signature

    # --- reading

    def mails(self) -> list[EmailMessage]:
        """The whole inbox, oldest first."""
        client = self.box.imap()
        try:
            client.select("INBOX", readonly=True)
            found = client.uid("SEARCH", "ALL")[1][0].split()
            return [_parsed(client.uid("FETCH", uid, "(BODY.PEEK[])")[1][0][1]) for uid in found]
        finally:
            client.logout()

    def tasks(self) -> Sequence[SeenTask]:
        """A task is a mail that answers nothing; what answers it belongs to it."""
        mails = [mail for mail in self.mails() if _TAG.search(str(mail["Subject"]))]
        return [_seen(mail, mails) for mail in mails if not mail["In-Reply-To"]]

    def of(self, ref: Ref) -> EmailMessage:
        """The mail that started the thread."""
        return next(mail for mail in self.mails() if f"-{ref.id}]" in str(mail["Subject"]))

    # --- writing

    def answer(self, original: EmailMessage, text: str, *files: tuple[str, bytes]) -> EmailMessage:
        """What the program makes of «reply»: thread, quotation below, signature."""
        mail = EmailMessage()
        mail["From"] = f"Julie <{self.box.address}>"
        mail["To"] = str(original["From"])
        subject = str(original["Subject"])
        mail["Subject"] = subject if subject.startswith("Re: ") else f"Re: {subject}"
        mail["Date"] = format_datetime(localtime())
        mail["Message-ID"] = make_msgid(domain="mail.julie.test")
        mail["In-Reply-To"] = str(original["Message-ID"])
        earlier = str(original["References"] or "")
        mail["References"] = f"{earlier} {original['Message-ID']}".strip()
        quoted = "\n".join(f"> {line}" for line in text_of(original).splitlines())
        attribution = f"On {original['Date']}, {original['From']} wrote:"
        mail.set_content(f"{text}\n\n{attribution}\n{quoted}\n\n-- \n{self.signature}\n")
        for name, content in files:
            mail.add_attachment(content, maintype="application", subtype="octet-stream", filename=name)
        return mail

    def send(self, mail: EmailMessage) -> EmailMessage:
        with self.box.smtp() as smtp:
            smtp.send_message(mail)
        return mail

    def say(self, ref: Ref, text: str) -> None:
        self.send(self.answer(self.of(ref), text))

    def ask(self, ref: Ref, text: str) -> None:
        self.say(ref, f"Hello,\n\n{text}\n\nJulie")

    def start(self, ref: Ref) -> None:
        self.say(ref, "I'm on it.")

    def work(self, ref: Ref, minutes: int, note: str) -> None:
        self.say(ref, f"Time: {minutes} min ({note})")

    def correct_work(self, ref: Ref, minutes: int, note: str) -> None:
        self.say(ref, f"I made a mistake. Total time: {minutes} min ({note})")

    def deliver(self, ref: Ref, name: str, content: bytes) -> None:
        self.send(self.answer(self.of(ref), "Here it is.", (name, content)))

    def finish(self, ref: Ref) -> None:
        self.say(ref, "Done.")

    def refuse(self, ref: Ref, reason: str) -> None:
        self.say(ref, f"Refused: {reason}")

    def say_unknown_state(self, ref: Ref) -> str:
        """A calendar program may hand a to-do on to somebody else: no state of ours."""
        original = self.of(ref)
        mail = self.answer(original, "")
        mail.set_content(
            "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Test//EN\r\nMETHOD:REPLY\r\nBEGIN:VTODO\r\n"
            f"UID:{str(original['Message-ID']).strip('<>')}\r\nDTSTAMP:20261123T120000Z\r\n"
            f"ATTENDEE;PARTSTAT=DELEGATED:mailto:{self.box.address}\r\nEND:VTODO\r\nEND:VCALENDAR\r\n",
            subtype="calendar",
            params={"method": "REPLY"},
        )
        self.send(mail)
        return "DELEGATED"

    def garble(self, ref: Ref) -> None:
        """What a broken program sends: parts in parts in parts."""
        mail = self.answer(self.of(ref), "lost")
        head = b"".join(
            f"{name}: {mail[name]}\r\n".encode() for name in ("From", "To", "Subject", "Message-ID")
        )
        head += f"In-Reply-To: {mail['In-Reply-To']}\r\n".encode()
        parts = b"".join(
            f'Content-Type: multipart/mixed; boundary="b{depth}"\r\n\r\n--b{depth}\r\n'.encode()
            for depth in range(500)
        )
        with self.box.smtp() as smtp:
            smtp.sendmail(
                self.box.address, [str(mail["To"]).split("<")[-1].strip(">")], head + parts + b"\r\nx"
            )


def text_of(mail: EmailMessage) -> str:
    body = mail.get_body(("plain",))
    return body.get_content().removesuffix("\n") if body else ""


def _parsed(raw: bytes) -> EmailMessage:
    mail = message_from_bytes(raw, policy=policy.default)
    assert isinstance(mail, EmailMessage)
    return mail


def _seen(first: EmailMessage, mails: Sequence[EmailMessage]) -> SeenTask:
    later = [mail for mail in mails if mail["In-Reply-To"] == first["Message-ID"]]
    texts = [text_of(mail) for mail in later]
    everything = "\n\n".join([text_of(first), *texts])
    tag = _TAG.search(str(first["Subject"]))
    assert tag is not None
    new_titles = re.findall(r"^Task: (.*)$", everything, re.MULTILINE)
    deadlines = _DEADLINE.findall(everything)
    return SeenTask(
        ref=tag[1],
        title=[str(first["Subject"])[: tag.start()].strip(), *new_titles][-1],
        text=everything,
        messages=texts,
        files=[file for mail in [first, *later] for file in _files(mail)],
        due=_date(*deadlines[-1]) if deadlines else None,
        canceled=any("stop working on this task" in text for text in texts),
    )


def _files(mail: EmailMessage) -> list[tuple[str, bytes]]:
    return [(str(part.get_filename()), part.get_payload(decode=True)) for part in mail.iter_attachments()]


def _date(day: str, month: str, year: str) -> date:
    return date(int(year), _MONTHS.index(month) + 1, int(day))
