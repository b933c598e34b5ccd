"""What the commands of every day load, and what they must not: by name, so that no timer is needed."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.program import Program

HEAVY = {"sqlite_utils", "requests", "keyring", "pydantic", "babel", "rich", "tomlkit", "jinja2"}
"""What is loaded only where it is used."""

TREE = {"typer", "dataclasses", "inspect"}
"""Typer, and what it loads too."""
SENDING = {"spirou_cli.adapters.base", "spirou_cli.adapters.http", "spirou_cli.service.delivery"}
WRITING = {"spirou_cli.domain.events", "spirou_cli.storage.log"}
BILLING = {"spirou_cli.domain.plan", "spirou_cli.service.billing"}

ABSENT = {
    ("status", "--short"): HEAVY | TREE | SENDING | WRITING | BILLING | {"json"},
    ("status",): HEAVY | TREE | SENDING | WRITING | BILLING,
    ("list",): HEAVY | TREE | SENDING | WRITING | BILLING,
    ("add", "--draft", "Water the plants"): HEAVY | TREE | SENDING | BILLING,
    ("add", "--draft", "--tag", "home", "Water the plants"): HEAVY | SENDING | BILLING,
    ("bill",): HEAVY | TREE | SENDING,
    ("--help",): HEAVY | SENDING | WRITING | BILLING | {"sqlite3"},
    ("add", "--help"): HEAVY | SENDING | BILLING,
}


@pytest.mark.parametrize("arguments", ABSENT, ids=" ".join)
def test_a_daily_command_loads_only_what_it_uses(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    """In a pipe, with a task in the store, nothing is imported that the command doesn't need."""
    program = Program(tmp_path)
    program.run("add", "--draft", "Book the dentist")

    loaded = modules(program, *arguments)

    assert loaded & ABSENT[arguments] == set()
    assert "spirou_cli.cli" in loaded


PAID = {
    ("status", "--short"): BILLING,
    ("status",): BILLING | TREE | HEAVY,
    ("list",): BILLING | TREE | HEAVY,
    ("add", "--draft", "Water the plants"): BILLING | TREE | HEAVY,
}


@pytest.mark.parametrize("arguments", PAID, ids=" ".join)
def test_who_has_a_plan_and_a_budget_waits_no_longer(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    """What the month costs was computed once: nothing loads the billing engine until something changes."""
    program = Program(tmp_path)
    program.run("add", "Book the dentist")
    program.run("plan", "adopt", "folder", "--fee", "70EUR/month", "--on", "2026-01-01")
    program.run("budget", "set", "80EUR/month")
    told = program.run("status")
    assert "70.00" in told.out
    assert "87%" in told.out

    assert modules(program, *arguments) & PAID[arguments] == set()
    assert program.run("status").out.splitlines()[-2:] == told.out.splitlines()[-2:]


def test_help_makes_no_store(tmp_path: Path) -> None:
    """Asking how a command works leaves no file behind."""
    program = Program(tmp_path)

    for arguments in (["--help"], ["add", "--help"], ["help"], ["bill", "-h"]):
        assert program.run(*arguments).code == 0

    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def modules(program: Program, *arguments: str) -> set[str]:
    """The modules that the real program imports for a command, as Python itself tells."""
    done = program.run(*arguments, PYTHONPROFILEIMPORTTIME="1")
    assert done.code == 0
    return {
        line.rpartition("|")[2].strip() for line in done.err.splitlines() if line.startswith("import time:")
    }
