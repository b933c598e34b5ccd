"""The catalogue: every file keeps its schema, every figure its source, and nothing is invented."""

from __future__ import annotations

import tomllib
from datetime import date
from decimal import Decimal
from importlib.resources import files
from pathlib import Path

import pytest

from spirou_cli.domain.catalogue import parse_provider
from spirou_cli.domain.errors import InvalidInput, NoSuchThing
from spirou_cli.domain.money import Money
from spirou_cli.domain.plan import (
    Coupon,
    Duration,
    HourPack,
    Interval,
    OnConvert,
    PlanVersion,
    TaskCap,
    Trial,
    Unit,
)
from spirou_cli.service.catalogue import load_catalogue, load_provider

NAMES = sorted(e.name for e in (files("spirou_cli") / "catalogue").iterdir() if e.name.endswith(".toml"))
FIRMS = {"timesvr", "smartelia", "asksunday", "getfriday", "brickwork", "taskseveryday", "magic"}
NEW_YEAR = date(2026, 1, 1)


@pytest.mark.parametrize("name", NAMES)
def test_a_file_keeps_the_schema(name: str) -> None:
    """Each file is a provider of that id; each figure has a source that it names, and fits its field."""
    provider = load_provider(name.removesuffix(".toml"))

    assert provider.plans
    for offer in (*provider.plans.values(), *provider.coupons.values(), *provider.packs.values()):
        assert offer.figures
        assert all(figure.source in provider.sources for figure in offer.figures.values())


@pytest.mark.parametrize("name", NAMES)
def test_every_plan_can_be_adopted_once_what_is_unknown_is_told(name: str) -> None:
    """With its fee and currency told where nobody publishes them, each plan makes a version."""
    provider = load_provider(name.removesuffix(".toml"))
    told = {"fee": "1", "currency": "EUR"}

    for plan in provider.plans:
        needed = {field: told[field] for field in provider.missing(plan)}
        version = provider.plan_version(plan, provider="mine", effective_on=NEW_YEAR, zone="UTC", told=needed)
        assert (version.provider, version.name) == ("mine", plan)


def test_the_firms_of_the_founding_text_are_there() -> None:
    """Those it names, and more."""
    assert load_catalogue().keys() >= FIRMS


def test_timesvr_as_its_customer_described_it() -> None:
    """70 USD, 15 minutes a task, about ten open, two days free, 15 % off for three months."""
    timesvr = load_provider("timesvr")

    assert timesvr.plan_version(
        "basic", provider="ts", effective_on=NEW_YEAR, zone="Europe/Paris"
    ) == PlanVersion(
        "ts/basic/2026-01-01",
        "ts",
        "basic",
        NEW_YEAR,
        "USD",
        "Europe/Paris",
        fee=Decimal(70),
        task_cap=TaskCap(900),
        open_limit=10,
        trial=Trial(days=2),
    )
    assert timesvr.coupon("first-months", redeemed_on=NEW_YEAR) == Coupon(
        "first-months", NEW_YEAR, percent=Decimal(15), duration=Duration.CYCLES, cycles=3
    )


def test_a_pack_on_offer_expires_as_it_says() -> None:
    """Ten hours for 134 USD bought on 31 January are gone on 28 February."""
    bought = date(2026, 1, 31)

    assert load_provider("brickwork").pack("ten-hours", id="p", bought_on=bought) == HourPack(
        "p", 36_000, bought, date(2026, 2, 28), Money(13_400, "USD")
    )


def test_shapes_of_plans_survive_the_file() -> None:
    """Weekly seats, retroactive trials and prices a minute read as what they are."""
    week = load_provider("taskseveryday").plan_version(
        "twenty-hours", provider="t", effective_on=NEW_YEAR, zone="UTC"
    )
    told = {"fee": "0", "currency": "USD"}
    trial = load_provider("anytimeva").plan_version(
        "monthly", provider="a", effective_on=NEW_YEAR, zone="UTC", told=told
    )

    assert (week.interval, week.scheduled_s, week.fee) == (Interval(Unit.WEEK), 72_000, Decimal("139.60"))
    assert trial.trial == Trial(days=7, tasks=2, on_convert=OnConvert.RETROACTIVE)


def test_an_unknown_fee_is_asked_for() -> None:
    """GetFriday doesn't publish its prices, so its plan can't be adopted without one."""
    getfriday = load_provider("getfriday")

    assert getfriday.missing("b-20") == ("currency", "fee")
    with pytest.raises(ValueError, match="no known currency nor fee"):
        getfriday.plan_version("b-20", provider="g", effective_on=NEW_YEAR, zone="UTC")


def test_a_persons_own_file_replaces_the_one_that_comes_along(tmp_path: Path) -> None:
    """Prices change: one's own figures win, and other providers stay."""
    text = (files("spirou_cli") / "catalogue" / "timesvr.toml").read_text(encoding="utf-8")
    (tmp_path / "timesvr.toml").write_text(text.replace('value = "70"', 'value = "75"'), encoding="utf-8")

    catalogue = load_catalogue(tmp_path)

    assert catalogue["timesvr"].plans["basic"].figures["fee"].value == "75"
    assert catalogue.keys() == load_catalogue().keys()


GOOD = """
schema = "spirou.catalogue/1"
id = "mine"
name = "Mine"
[source.page]
url = "https://example.org"
date = "2026"
[plan.a]
name = "A"
fee = { value = "1", source = "page" }
"""


@pytest.mark.parametrize(
    ("good", "bad"),
    [
        ("catalogue/1", "catalogue/9"),
        ('source = "page"', 'source = "hearsay"'),
        ('value = "1"', "value = 1.5"),
        ("fee =", "price ="),
        ('date = "2026"', ""),
        ('name = "Mine"', ""),
        ("[plan.a]", "[plans.a]"),
        ('id = "mine"', 'id = "other"'),
        ('name = "A"', "name ="),
        pytest.param(
            "fee =",
            'overage_tiers = { value = { model = "volume", tiers = [{ unit = "1", up_to = "2" }] }, '
            'source = "page" }\nfee =',
            id="tiers that end",
        ),
    ],
)
def test_a_file_that_breaks_the_schema_is_refused(good: str, bad: str, tmp_path: Path) -> None:
    """No source, a binary number, an unknown field, another id, no TOML: refused by the file's name."""
    assert parse_provider(tomllib.loads(GOOD)).plans["a"].figures["fee"].value == "1"
    (tmp_path / "mine.toml").write_text(GOOD.replace(good, bad, 1), encoding="utf-8")

    with pytest.raises(InvalidInput, match=r"mine\.toml"):
        load_catalogue(tmp_path)


def test_a_provider_nobody_listed_is_not_found() -> None:
    """A name the catalogue doesn't have says where to look."""
    with pytest.raises(NoSuchThing, match="nobody"):
        load_provider("nobody")
