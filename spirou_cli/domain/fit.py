"""May this task go to this plan now: send, wait, ask or refuse; decided before anything leaves."""

from __future__ import annotations

from dataclasses import dataclass

from spirou_cli.domain.money import Money
from spirou_cli.domain.reason import Reason

__all__ = ["Ask", "Limits", "Refuse", "Request", "Send", "Verdict", "Wait", "fit"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What an account and its plan allow; None = no limit known."""

    paused: bool = False
    task_s: int | None = None
    """Longest task in seconds."""
    over_task: str = "refuse"
    """What a longer task does: ``refuse``, or ``pack`` when prepaid hours may take it."""
    open_tasks: int | None = None
    price_unknown: bool = False
    """The plan bills by use, so that a task without ``max_cost`` has no known price."""
    budget_left: Money | None = None
    """What a hard budget leaves, in its currency."""
    budget_asks: bool = False
    """Over the budget: ask (True) or refuse (False)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What the task asks for."""

    max_time_s: int | None = None
    max_cost: Money | None = None
    approved: bool = False
    """The person agreed to the price or to passing the budget."""


@dataclass(frozen=True, slots=True)
class Send:
    """It may leave; ``place`` of ``places`` is its own, where the plan counts them."""

    place: int | None = None
    places: int | None = None


@dataclass(frozen=True, slots=True)
class Wait:
    """It will leave by itself."""

    reason: Reason


@dataclass(frozen=True, slots=True)
class Ask:
    """Only the person can agree to that."""

    reason: Reason


@dataclass(frozen=True, slots=True)
class Refuse:
    """The plan doesn't take it as it is."""

    reason: Reason


Verdict = Send | Wait | Ask | Refuse


def fit(request: Request, limits: Limits, open_tasks: int) -> Verdict:
    """Whether a task may go now. Equal to a limit is inside it; ``open_tasks`` counts without it."""
    if limits.task_s is not None and request.max_time_s is not None and request.max_time_s > limits.task_s:
        too_long = Reason("too_long", (limits.task_s, request.max_time_s))
        if limits.over_task == "refuse":
            return Refuse(too_long)
        if not request.approved:
            return Ask(Reason("pack_needed", too_long.figures))
    over = _over_budget(request, limits)
    if over is not None:
        return Ask(over) if limits.budget_asks else Refuse(over)
    if limits.price_unknown and request.max_cost is None and not request.approved:
        return Ask(Reason("price_unknown"))
    if limits.paused:
        return Wait(Reason("provider_paused"))
    if limits.open_tasks is not None and open_tasks >= limits.open_tasks:
        return Wait(Reason("no_place", (open_tasks, limits.open_tasks)))
    return Send(open_tasks + 1, limits.open_tasks)


def _over_budget(request: Request, limits: Limits) -> Reason | None:
    """Work that costs nothing is never blocked; equal to what is left is allowed."""
    left, cost = limits.budget_left, request.max_cost
    if left is None or (request.approved and limits.budget_asks):
        return None
    if cost is None or cost.currency != left.currency:
        return Reason("budget_used", (left.minor,), left.currency) if left.minor <= 0 else None
    if cost.minor > 0 and cost.minor > left.minor:
        return Reason("over_budget", (cost.minor, left.minor), left.currency)
    return None
