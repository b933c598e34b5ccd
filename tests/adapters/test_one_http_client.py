"""Only adapters/transport.py opens HTTP connections: read from the syntax of every file (R40)."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2] / "spirou_cli"
TRANSPORT = ROOT / "adapters" / "transport.py"
HTTP_LIBRARIES = ("requests", "urllib3", "urllib.request", "http.client", "httpx", "aiohttp", "caldav")

FILES = [path for path in sorted(ROOT.rglob("*.py")) if path != TRANSPORT]


def clients(source: str) -> list[str]:
    """The HTTP libraries that this source imports when it runs; imports for types alone don't count."""
    found = []
    for node in running(ast.parse(source)):
        match node:
            case ast.Import(names=names):
                found += [alias.name for alias in names]
            case ast.ImportFrom(module=str(module), names=names, level=0):
                found += [module, *(f"{module}.{alias.name}" for alias in names)]
    return [name for name in found if any(f"{name}.".startswith(f"{lib}.") for lib in HTTP_LIBRARIES)]


def running(node: ast.AST) -> list[ast.AST]:
    """All nodes but those below ``if TYPE_CHECKING``."""
    if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
        return []
    return [node, *(inner for child in ast.iter_child_nodes(node) for inner in running(child))]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_nothing_else_speaks_http(path: Path) -> None:
    """No session, no opener, no second library."""
    assert clients(path.read_text("utf-8")) == []


@pytest.mark.parametrize(
    "source",
    [
        "import requests",
        "import urllib.request",
        "from urllib import request",
        "def f():\n    from requests.adapters import HTTPAdapter",
        "import http.client as h",
    ],
)
def test_the_search_sees_what_it_must(source: str) -> None:
    """Each way to bring another client in is found."""
    assert clients(source) != []


@pytest.mark.parametrize("word", ["verify=False", "CERT_NONE", "check_hostname = False", "disable_warnings"])
def test_no_certificate_goes_unchecked(word: str) -> None:
    """There is no way around a certificate but a file of one's own authority."""
    assert [path for path in ROOT.rglob("*.py") if word in path.read_text("utf-8")] == []
