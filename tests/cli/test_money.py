"""Plans, charges, budgets and rates as a person tells them, and takes them back."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.cli.program import Done, Program

_DAY = "2026-03-03"


@pytest.fixture
def person(tmp_path: Path) -> Program:
    """Somebody with a folder to share, called timesvr."""
    program = Program(tmp_path, {"SPIROU_CURRENCY": "EUR", "SPIROU_LANG": "en"})
    added = program.fork(
        "provider", "add", "timesvr", "--kind", "folder", "--set", "path=ts", "--no-test", "--no-input"
    )
    assert added.code == 0, added.err
    return program


def said(program: Program, *arguments: str) -> dict[str, Any]:
    """What a command answers to a program."""
    done = program.fork(*arguments, "--json")
    found: dict[str, Any] = json.loads(done.out)
    assert done.code == 0, done.out
    return found


def adopt(program: Program, *terms: str) -> Done:
    done = program.fork("plan", "adopt", "timesvr", *terms)
    assert done.code == 0, done.err
    return done


# --- plans ----------------------------------------------------------------------------------------


def test_a_plan_of_the_catalogue_is_adopted_with_its_terms(person: Program) -> None:
    """Its fee, trial, longest task and open tasks; the first fee comes after the trial."""
    adopt(person, "--from", "timesvr/basic", "--on", _DAY)

    (held,) = said(person, "plan", "show", "timesvr")["plans"]

    assert held["first_fee_on"] == "2026-03-05"
    assert held["plan"]["task_cap"] == {"seconds": 900}
    assert (
        held["plan"]
        | {
            "fee": "70",
            "currency": "USD",
            "open_limit": 10,
            "trial": {"days": 2},
            "effective_on": _DAY,
            "zone": "Europe/Paris",
        }
        == held["plan"]
    )


def test_every_term_can_be_told_by_hand(person: Program) -> None:
    """Each option is the figure it says, exactly."""
    adopt(
        person,
        *("--fee", "99.50USD/month", "--included", "10h", "--overage", "7USD/h", "--max-task", "15m"),
        *("--over", "refuse", "--max-open", "10", "--trial", "2d", "--trial", "5h", "--round-up", "15m"),
        *("--per", "task", "--min-time", "5m", "--rollover", "2", "--rollover-cap", "3h", "--tax", "20%"),
        *("--notice", "30d", "--handling", "10%", "--minimum", "50USD", "--on", _DAY),
        *("--use", "input=0.26USD/1M", "--anchor", "2026-03-01", "--arrears", "--prorate", "none"),
    )

    (held,) = said(person, "plan", "show")["plans"]

    assert held["subscription"] == {"id": "plan", "plan": "plan", "start": _DAY, "anchor": "2026-03-01"}
    assert held["plan"] == {
        "id": f"timesvr/plan/{_DAY}",
        "provider": "timesvr",
        "name": "plan",
        "effective_on": _DAY,
        "currency": "USD",
        "zone": "Europe/Paris",
        "fee": "99.50",
        "timing": "arrears",
        "prorate": "none",
        "included_s": 36000,
        "rollover": {"valid_periods": 2, "cap_s": 10800},
        "rounding": {"increment_s": 900, "mode": "ceil", "scope": "task", "minimum_s": 300},
        "overage": [{"amount": "7.00"}],
        "task_cap": {"seconds": 900, "over": "refuse"},
        "open_limit": 10,
        "minimum_spend": "50.00",
        "usage": [{"amount": "0.26", "per": 1_000_000, "meter": "input"}],
        "trial": {"days": 2, "seconds": 18000},
        "tax": {"mode": "exclusive", "rate": "20"},
        "notice_days": 30,
        "handling_percent": "10",
    }


def test_a_plan_that_ends_inside_a_paid_period_says_that_its_fee_stands(person: Program) -> None:
    """Ended on the last day that is paid for, nothing is said; a day into the next one, its fee is."""
    adopt(person, "--fee", "70USD/month", "--on", "2026-03-10")

    early = adopt(person, "--end", "2026-04-14")
    even = adopt(person, "--end", "2026-04-09")

    assert "stays due" not in even.out
    assert (
        "The fee of Fri 10 Apr 2026, 70.00 USD, stays due whole: what is paid in advance isn't given back."
        in early.out.replace("\n", " ")
    )


def test_a_change_is_a_new_version_of_the_same_plan(person: Program) -> None:
    """What isn't said stays; both versions are kept, and one can be taken back."""
    adopt(person, "--from", "timesvr/basic", "--on", _DAY)
    changed = said(person, "plan", "adopt", "timesvr", "--fee", "80USD/month", "--on", "2026-06-05")
    (held,) = said(person, "plan", "show")["plans"]
    number = changed["plans"][0]["number"]

    person.fork("charge", "remove", str(number))
    (after,) = said(person, "plan", "show")["plans"]

    assert [(v["effective_on"], v["fee"]) for v in held["versions"]] == [
        (_DAY, "70"),
        ("2026-06-05", "80.00"),
    ]
    assert held["versions"][1]["task_cap"] == {"seconds": 900}
    assert len(held["subscriptions"]) == 1
    assert [v["fee"] for v in after["versions"]] == ["70"]


def test_what_takes_a_plan_back_is_said_with_it(person: Program) -> None:
    """A plan, and its end: each with its number."""
    adopted = person.fork("plan", "adopt", "timesvr", "--fee", "70USD/month", "--on", _DAY)
    ended = person.fork("plan", "adopt", "timesvr", "--end", "2026-05-02")

    def back(done: Done) -> str:
        return done.out.splitlines()[-1].removeprefix("> spirou ").partition("  ")[0]

    assert person.fork(*back(ended).split()).code == 0
    assert "end" not in said(person, "plan", "show")["plans"][0]["subscription"]
    assert person.fork(*back(adopted).split()).code == 0
    assert said(person, "plan", "show")["plans"][0]["versions"] == []


def test_another_plan_ends_the_one_before(person: Program) -> None:
    """From the day of the change on, the new one is held."""
    adopt(person, "--from", "timesvr/basic", "--on", _DAY)
    adopt(person, "--name", "pro", "--fee", "120USD/month", "--on", "2026-06-05")

    (held,) = said(person, "plan", "show")["plans"]

    assert [(s["plan"], s["start"], s.get("end")) for s in held["subscriptions"]] == [
        ("basic", _DAY, "2026-06-05"),
        ("pro", "2026-06-05", None),
    ]
    assert held["plan"]["name"] == "pro"


def test_the_same_plan_told_from_an_earlier_day_is_not_held_twice(person: Program) -> None:
    """Its beginning moves: one fee a month, and taken back it begins as before."""
    adopt(person, "--fee", "70USD/month", "--on", "2026-05-01")
    adopt(person, "--fee", "70USD/month", "--on", "2026-03-01")

    (held,) = said(person, "plan", "show")["plans"]
    assert [each["start"] for each in held["subscriptions"]] == ["2026-03-01"]
    (row,) = said(person, "bill", "-m", "2026-05")["rows"]
    assert row["total"]["amount"] == "70.00"

    person.fork("charge", "remove", "3")
    (held,) = said(person, "plan", "show")["plans"]
    assert [each["start"] for each in held["subscriptions"]] == ["2026-05-01"]


def test_another_plan_before_one_that_is_told_already_ends_where_that_begins(person: Program) -> None:
    """Never two fees for one day."""
    adopt(person, "--name", "later", "--fee", "70USD/month", "--on", "2026-05-01")
    first = adopt(person, "--name", "first", "--fee", "50USD/month", "--on", "2026-03-01")

    amounts = [
        said(person, "bill", "-m", f"2026-0{month}")["rows"][0]["total"]["amount"] for month in (3, 4, 5)
    ]

    assert amounts == ["50.00", "50.00", "70.00"]
    assert "first from Sun 1 Mar 2026" in first.out
    assert "Thu 30 Apr 2026" in first.out


def test_a_plan_taken_back_leaves_no_subscription_behind(person: Program) -> None:
    """One command told both, one command takes both back, and nothing costs anything."""
    adopt(person, "--from", "timesvr/basic", "--on", _DAY)

    done = person.fork("charge", "remove", "1")

    assert done.code == 0, done.err
    assert said(person, "plan", "show")["plans"][0]["subscriptions"] == []
    assert said(person, "status")["spend"]["totals"] == []


def test_a_plan_that_ends_names_its_last_day(person: Program) -> None:
    """The day typed is the last one served."""
    adopt(person, "--from", "timesvr/basic", "--on", _DAY)

    done = adopt(person, "--end", "2026-04-04")

    assert "Sat 4 Apr 2026 is the last day served" in done.out
    (held,) = said(person, "plan", "show")["plans"]
    assert held["subscriptions"][0]["end"] == "2026-04-05"


@pytest.mark.parametrize(
    ("terms", "message"),
    [
        ((), "Which plan?"),
        (("--fee", "70USD"), "how often"),
        (("--fee", "7USD/h"), "not 7USD/h"),
        (("--fee", "70USD/month", "--overage", "7EUR/h"), "one currency, not EUR, USD"),
        (("--from", "time-etc/monthly"), "isn't known"),
        (("--from", "timesvr/gold"), "has no plan gold"),
        (("--fee", "70USD/month", "--per", "task"), "--per goes with --round-up"),
        (("--fee", "70USD/month", "--use", "tokens"), "not the price of something counted"),
        (("--fee", "70USD/month", "--end", "2026-04-01"), "goes with no other term"),
        (("--end", "2026-04-01"), "no plan on 2026-04-01"),
        (("--included", "10h"), "isn't known"),
    ],
)
def test_terms_that_cannot_be_are_refused_and_nothing_is_told(
    person: Program, terms: tuple[str, ...], message: str
) -> None:
    """Each says what is wrong."""
    done = person.fork("plan", "adopt", "timesvr", *terms)

    assert done.code in (2, 6)
    assert message in done.err
    assert said(person, "charge", "list")["charges"] == []


def test_a_provider_is_set_up_with_a_plan_of_its_name(person: Program) -> None:
    """``--plan basic`` of a provider called timesvr is timesvr/basic; an unknown fee stops it before."""
    added = person.fork(
        *("provider", "add", "ts2", "--kind", "folder", "--set", "path=b", "--no-input"),
        *("--plan", "timesvr/basic"),
    )
    refused = person.fork(
        *("provider", "add", "time-etc", "--kind", "folder", "--set", "path=c", "--no-input"),
        *("--plan", "monthly"),
    )

    assert "70.00 USD a month" in added.out
    assert refused.code == 2
    names = [each["name"] for each in said(person, "provider", "list")["providers"]]
    assert names == ["timesvr", "ts2"]


def test_a_provider_is_set_up_with_its_price_in_one_command(person: Program) -> None:
    """Fee, longest task, places, trial and promotion at once; the coupon works on the first charges."""
    added = person.fork(
        *("provider", "add", "ts2", "--kind", "folder", "--set", "path=b", "--no-input"),
        *("--price", "60USD/month", "--promo", "15%:3m", "--trial-ends", "+1d"),
        *("--max-task", "15m", "--max-open", "10"),
    )

    assert added.code == 0, added.out
    (held,) = said(person, "plan", "show", "ts2")["plans"]
    figures = {"fee": "60.00", "currency": "USD", "task_cap": {"seconds": 900}, "open_limit": 10}
    assert held["plan"] | figures | {"trial": {"days": 2}} == held["plan"]
    (coupon,) = [each["fact"]["coupon"] for each in held["facts"] if each["kind"] == "CouponRedeemed"]
    assert (coupon["percent"], coupon["duration"], coupon["cycles"]) == ("15", "cycles", 3)


@pytest.mark.parametrize(
    ("price", "terms"),
    [
        ("25EUR/hour", {"included_s": 0, "overage": [{"amount": "25.00"}]}),
        (
            "5EUR/task",
            {
                "included_tasks": 0,
                "overage": [{"amount": "5.00", "per": 1, "meter": "request"}],
            },
        ),
    ],
)
def test_the_unit_of_a_price_is_its_kind_of_plan(person: Program, price: str, terms: dict[str, Any]) -> None:
    """By the hour or by the task nothing is included, so that each is paid."""
    wanted = ("provider", "add", "ts2", "--kind", "folder", "--set", "path=b", "--no-input")
    assert person.fork(*wanted, "--price", price).code == 0

    (held,) = said(person, "plan", "show", "ts2")["plans"]

    assert held["plan"] | terms == held["plan"]


@pytest.mark.parametrize(
    "terms",
    [
        ("--max-task", "15m"),
        ("--price", "60USD"),
        ("--price", "60USD/month", "--promo", "15"),
        ("--price", "60USD/month", "--promo", "15%:0m"),
        ("--price", "60USD/week", "--promo", "15%:3m"),
        ("--price", "60USD/month", "--trial-ends", "2020-01-01"),
    ],
)
def test_a_price_that_cannot_be_stops_the_set_up_before_anything_is_saved(
    person: Program, terms: tuple[str, ...]
) -> None:
    """Nothing is half set up: no provider without the plan that was typed."""
    wanted = ("provider", "add", "ts2", "--kind", "folder", "--set", "path=b", "--no-input")

    assert person.fork(*wanted, *terms).code == 2
    assert [each["name"] for each in said(person, "provider", "list")["providers"]] == ["timesvr"]


def test_the_price_of_a_provider_changes_from_a_day(person: Program) -> None:
    """``provider price`` is the short way to say a new fee."""
    adopt(person, "--from", "timesvr/basic", "--on", _DAY)

    person.fork("provider", "price", "timesvr", "80USD/month", "--from", "2026-06-05")

    (held,) = said(person, "plan", "show")["plans"]
    assert held["versions"][-1]["fee"] == "80.00"


def test_the_catalogue_names_the_source_of_each_figure(person: Program) -> None:
    """With its date; a plan that nobody priced has a question mark."""
    one = person.on_terminal("plan", "catalogue", "timesvr").out
    every = person.on_terminal("plan", "catalogue").out

    assert "fee         70           customer  2014-12" in one
    assert [line.split() for line in every.splitlines() if line.startswith("time-etc/")] == [
        ["time-etc/monthly", "?", "?", "?", "?"]
    ]


def catalogue(program: Program, name: str, text: str) -> None:
    """A file of the person's own, beside the preferences."""
    shown = program.fork("config", "path").out.strip()
    folder = Path(shown).parent / "catalogue"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.toml").write_text(f'schema = "spirou.catalogue/1"\nid = "{name}"\n{text}')


def test_my_own_catalogue_replaces_a_file(person: Program) -> None:
    """A file of the same name; it is adopted, billed, and compared with."""
    catalogue(
        person,
        "timesvr",
        'name = "Mine"\n[source.me]\nurl = "x"\nread = "20"\n[plan.basic]\nname = "B"\n'
        'currency = { value = "USD", source = "me" }\nfee = { value = "75", source = "me" }\n',
    )

    adopt(person, "--from", "timesvr/basic", "--on", _DAY)

    assert said(person, "plan", "show")["plans"][0]["plan"]["fee"] == "75"
    (row,) = said(person, "bill", "-m", "2026-03")["rows"]
    assert row["total"] == {"amount": "75.00", "currency": "USD"}
    (offered,) = said(person, "plan", "catalogue", "timesvr")["providers"]
    assert offered["name"] == "Mine"
    compared = {plan["plan"]: plan for plan in said(person, "plan", "compare", "-m", "2026-03")["plans"]}
    assert compared["timesvr/basic"]["costs"] == [{"amount": "75.00", "currency": "USD"}]


RARE = """name = "Studio"
[plan.rare]
currency = "EUR"
fee = "0"
zone = "Indian/Antananarivo"
interval = { unit = "month", count = 3 }
included_s = 3600
rollover = { valid_periods = 1, unused_percent = "20", cap_s = 1800, order = "base_first" }
rounding = { increment_s = 900, mode = "nearest_half_down", scope = "day" }
overage_tiers = { model = "graduated", tiers = [{ unit = "30", up_to = "2" }, { unit = "20" }] }
overage_minimum_s = 7200
weekend_multiplier = "1.5"
usage = [{ meter = "page", amount = "0.125", per = 1, valid_from = "2026-03-05T00:00:00+00:00" }]
trial = { days = 1, on_convert = "retroactive" }
tax = { mode = "exclusive", rate = "20", rounding = "line", recoverable_percent = "50" }
handling_percent = "10"
handling_fixed = "2"
pack_order = "purchase"
minor_digits = 0
line_scope = "task"
attribute_by = "end"
"""


def test_what_no_option_tells_is_told_in_a_file_of_ones_own(person: Program) -> None:
    """Every rare term of a plan, without a source for each; adopted, shown in words, and billed."""
    catalogue(person, "studio", RARE)
    adopt(person, "--from", "studio/rare", "--on", "2026-03-01")

    (held,) = said(person, "plan", "show")["plans"]
    shown = person.on_terminal("plan", "show").out
    offered = person.fork("plan", "catalogue", "studio")

    assert held["plan"]["zone"] == "Indian/Antananarivo"
    assert held["plan"]["rollover"]["order"] == "base_first"
    assert held["plan"]["pack_order"] == "purchase"
    for words in (
        "unused time, 1 period long, 20 % of it, 0:30 at most, used after",
        "up to 2 h: 30.00 EUR an hour",
        "beyond that: 20.00 EUR an hour",
        "2:00 at least",
        "× 1.5 at weekends",
        "work counts on the day it ended",
        "10 % + 2.00 EUR added",
        "1 day, billed if you stay",
        "money is rounded for each task",
    ):
        assert words in shown.replace("\r\n          ", " "), shown
    assert offered.code == 0


def test_a_price_by_quantity_of_ones_own_file_is_billed(person: Program) -> None:
    """Two hours at 30 and one at 20, on a Tuesday; 1.5 times that on a Saturday."""
    catalogue(
        person,
        "studio",
        'name = "S"\n[plan.tiers]\ncurrency = "EUR"\nfee = "0"\nincluded_s = 0\nweekend_multiplier = "1.5"\n'
        'overage_tiers = { model = "graduated", tiers = [{ unit = "30", up_to = "2" }, { unit = "20" }] }\n',
    )
    adopt(person, "--from", "studio/tiers", "--on", "2026-03-01")
    person.fork("add", "A talk", "--to", "timesvr")
    person.fork("time", "add", "1", "3h", "--on", "2026-03-10")

    (row,) = said(person, "bill", "-m", "2026-03")["rows"]

    assert row["total"]["amount"] == "80.00"


def test_a_wrong_file_of_ones_own_leaves_the_others_listed(person: Program) -> None:
    """What is wrong stands beside the answer, in text and in JSON."""
    catalogue(person, "studio", 'name = "S"\n[plan.p]\nfee = "zero"\n')

    done = person.fork("plan", "catalogue")

    assert (done.code, "timesvr/basic" in done.out) == (2, True)
    assert "studio.toml can't be read: p.fee: 'zero' is no number" in done.err
    assert "timesvr" in [each["id"] for each in said_code(person, "plan", "catalogue")["providers"]]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ('name = "S"\n[plan.p]\nfee = 7.5\n', "float"),
        ('name = "S"\n[plan.p]\nfees = "7"\n', "fees"),
        ('name = "S"\n[plan.p]\nfee = "zero"\n', "p.fee: 'zero' is no number such as 12.50"),
        ('name = "S"\n[plan.p]\nfee = "NaN"\n', "p.fee: 'NaN' is no number"),
        ('name = "S"\n[pack.p]\nprice = { amount = "x", currency = "EUR" }\n', "p.price: 'x' is no number"),
        ('name = "S"\n[pack.p]\nprice = { amount = "4" }\n', "p.price: "),
        ('name = "S"\n[plan.p]\nrollover = { order = "newest" }\n', "newest"),
        ('name = "S"\n[plan.p\n', "line 4"),
        ('name = "S"\n[plan.p]\ncurrency = "EURO"\nfee = "7"\n', "EURO"),
        ('name = "S"\n[plan.p]\noverage = []\nfee = { value = "7", source = "me" }\n', "me"),
    ],
)
def test_a_file_of_ones_own_that_is_wrong_says_where(person: Program, text: str, why: str) -> None:
    """The file, and what in it; never a trace."""
    catalogue(person, "studio", text)

    done = person.fork("plan", "catalogue", "studio")

    assert done.code == 2
    assert "studio.toml" in done.err
    assert why in done.err


def test_past_work_is_tried_under_every_plan(person: Program) -> None:
    """Mine and the catalogue's: what it costs, which tasks are refused."""
    adopt(person, "--from", "timesvr/basic", "--on", _DAY)
    person.fork("fx", "add", "EUR/USD", "1.25", "--on", "2026-03-31")
    person.fork("add", "A long talk", "--to", "timesvr")
    person.fork("time", "add", "1", "40m", "--on", "2026-03-20")

    found = said(person, "plan", "compare", "-m", "2026-03")
    plans = {plan["plan"]: plan for plan in found["plans"]}

    assert found["time_used_s"] == 2400
    assert plans["timesvr basic"]["mine"] is True
    assert plans["timesvr basic"]["costs"] == [{"amount": "70.00", "currency": "USD"}]
    assert plans["timesvr basic"]["converted"] == {"amount": "56.00", "currency": "EUR"}
    assert plans["timesvr basic"]["refused"] == [1]
    assert plans["brickwork/hourly"]["costs"] == [{"amount": "10.00", "currency": "USD"}]
    assert plans["time-etc/monthly"]["costs"] is None


def test_a_comparison_puts_what_has_no_known_price_last_and_names_the_rate_that_lacks(
    person: Program,
) -> None:
    """Nothing known to pay isn't cheap; the rate that is there isn't asked for again."""
    adopt(person, "--from", "timesvr/basic", "--on", _DAY)
    person.fork("fx", "add", "EUR/USD", "1.25", "--on", "2026-03-31")
    person.fork("add", "A talk", "--to", "timesvr")
    person.fork("time", "add", "1", "10m", "--on", "2026-03-20")
    person.fork("add", "Another", "--to", "timesvr")
    person.fork("charge", "use", "2", "input=900", "--on", "2026-03-21")  # no plan of the catalogue prices it

    found = said(person, "plan", "compare", "-m", "2026-03")["plans"]
    shown = person.on_terminal("plan", "compare", "-m", "2026-03").out

    priced = [plan["plan"] for plan in found if plan["costs"] is not None]
    assert priced.index("brickwork/hourly") < priced.index("fancyhands/api")
    assert priced.index("timesvr/basic") < priced.index("brickwork/prepaid")
    assert "no fresh rate from" in shown
    assert "spirou fx add EUR/AUD RATE" in shown
    assert "EUR/USD" not in shown


def test_without_a_time_what_can_be_compared_is_and_the_rest_is_said(person: Program) -> None:
    """Fees, and a task that asked for too much; plans that count time come last, and what to type."""
    adopt(person, "--from", "timesvr/basic", "--on", _DAY)
    person.fork("add", "A long talk", "--to", "timesvr", "--draft")
    person.fork("charge", "price", "1", "4USD")
    person.fork("edit", "1", "--max-time", "1h")
    person.fork("send", "1")

    shown = person.on_terminal("plan", "compare").out.replace("\r\n", "\n")
    plans = {plan["plan"]: plan for plan in said(person, "plan", "compare")["plans"]}

    assert "1 task, no time told, under every plan" in shown
    assert "> spirou time add 1 10m" in shown
    assert "> spirou fx add EUR/USD RATE" in shown
    assert plans["timesvr basic"]["refused"] == [1]
    assert plans["timesvr/basic"]["at_least"] is False
    assert plans["brickwork/hourly"]["at_least"] is True
    order = [plan for plan, told in plans.items() if told["costs"] is not None]
    assert order.index("taskseveryday/forty-hours") < order.index("brickwork/hourly")


def test_a_bill_is_the_same_from_the_log_alone(person: Program, tmp_path: Path) -> None:
    """The read tables thrown away and made anew, or the store taken to another machine: the same bytes."""
    adopt(person, "--from", "timesvr/basic", "--on", _DAY, "--overage", "7USD/h")
    person.fork("charge", "coupon", "timesvr", "SAVE15", "15%", "--charges", "3", "--on", _DAY)
    person.fork("add", "A talk", "--to", "timesvr")
    person.fork("time", "add", "1", "12m", "--on", "2026-03-10")
    person.fork("charge", "price", "1", "4USD")
    person.fork("accept", "1")
    person.fork("charge", "paid", "timesvr", "-m", "2026-03")
    wanted = ("bill", "--from", "2026-03-01", "--to", "2026-12-31", "--json")
    before = person.fork(*wanted).out

    assert person.fork("doctor", "--repair").code in (0, 1)
    exported = tmp_path / "export.json"
    exported.write_text(person.fork("export", "--format", "json").out)
    other = ("--db", str(tmp_path / "other.db"))
    assert person.fork(*other, "import", str(exported)).code == 0

    assert '"rows"' in before
    assert person.fork(*wanted).out == before
    assert person.fork(*other, *wanted).out == before


def test_the_money_of_a_removed_provider_can_still_be_told(person: Program) -> None:
    """Its plan is ended, its bill looked at, its last month paid, by the name that it has since."""
    adopt(person, "--from", "timesvr/basic", "--on", _DAY)
    removed = person.fork("provider", "remove", "timesvr")
    name = next(iter(said(person, "bill", "-m", "2026-03")["rows"]))["provider"]

    assert f'spirou plan adopt "{name}" --end DATE' in removed.out
    assert person.fork("plan", "adopt", name, "--end", "2026-03-31").code == 0
    assert (
        said(person, "bill", "-m", "2026-03", "--to-provider", name)["rows"][0]["plan"]["amount"] == "70.00"
    )
    assert said(person, "bill", "-m", "2026-04")["rows"] == []
    assert person.fork("charge", "paid", name, "-m", "2026-03").code == 0
    assert person.fork("add", "Another", "--to", name, "--no-input").code == 6


def test_a_late_charge_of_a_closed_month_says_that_it_is_in_no_bill(person: Program) -> None:
    """The lines stay; how to reopen the month is said with the entry."""
    adopt(person, "--fee", "70USD/month", "--on", _DAY)
    closed = person.fork("charge", "check", "timesvr", "-m", "2026-03", "--total", "70USD", "--close")

    late = person.fork("charge", "add", "timesvr", "3USD", "--on", "2026-03-09")
    number = closed.out.partition("charge remove ")[2].split()[0]

    assert f"so this isn't in its bill. Reopen it:\n> spirou charge remove {number}\n" in late.out
    assert said(person, "bill", "-m", "2026-03")["rows"][0]["total"]["amount"] == "70.00"
    person.fork("charge", "remove", number)
    assert said(person, "bill", "-m", "2026-03")["rows"][0]["total"]["amount"] == "73.00"


def test_a_month_is_closed_once(person: Program) -> None:
    """The second time is refused, with what reopens the month; nothing of it is kept."""
    adopt(person, "--fee", "70USD/month", "--on", _DAY)
    check = ("charge", "check", "timesvr", "-m", "2026-03", "--total", "70USD", "--close")
    number = person.fork(*check).out.partition("charge remove ")[2].split()[0]

    again = person.fork(*check)

    assert again.code == 7
    assert f"spirou charge remove {number}" in again.err
    assert said(person, "bill", "-m", "2026-03")["rows"][0]["total"]["amount"] == "70.00"
    kinds = [each["kind"] for each in said(person, "charge", "list")["charges"]]
    assert (kinds.count("invoice"), kinds.count("closed")) == (1, 1)


@pytest.mark.parametrize(
    "words",
    [
        ("plan", "adopt", "timesvr", "--rollover-share", "150%"),
        ("plan", "adopt", "timesvr", "--tax-mode", "added"),
        ("plan", "adopt", "timesvr", "--trial-billed"),
        ("plan", "adopt", "timesvr", "--round-up", "15m", "--round-down", "15m"),
        ("plan", "adopt", "timesvr", "--fee", "70EUR/month", "--on", "2026-05-01"),
        ("plan", "adopt", "timesvr", "--name", "a/b", "--fee", "3USD/month"),
        ("charge", "coupon", "timesvr", "A", "150%"),
        ("charge", "coupon", "timesvr", "A", "0%"),
        ("charge", "coupon", "timesvr", "", "15%"),
        ("charge", "coupon", "timesvr", "A", "15%", "--until", "2020-01-01"),
        ("charge", "coupon", "timesvr", "A", "15%", "--for", "tax"),
        ("charge", "pack", "timesvr", "0h", "14USD"),
        ("charge", "pack", "timesvr", "2h", "--months", "100000"),
        ("charge", "pack", "timesvr", "2h", "--until", "2020-01-01"),
        ("charge", "absence", "timesvr", "4h"),
        ("fx", "add", "EUR/USD", "99999999999999999999999999999999.1"),
        ("budget", "set", "100EUR", "--project", ""),
        ("dates", "--days", "99999999"),
    ],
)
def test_what_can_only_be_a_mistake_is_refused(person: Program, words: tuple[str, ...]) -> None:
    """Exit 2, a reason, and nothing told."""
    adopt(person, "--fee", "70USD/month", "--on", _DAY)
    before = said(person, "charge", "list")

    done = person.fork(*words)

    assert (done.code, "went wrong" in done.err) == (2, False), done.err
    assert said(person, "charge", "list") == before


def test_a_length_of_nothing_takes_a_term_away(person: Program) -> None:
    """The longest task, the trial and the seat; the rest of the plan stays."""
    adopt(person, "--fee", "70USD/month", "--max-task", "15m", "--trial", "2d", "--on", _DAY)

    adopt(person, "--max-task", "0", "--trial", "0d", "--on", _DAY)

    (held,) = said(person, "plan", "show")["plans"]
    assert (held["plan"].get("task_cap"), held["plan"].get("trial"), held["plan"]["fee"]) == (
        None,
        None,
        "70.00",
    )


# --- charges --------------------------------------------------------------------------------------


def test_each_charge_has_a_number_and_can_be_taken_back(person: Program) -> None:
    """A counter-entry: the list forgets it, nothing is erased."""
    adopt(person, "--from", "timesvr/basic", "--on", _DAY)
    for words in (
        ("coupon", "timesvr", "SAVE15", "15%", "--charges", "3"),
        ("pack", "timesvr", "2h", "14USD", "--months", "6", "--on", "2026-03-13"),
        ("expense", "timesvr", "12USD", "--receipt", "7f3a", "--note", "letters"),
        ("refund", "timesvr", "5USD", "--of", "2026-03-05/fee/basic"),
        ("credit", "timesvr", "1USD"),
        ("add", "timesvr", "3.50USD", "--for", "time"),
        ("paid", "timesvr", "-m", "2026-03"),
    ):
        done = person.fork("charge", *words, "--on", "2026-03-20") if "--on" not in words else None
        done = done or person.fork("charge", *words)
        assert done.code == 0, done.err
    told = [(each["kind"], each["amount"]) for each in said(person, "charge", "list")["charges"][2:]]

    for each in said(person, "charge", "list")["charges"][2:]:
        assert person.fork("charge", "remove", str(each["number"])).code == 0

    assert told == [
        ("coupon", None),
        ("pack", {"amount": "14.00", "currency": "USD"}),
        ("expense", {"amount": "12.00", "currency": "USD"}),
        ("refund", {"amount": "-5.00", "currency": "USD"}),
        ("credit", {"amount": "-1.00", "currency": "USD"}),
        ("time", {"amount": "3.50", "currency": "USD"}),
        ("paid", None),
    ]
    assert [each["kind"] for each in said(person, "charge", "list")["charges"]] == [
        "plan_adopted",
        "subscription",
    ]


def test_a_price_of_a_task_is_told_worked_accepted_billed_and_explained(person: Program) -> None:
    """From the agreement to the line: its price and no time; it is taken back by its number."""
    adopt(person, "--fee", "0USD/month", "--overage", "20USD/h", "--on", _DAY)
    person.fork("add", "Translate the lease", "--to", "timesvr", "--max-time", "3h", "--draft")
    (told,) = said(person, "charge", "price", "1", "4USD", "--cancel-fee", "1USD")["charges"]
    assert person.fork("send", "1").code == 0
    person.fork("time", "add", "1", "2h")
    assert said(person, "show", "1")["cost"] == {"amount": "4.00", "currency": "USD", "basis": "agreed"}
    assert person.fork("accept", "1").code == 0

    done = person.fork("bill", "--explain", "task/price-1")

    assert "Formula   agreed price 4.00" in done.out
    assert "Made of   #1\n" in done.out
    assert "prix convenu 4,00" in person.fork("--lang", "fr", "bill", "--explain", "task/price-1").out
    (row,) = said(person, "bill")["rows"]
    assert (row["total"]["amount"], row["time_used_s"]) == ("4.00", 7200)
    listed = person.fork("charge", "list").out.splitlines()[-1].split("\t")
    assert [listed[0], *listed[3:7]] == [str(told["number"]), "price", "USD", "4.00", "1"]
    assert person.fork("charge", "remove", str(told["number"])).code == 0
    assert said(person, "show", "1")["cost"]["basis"] == "unknown"


def test_an_entry_is_said_anew_and_the_old_one_taken_back(person: Program) -> None:
    """A new number, the new sum, and only that counts."""
    person.fork("charge", "expense", "timesvr", "12USD", "--on", "2026-03-20", "--note", "letters")

    changed = said(person, "charge", "edit", "1", "--amount", "13USD")

    assert [each["amount"]["amount"] for each in changed["taken_back"]] == ["12.00"]
    (left,) = said(person, "charge", "list")["charges"]
    assert (left["amount"]["amount"], left["note"], left["date"]) == ("13.00", "letters", "2026-03-20")


def test_use_is_told_by_meter_and_day_and_said_anew(person: Program) -> None:
    """The same meter and day again takes its place, nothing of it takes it back; exact down to a token."""
    adopt(person, "--fee", "0USD/month", "--use", "input=3USD/1M", "--on", "2026-03-01")
    person.fork("add", "Upgrade the blog", "--to", "timesvr", "--yes")

    def cost(*used: str) -> list[dict[str, str]]:
        done = person.fork("charge", "use", "1", *used, "--on", "2026-03-24")
        assert done.code == 0, done.err
        found: list[dict[str, str]] = said(person, "bill", "-m", "2026-03")["totals"]
        return found

    first, again, both, none = cost("input=1.2M"), cost("input=2M"), cost("input=2M"), cost("input=0")
    refused = [person.fork("charge", "use", "1", wrong).code for wrong in ("input", "input=1.5", "second=60")]

    assert first == [{"amount": "3.60", "currency": "USD"}]
    assert again == both == [{"amount": "6.00", "currency": "USD"}]
    assert none in ([], [{"amount": "0.00", "currency": "USD"}])
    assert refused == [2, 2, 2]


def test_a_file_of_charges_is_entered_once(person: Program, tmp_path: Path) -> None:
    """All rows or none; the same file again adds nothing."""
    good = tmp_path / "charges.csv"
    good.write_text(
        "date,provider,kind,amount,currency,note\n"
        "2026-03-20,timesvr,expense,12.00,USD,letters\n"
        "2026-03-21,timesvr,refund,5.00,USD,\n"
    )
    bad = tmp_path / "bad.csv"
    bad.write_text(
        "date,provider,kind,amount\n2026-03-20,timesvr,expense,12USD\n2026-03-20,timesvr,magic,1USD\n"
    )

    refused = person.fork("charge", "import", str(bad))
    rehearsed = said(person, "charge", "import", str(good), "--dry-run")
    first, again = (said(person, "charge", "import", str(good)) for _ in range(2))

    assert refused.code == 2
    assert "line 3" in refused.err
    assert rehearsed["dry_run"]
    assert [each["kind"] for each in first["charges"]] == ["expense", "refund"]
    assert (again["charges"], again["known"]) == ([], 2)
    assert len(said(person, "charge", "list")["charges"]) == 2


def test_an_invoice_that_agrees_closes_its_month(person: Program, tmp_path: Path) -> None:
    """Line by line; the month's lines stay whatever is learned later, until that is taken back."""
    adopt(person, "--from", "timesvr/basic", "--on", _DAY)
    invoice = tmp_path / "invoice.json"
    invoice.write_text(
        '{"number": "2026-7", "currency": "USD", "lines": [{"kind": "plan", "amount": 70.00}]}'
    )

    done = person.fork("charge", "check", "timesvr", str(invoice), "-m", "2026-03", "--close")
    kinds = [each["kind"] for each in said(person, "charge", "list")["charges"]]

    assert done.code == 0, done.err
    assert "timesvr, 2026-03: the invoice agrees, 70.00 USD." in done.out
    assert kinds[-2:] == ["invoice", "closed"]


def test_what_explains_an_invoice_is_said_in_words(person: Program, tmp_path: Path) -> None:
    """The coupon was forgotten: 70.00 instead of 59.50."""
    adopt(person, "--from", "timesvr/basic", "--on", _DAY)
    person.fork("charge", "coupon", "timesvr", "SAVE15", "15%", "--charges", "3", "--on", _DAY)
    invoice = tmp_path / "invoice.csv"
    invoice.write_text("kind,amount\nplan,70.00 USD\n")

    by_file = person.fork("charge", "check", "timesvr", str(invoice), "-m", "2026-03")
    by_hand = said_code(person, "charge", "check", "timesvr", "--total", "70USD", "-m", "2026-03")
    closing = person.fork("charge", "check", "timesvr", "--total", "70USD", "-m", "2026-03", "--close")

    assert by_file.code == 1
    assert "10.50 USD too much: 70.00 USD, computed 59.50 USD." in by_file.out
    assert "coupon: not on the invoice, computed -10.50 USD" in by_file.out
    assert "if no coupon was applied" in by_file.out
    assert by_hand["explained_by"] == ["coupon_not_applied", "coupon_one_cycle_less"][:1]
    assert closing.code == 7


@pytest.mark.parametrize("key", ["date", "issued_on"])
def test_an_invoice_is_compared_with_the_month_of_its_date(person: Program, tmp_path: Path, key: str) -> None:
    """-m wins; which month it is stands in the answer."""
    adopt(person, "--fee", "70USD/month", "--on", _DAY)
    invoice = tmp_path / "invoice.json"
    invoice.write_text(json.dumps({key: "2026-04-30", "total": "70USD"}))
    check = ("charge", "check", "timesvr", str(invoice))

    by_date, by_month = person.fork(*check).out, person.fork(*check, "-m", "2026-03").out

    assert by_date.startswith("timesvr, 2026-04: the invoice agrees, 70.00 USD.\nThe month is that of")
    assert by_month.startswith("timesvr, 2026-03: the invoice agrees")
    assert "The month is that of" not in by_month


@pytest.mark.parametrize(
    ("amount", "said"),
    [
        ("70USD", ""),
        ("60USD", "10.00 USD of that month remains to pay"),
        ("75USD", "That is 5.00 USD more than the month comes to."),
        ("60EUR", ""),
    ],
)
def test_a_payment_says_what_it_leaves_over(person: Program, amount: str, said: str) -> None:
    """In the currency of the bill; what was paid in another one can't be compared."""
    adopt(person, "--fee", "70USD/month", "--on", _DAY)

    done = person.fork("charge", "paid", "timesvr", "-m", "2026-03", "--amount", amount)

    assert done.code == 0
    assert said in done.out
    assert bool(said) == (len(done.out.splitlines()) > 2)


def test_two_payments_of_a_month_are_added_up(person: Program) -> None:
    """30 of 70, then the rest."""
    adopt(person, "--fee", "70USD/month", "--on", _DAY)
    paid = ("charge", "paid", "timesvr", "-m", "2026-03", "--amount")

    first, second = (said(person, *paid, amount)["remains"] for amount in ("30USD", "40USD"))

    assert (first["amount"], second["amount"]) == ("40.00", "0.00")


@pytest.mark.parametrize(
    "words",
    [
        ("paid", "timesvr", "-m", "2099-01"),
        ("coupon", "timesvr", "TEN", "10EUR"),
        ("refund", "timesvr", "5EUR"),
    ],
)
def test_what_no_bill_can_have_is_refused_at_entry(person: Program, words: tuple[str, ...]) -> None:
    """A month that hasn't begun, and currencies the provider never charged."""
    adopt(person, "--fee", "70USD/month", "--on", _DAY)

    done = person.fork("charge", *words)

    assert (done.code, done.out) == (2, "")
    assert len(done.err.strip().splitlines()) == 2


def test_an_invoice_of_a_french_spreadsheet_is_read(person: Program, tmp_path: Path) -> None:
    """Semicolons, a decimal comma, headings in French, an empty last line; in any language."""
    adopt(person, "--fee", "600.50EUR/month", "--on", "2026-03-01")
    invoice = tmp_path / "facture.csv"
    invoice.write_text("Nature;Montant\nplan;600,50\n;\n")

    assert person.fork("charge", "check", "timesvr", str(invoice), "-m", "2026-03").code == 0


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "invoice.csv is empty."),
        ("description,amount\nHelp,70\n", "has the columns description, amount; an invoice has kind and"),
        ("kind,amount\nplan,70USD\ntime,\n", "line 3: it has no kind or no amount."),
    ],
)
def test_a_file_that_is_no_invoice_says_what_one_is(
    person: Program, tmp_path: Path, text: str, why: str
) -> None:
    """What it has, what it should have, and an example."""
    adopt(person, "--fee", "70USD/month", "--on", _DAY)
    invoice = tmp_path / "invoice.csv"
    invoice.write_text(text)

    done = person.fork("charge", "check", "timesvr", str(invoice), "-m", "2026-03")

    assert done.code == 2
    assert why in done.err
    assert "plan,70.00 USD" in done.err


@pytest.mark.parametrize(
    ("total", "tax", "told"),
    [
        ("371.62EUR", "61.94", "if a tax of 20 % was added"),
        ("326.71EUR", "17.03", "if a tax of 5.5 % was added"),
        ("372.68EUR", "63", "None of the usual reasons"),
    ],
)
def test_a_tax_that_was_added_is_named_with_its_rate(
    person: Program, total: str, tax: str, told: str
) -> None:
    """On 309.68, which the plan has no tax on."""
    adopt(person, "--fee", "309.68EUR/month", "--on", "2026-03-01")

    done = person.fork("charge", "check", "timesvr", "-m", "2026-03", "--total", total, "--tax", tax)

    assert told in done.out


def said_code(program: Program, *arguments: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(program.fork(*arguments, "--json").out)
    return found


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("remove", "99"), 6),
        (("refund", "timesvr", "5USD", "--of", "nothing/such"), 2),
        (("expense", "nobody", "5USD"), 6),
        (("add", "timesvr", "5USD", "--for", "fun"), 2),
        (("coupon", "timesvr", "X", "15%", "--charges", "3", "--forever"), 2),
        (("check", "timesvr"), 2),
        (("check", "timesvr", "--total", "5USD"), 6),
        (("edit", "1"), 2),
        (("expense", "timesvr", "12USD", "--handling-fee", "2EUR"), 2),
    ],
)
def test_a_charge_that_cannot_be_is_refused(person: Program, words: tuple[str, ...], code: int) -> None:
    """With its exit code, and nothing told."""
    done = person.fork("charge", *words)

    assert (done.code, bool(done.err)) == (code, True)
    assert said(person, "charge", "list")["charges"] == []


def test_a_refund_at_another_rate_shows_what_was_lost(person: Program) -> None:
    """The card statement's euros, beside the rate of the charge; ``--explain`` says where each is from."""
    adopt(person, "--fee", "70USD/month", "--on", _DAY)
    person.fork("config", "set", "currency", "EUR")
    person.fork("fx", "add", "EUR/USD", "1.08", "--on", _DAY)
    fee = f"{_DAY}/fee/plan"
    person.fork("charge", "refund", "timesvr", "5USD", "--of", fee, "--settled", "4.50EUR", "--on", _DAY)

    lines = {
        each["kind"]: each
        for each in said(person, "bill", "-m", "2026-03", "--to-provider", "timesvr")["lines"]
    }
    explained = person.fork("bill", "-m", "2026-03", "--explain", lines["exchange"]["line"]).out

    assert lines["refund"]["converted"]["amount"] == "-4.63"
    assert (lines["exchange"]["amount"]["amount"], lines["exchange"]["converted"]["amount"]) == (
        "0.00",
        "0.13",
    )
    assert "-4.50 on the card, -4.63 at the rate of the charge" in explained
    assert "0.13 EUR, by your card statement" in explained


def test_nothing_is_given_back_before_it_was_charged(person: Program) -> None:
    """The refund names a line of the third; the second is too early, and the hint has the day."""
    adopt(person, "--fee", "70USD/month", "--on", _DAY)

    done = person.fork(
        "charge", "refund", "timesvr", "5USD", "--of", f"{_DAY}/fee/plan", "--on", "2026-03-02"
    )

    assert (done.code, f"--on {_DAY}" in done.err) == (2, True)


def test_a_purchase_that_is_edited_loses_what_the_card_said_of_another_amount(person: Program) -> None:
    """44 euros were of 50 dollars; nobody said what 100 dollars came to. A new note changes nothing."""
    adopt(person, "--fee", "70USD/month", "--on", _DAY)
    person.fork("charge", "expense", "timesvr", "50USD", "--settled", "44EUR", "--on", _DAY)

    def edit(*words: str) -> list[Any]:
        charges = said(person, "charge", "list")["charges"]
        (number,) = [each["number"] for each in charges if each["kind"] == "expense"]
        person.fork("charge", "edit", str(number), *words)
        lines = said(person, "bill", "-m", "2026-03", "--to-provider", "timesvr", "--in", "EUR")["lines"]
        return [line["converted"] for line in lines if line["kind"] == "expense"]

    assert edit("--note", "a book") == [{"amount": "44.00", "currency": "EUR"}]
    assert edit("--amount", "100USD") == [None]


def test_what_an_invoice_cannot_agree_with_is_named(person: Program) -> None:
    """A purchase in euros is on no invoice in dollars; closing keeps it all the same."""
    adopt(person, "--fee", "70USD/month", "--on", "2026-03-01")
    person.fork("charge", "expense", "timesvr", "80EUR", "--on", _DAY)

    done = person.fork("charge", "check", "timesvr", "-m", "2026-03", "--total", "70USD")

    assert (done.code, "80.00 EUR" in done.out) == (0, True)


def test_no_more_is_given_back_than_a_line_came_to(person: Program) -> None:
    """In its own currency, what earlier refunds left; tax goes with its line."""
    adopt(person, "--fee", "70USD/month", "--tax", "20%", "--on", _DAY)
    give_back = ("charge", "refund", "timesvr")
    fee = f"{_DAY}/fee/plan"

    first = person.fork(*give_back, "60USD", "--of", fee)
    more = person.fork(*give_back, "10.01USD", "--of", fee)
    other = person.fork(*give_back, "1EUR", "--of", fee)
    rest = person.fork(*give_back, "10USD", "--of", fee)

    assert [done.code for done in (first, more, other, rest)] == [0, 2, 2, 0]
    assert "10.00 USD" in more.err
    kinds = [each["kind"] for each in said(person, "charge", "list")["charges"]]
    assert kinds.count("refund") == 2


def test_an_entry_is_not_changed_into_what_could_not_be_told(person: Program) -> None:
    """Nor does a credit become a charge by it."""
    adopt(person, "--fee", "70USD/month", "--on", _DAY)
    person.fork("charge", "expense", "timesvr", "12USD", "--handling-fee", "2USD", "--on", _DAY)
    person.fork("charge", "credit", "timesvr", "5USD", "--on", _DAY)
    person.fork("charge", "refund", "timesvr", "60USD", "--of", f"{_DAY}/fee/plan", "--on", _DAY)
    numbers = {each["kind"]: str(each["number"]) for each in said(person, "charge", "list")["charges"]}

    def edit(kind: str, amount: str) -> int:
        return person.fork("charge", "edit", numbers[kind], "--amount", amount).code

    refused = [edit("expense", "12EUR"), edit("refund", "70.01USD"), edit("refund", "1EUR")]
    taken = [edit("refund", "70USD"), edit("credit", "6USD")]

    assert (refused, taken) == ([2, 2, 2], [0, 0])
    assert said(person, "bill", "-m", "2026-03")["rows"][0]["total"]["amount"] == "8.00"


# --- rates, budgets, dates ------------------------------------------------------------------------


def test_only_a_rate_is_taken_back_as_one(person: Program) -> None:
    """``fx remove`` of a plan's number leaves the plan."""
    adopt(person, "--fee", "70USD/month", "--on", _DAY)

    assert person.fork("fx", "remove", "1").code == 6
    assert said(person, "plan", "show")["plans"][0]["plan"]["fee"] == "70.00"


def test_a_rate_is_kept_to_its_last_digit(person: Program) -> None:
    """More digits than arithmetic usually has are no reason to round."""
    value = "1.23456789012345678901234567890123456789"
    person.fork("fx", "add", "EUR/USD", value)

    assert said(person, "fx", "list")["rates"][0]["rate"] == value


def test_rates_are_dated_and_told_back_in_full(person: Program) -> None:
    """So that a pair typed the wrong way round is seen."""
    done = person.fork("fx", "add", "EUR/USD", "1.09", "--on", "2026-03-12", "--source", "ECB")
    wrong = person.fork("fx", "add", "EUR/EUR", "1")

    assert "Thu 12 Mar 2026: 1 EUR = 1.09 USD." in done.out
    assert wrong.code == 2
    assert said(person, "fx", "list")["rates"] == [
        {"number": 1, "on": "2026-03-12", "from": "EUR", "to": "USD", "rate": "1.09", "source": "ECB"}
    ]


def test_the_rates_of_the_ecb_are_taken_for_the_currencies_in_use(person: Program, tmp_path: Path) -> None:
    """One fact for a file, only what is new, and taken back as a whole."""
    adopt(person, "--from", "timesvr/basic", "--on", _DAY)
    file = tmp_path / "eurofxref-hist.csv"
    file.write_text(
        "Date,USD,JPY,\n2026-03-12,1.0900,171.2,\n2026-03-11,1.0880,N/A,\n2025-12-30,1.0500,160,\n"
    )

    first = said(person, "fx", "import", str(file), "--from", "2026-01-01")
    again = said(person, "fx", "import", str(file), "--from", "2026-01-01")
    number = first["rates"][0]["number"]
    person.fork("fx", "remove", str(number))

    assert [(r["on"], r["to"], r["rate"]) for r in first["rates"]] == [
        ("2026-03-11", "USD", "1.0880"),
        ("2026-03-12", "USD", "1.0900"),
    ]
    assert again["rates"] == []
    assert said(person, "fx", "list")["rates"] == []


def test_a_budget_is_set_shown_and_taken_away(person: Program) -> None:
    """By the month, with what happens at the limit."""
    person.fork("budget", "set", "700EUR/month", "--at", "80%")
    person.fork("budget", "set", "50USD/month", "--to", "timesvr", "--then", "block")
    shown = said(person, "budget", "show")["budgets"]

    person.fork("budget", "unset")
    missing = person.fork("budget", "unset", "--project", "blog")

    assert [(b["scope"], b["name"], b["limit"]["amount"], b["then"], b["at"]) for b in shown] == [
        ("all", None, "700.00", "ask", ["0.8"]),
        ("provider", "timesvr", "50.00", "block", ["0.5", "0.8", "1"]),
    ]
    assert missing.code == 6
    assert [b["scope"] for b in said(person, "budget", "show")["budgets"]] == ["provider"]


def test_a_threshold_is_told_once_a_month_by_sync_and_stays_in_the_status(person: Program) -> None:
    """At 80 % one line; the next sync says nothing of it."""
    person.fork("budget", "set", "100EUR/month", "--at", "80%", "--then", "warn")
    person.fork("charge", "add", "timesvr", "80EUR")

    first, second = person.fork("sync"), person.fork("sync")
    status = person.fork("status")

    line = "Budget of everything: 80.00 EUR of 100.00 EUR this month, 80%. spirou bill"
    assert line in first.out
    assert line not in second.out
    assert line in status.out


def test_the_limit_itself_is_told_of_whatever_thresholds_were_set(person: Program) -> None:
    """Told of at half, and again when nothing is left; a task it refuses says where to look."""
    person.fork("budget", "set", "100EUR/month", "--at", "50%", "--then", "block")
    person.fork("charge", "add", "timesvr", "60EUR")
    first = person.fork("sync")
    person.fork("charge", "add", "timesvr", "60EUR")
    second, third = person.fork("sync"), person.fork("sync")
    refused = person.fork("add", "Once more", "--to", "timesvr")
    over = person.fork("add", "Once more", "--to", "timesvr", "--max-cost", "1EUR")

    assert "60.00 EUR of 100.00 EUR this month, 60%" in first.out
    assert "120.00 EUR of 100.00 EUR this month, 120%" in second.out
    assert "Budget" not in third.out
    assert [done.out.splitlines()[-1] for done in (refused, over)] == ["> spirou budget show"] * 2


def test_a_budget_that_cannot_be_summed_blocks_and_says_how_to_mend_it(person: Program) -> None:
    """What has no rate is not nothing: neither at the door, nor in the table, nor in the bill."""
    person.fork("charge", "add", "timesvr", "80USD")
    person.fork("charge", "add", "timesvr", "60EUR")
    told = person.fork("budget", "set", "100EUR/month", "--then", "block")

    refused = person.fork("add", "Once more", "--to", "timesvr")
    shown = person.fork("budget", "show")
    bill, status = (person.on_terminal(page, columns=120).out for page in ("bill", "status"))
    person.fork("budget", "set", "200EUR/month", "--then", "block")
    person.fork("fx", "add", "EUR/USD", "1.10")
    sent = person.fork("send", "1")

    assert told.out.splitlines()[-1] == shown.out.splitlines()[-1]
    assert refused.code == 7
    assert refused.out.splitlines()[-2:] == [
        "timesvr: the budget can't be summed without a fresh rate of EUR/USD. Not sent.",
        "> spirou fx add EUR/USD RATE",
    ]
    assert shown.out.splitlines()[1:] == [
        "everything  100.00 EUR  60.00 EUR + ?  ?         –     ?  blocks",
        "80.00 USD has no fresh exchange rate: spirou fx add EUR/USD RATE",
    ]
    assert "100.00 EUR a month, 60% used; and 80.00 USD, for which there is no fresh rate" in bill
    assert "Budget of everything: 60.00 EUR + ? of 100.00 EUR this month, 60%." in status
    assert sent.code == 0


def test_the_money_clock_tells_what_is_at_stake(person: Program) -> None:
    """The renewal, and the last day to give notice of the one after."""
    adopt(person, "--fee", "70USD/month", "--on", "2026-03-05", "--notice", "5d")
    person.fork("charge", "pack", "timesvr", "2h", "14USD", "--until", "+30d")

    found = said(person, "dates")["dates"]

    assert {each["kind"]: each["money"]["amount"] for each in found} == {
        "renewal": "70.00",
        "notice": "70.00",
        "pack_expiry": "14.00",
    }


def test_a_pack_and_a_trial_end_on_one_day_wherever_they_are_told(person: Program) -> None:
    """The day that was typed is the last one, in the plan, the bill, its JSON and the dates."""
    today = datetime.now(ZoneInfo("Europe/Paris")).date()
    last, shown = today + timedelta(days=10), (today + timedelta(days=10)).strftime("%-d %b")
    adopt(person, "--fee", "70USD/month", "--trial", "3d")
    person.fork("charge", "pack", "timesvr", "2h", "14USD", "--until", last.isoformat())

    dates = {each["kind"]: each["on"] for each in said(person, "dates")["dates"]}
    bill = person.on_terminal("bill", "-p", "timesvr", columns=120).out

    assert dates["pack_expiry"] == last.isoformat()
    assert dates["trial_end"] == (today + timedelta(days=2)).isoformat()
    assert f"until {last.strftime('%a %-d %b')}" in person.fork("plan", "show").out
    assert f"2:00 h, until {shown}" in bill
    assert f"used, until {shown}, 2:00 left" in bill
    assert said(person, "bill", "-p", "timesvr")["packs"][0]["ends_on"] == last.isoformat()


def test_the_end_of_a_plan_is_a_date_and_an_ended_pack_leaves_its_trace(person: Program) -> None:
    """Nothing is charged on the first; what the second had left is told in the bill of its month."""
    today = datetime.now(ZoneInfo("Europe/Paris")).date()
    adopt(person, "--fee", "70USD/month", "--on", (today - timedelta(days=3)).isoformat())
    last = (today + timedelta(days=5)).isoformat()
    adopt(person, "--end", last)
    person.fork("charge", "pack", "timesvr", "2h", "14USD", "--on", "2026-02-01", "--until", "2026-03-25")

    dates = said(person, "dates")["dates"]
    shown = person.on_terminal("bill", "-p", "timesvr", "-m", "2026-03", columns=120).out
    (lost,) = said(person, "bill", "-p", "timesvr", "-m", "2026-03")["lost"]

    assert [(each["kind"], each["on"]) for each in dates if each["kind"] == "plan_end"] == [
        ("plan_end", last)
    ]
    assert "last day of plan" in person.on_terminal("dates").out
    assert "pack 0:00 of 2:00 used, until 25 Mar" in shown
    assert (lost["seconds"], lost["money"]["amount"]) == (7200, "14.00")
    assert said(person, "bill", "-p", "timesvr", "-m", "2026-02")["lost"] == []


def test_billing_is_not_loaded_where_no_money_was_told(tmp_path: Path) -> None:
    """What is asked all day long stays quick for who pays nothing."""
    program = Program(tmp_path, {"SPIROU_LANG": "en"})
    program.fork("add", "Book the dentist")
    script = (
        "import sys; from spirou_cli.cli import run; run(['status']); "
        "sys.exit(any('billing' in name or 'moneyfacts' in name for name in sys.modules))"
    )

    done = subprocess.run(
        [sys.executable, "-c", script], env=program.environment({}), capture_output=True, check=False
    )

    assert done.returncode == 0, done.stderr


# --- what leaves under a plan ---------------------------------------------------------------------


def test_too_long_a_task_stays_here_with_the_ways_out(person: Program) -> None:
    """Another provider that takes it, or a shorter limit: each as a command."""
    adopt(person, "--from", "timesvr/basic", "--on", _DAY)
    person.fork("provider", "add", "smartelia", "--kind", "folder", "--set", "path=sm", "--no-input")

    done = person.fork("add", "Call every plumber", "--to", "timesvr", "--max-time", "1h")
    shorter = person.fork("edit", "1", "--max-time", "15m")
    sent = person.fork("send", "1")

    assert done.code == 7
    assert done.out.splitlines()[2:] == [
        "timesvr takes tasks of 0:15 at most; this one says 1:00. Not sent.",
        "> spirou send 1 --to smartelia",
        "> spirou edit 1 --max-time 15m      then spirou send 1",
    ]
    assert (shorter.code, sent.code) == (0, 0)
    assert "Included in your plan (1 of 10 open after this)." in sent.out


def test_the_eleventh_task_waits_until_a_place_is_free(person: Program) -> None:
    """At 10 of 10 it is queued with its reason; a task that is done lets it leave with the next sync."""
    adopt(person, "--from", "timesvr/basic", "--on", _DAY)
    for number in range(1, 11):
        person.fork("add", f"Task {number}", "--to", "timesvr")
    waiting = person.fork("add", "One more", "--to", "timesvr")
    status = person.fork("status").out
    (page,) = (person.home / "ts").glob("0003-*/ANSWER.md")
    page.write_text(page.read_text("utf-8").replace("Status: to do", "Status: done"), "utf-8")

    person.fork("sync")

    assert waiting.code == 0
    assert "Waits here: timesvr has 10 of 10 open. It leaves by itself." in waiting.out
    assert "queued: timesvr has 10 of 10 open" in status
    states = {task["id"]: task["state"] for task in said(person, "list", "--all")["tasks"]}
    assert (states[3], states[11]) == ("delivered", "submitted")


def test_a_queued_task_is_canceled_at_once(person: Program) -> None:
    """It never left."""
    adopt(person, "--fee", "70USD/month", "--max-open", "1", "--on", _DAY)
    person.fork("add", "One", "--to", "timesvr")
    person.fork("add", "Two", "--to", "timesvr")

    done = person.fork("cancel", "2")

    assert done.code == 0
    assert said(person, "show", "2")["state"] == "canceled"
