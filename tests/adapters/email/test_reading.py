"""Mail as it really comes: every liberty with the rules is read, kept, or named."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spirou_cli.adapters.email.mail import UnreadableMail, read_mail
from tests.adapters.email.letters import letter, mail
from tests.bad_inputs import text_entries


def test_plain_text_wins_over_its_html_twin() -> None:
    """An alternative is one message, read once."""
    assert mail("Done.", html="<p>Done in HTML</p>").text == "Done."


def test_html_alone_is_read_as_text() -> None:
    """A program that writes HTML only is understood all the same."""
    raw = b"From: julie@assistant.test\r\nContent-Type: text/html\r\n\r\n<p>Done,<br>12 min</p>"

    assert read_mail(raw).text == "Done,\n12 min"


def test_an_empty_plain_part_yields_to_the_html() -> None:
    """Some programs send an empty plain part beside the real words."""
    assert mail(" \n", html="<p>Done.</p>").text == "Done."


@pytest.mark.parametrize(
    ("charset", "encoding"), [("nonexistent-999", "latin-1"), ("base64", "latin-1"), ("us-ascii", "utf-8")]
)
def test_an_unknown_character_set_is_guessed_and_said(charset: str, encoding: str) -> None:
    """MSG06: no error, the words as well as they can be had, and a notice."""
    head = f"From: julie@assistant.test\r\nContent-Type: text/plain; charset={charset}\r\n\r\n".encode()

    read = read_mail(head + "C'est arrangé".encode(encoding))

    assert read.text.startswith("C'est arrang")
    assert read.notices == ("charset",)


def test_headers_are_decoded_to_one_line() -> None:
    """Encoded words, folds and line breaks become one line of text."""
    raw = (
        b"From: =?utf-8?q?Julie_=C3=89luard?= <Julie@Assistant.TEST>\r\n"
        b"Subject: =?iso-8859-1?q?R=E9server?=\r\n =?utf-8?b?IGxlIGRlbnRpc3Rl?=\r\n\r\n"
    )

    read = read_mail(raw)

    assert read.subject == "Réserver le dentiste"
    assert read.sender == "julie@assistant.test"
    assert read.sender_shown == "Julie Éluard <julie@assistant.test>"


def test_a_name_that_is_an_address_never_hides_the_address() -> None:
    """MSG03: «boss@corp» is shown with the address that the mail really comes from."""
    assert mail(sender='"boss@corp.test" <evil@x.test>').sender_shown == "boss@corp.test <evil@x.test>"


@pytest.mark.parametrize("depth", [21, 500, 5000])
def test_deep_nesting_is_refused(depth: int) -> None:
    """MSG08: more than twenty levels of parts make the mail unreadable, and no more than this mail."""
    parts = b"".join(
        f'Content-Type: multipart/mixed; boundary="b{n}"\r\n\r\n--b{n}\r\n'.encode() for n in range(depth)
    )

    with pytest.raises(UnreadableMail, match="20 levels"):
        read_mail(b"From: julie@assistant.test\r\n" + parts + b"\r\nx")


def test_attachments_have_their_names_and_bytes() -> None:
    """Names in any script, two of one name, and a file without content."""
    files = (
        ("devis é.pdf", "application/pdf", b"%PDF-1.4"),
        ("devis é.pdf", "application/pdf", b"%PDF-1.5"),
        ("empty.bin", "application/octet-stream", b""),
    )

    read = mail(files=files).files

    assert [(part.name, part.media_type, part.content) for part in read] == list(files)
    assert len({part.index for part in read}) == 3


@pytest.mark.parametrize("name", text_entries("FIL").values(), ids=text_entries("FIL").keys())
def test_a_hostile_file_name_is_only_a_name(name: str) -> None:
    """FIL, MSG09: whatever it is called, the file is there; its name is made safe by who saves it."""
    quoted = name.encode("utf-8", "replace").replace(b"\\", b"\\\\").replace(b'"', b'\\"')
    quoted = quoted.replace(b"\r", b" ").replace(b"\n", b" ")
    raw = (
        b"From: julie@assistant.test\r\nContent-Type: application/pdf\r\n"
        b'Content-Disposition: attachment; filename="' + quoted + b'"\r\n\r\n%PDF'
    )

    (part,) = read_mail(raw).files

    assert part.content == b"%PDF"
    assert part.name
    assert "\n" not in part.name


def test_logos_are_no_work_and_pictures_are() -> None:
    """A small picture inside the HTML belongs to the signature, a big one was pasted for us."""
    raw = (
        b"From: julie@assistant.test\r\nContent-Type: multipart/related; boundary=b\r\n\r\n"
        b"--b\r\nContent-Type: text/html\r\n\r\n<p>Done.</p>\r\n"
        b"--b\r\nContent-Type: image/png; name=logo.png\r\n\r\n" + b"x" * 500 + b"\r\n"
        b"--b\r\nContent-Type: image/png; name=screen.png\r\n\r\n" + b"x" * 90_000 + b"\r\n--b--\r\n"
    )

    assert [part.name for part in read_mail(raw).files] == ["screen.png"]


def test_a_forwarded_mail_is_a_file() -> None:
    """What somebody else wrote isn't mixed with the assistant's words."""
    inner = letter("Refused", sender="shop@elsewhere.test", answers=None)
    raw = (
        b"From: julie@assistant.test\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
        b"--b\r\nContent-Type: text/plain\r\n\r\nSee below.\r\n"
        b"--b\r\nContent-Type: message/rfc822\r\n\r\n" + inner + b"\r\n--b--\r\n"
    )

    read = read_mail(raw)

    assert read.text == "See below."
    assert [part.media_type for part in read.files] == ["message/rfc822"]


def test_the_same_mail_has_the_same_key_wherever_it_is_read() -> None:
    """What servers add on the way changes nothing; other words under the same name do (MSG11)."""
    first = letter("Done.")

    assert read_mail(b"Received: from somewhere\r\n" + first).key == read_mail(first).key
    assert mail("Not done.").key != read_mail(first).key


@given(st.binary(max_size=2000))
def test_no_bytes_break_the_reader(raw: bytes) -> None:
    """Anything at all is a mail or an UnreadableMail, and its text can be stored."""
    _read(raw)


@given(
    st.sampled_from(["From", "Subject", "Content-Type", "Date", "References", "Content-Disposition", "To"]),
    st.binary(max_size=300),
    st.sampled_from(
        [b"text/plain", b"text/html", b"multipart/mixed", b"multipart/report", b"message/rfc822"]
    ),
)
def test_no_header_breaks_the_reader(name: str, value: bytes, media_type: bytes) -> None:
    """Nor does any value of any header."""
    _read(
        name.encode()
        + b": "
        + value
        + b"\r\nContent-Type: "
        + media_type
        + b"; boundary=x\r\n\r\n--x\r\n\r\nhi"
    )


def _read(raw: bytes) -> None:
    try:
        read = read_mail(raw)
    except UnreadableMail:
        return
    for text in (read.text, read.subject, read.sender_shown, read.message_id, *(f.name for f in read.files)):
        text.encode("utf-8")
    assert len(read.key) == 32
