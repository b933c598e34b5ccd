"""The founding author's month, set up with the commands of its page alone, and checked to the cent."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path
from typing import Any

import pytest

from tests.cli.program import Program

_PAGE = Path(__file__).parents[2] / "docs/how-to/founding-month.md"
_REFUSED = {'add "Call every plumber in Lyon"': 7, "--number T-118 ": 1}
"""What the page shows being refused, with the exit code."""


def commands(section: str) -> list[str]:
    """The commands of the page up to a heading, each on one line."""
    text = _PAGE.read_text("utf-8").partition(f"## {section}\n")[0]
    blocks = "".join(re.findall(r"```console\n(.*?)```", text, re.DOTALL))
    typed = re.findall(r"^\$ spirou ((?:.*\\\n)*.*)\n", blocks, re.MULTILINE)
    return [command.replace("\\\n", " ") + " " for command in typed]


@pytest.fixture(scope="module")
def march(tmp_path_factory: pytest.TempPathFactory) -> Program:
    """The month as the page sets it up, before its bill."""
    program = Program(tmp_path_factory.mktemp("march"), {"SPIROU_LANG": "en"})
    for command in commands("The bill"):
        words = [word.replace("~", str(program.home)) for word in shlex.split(command)]
        done = program.fork(*words)
        expected = next((code for part, code in _REFUSED.items() if part in command), 0)
        assert done.code == expected, (command, done.err)
    return program


def said(program: Program, *arguments: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(program.fork(*arguments, "--json").out)
    return found


def test_the_month_costs_what_paper_says(march: Program) -> None:
    """By provider in its own currency, and each line converted at its own day: 377.74 euros."""
    bill = said(march, "bill", "-m", "2026-03")

    totals = {row["provider"]: row["total"] for row in bill["rows"]}
    assert totals == {
        "agent": {"amount": "7.05", "currency": "USD"},
        "smartelia": {"amount": "309.68", "currency": "EUR"},
        "timesvr": {"amount": "66.50", "currency": "USD"},
    }
    assert {key: bill["converted"][key] for key in ("amount", "currency")} == {
        "amount": "377.74",
        "currency": "EUR",
    }


@pytest.mark.parametrize(
    ("provider", "lines"),
    [
        (
            "timesvr",
            [
                ("2026-03-05", "fee", "70.00", "64.81"),
                ("2026-03-05", "coupon", "-10.50", "-9.72"),
                ("2026-03-20", "expense", "12.00", "11.01"),
                ("2026-03-25", "refund", "-5.00", "-4.63"),
            ],
        ),
        ("smartelia", [("2026-03-16", "fee", "309.68", "309.68")]),
        ("agent", [("2026-03-31", "usage", "7.05", "6.59")]),
    ],
)
def test_each_line_is_what_paper_says(
    march: Program, provider: str, lines: list[tuple[str, str, str, str]]
) -> None:
    """Its day, its sum, and its euros at the rate of that day; a refund at the rate of what it undoes."""
    found = said(march, "bill", "-m", "2026-03", "--to-provider", provider)["lines"]

    assert [
        (line["on"], line["kind"], line["amount"]["amount"], line["converted"]["amount"]) for line in found
    ] == lines


def test_the_plans_were_kept_while_tasks_went_out(march: Program) -> None:
    """The hour never reached TimeSvr; Smartelia has it."""
    tasks = {task["id"]: (task["provider"], task["state"]) for task in said(march, "list")["tasks"]}

    assert tasks == {1: ("timesvr", "submitted"), 2: ("smartelia", "submitted"), 3: ("agent", "submitted")}
    assert not list((march.home / "TimeSvr").glob("*plumber*"))


def test_the_same_facts_give_the_same_bytes(march: Program) -> None:
    """The bill is computed anew each time, and is the same."""
    first, second = (march.fork("bill", "-m", "2026-03", "--json").out for _ in range(2))

    assert first == second
