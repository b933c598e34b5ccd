"""What a bill says besides its lines: what is coming with money at stake, and what to look at."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta

from spirou_cli.domain.billing.bill import ProviderBill
from spirou_cli.domain.billing.deadlines import Deadline, DeadlineKind, deadlines, lost
from spirou_cli.domain.billing.ledger import make_ledger
from spirou_cli.domain.billing.limits import OpenChange, open_load, slow_s
from spirou_cli.domain.billing.periods import day_start
from spirou_cli.domain.plan import PlanVersion, Span
from spirou_cli.domain.record import record
from spirou_cli.service.billing import Book
from spirou_cli.service.context import Context, milliseconds
from spirou_cli.storage import queries

__all__ = ["NO_PLAN", "REFUSED", "SLOW_LANE", "Notices", "Watch", "notices"]

AHEAD_DAYS = 45
"""How far ahead a bill looks for dates with money at stake; a pack is told of until it ends."""

LAPSE_DAYS = 10
"""The same for unused time of a plan: it lapses each period, so only its last days are news."""

CHARGES_AHEAD = 2
"""A coupon is told of from when so many charges are left to it."""

COUPON_DAYS = 100
"""How far ahead fees are looked at, to find the one that such a coupon no longer works on."""

SLOW_LANE = "slow_lane"
REFUSED = "task_refused"
NO_PLAN = "no_plan"


@record
class Watch:
    """Something to look at: what it is, what it is about, the tasks it concerns by number.

    ``seconds`` of the slow lane, or of work that nothing pays for; ``limit``: of open tasks, or of the
    seconds of one.
    """

    code: str
    provider: str
    about: str = ""
    tasks: tuple[int, ...] = ()
    seconds: int = 0
    limit: int = 0


@record
class Notices:
    """What a provider's bill of a span says besides its lines."""

    soon: tuple[Deadline, ...] = ()
    watch: tuple[Watch, ...] = ()
    lost: tuple[Deadline, ...] = ()
    """Packs that ended in the span, with what was left of them."""


def notices(
    connection: sqlite3.Connection, context: Context, found: Book, each: ProviderBill, span: Span, today: date
) -> Notices:
    """Of one provider. Nothing is coming in the bill of days that are over."""
    soon = tuple(_soon(each, today)) if today in span else ()
    watch = tuple(_watch(connection, context, found, each, span))
    return Notices(soon, watch, tuple(lost(each.ledger, span)))


def _soon(each: ProviderBill, today: date) -> Iterator[Deadline]:
    ahead = make_ledger(each.ledger.account, as_of=today, until=today + timedelta(days=COUPON_DAYS))
    for deadline in deadlines(ahead):
        lapse = deadline.kind is DeadlineKind.TIME_LAPSE
        near = deadline.on <= today + timedelta(days=LAPSE_DAYS if lapse else AHEAD_DAYS)
        ending = deadline.charges is not None and deadline.charges <= CHARGES_AHEAD
        if near or ending or deadline.kind is DeadlineKind.PACK_EXPIRY:
            yield deadline


def _watch(
    connection: sqlite3.Connection, context: Context, found: Book, each: ProviderBill, span: Span
) -> Iterator[Watch]:
    provider = each.provider
    if not found.has_plan(provider) and each.time.raw_s:
        yield Watch(NO_PLAN, provider, seconds=each.time.raw_s)
    yield from _slow_lane(connection, context, found, each, span)
    refused = [item for item in each.ledger.time.refused if item.on in span]
    if refused:
        cap = each.ledger.account.version_on(span.end - timedelta(days=1)).task_cap
        numbers = _numbers(connection, (item.task for item in refused))
        seconds = sum(item.billed_s for item in refused)
        yield Watch(REFUSED, provider, tasks=numbers, seconds=seconds, limit=cap.seconds if cap else 0)
    outside = {item.id for item in each.ledger.time.outside if item.on not in span}
    told: dict[Watch, None] = {}
    for problem in each.ledger.problems:
        if problem.code == "no_plan_then" and problem.about not in outside:
            told[Watch(problem.code, provider)] = None
        elif problem.code not in (REFUSED, "no_plan_then"):
            told[Watch(problem.code, provider, problem.about)] = None
    yield from told


def _slow_lane(
    connection: sqlite3.Connection, context: Context, found: Book, each: ProviderBill, span: Span
) -> Iterator[Watch]:
    """How long as many tasks were open as the plan takes at full speed, for each such limit."""
    seconds: dict[int, int] = {}
    for version, days in _under_limits(each, span):
        limit = version.open_limit or 0
        since, until = (day_start(day, each.ledger.account.zone) for day in (days.start, days.end))
        until = min(until, context.now())
        changes = _changes(connection, found.id_of(each.provider), limit, since, until)
        seconds[limit] = seconds.get(limit, 0) + slow_s(limit, changes, since, until)
    for limit, slow in seconds.items():
        if slow:
            yield Watch(SLOW_LANE, each.provider, seconds=slow, limit=limit)


def _under_limits(each: ProviderBill, span: Span) -> Iterator[tuple[PlanVersion, Span]]:
    """The days of a span under plans with a limit of open tasks; in a trial it is the same."""
    timeline, account = each.ledger.timeline, each.ledger.account
    held = [(term.version, term.period.span) for term in timeline.terms]
    if timeline.trial_days is not None:
        held.append((account.version_on(timeline.trial_days.start), timeline.trial_days))
    for version, days in held:
        inside = days.clip(span)
        if version.open_limit and inside.days:
            yield version, inside


def _changes(
    connection: sqlite3.Connection, account_id: str, limit: int, since: datetime, until: datetime
) -> list[OpenChange]:
    """Tasks opening and closing. Facts are read only where so many can have been open together."""
    if since >= until:
        return []
    from spirou_cli.storage import lives  # loads every kind of fact, which plans without a limit don't need

    stays = lives.stays(connection, account_id, milliseconds(since), milliseconds(until))
    longest = [OpenChange(_moment(stay.since), stay.task, True) for stay in stays]
    longest += [OpenChange(_moment(stay.until), stay.task, False) for stay in stays if stay.until is not None]
    if not open_load(limit, longest, until).slow:
        return []
    return [
        OpenChange(_moment(at), stay.task, opened)
        for stay in stays
        for at, opened in lives.moves(connection, account_id, stay.task)
    ]


def _numbers(connection: sqlite3.Connection, tasks: Iterable[str]) -> tuple[int, ...]:
    found = (queries.number_of(connection, task) for task in dict.fromkeys(tasks))
    return tuple(sorted(number for number in found if number is not None))


def _moment(at: int) -> datetime:
    return datetime.fromtimestamp(at / 1000, UTC)
