"""What is RT's own: what it drops without a word, refuses with «200», hides, and how often it is asked."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from spirou_cli.adapters import (
    AdapterError,
    Attachment,
    AuthRequired,
    Changes,
    Gone,
    Message,
    MessageReceived,
    NotFound,
    OpenTask,
    OpKind,
    PendingOp,
    Ref,
    Rejected,
    Report,
    StateChanged,
    UsageReported,
)
from spirou_cli.adapters.http import HttpClient, HttpOptions
from spirou_cli.adapters.rt import RTAdapter
from spirou_cli.adapters.tickets.memory import Memory, Seen
from spirou_cli.testing import ConnectionMaker, a_brief, connection_maker, new_key
from tests.backends.proxy import FaultProxy
from tests.backends.rt.assistant import RTAssistant
from tests.backends.rt.test_contract import STATES
from tests.backends.rt.world import World

Connect = Callable[..., RTAdapter]


@pytest.fixture
def make_connection(tmp_path: Path) -> ConnectionMaker:
    return connection_maker(tmp_path / "scratch")


@pytest.fixture
def proxy(rt: World) -> Iterator[FaultProxy]:
    with FaultProxy(rt.port) as proxy:
        yield proxy


@pytest.fixture
def connect(rt: World, proxy: FaultProxy, make_connection: ConnectionMaker) -> Connect:
    """Makes an adapter for one person, in the queue «Delegated» unless told otherwise."""

    def made(who: str = "client", token: str = "", path: str = "", **settings: str) -> RTAdapter:
        settings = {"queue": "Delegated", "states": STATES, **settings}
        return RTAdapter(
            make_connection(
                RTAdapter,
                http=lambda: HttpClient(proxy.url + path, HttpOptions(http_on_loopback=True)),
                url=proxy.url + path,
                token=token or rt.tokens[who],
                **settings,
            )
        )

    return made


# --- how often it is asked -----------------------------------------------------------------------


def test_a_thousand_quiet_tickets_cost_ten_requests(connect: Connect, proxy: FaultProxy) -> None:
    """A hundred open tickets are compared in one request, and nothing else is asked."""
    tasks = _busy(101)

    reports = _pull_all(connect(queue="Busy"), _read(tasks), tasks)

    assert (reports, len(proxy.requests)) == ([], 10)


def test_changes_among_a_thousand_cost_two_requests_each(
    connect: Connect, proxy: FaultProxy, rt: World
) -> None:
    """Only what changed is read: its ticket and its new transactions, and two more for a message."""
    tasks = _busy(1)
    hands = RTAssistant(rt, "Busy")
    hands.say(tasks[6].ref, "Seven")
    hands.change(tasks[50].ref, Status="stalled")
    hands.change(tasks[99].ref, TimeWorked=15)

    reports = _pull_all(connect(queue="Busy"), _read(tasks), tasks)

    kinds = [type(report) for report in reports]
    assert kinds == [MessageReceived, StateChanged, UsageReported]
    assert len(proxy.requests) == 10 + 3 * 2 + 2


# --- keys of ops -----------------------------------------------------------------------------------


def test_a_queue_with_the_field_keeps_texts_clean(connect: Connect, rt: World) -> None:
    """Once a ticket proves that the field takes keys, the key is in the field alone."""
    brief = replace(a_brief(), body="Clean")
    connect(who="second").submit(a_brief())

    made = connect(who="second").submit(brief)

    assert _first_text(rt, made.ref) == "Clean"
    fields = rt.call("second", "GET", f"/ticket/{made.ref.id}")["CustomFields"]
    assert [field["values"] for field in fields] == [[brief.op_key]]
    assert connect(who="second").find(PendingOp(OpKind.SUBMIT, brief.op_key, None)) == made.ref


def test_a_queue_without_the_field_has_the_mark_in_the_text(connect: Connect, rt: World) -> None:
    """Without a custom field the last line of the text is what a ticket is found by."""
    brief = replace(a_brief(), body="Marked")

    made = connect(queue="Plain").submit(brief)

    assert _first_text(rt, made.ref).splitlines()[-1] == f"Spirou ref: {brief.op_key[-12:]}"
    assert connect(queue="Plain").find(PendingOp(OpKind.SUBMIT, brief.op_key, None)) == made.ref


# --- what RT drops, refuses in words, or destroys ----------------------------------------------------


def test_an_owner_who_may_not_own_is_noticed(connect: Connect) -> None:
    """RT says «created» and leaves the ticket to nobody; the person is told."""
    made = connect(owner="outsider").submit(a_brief())

    assert [r.text for r in made.reports if isinstance(r, MessageReceived)] == [
        "RT at 127.0.0.1 didn't take: the assignee."
    ]


def test_an_owner_who_may_own_gets_the_ticket(connect: Connect, rt: World) -> None:
    """New tickets go to the login of the settings, and nothing needs to be said about it."""
    made = connect(owner="assistant").submit(a_brief())

    assert made.reports == ()
    assert rt.call("client", "GET", f"/ticket/{made.ref.id}")["Owner"]["id"] == "assistant"


def test_a_refusal_that_comes_as_200_is_a_refusal(connect: Connect) -> None:
    """A status that the queue doesn't have isn't taken for done."""
    adapter = connect(queue="Plain")
    made = adapter.submit(a_brief())

    with pytest.raises(Rejected, match="kept the status"):
        adapter.accept(made.ref, new_key())


def test_a_time_of_day_is_the_same_instant_there(connect: Connect, rt: World) -> None:
    """RT's own zone, Paris here, doesn't move a deadline."""
    due = datetime(2026, 12, 1, 17, 30, tzinfo=timezone(timedelta(hours=-5)))

    made = connect().submit(replace(a_brief(), due=due, due_is_day=False))

    ticket = rt.call("client", "GET", f"/ticket/{made.ref.id}")
    assert (ticket["Due"], made.reports) == ("2026-12-01T22:30:00Z", ())


@pytest.mark.parametrize(("priority", "number"), [("low", "0"), ("high", "100")])
def test_a_priority_is_a_number(connect: Connect, rt: World, priority: str, number: str) -> None:
    """Low and high are the ends of RT's scale."""
    brief = replace(a_brief(), priority=priority)  # type: ignore[arg-type]  # of the parameters above

    made = connect().submit(brief)

    assert rt.call("client", "GET", f"/ticket/{made.ref.id}")["Priority"] == number


def test_a_file_of_a_foreign_name_is_named_in_the_text(connect: Connect, rt: World, tmp_path: Path) -> None:
    """RT destroys names that aren't ASCII: the file has a plain one, the text tells the true one."""
    path = tmp_path / "file"
    path.write_bytes(b"x")

    made = connect().submit(
        replace(a_brief(), attachments=(Attachment("Relevé d’été.pdf", path, "", 1, "application/pdf"),))
    )

    seen = RTAssistant(rt).seen(made.ref.id)
    assert seen.files == [("Releve dete.pdf", b"x")]
    assert "Releve dete.pdf is Relevé d’été.pdf" in seen.text


def test_a_file_that_is_too_large_for_rt_is_noticed(connect: Connect, tmp_path: Path) -> None:
    """RT may be told to drop large files without a word; the person is told."""
    path = tmp_path / "film.bin"
    path.write_bytes(bytes(1_200_000))
    file = Attachment("film.bin", path, "", 1_200_000)

    made = connect().submit(replace(a_brief(), attachments=(file,)))

    assert [r.text for r in made.reports if isinstance(r, MessageReceived)] == [
        "RT at 127.0.0.1 didn't take: a file."
    ]


def test_an_edit_hands_over_only_new_files(connect: Connect, rt: World, tmp_path: Path) -> None:
    """A file that the ticket has isn't sent again with another."""
    files = []
    for name in ("one.txt", "two.txt"):
        (tmp_path / name).write_text(name)
        files.append(Attachment(name, tmp_path / name, "", len(name)))
    before = replace(a_brief(), attachments=(files[0],))
    adapter = connect()
    made = adapter.submit(before)

    after = replace(before, attachments=tuple(files))
    adapter.edit(made.ref, new_key(), Changes(frozenset({"attachments"}), after))

    assert [name for name, _ in RTAssistant(rt).seen(made.ref.id).files] == ["one.txt", "two.txt"]


# --- reading -----------------------------------------------------------------------------------------


def test_an_answer_in_html_is_read_as_text(connect: Connect, rt: World) -> None:
    """What RT's editor makes arrives without its tags."""
    adapter = connect()
    made = adapter.submit(a_brief())
    RTAssistant(rt).correspond(
        made.ref, "<p>Tuesday is <b>fine</b> &amp; booked.</p>", ContentType="text/html"
    )

    news = adapter.pull(None, [OpenTask(made.ref, 1, new_key())]).reports

    assert [r.text for r in news if isinstance(r, MessageReceived)] == ["Tuesday is fine & booked."]


def test_who_may_see_comments_still_gets_none(connect: Connect, rt: World) -> None:
    """A right to private notes doesn't make them news, and their minutes count once."""
    adapter = connect(who="second")
    made = adapter.submit(a_brief())
    RTAssistant(rt).note_privately(made.ref, "Between us", 25)

    news = adapter.pull(None, [OpenTask(made.ref, 1, new_key())]).reports

    assert [(r.quantity, r.note) for r in news if isinstance(r, UsageReported)] == [(1500, "")]
    assert "Between us" not in str(news)


def test_a_merged_ticket_is_gone(connect: Connect, rt: World) -> None:
    """A ticket that became another is no longer this task's."""
    adapter = connect()
    first, second = adapter.submit(a_brief()).ref, adapter.submit(a_brief()).ref
    rt.call("assistant", "PUT", f"/ticket/{first.id}", {"MergeInto": second.id})

    news = adapter.pull(None, [OpenTask(first, 1, new_key())]).reports

    assert [type(report) for report in news] == [Gone]


# --- connecting --------------------------------------------------------------------------------------


REFUSALS: dict[str, tuple[dict[str, str], type[AdapterError], str]] = {
    "another address": ({"path": "/nowhere"}, NotFound, "There is no RT 5 at this address"),
    "wrong token": ({"token": "1-27-" + "0" * 32}, AuthRequired, "doesn't know this token"),
    "no such queue": ({"queue": "Nowhere"}, NotFound, "has no queue 'Nowhere'"),
    "no right to the queue": ({"who": "outsider"}, NotFound, "this token may not see it"),
    "no right to make tickets": ({"who": "reader"}, AuthRequired, "may not make tickets"),
}


@pytest.mark.parametrize("case", REFUSALS)
def test_each_refusal_has_its_own_words(connect: Connect, rt: World, case: str) -> None:
    """A check that fails says which setting is wrong, and never shows the token."""
    settings, error, words = REFUSALS[case]

    with pytest.raises(error, match=words) as refused:
        connect(**settings).check()

    assert not [token for token in rt.tokens.values() if token in str(refused.value)]


def test_states_of_the_usual_lifecycle_are_proposed(connect: Connect) -> None:
    """A queue with the lifecycle that RT comes with has five statuses."""
    assert connect(queue="Plain", states="").propose_settings() == {
        "states": "new = submitted; open = working; stalled = input_required; resolved = delivered;"
        " rejected = rejected"
    }


def test_states_of_a_lifecycle_of_the_house_are_those_that_can_be_seen(connect: Connect, rt: World) -> None:
    """RT doesn't list a lifecycle: what its tickets are in, and may go to, is proposed."""
    adapter = connect(states="")
    made = adapter.submit(a_brief())
    RTAssistant(rt).finish(made.ref)

    rows = adapter.propose_settings()["states"].split("; ")

    assert {"resolved = delivered", "closed = completed"} <= set(rows)


def test_without_a_final_status_nothing_is_accepted_there(connect: Connect) -> None:
    """Where no status means «accepted», accepting is the person's own affair."""
    assert not connect(states="open = working; resolved = delivered").capabilities().accept


def test_two_accounts_on_one_server_know_their_own(connect: Connect) -> None:
    """An account finds what it made, and nobody else's; words of the other are news."""
    brief = a_brief()
    mine, other = connect(), connect(who="second")
    made = mine.submit(brief)

    other.reply(made.ref, new_key(), Message("From the second account"))
    news = mine.pull(None, [OpenTask(made.ref, 1, brief.op_key)]).reports

    assert other.find(PendingOp(OpKind.SUBMIT, brief.op_key, None)) is None
    assert [r.text for r in news if isinstance(r, MessageReceived)] == ["From the second account"]


def _first_text(rt: World, ref: Ref) -> str:
    return str(RTAssistant(rt).seen(ref.id).text)


def _busy(first: int) -> list[OpenTask]:
    """A thousand tickets of the queue «Busy»."""
    return [OpenTask(Ref(str(number)), number, new_key()) for number in range(first, first + 1000)]


def _read(tasks: list[OpenTask]) -> str:
    """A cursor that has read them when the database was made."""
    return Memory({task.number: Seen("2026-01-05T09:00:00Z", worked="0") for task in tasks}).encode()


def _pull_all(adapter: RTAdapter, cursor: str | None, tasks: list[OpenTask]) -> list[Report]:
    reports: list[Report] = []
    more = True
    while more:
        batch = adapter.pull(cursor, tasks)
        reports += batch.reports
        cursor, more = batch.cursor, batch.more
    return reports
