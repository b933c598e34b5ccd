"""What the same work would have cost under another plan."""

from __future__ import annotations

from spirou_cli.domain.billing.account import Account
from spirou_cli.domain.billing.ledger import make_ledger
from spirou_cli.domain.billing.waterfall import measures_time
from spirou_cli.domain.money import Money, total
from spirou_cli.domain.plan import PlanVersion, Span, Subscription
from spirou_cli.domain.record import record, replace

__all__ = ["Trying", "try_plan"]


@record
class Trying:
    """A plan tried on past work: its cost by currency, the tasks it refuses, what has no known price.

    ``time_measured`` is False where the plan neither counts nor prices time.
    """

    plan: PlanVersion
    totals: dict[str, Money]
    refused: tuple[str, ...]
    unpriced: tuple[str, ...]
    time_measured: bool


def try_plan(account: Account, plan: PlanVersion, span: Span) -> Trying:
    """Replay the account's work of a span under ``plan``, held for the span's days without a trial.

    A fee in advance is whole, also where its period would go on; what was used until then is billed.
    Coupons, packs, refunds and other charges belong to the old plan and are left out; purchases passed
    on cost the same everywhere, so they are left out too.
    """
    tried = Account(
        account.provider,
        (replace(plan, provider=account.provider, trial=None),),
        (Subscription("tried", plan.name, span.start, end=span.end),),
        entries=account.entries,
        billed=account.billed,
        usage=account.usage,
        requests=account.requests,
    )
    ledger = make_ledger(tried, as_of=span.end, until=span.end)
    totals: dict[str, Money] = {}
    for item in ledger.lines:
        if item.on in span:
            currency = item.amount.currency
            totals[currency] = total((totals.get(currency, item.amount.times(0)), item.amount), currency)
    named: dict[str, list[str]] = {}
    for problem in ledger.problems:
        named.setdefault(problem.code, []).append(problem.about)
    return Trying(
        plan,
        totals,
        tuple(named.get("task_refused", ())),
        tuple(named.get("no_price", ())),
        measures_time(plan),
    )
