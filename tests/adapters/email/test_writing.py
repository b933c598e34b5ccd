"""The mails we send: words, files, headers, and what is refused before a byte leaves."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from spirou_cli.adapters import Attachment, Brief, Changes, Money, Rejected, Unreachable
from spirou_cli.adapters.email.compose import Letter, compose
from spirou_cli.adapters.email.settings import Person
from spirou_cli.adapters.email.thread import message_id, tag
from spirou_cli.adapters.email.wording import read_wording
from tests.adapters.email.letters import KEY, settings

NOW = datetime(2026, 11, 23, 9, 12, tzinfo=UTC)
PARIS = ZoneInfo("Europe/Paris")
JULIE, ANNA = Person("Julie", "julie@assistant.test"), Person("Anna", "anna@client.test")
BRIEF = Brief(
    op_key=KEY,
    number=14,
    title="Book the dentist for the youngest",
    body="Dr Éluard, 01 23 45 67 89.\n\n\n\n  After 16:00.",
    due=datetime(2026, 11, 26, 18, 0, tzinfo=PARIS),
    max_time_s=900,
    max_cost=Money(500, "EUR"),
    sender="Anna",
)
LETTER = Letter(KEY, message_id(KEY, "client.test"), f"Book the dentist {tag(14, KEY)}", "Hello")


def sent(letter: Letter = LETTER, **more: str) -> EmailMessage:
    parsed = message_from_bytes(compose(letter, settings(**more), NOW), policy=policy.default)
    assert isinstance(parsed, EmailMessage)
    return parsed


# --- words -------------------------------------------------------------------------------------


def test_an_english_brief_can_be_done_from_a_phone() -> None:
    """Task, what is known, deadline with weekday and zone, limits, where the result goes, a restatement."""
    assert read_wording("en", None).brief(replace(BRIEF, priority="high"), JULIE, ANNA) == (
        "Hello Julie,\n\n"
        "Could you please do this for me?\n\n"
        "Book the dentist for the youngest\n\n"
        "Dr Éluard, 01 23 45 67 89.\n\n\n\n  After 16:00.\n\n"
        "Deadline: by the end of Thursday 26 November 2026 (Europe/Paris, UTC+1)\n"
        "Time: please stop at 15 minutes and tell me what you have by then, even if it isn't finished.\n"
        "Spending: at most 5.00 EUR, all included. Please ask me before you spend more.\n"
        "Urgent: please start with this one.\n"
        "Result: please put it in your reply to this message, with any files attached.\n\n"
        "Before you start, please reply in one line with what you plan to do, so that I know we mean the"
        " same thing.\nIf something is missing, or if you can't do it, just say so and ask.\n\n"
        'When it is finished, reply "Done" with the time it took, for example: Done, 12 min.\n\n'
        "Thank you,\nAnna"
    )


def test_a_french_brief_speaks_french() -> None:
    """Dates, durations and all, for an assistant whose name isn't known."""
    brief = replace(BRIEF, language="fr", due_is_day=False, max_cost=None, max_time_s=5400)

    text = read_wording("fr", None).brief(brief, Person("", "julie@assistant.test"), ANNA)

    assert text.startswith("Bonjour,\n\nPouvez-vous faire ceci pour moi")
    assert "Échéance : jeudi 26 novembre 2026 à 18:00 (Europe/Paris, UTC+1)\n" in text
    assert "Temps : arrêtez-vous à 1 h 30 min et dites-moi" in text
    assert "Dépenses : demandez-moi avant d'acheter" in text
    assert "au plus, tout compris" not in text


def test_a_brief_of_a_title_says_no_more_than_it_knows() -> None:
    """Nothing is said of a deadline, a limit or files that aren't there; buying is always asked first."""
    text = read_wording("en", None).brief(Brief(op_key=KEY, number=1, title="Find a plumber"), JULIE, ANNA)

    for absent in ("Deadline", "Time:", "at most", "Files", "Urgent", "Project", "$", "\n\n\n"):
        assert absent not in text
    assert "Spending: please ask me before you buy or book anything that costs money." in text


def test_what_was_typed_is_never_taken_for_a_template() -> None:
    """A dollar sign in a task is a dollar sign."""
    brief = replace(BRIEF, title="Find a $title for $5", body="${body} $$")

    text = read_wording("en", None).brief(brief, JULIE, ANNA)

    assert "Find a $title for $5" in text
    assert "${body} $$" in text


def test_an_edit_says_only_what_changed() -> None:
    """The new deadline, and not the old rest."""
    text = read_wording("en", None).edit(Changes(frozenset({"due"}), BRIEF), JULIE, ANNA)

    assert "Deadline: by the end of Thursday 26 November 2026" in text
    for old in ("Task:", "Time:", "Spending:", "Éluard", "Files"):
        assert old not in text


def test_the_persons_own_words_replace_ours(tmp_path: Path) -> None:
    """A file may replace any text of either language; what it leaves out stays."""
    own = tmp_path / "words.toml"
    own.write_text('[en.brief]\ntext = "Hi $name!\\n$title, please. 5 $$"\n', "utf-8")

    wording = read_wording("en", own)

    assert wording.brief(BRIEF, JULIE, ANNA) == "Hi Julie!\nBook the dentist for the youngest, please. 5 $"
    assert wording.further("cancel", "", JULIE, ANNA) == read_wording("en", None).further(
        "cancel", "", JULIE, ANNA
    )
    assert read_wording("fr", own) == read_wording("fr", None)


def test_the_tag_is_in_the_subject_whatever_the_template_says(tmp_path: Path) -> None:
    """Without it, an answer in a new mail would find nobody."""
    own = tmp_path / "words.toml"
    own.write_text('[en.brief]\nsubject = "Task: $title"\n', "utf-8")

    assert (
        read_wording("en", own).subject(BRIEF, "[14-abc]")
        == "Task: Book the dentist for the youngest [14-abc]"
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[en.brief]\ntext = 'Hi $nmae'", r"\$nmae"),
        ("[en.brief]\ntext = 'costs 5$'", r"\$\$ is a dollar"),
        ("[en.brief]\ntext = 5", "isn't a text"),
        ("[en.brif]\ntext = 'x'", "en.brif.text"),
        ("not toml", "can't be read"),
        (None, "can't be read"),
    ],
)
def test_a_template_that_cannot_be_used_says_why(tmp_path: Path, text: str | None, said: str) -> None:
    """The file, the place in it and what is wrong: nothing is sent with a hole in it."""
    own = tmp_path / "words.toml"
    if text is not None:
        own.write_text(text, "utf-8")

    with pytest.raises(Unreachable, match=said):
        read_wording("en", own)


# --- mails -------------------------------------------------------------------------------------


def test_the_headers_are_those_of_a_persons_mail() -> None:
    """One recipient, no Bcc, the key as name."""
    mail = sent()

    assert {name: str(mail[name]) for name in ("From", "To", "Message-ID", "Date")} == {
        "From": "Anna <anna@client.test>",
        "To": "Julie Martin <julie@assistant.test>",
        "Message-ID": f"<{KEY}@client.test>",
        "Date": NOW.astimezone().strftime("%a, %d %b %Y %H:%M:%S %z"),
    }
    assert mail["Bcc"] is None
    assert mail["In-Reply-To"] is None


def test_a_later_mail_is_in_the_thread() -> None:
    """Mail programs show it below the first one."""
    mail = sent(replace(LETTER, answers="first@client.test"))

    assert (mail["In-Reply-To"], mail["References"]) == ("<first@client.test>", "<first@client.test>")


def test_the_same_letter_is_the_same_bytes(tmp_path: Path) -> None:
    """Boundaries too: what is sent again is what was sent."""
    letter = replace(LETTER, attachments=(_file(tmp_path, "a.txt", b"x"),))

    assert compose(letter, settings(), NOW) == compose(letter, settings(), NOW)


def test_everything_on_the_wire_is_ascii_and_short() -> None:
    """No server on the way needs to know 8BITMIME, or breaks a line."""
    data = compose(replace(LETTER, subject="é" * 300, text="漢" * 5000 + "\n.\n\0"), settings(), NOW)

    assert data.isascii()
    assert max(map(len, data.split(b"\r\n"))) <= 998


def test_files_go_along_byte_for_byte(tmp_path: Path) -> None:
    """Whatever they are called and whatever type they claim."""
    files = (
        _file(tmp_path, "devis é.pdf", bytes(range(256))),
        _file(tmp_path, "x.eml", b"Subject: x\r\n\r\nx", "message/rfc822"),
        _file(tmp_path, "odd", b"", "nonsense"),
    )

    mail = sent(replace(LETTER, attachments=files))

    got = [(part.get_filename(), part.get_payload(decode=True)) for part in mail.iter_attachments()]
    assert got == [("devis é.pdf", bytes(range(256))), ("x.eml", b"Subject: x\r\n\r\nx"), ("odd", b"")]


def test_a_file_that_changed_since_is_not_sent(tmp_path: Path) -> None:
    """What leaves is what the person saved with the task."""
    file = _file(tmp_path, "a.txt", b"x")
    file.path.write_bytes(b"other")

    with pytest.raises(Unreachable, match="changed"):
        compose(replace(LETTER, attachments=(file,)), settings(), NOW)


def test_too_large_a_mail_is_refused_before_it_is_sent(tmp_path: Path) -> None:
    """Hosts refuse it anyway, after it was uploaded."""
    file = _file(tmp_path, "film.mov", b"x" * 20_000_000)

    with pytest.raises(Rejected) as refusal:
        compose(replace(LETTER, attachments=(file,)), settings(), NOW)
    assert refusal.value.code == "too_large"


@pytest.mark.parametrize("sign", ["\r\n", "\n", "\r", "\0", "\x1b", "\u2028", "\x85", "\ud800"])
@pytest.mark.parametrize("field", ["subject", "message_id", "answers"])
def test_a_control_character_never_reaches_a_header(field: str, sign: str) -> None:
    """MSG01: «Subject: a CR LF Bcc: evil» is refused before sending."""
    with pytest.raises(Rejected):
        compose(replace(LETTER, **{field: f"a{sign}Bcc: evil@x.test"}), settings(), NOW)


def test_a_control_character_in_a_file_name_is_refused(tmp_path: Path) -> None:
    """A name is a header too."""
    file = replace(_file(tmp_path, "a", b"x"), name="a\r\nBcc: evil@x.test")

    with pytest.raises(Rejected):
        compose(replace(LETTER, attachments=(file,)), settings(), NOW)


def _file(folder: Path, name: str, content: bytes, media_type: str = "application/pdf") -> Attachment:
    path = folder / hashlib.sha256(name.encode()).hexdigest()[:8]
    path.write_bytes(content)
    return Attachment(name, path, hashlib.sha256(content).hexdigest(), len(content), media_type)
