"""``spirou doctor`` from the outside: exit codes, JSON, and a store or preferences that can't be read."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.program import Program


@pytest.fixture
def program(tmp_path: Path) -> Program:
    return Program(
        tmp_path, {"SPIROU_CONFIG": str(tmp_path / "config.toml"), "SPIROU_DB": str(tmp_path / "s.db")}
    )


def test_all_is_well(program: Program) -> None:
    """Exit 0, and what is in use is said without a name or a title."""
    program.fork("add", "My secret project", "--draft")

    done = program.fork("doctor", "--json")

    assert done.code == 0
    assert json.loads(done.out)["findings"] == []
    assert "secret project" not in done.out


def test_what_is_wrong_is_exit_1_with_what_to_type(program: Program) -> None:
    """Broken preferences and a store of others don't stop the examination: both are found."""
    (program.home / "config.toml").write_text("currency = \n")
    (program.home / "s.db").write_bytes(b"not a store" * 1000)

    done = program.fork("doctor", "--json")
    text = program.fork("doctor")

    findings = {finding["code"]: finding for finding in json.loads(done.out)["findings"]}
    assert (done.code, text.code) == (1, 1)
    assert findings.keys() == {"CONFIG", "PERMISSIONS", "STORE"}
    assert all(finding["hint"] for finding in findings.values())
    assert "Traceback" not in text.out + text.err
