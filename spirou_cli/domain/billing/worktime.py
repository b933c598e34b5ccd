"""Which day and which billing period time belongs to."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence
from datetime import UTC, date, datetime

from spirou_cli.domain.billing.periods import local_date, next_day_start
from spirou_cli.domain.billing.rounding import Work, group_of, round_groups, round_seconds
from spirou_cli.domain.plan import Attribution, Rounding, Scope, Span
from spirou_cli.domain.record import record

__all__ = [
    "Billed",
    "PeriodTime",
    "TimeEntry",
    "bill_work",
    "split_days",
    "time_by_period",
    "work_in_period",
    "works",
]


@record
class TimeEntry:
    """Time somebody worked on a task, between two aware instants; no end: still running."""

    id: str
    task: str
    start: datetime
    end: datetime | None = None

    @property
    def seconds(self) -> int:
        """Elapsed seconds, over clock changes too; none while it runs."""
        if self.end is None:
            return 0
        return int((self.end.astimezone(UTC) - self.start.astimezone(UTC)).total_seconds())


@record
class PeriodTime:
    """The time of one billing period: as reported, as billed, and billed by group."""

    span: Span
    raw_s: int
    billed_s: int
    groups: dict[str, int]


@record
class Billed:
    """Raw and billed seconds on a local date: of one entry, or the sum of a task's entries of that day.

    Sums may stand for entries wherever a bill is made: nothing it computes looks closer than a day.
    """

    id: str
    task: str
    on: date
    raw_s: int
    billed_s: int


def works(
    entries: Iterable[TimeEntry], zone: str, attribute_by: Attribution = Attribution.START
) -> list[Work]:
    """Finished entries by (start, id), each once, each whole on the local date of its start, or of its end.

    Cutting an entry at midnight is for reports: for a bill it would lose what crosses a month's end.
    """
    once = {entry.id: (entry, entry.end) for entry in entries if entry.end is not None}
    ordered = sorted(once.values(), key=lambda each: (each[0].start, each[0].id))
    by_end = attribute_by is Attribution.END
    return [Work(e.id, e.task, local_date(end if by_end else e.start, zone), e.seconds) for e, end in ordered]


def split_days(entry: TimeEntry, zone: str) -> dict[date, int]:
    """Elapsed seconds by local day, cut at each local midnight; for reports, never for bills."""
    days: defaultdict[date, int] = defaultdict(int)
    at, end = entry.start.astimezone(UTC), (entry.end or entry.start).astimezone(UTC)
    while at < end:
        cut = min(end, next_day_start(at, zone))
        days[local_date(at, zone)] += int((cut - at).total_seconds())
        at = cut
    return dict(days)


def time_by_period(rounding: Rounding, work: Sequence[Work], spans: Iterable[Span]) -> list[PeriodTime]:
    """Raw and billed time of each span."""
    return [work_in_period(rounding, work, span) for span in spans]


def work_in_period(rounding: Rounding, work: Sequence[Work], span: Span) -> PeriodTime:
    """The time of ``span``; with scope task, a task is rounded once in its life.

    A period then bills the rounded time at its end less the rounded time before it.
    """
    inside = [item for item in work if item.on in span]
    groups = round_groups(rounding, inside)
    if rounding.scope is Scope.TASK:
        before = _by_task(item for item in work if item.on < span.start)
        during = _by_task(inside)
        groups = {
            task: round_seconds(rounding, before[task] + seconds) - round_seconds(rounding, before[task])
            for task, seconds in during.items()
        }
    return PeriodTime(span, sum(item.seconds for item in inside), sum(groups.values()), groups)


def bill_work(
    rounding: Rounding, work: Iterable[Work], period_of: Callable[[date], Hashable]
) -> list[Billed]:
    """Each entry's part of its group's billed time, for entries in order.

    A part is the rounded time up to the entry less the rounded time before it, so that the parts of a
    group, which may be a task over months, add up to rounding it once.
    """
    reached: defaultdict[Hashable, int] = defaultdict(int)
    billed = []
    for item in work:
        period = period_of(item.on) if rounding.scope is Scope.PERIOD else None
        group = (period, group_of(rounding.scope, item))
        before = round_seconds(rounding, reached[group])
        reached[group] += item.seconds
        part = round_seconds(rounding, reached[group]) - before
        billed.append(Billed(item.id, item.task, item.on, item.seconds, part))
    return billed


def _by_task(work: Iterable[Work]) -> defaultdict[str, int]:
    seconds: defaultdict[str, int] = defaultdict(int)
    for item in work:
        seconds[item.task] += item.seconds
    return seconds
