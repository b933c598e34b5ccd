"""Trials: when they end, why, and what their time costs afterwards."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from spirou_cli.domain.billing.periods import day_start, local_date
from spirou_cli.domain.billing.usage import UsageEvent
from spirou_cli.domain.billing.worktime import TimeEntry
from spirou_cli.domain.plan import OnConvert, Trial
from spirou_cli.domain.record import record, replace

__all__ = [
    "TrialEnd",
    "TrialOutcome",
    "TrialReason",
    "after_trial",
    "free_seconds",
    "trial_end",
    "trial_outcome",
    "trial_time",
    "usage_after_trial",
]


class TrialReason(StrEnum):
    """Which limit of a trial was reached first."""

    DAYS = "days"
    SECONDS = "seconds"
    TASKS = "tasks"


@record
class TrialEnd:
    """The first instant that isn't free, and its local date: the day of the first fee."""

    at: datetime
    reason: TrialReason
    anchor: date


@record
class TrialOutcome:
    """A trial kept (``end`` is there) or not, and its time: free, and to be billed."""

    end: TrialEnd | None
    free_s: int
    billable_s: int

    @property
    def converted(self) -> bool:
        return self.end is not None


def trial_end(trial: Trial, start: date, entries: Iterable[TimeEntry], zone: str) -> TrialEnd | None:
    """The first limit reached; None while a trial without a limit of days has time and tasks left.

    Days end at the local midnight of ``start + days``. Seconds end inside the entry that uses them up.
    Tasks end when work on one task more begins. Only work from ``start`` on counts.
    """
    first = day_start(start, zone)
    ordered = sorted((e for e in entries if e.start >= first), key=lambda entry: (entry.start, entry.id))
    limits: list[tuple[datetime, TrialReason]] = []
    if trial.days or (trial.seconds is None and trial.tasks is None):
        limits.append((day_start(start + timedelta(days=trial.days), zone), TrialReason.DAYS))
    if trial.seconds is not None and (used_up := _used_up(ordered, trial.seconds)):
        limits.append((used_up, TrialReason.SECONDS))
    if trial.tasks is not None and (one_more := _one_task_more(ordered, trial.tasks)):
        limits.append((one_more, TrialReason.TASKS))
    if not limits:
        return None
    at, reason = min(limits, key=lambda limit: limit[0])
    return TrialEnd(at.astimezone(ZoneInfo(zone)), reason, local_date(at, zone))


def free_seconds(entry: TimeEntry, end: datetime) -> int:
    """The seconds of ``entry`` before the trial's ``end``, which may lie inside it."""
    if entry.end is None or end <= entry.start:
        return 0
    return int((min(entry.end, end).astimezone(UTC) - entry.start.astimezone(UTC)).total_seconds())


def trial_outcome(
    trial: Trial, start: date, entries: Iterable[TimeEntry], zone: str, cancelled_at: datetime | None = None
) -> TrialOutcome:
    """Nothing is due when the trial is cancelled before its end; kept, its time may be billed after all."""
    entries = list(entries)
    end = trial_end(trial, start, entries, zone)
    whole = sum(entry.seconds for entry in entries)
    if end is None or (cancelled_at is not None and cancelled_at < end.at):
        return TrialOutcome(None, whole, 0)
    retroactive = trial.on_convert is OnConvert.RETROACTIVE
    free = 0 if retroactive else sum(free_seconds(entry, end.at) for entry in entries)
    return TrialOutcome(end, free, whole - free)


def trial_time(entries: Iterable[TimeEntry], begins: datetime, end: TrialEnd) -> Iterator[TimeEntry]:
    """What of the entries lies in a trial from ``begins`` on: cut where it ends."""
    for entry in entries:
        if entry.end is not None and begins <= entry.start < end.at:
            yield replace(entry, end=min(entry.end, end.at))


def after_trial(
    entries: Iterable[TimeEntry], begins: datetime, end: TrialEnd, on_convert: OnConvert
) -> Iterator[TimeEntry]:
    """Entries as they are billed once a trial became a subscription.

    Free trial time is cut off. Retroactive time counts from the first day that is charged.
    """
    for entry in entries:
        if entry.end is None or not begins <= entry.start < end.at:
            yield entry
        elif on_convert is OnConvert.RETROACTIVE:
            ends = end.at.astimezone(UTC) + timedelta(seconds=entry.seconds)
            yield TimeEntry(entry.id, entry.task, end.at, ends)
        elif entry.end > end.at:
            yield TimeEntry(entry.id, entry.task, end.at, entry.end)


def usage_after_trial(
    events: Iterable[UsageEvent], begins: datetime, end: TrialEnd, on_convert: OnConvert
) -> Iterator[UsageEvent]:
    """The same for metered usage, of which an event is at one instant: free until the trial's end."""
    for event in events:
        if not begins <= event.at < end.at:
            yield event
        elif on_convert is OnConvert.RETROACTIVE:
            yield replace(event, at=end.at)


def _used_up(ordered: list[TimeEntry], seconds: int) -> datetime | None:
    """The instant at which the entries have used up ``seconds``."""
    left = seconds
    for entry in ordered:
        if entry.seconds >= left:
            return entry.start.astimezone(UTC) + timedelta(seconds=left)
        left -= entry.seconds
    return None


def _one_task_more(ordered: list[TimeEntry], tasks: int) -> datetime | None:
    """The instant at which work on one more than ``tasks`` tasks begins."""
    seen: set[str] = set()
    for entry in ordered:
        seen.add(entry.task)
        if len(seen) > tasks:
            return entry.start
    return None
