"""What a slip on the command line is answered, and the frame of a help page, in the person's language."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.program import Program


@pytest.mark.parametrize(
    ("typed", "english", "french"),
    [
        (["show"], "ID is missing.", "Il manque N°."),
        (["add", "x", "--priority"], "--priority needs a value.", "--priority demande une valeur."),
        (["status", "--short=3"], "--short takes no value.", "--short ne prend pas de valeur."),
        (["list", "--limit", "x"], "“x” won't do for --limit.", "«\u00a0x\u00a0» ne convient pas à --limit."),
        (["list", "--limit", "0"], "“0” won't do for --limit.", "«\u00a00\u00a0» ne convient pas à --limit."),
        (["show", "1", "2"], "Too many words: 2.", "Des mots en trop\u00a0: 2."),
        (["list", "--frob"], "spirou list has no option --frob.", "spirou list n’a pas d’option --frob."),
        (["show", "1", "-rf"], "spirou show has no option -rf.", "spirou show n’a pas d’option -rf."),
        (
            ["frob"],
            "There is no command frob. Nothing was done.",
            "Il n’y a pas de commande frob. Rien n’a été fait.",
        ),
    ],
)
def test_a_slip_is_named_in_the_language_of_the_person(
    typed: list[str], english: str, french: str, tmp_path: Path
) -> None:
    """Usage errors are exit 2 and two lines, wherever --lang stands."""
    program = Program(tmp_path)

    for arguments, expected in (
        (typed, english),
        (["--lang", "fr", *typed], french),
        ([typed[0], "--lang=fr", *typed[1:]], french),
    ):
        done = program.fork(*arguments)
        assert (done.code, done.out, done.err.splitlines()[0]) == (2, "", expected)
        assert len(done.err.splitlines()) == 2


@pytest.mark.parametrize(
    "typed", [["--lang", "fr", "--help"], ["--help", "--lang", "fr"], ["list", "-h", "--lang", "fr"]]
)
def test_a_help_page_is_french_from_its_first_word(typed: list[str], tmp_path: Path) -> None:
    """The frame that Typer draws is translated too."""
    done = Program(tmp_path).fork(*typed)

    assert (done.code, done.err) == (0, "")
    assert done.out.startswith("Usage\u00a0: spirou")
    assert "\nOptions\u00a0:\n" in done.out
    assert "[par défaut\u00a0: " in done.out or "list" in typed
    for english in ("Only ", "Closed ", "One JSON", "Delegate", "[default", "[required", "Show this"):
        assert english not in done.out


def test_words_behind_two_dashes_are_never_options(tmp_path: Path) -> None:
    """Nor do they choose the language."""
    done = Program(tmp_path).fork("show", "--", "--lang", "fr")

    assert (done.code, done.err.splitlines()[0]) == (2, "Too many words: fr.")
