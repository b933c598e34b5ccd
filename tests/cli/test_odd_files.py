"""Files of a person that aren't what they should be: refused in words, never read without an end."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.program import Program

DEEP = b"a = " + b"[" * 20_000


@pytest.fixture
def program(tmp_path: Path) -> Program:
    return Program(tmp_path, {"SPIROU_DB": str(tmp_path / "data" / "spirou.db")})


@pytest.mark.parametrize("content", [DEEP, b"\xff\xfe", b"a" * 100_000, b"[a]\n[a]\n", b"\0"])
def test_preferences_that_are_none_are_refused_by_name(program: Program, content: bytes) -> None:
    """Too deep, too long or not text: exit 2, and the file's name."""
    (program.home / "odd.toml").write_bytes(content)

    done = program.run("--config", str(program.home / "odd.toml"), "list")

    assert (done.code, "odd.toml" in done.err) == (2, True)


@pytest.mark.parametrize(
    "arguments", [("--config", "/dev/zero", "list"), ("add", "Title", "-F", "/dev/zero")]
)
def test_a_file_without_an_end_is_not_read_to_it(program: Program, arguments: tuple[str, ...]) -> None:
    """A device is too large, at once."""
    done = program.run(*arguments)

    assert done.code == 2
    assert "inside" not in done.err


@pytest.mark.parametrize("content", [DEEP, b"\xff\xfe", b"id = 5", b"", b"plans = 5", b"id='odd'\nplans=[5]"])
def test_a_catalogue_of_ones_own_that_is_none_is_refused_by_name(program: Program, content: bytes) -> None:
    """A file beside the catalogue's own is named, and nothing breaks."""
    folder = program.home / ".config" / "spirou" / "catalogue"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "odd.toml").write_bytes(content)

    done = program.run("plan", "catalogue")

    assert (done.code, "odd.toml" in done.err) == (2, True)
