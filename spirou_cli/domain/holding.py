"""Which plan an account holds on a day, told by its facts of money."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from spirou_cli.domain.moneyfacts import MoneyFact, PlanAdopted, Subscribed
from spirou_cli.domain.plan import PlanVersion, Subscription
from spirou_cli.domain.record import record

__all__ = ["Holding", "holding", "subscriptions", "version_on", "versions"]


@record
class Holding:
    """A plan held, and its terms in force."""

    subscription: Subscription
    version: PlanVersion


def holding(facts: Iterable[MoneyFact], day: date) -> Holding | None:
    """The plan held on ``day``: of those begun and not ended, the last one; None if there is none."""
    facts = list(facts)
    begun = [s for s in subscriptions(facts) if s.start <= day and (s.end is None or day < s.end)]
    for held in sorted(begun, key=lambda s: (s.start, s.id), reverse=True):
        version = version_on(facts, held.plan, day)
        if version is not None:
            return Holding(held, version)
    return None


def subscriptions(facts: Iterable[MoneyFact]) -> list[Subscription]:
    """Each subscription as it was last told."""
    return list({f.subscription.id: f.subscription for f in facts if isinstance(f, Subscribed)}.values())


def versions(facts: Iterable[MoneyFact]) -> list[PlanVersion]:
    """Every version of every plan, as it was last told, by the day from which it holds."""
    told = {f.version.id: f.version for f in facts if isinstance(f, PlanAdopted)}
    return sorted(told.values(), key=lambda version: version.effective_on)


def version_on(facts: Iterable[MoneyFact], plan: str, day: date) -> PlanVersion | None:
    """The terms of ``plan`` in force on a day; before all of them, the first."""
    own = [version for version in versions(facts) if version.name == plan]
    in_force = [version for version in own if version.effective_on <= day]
    return next(iter(in_force[-1:] or own), None)
