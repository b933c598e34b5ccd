"""Mails written by hand, and the task they are about."""

from __future__ import annotations

from email.message import EmailMessage
from email.policy import SMTP

from spirou_cli.adapters import OpenTask
from spirou_cli.adapters.email.mail import Mail, read_mail
from spirou_cli.adapters.email.settings import MailSettings, read_settings
from spirou_cli.adapters.email.thread import message_id, ref_of, tag

__all__ = ["KEY", "OTHER_KEY", "SETTINGS", "TASK", "a_task", "letter", "mail", "settings"]

KEY = "019ab1c2-0000-7000-8000-0123456789ab"
OTHER_KEY = "019ab1c2-0000-7000-8000-ba9876543210"
SETTINGS = {
    "to": "Julie Martin <julie@assistant.test>",
    "from": "Anna <anna@client.test>",
    "smtp_host": "smtp.client.test",
    "imap_host": "imap.client.test",
}


def settings(**more: str) -> MailSettings:
    return read_settings(SETTINGS | more)


def a_task(op_key: str = KEY, number: int = 14) -> OpenTask:
    subject = f"Book the dentist {tag(number, op_key)}"
    name = message_id(op_key, "client.test")
    return OpenTask(
        ref_of(op_key, address="julie@assistant.test", subject=subject, message_id=name), number, op_key
    )


TASK = a_task()


def letter(
    text: str = "Done, 12 min.",
    *,
    sender: str = "Julie <julie@assistant.test>",
    subject: str = "Re: Book the dentist",
    answers: str | None = KEY,
    html: str = "",
    files: tuple[tuple[str, str, bytes], ...] = (),
    **headers: str,
) -> bytes:
    """A reply as a mail program writes it; ``files`` are name, media type and content."""
    message = EmailMessage(policy=SMTP)
    message["From"] = sender
    message["To"] = "anna@client.test"
    message["Subject"] = subject
    message["Message-ID"] = headers.pop("message_id", "<answer-1@assistant.test>")
    message["Date"] = "Mon, 23 Nov 2026 10:12:00 +0100"
    if answers:
        message["In-Reply-To"] = f"<{message_id(answers, 'client.test')}>"
    for name, value in headers.items():
        message[name.replace("_", "-")] = value
    message.set_content(text)
    if html:
        message.add_alternative(html, subtype="html")
    for name, media_type, content in files:
        maintype, _, subtype = media_type.partition("/")
        message.add_attachment(content, maintype=maintype, subtype=subtype, filename=name)
    return bytes(message)


def mail(*args: object, **kwargs: object) -> Mail:
    return read_mail(letter(*args, **kwargs))  # type: ignore[arg-type]
