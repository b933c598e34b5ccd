"""Every ``spirou …`` that a message, a help text, a translation or a page tells a person to type exists."""

from __future__ import annotations

import ast
import re
import shlex
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from babel.messages.pofile import read_po

from spirou_cli.cli.app import command_tree
from spirou_cli.cli.session import Session
from spirou_cli.cli.tree import COMMANDS
from tests.tools.messages import catalogues

ROOT = Path(__file__).parents[2]
_COMMAND = re.compile(r"(?<![\w./~-])spirou ([^\n`]+)")
_PROSE = re.compile(r"\b(?:[Aa]nother|[Aa]ny|autre|tout|d'un) spirou\b|spirou (?:- |est |de |\d|is )")
# What ends a command inside a sentence: a gap, a stop, a bracket, a pipe, a comment, «then», «puis».
_END = re.compile(
    r"\s{2,}|[.,;:)»”](?:\s|$)|\s(?:\||>|>>|#|&&|&|\(|—|then|puis|or|ou|and|et|has|in|dans)\s|[→|]"
)


@cache
def tree() -> tuple[Any, Any]:
    session = Session()
    root = command_tree(session)
    return root, root.context_class(root, info_name="spirou", obj=session)


def said(text: str) -> Iterator[str]:
    """The commands in a text, each without what follows it in the sentence."""
    text = _PROSE.sub("", text)
    for found in _COMMAND.finditer(text):
        line = re.sub(r"\{(\w+)[^}]*\}", lambda field: {"number": "14"}.get(field[1], "x"), found[1])
        yield _END.split(f"{line} ", maxsplit=1)[0].strip()


def words_of(line: str) -> list[str]:
    try:
        words = shlex.split(line)
    except ValueError:  # a quote that another piece of the message closes
        words = line.split()
    return [word for word in words if word not in ("…", "...", "‹…›")]


def problem(line: str) -> str | None:
    """Why this can't be typed, or None. Placeholders may stand for values, never for names."""
    command, context = tree()
    words = words_of(line)
    while words and words[0].startswith("-"):
        words = words[1:] if "=" in words[0] or words[0] in ("--version", "--help", "-h") else words[2:]
    while words and hasattr(command, "commands"):
        child = None if words[0].startswith("-") else _child(command, context, words[0])
        if child is None:
            if words[0].startswith("-") or words[0].isupper() or words[0] == "x":
                break
            if command is tree()[0] and words[0] in COMMANDS:
                return None  # the tree says that it is, and its own page isn't this test's matter
            return f"there is no “{words[0]}” in {command.name or 'spirou'}"
        command, words = child, words[1:]
        context = command.context_class(command, info_name=command.name, parent=context)
    known = {name for param in command.params for name in (*param.opts, *param.secondary_opts)}
    known |= {"-h", "--help", "--"}
    for word in words[: words.index("--")] if "--" in words else words:
        name = word.partition("=")[0]
        if re.fullmatch(r"--[a-z][a-z-]*|-[a-zA-Z]", name) and name not in known:
            return f"{command.name} has no {name}"
    return None


def _child(command: Any, context: Any, name: str) -> Any:
    return command.get_command(context, name)


def texts_of_the_program() -> Iterator[tuple[str, str]]:
    for path in sorted((ROOT / "spirou_cli").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if (
                isinstance(node, ast.Constant)
                and isinstance(node.value, str)
                and "_spirou()" not in node.value
            ):
                yield f"{path.relative_to(ROOT)}:{node.lineno}", node.value


def texts_of_the_translations() -> Iterator[tuple[str, str]]:
    for path in catalogues():
        with path.open("rb") as file:
            for message in read_po(file):
                strings = message.string if isinstance(message.string, tuple | list) else [message.string]
                for text in strings:
                    if text and message.id:
                        yield f"{path.relative_to(ROOT)}: {message.id}", text


def texts_of_the_pages() -> Iterator[tuple[str, str]]:
    for path in sorted([*(ROOT / "docs").rglob("*.md"), ROOT / "README.md"]):
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
            typed = re.findall(r"`(spirou [^`]+)`", line) + re.findall(r"^\s*\$ (spirou [^`]+)$", line)
            for one in typed:
                yield f"{path.relative_to(ROOT)}:{number}", one


def wrong(texts: Iterator[tuple[str, str]]) -> list[str]:
    return [
        f"{where}: spirou {line}: {why}"
        for where, text in texts
        for line in said(text)
        if (why := problem(line)) is not None
    ]


@pytest.mark.parametrize(
    ("texts", "at_least"),
    [(texts_of_the_program, 250), (texts_of_the_translations, 200), (texts_of_the_pages, 100)],
)
def test_every_command_that_a_text_names_exists(
    texts: Callable[[], Iterator[tuple[str, str]]], at_least: int
) -> None:
    """A hint that can't be typed is worse than none."""
    found = list(texts())

    assert wrong(iter(found)) == []
    assert sum(len(list(said(text))) for _, text in found) >= at_least


@pytest.mark.parametrize("line", ["nonsense", "provider nonsense", "show 14 --nonsense", "add x -z"])
def test_a_command_that_does_not_exist_is_found(line: str) -> None:
    """The test itself sees a word and an option that nobody could type."""
    assert problem(line)
