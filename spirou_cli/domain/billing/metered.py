"""Lines of what was used in a term: overage time, extra requests, metered usage."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from functools import partial
from itertools import accumulate, pairwise

from spirou_cli.domain.billing.account import Account, DoneRequest
from spirou_cli.domain.billing.allowances import Settled
from spirou_cli.domain.billing.lines import Formula, Line, LineKind, LineState, line
from spirou_cli.domain.billing.periods import day_start, local_date
from spirou_cli.domain.billing.pricing import HOUR_S, billable_overage, clock_text, tier_price
from spirou_cli.domain.billing.quotas import request_units
from spirou_cli.domain.billing.timeline import Term
from spirou_cli.domain.billing.usage import (
    UsageCost,
    UsageEvent,
    exact_text,
    price_at,
    price_usage,
    unit_price,
)
from spirou_cli.domain.billing.worktime import Billed
from spirou_cli.domain.errors import mark
from spirou_cli.domain.plan import LineScope, Model, PlanVersion, Price
from spirou_cli.domain.record import record

__all__ = ["Measured", "overage_lines", "request_lines", "usage_lines", "used_units"]

SECOND, REQUEST = "second", "request"


@record
class Measured:
    """Lines, and what has no price: a meter, or the seconds or requests beyond the plan."""

    lines: tuple[Line, ...]
    unpriced: tuple[str, ...] = ()


def overage_lines(term: Term, overage: Sequence[Billed], state: LineState) -> Measured:
    """Time beyond the plan: one line, or one for each task or entry where the provider rounds so.

    Weekends are apart where they cost more. A minimum adds what is missing, as time of a working day, and
    makes a single line of it; of two, where there are weekends.
    """
    version = term.version
    if not overage:
        return Measured(())
    price = price_at(version.overage, SECOND, day_start(term.period.span.start, version.zone))
    if price is None and version.overage_tiers is None:
        return Measured((), (SECOND,))
    seconds = sum(item.billed_s for item in overage)
    missing = billable_overage(seconds, version.overage_minimum_s) - seconds
    added = _time_price(version, price, seconds + missing) - _time_price(version, price, seconds)
    costs = _costs(version, price, overage)
    groups: defaultdict[tuple[str, bool], list[Billed]] = defaultdict(list)
    scope = version.line_scope
    if missing:
        scope, groups["", False] = LineScope.PERIOD, []
    for item in overage:
        key = {LineScope.PERIOD: "", LineScope.TASK: item.task, LineScope.ENTRY: item.id}[scope]
        groups[key, version.weekend_multiplier != 1 and item.on.weekday() >= 5].append(item)
    return Measured(
        tuple(
            _overage_line(
                term,
                price,
                items or overage,
                sum(i.billed_s for i in items) + (0 if weekend else missing),
                sum((costs[i.id] for i in items), Fraction(0) if weekend else max(Fraction(0), added)),
                key,
                weekend,
                state,
            )
            for (key, weekend), items in groups.items()
        )
    )


def used_units(term: Term, requests: Iterable[DoneRequest]) -> int:
    """How many of the plan's requests were used in a term."""
    inside = (request for request in requests if request.on in term.period.span)
    return sum(request_units(request.seconds, term.version.unit_s) for request in inside)


def request_lines(
    term: Term, settled: Settled, requests: Iterable[DoneRequest], state: LineState
) -> Measured:
    """Requests beyond the plan's number, at their price."""
    version, extra = term.version, settled.overage
    if not extra:
        return Measured(())
    price = price_at(version.overage, REQUEST, day_start(term.period.span.start, version.zone))
    if price is None:
        return Measured((), (REQUEST,))
    inside = tuple(request.id for request in requests if request.on in term.period.span)
    made = _term_line(
        term,
        LineKind.OVERAGE,
        unit_price(price) * extra,
        version.currency,
        Formula(mark("{count} × {price}"), {"count": str(extra), "price": str(price.amount)}),
        key="requests",
        sources=inside,
        shares={request: Fraction(1) for request in inside},
        state=state,
    )
    return Measured((made,))


def usage_lines(account: Account, term: Term, events: Sequence[UsageEvent], state: LineState) -> Measured:
    """Metered usage of a term, summed exactly and rounded once for each currency.

    What the provider told an event to have cost takes the place of the plan's prices for it.
    """
    priced = [event for event in events if event.cost is None]
    cost = _usage_cost(account, term, priced)
    lines = [_priced_line(account, term, priced, cost, state)] if cost.used else []
    for currency in sorted({event.cost.currency for event in events if event.cost is not None}):
        lines.append(_told_line(term, events, currency, state))
    return Measured(tuple(lines), cost.unpriced)


def _usage_cost(account: Account, term: Term, events: Iterable[UsageEvent]) -> UsageCost:
    """Each event at the prices of the version in force on its day, which may begin inside the term."""
    by_prices: defaultdict[tuple[Price, ...], list[UsageEvent]] = defaultdict(list)
    for event in events:
        day = local_date(event.at, account.zone)
        by_prices[account.version_on(day, term.version.name).usage].append(event)
    costs = [price_usage(prices, own) for prices, own in by_prices.items()]
    used = sorted((each for cost in costs for each in cost.used), key=lambda each: each[0].meter)
    return UsageCost(tuple(used), tuple(sorted({meter for cost in costs for meter in cost.unpriced})))


def _priced_line(
    account: Account, term: Term, events: Sequence[UsageEvent], cost: UsageCost, state: LineState
) -> Line:
    by_task: defaultdict[str, list[UsageEvent]] = defaultdict(list)
    for event in events:
        by_task[event.task].append(event)
    parts = (f"{units} {price.meter} × {price.amount:f}/{price.per}" for price, units in cost.used)
    return _term_line(
        term,
        LineKind.USAGE,
        cost.exact,
        term.version.currency,
        Formula("{usage}", {"usage": " + ".join(parts)}),
        sources=tuple(event.id for event in events),
        shares=_shares(
            (task, _usage_cost(account, term, own).exact) for task, own in by_task.items() if task
        ),
        state=state,
    )


def _told_line(term: Term, events: Iterable[UsageEvent], currency: str, state: LineState) -> Line:
    told = [(e.id, e.task, e.cost) for e in events if e.cost is not None and e.cost.currency == currency]
    costs = [(task, Fraction(cost.amount)) for _, task, cost in told]
    return _term_line(
        term,
        LineKind.USAGE,
        sum((amount for _, amount in costs), Fraction(0)),
        currency,
        Formula(mark("{count} costs told by the provider"), {"count": str(len(told))}),
        key=f"told-{currency}",
        sources=tuple(event for event, _, _ in told),
        shares=_shares(costs),
        state=state,
    )


def _time_price(version: PlanVersion, price: Price | None, seconds: int) -> Fraction:
    """The exact price of so much time at once, on a working day."""
    if version.overage_tiers is not None:
        return tier_price(version.overage_tiers, Fraction(seconds, HOUR_S))
    return unit_price(price) * seconds if price is not None else Fraction(0)


def _costs(version: PlanVersion, price: Price | None, overage: Sequence[Billed]) -> dict[str, Fraction]:
    """What each item costs on a working day, by id.

    Graduated tiers are climbed once in a term, in order, whatever lines the time is cut into. Any other
    price is the same for every second of it.
    """
    tiers = version.overage_tiers
    if tiers is None or tiers.model is Model.VOLUME:
        each = _time_price(version, price, whole := sum(i.billed_s for i in overage)) / whole
        return {item.id: each * item.billed_s for item in overage}
    climb = partial(_time_price, version, price)
    reached = accumulate((item.billed_s for item in overage), initial=0)
    return {
        item.id: climb(to) - (climb(start) if start else 0)
        for item, (start, to) in zip(overage, pairwise(reached), strict=True)
    }


def _overage_line(
    term: Term,
    price: Price | None,
    items: Sequence[Billed],
    seconds: int,
    exact: Fraction,
    key: str,
    weekend: bool,
    state: LineState,
) -> Line:
    version = term.version
    factor = version.weekend_multiplier if weekend else 1
    fields = {"time": clock_text(seconds), "factor": str(factor)}
    if version.overage_tiers is not None:
        formula = Formula(mark("{time} h by tiers × {factor}"), fields)
    else:
        fields["rate"] = exact_text(_time_price(version, price, HOUR_S))
        with_factor, plain = mark("{time} h × {rate} × {factor}"), mark("{time} h × {rate}")
        formula = Formula(with_factor if weekend else plain, fields)
    return _term_line(
        term,
        LineKind.OVERAGE,
        exact * Fraction(factor),
        version.currency,
        formula,
        key="-".join(part for part in (key, "weekend" if weekend else "") if part),
        sources=tuple(item.id for item in items),
        shares=_shares((item.task, Fraction(item.billed_s)) for item in items),
        state=state,
    )


def _term_line(
    term: Term,
    kind: LineKind,
    exact: Fraction,
    currency: str,
    formula: Formula,
    *,
    key: str = "",
    sources: tuple[str, ...] = (),
    shares: Mapping[str, Fraction],
    state: LineState,
) -> Line:
    return line(
        term.version.provider,
        kind,
        term.last_day,
        exact,
        currency,
        formula,
        key="-".join(part for part in (term.subscription.id, key) if part),
        period=term.period.span,
        plan_version=term.version.id,
        sources=sources,
        shares=tuple(shares.items()),
        state=state,
        digits=term.version.minor_digits,
    )


def _shares(weights: Iterable[tuple[str, Fraction]]) -> dict[str, Fraction]:
    """Exact weights by task, without what belongs to no task."""
    shares: defaultdict[str, Fraction] = defaultdict(Fraction)
    for task, weight in weights:
        if task:
            shares[task] += weight
    return dict(sorted(shares.items()))
