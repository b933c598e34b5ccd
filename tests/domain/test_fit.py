"""What fit answers before anything leaves."""

from __future__ import annotations

import pytest

from spirou_cli.domain.fit import Ask, Limits, Refuse, Request, Send, Verdict, Wait, fit
from spirou_cli.domain.money import Money
from spirou_cli.domain.reason import Reason

EUR5 = Money(500, "EUR")


@pytest.mark.parametrize(
    ("request_", "limits", "taken", "verdict"),
    [
        (Request(), Limits(), 0, Send(1, None)),
        (Request(max_time_s=900), Limits(task_s=900), 0, Send(1, None)),
        (Request(max_time_s=901), Limits(task_s=900), 0, Refuse(Reason("too_long", (900, 901)))),
        (
            Request(max_time_s=901),
            Limits(task_s=900, over_task="pack"),
            0,
            Ask(Reason("pack_needed", (900, 901))),
        ),
        (Request(max_time_s=901, approved=True), Limits(task_s=900, over_task="pack"), 0, Send(1, None)),
        (Request(), Limits(open_tasks=10), 9, Send(10, 10)),
        (Request(), Limits(open_tasks=10), 10, Wait(Reason("no_place", (10, 10)))),
        (Request(), Limits(paused=True), 0, Wait(Reason("provider_paused"))),
        (Request(), Limits(price_unknown=True), 0, Ask(Reason("price_unknown"))),
        (Request(max_cost=EUR5), Limits(price_unknown=True), 0, Send(1, None)),
        (Request(approved=True), Limits(price_unknown=True), 0, Send(1, None)),
        (Request(max_cost=EUR5), Limits(budget_left=EUR5), 0, Send(1, None)),
        (
            Request(max_cost=Money(501, "EUR")),
            Limits(budget_left=EUR5),
            0,
            Refuse(Reason("over_budget", (501, 500), "EUR")),
        ),
        (
            Request(max_cost=Money(501, "EUR")),
            Limits(budget_left=EUR5, budget_asks=True),
            0,
            Ask(Reason("over_budget", (501, 500), "EUR")),
        ),
        (Request(max_cost=Money(0, "EUR")), Limits(budget_left=Money(-100, "EUR")), 0, Send(1, None)),
    ],
)
def test_fit_decides_before_anything_leaves(
    request_: Request, limits: Limits, taken: int, verdict: Verdict
) -> None:
    """Equal to a limit is inside it; a longer task is refused; a full plan makes it wait."""
    assert fit(request_, limits, taken) == verdict
