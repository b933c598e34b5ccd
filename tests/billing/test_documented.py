"""The billing pages say what the program does."""

from __future__ import annotations

import re
import tomllib
from datetime import date
from decimal import Decimal
from pathlib import Path

from spirou_cli.domain.billing.proration import prorate
from spirou_cli.domain.billing.rounding import round_seconds
from spirou_cli.domain.catalogue import parse_provider
from spirou_cli.domain.money import Money, allocate, total
from spirou_cli.domain.plan import PlanVersion, Rounding, RoundMode, Span
from spirou_cli.domain.record import fields

PAGE = (Path(__file__).parents[2] / "docs/reference/catalogue.md").read_text(encoding="utf-8")
TOLD_AT_ADOPTION = {"id", "provider", "name", "effective_on"}


def test_every_figure_of_a_plan_is_documented() -> None:
    """The page's table has each figure a plan may have, and no other."""
    rows = re.findall(r"^\| (`.*?) \|", PAGE, re.MULTILINE)
    documented = {name for row in rows for name in re.findall(r"`(\w+)`", row)}

    assert documented == fields(PlanVersion).keys() - TOLD_AT_ADOPTION


def test_the_example_files_are_such_files() -> None:
    """What the page shows can be read: one's own without a source, one that comes along with them."""
    own, along = (tomllib.loads(text) for text in re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL))

    assert parse_provider(own, own=True).plans.keys() == {"tiers"}
    assert parse_provider(along).plans.keys() == {"basic"}


def test_the_false_friends_are_as_false_as_told() -> None:
    """Each counter-example of the page is one."""
    quarter, tenth = (Rounding(step, RoundMode.NEAREST_HALF_UP) for step in (900, 360))
    month = Span(date(2026, 4, 1), date(2026, 5, 1))
    cuts = (Span(date(2026, 4, 1), date(2026, 4, 15)), Span(date(2026, 4, 15), date(2026, 4, 22)))
    parts = [
        prorate(Decimal("623.09"), "EUR", whole=month, served=part).amount
        for part in (*cuts, Span(date(2026, 4, 22), month.end))
    ]

    assert [round_seconds(quarter, s) for s in (2355, 166, 2189)] == [2700, 0, 1800]
    assert [round_seconds(tenth, s) for s in (4084, 582, 3502)] == [3960, 720, 3600]
    assert total(parts, "EUR") == Money(62_310, "EUR")
    assert total(allocate(Money(62_309, "EUR"), [14, 7, 9]), "EUR") == Money(62_309, "EUR")
