"""The worked cases: every figure here was computed twice before, and compared with its source."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.billing.run_case import KINDS, run_case

FILE = json.loads(Path(__file__).with_name("billing_cases.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("case", FILE["cases"], ids=lambda case: f"{case['id']}-{case['kind']}")
def test_worked_case(case: dict[str, Any]) -> None:
    """The engine gives the worked answer, whole, to the last digit."""
    assert run_case(case["kind"], case["input"]) == case["expected"]


def test_every_kind_of_the_format_is_answered() -> None:
    """Each kind the format describes can be run, and no other."""
    assert set(KINDS) == set(FILE["kinds"])
