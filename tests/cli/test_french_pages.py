"""Pages of the real program in French: no word of English, within 80 columns."""

from __future__ import annotations

import string
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from spirou_cli.cli.app import command_tree
from spirou_cli.cli.session import Session
from spirou_cli.cli.tree import COMMANDS
from spirou_cli.domain.text import width
from tests.cli.program import Program

CATALOGUE = Path(__file__).parents[2] / "spirou_cli" / "locale" / "fr" / "LC_MESSAGES" / "spirou.po"
SHORTEST = 10  # shorter pieces of English are also pieces of French


def english() -> Iterator[str]:
    """Every stretch of English that has a French translation."""
    with CATALOGUE.open("rb") as file:
        for message in read_po(file):
            ids = [message.id] if isinstance(message.id, str) else list(message.id)
            said = str(message.string)
            for text in ids:
                for literal, _, _, _ in string.Formatter().parse(text):
                    for part in literal.split("\n"):
                        if len(part.strip()) >= SHORTEST and "spirou" not in part and part not in said:
                            yield part.strip()


ENGLISH = frozenset(english())


def commands() -> list[tuple[str, ...]]:
    """Every command and sub-command there is."""
    tree = command_tree(Session())
    found: list[tuple[str, ...]] = [()]
    for name in COMMANDS:
        command = tree.get_command(None, name)
        if command is not None:
            found.append((name,))
            found += [(name, child) for child in getattr(command, "commands", {})]
    return found


@pytest.fixture(scope="module")
def person(tmp_path_factory: pytest.TempPathFactory) -> Program:
    """A French person with a task at a shared folder, a draft and a delivery with a question."""
    program = Program(tmp_path_factory.mktemp("personne"), {"LC_ALL": "fr_FR.UTF-8"})
    assert program.fork("add", "Prendre rendez-vous", "-d", "demain 17h", "--max-time", "1h30").code == 0
    assert program.fork("add", "Écrire les remerciements", "--draft", "--tag", "mariage").code == 0
    (page,) = (program.home.glob("Spirou/0001-*/*.md"),)
    for written in page:
        text = written.read_text("utf-8")
        if "## Questions" in text:
            written.write_text(
                text.replace("## Questions\n", "## Questions\n\nMardi 9 h ou jeudi ?\n", 1), "utf-8"
            )
    assert program.fork("sync").code == 0
    return program


def is_french(page: str, *, columns: int = 80) -> None:
    assert page
    assert sorted(text for text in ENGLISH if text in page) == []
    # an address is never broken, so that it can be copied
    assert max(width(line) for line in page.splitlines() if "://" not in line and " /" not in line) <= columns


@pytest.mark.parametrize("command", commands(), ids=" ".join)
def test_the_help_of_every_command_is_french(command: tuple[str, ...], person: Program) -> None:
    """From the usage line to the last option."""
    done = person.on_terminal(*command, "-h")

    assert done.code == 0
    is_french(done.out)


@pytest.mark.parametrize(
    "command",
    [
        ("status",),
        ("list", "--all"),
        ("show", "1", "--history"),
        ("show", "2"),
        ("sync",),
        ("add", "Comparer les prix", "--dry-run"),
        ("reply", "1", "Jeudi"),
        ("help", "dates"),
        ("help", "exit-codes"),
        ("help", "json"),
        ("help", "money"),
        ("help", "privacy"),
        ("help", "environment"),
        ("plan", "adopt", "folder", "--fee", "70USD/month", "--max-task", "15m", "--trial", "2d"),
        ("plan", "adopt", "folder"),
        ("plan", "show"),
        ("plan", "catalogue"),
        ("charge", "pack", "folder", "2h", "14USD", "--months", "6"),
        ("charge", "expense", "folder", "12USD", "--note", "timbres"),
        ("charge", "check", "folder", "--total", "70USD"),
        ("charge", "list"),
        ("budget", "set", "700EUR/month"),
        ("budget", "show"),
        ("fx", "add", "EUR/USD", "1.09"),
        ("fx", "list"),
        ("dates",),
        ("list", "--state", "bizarre"),
        ("show", "99"),
        ("ajouter",),
        ("add", "x", "-d", "12/13/2027"),
    ],
    ids=" ".join,
)
def test_a_page_is_french(command: tuple[str, ...], person: Program) -> None:
    """What a person meets on an ordinary day, refusals too."""
    is_french(person.on_terminal(*command).out)
