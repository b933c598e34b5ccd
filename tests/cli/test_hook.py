"""``spirou hook``: a program is told of a change of state, once, and can spoil nothing."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from tests.cli.program import Program

KEEP = "import sys; open('told.jsonl', 'a').write(sys.stdin.read() + '\\n')"


@pytest.fixture
def program(tmp_path: Path) -> Program:
    return Program(tmp_path, {"SPIROU_FOLDER": str(tmp_path / "Shared")})


def told(program: Program) -> list[tuple[int, str | None, str]]:
    path = program.home / "told.jsonl"
    lines = path.read_text().splitlines() if path.exists() else []
    tasks = [json.loads(line)["task"] for line in lines]
    return [(task["id"], task["before"], task["state"]) for task in tasks]


def test_a_hook_is_told_of_each_change_once(program: Program) -> None:
    """What happened before it is not told; each later change is, once, with the state it was in."""
    program.fork("add", "Before", "--draft")
    program.fork("hook", "add", "any", "--", sys.executable, "-c", KEEP)
    program.fork("add", "Book the dentist")
    program.fork("status")
    program.fork("tag", "2", "home")
    program.fork("cancel", "1", "--yes")

    assert told(program) == [(2, None, "submitted"), (1, "draft", "canceled")]


def test_a_hook_waits_for_its_state(program: Program) -> None:
    """A hook for a question is not told of a new task."""
    program.fork("hook", "add", "input_required", "--", sys.executable, "-c", KEEP)
    program.fork("add", "Book the dentist")

    assert told(program) == []


def test_a_hook_that_fails_disturbs_nothing(program: Program) -> None:
    """An absent program and a failing one are one line each; the task is sent and the exit code is 0."""
    program.fork("hook", "add", "any", "--", "no-such-program-here")
    program.fork("hook", "add", "any", "--", sys.executable, "-c", "raise SystemExit(3)")

    done = program.fork("add", "Book the dentist")

    assert done.code == 0
    assert "no-such-program-here" in done.err
    assert "exit 3" in done.err


def test_no_shell_and_no_key_reaches_a_hook(program: Program) -> None:
    """Words that a shell would run are just words, and our variables with keys are not passed on."""
    script = (
        "import os, sys; keys = [name for name in os.environ if 'SECRET' in name];"
        "open('seen', 'w').write(repr((sys.argv[1:], keys)))"
    )
    program.fork("hook", "add", "any", "--", sys.executable, "-c", script, "$(touch pwned); `id`")

    done = program.fork("hook", "test", "1", SPIROU_SECRET_JULIE="hunter2hunter2")

    assert done.code == 0
    assert (program.home / "seen").read_text() == repr((["$(touch pwned); `id`"], []))
    assert not (program.home / "pwned").exists()


def test_hooks_are_listed_and_removed(program: Program) -> None:
    """Numbers of the list remove; the last one leaves no empty table; unknown numbers are exit 6."""
    program.fork("hook", "add", "any", "--", "true")
    program.fork("hook", "add", "failed", "--", "echo", "a b")

    listed = program.fork("hook", "list").out
    codes = [program.fork("hook", "remove", number).code for number in ("1", "1", "1")]

    assert listed == "1\tany\ttrue\n2\tfailed\techo 'a b'\n"
    assert codes == [0, 0, 6]
    assert json.loads(program.fork("hook", "list", "--json").out)["hooks"] == []
    assert program.fork("hook", "add", "sometimes", "--", "true").code == 2
