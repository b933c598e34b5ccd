"""What really happens between two mailboxes, with a real Exim and a real Dovecot in between."""

from __future__ import annotations

import hashlib
import imaplib
import logging
import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import ClassVar, TypeVar

import pytest

from spirou_cli.adapters import (
    ArtifactReceived,
    Attachment,
    AuthRequired,
    Batch,
    CancelOutcome,
    CursorExpired,
    Message,
    MessageReceived,
    OpenTask,
    OpKind,
    PendingOp,
    Ref,
    Rejected,
    Repeat,
    Report,
    StateChanged,
    TaskState,
    Uncertain,
    Unmatched,
    Unreachable,
    Unreadable,
    UsageReported,
)
from spirou_cli.adapters.email import EmailAdapter
from spirou_cli.testing import ConnectionMaker, a_brief, new_key
from tests.backends.mail.house import GHOST, Mailbox, MailHouse
from tests.backends.mail.program import MailProgram, text_of
from tests.backends.mail.relay import MailFaults
from tests.backends.servers import free_port

T = TypeVar("T")
PATIENCE_S = 15.0


class Unhurried(EmailAdapter):
    pause_s: ClassVar[float] = 0.0


Connect = Callable[..., EmailAdapter]


@pytest.fixture
def connect(anna: Mailbox, julie: Mailbox, make_connection: ConnectionMaker) -> Connect:
    """Anna's account with Julie, as any run of Spirou makes it anew; ``more`` are other settings."""

    def make(**more: str) -> EmailAdapter:
        settings = {"to": f"Julie <{julie.address}>"} | anna.settings() | more
        return Unhurried(make_connection(Unhurried, **settings))

    return make


@pytest.fixture
def program(julie: Mailbox) -> MailProgram:
    return MailProgram(julie)


def soon(look: Callable[[], T | None]) -> T:
    """The first thing that ``look`` finds; mail takes a moment."""
    end = time.monotonic() + PATIENCE_S
    while (found := look()) is None:
        assert time.monotonic() < end, "it never came"
        time.sleep(0.02)
    return found


def submitted(adapter: EmailAdapter, title: str = "Book the dentist") -> OpenTask:
    brief = a_brief(title)
    return OpenTask(adapter.submit(brief).ref, brief.number, brief.op_key)


def everything(adapter: EmailAdapter, tasks: Iterable[OpenTask], cursor: str | None = None) -> list[Report]:
    """All news, however many pages it takes."""
    reports, more = list[Report](), True
    while more:
        batch: Batch = adapter.pull(cursor, tuple(tasks))
        reports += batch.reports
        cursor, more = batch.cursor, batch.more
    return reports


def until(adapter: EmailAdapter, task: OpenTask, kind: type[T]) -> T:
    """The first report of this kind about ``task``."""
    return soon(lambda: next((r for r in everything(adapter, [task]) if isinstance(r, kind)), None))


# --- a task's life -----------------------------------------------------------------------------


def test_a_task_goes_from_brief_to_deliverable(
    connect: Connect, program: MailProgram, tmp_path: Path
) -> None:
    """Brief, restatement, question, answer, file, minutes, done: one thread in both mailboxes."""
    photo = tmp_path / "photo"
    photo.write_bytes(b"photo")
    file = Attachment("photo.jpg", photo, hashlib.sha256(b"photo").hexdigest(), 5, "image/jpeg")
    brief = replace(a_brief("Réserver le dentiste"), language="fr", attachments=(file,))
    adapter = connect()
    task = OpenTask(adapter.submit(brief).ref, brief.number, brief.op_key)
    soon(lambda: next(iter(program.tasks()), None))

    program.say(task.ref, "Je vais appeler le cabinet demain matin.")
    program.ask(task.ref, "Mardi 9 h ou jeudi 16 h 30 ?")
    question = soon(
        lambda: next(
            (r for r in everything(adapter, [task]) if isinstance(r, MessageReceived) and r.question), None
        )
    )
    adapter.reply(task.ref, new_key(), Message("Jeudi, merci."))
    answer = soon(lambda: next((m for m in program.mails() if "Jeudi, merci." in text_of(m)), None))
    program.send(
        program.answer(answer, "C'est fait. Temps passé : 12 min.", ("rendez-vous é.pdf", b"%PDF-1.4 jeudi"))
    )

    state = until(adapter, task, StateChanged)
    reports = everything(adapter, [task])
    assert question.text == "Hello,\n\nMardi 9 h ou jeudi 16 h 30 ?\n\nJulie"
    assert answer["In-Reply-To"] == program.of(task.ref)["Message-ID"]
    assert state.state is TaskState.DELIVERED
    assert [r.quantity for r in reports if isinstance(r, UsageReported)] == [720]
    (delivered,) = (r for r in reports if isinstance(r, ArtifactReceived))
    assert _content(adapter, delivered) == b"%PDF-1.4 jeudi"
    assert [r.text for r in reports if isinstance(r, MessageReceived)] == [
        "Je vais appeler le cabinet demain matin.",
        "Hello,\n\nMardi 9 h ou jeudi 16 h 30 ?\n\nJulie",
        "C'est fait. Temps passé : 12 min.",
    ]


def test_a_file_is_read_again_when_the_copy_is_gone(
    connect: Connect, program: MailProgram, anna: Mailbox
) -> None:
    """The scratch folder is emptied and the mailbox rebuilt: the file still comes out of its mail."""
    adapter = connect()
    task = submitted(adapter)
    soon(lambda: next(iter(program.tasks()), None))
    program.deliver(task.ref, "quote.pdf", b"%PDF" * 1000)
    file = until(adapter, task, ArtifactReceived)
    for kept in adapter.connection.files.iterdir():
        kept.unlink()
    anna.rebuild()

    assert _content(adapter, file) == b"%PDF" * 1000


def test_a_cancel_is_asked_for_and_then_confirmed(connect: Connect, program: MailProgram) -> None:
    """Only the assistant's answer stops a task."""
    adapter = connect()
    task = submitted(adapter)

    outcome = adapter.cancel(task.ref, new_key())
    request = soon(lambda: next((m for m in program.mails() if "stop working" in text_of(m)), None))
    program.send(program.answer(request, "Task stopped, 5 min."))

    assert outcome is CancelOutcome.REQUESTED
    assert until(adapter, task, StateChanged).state is TaskState.CANCELED
    assert until(adapter, task, UsageReported).quantity == 300


def test_two_assistants_share_one_mailbox(connect: Connect, program: MailProgram, house: MailHouse) -> None:
    """Each account reads its own thread, whoever's mail arrives in between."""
    marc = house.mailbox("marc")
    with_julie, with_marc = connect(), connect(to=marc.address)
    first, second = submitted(with_julie, "Dentist"), submitted(with_marc, "Plumber")
    marcs = MailProgram(marc)
    soon(lambda: next(iter(program.tasks()), None) and next(iter(marcs.tasks()), None))

    marcs.say(second.ref, "Plumber called.")
    program.say(first.ref, "Dentist called.")

    assert until(with_julie, first, MessageReceived).text == "Dentist called."
    assert until(with_marc, second, MessageReceived).text == "Plumber called."
    assert {r.ref for r in everything(with_julie, [first])} == {first.ref.id}
    assert {r.ref for r in everything(with_marc, [second])} == {second.ref.id}


def test_a_reply_that_matches_nothing_waits_and_can_be_linked(
    connect: Connect, program: MailProgram, julie: Mailbox
) -> None:
    """An assistant's fresh mail is kept whole; once the person says whose it is, it is read."""
    adapter = connect()
    task = submitted(adapter)
    soon(lambda: next(iter(program.tasks()), None))
    fresh = program.answer(program.of(task.ref), "Done, 12 min.", ("a.pdf", b"%PDF"))
    for name, value in {"Subject": "The dentist", "In-Reply-To": "", "References": ""}.items():
        fresh.replace_header(name, value)
    program.send(fresh)

    stray = until(adapter, task, Unmatched)
    assert stray.raw is not None
    linked = adapter.link(stray.raw, task)

    assert (stray.subject, stray.reason) == ("The dentist", "no_open_task")
    assert [type(r) for r in linked] == [MessageReceived, ArtifactReceived, UsageReported, StateChanged]
    assert {r.ref for r in linked} == {task.ref.id}
    assert _content(adapter, next(r for r in linked if isinstance(r, ArtifactReceived))) == b"%PDF"


# --- sending -----------------------------------------------------------------------------------


def test_an_unknown_address_is_refused_at_once(connect: Connect, house: MailHouse, anna: Mailbox) -> None:
    """The host says 550 before anything is sent; no copy of it arrives anywhere either."""
    with pytest.raises(Rejected, match="550"):
        connect(to="nobody@example.test").submit(a_brief())

    assert MailProgram(anna).mails() == []


def test_a_bounce_fails_the_task_with_the_hosts_reason(connect: Connect) -> None:
    """Taken with a 250 and returned later: the real report of a real Exim."""
    adapter = connect(to=GHOST)
    task = submitted(adapter)

    state = until(adapter, task, StateChanged)

    assert state.state is TaskState.FAILED
    assert state.native.startswith("bounced")
    assert "ghost" in (state.reason or "") or "550" in (state.reason or "")


def test_a_crash_after_the_250_sends_no_second_mail(
    connect: Connect, program: MailProgram, anna: Mailbox
) -> None:
    """The answer is lost, Spirou starts again, looks, finds its own copy, and sends nothing."""
    with MailFaults(anna.house).running() as faults:
        adapter = connect(**faults.settings())
        brief = a_brief()
        faults.lose_answer()
        with pytest.raises(Uncertain):
            adapter.submit(brief)

        again = connect(**faults.settings())
        found = soon(lambda: again.find(PendingOp(OpKind.SUBMIT, brief.op_key, None, brief)))
        again.reply(found, new_key(), Message("And bring the papers."))

    soon(lambda: next((m for m in program.mails() if "bring the papers" in text_of(m)), None))
    assert [task.ref for task in program.tasks()] == [found.id]


def test_what_never_left_is_not_found(connect: Connect) -> None:
    """Copies of other mails are there, and none under that key: it was never sent."""
    adapter = connect()
    task = submitted(adapter)
    soon(lambda: adapter.find(PendingOp(OpKind.SUBMIT, task.op_key, None)))

    found = soon(lambda: _looked_up(adapter))

    assert found == [None]


def test_without_any_copy_nothing_can_be_told(connect: Connect) -> None:
    """A rule that sorts our own copies away would look like a mail that never left."""
    with pytest.raises(Unreachable, match="no earlier copy"):
        connect().find(PendingOp(OpKind.SUBMIT, new_key(), None))


def test_the_sent_folder_gets_one_copy(connect: Connect, anna: Mailbox) -> None:
    """The person finds what Spirou wrote among their sent mail, read, and marked as filed by us."""
    submitted(connect())

    client = anna.imap()
    client.select("Sent", readonly=True)
    (uids,) = client.uid("SEARCH", "SEEN")[1]
    copy = client.uid("FETCH", uids, "(BODY.PEEK[])")[1][0][1]
    client.logout()
    assert len(uids.split()) == 1
    assert copy.startswith(b"X-Spirou-Filed: copy\r\n")


def test_a_blind_account_says_so(connect: Connect) -> None:
    """Without a copy of our own nothing can tell, and that is what is declared."""
    capabilities = connect(lookup="none").capabilities()

    assert not capabilities.find
    assert {way.how for way in capabilities.repeat.values()} == {Repeat.BLIND}


def test_a_server_that_files_nothing_is_found_out(connect: Connect, program: MailProgram) -> None:
    """lookup=server is a claim: the test proves it, and here it is false."""

    class Impatient(Unhurried):
        probe_s: ClassVar[float] = 1.0

    adapter = Impatient(connect(lookup="server").connection)

    with pytest.raises(Rejected, match="does not file what it sends"):
        adapter.check()

    with pytest.raises(Unreachable, match="no earlier copy"):
        adapter.find(PendingOp(OpKind.SUBMIT, new_key(), None))
    assert program.mails() == []


def test_a_server_that_files_what_it_sends_is_believed(connect: Connect, anna: Mailbox) -> None:
    """A mail of ours among the sent ones that we didn't put there is the proof."""
    brief = a_brief()
    client = anna.imap()
    mail = f"From: {anna.address}\r\nMessage-ID: <{brief.op_key}@example.test>\r\nSubject: Book\r\n"
    client.append("Sent", "", "", f"{mail}X-Spirou-Key: {brief.op_key}\r\n\r\nx".encode())
    client.logout()
    adapter = connect(lookup="server")

    capabilities = adapter.check()
    found = adapter.find(PendingOp(OpKind.SUBMIT, brief.op_key, None))

    assert capabilities.repeatability(OpKind.SUBMIT).how is Repeat.LOOKUP
    assert found is not None
    assert adapter.find(PendingOp(OpKind.SUBMIT, new_key(), None)) is None


# --- receiving ---------------------------------------------------------------------------------


def test_a_rebuilt_mailbox_is_read_again_without_doubles(
    connect: Connect, program: MailProgram, anna: Mailbox
) -> None:
    """MSG10: a new UIDVALIDITY expires the cursor, and what was told keeps its keys."""
    adapter = connect()
    task = submitted(adapter)
    soon(lambda: next(iter(program.tasks()), None))
    program.say(task.ref, "Calling them now.")
    before = soon(lambda: everything(adapter, [task]) or None)
    cursor = adapter.pull(None, [task]).cursor
    anna.rebuild()

    with pytest.raises(CursorExpired):
        adapter.pull(cursor, [task])

    assert everything(adapter, [task]) == before


def test_the_same_id_with_other_words_is_flagged(connect: Connect, anna: Mailbox, julie: Mailbox) -> None:
    """MSG11: both are kept, and the second one is not believed."""
    adapter = connect()
    task = submitted(adapter)
    for words in ("Thinking about it.", "Done, 900 min."):
        anna.receive(_answer(task, words, julie.address))

    reports = soon(lambda: found if len(found := everything(adapter, [task])) == 2 else None)

    assert [(r.text, r.notices) for r in reports if isinstance(r, MessageReceived)] == [
        ("Thinking about it.", ()),
        ("Done, 900 min.", ("repeated_id",)),
    ]
    assert len({r.key for r in reports}) == 2


def test_a_mail_that_arrives_twice_is_told_once(connect: Connect, anna: Mailbox, julie: Mailbox) -> None:
    """The same words under the same name, by two roads, are one report."""
    adapter = connect()
    task = submitted(adapter)
    for road in ("one", "two"):
        anna.receive(f"Received: by {road}.test\r\n".encode() + _answer(task, "Calling.", julie.address))

    reports = everything(adapter, [task])

    assert len(reports) == 2
    assert len({r.key for r in reports}) == 1


def test_a_hostile_mail_stops_no_other(connect: Connect, program: MailProgram, anna: Mailbox) -> None:
    """MSG05, MSG08: nested too deep, or named to break a command: told, and the rest goes on."""
    adapter = connect()
    task = submitted(adapter)
    soon(lambda: next(iter(program.tasks()), None))
    program.garble(task.ref)
    anna.receive(
        _answer(task, "Odd name.", program.box.address).replace(
            b"<same@x.test>", b'<a"b\\c\x07)\x01A2 DELETE INBOX@x.test>'
        )
    )
    program.say(task.ref, "All is well.")

    reports = soon(
        lambda: found if "All is well." in map(_text, found := everything(adapter, [task])) else None
    )

    assert [type(r).__name__ for r in reports].count("Unreadable") == 1
    assert {"Odd name.", "All is well."} <= set(map(_text, reports))
    assert all(isinstance(r, MessageReceived | Unreadable) for r in reports)


def test_a_thousand_mails_are_read_in_pages(connect: Connect, anna: Mailbox, julie: Mailbox) -> None:
    """Ten answers among a thousand other mails: found, each once, and the others never fetched."""
    adapter = connect()
    task = submitted(adapter)
    start = adapter.pull(None, ()).cursor
    client = anna.imap()
    for number in range(1000):
        words = f"Answer {number}."
        mail = (
            _answer(task, words, julie.address, name=f"a{number}") if number % 100 == 7 else _private(number)
        )
        client.append("INBOX", "", "", mail)
    client.logout()

    batches, cursor, more = list[Batch](), start, True
    while more:
        batches.append(adapter.pull(cursor, [task]))
        cursor, more = batches[-1].cursor, batches[-1].more

    told = [_text(report) for batch in batches for report in batch.reports]
    assert told == [f"Answer {number}." for number in range(7, 1000, 100)]
    assert len(batches) >= 2
    assert adapter.pull(cursor, [task]).reports == ()


def test_mail_from_before_is_not_read(connect: Connect, anna: Mailbox, julie: Mailbox) -> None:
    """With nothing delegated, a first reading starts at the end: what is there is the person's own."""
    anna.receive(_private(1))
    anna.receive(_greeting(julie))
    adapter = connect()

    cursor = adapter.pull(None, ()).cursor
    task = submitted(adapter)

    assert everything(adapter, [task], cursor) == []


def test_earlier_letters_do_not_fill_the_inbox(connect: Connect, anna: Mailbox, julie: Mailbox) -> None:
    """A first reading with a task under way leaves out what the assistant wrote before it."""
    client = anna.imap()
    client.append("INBOX", "", imaplib.Time2Internaldate(time.time() - 3600), _greeting(julie))
    client.logout()
    adapter = connect()
    task = submitted(adapter)
    anna.receive(_greeting(julie).replace(b"Nice", b"How nice"))

    assert [_text(report) for report in everything(adapter, [task])] == ["How nice to meet you"]


def test_reading_marks_nothing_as_read(connect: Connect, anna: Mailbox, julie: Mailbox) -> None:
    """The person's mail program still shows as new what is new."""
    adapter = connect()
    task = submitted(adapter)
    anna.receive(_answer(task, "Calling.", julie.address))

    everything(adapter, [task])

    client = anna.imap()
    client.select("INBOX", readonly=True)
    assert client.uid("SEARCH", "SEEN")[1] == [b""]
    client.logout()


def test_waiting_ends_when_mail_arrives(connect: Connect, anna: Mailbox, julie: Mailbox) -> None:
    """The server says at once that there is news; what came between two waits is noticed too."""
    adapter = connect()
    assert not adapter.wait(0.2)

    anna.receive(_private(1))

    assert adapter.wait(10)
    assert not adapter.wait(0.2)


def test_answers_are_found_in_other_folders(connect: Connect, anna: Mailbox, julie: Mailbox) -> None:
    """A person whose rules sort mail away names the folders."""
    client = anna.imap()
    client.create("Assistants")
    adapter = connect(folders="INBOX, Assistants")
    task = submitted(adapter)
    client.append("Assistants", "", "", _answer(task, "Filed by a rule.", julie.address))
    client.logout()

    assert until(adapter, task, MessageReceived).text == "Filed by a rule."


def test_a_folder_that_is_not_there_is_named(connect: Connect) -> None:
    """The check says which one."""
    with pytest.raises(Exception, match="Nowhere") as failure:
        connect(folders="Nowhere").check()
    assert type(failure.value).__name__ == "NotFound"


# --- when it fails -----------------------------------------------------------------------------


def test_a_wrong_password_is_one_refusal(connect: Connect, anna: Mailbox) -> None:
    """Both servers say no once, and the words name neither password."""
    adapter = connect(password="not-the-password")

    with pytest.raises(AuthRequired) as sending:
        adapter.submit(a_brief())
    with pytest.raises(AuthRequired) as reading:
        adapter.pull(None, ())

    assert "not-the-password" not in f"{sending.value} {reading.value}"
    log = (anna.house.folder / "exim-mainlog").read_text()
    assert log.count(f"set_id={anna.name})") == 1


def test_no_password_leaves_before_encryption(connect: Connect, anna: Mailbox) -> None:
    """With STARTTLS as with TLS from the start, both servers are reached encrypted."""
    ports = {"smtp_port": str(anna.house.smtp_port), "imap_port": str(anna.house.imap_port)}
    adapter = connect(smtp_security="starttls", imap_security="starttls", **ports)

    assert adapter.check().find
    submitted(adapter)


@pytest.mark.parametrize("side", ["smtp", "imap"])
def test_a_certificate_of_another_name_is_refused(connect: Connect, side: str) -> None:
    """The house is called localhost; who answers under another name isn't trusted."""
    with pytest.raises(Unreachable, match="can't be trusted"):
        connect(**{f"{side}_host": "127.0.0.1"}).check()


def test_a_certificate_of_an_unknown_authority_is_refused(connect: Connect) -> None:
    """Without the private authority's file, its servers are strangers."""
    with pytest.raises(Unreachable, match="can't be trusted"):
        connect(ca_file="").check()


@pytest.mark.parametrize("side", ["smtp", "imap"])
def test_a_dead_server_is_unreachable(connect: Connect, side: str) -> None:
    """Nobody listens there: nothing was sent, nothing is known."""
    adapter = connect(**{f"{side}_port": str(free_port())})

    with pytest.raises(Unreachable):
        adapter.check()


def test_a_mailbox_that_fails_after_the_250_fails_no_submit(
    connect: Connect, program: MailProgram, caplog: pytest.LogCaptureFixture
) -> None:
    """The mail has left: that no copy could be filed is a line in the log."""
    with caplog.at_level(logging.WARNING):
        submitted(connect(imap_port=str(free_port())))

    soon(lambda: next(iter(program.tasks()), None))
    assert "no copy was filed" in caplog.text


# --- calendars ---------------------------------------------------------------------------------


def test_a_task_goes_to_a_calendar_and_comes_back(
    connect: Connect, program: MailProgram, anna: Mailbox
) -> None:
    """With ical the brief carries a VTODO REQUEST; the calendar program's REPLY moves the task."""
    adapter = connect(ical="yes")
    task = submitted(adapter)
    soon(lambda: next(iter(program.tasks()), None))
    request = next(part for part in program.of(task.ref).walk() if part.get_content_type() == "text/calendar")
    calendar = request.get_content().replace("METHOD:REQUEST", "METHOD:REPLY")
    reply = program.answer(program.of(task.ref), "")
    reply.replace_header("In-Reply-To", "")
    reply.replace_header("References", "")
    reply.replace_header("Subject", "Accepted")
    answered = calendar.replace("PARTSTAT=NEEDS-ACTION", "PARTSTAT=COMPLETED")
    reply.set_content(answered, subtype="calendar", params={"method": "REPLY"})
    program.send(reply)

    assert request.get_param("method") == "REQUEST"
    assert until(adapter, task, StateChanged).state is TaskState.DELIVERED


def _looked_up(adapter: EmailAdapter) -> list[Ref | None] | None:
    """What a look-up of a new key says, once it can say anything."""
    try:
        return [adapter.find(PendingOp(OpKind.SUBMIT, new_key(), None))]
    except Unreachable:
        return None


def _content(adapter: EmailAdapter, file: ArtifactReceived) -> bytes:
    chunks: list[bytes] = []
    adapter.fetch(file.locator, chunks.append)
    return b"".join(chunks)


def _answer(task: OpenTask, words: str, sender: str, name: str = "same") -> bytes:
    return (
        f"From: {sender}\r\nSubject: Re: Book\r\nMessage-ID: <{name}@x.test>\r\n"
        f"In-Reply-To: <{task.op_key}@example.test>\r\n\r\n{words}\r\n"
    ).encode()


def _greeting(sender: Mailbox) -> bytes:
    return f"From: {sender.address}\r\nSubject: Hello\r\n\r\nNice to meet you\r\n".encode()


def _private(number: int) -> bytes:
    return f"From: friend@elsewhere.test\r\nSubject: Lunch {number}\r\n\r\nSee you at noon.\r\n".encode()


def _text(report: Report) -> str:
    return getattr(report, "text", "")
