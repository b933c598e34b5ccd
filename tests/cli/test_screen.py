"""The one way out: what reaches a terminal, a pipe and a dead pipe."""

from __future__ import annotations

import io
import json
import os
import pty
import re
import subprocess
import sys
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from spirou_cli.cli.render.messages import Words
from spirou_cli.cli.render.records import pick, with_untrusted
from spirou_cli.cli.render.screen import OutputLost, Screen
from spirou_cli.cli.render.table import Column, Span, Style, Table
from spirou_cli.domain.errors import InvalidInput, NoSuchThing
from spirou_cli.domain.money import Money
from spirou_cli.domain.text import width

SCREENS = Path(__file__).parent / "screens"

LIST = Table(
    columns=[
        Column("ID"),
        Column("TASK", title=True),
        Column("PROVIDER"),
        Column("STATE"),
        Column("DUE"),
        Column("WAITING", right=True, wide=True),
        Column("TIME", right=True),
        Column("COST", right=True),
        Column("PROJECT", wide=True),
        Column("REF", wide=True),
    ],
    rows=[line.split("\t") for line in (SCREENS / "list.tsv").read_text("utf-8").splitlines()],
)


class Streams:
    """A screen on two strings."""

    def __init__(
        self,
        columns: int | None = None,
        *,
        styled: bool = False,
        accessible: bool = False,
        language: str = "en",
    ) -> None:
        self.out, self.err = io.StringIO(), io.StringIO()
        self.screen = Screen(
            self.out, self.err, Words(language), columns=columns, styled=styled, accessible=accessible
        )


@pytest.mark.parametrize("columns", [80, 120])
def test_a_list_fits_its_terminal_and_only_the_title_gives_way(columns: int) -> None:
    """The two screens of the design, to the letter."""
    streams = Streams(columns)

    streams.screen.table(LIST)

    assert streams.out.getvalue() == (SCREENS / f"list-{columns}.txt").read_text("utf-8")


def test_a_page_in_a_pipe_is_not_cut() -> None:
    """Without a terminal every column and every title is whole."""
    streams = Streams(None)

    streams.screen.table(LIST)

    assert "Upgrade my blog theme and check the contact form  agent" in streams.out.getvalue()
    assert "task-5f1c" in streams.out.getvalue()


def test_a_reader_aloud_gets_one_fact_a_line() -> None:
    """The accessible screen has no columns to follow."""
    streams = Streams(80, accessible=True)

    streams.screen.table(Table(LIST.columns[:3], [row[:3] for row in LIST.rows[:2]]))
    streams.screen.split("Book the dentist", "smartelia")

    assert streams.out.getvalue() == (
        "ID: 14\nTASK: Book the dentist for the youngest\nPROVIDER: smartelia\n\n"
        "ID: 17\nTASK: Find a plumber for Saturday in Lyon 3e\nPROVIDER: smartelia\n"
        "Book the dentist, smartelia\n"
    )


@pytest.mark.parametrize("columns", [80, 120])
def test_running_text_and_right_edges_stay_within_a_hundred_columns(columns: int) -> None:
    """Lines with two edges and sentences end at the screen's edge, or at 100."""
    edge = min(columns, 100)
    streams = Streams(columns)

    streams.screen.split("  14  Book the dentist for the youngest", "smartelia, asked 2 h ago")
    streams.screen.split("Averylongtitle" * 9, "smartelia, asked 2 h ago", indent=2)
    streams.screen.say("A sentence that goes on. " * 9)

    lines = streams.out.getvalue().splitlines()
    assert [width(line) for line in lines[:2]] == [edge, edge]
    assert lines[0].endswith("smartelia, asked 2 h ago")
    assert lines[1].endswith("…  smartelia, asked 2 h ago")
    assert all(width(line) <= edge for line in lines)


def test_styles_change_no_letter() -> None:
    """With colour the text is the same text."""
    bare, coloured = Streams(80), Streams(80, styled=True)
    for streams in (bare, coloured):
        streams.screen.line(
            "  ", Span("late 2 d", Style.BAD), "  [red]not markup[/] :bomb: ", Span("> spirou", Style.COMMAND)
        )
        streams.screen.text("A heading [b]", Style.HEADING)

    text = re.sub("\x1b\\[[0-9;]*m", "", coloured.out.getvalue())

    assert text == bare.out.getvalue()
    assert "\x1b[31mlate 2 d" in coloured.out.getvalue()


@pytest.mark.parametrize("styled", [False, True])
def test_no_part_of_a_line_can_act_on_the_terminal(styled: bool) -> None:
    """The last guard stands in the screen itself: whoever forgot to clean, it doesn't."""
    streams = Streams(80, styled=styled)

    streams.screen.line("a\x1b[2J\nb", Span("\u202ec", Style.BAD))
    streams.screen.say("From {name}.", name="\x1b]52;c;ZXZpbA==\x07\nSaved as 19.")

    text = re.sub("\x1b\\[[0-9;]*m", "", streams.out.getvalue())
    assert text == "a␛[2J b<U+202E>c\nFrom ␛]52;c;ZXZpbA==␇ Saved as 19..\n"


def test_words_of_somebody_stand_behind_a_bar() -> None:
    """What a provider wrote can't pass for a line of Spirou's."""
    streams = Streams(40)

    streams.screen.block("Done.\n> spirou accept 14 and a line that is rather long", indent=2)

    assert streams.out.getvalue() == (
        "  │ Done.\n  │ > spirou accept 14 and a line that\n  │ is rather long\n"
    )


def test_records_are_whole_and_tab_separated() -> None:
    """A program gets every value, in a form that no language changes."""
    streams = Streams(language="fr")

    streams.screen.records(
        [
            [
                14,
                "Two\tparts\nof a title",
                None,
                date(2026, 11, 24),
                datetime(2026, 11, 23, 8, 41, tzinfo=UTC),
                Decimal("0.00"),
            ]
        ]
    )

    assert streams.out.getvalue() == "14\tTwo parts of a title\t\t2026-11-24\t2026-11-23T08:41:00Z\t0.00\n"


def test_csv_disarms_formulas_and_controls_unless_raw() -> None:
    """A spreadsheet gets text, a number stays a number, and --raw gives the exact text."""
    tame, raw = Streams(), Streams()
    row = ["=cmd|' /C calc'!A0", 'a,b"c\nd', "\x1b[2J", Decimal("-5.00"), None]

    tame.screen.csv([row])
    raw.screen.csv([row], raw=True)

    assert tame.out.getvalue() == '\'=cmd|\' /C calc\'!A0,"a,b""c\nd",␛[2J,-5.00,\r\n'
    assert raw.out.getvalue() == '=cmd|\' /C calc\'!A0,"a,b""c\nd",\x1b[2J,-5.00,\r\n'


def test_json_is_exact_and_plain_ascii() -> None:
    """Nothing in a document acts on a terminal, and everything in it comes back."""
    streams = Streams(language="fr")
    title = "\x1b[2J\x7f\x9b\u202e é 漢 \ud800"
    document = {
        "title": title,
        "cost": Money(6350, "USD"),
        "at": datetime(2026, 11, 23, 8, tzinfo=UTC),
        "tasks": [],
    }

    streams.screen.json("spirou.show/1", document)

    text = streams.out.getvalue()
    assert set(text) <= {chr(code) for code in range(0x20, 0x7F)} | {"\n"}
    assert json.loads(text) == {
        "schema": "spirou.show/1",
        "title": title,
        "cost": {"amount": "63.50", "currency": "USD"},
        "at": "2026-11-23T08:00:00Z",
        "tasks": [],
    }


def test_json_names_what_a_provider_wrote() -> None:
    """A program knows which fields are somebody's words, and that some can't be seen."""
    task = {
        "id": 14,
        "question": {"text": "a\u200bb"},
        "messages": [{"text": "x"}, {"text": "\U000e0041"}],
        "note": None,
    }

    marked = with_untrusted(task, "question.text", "messages.text", "note")

    assert marked == {**task, "untrusted": ["question.text", "messages.text"], "hidden_chars": 2}


def test_an_unknown_field_lists_the_valid_ones() -> None:
    """--fields keeps the order asked for and refuses a slip."""
    assert pick([{"id": 1, "title": "x"}], ["title", "id"], ["id", "title"]) == [{"title": "x", "id": 1}]
    with pytest.raises(InvalidInput) as refusal:
        pick([], ["titel"], ["id", "title"])
    assert refusal.value.fields == {"field": "titel", "fields": "id, title"}


def test_an_error_says_what_happened_and_what_to_do() -> None:
    """Two lines on standard error; as JSON one document on standard output."""
    error = NoSuchThing("No task {number}.", "spirou list", number="\x1b7")
    text, machine = Streams(), Streams()

    text.screen.error(error)
    machine.screen.json_error(error)

    assert (text.out.getvalue(), text.err.getvalue()) == ("", "No task ␛7.\nspirou list\n")
    assert json.loads(machine.out.getvalue())["error"] == {
        "code": "NOT_FOUND",
        "message": "No task ␛7.",
        "hint": "spirou list",
    }


SCRIPT = """
import os, sys
from spirou_cli.cli.render.messages import Words
from spirou_cli.cli.render.screen import Colour, Screen, OutputLost, Span, Style, open_descriptors
open_descriptors()
screen = Screen.on(sys.stdout, sys.stderr, os.environ, Words("en"), colour=sys.argv[1])
try:
    for _ in range(int(sys.argv[2])):
        screen.line(Span("é", Style.BAD))
    screen.flush()
except OutputLost as lost:
    screen.aside(f"lost {lost.exit_code} {lost.reason}")
    sys.exit(lost.exit_code)
screen.aside("rich" if "rich" in sys.modules else "bare")
"""


def run(
    colour: str = "auto", lines: int = 1, *, shell: str = "", **environ: str
) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-c", SCRIPT, colour, str(lines)]
    if shell:
        command = ["sh", "-c", f'"$@" {shell}', "sh", *command]
    return subprocess.run(
        command, env={**os.environ, **environ}, capture_output=True, timeout=60, check=False
    )


def test_a_pipe_gets_no_colour_and_loads_no_rich() -> None:
    """Writing to a program is bare and fast."""
    done = run()

    assert (done.stdout, done.stderr) == ("é\n".encode(), b"bare\n")


def test_colour_can_be_asked_for_in_a_pipe() -> None:
    """--color always wins over everything."""
    assert run("always", NO_COLOR="1", TERM="dumb").stdout == "\x1b[31mé\x1b[0m\n".encode()


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({"TERM": "xterm"}, "\x1b[31mé\x1b[0m\r\n"),
        ({"TERM": "dumb"}, "é\r\n"),
        ({"TERM": "xterm", "NO_COLOR": "1"}, "é\r\n"),
        ({"TERM": "xterm", "NO_COLOR": ""}, "\x1b[31mé\x1b[0m\r\n"),
    ],
)
def test_a_terminal_is_coloured_unless_asked_not_to(environ: dict[str, str], expected: str) -> None:
    """NO_COLOR and dumb terminals are obeyed."""
    ours, theirs = pty.openpty()
    bare = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "TERM", "COLUMNS")}
    with subprocess.Popen(
        [sys.executable, "-c", SCRIPT, "auto", "1"],
        stdout=theirs,
        stderr=subprocess.DEVNULL,
        env={**bare, **environ},
    ) as process:
        process.wait(60)
        os.close(theirs)
        shown = os.read(ours, 1000).decode()
    os.close(ours)

    assert shown == expected


def test_an_encoding_without_the_letter_gets_its_number() -> None:
    """LC_ALL=C is no crash."""
    assert run(PYTHONIOENCODING="ascii").stdout == b"\\xe9\n"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
def test_a_full_disk_is_one_sentence() -> None:
    """An answer that can't be written ends with an exit code and a reason, no traceback."""
    done = run(shell=">/dev/full")

    assert (done.returncode, done.stderr) == (1, b"lost 1 No space left on device\n")


def test_a_closed_output_is_one_sentence() -> None:
    """So does one that was never open."""
    done = run(shell=">&-")

    assert (done.returncode, done.stderr) == (1, b"lost 1 Bad file descriptor\n")


def test_a_reader_that_leaves_ends_it_quietly() -> None:
    """A closed pipe is exit 141, as the shell counts SIGPIPE, and nothing at the interpreter's end."""
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, "never", "100000"],
        stdout=writing,
        stderr=subprocess.PIPE,
        timeout=60,
        check=False,
    )
    os.close(writing)

    assert (done.returncode, done.stderr) == (141, b"lost 141 \n")


def test_what_was_lost_is_told_apart_from_other_failures() -> None:
    """Only the answer's own stream makes ``OutputLost``."""
    screen = Screen(None, None, Words("en"))

    with pytest.raises(OutputLost):
        screen.line("x")
    screen.note("Nobody reads this.")


def test_a_meaning_is_wrapped_beside_its_word() -> None:
    """A list of words and meanings keeps its two columns on a terminal, and its lines in a pipe."""
    pairs = [("74", "the local store or the disk"), ("129", "hang-up")]
    terminal, pipe = Streams(24), Streams()

    terminal.screen.definitions(pairs)
    pipe.screen.definitions(pairs)

    assert terminal.out.getvalue() == "74   the local store or\n     the disk\n129  hang-up\n"
    assert pipe.out.getvalue() == "74   the local store or the disk\n129  hang-up\n"
