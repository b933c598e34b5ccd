"""What isn't an assistant's answer: bounces, delays, absence notes, lists, receipts, forgeries."""

from __future__ import annotations

import pytest

from spirou_cli.adapters.email.kinds import Bounce, MailKind, bounce_of, forged, kind_of
from spirou_cli.adapters.email.mail import read_mail
from tests.adapters.email.letters import KEY, mail


def report(action: str, *, original: str = f"Message-ID: <{KEY}@client.test>\r\nSubject: x\r\n") -> bytes:
    """A delivery report as RFC 3464 has it."""
    return (
        "From: Mail Delivery System <Mailer-Daemon@client.test>\r\nTo: anna@client.test\r\n"
        "Subject: Mail delivery\r\nAuto-Submitted: auto-replied\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
        "--b\r\nContent-Type: text/plain\r\n\r\nYour message could not be delivered.\r\n"
        "--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; client.test\r\n\r\n"
        f"Final-Recipient: rfc822; Julie@Assistant.test\r\nAction: {action}\r\nStatus: 5.1.1\r\n"
        "Diagnostic-Code: smtp; 550 no such person\r\n\r\n"
        f"--b\r\nContent-Type: text/rfc822-headers\r\n\r\n{original}\r\n--b--\r\n"
    ).encode()


def test_a_bounce_says_who_why_and_what() -> None:
    """The recipient, the reason and the mail that came back, out of the standard's own fields."""
    read = read_mail(report("failed"))

    assert kind_of(read) is MailKind.BOUNCE
    assert bounce_of(read) == Bounce(
        final=True,
        recipients=("julie@assistant.test",),
        status="5.1.1",
        diagnostic="smtp; 550 no such person",
        originals=(f"{KEY}@client.test",),
    )


def test_a_whole_returned_mail_is_found_too() -> None:
    """Hosts that send back everything name the mail inside a message/rfc822 part."""
    raw = report("failed").replace(b"text/rfc822-headers", b"message/rfc822")

    bounce = bounce_of(read_mail(raw))

    assert bounce is not None
    assert bounce.originals == (f"{KEY}@client.test",)


def test_a_bounce_in_plain_text_is_one() -> None:
    """Older Exim sends no standard report, and names who wasn't reached in a header."""
    read = mail(
        "550 no such person", sender="Mailer-Daemon@client.test", X_Failed_Recipients="julie@assistant.test"
    )

    bounce = bounce_of(read)

    assert kind_of(read) is MailKind.BOUNCE
    assert bounce is not None
    assert bounce.recipients == ("julie@assistant.test",)


def test_a_delay_is_no_failure() -> None:
    """«Still trying» ends nothing."""
    assert kind_of(read_mail(report("delayed"))) is MailKind.DELAY


@pytest.mark.parametrize("action", ["delivered", "relayed"])
def test_a_delivery_notice_is_no_bounce(action: str) -> None:
    """A report that it arrived isn't one that it didn't."""
    assert bounce_of(read_mail(report(action))) is None


@pytest.mark.parametrize(
    "headers",
    [
        {"Auto_Submitted": "auto-replied"},
        {"Auto_Submitted": "auto-generated (ticket received)"},
        {"X_Autoreply": "yes"},
        {"Precedence": "auto_reply"},
        {"subject": "Automatic reply: Book the dentist"},
        {"subject": "Out of office: Book the dentist"},
        {"subject": "Réponse automatique : Dentiste"},
        {"subject": "Absence du bureau"},
        {"sender": "MAILER-DAEMON@assistant.test"},
    ],
)
def test_automatic_answers_are_recognised(headers: dict[str, str]) -> None:
    """No machine's answer is taken for the assistant's."""
    assert kind_of(mail(**headers)) is MailKind.AUTOMATIC


@pytest.mark.parametrize(
    "headers",
    [
        {"Auto_Submitted": "no"},
        {"X_Auto_Response_Suppress": "All"},
        {"subject": "Re: The automatic doors"},
    ],
)
def test_a_person_is_not_taken_for_a_machine(headers: dict[str, str]) -> None:
    """Headers and subjects that only look automatic leave an answer an answer."""
    assert kind_of(mail(**headers)) is MailKind.ANSWER


@pytest.mark.parametrize(
    "headers",
    [{"List_Id": "<news.assistant.test>"}, {"List_Unsubscribe": "<mailto:x@y.test>"}, {"Precedence": "bulk"}],
)
def test_lists_are_recognised(headers: dict[str, str]) -> None:
    """Newsletters of the firm aren't about our tasks."""
    assert kind_of(mail(**headers)) is MailKind.LIST


def test_a_read_receipt_is_one() -> None:
    """«Was displayed» is a report of another kind (RFC 8098)."""
    raw = (
        b"From: julie@assistant.test\r\n"
        b'Content-Type: multipart/report; report-type=disposition-notification; boundary="b"\r\n\r\n'
        b"--b\r\nContent-Type: text/plain\r\n\r\nYour message was displayed.\r\n--b--\r\n"
    )

    assert kind_of(read_mail(raw)) is MailKind.RECEIPT


FAILS = [
    "mx.client.test; dmarc=fail header.from=assistant.test; spf=pass",
    "mx.client.test; spf=fail smtp.mailfrom=evil.test",
    "mx.client.test; spf=softfail; dkim=none",
]
PASSES = [
    "mx.client.test; dmarc=pass; spf=fail",
    "mx.client.test; spf=softfail; dkim=pass",
    "mx.client.test; none",
]


@pytest.mark.parametrize("verdict", FAILS)
def test_our_own_servers_fail_makes_a_forgery(verdict: str) -> None:
    """A sender that doesn't pass at our own host isn't who it says."""
    assert forged(mail(Authentication_Results=verdict), "")


@pytest.mark.parametrize("verdict", PASSES)
def test_a_pass_or_no_verdict_is_no_forgery(verdict: str) -> None:
    """Forwarders break SPF; DKIM or DMARC then speaks."""
    assert not forged(mail(Authentication_Results=verdict), "")


def test_with_a_named_server_only_its_verdict_counts() -> None:
    """Somebody else's fail, somewhere on the way, isn't ours."""
    read = mail(Authentication_Results=FAILS[0])

    assert forged(read, "mx.client.test")
    assert not forged(read, "mx.other.test")


def test_two_senders_are_a_forgery() -> None:
    """A mail has one author; a second From is there to be read by somebody else."""
    raw = b"From: julie@assistant.test\r\nFrom: evil@x.test\r\n\r\nDone."

    assert forged(read_mail(raw), "")
