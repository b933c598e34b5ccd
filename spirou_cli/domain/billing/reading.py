"""How much of the use of a provider its bill needs: from which day on, and how closely."""

from __future__ import annotations

from datetime import date
from enum import IntEnum

from spirou_cli.domain.billing.account import Account
from spirou_cli.domain.billing.caps import OverCap
from spirou_cli.domain.billing.periods import month_of
from spirou_cli.domain.billing.timeline import timeline
from spirou_cli.domain.plan import (
    Attribution,
    LineScope,
    OnConvert,
    PlanVersion,
    Rounding,
    RoundMode,
    Scope,
    Span,
)
from spirou_cli.domain.record import record

__all__ = ["Grain", "Reading", "reading", "rounds_each"]


class Grain(IntEnum):
    """What use may be summed over: prices are linear, and most of a bill looks no closer than a local day."""

    DAY = 1
    TASK = 2
    ENTRY = 3


@record
class Reading:
    """Use from ``since`` on (None: from the first day), summed over ``grain``.

    ``lives``: with it, all other time of the tasks that were worked on then.
    """

    since: date | None
    grain: Grain
    lives: bool = False


def reading(account: Account, span: Span | None, least: Grain) -> Reading:
    """The least that gives the lines of ``span`` to the cent; None for all lines ever.

    ``account`` needs no use yet. A period's lines need that period; what is counted over a task's life
    needs the lives of its tasks; what is carried from one period to another needs all that came before.
    """
    grain = Grain.ENTRY if _closely(account) else max(least, Grain.TASK) if _by_task(account) else least
    since = None if span is None or _carries(account) else _first_day(account, span)
    if since is None:
        tried = any(version.trial for version in account.plans)
        return Reading(None, Grain.ENTRY if tried else grain)
    return Reading(since, grain, any(_over_a_life(version) for version in account.plans))


def _first_day(account: Account, span: Span) -> date | None:
    """When the first period begins that has lines in ``span``; None for one that work of a trial ran into.

    A month is one document: the tax on all of it is dated its last day, so it is read from its first.
    """
    when = timeline(account, span.end)
    document = month_of(span.start).start
    starts = (term.period.span.start for term in when.terms if term.last_day >= document)
    first = min((document, *starts))
    return None if when.trial is not None and when.trial.anchor >= first else first


def _by_task(account: Account) -> bool:
    """Whether a bill must know whose time a day's is."""
    return bool(account.fixed_tasks) or any(_over_a_life(version) for version in account.plans)


def _closely(account: Account) -> bool:
    """Whether entries are told apart. Where a cap takes tasks out, so is what a shared rounding gave each."""
    capped = any(version.task_cap for version in account.plans)
    lives = any(_over_a_life(version) for version in account.plans)
    return any(
        version.line_scope is not LineScope.PERIOD
        or version.attribute_by is Attribution.END
        or _measured_trial(version)
        or (lives and rounds_each(version.rounding))
        or (capped and _shared(version.rounding))
        for version in account.plans
    ) or (capped and bool(account.packs))


def _carries(account: Account) -> bool:
    """Whether what was used before a period changes what is charged in it."""
    excess = any(v.task_cap and v.task_cap.over is OverCap.EXCESS for v in account.plans)
    return bool(
        account.packs
        or any(coupon.applies_to != "fee" for coupon in account.coupons)
        or any(refund.undoes for refund in account.refunds)
        or any(
            version.rollover.valid_periods
            or version.attribute_by is Attribution.END  # begun at any time before
            or _measured_trial(version)
            or (excess and _shared(version.rounding))
            for version in account.plans
        )
    )


def _over_a_life(version: PlanVersion) -> bool:
    """Whether a task's time is counted over all its months: to be rounded, or against a cap."""
    by_task = version.rounding.scope is Scope.TASK and _rounds(version.rounding)
    return by_task or version.task_cap is not None


def rounds_each(rounding: Rounding) -> bool:
    """Whether each entry is rounded for itself, so that rounded entries can be summed."""
    return _rounds(rounding) and rounding.scope is Scope.ENTRY


def _rounds(rounding: Rounding) -> bool:
    return rounding.mode is not RoundMode.NONE or bool(rounding.minimum_s)


def _shared(rounding: Rounding) -> bool:
    """Whether several tasks are rounded as one sum."""
    return _rounds(rounding) and rounding.scope in (Scope.DAY, Scope.PERIOD)


def _measured_trial(version: PlanVersion) -> bool:
    trial = version.trial
    return trial is not None and bool(
        trial.seconds or trial.tasks or trial.on_convert is OnConvert.RETROACTIVE
    )
