"""Only cli/render writes to a terminal: read from the syntax of every file."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2] / "spirou_cli"
RENDER = ROOT / "cli" / "render"

# The shell prompt is answered before the screen is loaded; it writes figures and marks, no text.
MAY_WRITE = {ROOT / "cli" / "quick.py"}

FORBIDDEN_CALLS = frozenset({"print", "input", "echo", "secho", "style"})
FORBIDDEN_IMPORTS = frozenset({"rich", "click", "getpass"})
STREAMS = frozenset({"stdout", "stderr", "__stdout__", "__stderr__"})


def offences(source: str) -> list[str]:
    """What a file outside cli/render does that only cli/render may."""
    found = []
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)) if name in FORBIDDEN_CALLS:
                found.append(f"{node.lineno}: {name}()")
            case ast.Import(names=names):
                found += [
                    f"{node.lineno}: import {a.name}"
                    for a in names
                    if a.name.split(".")[0] in FORBIDDEN_IMPORTS
                ]
            case ast.ImportFrom(module=str(module)) if module.split(".")[0] in FORBIDDEN_IMPORTS:
                found.append(f"{node.lineno}: from {module}")
            case ast.Attribute(value=ast.Attribute(attr=stream), attr="write" | "writelines") if (
                stream in STREAMS
            ):
                found.append(f"{node.lineno}: {stream}.write")
    return found


FILES = [
    path for path in sorted(ROOT.rglob("*.py")) if not path.is_relative_to(RENDER) and path not in MAY_WRITE
]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_nothing_outside_render_writes_to_a_terminal(path: Path) -> None:
    """No print, echo, input, rich or click anywhere else."""
    assert offences(path.read_text("utf-8")) == []


@pytest.mark.parametrize(
    "source",
    [
        "print('x')",
        "typer.echo(x)",
        "from rich.console import Console",
        "import rich",
        "import click",
        "console.print(f'{x}')",
        "sys.stdout.write(x)",
        "input('name? ')",
        "from getpass import getpass",
    ],
)
def test_the_search_sees_what_it_must(source: str) -> None:
    """Each forbidden way is found."""
    assert offences(source) != []


def test_rich_reads_no_meaning_into_text() -> None:
    """Every console turns markup, emoji and highlighting off, and prints only Text (R51)."""
    consoles, printed = [], []
    for path in sorted(RENDER.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            match node:
                case ast.Call(func=ast.Name(id="Console")):
                    consoles.append({word.arg: ast.unparse(word.value) for word in node.keywords})
                case ast.Call(func=ast.Attribute(attr="print"), args=[first, *_]):
                    printed.append(ast.unparse(first))

    assert [(c["markup"], c["emoji"], c["highlight"]) for c in consoles] == [("False", "False", "False")]
    assert printed == ["rich"]
