"""`spirou bill` and `spirou worth` as typed: each option does what its help says, or says why not."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.program import Program


@pytest.fixture(scope="module")
def person(tmp_path_factory: pytest.TempPathFactory) -> Program:
    """A person with a task in a shared folder, and time noted for it."""
    program = Program(tmp_path_factory.mktemp("person"))
    assert program.fork("add", "Book the dentist", "--project", "home").code == 0
    assert program.fork("time", "add", "1", "40m").code == 0
    assert program.fork("time", "add", "1", "5m", "--mine").code == 0
    return program


def test_a_pipe_gets_a_record_a_provider(person: Program) -> None:
    """Time is told, and a cost that nobody told is empty; one's own minutes aren't in it."""
    assert person.fork("bill").out == "folder\t1\t2400\tEUR\t\t\t\tunknown\t\n"
    assert person.fork("bill", "--csv").out.splitlines()[1] == "folder,1,2400,EUR,,,,unknown,"


@pytest.mark.parametrize("by", ["project", "task", "week", "month"])
def test_a_task_is_counted_in_every_cut_with_time_or_without(by: str, person: Program) -> None:
    """What only used tokens, or nothing yet, was handed out all the same."""
    rows = json.loads(person.fork("bill", "--by", by, "--json").out)["rows"]

    assert sum(row["tasks"] for row in rows) == 1
    assert json.loads(person.fork("bill", "--last-month", "--by", by, "--json").out)["rows"] == []


@pytest.mark.parametrize("by", ["provider", "project", "tag", "task", "week", "month"])
def test_every_way_to_cut_is_one_document(by: str, person: Program) -> None:
    """--json is one object that says how it was cut."""
    done = person.fork("bill", "--by", by, "--json")
    told = json.loads(done.out)

    assert (told["schema"], told["by"], told["rows"][0]["time_used_s"]) == ("spirou.bill/1", by, 2400)


@pytest.mark.parametrize(
    "arguments",
    [
        ("bill",),
        ("bill", "--to-provider", "folder"),
        ("bill", "--by", "task"),
        ("bill", "--year"),
        ("bill", "--year", "2026"),
        ("bill", "--accrual"),
        ("bill", "--last-month"),
        ("bill", "--in", "JPY", "--rate", "EUR=160"),
        ("bill", "--unpaid"),
        ("bill", "--worth", "45EUR/h"),
        ("worth", "--by", "project"),
    ],
    ids=" ".join,
)
def test_every_page_ends_well(arguments: tuple[str, ...], person: Program) -> None:
    """On a terminal, in both languages, within its width."""
    for language in ("en", "fr"):
        done = person.on_terminal(*arguments, "--lang", language)

        assert done.code == 0
        assert done.out.strip()
        assert "Traceback" not in done.out
        assert max(map(len, done.out.splitlines())) <= 80


@pytest.mark.parametrize(
    "arguments",
    [
        ("bill", "--by", "colour"),
        ("bill", "--basis", "guessed"),
        ("bill", "--in", "EURO"),
        ("bill", "--rate", "USD"),
        ("bill", "--rate", "USD=-1"),
        ("bill", "--rate", "USD=nan"),
        ("bill", "-m", "2026-13"),
        ("bill", "-m", "9999-12"),
        ("bill", "-m", "0000-01"),
        ("bill", "--to", "9999-12-31"),
        ("bill", "--year", "9999"),
        ("plan", "compare", "--year", "0000"),
        ("bill", "-m", "2026-11", "--last-month"),
        ("bill", "--accrual", "--by", "project"),
        ("bill", "--accrual", "--explain", "fee"),
        ("bill", "--accrual", "--unpaid"),
        ("bill", "--year", "--by", "project"),
        ("bill", "--hledger", "--beancount"),
        ("bill", "--hledger", "--csv"),
        ("bill", "--year", "26"),
        ("bill", "--year", "2026", "-m", "2026-03"),
        ("bill", "2026"),
        ("worth", "--by", "week"),
        ("bill", "--html", "/nowhere/at/all.html"),
    ],
    ids=" ".join,
)
def test_what_cannot_be_meant_is_refused(arguments: tuple[str, ...], person: Program) -> None:
    """Bad input is exit 2, in two lines."""
    done = person.fork(*arguments)

    assert (done.code, done.out) == (2, "")
    assert len(done.err.strip().splitlines()) <= 2


def test_a_year_in_a_pipe_is_records(person: Program) -> None:
    """Of the 12 months up to now, or of a calendar year; the chart is for a terminal."""
    person.fork("charge", "add", "folder", "3EUR", "--on", "2026-03-09")

    assert person.fork("bill", "--year", "2026").out == "2026-03\tfolder\tEUR\t3.00\n"
    assert person.fork("bill", "--year", "2026", "--csv").out.splitlines()[1] == "2026-03,folder,EUR,3.00"
    assert person.fork("bill", "--year", "2025").out == ""


def test_an_unknown_provider_or_line_is_not_found(person: Program) -> None:
    """Exit 6, and what to type."""
    assert person.fork("bill", "--to-provider", "nobody").code == 6
    assert person.fork("bill", "--explain", "folder/2026-11-01/fee/x").code == 6


def test_statements_are_written_where_they_were_asked_for(person: Program) -> None:
    """One run writes both files and says so; its own process, since the PDF is made by many threads."""
    done = person.run("bill", "--html", "bill.html", "--pdf", "bill.pdf")

    assert done.out == "Written: bill.html\nWritten: bill.pdf\n"
    assert Path(person.home, "bill.pdf").read_bytes().startswith(b"%PDF")
    assert "</html>" in Path(person.home, "bill.html").read_text("utf-8")
