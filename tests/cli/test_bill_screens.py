"""The bill of a November, to the letter, by width and language, and the same for programs."""

from __future__ import annotations

import io
import json
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from spirou_cli.cli.render import billing, billrecords
from spirou_cli.cli.render.messages import Words
from spirou_cli.cli.render.screen import Screen
from spirou_cli.domain.billing.bill import Bill
from spirou_cli.domain.billing.budget import Budget
from spirou_cli.domain.billing.currency import Rate
from spirou_cli.domain.billing.statement import Statement
from spirou_cli.domain.money import Money
from spirou_cli.domain.plan import Span
from spirou_cli.domain.record import replace
from spirou_cli.domain.text import width
from spirou_cli.service.bills import Converted, Due, ProviderRow, Report
from spirou_cli.service.budgets import BudgetStanding

SCREENS = Path(__file__).parent / "screens"
NOVEMBER = Span(date(2026, 11, 1), date(2026, 12, 1))
TODAY = date(2026, 11, 23)


def eur(amount: str) -> Money:
    return Money.of(amount, "EUR")


def usd(amount: str) -> Money:
    return Money.of(amount, "USD")


ROWS = (
    ProviderRow(
        "smartelia",
        "EUR",
        11,
        114_000,
        eur("600"),
        eur("0"),
        "billed",
        invoice="2026-118",
        paid_on=date(2026, 11, 3),
    ),
    ProviderRow(
        "timesvr",
        "USD",
        14,
        11_100,
        usd("60"),
        usd("3.50"),
        "reported",
        due=Due(date(2026, 12, 1), usd("63.50")),
    ),
    ProviderRow("agent", "USD", 9, 2460, usd("0"), usd("0.42"), "estimated"),
)


def november(**changes: object) -> Report:
    found = Report(
        NOVEMBER,
        TODAY,
        ROWS,
        Converted(eur("658.61"), (Rate(date(2026, 11, 20), "USD", "EUR", Decimal("0.917"), "user"),)),
        (21, 22),
        (BudgetStanding(Budget("all", eur("700")), True, eur("658.61"), eur("0")),),
        eur("659.70"),
        Bill(NOVEMBER, TODAY, (), Statement((), "EUR")),
        {},
    )
    return replace(found, **changes)


def page(found: Report, columns: int | None, language: str = "en", *, accessible: bool = False) -> str:
    out = io.StringIO()
    billing.bill(Screen(out, None, Words(language), columns=columns, accessible=accessible), found)
    return out.getvalue()


@pytest.mark.parametrize(("columns", "language"), [(80, "en"), (120, "en"), (80, "fr"), (120, "fr")])
def test_the_bill_is_as_drawn(columns: int, language: str) -> None:
    """Who, what for, how much; each currency apart, then about how much in one, and what to do."""
    name = f"bill-{columns}{'-fr' if language == 'fr' else ''}.txt"

    assert page(november(), columns, language) == (SCREENS / name).read_text("utf-8")


def test_the_bill_for_a_program_is_as_drawn() -> None:
    """Provider, tasks, seconds, currency, plan, extra, total, basis, day of payment."""
    out = io.StringIO()

    Screen(out, None, Words("en")).records(billrecords.records(november()))

    assert out.getvalue() == (SCREENS / "bill.tsv").read_text("utf-8")


def test_the_bill_in_json_is_as_drawn() -> None:
    """Money is text with every digit of its currency, and a rate is as it was declared."""
    out = io.StringIO()

    Screen(out, None, Words("fr")).json("spirou.bill/1", billrecords.document(november()))
    told = json.loads(out.getvalue())

    assert (told["schema"], told["from"], told["to"], told["as_of"]) == (
        "spirou.bill/1",
        "2026-11-01",
        "2026-11-30",
        "2026-11-23",
    )
    assert told["rows"][1] == {
        "provider": "timesvr",
        "tasks": 14,
        "time_used_s": 11100,
        "plan": {"amount": "60.00", "currency": "USD"},
        "extra": {"amount": "3.50", "currency": "USD"},
        "total": {"amount": "63.50", "currency": "USD"},
        "basis": "reported",
        "per_hour": {"amount": "20.59", "currency": "USD"},
        "per_task": {"amount": "4.54", "currency": "USD"},
        "invoice": None,
        "due_on": "2026-12-01",
        "paid_on": None,
    }
    assert told["totals"] == [
        {"amount": "600.00", "currency": "EUR"},
        {"amount": "63.92", "currency": "USD"},
    ]
    assert told["converted"]["rates"] == [
        {"from": "USD", "to": "EUR", "rate": "0.917", "on": "2026-11-20", "source": "user"}
    ]
    assert told["unknown_cost_tasks"] == [21, 22]
    assert (told["budget"]["used_percent"], told["budget"]["amount"]) == (94, "700.00")


@pytest.mark.parametrize("language", ["en", "fr"])
def test_no_line_of_a_bill_passes_the_edge(language: str) -> None:
    """From narrow to wide, with sums of any size, no figure is cut."""
    large = replace(ROWS[0], plan=eur("12345.60"), provider="a-provider-with-a-long-name")
    for columns in range(80, 131, 5):
        shown = page(november(rows=(large, *ROWS[1:])), columns, language)

        assert max(map(width, shown.splitlines())) <= columns
        assert ("12,345.60 EUR" in shown) or ("12\u202f345,60 EUR" in shown)


def test_what_nobody_told_is_a_question_mark_and_no_cost_a_dash() -> None:
    """A provider without a plan shows its time; unknown is not zero."""
    silent = ProviderRow("cousin", "EUR", 3, 5400, None, None)
    fixed = ProviderRow("notary", "EUR", 1, None, eur("0"), eur("80"))
    shown = page(november(rows=(silent, fixed), unknown=(), budgets=(), expected=None), 80)

    assert shown.splitlines()[3].split() == ["cousin", "3", "1:30", "?", "?", "?", "?"]
    assert shown.splitlines()[4].split() == ["notary", "1", "?", "–", "80.00", "EUR", "80.00", "EUR", "–"]


def test_a_currency_without_a_rate_stays_apart() -> None:
    """What can't be converted is shown beside the sum, never left out of sight."""
    far = ProviderRow("tana", "MGA", 1, None, Money.of("0", "MGA"), Money.of("30000", "MGA"))
    found = november(
        rows=(*ROWS, far),
        converted=replace(november().converted, unconverted=(Money.of("30000", "MGA"),)),
    )

    assert "and 30,000.00 MGA, for which there is no fresh rate" in " ".join(page(found, 80).split())
    alone = replace(found, converted=Converted(eur("0"), (), (Money.of("30000", "MGA"),)))
    assert "30,000.00 MGA: no fresh rate to EUR, see spirou fx add -h" in page(alone, 120)


def test_a_month_that_may_pass_its_budget_says_so() -> None:
    """The expectation stands beside the budget, and alone where there is none."""
    assert "expected by 30 Nov" in page(november(budgets=()), 80)
    assert "Budget" not in page(november(budgets=()), 80)
    project = BudgetStanding(Budget("project:move", eur("100")), True, eur("25"), eur("0"))
    told = page(november(budgets=(*november().budgets, project)), 80)
    assert "Budget   100.00 EUR a month for move, 25% used\n" in told


def test_a_bill_for_a_screen_reader_is_one_fact_a_line() -> None:
    """The table becomes facts, each with its name."""
    shown = page(november(), 80, accessible=True)

    assert "PROVIDER: timesvr\nTASKS: 14\nTIME: 3:05\nPLAN: 60.00 USD\n" in shown


def test_nothing_to_pay_is_one_line() -> None:
    """An empty month is told in words."""
    empty = november(rows=(), unknown=(), budgets=(), expected=None)

    assert page(empty, 80) == "1–23 November 2026: nothing to pay, as far as is known.\n"
