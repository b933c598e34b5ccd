"""What fit answers before anything leaves."""

from __future__ import annotations

import pytest

from spirou_cli.domain.fit import Ask, BudgetLeft, Limits, Refuse, Request, Send, Verdict, Wait, fit
from spirou_cli.domain.money import Money
from spirou_cli.domain.plan import OverCap, TaskCap
from spirou_cli.domain.reason import Reason

EUR5 = Money(500, "EUR")
QUARTER = TaskCap(900)
EXCESS = TaskCap(900, OverCap.EXCESS)


@pytest.mark.parametrize(
    ("request_", "limits", "taken", "verdict"),
    [
        (Request(), Limits(), 0, Send(1, None)),
        (Request(max_time_s=900), Limits(cap=QUARTER), 0, Send(1, None)),
        (Request(max_time_s=901), Limits(cap=QUARTER), 0, Refuse(Reason("too_long", (900, 901)))),
        (
            Request(max_time_s=901),
            Limits(cap=QUARTER, pack_s=901),
            0,
            Ask(Reason("pack_needed", (900, 901))),
        ),
        (Request(max_time_s=901, approved=True), Limits(cap=QUARTER, pack_s=901), 0, Send(1, None)),
        (
            Request(max_time_s=901, approved=True),
            Limits(cap=QUARTER, pack_s=900),
            0,
            Refuse(Reason("too_long", (900, 901))),
        ),
        (Request(max_time_s=901), Limits(cap=EXCESS, pack_s=1), 0, Ask(Reason("pack_needed", (900, 901)))),
        (
            Request(max_time_s=901, approved=True),
            Limits(cap=TaskCap(900, OverCap.REFUSE), pack_s=9000),
            0,
            Refuse(Reason("too_long", (900, 901))),
        ),
        (Request(), Limits(open_tasks=10, included=True), 9, Send(10, 10, included=True)),
        (Request(), Limits(open_tasks=10), 10, Wait(Reason("no_place", (10, 10)))),
        (Request(), Limits(paused=True), 0, Wait(Reason("provider_paused"))),
        (Request(), Limits(price_unknown=True), 0, Ask(Reason("price_unknown"))),
        (Request(max_cost=EUR5), Limits(price_unknown=True), 0, Send(1, None)),
        (Request(approved=True), Limits(price_unknown=True), 0, Send(1, None)),
        (Request(max_cost=EUR5), Limits(budgets=(BudgetLeft(EUR5),)), 0, Send(1, None)),
        (
            Request(max_cost=Money(501, "EUR")),
            Limits(budgets=(BudgetLeft(EUR5),)),
            0,
            Refuse(Reason("over_budget", (501, 500), "EUR")),
        ),
        (
            Request(max_cost=Money(501, "EUR")),
            Limits(budgets=(BudgetLeft(EUR5, asks=True),)),
            0,
            Ask(Reason("over_budget", (501, 500), "EUR")),
        ),
        (
            Request(max_cost=EUR5),
            Limits(budgets=(BudgetLeft(Money(1, "EUR"), asks=True), BudgetLeft(Money(2, "EUR")))),
            0,
            Refuse(Reason("over_budget", (500, 2), "EUR")),
        ),
        (Request(), Limits(budgets=(BudgetLeft(Money(0, "EUR")),)), 0, Refuse(Reason("budget_used"))),
        (Request(), Limits(budgets=(BudgetLeft(Money(1, "EUR")),)), 0, Send(1, None)),
        (
            Request(),
            Limits(budgets=(BudgetLeft(EUR5, lacking="EUR/USD"),)),
            0,
            Refuse(Reason("no_rate", text="EUR/USD")),
        ),
        (
            Request(max_cost=Money(1, "USD")),
            Limits(budgets=(BudgetLeft(EUR5, asks=True),)),
            0,
            Ask(Reason("no_rate", text="EUR/USD")),
        ),
        (
            Request(max_cost=Money(501, "EUR")),
            Limits(budgets=(BudgetLeft(EUR5, lacking="EUR/USD"),)),
            0,
            Refuse(Reason("over_budget", (501, 500), "EUR")),
        ),
        (Request(max_cost=Money(0, "USD")), Limits(budgets=(BudgetLeft(EUR5),)), 0, Send(1, None)),
        (
            Request(max_cost=Money(0, "EUR")),
            Limits(budgets=(BudgetLeft(Money(-100, "EUR")),)),
            0,
            Send(1, None),
        ),
    ],
)
def test_fit_decides_before_anything_leaves(
    request_: Request, limits: Limits, taken: int, verdict: Verdict
) -> None:
    """Equal to a limit is inside it; a longer task is refused; a full plan makes it wait."""
    assert fit(request_, limits, taken) == verdict
