"""Sending one mail, and telling truly what happened to it."""

from __future__ import annotations

import contextlib
import smtplib
import socket
from collections.abc import Iterator, Sequence
from typing import Any, BinaryIO

from spirou_cli.adapters.base import AuthRequired, RateLimited, Rejected, Uncertain, Unreachable
from spirou_cli.adapters.email.guard import one_line
from spirou_cli.adapters.email.line import STEP_TIMEOUT_S, Line, Login

__all__ = ["check_smtp", "send"]

_MAX_LINES = 1_000
"""Of one reply."""


def check_smtp(line: Line, login: Login) -> None:
    """Connect, encrypt and sign in, and send nothing."""
    with _session(line, login):
        pass


def send(line: Line, login: Login, *, sender: str, recipients: Sequence[str], data: bytes) -> None:
    """Hand ``data`` over to all of ``recipients`` or to none. Returns when the server has taken it.

    Before the final dot nothing can have been sent (Unreachable); a 4xx answer is RateLimited, a 5xx
    is Rejected; no answer to the final dot is Uncertain.
    """
    with _session(line, login) as smtp:
        with _not_sent_yet(line):
            limit = smtp.esmtp_features.get("size", "")
            if limit.isdigit() and 0 < int(limit) < len(data):
                raise Rejected(
                    f"{line.host} takes mails up to {int(limit) // 1_000_000} MB", code="too_large"
                )
            _expect(smtp.mail(one_line(sender, "Your address")), line)
            for recipient in recipients:
                _expect(smtp.rcpt(one_line(recipient, "The address")), line, recipient)
            _expect(smtp.docmd("DATA"), line, good=354)
        _deliver(smtp, line, data)


def _deliver(smtp: smtplib.SMTP, line: Line, data: bytes) -> None:
    """From here on the mail may be gone even if we never hear of it."""
    try:
        smtp.send(_stuffed(data))
        code, text = smtp.getreply()
    except (OSError, smtplib.SMTPException):
        raise Uncertain(f"{line.host} took the mail and then said nothing") from None
    if code != 250 and not 400 <= code <= 599:
        raise Uncertain(f"{line.host} answered {code}, which means nothing here")
    _expect((code, text), line)


def _stuffed(data: bytes) -> bytes:
    """Lines that start with a dot get another one, and a lone dot ends it (RFC 5321, 4.5.2)."""
    lines = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n").removesuffix(b"\n").split(b"\n")
    return b"\r\n".join(b"." + text if text.startswith(b".") else text for text in lines) + b"\r\n.\r\n"


def _expect(reply: tuple[int, bytes], line: Line, about: str = "", good: int = 250) -> None:
    code, text = reply
    if code == good or (good == 250 and code == 251):
        return
    words = _words(text)
    said = f"{line.host} said {code}{f' about {about}' if about else ''}: {words}"
    if code == 530:
        raise AuthRequired(said)
    if 500 <= code <= 599:
        raise Rejected(said, code=_enhanced(words) or str(code))
    if 400 <= code <= 499:
        raise RateLimited(said)
    raise Unreachable(said)


def _words(text: bytes | str) -> str:
    shown = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    return " ".join(shown.split())[:300]


def _enhanced(words: str) -> str:
    """The enhanced status code (RFC 3463) that leads the words, if there is one."""
    first = words.partition(" ")[0]
    return first if first.replace(".", "").isdigit() and first.count(".") == 2 else ""


# --- the session -------------------------------------------------------------------------------


class _FewLines:
    """What a server says to one command: no reply is longer, and smtplib would keep all of it."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.left = 0

    def readline(self, limit: int) -> bytes:
        self.left -= 1
        if self.left < 0:
            raise ConnectionError("a reply without end")
        return self._file.readline(limit)

    def close(self) -> None:
        self._file.close()


class _Smtp(smtplib.SMTP):
    """smtplib on a watched line, with a limit on what a server can make us hold in memory."""

    file: Any

    def __init__(self, line: Line) -> None:
        self._spirou_line = line
        # a fixed name: the default looks the machine's own name up, and tells it
        super().__init__(line.host, line.server.port, local_hostname="[127.0.0.1]", timeout=STEP_TIMEOUT_S)

    def getreply(self) -> tuple[int, bytes]:
        if self.file is None and self.sock is not None:
            self.file = _FewLines(self.sock.makefile("rb"))
        if self.file is not None:
            self.file.left = _MAX_LINES
        return super().getreply()

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        return self._spirou_line.dial()


@contextlib.contextmanager
def _session(line: Line, login: Login) -> Iterator[smtplib.SMTP]:
    with line, contextlib.ExitStack() as closing:
        with _not_sent_yet(line):
            smtp = _Smtp(line)
            closing.callback(_quit, smtp)
            smtp.ehlo_or_helo_if_needed()
            if not line.server.tls:
                if not smtp.has_extn("starttls"):
                    raise Unreachable(f"{line.host} offers no encryption: no password is sent to it")
                smtp.starttls(context=line.context)
                smtp.ehlo_or_helo_if_needed()
            _sign_in(smtp, login, line)
        yield smtp


def _quit(smtp: smtplib.SMTP) -> None:
    with contextlib.suppress(OSError, smtplib.SMTPException):
        smtp.quit()
    smtp.close()


def _sign_in(smtp: smtplib.SMTP, login: Login, line: Line) -> None:
    """One attempt with one mechanism: smtplib's login() tries several, and locks accounts that count."""
    offered = smtp.esmtp_features.get("auth", "").upper().split()
    mechanism = (
        "XOAUTH2" if login.oauth2 else next((name for name in ("PLAIN", "LOGIN") if name in offered), "")
    )
    if not offered:
        raise Unreachable(f"{line.host} lets nobody sign in: is it the server that you send mail through?")
    if not mechanism:
        raise AuthRequired(f"{line.host} takes no password, only {' or '.join(offered)}")
    smtp.user, smtp.password = login.name(), login.password()
    answers = {
        "PLAIN": smtp.auth_plain,
        "LOGIN": smtp.auth_login,
        "XOAUTH2": lambda challenge=None: "" if challenge else login.xoauth2(),
    }
    try:
        smtp.auth(mechanism, answers[mechanism])
    except smtplib.SMTPAuthenticationError as error:
        if 400 <= error.smtp_code <= 499:
            raise RateLimited(
                f"{line.host} can't check the password now: {_words(error.smtp_error)}"
            ) from None
        raise AuthRequired(
            f"{line.host} refused the password of {login.user}: {_words(error.smtp_error)}"
        ) from None


@contextlib.contextmanager
def _not_sent_yet(line: Line) -> Iterator[None]:
    """Whatever fails in here, no mail has left."""
    try:
        yield
    except smtplib.SMTPServerDisconnected:
        raise Unreachable(f"{line.host} closed the connection") from None
    except smtplib.SMTPConnectError as error:  # the greeting is about us, not about this mail
        raise Unreachable(f"{line.host} takes no mail now: {_words(error.smtp_error)}") from None
    except smtplib.SMTPResponseException as error:
        _expect((error.smtp_code, _words(error.smtp_error).encode()), line)
        raise Unreachable(f"{line.host} said {error.smtp_code}") from None
    except smtplib.SMTPException as error:
        raise Unreachable(f"{line.host} doesn't speak SMTP as expected ({type(error).__name__})") from None
    except OSError as error:
        raise line.failure(error) from None
