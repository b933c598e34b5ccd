"""A mailbox server that lies, drips or refuses hurts nobody."""

from __future__ import annotations

import base64
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
import trustme

from spirou_cli.adapters import AdapterError, AuthRequired, NotFound, ProtocolError, Rejected, Unreachable
from spirou_cli.adapters.email.imap import Mailbox, open_mailbox
from spirou_cli.adapters.email.line import Login
from tests.adapters.email.scripted import Conversation, Script, Scripted, imap_script, scripted

LOGIN = Login("anna", lambda: "pa-1")

Serve = Callable[..., AbstractContextManager[Scripted]]


@pytest.fixture
def serve(authority: trustme.CA, ca_file: Path) -> Serve:
    def start(script: Script, *, tls: bool = True) -> AbstractContextManager[Scripted]:
        return scripted(script, authority, ca_file, tls=tls)

    return start


def use(server: Scripted, act: Callable[[Mailbox], object], *, login: Login = LOGIN) -> object:
    with open_mailbox(server.line(deadline_s=3.0), login) as mailbox:
        return act(mailbox)


def test_a_folder_is_opened_for_reading_only(serve: Serve) -> None:
    """EXAMINE, never SELECT: nothing that is read is marked as read."""
    with serve(imap_script()) as server:
        folder = use(server, lambda mailbox: mailbox.open("INBOX"))

    assert str(folder) == "Folder(name='INBOX', uidvalidity=7, uidnext=1)"
    assert b"SELECT" not in b" ".join(server.heard)


ACTS: dict[str, tuple[dict[str, bytes | None], Callable[[Mailbox], object], type[AdapterError]]] = {
    "refused password": ({"AUTHENTICATE": b"NO wrong"}, lambda m: None, AuthRequired),
    "gone while signing in": ({"AUTHENTICATE": None}, lambda m: None, Unreachable),
    "no such folder": ({"EXAMINE": b"NO no such"}, lambda m: m.open("X"), NotFound),
    "no uidvalidity": ({"EXAMINE": b"* 0 EXISTS"}, lambda m: m.open("X"), ProtocolError),
    "odd uidvalidity": ({"EXAMINE": b"* OK [UIDVALIDITY x] y"}, lambda m: m.open("X"), ProtocolError),
    "gone while searching": ({"UID": None}, lambda m: (m.open("X"), m.after(0)), Unreachable),
    "words for uids": ({"UID": b"* SEARCH one two"}, lambda m: (m.open("X"), m.after(0)), ProtocolError),
    "a mail of a terabyte": (
        {"UID": b"* 1 FETCH (UID 1 BODY[] {1000000000000}"},
        lambda m: (m.open("X"), m.whole(1)),
        Unreachable,
    ),
    "bad command": ({"UID": b"BAD what"}, lambda m: (m.open("X"), m.after(0)), ProtocolError),
}


@pytest.mark.parametrize(("answers", "act", "outcome"), ACTS.values(), ids=ACTS.keys())
def test_every_failure_has_its_name(
    serve: Serve,
    answers: dict[str, bytes | None],
    act: Callable[[Mailbox], object],
    outcome: type[AdapterError],
) -> None:
    """Only the contract's errors leave a mailbox."""
    with serve(imap_script(answers)) as server, pytest.raises(AdapterError) as told:
        use(server, act)

    assert type(told.value) is outcome


@pytest.mark.parametrize("name", ["a\r\nA2 DELETE INBOX", "a\nb", "a\0b", "\x1b"])
def test_a_line_break_never_becomes_a_command(serve: Serve, name: str) -> None:
    """MSG05: imaplib would send it as it stands; it is refused before."""
    for act in (Mailbox.named, Mailbox.open):
        with serve(imap_script()) as server, pytest.raises(Rejected):
            use(server, lambda mailbox, act=act: (mailbox.open("INBOX"), act(mailbox, name)))

        assert b"DELETE" not in b" ".join(server.heard)


def test_signs_that_end_a_string_are_quoted(serve: Serve) -> None:
    """A quote or a backslash in a Message-ID is searched for as itself."""
    with serve(imap_script()) as server:
        use(server, lambda mailbox: (mailbox.open("INBOX"), mailbox.named('a"b\\c')))

    assert any(rb'HEADER Message-ID "a\"b\\c"' in line for line in server.heard)


def test_the_last_mail_is_not_news(serve: Serve) -> None:
    """«n:*» finds the last mail even if nothing is newer (RFC 3501, 6.4.8)."""
    with serve(imap_script({"UID": b"* SEARCH 41"})) as server:
        found = use(server, lambda mailbox: (mailbox.open("INBOX"), mailbox.after(41))[1])

    assert found == []


@pytest.mark.parametrize("order", ["before", "after"])
def test_attributes_are_read_on_either_side_of_the_mail(serve: Serve, order: str) -> None:
    """Servers name the uid before the literal or after it."""
    about = b"UID 5 RFC822.SIZE 2"
    before, after = (about + b" ", b"") if order == "before" else (b"", b" " + about)
    reply = b"* 1 FETCH (" + before + b"BODY[] {2}\r\nhi" + after + b")"
    with serve(imap_script({"UID": reply})) as server:
        raw = use(server, lambda mailbox: (mailbox.open("INBOX"), mailbox.whole(5))[1])

    assert raw == b"hi"


def test_a_password_is_tried_once(serve: Serve) -> None:
    """One mechanism, one attempt."""
    with serve(imap_script({"AUTHENTICATE": b"NO wrong"})) as server, pytest.raises(AuthRequired) as told:
        use(server, lambda mailbox: None)

    assert sum(b"AUTHENTICATE" in line or b"LOGIN" in line for line in server.heard) == 1
    assert "pa-1" not in str(told.value)


def test_a_login_is_quoted(serve: Serve) -> None:
    """Where only LOGIN is offered, a user name can't become a second argument."""
    script = imap_script(capabilities=b"IMAP4rev1")
    with serve(script) as server:
        use(server, lambda mailbox: None, login=Login('an na"', lambda: 'p"w'))

    assert any(line.endswith(rb'LOGIN "an na\"" "p\"w"') for line in server.heard)


def test_a_token_goes_as_xoauth2(serve: Serve) -> None:
    """The same form as over SMTP."""
    login = Login("anna@client.test", lambda: "ya29.token", oauth2=True)
    with serve(imap_script(capabilities=b"IMAP4rev1 AUTH=XOAUTH2")) as server:
        use(server, lambda mailbox: None, login=login)

    at = next(i for i, line in enumerate(server.heard) if b"AUTHENTICATE XOAUTH2" in line)
    decoded = base64.b64decode(server.heard[at + 1])
    assert decoded == b"user=anna@client.test\x01auth=Bearer ya29.token\x01\x01"


def test_a_server_that_takes_no_password_gets_none(serve: Serve) -> None:
    """LOGINDISABLED means what it says."""
    script = imap_script(capabilities=b"IMAP4rev1 LOGINDISABLED")
    with serve(script) as server, pytest.raises(AuthRequired):
        use(server, lambda mailbox: None)

    assert not any(b"LOGIN " in line for line in server.heard)


def test_no_password_is_sent_where_nothing_is_encrypted(serve: Serve) -> None:
    """A server without STARTTLS gets no password."""
    with (
        serve(imap_script(), tls=False) as server,
        pytest.raises(Unreachable, match="no encryption"),
        open_mailbox(server.line(tls=False), LOGIN),
    ):
        raise AssertionError("never signed in")

    assert not any(b"LOGIN" in line or b"AUTHENTICATE" in line for line in server.heard)


def test_a_dripping_server_is_cut_off(serve: Serve) -> None:
    """The whole session has one deadline, whatever trickles in."""

    def drip(talk: Conversation) -> None:
        talk.drip(b"* OK")

    with (
        serve(drip) as server,
        pytest.raises(Unreachable),
        open_mailbox(server.line(deadline_s=0.5), LOGIN),
    ):
        raise AssertionError("never signed in")
