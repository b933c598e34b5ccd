"""The cursor of a ticket system: what it keeps, how it turns pages, when it forgets."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spirou_cli.adapters import CursorExpired, OpenTask, Ref
from spirou_cli.adapters.tickets.memory import Memory, Seen, settled

SEEN = st.builds(
    Seen,
    stamp=st.text(max_size=20),
    last=st.integers(0, 2**40),
    worked=st.text(max_size=8),
    lines=st.dictionaries(st.text(max_size=5), st.text(max_size=9), max_size=3),
    gone=st.booleans(),
)


@given(st.dictionaries(st.integers(1, 10**9), SEEN, max_size=5), st.integers(0, 10**9))
def test_a_cursor_keeps_everything(seen: dict[int, Seen], after: int) -> None:
    """What is encoded is decoded the same."""
    memory = Memory(seen, after)

    assert Memory.decode(memory.encode()) == memory


@pytest.mark.parametrize(
    "cursor", ["", "x", "[]", "{}", '{"v":0,"after":0,"t":{}}', '{"v":1,"after":0,"t":[1]}']
)
def test_a_foreign_cursor_is_expired(cursor: str) -> None:
    """A cursor that isn't ours, or of another version, is read anew."""
    with pytest.raises(CursorExpired):
        Memory.decode(cursor)


@given(st.sets(st.integers(1, 5000), max_size=350))
def test_pages_cover_every_ticket_once(numbers: set[int]) -> None:
    """Page by page each open ticket comes once, a hundred at most, and then it is over."""
    tasks = [_open(number) for number in numbers]
    memory, read = Memory(), list[int]()

    while True:
        page = Memory.decode(memory.encode()).page(tasks)
        assert len(page) <= 100
        read += page
        memory = memory.turned(dict.fromkeys(page, Seen("s")), tasks)
        if not memory.after:
            break

    assert read == sorted(numbers)
    assert set(memory.seen) == numbers


def test_what_is_no_longer_open_is_forgotten() -> None:
    """A cursor doesn't grow with the closed past."""
    memory = Memory({1: Seen("a"), 2: Seen("b")})

    assert set(memory.turned({2: Seen("c")}, [_open(2)]).seen) == {2}


def test_a_stamp_is_settled_when_its_second_is_over() -> None:
    """Within the second of a change another may follow with the same stamp."""
    stamp = "2026-11-23T12:00:00Z"

    assert not settled(stamp, datetime(2026, 11, 23, 12, 0, 1, tzinfo=UTC))
    assert settled(stamp, datetime(2026, 11, 23, 12, 0, 3, tzinfo=UTC))


def _open(number: int) -> OpenTask:
    return OpenTask(Ref(str(number)), number, "key")
