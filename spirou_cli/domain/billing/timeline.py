"""The periods a person pays for: subscriptions cut into terms, after their trial."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from itertools import pairwise

from spirou_cli.domain.billing.account import Account
from spirou_cli.domain.billing.periods import Period, day_start, periods
from spirou_cli.domain.billing.trials import TrialEnd, after_trial, trial_end, trial_time, usage_after_trial
from spirou_cli.domain.billing.usage import UsageEvent
from spirou_cli.domain.billing.worktime import TimeEntry
from spirou_cli.domain.plan import OnConvert, PlanVersion, Rounding, Span, Subscription, Timing
from spirou_cli.domain.record import record

__all__ = ["Term", "Timeline", "timeline"]


@record
class Term:
    """One period of a subscription, under the plan version in force when it begins.

    ``superseded``: another plan, or another interval, takes over inside the period, so what is left of the
    fee is given back.
    """

    subscription: Subscription
    version: PlanVersion
    period: Period
    superseded: bool = False

    @property
    def paid(self) -> Span:
        """The days the fee is for: in advance, nobody knows yet that the period will be cut short."""
        if self.version.timing is Timing.ADVANCE:
            return Span(self.period.span.start, self.period.whole.end)
        return self.period.span

    @property
    def last_day(self) -> date:
        """The date of what is charged in arrears, so that March's use is in the bill for March."""
        return self.period.span.end - timedelta(days=1)

    def over(self, as_of: date) -> bool:
        """Whether nothing can be added to it any more."""
        return self.last_day <= as_of


@record
class Timeline:
    """A provider's terms by start, its trial's end and days, and the time and usage that may be billed.

    ``free`` is the time of a trial that is kept, where it costs nothing all the same.
    """

    terms: tuple[Term, ...]
    trial: TrialEnd | None
    trial_days: Span | None
    free: tuple[TimeEntry, ...]
    entries: tuple[TimeEntry, ...]
    usage: tuple[UsageEvent, ...]

    def index_of(self, day: date) -> int | None:
        """Which term a day belongs to; None outside all of them."""
        index = bisect_right(self.terms, day, key=lambda term: term.period.span.start) - 1
        return index if index >= 0 and day in self.terms[index].period.span else None

    def rounding_on(self, day: date) -> Rounding | None:
        """How time of a day is rounded; None outside all terms."""
        index = self.index_of(day)
        return None if index is None else self.terms[index].version.rounding

    def unplanned(self, day: date) -> bool:
        """Whether a day is neither in a term nor in the trial."""
        return self.index_of(day) is None and not (self.trial_days and day in self.trial_days)


def timeline(account: Account, until: date) -> Timeline:
    """The terms that begin before ``until``. Only the first subscription has a trial."""
    ordered = sorted(account.subscriptions, key=lambda s: (s.start, s.id))
    terms: list[Term] = []
    trial: TrialEnd | None = None
    trial_days: Span | None = None
    free, entries, usage = tuple[TimeEntry, ...](), account.entries, account.usage
    for number, subscription in enumerate(ordered):
        version = account.version_on(subscription.start, subscription.plan)
        start: date | None = subscription.start
        if number == 0 and version.trial is not None:
            trial = trial_end(version.trial, subscription.start, entries, account.zone)
            start = _first_paid_day(subscription, trial)
            trial_days = Span(subscription.start, start or subscription.end or date.max)
            if trial is not None and start is not None:
                begins, on_convert = day_start(subscription.start, account.zone), version.trial.on_convert
                if on_convert is OnConvert.FREE:
                    free = tuple(trial_time(entries, begins, trial))
                entries = tuple(after_trial(entries, begins, trial, on_convert))
                usage = tuple(usage_after_trial(usage, begins, trial, on_convert))
        if start is not None:
            starts = {other.start for other in ordered[number + 1 :]}
            terms += _terms(account, subscription, start, starts, until)
    terms.sort(key=lambda term: term.period.span.start)
    return Timeline(tuple(terms), trial, trial_days, free, entries, usage)


def _first_paid_day(subscription: Subscription, trial: TrialEnd | None) -> date | None:
    """The day a trial becomes a subscription; None if it was cancelled in time, or still runs on."""
    if trial is None:
        return None
    cancelled = subscription.cancelled_at
    if cancelled is not None and cancelled < trial.at:
        return None
    ended = subscription.end
    return None if ended is not None and ended <= trial.anchor else trial.anchor


def _terms(
    account: Account, subscription: Subscription, start: date, starts: Iterable[date], until: date
) -> Iterator[Term]:
    """The terms of a subscription; where the interval changes, the one that runs is cut short."""
    end = subscription.end or date.max
    changes = [day for day in _interval_changes(account, subscription.plan) if start < day < end]
    for begin, stop in pairwise((start, *changes, end)):
        interval = account.version_on(begin, subscription.plan).interval
        for period in periods(subscription.anchor or begin, interval, until=until, start=begin, end=stop):
            version = account.version_on(period.span.start, subscription.plan)
            cut_short = period.span.end < period.whole.end
            replaced = period.span.end in starts or period.span.end in changes
            yield Term(subscription, version, period, cut_short and replaced)


def _interval_changes(account: Account, plan: str) -> list[date]:
    """The days from which a plan's fee falls due more often, or less, than before."""
    days = sorted({version.effective_on for version in account.plans if version.name == plan})
    intervals = [(day, account.version_on(day, plan).interval) for day in days]
    return [day for (_, before), (day, after) in pairwise(intervals) if after != before]
