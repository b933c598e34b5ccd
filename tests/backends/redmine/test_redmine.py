"""What is Redmine's own: what it drops without a word, refuses in its ways, and how often it is asked."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from spirou_cli.adapters import (
    AdapterError,
    Attachment,
    AuthRequired,
    Changes,
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
    Unreachable,
    UsageReported,
)
from spirou_cli.adapters.http import HttpClient, HttpOptions
from spirou_cli.adapters.redmine import RedmineAdapter
from spirou_cli.adapters.tickets.memory import Memory, Seen
from spirou_cli.testing import ConnectionMaker, a_brief, connection_maker, new_key
from tests.backends.proxy import FaultProxy, house_tls
from tests.backends.redmine.assistant import RedmineAssistant
from tests.backends.redmine.test_contract import STATES
from tests.backends.redmine.world import KEYS, World

Connect = Callable[..., RedmineAdapter]
DUE = datetime(2026, 12, 1, 23, 59, tzinfo=UTC)


@pytest.fixture
def make_connection(tmp_path: Path) -> ConnectionMaker:
    return connection_maker(tmp_path / "scratch")


@pytest.fixture
def proxy(redmine: World) -> Iterator[FaultProxy]:
    with FaultProxy(redmine.port) as proxy:
        yield proxy


@pytest.fixture
def connect(proxy: FaultProxy, make_connection: ConnectionMaker) -> Connect:
    """Makes an adapter for one person, in the project «delegated» unless told otherwise."""

    def made(who: str = "client", key: str = "", path: str = "", **settings: str) -> RedmineAdapter:
        settings = {"project": "delegated", "states": STATES, **settings}
        return RedmineAdapter(
            make_connection(
                RedmineAdapter,
                http=lambda: HttpClient(proxy.url + path, HttpOptions(http_on_loopback=True)),
                url=proxy.url + path,
                api_key=key or KEYS[who],
                **settings,
            )
        )

    return made


# --- how often it is asked -----------------------------------------------------------------------


def test_a_thousand_quiet_issues_cost_ten_requests(connect: Connect, proxy: FaultProxy) -> None:
    """A hundred open issues are compared in one request, and nothing else is asked."""
    tasks = _busy(101)

    reports = _pull_all(connect(project="busy"), _read(tasks), tasks)

    assert (reports, len(proxy.requests)) == ([], 10)


def test_three_changes_among_a_thousand_cost_one_request_each(
    connect: Connect, proxy: FaultProxy, redmine: World
) -> None:
    """Only what changed is read: its issue, its time if that changed, and the names of statuses once."""
    tasks = _busy(1)
    hands = RedmineAssistant(redmine, "busy")
    hands.say(tasks[6].ref, "Seven")
    hands.start(tasks[50].ref)
    hands.work(tasks[99].ref, 15, "the hundredth")

    reports = _pull_all(connect(project="busy"), _read(tasks), tasks)

    kinds = [type(report) for report in reports]
    assert kinds == [MessageReceived, StateChanged, UsageReported]
    assert len(proxy.requests) == 10 + 2 + 1 + 1


def test_a_first_reading_asks_once_for_each_issue(connect: Connect, proxy: FaultProxy) -> None:
    """Twenty issues that were never read cost twenty requests, and one for all of them."""
    connect(project="busy", time="no").pull(None, _busy(201)[:20])

    assert len([path for _, path in proxy.requests if path.startswith("/issues")]) == 20 + 1


# --- keys of ops -----------------------------------------------------------------------------------


def test_a_project_with_the_field_keeps_texts_clean(connect: Connect, redmine: World) -> None:
    """Once an issue proves that the field takes keys, the key is in the field alone."""
    brief = replace(a_brief(), body="Clean")
    connect(who="second").submit(a_brief())

    made = connect(who="second").submit(brief)

    issue = redmine.call("second", "GET", f"/issues/{made.ref.id}.json")["issue"]
    assert issue["description"] == "Clean"
    assert [f["value"] for f in issue["custom_fields"]] == [brief.op_key]
    assert connect(who="second").find(PendingOp(OpKind.SUBMIT, brief.op_key, None)) == made.ref


def test_a_project_without_the_field_has_the_mark_in_the_text(connect: Connect, redmine: World) -> None:
    """Without a custom field the last line of the text is what an issue is found by."""
    brief = replace(a_brief(), body="Marked")

    made = connect(project="plain").submit(brief)

    issue = redmine.call("client", "GET", f"/issues/{made.ref.id}.json")["issue"]
    assert issue["description"].splitlines()[-1] == f"Spirou ref: {brief.op_key[-12:]}"
    assert connect(project="plain").find(PendingOp(OpKind.SUBMIT, brief.op_key, None)) == made.ref


def test_an_edit_keeps_the_mark(connect: Connect) -> None:
    """A text that is rewritten is still found."""
    brief = a_brief()
    adapter = connect(project="plain")
    made = adapter.submit(brief)

    edited = replace(brief, body="New words")
    adapter.edit(made.ref, new_key(), Changes(frozenset({"body"}), edited))

    assert adapter.find(PendingOp(OpKind.SUBMIT, brief.op_key, None)) == made.ref


# --- what Redmine drops without a word -------------------------------------------------------------


def test_a_date_that_the_workflow_forbids_is_noticed(connect: Connect) -> None:
    """Redmine says «created» and leaves the date out; the person is told."""
    adapter = connect(who="reader", time="no")

    made = adapter.submit(replace(a_brief(), due=DUE))

    assert [r.text for r in made.reports if isinstance(r, MessageReceived)] == [
        "Redmine at 127.0.0.1 didn't take: the due date."
    ]


def test_a_status_that_the_workflow_forbids_is_not_asked_for(connect: Connect, redmine: World) -> None:
    """Who may not cancel asks for it in a comment, and is told that it is only asked."""
    adapter = connect(who="reader", time="no")
    made = adapter.submit(a_brief())

    outcome = adapter.cancel(made.ref, new_key())

    issue = redmine.call("assistant", "GET", f"/issues/{made.ref.id}.json?include=journals")["issue"]
    assert (outcome, issue["status"]["name"]) == ("requested", "New")
    assert "canceled" in issue["journals"][-1]["notes"]


def test_a_comment_is_never_private(connect: Connect, redmine: World) -> None:
    """What a person answers can be read by everybody on the issue."""
    adapter = connect()
    made = adapter.submit(a_brief())

    adapter.reply(made.ref, new_key(), Message("For all to read"))

    issue = redmine.call("client", "GET", f"/issues/{made.ref.id}.json?include=journals")["issue"]
    assert [journal["private_notes"] for journal in issue["journals"]] == [False]


def test_a_file_of_a_name_in_any_language_keeps_it(connect: Connect, redmine: World, tmp_path: Path) -> None:
    """Names of files arrive whole."""
    path = tmp_path / "file"
    path.write_bytes(b"x")
    file = Attachment("Relevé d’été 🦷.pdf", path, "", 1, "application/pdf")

    made = connect().submit(replace(a_brief(), attachments=(file,)))

    issue = redmine.call("client", "GET", f"/issues/{made.ref.id}.json?include=attachments")["issue"]
    assert [a["filename"] for a in issue["attachments"]] == ["Relevé d’été 🦷.pdf"]
    assert made.reports == ()


# --- time ------------------------------------------------------------------------------------------


def test_hours_are_read_to_the_minute(connect: Connect, redmine: World) -> None:
    """Twenty minutes, that Redmine gives as 0.33 h, are twenty minutes, on the day that was logged."""
    adapter = connect()
    made = adapter.submit(a_brief())
    task = OpenTask(made.ref, 1, new_key())
    entry = {"issue_id": int(made.ref.id), "hours": "0:20", "activity_id": 9, "spent_on": "2026-10-31"}
    redmine.call("assistant", "POST", "/time_entries.json", {"time_entry": entry})

    (line,) = [r for r in adapter.pull(None, [task]).reports if isinstance(r, UsageReported)]

    assert (line.quantity, line.at) == (1200, datetime(2026, 10, 31, 12, tzinfo=UTC))


def test_time_that_moves_to_another_issue_leaves_the_first(connect: Connect, redmine: World) -> None:
    """A line is taken from the issue that it leaves, and counts at the other."""
    adapter = connect()
    first, second = adapter.submit(a_brief()).ref, adapter.submit(a_brief()).ref
    tasks = [OpenTask(ref, 1, new_key()) for ref in (first, second)]
    hands = RedmineAssistant(redmine)
    hands.work(first, 30, "moving")
    before = adapter.pull(None, tasks)
    entry = hands.entry(first, "moving")
    redmine.call(
        "assistant", "PUT", f"/time_entries/{entry}.json", {"time_entry": {"issue_id": int(second.id)}}
    )

    after = adapter.pull(before.cursor, tasks)

    moved = [(r.ref, r.quantity) for r in after.reports if isinstance(r, UsageReported)]
    assert moved == [(first.id, 0), (second.id, 1800)]


# --- connecting --------------------------------------------------------------------------------------


REFUSALS: dict[str, tuple[dict[str, str], type[AdapterError], str]] = {
    "another address": ({"path": "/nowhere"}, NotFound, "There is no Redmine at this address"),
    "wrong key": ({"key": "0" * 40}, AuthRequired, "doesn't know this key"),
    "no such project": ({"project": "nowhere"}, NotFound, "has no project 'nowhere'"),
    "not a member": ({"who": "outsider"}, NotFound, "this key may not see it"),
    "no right to time": ({"who": "reader"}, AuthRequired, "may not see the time logged"),
    "no time tracking": ({"project": "timeless"}, Rejected, "its time tracking is off"),
    "no such tracker": ({"tracker": "Nope"}, NotFound, "it has: Bug, Feature, Support"),
    "no such member": ({"assignee": "Nobody Here"}, NotFound, "Assistant Test"),
}


@pytest.mark.parametrize("case", REFUSALS)
def test_each_refusal_has_its_own_words(connect: Connect, case: str) -> None:
    """A check that fails says which setting is wrong, and never shows the key."""
    settings, error, words = REFUSALS[case]

    with pytest.raises(error, match=words) as refused:
        connect(**settings).check()

    assert not [key for key in KEYS.values() if key in str(refused.value)]


def test_without_time_a_poor_right_is_enough(connect: Connect) -> None:
    """Who can't see time may connect without it."""
    capabilities = connect(who="reader", time="no").check()

    assert not capabilities.reports_time


def test_states_are_proposed_by_the_server(connect: Connect) -> None:
    """The table begins with the server's own statuses; an odd name is work."""
    assert connect(states="").propose_settings() == {
        "states": "New = submitted; In Progress = working; Resolved = delivered; Feedback = input_required;"
        " Closed = completed; Rejected = rejected; Sent to the moon = working"
    }


def test_without_a_table_the_proposal_serves(connect: Connect, redmine: World) -> None:
    """A connection whose table was left empty reads states all the same."""
    adapter = connect(states="")
    made = adapter.submit(a_brief())
    RedmineAssistant(redmine).finish(made.ref)

    reports = adapter.pull(None, [OpenTask(made.ref, 1, new_key())]).reports

    assert [r.state for r in reports if isinstance(r, StateChanged)] == ["delivered"]


def test_an_assignee_gets_the_issue(connect: Connect, redmine: World) -> None:
    """New issues go to the member of the settings."""
    made = connect(assignee="assistant test").submit(a_brief())

    issue = redmine.call("client", "GET", f"/issues/{made.ref.id}.json")["issue"]
    assert issue["assigned_to"]["name"] == "Assistant Test"


def test_two_accounts_on_one_server_know_their_own(connect: Connect) -> None:
    """An account finds what it made, and nobody else's; words of the other are news."""
    brief = a_brief()
    mine, other = connect(), connect(who="second")
    made = mine.submit(brief)

    other.reply(made.ref, new_key(), Message("From the second account"))
    news = mine.pull(None, [OpenTask(made.ref, 1, brief.op_key)]).reports

    assert other.find(PendingOp(OpKind.SUBMIT, brief.op_key, None)) is None
    assert ["From the second account" in r.text for r in news if isinstance(r, MessageReceived)] == [True]


def test_a_certificate_of_the_house_is_trusted_by_its_file(
    redmine: World, make_connection: ConnectionMaker, tmp_path: Path
) -> None:
    """A server with a certificate that nobody knows is reached with its CA's file, and only so."""
    context, house_file = house_tls(tmp_path)

    with FaultProxy(redmine.port, context) as proxy:

        def adapter(ca_file: Path | None) -> RedmineAdapter:
            http = HttpClient(proxy.url, HttpOptions(ca_file=ca_file))
            return RedmineAdapter(
                make_connection(
                    RedmineAdapter,
                    http=lambda: http,
                    url=proxy.url,
                    api_key=KEYS["client"],
                    project="delegated",
                )
            )

        assert adapter(house_file).check().reply
        with pytest.raises(Unreachable):
            adapter(None).check()


def _busy(first: int) -> list[OpenTask]:
    """A thousand issues of the project «busy»."""
    return [OpenTask(Ref(str(number)), number, new_key()) for number in range(first, first + 1000)]


def _read(tasks: list[OpenTask]) -> str:
    """A cursor that has read them when the database was made."""
    return Memory({task.number: Seen("2026-01-05T09:00:00Z", worked="0.0") for task in tasks}).encode()


def _pull_all(adapter: RedmineAdapter, cursor: str | None, tasks: list[OpenTask]) -> list[Report]:
    reports: list[Report] = []
    more = True
    while more:
        batch = adapter.pull(cursor, tasks)
        reports += batch.reports
        cursor, more = batch.cursor, batch.more
    return reports
