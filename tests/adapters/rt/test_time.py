"""RT's minutes, folded into lines that add up."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from spirou_cli.adapters.rt.news import HIDDEN, Line, fold, usage

NOVEMBER, DECEMBER = "2026-11-30T10:00:00Z", "2026-12-01T10:00:00Z"
MINUTES = st.lists(st.integers(-300, 300).filter(bool), max_size=12)


def test_a_correction_stays_in_the_month_that_it_corrects() -> None:
    """Negative minutes are taken from what was there before them, not from what came later."""
    new = {"1": Line(30, NOVEMBER), "2": Line(-10, NOVEMBER), "3": Line(20, DECEMBER)}

    assert fold({}, new, 40, DECEMBER) == {"1": Line(20, NOVEMBER), "3": Line(20, DECEMBER)}


def test_minutes_of_hidden_comments_are_one_line() -> None:
    """What RT's total has and no visible transaction has is time that was worked out of sight."""
    assert fold({}, {"1": Line(30, NOVEMBER)}, 45, DECEMBER) == {
        "1": Line(30, NOVEMBER),
        HIDDEN: Line(15, DECEMBER),
    }


def test_hidden_minutes_that_were_taken_back_are_taken_from_the_newest() -> None:
    """A total below what can be seen wins."""
    lines = {"1": Line(30, NOVEMBER), "2": Line(20, DECEMBER)}

    assert fold(lines, {}, 25, DECEMBER) == {"1": Line(25, NOVEMBER)}


def test_a_total_below_nothing_is_nothing() -> None:
    """RT lets time become negative; nobody pays for that."""
    assert fold({"1": Line(30, NOVEMBER)}, {"2": Line(-39, NOVEMBER)}, -9, NOVEMBER) == {}


@given(MINUTES, st.integers(-100, 2000))
def test_lines_always_add_up_to_the_total(minutes: list[int], worked: int) -> None:
    """Whatever was corrected or hidden, the lines are positive and their sum is RT's own."""
    new = {str(number): Line(each, NOVEMBER) for number, each in enumerate(minutes)}

    lines = fold({}, new, worked, DECEMBER)

    assert sum(line.minutes for line in lines.values()) == max(worked, 0)
    assert all(line.minutes > 0 for line in lines.values())


@given(st.lists(st.tuples(MINUTES, st.integers(0, 2000)), max_size=5))
def test_reports_add_up_after_every_reading(readings: list[tuple[list[int], int]]) -> None:
    """Kept by series, the newest report of each line sums to the total after each reading."""
    lines: dict[str, Line] = {}
    told: dict[str | None, int] = {}
    keys: list[str] = []
    number = 0
    for minutes, worked in readings:
        new = {str(number + step): Line(each, NOVEMBER) for step, each in enumerate(minutes, 1)}
        number += len(new) + 1
        after = fold(lines, new, worked, DECEMBER)
        for report in usage(7, lines, after, new, f"moment {number}"):
            keys.append(report.key)
            told[report.series] = report.quantity
        lines = after

        assert sum(told.values()) == worked * 60
    assert len(set(keys)) == len(keys)


def test_a_line_that_nobody_touched_has_one_key_for_ever() -> None:
    """Read again from the start, among other transactions, it is the same report."""
    one, two = {"1": Line(30, NOVEMBER)}, {"1": Line(30, NOVEMBER), "2": Line(20, DECEMBER)}

    first = list(usage(7, {}, fold({}, one, 30, NOVEMBER), one, "then"))
    again = list(usage(7, {}, fold({}, two, 50, DECEMBER), two, "now"))

    assert first == again[:1]


@given(st.integers(1, 10**6), st.sampled_from([NOVEMBER, DECEMBER]), st.text(max_size=20))
def test_a_line_survives_the_cursor(minutes: int, at: str, note: str) -> None:
    """A line that was kept is read the same, spaces in its note included."""
    line = Line(minutes, at, note)

    assert Line.decode(line.encode()) == line
