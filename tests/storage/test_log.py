"""The log, what it makes of the read tables, and the triggers that hold it."""

from __future__ import annotations

import itertools
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spirou_cli.domain import events as e
from spirou_cli.domain.delivery import MOVES, OpKind, OpState
from spirou_cli.domain.money import Money
from spirou_cli.domain.states import FINAL, TaskState
from spirou_cli.storage import codec, outbox, queries
from spirou_cli.storage.log import Log, history, rebuild, snapshot
from spirou_cli.storage.store import Store


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path / "spirou.db") as store:
        yield store


def ids() -> Iterator[str]:
    return (f"id-{n}" for n in itertools.count())


TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=12)
MONEY = st.builds(Money, st.integers(-(10**9), 10**9), st.sampled_from(["EUR", "USD", "JPY"]))
KEYS = st.sampled_from(["k1", "k2", "k3"])
STATES = st.sampled_from(TaskState)
EVENTS = st.one_of(
    st.builds(e.BriefEdited, changed=st.just(("title",)), title=TEXT, body=TEXT, max_cost=st.none() | MONEY),
    st.builds(e.Assigned, account_id=st.sampled_from(["a", "b"]), state=STATES),
    st.builds(e.TagsChanged, tags=st.lists(TEXT, max_size=3).map(tuple)),
    st.builds(e.Rated, stars=st.integers(1, 5)),
    st.builds(e.MessageSent, op_id=KEYS, text=TEXT),
    st.builds(e.Accepted),
    st.builds(e.Reopened, op_id=KEYS, text=TEXT),
    st.builds(e.CancelAsked, op_id=KEYS),
    st.builds(e.CancelAnswered, op_id=KEYS, confirmed=st.booleans()),
    st.builds(e.Closed, known_stopped=st.booleans()),
    st.builds(e.Forgotten),
    st.builds(e.Postponed, state=STATES, reason=st.none() | st.builds(e.Reason, TEXT, text=TEXT)),
    st.builds(e.Arrived, op_id=KEYS, ref=KEYS),
    st.builds(e.ArrivalUnknown, op_id=KEYS),
    st.builds(e.StateReported, key=KEYS, state=st.none() | STATES, native=TEXT, reason=TEXT),
    st.builds(e.MessageReceived, key=KEYS, text=TEXT, question=st.booleans()),
    st.builds(e.ArtifactReceived, key=KEYS, name=TEXT, locator=TEXT, size=st.none() | st.integers(0, 9)),
    st.builds(e.ArtifactStored, key=KEYS, path=TEXT, sha256=TEXT, size=st.integers(0, 9)),
    st.builds(
        e.UsageRecorded,
        key=KEYS,
        unit=st.sampled_from(["second", "input"]),
        quantity=st.integers(0, 9999),
        cost=st.none() | MONEY,
        series=st.none() | KEYS,
        cumulative=st.booleans(),
        note=TEXT,
    ),
    st.builds(e.UsageCorrected, line=KEYS, quantity=st.none() | st.integers(0, 99)),
    st.builds(e.RemovedThere, key=KEYS),
)
TASKS = st.lists(
    st.builds(
        e.TaskAdded,
        number=st.just(0),
        state=st.sampled_from([TaskState.DRAFT, TaskState.QUEUED]),
        title=TEXT,
        body=TEXT,
        account_id=st.none() | st.sampled_from(["a", "b"]),
        max_cost=st.none() | MONEY,
        attachments=st.just((e.FileRef("a.pdf", "0" * 64, 3),)),
    ),
    min_size=1,
    max_size=3,
)


@given(TASKS, st.lists(st.tuples(st.integers(0, 2), EVENTS), max_size=25), st.integers(1, 4))
def test_a_rebuild_equals_what_is_live(
    added: list[e.TaskAdded], facts: list[tuple[int, e.Event]], at_once: int
) -> None:
    """Whatever happened, the read tables can be made again from the log, however few tasks fit in memory."""
    with Store.empty() as store:
        new_id = ids()
        with store.write() as connection:
            for number, task in enumerate(added, 1):
                log = Log(connection, number, lambda: next(new_id))
                log.append(f"t{number}", codec.decode(e.TaskAdded, codec.encode(task) | {"number": number}))
            for at, (which, fact) in enumerate(facts, 100):
                task_id = f"t{which % len(added) + 1}"
                Log(connection, at, lambda: next(new_id)).append(task_id, fact)
                if isinstance(fact, e.Forgotten):
                    connection.execute("DELETE FROM text WHERE task_id = ?", (task_id,))
            live = without_row_numbers(snapshot(connection))

            rebuild(connection, at_once=at_once)

            assert without_row_numbers(snapshot(connection)) == live
            closed = sum(task.state in FINAL for task in queries.tasks(connection))
            assert queries.closed_count(connection) == closed


def without_row_numbers(tables: dict[str, list[tuple[object, ...]]]) -> dict[str, list[tuple[object, ...]]]:
    """``usage.id`` is only a row number."""
    return tables | {"usage": [row[1:] for row in tables["usage"]]}


@given(EVENTS)
def test_an_event_comes_back_as_it_was_written(event: e.Event) -> None:
    """Splitting a person's words off and joining them again changes nothing."""
    lasting, personal = codec.split(event)

    assert codec.join(type(event), lasting, personal) == event


def test_forgotten_words_are_in_no_table_and_in_no_byte_of_the_file(store: Store, tmp_path: Path) -> None:
    """What was erased can't be found on the disk either."""
    word = "Zwetschgendatschi"
    with store.write() as connection:
        log = Log(connection, 1, iter_ids("x"))
        log.append(
            "t", e.TaskAdded(number=1, state=TaskState.DRAFT, title=f"Bake {word}", body=f"{word} {word}")
        )
        outbox.add(
            connection,
            op_id="o",
            task_id="t",
            account_id="a",
            kind=OpKind.SUBMIT,
            payload={"title": word},
            at=1,
        )
    with store.write() as connection:
        Log(connection, 2, iter_ids("y")).append("t", e.Forgotten())
        connection.execute("DELETE FROM text WHERE task_id = 't'")
    store.close()

    assert word.encode() not in (tmp_path / "spirou.db").read_bytes()
    assert word.lower().encode() not in (tmp_path / "spirou.db").read_bytes()


def iter_ids(prefix: str):  # type: ignore[no-untyped-def]  # a maker of ids
    numbers = itertools.count()
    return lambda: f"{prefix}{next(numbers)}"


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE event SET at = 0",
        "DELETE FROM event",
        "INSERT OR REPLACE INTO event SELECT * FROM event",
        "DELETE FROM op",
        "UPDATE op SET payload = 'x'",
        "UPDATE op SET kind = 'reply'",
        "UPDATE op SET state = 'done'",
    ],
)
def test_the_log_and_the_outbox_refuse_to_be_rewritten(store: Store, statement: str) -> None:
    """Triggers hold the promise even against our own mistakes."""
    with store.write() as connection:
        log = Log(connection, 1, iter_ids("x"))
        log.append("t", e.TaskAdded(number=1, state=TaskState.DRAFT))
        outbox.add(connection, op_id="o", task_id="t", account_id="a", kind=OpKind.SUBMIT, payload={}, at=1)

    with pytest.raises(sqlite3.IntegrityError), store.write() as connection:
        connection.execute(statement)


def test_the_stores_legal_moves_are_the_domains(store: Store) -> None:
    """The table that the trigger reads says the same as the state table in the code."""
    with store.read() as connection:
        stored = {(was, becomes) for was, becomes in connection.execute("SELECT was, becomes FROM op_move")}

    assert stored == {(was.value, becomes.value) for was, targets in MOVES.items() for becomes in targets}


def test_a_payload_changed_behind_our_back_is_noticed(store: Store) -> None:
    """Nothing is sent that differs from what the person agreed to."""
    with store.write() as connection:
        outbox.add(
            connection, op_id="o", task_id="t", account_id="a", kind=OpKind.SUBMIT, payload={"a": 1}, at=1
        )
        (op,) = outbox.open_ops(connection)
        before = outbox.payload(connection, op)
        connection.execute("UPDATE text SET body = replace(body, '1', '2')")
        after = outbox.payload(connection, op)

    assert (before, after) == ({"a": 1}, None)


def test_numbers_are_never_used_again(store: Store) -> None:
    """A task keeps its number for ever, in order."""
    with store.write() as connection:
        log = Log(connection, 1, iter_ids("x"))
        numbers = []
        for n in range(3):
            numbers.append(log.next_number())
            log.append(f"t{n}", e.TaskAdded(number=numbers[-1], state=TaskState.DRAFT))

    assert numbers == [1, 2, 3]


def test_search_takes_anything_as_plain_words(store: Store) -> None:
    """What a search engine would read as operators is a phrase here."""
    with store.write() as connection:
        log = Log(connection, 1, iter_ids("x"))
        log.append("t1", e.TaskAdded(number=1, state=TaskState.DRAFT, title='The "NEAR" café'))
        log.append("t2", e.TaskAdded(number=2, state=TaskState.DRAFT, title="Other"))
        found = [queries.search(connection, text) for text in ('"near', "cafe", '"; NEAR( * AND', "*")]

    assert found == [{1}, {1}, set(), set()]


def test_a_claim_is_taken_once(store: Store) -> None:
    """Two who want the same row: one gets it."""
    with store.write() as connection:
        outbox.add(connection, op_id="o", task_id="t", account_id="a", kind=OpKind.SUBMIT, payload={}, at=1)
        (op,) = outbox.open_ops(connection)

        claims = [outbox.claim(connection, op, 5), outbox.claim(connection, op, 6)]

        claimed = outbox.get(connection, op.seq)
    assert claims == [True, False]
    assert claimed is not None
    assert (claimed.state, claimed.attempts, claimed.first_sent_at) == (OpState.SENDING, 1, 5)


def test_history_reads_what_was_written_in_order(store: Store) -> None:
    """The log gives back each fact with its time."""
    facts = [e.TaskAdded(number=1, state=TaskState.DRAFT, title="a"), e.Rated(stars=3), e.Closed(text="why")]
    with store.write() as connection:
        for at, fact in enumerate(facts):
            Log(connection, at, iter_ids(f"x{at}-")).append("t", fact)
        read = list(history(connection, "t"))

    assert [(row.at, row.event) for row in read] == list(enumerate(facts))
