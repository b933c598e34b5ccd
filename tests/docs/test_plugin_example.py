"""The worked example of a plugin, installed as its reader would: it is found and keeps the contract."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "docs" / "how-to" / "plugin-example"


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example installed by pip into a folder of its own, without a network."""
    folder = tmp_path_factory.mktemp("plugin")
    source = folder / "source"
    shutil.copytree(EXAMPLE, source)
    pip = "pip install --quiet --no-index --no-deps --no-build-isolation --disable-pip-version-check --target"
    _run(folder, *pip.split(), str(folder / "site"), str(source))
    return folder


def test_the_example_is_found_as_a_kind(installed: Path) -> None:
    """An installed plugin is listed with its distribution, and loads."""
    code = (
        "import json; from spirou_cli.adapters.registry import kinds, load;"
        "[kind] = [k for k in kinds() if k.name == 'handy'];"
        "print(json.dumps([kind.distribution, kind.version, kind.problem, load('handy').__name__]))"
    )

    listed = json.loads(_run(installed, "-c", code, module=False))

    assert listed == ["spirou-handy", "1.0", "", "HandyAdapter"]


def test_the_example_keeps_the_contract(installed: Path) -> None:
    """Its own tests pass against the installed module, in a folder where nothing else is."""
    shutil.copytree(installed / "source" / "tests", installed / "tests")
    (installed / "pytest.ini").write_text("[pytest]\n")

    said = _run(installed, "pytest", "-q", "-p", "no:cacheprovider", "tests")

    assert " passed" in said
    assert "failed" not in said


def test_the_how_to_shows_the_code_that_is_tested() -> None:
    """Every Python block of the page is found in the example, line for line."""
    page = (EXAMPLE.parent / "write-a-plugin.md").read_text("utf-8")
    code = "\n".join(path.read_text("utf-8") for path in sorted(EXAMPLE.rglob("*.py")))
    toml = (EXAMPLE / "pyproject.toml").read_text("utf-8")
    blocks = [block.partition("\n") for block in page.split("```")[1::2]]

    shown = {"python": code, "toml": toml}
    missing = [
        line
        for language, _, text in blocks
        for line in text.splitlines()
        if language in shown and line not in shown[language].splitlines()
    ]
    assert missing == []
    assert {language for language, _, _ in blocks} >= set(shown)


def _run(folder: Path, *arguments: str, module: bool = True) -> str:
    """What a Python that sees Spirou and the installed example says; its whole output if it fails."""
    command = [sys.executable, *(["-m"] if module else []), *arguments]
    environment = os.environ | {"PYTHONPATH": f"{folder / 'site'}{os.pathsep}{ROOT}"}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
