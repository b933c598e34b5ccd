"""How much of the use of a provider its bill needs: from which day on, and how closely."""

from __future__ import annotations

from datetime import date
from enum import IntEnum
from typing import NamedTuple

from spirou_cli.domain.billing.account import Account
from spirou_cli.domain.billing.timeline import timeline
from spirou_cli.domain.plan import LineScope, OnConvert, PlanVersion, RoundMode, Scope, Span

__all__ = ["Grain", "Reading", "reading"]


class Grain(IntEnum):
    """What use may be summed over. Prices are linear, and nothing looks closer than a local day unless
    it rounds entries, caps tasks, draws packs or counts a trial."""

    DAY = 1
    TASK = 2
    ENTRY = 3


class Reading(NamedTuple):
    """Use from ``since`` on (None: from the first day), summed over ``grain``."""

    since: date | None
    grain: Grain


def reading(account: Account, span: Span | None, least: Grain) -> Reading:
    """The least that gives the lines of ``span`` to the cent; None for all lines ever.

    ``account`` needs no use yet. A period's lines need that period; what is carried from one period to
    another, or counted over a task's life, needs all that came before.
    """
    grain = least
    if account.fixed_tasks or any(version.rounding.scope is Scope.TASK for version in account.plans):
        grain = max(grain, Grain.TASK)
    if account.packs or any(_closely(version) for version in account.plans):
        grain = Grain.ENTRY
    if span is None or _carries(account):
        return Reading(None, grain)
    terms = timeline(account, span.end)
    index = terms.index_of(span.start)
    return Reading(span.start if index is None else terms.terms[index].period.span.start, grain)


def _closely(version: PlanVersion) -> bool:
    rounding = version.rounding
    by_entry = rounding.scope is Scope.ENTRY and (rounding.mode is not RoundMode.NONE or rounding.minimum_s)
    return bool(
        by_entry
        or version.line_scope is LineScope.ENTRY
        or version.task_cap is not None
        or _measured_trial(version)
    )


def _carries(account: Account) -> bool:
    """Whether what was used before a period changes what is charged in it."""
    return bool(
        account.packs
        or any(coupon.applies_to != "fee" for coupon in account.coupons)
        or any(refund.undoes for refund in account.refunds)
        or any(
            version.rollover.valid_periods
            or version.task_cap is not None
            or version.rounding.scope is Scope.TASK
            or _measured_trial(version)
            for version in account.plans
        )
    )


def _measured_trial(version: PlanVersion) -> bool:
    trial = version.trial
    return trial is not None and bool(
        trial.seconds or trial.tasks or trial.on_convert is OnConvert.RETROACTIVE
    )
