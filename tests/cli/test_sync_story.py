"""``spirou sync -v``: what arrived, what was told, what waits and why; and nouns that are typed alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.program import Program


@pytest.fixture
def program(tmp_path: Path) -> Program:
    """A store with two tasks that a folder's assistant has worked on."""
    program = Program(tmp_path, {"SPIROU_FOLDER": str(tmp_path / "Shared")})
    program.fork("add", "Book the dentist")
    program.fork("add", "Order the cake")
    answer = tmp_path / "Shared" / "0001-book-the-dentist" / "ANSWER.md"
    answer.write_text("Status: question\n\n## Questions\n\nTuesday?\n\n## Time\n\n10 min\n", "utf-8")
    return program


def test_the_story_of_a_sync_has_each_thing_with_its_task(program: Program) -> None:
    """One line a fact, under the summary; the second sync has nothing to tell."""
    told = program.fork("sync", "-v").out.splitlines()
    again = program.fork("sync", "-v").out.splitlines()

    assert told[0] == "folder: 3 new"
    assert told[1:-1] == ["     1  they wrote: Tuesday?", "     1  used: 0:10", "     1  they say: question"]
    assert told[-1].startswith("        1 page read, ")
    assert (again[0], len(again)) == ("folder: nothing new", 2)


def test_without_v_a_sync_says_one_line_a_provider(program: Program) -> None:
    """The story is for who asks for it."""
    assert program.fork("sync").out == "folder: 3 new\n"


@pytest.mark.parametrize(
    ("noun", "verb"), [("outbox", "list"), ("provider", "list"), ("plan", "show"), ("budget", "show")]
)
def test_a_noun_alone_shows_what_there_is_of_it(program: Program, noun: str, verb: str) -> None:
    """The same as with its verb, in every form; a word that is no verb is still an error."""
    for form in ((), ("--json",)):
        alone, asked = program.fork(noun, *form), program.fork(noun, verb, *form)
        assert (alone.code, alone.out, alone.err) == (asked.code, asked.out, asked.err)

    slip = program.fork(noun, "lsit")
    assert (slip.code, slip.err.splitlines()[0]) == (2, f"spirou {noun} has no lsit.")


def test_a_verb_that_was_mistyped_is_offered(program: Program) -> None:
    """A slip in the second word names the nearest one."""
    assert program.fork("outbox", "lst").err.splitlines()[1] == "Did you mean: spirou outbox list"
