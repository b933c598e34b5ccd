"""``spirou config``: preferences kept in a file whose comments stay, and what says so."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.program import Program

FILE = """# mine

language = "fr"  # I live there
currency = "EUR"

[[hook]]
state = "input_required"
run = ["true"]
"""


@pytest.fixture
def program(tmp_path: Path) -> Program:
    (tmp_path / "config.toml").write_text(FILE)
    return Program(tmp_path, {"SPIROU_CONFIG": str(tmp_path / "config.toml")})


def test_a_change_keeps_what_the_person_wrote_around_it(program: Program) -> None:
    """Comments, order and hooks survive a set and an unset."""
    program.fork("config", "set", "currency", "USD")
    program.fork("config", "set", "name", "Camille")
    program.fork("config", "unset", "name")

    assert (program.home / "config.toml").read_text() == FILE.replace("EUR", "USD")


def test_a_variable_that_says_nothing_of_it_is_no_reason(program: Program) -> None:
    """LC_ALL=C.UTF-8 names no language."""
    done = program.fork("config", "unset", "language", LC_ALL="C.UTF-8")

    assert done.out == "language n’est pas réglé.\n"  # it was, when this began


def test_each_value_says_where_it_comes_from(program: Program) -> None:
    """A variable is stronger than the file, the file than the default."""
    done = program.fork("config", "list", "--origin", "--json", SPIROU_CURRENCY="CHF")
    found = {each["name"]: (each["value"], each["origin"]) for each in json.loads(done.out)["preferences"]}

    assert found["currency"] == ("CHF", "SPIROU_CURRENCY")
    assert found["language"] == ("fr", str(program.home / "config.toml"))
    assert found["zone"] == ("Europe/Paris", "TZ")
    assert found["default_provider"] == (None, "default")


def test_a_set_value_that_a_variable_overrides_says_so(program: Program) -> None:
    """Writing what has no effect now is not passed over in silence."""
    done = program.fork("config", "set", "currency", "USD", SPIROU_CURRENCY="CHF", SPIROU_LANG="en")

    assert done.out == "currency is CHF, because SPIROU_CURRENCY says so.\n"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("set", "colour", "red"), "no preference colour"),
        (("set", "currency", "shells"), "shells won't do for currency"),
        (("set", "api_token", "x"), "looks like a secret"),
        (("get", "colour"), "no preference colour"),
        (("unset", "colour"), "no preference colour"),
    ],
)
def test_a_slip_changes_nothing(program: Program, arguments: tuple[str, ...], said: str) -> None:
    """An unknown name, a bad value and a secret are exit 2, and the file stays."""
    done = program.fork("config", *arguments, SPIROU_LANG="en")

    assert done.code == 2
    assert said in done.err
    assert (program.home / "config.toml").read_text() == FILE


def test_a_first_value_makes_a_private_file(tmp_path: Path) -> None:
    """Where there is no file, set makes one that only its owner reads."""
    program = Program(tmp_path)

    program.fork("config", "set", "currency", "EUR")
    path = Path(program.fork("config", "path").out.strip())

    assert program.fork("config", "get", "currency").out == "EUR\n"
    assert program.fork("status", SPIROU_CURRENCY="shells").code == 2
    assert path.stat().st_mode & 0o777 == 0o600
