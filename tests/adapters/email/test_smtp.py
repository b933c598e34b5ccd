"""What is said of a mail is true, whatever the server does and wherever it stops."""

from __future__ import annotations

import base64
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
import trustme

from spirou_cli.adapters import AdapterError, AuthRequired, RateLimited, Rejected, Uncertain, Unreachable
from spirou_cli.adapters.email.line import Login
from spirou_cli.adapters.email.smtp import check_smtp, send
from tests.adapters.email.scripted import Conversation, Script, Scripted, scripted, smtp_script

LOGIN = Login("anna", lambda: "pa-1")
MAIL = b"Subject: x\r\n\r\nHello\r\n.\r\n..two\r\n"

Serve = Callable[..., AbstractContextManager[Scripted]]


@pytest.fixture
def serve(authority: trustme.CA, ca_file: Path) -> Serve:
    def start(script: Script, *, tls: bool = True) -> AbstractContextManager[Scripted]:
        return scripted(script, authority, ca_file, tls=tls)

    return start


def hand_over(
    server: Scripted, *, deadline_s: float = 10.0, data: bytes = MAIL, login: Login = LOGIN
) -> None:
    people = ("julie@assistant.test", "anna@client.test")
    line = server.line(deadline_s=deadline_s)
    send(line, login, sender="anna@client.test", recipients=people, data=data)


OUTCOMES: list[tuple[str, bytes | None, type[AdapterError]]] = [
    ("hello", b"421 too busy", Unreachable),
    ("hello", b"554 not you", Unreachable),
    ("hello", None, Unreachable),
    ("EHLO", b"HTTP/1.1 400 Bad Request", Unreachable),
    ("AUTH", b"535 wrong", AuthRequired),
    ("AUTH", b"454 try later", RateLimited),
    ("AUTH", None, Unreachable),
    ("MAIL", b"530 sign in first", AuthRequired),
    ("MAIL", b"451 later", RateLimited),
    ("MAIL", b"550 5.7.1 not from you", Rejected),
    ("RCPT", b"450 greylisted", RateLimited),
    ("RCPT", b"550 5.1.1 no such person", Rejected),
    ("RCPT", None, Unreachable),
    ("DATA", b"451 later", RateLimited),
    ("DATA", b"554 no", Rejected),
    ("DATA", None, Unreachable),
    (".", b"452 disk full", RateLimited),
    (".", b"552 too large", Rejected),
    (".", None, Uncertain),
    (".", b"nonsense", Uncertain),
    (".", b"354 go on", Uncertain),
]


@pytest.mark.parametrize(("at", "reply", "outcome"), OUTCOMES, ids=[f"{a} {b!r}" for a, b, _ in OUTCOMES])
def test_every_answer_has_its_meaning(
    serve: Serve, at: str, reply: bytes | None, outcome: type[AdapterError]
) -> None:
    """Before the final dot nothing was sent; after it only the server's answer can tell."""
    with serve(smtp_script({at: reply})) as server, pytest.raises(AdapterError) as told:
        hand_over(server)

    assert type(told.value) is outcome


def test_the_hosts_own_code_is_the_reason(serve: Serve) -> None:
    """A refusal keeps the enhanced status code (RFC 3463), or the plain one."""
    with serve(smtp_script({"RCPT": b"550 5.1.1 no such person"})) as server, pytest.raises(Rejected) as told:
        hand_over(server)

    assert told.value.code == "5.1.1"
    assert "julie@assistant.test" in str(told.value)


def test_what_arrives_is_what_was_sent(serve: Serve) -> None:
    """Lines of dots survive, and nothing but the two recipients is named."""
    with serve(smtp_script()) as server:
        hand_over(server)

    start = server.heard.index(b"DATA") + 1
    end = server.heard.index(b".", start)
    received = [line[1:] if line.startswith(b".") else line for line in server.heard[start:end]]
    assert b"\r\n".join(received) + b"\r\n" == MAIL
    assert server.verbs()[: start - 1] == [b"EHLO", b"AUTH", b"MAIL", b"RCPT", b"RCPT"]
    assert server.heard[0] == b"ehlo [127.0.0.1]"


def test_one_refused_recipient_sends_to_nobody(serve: Serve) -> None:
    """A mail that our own copy can't prove isn't sent, nor a copy without the mail."""
    with serve(smtp_script({"RCPT": b"550 no"})) as server, pytest.raises(Rejected):
        hand_over(server)

    assert b"DATA" not in server.verbs()


def test_a_mail_over_the_servers_limit_is_not_uploaded(serve: Serve) -> None:
    """The size that the server announces (RFC 1870) is believed."""
    script = smtp_script(features=(b"AUTH PLAIN", b"SIZE 10"))
    with serve(script) as server, pytest.raises(Rejected) as told:
        hand_over(server)

    assert told.value.code == "too_large"
    assert b"MAIL" not in server.verbs()


def test_a_password_is_tried_once(serve: Serve) -> None:
    """Two tries with two mechanisms are two failures where accounts are locked after three."""
    with serve(smtp_script({"AUTH": b"535 wrong"})) as server, pytest.raises(AuthRequired) as told:
        hand_over(server)

    assert server.verbs().count(b"AUTH") == 1
    assert "pa-1" not in str(told.value)
    assert base64.b64encode(b"\0anna\0pa-1").decode() not in str(told.value)


def test_a_token_goes_as_xoauth2(serve: Serve) -> None:
    """The form that Google and Microsoft document, with the token as it came."""
    script = smtp_script(features=(b"AUTH XOAUTH2 PLAIN",))
    with serve(script) as server:
        check_smtp(server.line(), Login("anna@client.test", lambda: "ya29.token", oauth2=True))

    (auth,) = (line for line in server.heard if line.startswith(b"AUTH"))
    assert auth.startswith(b"AUTH XOAUTH2 ")
    decoded = base64.b64decode(auth.split(b" ")[2])
    assert decoded == b"user=anna@client.test\x01auth=Bearer ya29.token\x01\x01"


def test_no_password_is_sent_where_nothing_is_encrypted(serve: Serve) -> None:
    """A server without STARTTLS, or a network that hides it, gets no password."""
    with serve(smtp_script(), tls=False) as server, pytest.raises(Unreachable, match="no encryption"):
        check_smtp(server.line(tls=False), LOGIN)

    assert b"AUTH" not in server.verbs()


def test_a_server_without_passwords_is_named(serve: Serve) -> None:
    """Some hosts take OAuth2 only: the refusal says what they offer."""
    script = smtp_script(features=(b"AUTH XOAUTH2",))
    with serve(script) as server, pytest.raises(AuthRequired, match="XOAUTH2"):
        check_smtp(server.line(), LOGIN)


@pytest.mark.parametrize("secret", ["", "é", "a\r\nb", "a\0b"])
def test_a_password_that_cannot_be_sent_is_refused_unseen(serve: Serve, secret: str) -> None:
    """Nothing outside printable ASCII goes into a protocol of lines."""
    with serve(smtp_script()) as server, pytest.raises(AuthRequired):
        check_smtp(server.line(), Login("anna", lambda: secret))

    assert b"AUTH" not in server.verbs()


@pytest.mark.parametrize("address", ["a@x.test\r\nRCPT TO:<evil@x.test>", "a@x.test\0"])
def test_a_line_break_never_becomes_a_command(serve: Serve, address: str) -> None:
    """Every argument passes one door."""
    with serve(smtp_script()) as server, pytest.raises(Rejected):
        send(server.line(), LOGIN, sender="anna@client.test", recipients=(address,), data=MAIL)

    assert b"RCPT" not in server.verbs()


@pytest.mark.parametrize("where", ["greeting", "final dot"])
def test_a_dripping_server_is_cut_off(serve: Serve, where: str) -> None:
    """A byte now and then is not an answer; what is said depends on what had been sent."""

    def after_the_dot(talk: Conversation) -> None:
        talk.say(b"220 ready")
        for reply in (b"250-x\r\n250 AUTH PLAIN", b"235 ok", b"250 ok", b"250 ok", b"250 ok", b"354 go on"):
            talk.hear()
            talk.say(reply)
        while talk.hear() != b".":
            pass
        talk.drip(b"2")

    def at_once(talk: Conversation) -> None:
        talk.drip(b"2")

    script, outcome = (at_once, Unreachable) if where == "greeting" else (after_the_dot, Uncertain)
    with serve(script) as server, pytest.raises(AdapterError) as told:
        hand_over(server, deadline_s=1.0)

    assert type(told.value) is outcome


@pytest.mark.parametrize(
    ("verb", "outcome"), [("EHLO", Unreachable), ("MAIL", Unreachable), (".", Uncertain)]
)
def test_a_reply_without_end_is_not_kept(serve: Serve, verb: str, outcome: type[AdapterError]) -> None:
    """A thousand lines are enough: it ends long before the deadline, and what it says is as after silence."""
    begun = time.monotonic()
    endless = b"\r\n".join([b"250-more"] * 200_000)
    with serve(smtp_script({verb: endless})) as server, pytest.raises(AdapterError) as told:
        hand_over(server, deadline_s=30.0)

    assert type(told.value) is outcome
    assert time.monotonic() - begun < 15
