"""The pages hold together: links lead somewhere, what exists is described, and nothing else is."""

from __future__ import annotations

import ast
import os
import re
import subprocess
from itertools import chain
from pathlib import Path

import pytest

from spirou_cli.cli.app import command_tree
from spirou_cli.cli.render.topics import EXIT_CODES
from spirou_cli.cli.session import Session
from spirou_cli.domain import errors

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = sorted([ROOT / "README.md", ROOT / "CHANGELOG.md", *DOCS.rglob("*.md")])
_LINK = re.compile(r"\[[^\]\n]*\]\(([^)\s]+)\)")
_BLOCK = re.compile(r"^```.*?^```$", re.DOTALL | re.MULTILINE)


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def links(page: Path) -> list[str]:
    """The places that ``page`` links to, without anchors and other sites."""
    text = _BLOCK.sub("", page.read_text("utf-8"))
    return [link.partition("#")[0] for link in _LINK.findall(text) if not re.match(r"[a-z]+:|#", link)]


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_link_leads_to_a_file(page: Path) -> None:
    """A page is never renamed without those that name it."""
    assert [link for link in links(page) if not (page.parent / link).exists()] == []


def test_every_page_is_reached_from_the_index() -> None:
    """docs/README.md lists all there is to read, or the folder it is in."""
    index = {(DOCS / link).resolve() for link in links(DOCS / "README.md")} | {DOCS / "README.md"}
    pages = [page for page in PAGES if page.is_relative_to(DOCS)]

    assert [name(page) for page in pages if not {page, page.parent} & index] == []


def test_every_command_has_its_section() -> None:
    """What can be typed is on the page of commands."""
    page = (DOCS / "reference/commands.md").read_text("utf-8")
    tree = command_tree(Session())
    commands = tree.list_commands(tree.context_class(tree))  # type: ignore[attr-defined]  # click's own name

    assert "add" in commands
    assert [command for command in commands if f"\n### spirou {command}\n" not in page] == []


def test_every_expected_error_has_a_documented_exit_code() -> None:
    """A class of errors can't bring a number that no page explains."""
    explained = {int(code) for codes, _ in EXIT_CODES for code in codes.split(",")}
    classes = [value for value in vars(errors).values() if isinstance(value, type)]
    raised = {one.exit_code for one in classes if issubclass(one, errors.SpirouError)}

    assert raised <= explained
    # The others are no errors: done, the two of --exit-status, and the signals.
    assert explained - raised == {0, 8, 9, 129, 130, 141, 143}


def test_the_environment_page_names_every_variable() -> None:
    """A variable that the code reads is explained, and none is explained that it doesn't read."""
    page = (DOCS / "reference/environment.md").read_text("utf-8")
    explained = set(re.findall(r"`([A-Z][A-Z_]{3,})`", page)) - _ENDINGS
    read = {
        text
        for file in (ROOT / "spirou_cli").rglob("*.py")
        for text in _texts(file)
        if re.fullmatch(r"SPIROU_[A-Z]+[A-Z]|[A-Z]+_PROXY|XDG_[A-Z]+_HOME|LC_[A-Z]+", text)
    }

    assert read - explained == set()
    assert {variable for variable in explained if variable.startswith("SPIROU_")} <= read


# The parts of a name, and two that are examples of such names.
_ENDINGS = {"NAME", "KEY", "SPIROU_PROVIDER_OFFICE_URL", "SPIROU_CURRENCY"}


def _texts(file: Path) -> set[str]:
    tree = ast.walk(ast.parse(file.read_text("utf-8")))
    return {node.value for node in tree if isinstance(node, ast.Constant) and isinstance(node.value, str)}


def test_the_changelog_keeps_a_changelog() -> None:
    """Versions with dates, newest first, the six kinds of change, one sentence each with its issue."""
    lines = (ROOT / "CHANGELOG.md").read_text("utf-8").splitlines()
    versions = [line for line in lines if line.startswith("## ")]
    kinds = {line[4:] for line in lines if line.startswith("### ")}
    entries = [line for line in lines if line.startswith("- ")]

    assert lines[0] == "# Changelog"
    assert versions[0] == "## [Unreleased]"
    assert [
        line for line in versions[1:] if not re.fullmatch(r"## \[\d+\.\d+\.\d+\] - \d{4}-\d\d-\d\d", line)
    ] == []
    assert kinds <= {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}
    assert [line for line in entries if not re.search(r"\(#\d+(, #\d+)*\)\.$", line)] == []


_VERSION = re.compile(r"## \[\d+\.\d+\.\d+\] - \d{4}-\d\d-\d\d")

# Where somebody works, and with what, is no part of a product. In halves, or this file would be found.
_FOREIGN = re.compile(
    "|".join(
        (
            r"(?<![\w.~}])/(?:work|root|Users)/",
            r"/tmp/(?:wt|venv|brief)",
            "py" + r"pi\.org",
            "registry" + r"\.npm",
            "arti" + "factory",
            "AGENTS" + r"\.md",
            "CLAUDE" + r"\.md",
        )
    )
)


def test_nothing_names_the_machine_it_was_written_on() -> None:
    """No file of the repository has a developer's paths, package hosts or tools."""
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False
    ).stdout.split("\0")
    files = [ROOT / file for file in listed if file] or [
        Path(folder, file) for folder, _, found in os.walk(ROOT / "spirou_cli") for file in found
    ]
    found = chain.from_iterable(
        (f"{name(file)}: {match[0]}" for match in _FOREIGN.finditer(file.read_text("utf-8", "replace")))
        for file in files
        if file.is_file()
    )

    assert sorted(found) == []
