"""Two parties on one list: what their apps do to each other's words, against a real Radicale."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import icalendar
import pytest

from spirou_cli.adapters import (
    AdapterError,
    ArtifactReceived,
    AuthRequired,
    Changes,
    InvalidState,
    Message,
    MessageReceived,
    NotFound,
    OpenTask,
    Ref,
    Rejected,
    Report,
    StateChanged,
    TaskState,
    Unreachable,
    Unreadable,
    UsageReported,
)
from spirou_cli.adapters.caldav import CalDAVAdapter
from spirou_cli.adapters.http import HttpClient, HttpOptions, Response
from spirou_cli.testing import ConnectionMaker, a_brief, new_key
from tests.backends.caldav.phone import Phone, note, put
from tests.backends.caldav.world import PASSWORDS, World


class Counting(HttpClient):
    """Counts requests, and lets something happen before the next write."""

    requests = 0
    before_write: Callable[[], object] | None = None

    def read(self, *args: Any, **kwargs: Any) -> Response:
        self.requests += 1
        return super().read(*args, **kwargs)

    def write(self, *args: Any, **kwargs: Any) -> Response:
        self.requests += 1
        act, self.before_write = self.before_write, None
        if act is not None:
            act()
        return super().write(*args, **kwargs)


@dataclass
class Side:
    """The person's side: an adapter, the client below it, and what was heard so far."""

    adapter: CalDAVAdapter
    client: Counting
    cursor: str | None = None
    tasks: tuple[OpenTask, ...] = ()

    def submit(self, **fields: Any) -> Ref:
        brief = replace(a_brief(), **fields)
        ref = self.adapter.submit(brief).ref
        self.tasks += (OpenTask(ref, brief.number, brief.op_key),)
        return ref

    def news(self) -> list[Report]:
        batch = self.adapter.pull(self.cursor, self.tasks)
        self.cursor = batch.cursor
        return list(batch.reports)

    def messages(self) -> list[tuple[str, bool]]:
        return [(r.text, r.question) for r in self.news() if isinstance(r, MessageReceived)]

    def seconds(self) -> dict[str, int]:
        return {r.note: r.quantity for r in self.news() if isinstance(r, UsageReported)}

    def states(self) -> list[TaskState | None]:
        return [r.state for r in self.news() if isinstance(r, StateChanged)]


@pytest.fixture
def path(world: World) -> str:
    return world.make_list()


@pytest.fixture
def join(world: World, make_connection: ConnectionMaker) -> Callable[..., Side]:
    def join(path: str, user: str = "client", password: str = "", ca_file: Path | None = None) -> Side:
        url = world.origin + path
        client = Counting(url, HttpOptions(ca_file=ca_file or world.ca_file))
        secret = password or PASSWORDS[user]
        connection = make_connection(CalDAVAdapter, http=lambda: client, url=url, user=user, password=secret)
        return Side(CalDAVAdapter(connection), client)

    return join


@pytest.fixture
def person(join: Callable[..., Side], path: str) -> Side:
    return join(path)


@pytest.fixture
def phone(world: World, path: str) -> Phone:
    return Phone(world.client("assistant"), path)


# --- setting up ----------------------------------------------------------------------------------


def test_every_wrong_address_has_its_own_message(world: World, join: Callable[..., Side]) -> None:
    """No list, no to-dos, read only, wrong password, nothing there, untrusted: each is named."""
    shared = world.make_list("errands")
    for _ in range(10):
        world.make_list()
    cases: list[tuple[Side, type[AdapterError], str]] = [
        (join("/client/"), Rejected, rf"no list.*errands \({shared}\), .* more\.$"),
        (join(world.make_list(component="VEVENT")), Rejected, "no to-dos"),
        (join(world.make_list("look"), "assistant"), AuthRequired, "not write"),
        (join(shared, password="wrong"), AuthRequired, "refused the key"),
        (join("/client/none/"), NotFound, "404"),
        (join(shared, ca_file=Path(__file__)), Unreachable, "127.0.0.1"),
    ]

    for side, error, words in cases:
        with pytest.raises(error, match=words):
            side.adapter.check()


def test_a_list_that_vanished_takes_no_task(join: Callable[..., Side]) -> None:
    """A submit to a list that isn't there says so."""
    with pytest.raises(NotFound):
        join("/client/none/").submit()


# --- the assistant's app -------------------------------------------------------------------------


def test_any_app_can_say_how_far_it_is(person: Side, phone: Phone) -> None:
    """Apps with a slider only, and apps with a tick box only, are understood."""
    ref = person.submit()

    phone.change(ref, lambda todo: put(todo, "percent-complete", 40))
    assert person.states() == [TaskState.WORKING]
    phone.change(ref, lambda todo: put(todo, "percent-complete", 100))
    assert person.states() == [TaskState.DELIVERED]
    phone.change(ref, lambda todo: (todo.pop("percent-complete"), put(todo, "completed", datetime.now(UTC))))
    assert person.states() == []


def test_a_task_can_be_done_twice(person: Side, phone: Phone) -> None:
    """Sent back and done again, the second «done» is news too."""
    ref = person.submit()
    phone.finish(ref)
    assert person.states() == [TaskState.DELIVERED]

    person.adapter.reopen(ref, new_key(), Message("The address is missing"))
    phone.finish(ref)

    assert person.states() == []
    assert TaskState.DELIVERED in states_after(person, phone, ref)


def states_after(person: Side, phone: Phone, ref: Ref) -> list[TaskState | None]:
    person.adapter.reopen(ref, new_key(), Message("Still missing"))
    seen = person.states()
    phone.finish(ref)
    return seen + person.states()


def test_words_typed_under_the_line_are_told_once_each(person: Side, phone: Phone) -> None:
    """A paragraph is a message; a line added to it later is another; a question mark asks."""
    ref = person.submit(body="Question: who pays?\n12 min – not worked")

    phone.change(ref, lambda todo: note(todo, "I called.\nNobody answered.\n\nTuesday or Thursday?\n"))
    assert person.messages() == [("I called.\nNobody answered.", False), ("Tuesday or Thursday?", True)]

    phone.change(ref, lambda todo: note(todo, "Or Friday\n\nI called.\n"))
    assert person.messages() == [("Or Friday", False), ("I called.", False)]
    assert person.messages() == []


@pytest.mark.parametrize(("status", "last"), [("IN-PROCESS", MessageReceived), ("COMPLETED", StateChanged)])
def test_a_question_outlasts_the_work_it_interrupts(
    person: Side, phone: Phone, status: str, last: type[Report]
) -> None:
    """Begun and asked in one go, the question is the last word; asked and done, «done» is."""
    ref = person.submit()

    phone.change(ref, lambda todo: (put(todo, "status", status), note(todo, "Tuesday or Thursday?\n")))

    assert isinstance(person.news()[-1], last)


def test_time_is_reported_in_plain_words(person: Side, phone: Phone) -> None:
    """Minutes with a note, or any length after the word; a time of day isn't work."""
    ref = person.submit()

    work = "12 min – called\n- 5 mn - wrote\nTemps : 1h30 – waited\nTime: 20\n"
    phone.change(ref, lambda todo: note(todo, work + "9h30 – dentist\n14:30 – call\n2 – x\n"))

    batch = person.adapter.pull(None, person.tasks)
    times = {r.note: r.quantity for r in batch.reports if isinstance(r, UsageReported)}
    words = [r.text for r in batch.reports if isinstance(r, MessageReceived)]
    assert times == {"called": 720, "wrote": 300, "waited": 5400, "": 1200}
    assert words == ["9h30 – dentist\n14:30 – call\n2 – x"]


def test_a_line_of_time_can_be_corrected_and_removed(person: Side, phone: Phone) -> None:
    """A new figure replaces the old one, back to an earlier figure too; a removed line is 0."""
    ref = person.submit()
    phone.work(ref, 12, "called")
    assert person.seconds() == {"called": 720}

    for minutes in (7, 12):
        phone.correct_work(ref, minutes, "called")
        assert person.seconds() == {"called": minutes * 60}
    put_back = lambda todo: put(todo, "description", str(todo["DESCRIPTION"]).replace("12 min – called", ""))  # noqa: E731
    phone.change(ref, put_back)

    assert person.seconds() == {"": 0}


def test_comments_of_an_app_are_heard(person: Side, phone: Phone) -> None:
    """Apps that keep comments apart from the notes say as much as others."""
    ref = person.submit()

    phone.change(ref, lambda todo: (todo.add("comment", "On my way"), todo.add("comment", "Which door?")))

    assert person.messages() == [("On my way", False), ("Which door?", True)]


def test_alarms_rules_and_local_files_are_left_alone(person: Side, phone: Phone) -> None:
    """A rule for every second isn't expanded, a file of the phone isn't opened, and all of it survives us."""
    ref = person.submit()
    extra = (
        b"RRULE:FREQ=SECONDLY\r\nATTACH:file:///etc/passwd\r\nX-PHONE-THING;X-A=1:kept\r\n"
        b"BEGIN:VALARM\r\nACTION:DISPLAY\r\nDESCRIPTION:ring\r\nATTACH:file:///etc/shadow\r\nTRIGGER:-PT5M\r\n"
        b"END:VALARM\r\nEND:VTODO"
    )
    phone.put(ref, phone.get(ref)[1].replace(b"END:VTODO", extra))

    assert [r for r in person.news() if isinstance(r, ArtifactReceived | Unreadable)] == []
    person.adapter.reply(ref, new_key(), Message("Thank you"))

    raw = phone.get(ref)[1].replace(b"\r\n ", b"")
    for line in (
        b"FREQ=SECONDLY",
        b"X-PHONE-THING;X-A=1:kept",
        b"BEGIN:VALARM",
        b"TRIGGER:-PT5M",
        b"Thank you",
    ):
        assert line in raw


def test_a_file_at_another_server_is_named_and_not_fetched(person: Side, phone: Phone) -> None:
    """The person sees where it is; nothing goes there with or without a key."""
    ref = person.submit()
    phone.change(ref, lambda todo: todo.add("attach", "https://files.example/quote.pdf?sig=1"))

    (file,) = [r for r in person.news() if isinstance(r, ArtifactReceived)]

    assert (file.name, file.size) == ("quote.pdf", None)
    with pytest.raises(AdapterError, match=r"files\.example"):
        person.adapter.fetch(file.locator, lambda piece: None)


# --- both at once --------------------------------------------------------------------------------


def test_both_may_write_at_the_same_moment(person: Side, phone: Phone) -> None:
    """The assistant saves between our reading and our writing: both texts are there."""
    ref = person.submit()
    person.client.before_write = lambda: phone.say(ref, "I am there")

    person.adapter.reply(ref, new_key(), Message("Please hurry"))

    (task,) = phone.tasks()
    assert task.messages == ["Please hurry"]
    assert person.messages() == [("I am there", False)]


def test_a_list_that_never_rests_is_left_alone(person: Side, phone: Phone) -> None:
    """Where each try finds a newer version, the op is certainly not done."""
    ref = person.submit()

    def nudge() -> None:
        phone.say(ref, "again")
        person.client.before_write = nudge

    person.client.before_write = nudge

    with pytest.raises(Unreachable, match="not touched"):
        person.adapter.reply(ref, new_key(), Message("Please hurry"))
    assert phone.tasks()[0].messages == []


def test_what_the_assistant_changed_of_our_words_is_kept_and_shown(person: Side, phone: Phone) -> None:
    """Their title stays and is told; our edit of the title is refused with both; other fields still go."""
    ref = person.submit(title="Book the dentist")
    brief = replace(a_brief("Book the dentist for Friday"), due=datetime(2026, 12, 4, tzinfo=UTC))
    phone.change(ref, lambda todo: put(todo, "summary", "Book Dr Éluard"))

    assert person.messages() == [("SUMMARY: Book Dr Éluard", False)]
    with pytest.raises(Rejected, match=r"«Book Dr Éluard».*«Book the dentist for Friday»") as caught:
        person.adapter.edit(ref, new_key(), Changes(frozenset({"title", "due"}), brief))
    assert caught.value.code == "conflict"
    assert (phone.tasks()[0].title, phone.tasks()[0].due) == ("Book Dr Éluard", None)

    person.adapter.edit(ref, new_key(), Changes(frozenset({"due"}), brief))
    assert (phone.tasks()[0].title, phone.tasks()[0].due) == ("Book Dr Éluard", datetime(2026, 12, 4).date())  # noqa: DTZ001


def test_our_text_changed_by_the_assistant_is_a_conflict(person: Side, phone: Phone) -> None:
    """A brief rewritten there is shown, and isn't overwritten."""
    ref = person.submit(body="Any dentist will do.")
    phone.change(
        ref, lambda todo: put(todo, "description", str(todo["DESCRIPTION"]).replace("Any", "Not any"))
    )

    assert person.messages() == [("DESCRIPTION: Not any dentist will do.", False)]
    with pytest.raises(Rejected, match="Not any"):
        person.adapter.edit(
            ref, new_key(), Changes(frozenset({"body"}), replace(a_brief(), body="Only Dr Éluard"))
        )


def test_an_app_that_drops_what_it_does_not_know_loses_nothing(person: Side, phone: Phone) -> None:
    """Without our properties a changed text is added, once, and the old one stays readable."""
    ref = person.submit(body="Any dentist will do.")
    phone.change(ref, lambda todo: todo.pop("X-SPIROU-WRITTEN"))
    changes, key = Changes(frozenset({"body"}), replace(a_brief(), body="Only Dr Éluard")), new_key()

    person.adapter.edit(ref, key, changes)
    person.adapter.edit(ref, key, changes)

    (task,) = phone.tasks()
    assert task.text.count("Only Dr Éluard") == 1
    assert "Any dentist will do." in task.text
    assert person.messages() == []


def test_a_removed_line_shows_all_and_guesses_nothing(person: Side, phone: Phone) -> None:
    """Where nothing tells the two sides apart, the notes are shown whole, and no time is read from them."""
    ref = person.submit(body="12 min – not worked")
    phone.change(ref, lambda todo: put(todo, "description", "12 min – not worked\n5 min – worked?"))

    assert person.messages() == [("12 min – not worked\n5 min – worked?", False)]
    assert person.seconds() == {}


def test_a_finished_task_is_not_canceled(person: Side, phone: Phone) -> None:
    """What is done stays done; what isn't is canceled on both sides."""
    done, open_one = person.submit(), person.submit()
    phone.finish(done)

    with pytest.raises(InvalidState):
        person.adapter.cancel(done, new_key())
    person.adapter.cancel(open_one, new_key())

    assert set(person.states()) == {TaskState.DELIVERED, TaskState.CANCELED}


def test_a_task_copied_by_an_app_is_not_made_again(person: Side, phone: Phone) -> None:
    """The same UID under another name is refused by the server, and named by us."""
    brief = a_brief()
    todo = icalendar.Calendar()
    todo.add("version", "2.0")
    todo.add("prodid", "phone")
    inner = icalendar.Todo()
    inner.add("uid", brief.op_key)
    inner.add("summary", "copy")
    todo.add_component(inner)
    phone.put(Ref("some-copy"), todo.to_ical())

    with pytest.raises(Rejected, match="another name"):
        person.adapter.submit(brief)


# --- reading -------------------------------------------------------------------------------------


def test_a_forgotten_token_costs_a_listing_and_no_repeat(person: Side, phone: Phone) -> None:
    """The server forgets its tokens: news since goes on, nothing is told twice, a removal is noticed."""
    kept, dropped = person.submit(), person.submit()
    phone.say(kept, "First words")
    phone.work(kept, 12, "called")
    assert len(person.news()) == 2
    assert person.cursor is not None
    dead = "http://radicale.org/ns/sync/" + "0" * 64
    person.cursor = person.cursor.replace(token_of(person.cursor), dead)
    phone.say(kept, "Second words")
    phone.drop(dropped)

    told = [(type(r).__name__, getattr(r, "text", "")) for r in person.news()]

    assert told == [("MessageReceived", "Second words"), ("Gone", "")]
    assert person.news() == []


def token_of(cursor: str) -> str:
    return str(json.loads(cursor)["token"])


def test_requests_are_few(person: Side, phone: Phone) -> None:
    """Sixty open tasks are read in four requests, a quiet sync is one, one change is two."""
    refs = [person.submit() for _ in range(60)]
    counted = []
    for act in (lambda: None, lambda: None, lambda: phone.say(refs[7], "Hello")):
        act()
        person.client.requests = 0
        person.news()
        counted.append(person.client.requests)

    assert counted == [1 + 3, 1, 2]


def test_other_things_on_the_list_are_nobodys_business(
    person: Side, phone: Phone, join: Callable[..., Side], path: str
) -> None:
    """Another account on the same list, and the assistant's own to-dos, make no reports here."""
    other = join(path)
    mine, theirs = person.submit(), other.submit()

    phone.say(theirs, "For the other one")
    phone.say(mine, "For you")

    assert person.messages() == [("For you", False)]
    assert other.messages() == [("For the other one", False)]
