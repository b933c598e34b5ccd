"""May this task go to this plan now: send, wait, ask or refuse; decided before anything leaves."""

from __future__ import annotations

from spirou_cli.domain.billing.caps import TaskCap, over_cap_s
from spirou_cli.domain.money import Money
from spirou_cli.domain.reason import Reason
from spirou_cli.domain.record import record

__all__ = ["Ask", "BudgetLeft", "Limits", "Refuse", "Request", "Send", "Verdict", "Wait", "fit"]


@record
class BudgetLeft:
    """What a hard budget leaves; past it the person is asked, or the task is refused.

    ``lacking``: an exchange rate, as EUR/USD, without which nobody knows that it leaves so much.
    """

    left: Money
    asks: bool = False
    lacking: str = ""


@record
class Limits:
    """What an account and its plan allow; None = no limit known."""

    paused: bool = False
    cap: TaskCap | None = None
    """The longest task, and what of a longer one prepaid hours may take."""
    pack_s: int = 0
    """Seconds left in prepaid hours."""
    open_tasks: int | None = None
    price_unknown: bool = False
    """The plan bills by use, so that a task without ``max_cost`` has no known price."""
    budgets: tuple[BudgetLeft, ...] = ()
    """What each hard budget leaves; none where the plan pays for all that it takes."""
    included: bool = False
    """What the plan takes costs nothing beyond its fee."""


@record
class Request:
    """What the task asks for."""

    max_time_s: int | None = None
    max_cost: Money | None = None
    approved: bool = False
    """The person agreed to the price or to passing the budget."""


@record
class Send:
    """It may leave; ``place`` of ``places`` is its own, where the plan counts them.

    ``included``: the plan's fee pays for it.
    """

    place: int | None = None
    places: int | None = None
    included: bool = False


@record
class Wait:
    """It will leave by itself."""

    reason: Reason


@record
class Ask:
    """Only the person can agree to that."""

    reason: Reason


@record
class Refuse:
    """The plan doesn't take it as it is."""

    reason: Reason


Verdict = Send | Wait | Ask | Refuse


def fit(request: Request, limits: Limits, open_tasks: int) -> Verdict:
    """Whether a task may go now. Equal to a limit is inside it; ``open_tasks`` counts without it."""
    too_long = _too_long(request, limits)
    if too_long is not None:
        return too_long
    over = [verdict for budget in limits.budgets if (verdict := _over_budget(request, budget)) is not None]
    if over:
        return next((verdict for verdict in over if isinstance(verdict, Refuse)), over[0])
    if limits.price_unknown and request.max_cost is None and not request.approved:
        return Ask(Reason("price_unknown"))
    if limits.paused:
        return Wait(Reason("provider_paused"))
    if limits.open_tasks is not None and open_tasks >= limits.open_tasks:
        return Wait(Reason("no_place", (open_tasks, limits.open_tasks)))
    longer = limits.cap is not None and (request.max_time_s or 0) > limits.cap.seconds
    return Send(open_tasks + 1, limits.open_tasks, limits.included and not longer)


def _too_long(request: Request, limits: Limits) -> Verdict | None:
    """A task over the cap goes to prepaid hours, if they are left and the person agrees; else nowhere."""
    cap, asked = limits.cap, request.max_time_s
    if cap is None or asked is None or asked <= cap.seconds:
        return None
    needed = over_cap_s(cap, asked)
    if needed is None or needed > limits.pack_s:
        return Refuse(Reason("too_long", (cap.seconds, asked)))
    return None if request.approved else Ask(Reason("pack_needed", (cap.seconds, asked)))


def _over_budget(request: Request, budget: BudgetLeft) -> Ask | Refuse | None:
    """Work that costs nothing is never blocked."""
    cost = request.max_cost
    if (request.approved and budget.asks) or (cost is not None and cost.minor <= 0):
        return None
    reason = _beyond(cost, budget)
    if reason is None:
        return None
    return Ask(reason) if budget.asks else Refuse(reason)


def _beyond(cost: Money | None, budget: BudgetLeft) -> Reason | None:
    """Why it may not fit in what is left. Equal to that is allowed; what has no rate is not nothing."""
    left, lacking = budget.left, budget.lacking
    if cost is not None and cost.currency == left.currency:
        if cost.minor > left.minor:
            return Reason("over_budget", (cost.minor, left.minor), left.currency)
    elif left.minor <= 0:
        return Reason("budget_used")
    elif cost is not None:
        lacking = lacking or f"{left.currency}/{cost.currency}"
    return Reason("no_rate", text=lacking) if lacking else None
