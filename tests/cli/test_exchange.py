"""``spirou export`` and ``spirou import`` from the outside."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest

from tests.cli.program import Program


@pytest.fixture
def program(tmp_path: Path) -> Program:
    program = Program(tmp_path)
    program.fork(
        "add", "Réserver; le dentiste, vite", "-b", "line one\nline \\ two", "--due", "2026-11-27",
        "--tag", "home", "--project", "Family life", "--priority", "high", "--draft",
    )  # fmt: skip
    program.fork("add", "=SUM(A1)", "--draft")
    return program


def test_a_whole_export_moves_to_another_store(program: Program) -> None:
    """``export > file``, ``--db new import file``: the same bytes come out of the new store."""
    first = program.fork("export")
    (program.home / "whole.json").write_text(first.out)

    taken = program.fork("--db", "new.db", "import", "whole.json", "--json")
    second = program.fork("--db", "new.db", "export")
    again = program.fork("import", "whole.json")

    assert (first.code, taken.code, again.code) == (0, 0, 0)
    assert json.loads(taken.out)["tasks"] == 2
    assert second.out == first.out
    assert "2 known before" in again.out


def test_a_table_goes_out_and_comes_back(program: Program) -> None:
    """The exported table is RFC 4180, its formulas are disarmed, and it is read back as it was."""
    table = program.fork("export", "--format", "csv").out
    rows = list(csv.DictReader(io.StringIO(table, newline="")))
    (program.home / "tasks.csv").write_bytes(table.encode())

    program.fork("--db", "new.db", "import", "tasks.csv", "--from", "csv")
    back = json.loads(program.fork("--db", "new.db", "show", "1", "--json").out)
    formula = json.loads(program.fork("--db", "new.db", "show", "2", "--json").out)

    assert [row["title"] for row in rows] == ["Réserver; le dentiste, vite", "'=SUM(A1)"]
    assert rows[0]["due"] == "2026-11-27"
    assert (back["title"], back["brief"], back["due"]["date"], back["project"]) == (
        "Réserver; le dentiste, vite", "line one\nline \\ two", "2026-11-27", "Family life",
    )  # fmt: skip
    assert formula["title"] == "=SUM(A1)"


def test_todo_txt_goes_out_and_comes_back(program: Program) -> None:
    """One task a line with its mark, project, context and day; read back, the same."""
    text = program.fork("export", "--format", "todotxt").out
    (program.home / "todo.txt").write_text(text)

    taken = program.fork("--db", "new.db", "import", "todo.txt", "--from", "todotxt")
    back = json.loads(program.fork("--db", "new.db", "show", "1", "--json").out)

    assert (taken.code, taken.err) == (0, "")
    assert text.startswith("(A) Réserver; le dentiste, vite +Family-life @home due:2026-11-27 key:")
    assert (back["title"], back["project"], back["tags"], back["due"]["date"]) == (
        "Réserver; le dentiste, vite", "Family-life", ["home"], "2026-11-27",
    )  # fmt: skip


def test_a_calendar_follows_rfc_5545(program: Program) -> None:
    """Lines end in CR LF and have 75 octets at most; a calendar library reads back what was meant."""
    icalendar = pytest.importorskip("icalendar")
    program.fork("add", "é" * 120, "-b", "a;b,c\\d\nnew line", "--draft")

    text = program.fork("export", "--format", "ics").out
    todos = icalendar.Calendar.from_ical(text).walk("VTODO")

    assert all(len(line.encode()) <= 75 for line in text.split("\r\n"))
    assert "\n" not in text.replace("\r\n", "")
    assert [str(todo["SUMMARY"]) for todo in todos] == ["Réserver; le dentiste, vite", "=SUM(A1)", "é" * 120]
    assert str(todos[2]["DESCRIPTION"]) == "a;b,c\\d\nnew line"
    assert str(todos[0].decoded("DUE")) == "2026-11-27"


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("export", "--format", "xml"), 2),
        (("import", "absent.json"), 2),
        (("import", "tasks.json", "--from", "outlook"), 2),
    ],
)
def test_a_slip_is_exit_2(program: Program, arguments: tuple[str, ...], code: int) -> None:
    """An unknown format or an absent file is refused in a sentence, in JSON too."""
    done = program.fork(*arguments, "--json")

    assert done.code == code
    assert json.loads(done.out)["error"]["code"] == "INVALID_INPUT"
