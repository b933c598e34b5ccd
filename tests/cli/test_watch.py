"""``spirou watch`` in a script and on a terminal."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.program import Program
from tests.cli.terminal import Terminal


@pytest.fixture
def program(tmp_path: Path) -> Program:
    program = Program(tmp_path, {"SPIROU_FOLDER": str(tmp_path / "Shared")})
    program.run("add", "Book the dentist")
    return program


def test_one_round_is_one_document(program: Program) -> None:
    """``--once --json`` says what one round brought; without ``--once`` JSON is refused."""
    once = program.run("watch", "--once", "--json")

    assert once.code == 0
    assert json.loads(once.out)["schema"] == "spirou.watch/1"
    assert program.run("watch", "--json").code == 2


def test_a_terminal_shows_the_status_and_what_comes_next(program: Program) -> None:
    """Live, the status is drawn, and the line under it says when the next sync is; Ctrl-C is 130."""
    with Terminal(program, ("watch",)) as terminal:
        shown = terminal.until("Ctrl-C ends the watch.")
        terminal.interrupt()
        code = terminal.end()

    assert "Book the dentist" in shown
    assert code == 130


def test_without_a_screen_to_redraw_there_are_plain_lines(program: Program) -> None:
    """On a dumb terminal nothing is drawn over: one line says that it watches."""
    with Terminal(program, ("watch",), environ={"TERM": "dumb"}) as terminal:
        shown = terminal.until("Ctrl-C ends it")
        terminal.interrupt()
        terminal.end()

    assert "\x1b" not in shown
