"""The other pages of the bill, from the founding author's March: one provider, one line, groups, months."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from spirou_cli.cli.render import billgroups, billing, billrecords, onebill
from spirou_cli.cli.render.messages import Words
from spirou_cli.cli.render.screen import Screen
from spirou_cli.domain import moneyfacts as m
from spirou_cli.domain.billing.account import OtherCharge
from spirou_cli.domain.billing.lines import LineKind
from spirou_cli.domain.errors import NoSuchThing
from spirou_cli.domain.money import Money, total
from spirou_cli.domain.plan import Span
from spirou_cli.domain.text import width
from spirou_cli.service import billgroups as groups
from spirou_cli.service import bills
from spirou_cli.service import onebill as service
from spirou_cli.service.bills import Asked, Converted
from tests.billing.accounts import MARCH
from tests.service.money import MARCH_NOON, founding, told
from tests.service.rich import rich
from tests.service.world import World

SCREENS = Path(__file__).parent / "screens"


@pytest.fixture(scope="module")
def author(tmp_path_factory: pytest.TempPathFactory) -> World:
    """The founding author's March; only read."""
    return founding(tmp_path_factory.mktemp("march"))


def page(write: Callable[[Screen], None], language: str = "en", columns: int | None = 80) -> str:
    out = io.StringIO()
    write(Screen(out, None, Words(language), columns=columns))
    return out.getvalue()


@pytest.mark.parametrize("language", ["en", "fr"])
def test_one_provider_is_told_line_by_line(author: World, language: str) -> None:
    """Each line with what it is for in both currencies, the time, what comes and what to look at."""
    found = service.one(author.context, Asked(MARCH, provider="timesvr"))
    assert found is not None

    shown = page(lambda screen: onebill.one(screen, found), language)

    assert shown == (SCREENS / f"bill-timesvr-{language}.txt").read_text("utf-8")


@pytest.mark.parametrize("language", ["en", "fr"])
def test_a_line_is_explained_so_that_paper_can_check_it(author: World, language: str) -> None:
    """Formula, exact value, rounding, plan version and what it is made of; the end of its name will do."""
    found = service.explain(author.context, Asked(MARCH), "fee/sub-2")

    shown = page(lambda screen: onebill.explained(screen, found), language)

    assert shown == (SCREENS / f"bill-explain-{language}.txt").read_text("utf-8")


def test_every_line_of_a_bill_can_be_explained(author: World) -> None:
    """From its own name alone, on pages that fit; entries are named with their task."""
    for name in ("agent", "smartelia", "timesvr"):
        found = service.one(author.context, Asked(MARCH, provider=name))
        assert found is not None
        for row in found.bill.statement.rows:
            told = service.explain(author.context, Asked(MARCH), row.line.id)
            shown = page(lambda screen, told=told: onebill.explained(screen, told))  # type: ignore[misc]

            assert told.row.line.amount == row.line.amount
            assert max(map(width, shown.splitlines())) <= 80
    used = service.explain(author.context, Asked(MARCH), "usage/sub-3")
    assert len(used.tasks) == 3
    made_of = page(lambda screen: onebill.explained(screen, used)).partition("Made of")[2]
    assert made_of.split("\n")[0].strip() == "#5 (3 entries)"
    with pytest.raises(NoSuchThing):
        service.explain(author.context, Asked(MARCH), "sub-9")


@pytest.mark.parametrize("by", ["project", "tag", "task", "week", "month"])
def test_every_way_to_cut_a_bill_adds_up_to_it(author: World, by: groups.By) -> None:
    """No cent is lost or doubled between groups, in any currency."""
    whole = bills.report(author.context, Asked(MARCH))

    cut = groups.grouped(author.context, Asked(MARCH), by)

    assert cut.totals == whole.totals
    assert total((group.reporting for group in cut.groups), "EUR") == whole.converted.amount
    assert sum(group.seconds or 0 for group in cut.groups) == whole.seconds
    if by not in ("tag", "week"):  # a task may have several
        assert sum(group.tasks for group in cut.groups) == whole.tasks
    for language in ("en", "fr"):
        shown = page(lambda screen: billgroups.grouped(screen, cut), language)
        assert max(map(width, shown.splitlines())) <= 80


@pytest.mark.parametrize("by", ["project", "tag", "task", "week", "month"])
def test_the_rows_of_a_cut_bill_can_be_added_up(author: World, by: groups.By) -> None:
    """Each row has what its own currency came to, and a task's time stands once; unknown is empty."""
    cut = groups.grouped(author.context, Asked(MARCH), by)

    rows = [dict(zip(billgroups.GROUP_HEADINGS, row, strict=True)) for row in billgroups.group_records(cut)]

    assert sum(Decimal(str(row["amount_in"] or 0)) for row in rows) == cut.converted.amount.amount
    assert sum(int(str(row["seconds"] or 0)) for row in rows) == sum(g.seconds or 0 for g in cut.groups)
    assert {row["seconds"] for row in rows}.isdisjoint({0})


def test_what_has_no_rate_is_empty_in_a_cut_bill() -> None:
    """Beside a currency that has one, and never the sum of the group again."""
    costs = (
        groups.Cost(Money(500, "EUR"), Money(500, "EUR")),
        groups.Cost(Money(700, "USD"), Money(650, "EUR")),
        groups.Cost(Money(900, "XAF"), None),
    )
    group = groups.Group("home", "", 2, None, costs, Money(1150, "EUR"), (costs[2].amount,), estimated=False)
    cut = groups.Grouped(
        MARCH, date(2026, 3, 31), "project", (group,), bills.Converted(Money(1150, "EUR"), ())
    )

    assert list(billgroups.group_records(cut)) == [
        ("home", "", 2, None, "EUR", "5.00", "EUR", "5.00"),
        ("home", "", None, None, "USD", "7.00", "EUR", "6.50"),
        ("home", "", None, None, "XAF", "900", "EUR", None),
    ]


def test_a_task_pays_for_what_was_used_on_it(author: World) -> None:
    """Tokens belong to their task; a fee belongs to none, and comes last."""
    cut = groups.grouped(author.context, Asked(MARCH), "task")

    assert [(group.label, str(group.reporting)) for group in cut.groups if group.reporting.minor] == [
        ("Task blog", "6.59 EUR"),
        ("", "447.25 EUR"),
    ]


def test_the_last_months_are_bars_and_figures(author: World) -> None:
    """Twelve months, oldest first; the marks tell providers apart without colour."""
    found = groups.months(author.context, Asked(MARCH, reporting="EUR"))
    shown = page(lambda screen: billgroups.months(screen, found, "EUR"))

    assert (len(found), found[0].span.start, found[-1].span) == (12, date(2025, 4, 1), MARCH)
    assert {name: str(cost) for name, cost in found[-1].costs.items()} == {
        "agent": "7.91 EUR",
        "smartelia": "371.62 EUR",
        "timesvr": "74.31 EUR",
    }
    assert "Mar 2026  453.84 EUR  █" in shown
    assert shown.splitlines()[-1].split() == ["██", "agent", "▒▒", "smartelia", "▓▓", "timesvr"]
    assert max(map(width, shown.splitlines())) <= 80


def test_a_chart_that_looks_ahead_says_from_when(author: World) -> None:
    """On 31 March, April is what is scheduled; March is as it is."""
    april = Span(MARCH.end, date(2026, 5, 1))
    found = groups.months(author.context, Asked(april, reporting="EUR"))

    assert [month.ahead for month in found[-2:]] == [False, True]
    assert billgroups.months_json(found, "EUR")["months"][-1]["ahead"]
    said = "From April 2026 on: what is scheduled, nothing of it charged yet."
    assert page(lambda screen: billgroups.months(screen, found, "EUR")).splitlines()[-1] == said


def test_no_two_months_of_the_chart_have_one_name(author: World) -> None:
    """June and July begin alike in French; every year stands under the one before."""
    found = groups.months(author.context, Asked(MARCH, reporting="EUR"))
    lines = page(lambda screen: billgroups.months(screen, found, "EUR"), "fr").splitlines()[:12]

    assert [line.split()[0] for line in lines[2:4]] == ["juin", "juil."]
    assert {line.index(" 202") for line in lines} == {5}


def test_what_has_no_rate_is_told_wherever_a_sum_is(tmp_path: Path) -> None:
    """70 USD without a rate: in the expectation, in the months, in the chart and in the groups."""
    world = World(tmp_path, time=MARCH_NOON)
    world.provider("va")
    for amount in (Money(7000, "USD"), Money(60000, "EUR")):
        charge = OtherCharge(amount.currency, date(2026, 3, 2), LineKind.FEE, amount)
        told(world, "va", m.ChargeEntered(charge))
    world.context.settings = {"currency": "EUR"}
    asked = Asked(MARCH, reporting="EUR")

    report = bills.report(world.context, asked)
    months = groups.months(world.context, asked)
    (group,) = groups.grouped(world.context, asked, "month").groups

    assert (report.expected, report.expected_apart) == (Money(60000, "EUR"), (Money(7000, "USD"),))
    assert "about 600 EUR + 70 USD expected by 31 Mar" in page(lambda screen: billing.bill(screen, report))
    assert "+ 70.00 USD" in page(lambda screen: billgroups.months(screen, months, "EUR"))
    assert [row[2:] for row in billgroups.month_records(months)] == [("EUR", "600.00"), ("USD", "70.00")]
    assert billgroups.months_json(months, "EUR")["months"][-1]["unconverted"] == [Money(7000, "USD")]
    assert group.unconverted == (Money(7000, "USD"),)
    assert "600.00 + ?" in page(
        lambda screen: billgroups.grouped(screen, groups.grouped(world.context, asked, "month"))
    )


def test_a_currency_in_which_nothing_was_charged_needs_no_rate() -> None:
    """No line without an amount stands below the totals."""
    nothing = Converted(Money(0, "EUR"), ())

    assert not billing.about(Words("en"), nothing, [Money(0, "USD")], date(2026, 3, 31))


def test_accrual_gives_each_month_its_days(author: World) -> None:
    """TimeSvr's fee from 5 March is spread over its 31 days: the months add up to what was charged."""
    found = groups.accrued(author.context, Asked(MARCH))
    march = found.costs
    april = groups.accrued(author.context, Asked(Span(date(2026, 4, 1), date(2026, 5, 1)))).costs

    assert march["smartelia"]["EUR"].minor == 37162
    assert str(march["timesvr"]["USD"]) == "63.49 USD"
    assert str(april["timesvr"]["USD"]) == "59.25 USD"  # 59.50 × 4/31 + 59.50 × 26/30
    assert [str(sum_) for sum_ in found.totals] == ["371.62 EUR", "70.54 USD"]
    assert str(found.converted.amount) == "438.17 EUR"
    in_dollars = groups.accrued(author.context, Asked(MARCH, reporting="USD"))
    assert in_dollars.converted.amount.currency == "USD"
    shown = page(lambda screen: billgroups.accrued(screen, found, "text"))
    assert "Total" in shown
    assert "about 438.17 EUR, at" in shown


def test_one_provider_in_json_has_the_exact_values(author: World) -> None:
    """Lines with formula and exact value, time as paid for, and dates with their money."""
    found = service.one(author.context, Asked(MARCH, provider="timesvr"))
    assert found is not None
    document = billrecords.document(found.report) | onebill.one_json(found)
    told = json.loads(page(lambda screen: screen.json("spirou.bill/1", document)))

    assert [line["exact"] for line in told["lines"]] == ["70", "-10.5", "14", "12", "-5"]
    assert told["time"] == {
        "raw_s": 16020,
        "billed_s": 15300,
        "included_s": 900,
        "pack_s": 2400,
        "overage_s": 0,
        "refused_s": 12000,
        "trial_s": 720,
    }
    assert told["tasks"][:2] == [
        {"task": 1, "title": "Task calendar", "raw_s": 720, "billed_s": 0},
        {"task": 2, "title": "Task facebook", "raw_s": 900, "billed_s": 900},
    ]
    assert [(pack["drawn_s"], pack["lapsed_s"], pack["left_s"]) for pack in told["packs"]] == [
        (2400, 0, 4800)
    ]
    assert told["coupons"] == [{"coupon": "SAVE15", "uses": 1, "left": 2, "until": None}]
    assert told["lines"][0]["made_of"] == ["sub-1"]
    assert told["generated_from"].startswith("sha256:")
    assert told["soon"][0]["on"] == "2026-04-05"
    assert told["problems"][0]["code"] == "task_refused"


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("by", ["project", "tag", "task", "week", "month"])
def test_a_group_of_many_currencies_fits(
    by: groups.By, language: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Each currency has a line; what has no rate is ``?`` beside what costs nothing."""
    world = rich(tmp_path_factory.mktemp("rich"))
    cut = groups.grouped(world.context, Asked(MARCH), by)

    shown = page(lambda screen: billgroups.grouped(screen, cut), language)

    assert max(map(width, shown.splitlines())) <= 80
    assert len({money.currency for group in cut.groups for money in group.amounts}) == 5
    if by == "task":
        (plan,) = [line for line in shown.splitlines() if "Draw the plan" in line]
        assert plan.split()[-1] == "?"


def test_a_month_to_come_shows_what_is_scheduled_in_it(author: World) -> None:
    """So that a change of plan can be looked at before; no task is in it yet, and its days aren't cut."""
    april = Span(date(2026, 4, 1), date(2026, 5, 1))

    found = bills.report(author.context, Asked(april))
    cut = groups.grouped(author.context, Asked(april), "project")

    assert [str(sum_) for sum_ in found.totals] == ["720.00 EUR", "59.50 USD"]
    assert (cut.totals, found.tasks, found.last) == (found.totals, 0, date(2026, 4, 30))
    shown = page(lambda screen: billing.bill(screen, found))
    assert shown.startswith("1–30 April 2026, by provider")
    assert "After 31 Mar: what is scheduled" in shown
    assert "Paid?" not in shown


def test_a_last_day_to_come_is_not_cut_to_today(author: World) -> None:
    """What falls due until then is among the lines, and can be explained by its name."""
    found = bills.report(author.context, Asked(Span(MARCH.start, date(2026, 4, 6))))

    assert [str(sum_) for sum_ in found.totals] == ["971.62 EUR", "147.05 USD"]
    assert found.last == date(2026, 4, 5)
    asked = Asked(Span(MARCH.start, date(2026, 4, 6)), provider="timesvr")
    assert str(service.explain(author.context, asked, "2026-04-05/fee/sub").row.line.amount) == "70.00 USD"
