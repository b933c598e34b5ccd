"""The store whole as JSON and back, and tasks of other programs."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spirou_cli.adapters import Ref, Unmatched
from spirou_cli.domain.delivery import OpState
from spirou_cli.domain.errors import InvalidInput, Refused
from spirou_cli.domain.record import replace
from spirou_cli.domain.states import TaskState
from spirou_cli.service import answers, news, tasks
from spirou_cli.service.exchange import foreign, whole
from spirou_cli.service.secrets import Keep, Place
from spirou_cli.service.sync import push_account, sync
from spirou_cli.storage import accounts, codec, outbox
from spirou_cli.storage import whole as storage_whole
from spirou_cli.storage.log import rebuild, snapshot
from tests.service.world import World


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path / "first")


def lived_in(world: World) -> World:
    """A store with a delivered task, an open op, a draft, a forgotten one, and a letter of nobody's."""
    fake = world.provider("fake")
    world.add("Book the dentist 🦷 \u202e", body="line\nline", tags=("a", "b"))
    sync(world.context)
    fake.work(Ref(fake.tasks()[0].ref), 12, "called twice")
    fake.say(Ref(fake.tasks()[0].ref), "Tuesday or Thursday?")
    sync(world.context)
    answers.reply(world.context, "1", "Tuesday")
    push_account(world.context, world.account())
    world.add("Never sent")
    tasks.add(world.context, tasks.NewTask(title="Kept here", draft=True))
    tasks.add(world.context, tasks.NewTask(title="To forget", draft=True))
    tasks.forget(world.context, "4")
    with world.context.write() as log:
        letter = Unmatched(key="m1", ref="", text="?", raw=b"\x00\xff")
        news.record(log, world.account(), letter)
    return world


def exported(world: World) -> bytes:
    return json.dumps({"schema": whole.SCHEMA, **whole.export(world.context)}).encode()


def test_exported_imported_and_exported_again_is_the_same(world: World, tmp_path: Path) -> None:
    """Nothing is lost and nothing is added by the way through a file."""
    first = exported(lived_in(world))
    second = World(tmp_path / "second")

    taken = whole.take_in(second.context, first)

    assert (taken.tasks, taken.waiting) == (4, 1)
    assert exported(second) == first


def test_an_imported_store_is_what_its_log_says(world: World, tmp_path: Path) -> None:
    """The read tables of an import are those that the log makes, and equal the ones exported from."""
    first = exported(lived_in(world))
    second = World(tmp_path / "second")

    whole.take_in(second.context, first)

    with world.context.read() as connection:
        before = snapshot(connection)
    with second.context.write() as log:
        live = snapshot(log.connection)
        rebuild(log.connection)
        assert snapshot(log.connection) == live
    assert all(live[table] for table in ("task", "message", "usage"))
    assert live == before


def test_what_was_to_be_sent_may_have_been_sent_by_the_other_store(world: World, tmp_path: Path) -> None:
    """An open op is uncertain where it is imported: never just sent a second time."""
    first = exported(lived_in(world))
    second = World(tmp_path / "second")

    whole.take_in(second.context, first)

    with second.context.read() as connection:
        assert [op.state for op in outbox.open_ops(connection)] == [OpState.UNCERTAIN]


def test_into_its_own_store_an_export_brings_nothing(world: World) -> None:
    """Read again where it comes from, it is known and changes nothing."""
    first = exported(lived_in(world))

    taken = whole.take_in(world.context, first)

    assert (taken.tasks, taken.known) == (0, 4)
    assert exported(world) == first


def test_two_stores_are_never_mixed(world: World, tmp_path: Path) -> None:
    """Into a store that has tasks of its own a whole export is refused, and nothing is changed."""
    first = exported(lived_in(world))
    second = World(tmp_path / "second")
    tasks.add(second.context, tasks.NewTask(title="Mine", draft=True))
    before = exported(second)

    with pytest.raises(Refused):
        whole.take_in(second.context, first)

    assert exported(second) == before


def test_a_rehearsed_import_saves_nothing(world: World, tmp_path: Path) -> None:
    """``--dry-run`` says what would come and leaves the store empty."""
    first = exported(lived_in(world))
    second = World(tmp_path / "second")

    taken = whole.rehearse(second.context, first)

    assert taken.tasks == 4
    assert whole.export(second.context)["events"] == []


@settings(max_examples=120, deadline=None)
@given(data=st.data())
def test_a_changed_export_is_refused_or_taken_whole(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    """Whatever value of an export is replaced, the import says so in a sentence: no half store, no crash."""
    world = World(tmp_path_factory.mktemp("first"))
    tasks.add(world.context, tasks.NewTask(title="Book", body="words", draft=True))
    document = json.loads(exported(world))
    row = document["events"][0]
    name = data.draw(st.sampled_from(sorted(row)))
    row[name] = data.draw(st.sampled_from([None, 0, -1, 2**70, "", "x", [], {}, {"a": 1}, True, 1.5]))
    second = World(tmp_path_factory.mktemp("second"))

    try:
        whole.take_in(second.context, json.dumps(document).encode())
    except InvalidInput:
        assert whole.export(second.context)["events"] == []
    else:
        assert len(whole.export(second.context)["events"]) == 1


@pytest.mark.parametrize(
    "data", [b"", b"nonsense", b"[]", b'{"schema": "other/1"}', b'{"schema": "spirou.export/1"}', b"[" * 9999]
)
def test_what_is_no_export_is_refused(world: World, data: bytes) -> None:
    """Foreign bytes are exit 2 and change nothing."""
    with pytest.raises(InvalidInput):
        whole.take_in(world.context, data)


TASKWARRIOR = b"""[
{"id":1,"description":"Pay the rent","due":"20261126T230000Z","entry":"20261101T080000Z","priority":"H",
 "project":"home","status":"pending","tags":["bank"],"uuid":"0e7c1a52-0000-4000-8000-000000000001",
 "annotations":[{"entry":"20261102T080000Z","description":"IBAN in the folder"}],"urgency":11.2},
{"id":0,"description":"Old","status":"completed","uuid":"0e7c1a52-0000-4000-8000-000000000002"},
{"id":2,"description":"Call","due":"20261127T163000Z","status":"waiting","uuid":"0e7c1a52-0000-4000-8000-000000000003"}
]"""


def test_tasks_of_taskwarrior_become_drafts_once(world: World) -> None:
    """Open tasks come with their notes, day, project and tags; closed ones stay out; twice brings nothing."""
    taken = foreign.take_in(world.context, TASKWARRIOR, "task", "tasks.json")
    again = foreign.take_in(world.context, TASKWARRIOR, "task", "tasks.json")

    rent, call = world.task(1), world.task(2)
    assert (taken.tasks, taken.skipped, again.tasks, again.known) == (2, 1, 0, 2)
    assert (rent.title, rent.body, rent.project, rent.tags) == (
        "Pay the rent",
        "IBAN in the folder",
        "home",
        ("bank",),
    )
    assert (rent.state, rent.priority, call.due_is_day) == (TaskState.DRAFT, "high", False)
    assert call.due_at == round(datetime(2026, 11, 27, 16, 30, tzinfo=UTC).timestamp() * 1000)


def test_a_line_of_todo_txt(world: World) -> None:
    """Priority, dates, project, context and due are understood; ``x`` is closed; the rest is the title."""
    text = (
        "(A) 2026-11-20 Book the dentist +home @phone due:2026-11-27\n\n"
        "x 2026-11-21 2026-11-20 Done long ago\n"
        "Mail a@b.example about C++ at 10:30\n"
    )

    taken = foreign.take_in(world.context, text.encode(), "todotxt", "todo.txt")

    first, second = world.task(1), world.task(2)
    assert (taken.tasks, taken.skipped) == (2, 1)
    assert (first.title, first.project, first.tags, first.priority) == (
        "Book the dentist",
        "home",
        ("phone",),
        "high",
    )
    assert first.due_at == round(datetime(2026, 11, 27, 23, 59, 59, tzinfo=UTC).timestamp() * 1000)
    assert second.title == "Mail a@b.example about C++ at 10:30"


@pytest.mark.parametrize("sign", [",", ";"])
def test_a_table_of_a_spreadsheet(world: World, sign: str) -> None:
    """Columns in any order, commas or semicolons, a quoted formula; a column without a place is named."""
    text = (
        sign.join(["Due", "Title", "Colour"])
        + "\r\n"
        + sign.join(["2026-11-27", "'=SUM(A1)", "red"])
        + "\r\n"
    )

    taken = foreign.take_in(world.context, text.encode(), "csv", "tasks.csv")

    assert (taken.tasks, taken.ignored) == (1, ("colour",))
    assert world.task(1).title == "=SUM(A1)"


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        ("task", b"{"),
        ("task", b'[{"description": "no name"}]'),
        ("task", b'[{"uuid": "1", "description": "x", "due": "soon"}]'),
        ("todotxt", b"Book due:someday"),
        ("todotxt", b"\xff"),
        ("csv", b"a,b\n1,2\n"),
        ("csv", b"title,due\nBook,27/11\n"),
    ],
)
def test_one_bad_task_saves_none(world: World, kind: str, data: bytes) -> None:
    """What can't be read is named by its place, and nothing of the file is saved."""
    with pytest.raises(InvalidInput):
        foreign.take_in(world.context, data, kind, "file")

    assert whole.export(world.context)["events"] == []


def rewritten(data: bytes, old: str, new: str) -> bytes:
    """An export in which somebody put ``new`` for ``old``, with the hashes made right again."""
    document = json.loads(data.decode().replace(json.dumps(old)[1:-1], json.dumps(new)[1:-1]))
    for rows, name, content in (("events", "text", "words"), ("ops", "payload", "content")):
        for row in document[rows]:
            if row[content] is not None:
                row[name] = codec.fingerprint(row["task_id"] or "", codec.to_json(row[content]))
    return json.dumps(document).encode()


@pytest.mark.parametrize("evil", ["../../../victim", "/victim", "x", "\x1b[2J", "1" * 36])
def test_an_id_that_is_a_path_is_refused(world: World, tmp_path: Path, evil: str) -> None:
    """Ids name folders: an altered export can't make Spirou write or remove anything elsewhere."""
    first = exported(lived_in(world))
    task = world.task()
    second = World(tmp_path / "second")

    with pytest.raises(InvalidInput):
        whole.take_in(second.context, rewritten(first, task.id, evil))

    with second.context.read() as connection:
        assert storage_whole.is_empty(connection)


def test_an_export_names_no_program_to_run(world: World, tmp_path: Path) -> None:
    """A command that prints a key is not taken over from a file: the key is asked for again."""
    world.provider("fake")
    place = Place(Keep.COMMAND, "https://example.com", "touch /tmp/ran")
    settings = {**world.account().settings, "secret.token": place.to_text()}
    with world.context.write() as log:
        accounts.save_account(log.connection, replace(world.account(), settings=settings))
    second = World(tmp_path / "second")

    whole.take_in(second.context, exported(world))

    assert second.account().settings == {"name": "fake"}


def test_words_that_are_no_words_are_refused(world: World, tmp_path: Path) -> None:
    """A list where a text stands is a changed file, not a failure inside Spirou."""
    document = json.loads(exported(lived_in(world)))
    asked = next(row for row in document["events"] if row["type"] == "MessageReceived")
    asked["words"]["text"] = [1]
    data = rewritten(json.dumps(document).encode(), "\0", "\0")

    with pytest.raises(InvalidInput):
        whole.take_in(World(tmp_path / "second").context, data)
