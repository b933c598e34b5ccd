"""The notes of a to-do: neither side's words are ever taken for the other's."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spirou_cli.adapters.caldav import notes
from spirou_cli.testing import new_key

DAY = date(2026, 11, 23)
words = st.text(st.characters(codec="utf-8", exclude_characters="\r\x00"), max_size=200)


@given(text=words, below=words, language=st.sampled_from(["en", "fr", "xx"]))
def test_what_is_below_the_line_is_theirs(text: str, below: str, language: str) -> None:
    """Whatever the brief and the answer say, they come apart as they were put together."""
    key = new_key()

    above, line, found = notes.parts(notes.compose(text, key, language) + below, key)

    assert (above.rstrip("\n"), found) == (text.rstrip("\n"), below)
    assert notes.key_mark(key) in line


@given(text=words, below=words, replies=st.lists(words, max_size=3))
def test_our_blocks_stay_above_the_line(text: str, below: str, replies: list[str]) -> None:
    """Answers are added on our side, in order, each found by its key; the other side is left as it is."""
    key, keys = new_key(), [new_key() for _ in replies]
    whole = notes.compose(text, key, "en") + below

    for op_key, reply in zip(keys, replies, strict=True):
        assert not notes.has_block(whole, op_key)
        whole = notes.add_block(whole, key, op_key, "reply", reply, DAY, "en")

    above, _, found = notes.parts(whole, key)
    assert found == below
    assert all(notes.has_block(whole, op_key) for op_key in keys)
    assert [above.index(notes.key_mark(k)) for k in keys] == sorted(
        above.index(notes.key_mark(k)) for k in keys
    )


@given(old=words, new=words, below=words)
def test_a_replaced_text_replaces_nothing_else(old: str, new: str, below: str) -> None:
    """A new brief takes the place of the old one; what was answered stays."""
    key, op_key = new_key(), new_key()
    old, new = old.strip("\n"), new.strip("\n")
    whole = notes.add_block(notes.compose(old, key, "en") + below, key, op_key, "reply", "Yes", DAY, "en")

    after = notes.replace_text(whole, len(old), new)

    above, _, found = notes.parts(after, key)
    assert (after[: len(new)], found) == (new, below)
    assert above.endswith(f"{notes.key_mark(op_key)}\nYes")


def test_the_notes_can_be_read_by_anybody() -> None:
    """This is what the assistant sees on the phone."""
    key, op_key = "0192aaaa-0000-7000-8000-0123456789ab", "0192aaaa-0000-7000-8000-ba9876543210"

    whole = notes.compose("Any dentist near the station.", key, "en")
    whole = notes.add_block(whole, key, op_key, "reply", "Tuesday, please.", DAY, "en")

    assert whole == (
        "Any dentist near the station.\n\n"
        "[Answer 2026-11-23] [ba9876543210]\nTuesday, please.\n\n"
        "—— Your answers below this line. “12 min – what you did” reports time [0123456789ab] ——\n"
    )


@given(words)
def test_reading_never_fails_and_loses_no_line(below: str) -> None:
    """Each line that says something is said or is work, once."""
    said, work = notes.read(below)

    told = [line for one in said for line in one.lines]
    marks = [mark for one in said for mark in one.digests] + [one.series for one in work]
    assert len(told) + len(work) == sum(bool(line.strip()) for line in below.split("\n"))
    assert len(set(marks)) == len(marks)


@pytest.mark.parametrize(
    ("line", "seconds"),
    [
        ("12 min – called two dentists", 720),
        ("12min - called", 720),
        ("• 5 mn — écrit", 300),
        ("1 h 30 min – waited", 5400),
        ("Time: 1h30", 5400),
        ("temps : 90 – attente", 5400),
        ("TIME: 0:20 – x", 1200),
    ],
)
def test_time_in_plain_words(line: str, seconds: int) -> None:
    """Minutes with what they were for, or any length after the word."""
    assert [one.seconds for one in notes.read(line)[1]] == [seconds]


@pytest.mark.parametrize(
    "line",
    [
        "9h30 – the dentist",
        "14:30 – call back",
        "2 – the second one",
        "12 min",
        "0 min – nothing",
        "in 12 min – maybe",
        "12 minutes ago I called",
        "Time: soon",
        "2026-11-23 – the day",
        "Time: 9999999999999 h",
    ],
)
def test_what_only_looks_like_time_is_words(line: str) -> None:
    """A time of day, a list number or a remark is never charged."""
    said, work = notes.read(line)

    assert ([one.lines for one in said], work) == ([(line,)], [])
