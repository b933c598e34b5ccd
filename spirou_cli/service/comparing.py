"""The person's own work tried under every plan that is known: what each would have cost, refused, queued."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from spirou_cli.domain.billing.account import Account as BillingAccount
from spirou_cli.domain.billing.account import DoneRequest
from spirou_cli.domain.billing.compare import Trying, try_plan
from spirou_cli.domain.money import Money, total
from spirou_cli.domain.plan import PlanVersion, Span
from spirou_cli.domain.record import record, replace
from spirou_cli.service import billing
from spirou_cli.service.catalogue import load_catalogue
from spirou_cli.service.context import Context
from spirou_cli.service.lookup import ever_named
from spirou_cli.service.plans import local_day
from spirou_cli.storage.lives import lives as lives_of

__all__ = ["Compared", "Tried", "compare"]


@record
class Tried:
    """A plan and what the work would have been under it.

    ``result`` is None where the plan's fee or currency isn't known. ``reporting`` is its cost in the
    currency of totals, None where a rate is missing, as for the currencies ``without_rate``. ``queued``:
    tasks that would have found no place. ``at_least``: it would have been more, by time that nobody told
    or use that has no price.
    """

    label: str
    mine: bool
    result: Trying | None
    reporting: Money | None = None
    refused: tuple[int, ...] = ()
    queued: int = 0
    at_least: bool = False
    without_rate: tuple[str, ...] = ()

    @property
    def unpriced(self) -> int:
        """How much of what was used has no known price: a plan that prices nothing may only look cheap."""
        if self.result is None:
            return 0
        plan = self.result.plan
        return len(self.result.unpriced) + (plan.priced_by_use and not plan.usage)


@record
class Compared:
    """Work of a span under every plan, cheapest first, those without a known price last.

    ``paid`` is what the person was really charged; ``tasks`` had time or use in the span, of which
    ``untimed`` are the numbers of those of which no time was told.
    """

    span: Span
    tasks: int
    seconds: int
    paid: tuple[Money, ...]
    reporting: str
    tried: tuple[Tried, ...]
    untimed: tuple[int, ...] = ()


def compare(
    context: Context, first: date, last: date, *, only: str = "", own: Path | None = None
) -> Compared:
    """Try the work of ``first`` to ``last``, both included, of all providers or of one."""
    span = Span(first, last + timedelta(days=1))
    with context.read() as connection:
        account_id = ever_named(connection, only).id if only else None
        book = billing.book(connection, context)
        lives = [
            _Life(task, number, _moment(start), _moment(end), seconds, limit)
            for task, number, start, end, seconds, limit in lives_of(connection, account_id)
        ]
    mine = [each for name, each in book.accounts.items() if only in ("", name)]
    work = _work(mine, context, span, lives)
    during = [life for life in lives if life.start is not None and life.start.date() in span]
    timed = {entry.task for entry in work.entries} | {event.task for event in work.usage}
    plans = [*_held(mine), *_offers(context, first, own)]
    numbers = {life.task: life.number for life in lives}
    tried = [_try(work, plan, span, book, during, numbers) for plan in plans]
    paid = billing.make(book, span, as_of=local_day(context), only=only)
    return Compared(
        span,
        len(timed | {life.task for life in during}),
        sum(entry.seconds for entry in work.entries),
        _sums(money for each in paid.providers for money in each.statement.totals.values()),
        book.reporting,
        tuple(sorted(tried, key=_cheapest_first)),
        tuple(life.number for life in during if not life.seconds),
    )


@record
class _Life:
    """When a provider had a task, how long it took, and the most that was asked for."""

    task: str
    number: int
    start: datetime | None
    end: datetime | None
    seconds: int
    max_time_s: int | None


@record
class _Plan:
    label: str
    mine: bool
    version: PlanVersion | None


def _work(
    mine: Sequence[BillingAccount], context: Context, span: Span, lives: Sequence[_Life]
) -> BillingAccount:
    """The work of a span as if one provider had done it all; ids are told apart by who did."""
    zone = getattr(context.zone, "key", "UTC")
    done = [(life.task, life.end.astimezone(context.zone).date(), life.seconds) for life in lives if life.end]
    return BillingAccount(
        "tried",
        (PlanVersion("none", "tried", "none", date.min, "EUR", zone),),
        entries=tuple(
            replace(entry, id=f"{each.provider}/{entry.id}")
            for each in mine
            for entry in each.entries
            if entry.start.astimezone(context.zone).date() in span
        ),
        usage=tuple(
            replace(event, id=f"{each.provider}/{event.id}", cost=None)
            for each in mine
            for event in each.usage
            if event.at.astimezone(context.zone).date() in span
        ),
        requests=tuple(DoneRequest(task, on, seconds) for task, on, seconds in done if on in span),
    )


def _held(mine: Sequence[BillingAccount]) -> Iterator[_Plan]:
    for account in mine:
        if account.subscriptions and account.newest.name != "none":
            yield _Plan(f"{account.provider} {account.newest.name}", True, account.newest)


def _offers(context: Context, on: date, own: Path | None) -> Iterator[_Plan]:
    zone = getattr(context.zone, "key", "UTC")
    for id, provider in load_catalogue(own).items():
        for plan in provider.plans:
            version = None
            if not provider.missing(plan):
                version = provider.plan_version(plan, provider=id, effective_on=on, zone=zone)
            yield _Plan(f"{id}/{plan}", False, version)


def _try(
    work: BillingAccount,
    plan: _Plan,
    span: Span,
    book: billing.Book,
    lives: Sequence[_Life],
    numbers: Mapping[str, int],
) -> Tried:
    if plan.version is None:
        return Tried(plan.label, plan.mine, None)
    result = try_plan(work, plan.version, span)
    converted = {
        currency: book.rates.convert(money, book.reporting, span.end - timedelta(days=1)).amount
        for currency, money in result.totals.items()
    }
    known = [money for money in converted.values() if money is not None]
    untimed = [life for life in lives if not life.seconds]
    cap = plan.version.task_cap
    too_long = {life.number for life in untimed if cap and (life.max_time_s or 0) > cap.seconds}
    return Tried(
        plan.label,
        plan.mine,
        result,
        total(known, book.reporting) if len(known) == len(converted) else None,
        tuple(sorted({numbers[task] for task in result.refused if task in numbers} | too_long)),
        _queued(plan.version.open_limit, lives),
        bool(result.unpriced or plan.version.priced_by_use or (untimed and result.time_measured)),
        tuple(sorted(currency for currency, money in converted.items() if money is None)),
    )


def _queued(limit: int | None, lives: Sequence[_Life]) -> int:
    """How many tasks would have come while ``limit`` others were open."""
    if limit is None:
        return 0
    spans = [(life.start, life.end) for life in lives if life.start is not None]
    return sum(
        1
        for start, _ in spans
        if sum(1 for begun, ended in spans if begun < start and (ended is None or ended > start)) >= limit
    )


def _cheapest_first(tried: Tried) -> tuple[bool, int, bool, bool, int, str]:
    """What is known whole before what is at least so much; what leaves more without a price comes later."""
    cost = tried.reporting
    unknown = (tried.result is None, tried.unpriced, tried.at_least, cost is None)
    return *unknown, cost.minor if cost else 0, tried.label


def _sums(amounts: Iterable[Money]) -> tuple[Money, ...]:
    sums: dict[str, Money] = {}
    for money in amounts:
        sums[money.currency] = sums[money.currency] + money if money.currency in sums else money
    return tuple(sums[currency] for currency in sorted(sums))


def _moment(at: int | None) -> datetime | None:
    return None if at is None else datetime.fromtimestamp(at / 1000, UTC)
