"""Whether delegating pays: its cost and the person's own minutes against the time that others worked."""

from __future__ import annotations

from collections import Counter, defaultdict
from fractions import Fraction
from typing import Literal

from spirou_cli.domain.money import Money
from spirou_cli.domain.plan import Span
from spirou_cli.domain.record import record, replace
from spirou_cli.service import billgroups, bills
from spirou_cli.service.bills import Asked, Converted
from spirou_cli.service.context import Context
from spirou_cli.storage import work
from spirou_cli.storage.work import Closed

__all__ = ["Kind", "Worth", "WorthRow", "worth"]

Kind = Literal["provider", "project", "tag"]


@record
class WorthRow:
    """One provider or kind of task; None for what nobody told.

    ``cost`` is what was charged, ``own`` the person's minutes at their rate. Saved is the time others
    worked less one's own: the assumption, said on the page, is that oneself would have needed as long.
    """

    key: str
    accepted: int
    untimed: int
    """Accepted tasks for which nobody told a time: what they saved isn't counted."""
    seconds: int | None
    own_seconds: int
    cost: Money | None
    own: Money

    @property
    def saved_s(self) -> int | None:
        return None if self.seconds is None else self.seconds - self.own_seconds

    @property
    def whole(self) -> Money | None:
        """What was charged and one's own minutes."""
        return None if self.cost is None else self.cost + self.own

    @property
    def per_task(self) -> Money | None:
        return self.whole.times(Fraction(1, self.accepted)) if self.whole and self.accepted else None

    @property
    def per_hour(self) -> Money | None:
        """What an hour saved came to; None where nothing was saved, or nobody can say."""
        if self.whole is None or self.saved_s is None or self.saved_s <= 0:
            return None
        return self.whole.times(Fraction(3600, self.saved_s))

    def gain(self, rate: Money) -> Money | None:
        """What the time others worked is worth at one's own rate, less all it cost."""
        if self.whole is None or self.seconds is None:
            return None
        return rate.times(Fraction(self.seconds, 3600)) - self.whole


@record
class Worth:
    """The rows of a span, and the rate of an hour of one's own; a rate of 0 is one that nobody said."""

    span: Span
    by: Kind
    rate: Money
    rows: tuple[WorthRow, ...]
    converted: Converted


def worth(context: Context, asked: Asked, rate: Money, by: Kind = "provider") -> Worth:
    """What delegating cost and saved in a span, by provider, project or tag."""
    asked = replace(asked, reporting=rate.currency)
    with context.read() as connection:
        closed = work.closed_tasks(connection, *bills.instants(context, asked.span))
        own = work.own_seconds(connection, *bills.instants(context, asked.span))
    accepted: Counter[str] = Counter()
    untimed: Counter[str] = Counter()
    mine: defaultdict[str, Fraction] = defaultdict(Fraction)
    for task in closed:
        for key in _keys(task, by):
            accepted[key] += 1
            untimed[key] += not task.timed
    for task, seconds in own:
        keys = _keys(task, by)
        for key in keys:
            mine[key] += Fraction(seconds, len(keys))
    costs, times, converted = _costs(context, asked, by)
    rows = []
    for key in sorted({*costs, *accepted, *mine}, key=lambda key: (not key, key)):
        seconds = round(mine[key])
        value = rate.times(Fraction(seconds, 3600))
        rows.append(
            WorthRow(key, accepted[key], untimed[key], times.get(key), seconds, costs.get(key), value)
        )
    return Worth(asked.span, by, rate, tuple(rows), converted)


def _costs(
    context: Context, asked: Asked, by: Kind
) -> tuple[dict[str, Money | None], dict[str, int | None], Converted]:
    """Cost and time of others by key, in the currency of the rate; None for what is not known whole."""
    if by != "provider":
        cut = billgroups.grouped(context, asked, by)
        told_of = [group for group in cut.groups if group.costs or group.seconds]
        told: dict[str, Money | None] = {group.key: group.reporting for group in told_of}
        return told, {group.key: group.seconds for group in told_of}, cut.converted
    found = bills.report(context, replace(asked, figures_only=True))
    statements = {each.provider: each.statement for each in found.bill.providers}
    costs: dict[str, Money | None] = {}
    times: dict[str, int | None] = {}
    for row in found.rows:
        if not row.more:
            statement = statements.get(row.provider)
            known = statement is not None and row.total is not None and not statement.unconverted
            costs[row.provider] = statement.reporting_cost if statement is not None and known else None
            times[row.provider] = row.seconds
    return costs, times, found.converted


def _keys(task: Closed, by: Kind) -> list[str]:
    match by:
        case "provider":
            return [task.provider]
        case "project":
            return [task.project]
    return list(task.tags) or [""]
