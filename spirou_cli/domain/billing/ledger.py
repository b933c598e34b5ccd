"""One provider's lines from its facts, in the order of computation that every bill follows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from fractions import Fraction
from itertools import groupby

from spirou_cli.domain.billing.account import Account, OtherCharge
from spirou_cli.domain.billing.adjustments import coupon_lines, expense_lines, refund_line
from spirou_cli.domain.billing.allowances import Allowance, Settled, settle
from spirou_cli.domain.billing.coupons import Redemption, redemptions
from spirou_cli.domain.billing.expenses import under
from spirou_cli.domain.billing.fees import (
    absence_lines,
    fee_credit_line,
    fee_lines,
    fees_cut_short,
    unused_part,
)
from spirou_cli.domain.billing.fixed_price import Ending, price_due
from spirou_cli.domain.billing.limits import Cover
from spirou_cli.domain.billing.lines import COUNTED, Formula, Line, LineKind, LineState, line
from spirou_cli.domain.billing.metered import (
    Measured,
    overage_lines,
    request_lines,
    usage_lines,
    used_units,
)
from spirou_cli.domain.billing.packs import PackBalance, pack_balances
from spirou_cli.domain.billing.periods import local_date, month_of
from spirou_cli.domain.billing.refunds import left_of, net_of
from spirou_cli.domain.billing.spend import capped, true_up
from spirou_cli.domain.billing.statement import tax_lines
from spirou_cli.domain.billing.timeline import Term, Timeline, timeline
from spirou_cli.domain.billing.trials import TrialEnd
from spirou_cli.domain.billing.usage import UsageEvent
from spirou_cli.domain.billing.waterfall import TermTime, TimeBill, pour
from spirou_cli.domain.errors import mark
from spirou_cli.domain.money import Money, total
from spirou_cli.domain.plan import Span, TaxRule
from spirou_cli.domain.record import record, replace

__all__ = ["Ledger", "Problem", "ledger_of", "make_ledger"]


@record
class Problem:
    """Something a person should look at: a code, and the id of what it is about."""

    code: str
    about: str


@record
class Ledger:
    """A provider's lines from the first day, by date: charged up to ``as_of``, estimated, or scheduled."""

    account: Account
    as_of: date
    lines: tuple[Line, ...]
    timeline: Timeline
    time: TimeBill
    requests: tuple[tuple[Term, Settled], ...]
    coupons: tuple[Redemption, ...]
    problems: tuple[Problem, ...]

    @property
    def trial(self) -> TrialEnd | None:
        return self.timeline.trial

    @property
    def packs(self) -> dict[str, PackBalance]:
        return pack_balances(self.account.packs, (d for _, _, d in self.time.draws), self.as_of)

    def uses(self, coupon: str) -> int:
        """How many charges a coupon has worked on so far."""
        made = (item for item in self.lines if item.kind is LineKind.COUPON and item.sources[0] == coupon)
        return sum(1 for item in made if not self.scheduled(item))

    def scheduled(self, item: Line) -> bool:
        """Whether a line lies ahead, as a fee does; an estimate is of what was used already."""
        return item.on > self.as_of and item.state is not LineState.ESTIMATE

    def charged(self, span: Span) -> list[Line]:
        """The lines dated in a span that don't lie ahead."""
        return [item for item in self.lines if item.on in span and not self.scheduled(item)]


def ledger_of(account: Account, span: Span, *, as_of: date) -> Ledger:
    """The ledger with the lines of ``span``: a bill, an invoice's check and a closing are all made of it.

    It goes on to the end of the month of ``as_of``: a task's later work may count in its earlier lines.
    """
    return make_ledger(account, as_of=as_of, until=max(span.end, month_of(as_of).end))


def make_ledger(account: Account, *, as_of: date, until: date) -> Ledger:
    """All lines of an account as known on ``as_of``, with those scheduled before ``until`` (exclusive).

    The order is the rule: trial, periods, time, fees and what was used, maximum and minimum, coupons,
    purchases passed on, what plan changes, refunds and absences give back, tax. Each line is rounded
    once, when it is made.
    """
    account = account.told_once().known_on(as_of).beside_fixed()
    when = timeline(account, until)
    time = pour(account, when)
    requests = _settle_requests(account, when)
    usage, unplanned = _usage_by_term(account, when)
    measured = [
        _charged(account, paid, requests, events, as_of)
        for paid, events in zip(time.terms, usage, strict=True)
    ]
    charged = [item for each in measured for item in each.lines] + _given(account)
    discounted, held, foreign = _discount(account, charged)
    lines = [*charged, *discounted]
    expenses = [under(expense, account.version_on(expense.on)) for expense in account.expenses]
    lines += [item for expense in expenses for item in expense_lines(account.provider, expense)]
    returned, rejected = _give_back(account, when.terms, lines)
    lines += returned
    lines += absence_lines(when.terms, account.absences, lines)
    lines, reopened = _closed(account, [item for item in lines if item.on < until], as_of)
    lines += _tax(account, lines, as_of)
    problems = [Problem("no_price", name) for each in measured for name in each.unpriced]
    problems += [Problem("coupon_in_other_currency", coupon) for coupon in foreign]
    problems += [Problem("fee_in_other_currency", each.id) for each in expenses if each.foreign_fee]
    problems += [Problem("refund_too_large", refund) for refund in rejected]
    problems += [Problem("task_refused", task.id) for task in time.capped if task.cover is Cover.REFUSED]
    problems += [Problem("no_plan_then", item.id) for item in time.outside]
    problems += [Problem("no_plan_then", event.id) for event in unplanned]
    problems += reopened
    ordered = tuple(sorted(lines, key=_order))
    unique = tuple(dict.fromkeys(problems))
    return Ledger(account, as_of, ordered, when, time, requests, tuple(held), unique)


def _charged(
    account: Account,
    paid: TermTime,
    requests: Iterable[tuple[Term, Settled]],
    events: Sequence[UsageEvent],
    as_of: date,
) -> Measured:
    """What a term charges: its fee, what was used of it, held to its maximum and its minimum."""
    term = paid.term
    state = LineState.ACTUAL if term.over(as_of) else LineState.ESTIMATE
    measured = [Measured(tuple(fee_lines(term))), overage_lines(term, paid.overage, state)]
    measured += [request_lines(term, s, account.requests, state) for t, s in requests if t is term]
    if events:
        measured.append(usage_lines(account, term, events, state))
    lines = [item for each in measured for item in each.lines]
    lines += _held(term, lines, state, as_of)
    return Measured(tuple(lines), tuple(name for each in measured for name in each.unpriced))


def _usage_by_term(account: Account, when: Timeline) -> tuple[list[list[UsageEvent]], list[UsageEvent]]:
    """Usage events by (at, id), each with the term of its local date; and those under no plan."""
    by_term: list[list[UsageEvent]] = [[] for _ in when.terms]
    outside: list[UsageEvent] = []
    for event in sorted(when.usage, key=lambda event: (event.at, event.id)):
        on = local_date(event.at, account.zone)
        index = when.index_of(on)
        if index is not None:
            by_term[index].append(event)
        elif when.unplanned(on):
            outside.append(event)
    return by_term, outside


def _settle_requests(account: Account, when: Timeline) -> tuple[tuple[Term, Settled], ...]:
    """The request allowance of each term whose plan counts requests, rolled over as time is."""
    settled: list[tuple[Term, Settled]] = []
    for term in when.terms:
        version = term.version
        if version.included_tasks is None:
            continue
        held = bool(settled) and settled[-1][0].subscription.id == term.subscription.id
        before = settled[-1][1].balance if held else Allowance()
        granted = version.included_tasks * term.period.span.days // term.period.whole.days
        used = used_units(term, account.requests)
        settled.append((term, settle(version.rollover, before, granted, used)))
    return tuple(settled)


def _held(term: Term, lines: Sequence[Line], state: LineState, as_of: date) -> list[Line]:
    """What a maximum takes off a term, then what a minimum adds once the term is over.

    Of a fee that a plan change cuts short, only what was used counts. Where the fee lies ahead, so does what
    a maximum takes off.
    """
    ahead = any(item.on > as_of and item.state is LineState.ACTUAL for item in lines)
    version, currency = term.version, term.version.currency
    made: list[Line] = []

    def counted() -> Money:
        kinds = (*COUNTED, LineKind.MAXIMUM)
        own = [item for item in (*lines, *made) if item.kind in kinds and item.amount.currency == currency]
        unused = (item.amount.times(unused_part(term)) for item in own if item.kind is LineKind.FEE)
        return total((item.amount for item in own), currency) - total(unused, currency)

    def add(kind: LineKind, amount: Money, formula: Formula) -> None:
        if amount.minor:
            extra = line(
                version.provider,
                kind,
                term.last_day,
                amount,
                currency,
                formula,
                key=term.subscription.id,
                period=term.period.span,
                plan_version=version.id,
                state=LineState.ACTUAL if ahead else state,
            )
            made.append(extra)

    if version.maximum_spend is not None:
        maximum = Money.of(version.maximum_spend, currency)
        spent = counted()
        fields = {"spent": str(spent.amount), "maximum": str(maximum.amount)}
        add(
            LineKind.MAXIMUM,
            -capped(spent, Money(0, currency), maximum),
            Formula(mark("{maximum} − {spent}"), fields),
        )
    if version.minimum_spend is not None and state is LineState.ACTUAL:
        spent = counted()
        days, of = term.period.span.days, term.period.whole.days
        owed = true_up(version.minimum_spend, spent, days=days, period_days=of, digits=version.minor_digits)
        fields = {"minimum": str(version.minimum_spend), "days": str(days), "of": str(of)}
        fields["spent"] = str(spent.amount)
        add(LineKind.TRUE_UP, owed.amount, Formula(mark("{minimum} × {days}/{of} days − {spent}"), fields))
    return made


def _given(account: Account) -> list[Line]:
    """Lines of facts that carry their own amount: packs bought, tasks at a fixed price, other charges."""
    made = []
    for pack in account.packs:
        if pack.price is not None:
            made.append(_own(account, pack.id, pack.bought_on, LineKind.PACK, pack.price))
    for task in account.fixed_tasks:
        due = price_due(task)
        if task.ended_on is not None and due.minor:
            formula = Formula(_ENDED[task.ending], {"amount": str(due.amount)})
            made.append(
                _own(account, task.id, task.ended_on, LineKind.TASK, due, task.id, formula, task.name)
            )
    made += [_other(account, charge) for charge in account.charges]
    return made


_ENDED: Mapping[Ending | None, str] = {
    Ending.DONE: mark("agreed price {amount}"),
    Ending.CANCELLED: mark("cancel fee {amount}"),
}


def _other(account: Account, charge: OtherCharge) -> Line:
    return _own(account, charge.id, charge.on, charge.kind, charge.amount, charge.task)


def _own(
    account: Account,
    source: str,
    on: date,
    kind: LineKind,
    amount: Money,
    task: str | None = None,
    formula: Formula | None = None,
    name: str = "",
) -> Line:
    return line(
        account.provider,
        kind,
        on,
        amount,
        amount.currency,
        formula or Formula("{amount}", {"amount": str(amount.amount)}),
        key=name or source,
        sources=(source,),
        shares=((task, Fraction(1)),) if task else (),
        taxable=kind not in (LineKind.CREDIT, LineKind.TAX),
    )


def _discount(account: Account, charged: list[Line]) -> tuple[list[Line], list[Redemption], list[str]]:
    """Coupons over the charges of each day, day by day."""
    held, foreign = redemptions(account.coupons, account.currency)
    made: list[Line] = []
    for _, together in groupby(sorted(charged, key=_order), key=lambda item: item.on):
        lines, held = coupon_lines(list(together), held, account.currency, account.newest.minor_digits)
        made += lines
    return made, held, foreign


def _give_back(
    account: Account, terms: Iterable[Term], lines: Sequence[Line]
) -> tuple[list[Line], list[str]]:
    """What plan changes and refunds give back, by date, each of what is left of its line by then.

    On one day plan changes come first. A refund that is larger than what is left is left out and named.
    """
    known, rejected = list(lines), []
    cut = fees_cut_short(terms, lines)
    refunds = sorted(account.refunds, key=lambda r: (r.on, len(r.id), r.id))  # 9 was told before 10
    for day in sorted({refund.on for refund in refunds} | {term.period.span.end for term, _ in cut}):
        changes = [(term, fee) for term, fee in cut if term.period.span.end == day]
        known += [fee_credit_line(term, fee, left_of(fee, known)) for term, fee in changes]
        for refund in (each for each in refunds if each.on == day):
            original = next((item for item in known if item.id == refund.undoes), None)
            settled = None
            if original is not None:
                left = left_of(original, known)
                if refund.amount.currency != left.currency or refund.amount.minor > left.minor:
                    rejected.append(refund.id)
                    continue
                settled = _settled(original, left, refund.amount, net_of(original, lines))
            known.append(refund_line(account.provider, refund, original, settled))
    return known[len(lines) :], rejected


def _settled(original: Line, left: Money, back: Money, whole: Money) -> Money | None:
    """The part given back of what a card statement said a line came to."""
    if original.settled is None:
        return None
    return _part(original.settled, left - back, whole) - _part(original.settled, left, whole)


def _part(settled: Money, left: Money, whole: Money) -> Money:
    """What is left of an amount that a card statement told: full refunds leave nothing."""
    return settled.times(Fraction(left.minor, whole.minor)) if whole.minor else settled


def _closed(account: Account, lines: Sequence[Line], as_of: date) -> tuple[list[Line], list[Problem]]:
    """Closed months keep the lines they were closed with; where the facts say otherwise now, it is told."""
    open_ = [item for item in lines if not any(item.on in closed.month for closed in account.closed)]
    problems = []
    for closed in account.closed:
        now = [item for item in lines if item.on in closed.month]
        if _sums([*now, *_tax(account, now, as_of)]) != _sums(closed.lines):
            problems.append(Problem("closed_month_differs", f"{closed.month.start:%Y-%m}"))
        open_ += [replace(item, state=LineState.CLOSED) for item in closed.lines]
    return open_, problems


def _sums(lines: Iterable[Line]) -> dict[str, int]:
    sums: dict[str, int] = {}
    for item in lines:
        sums[item.amount.currency] = sums.get(item.amount.currency, 0) + item.amount.minor
    return {currency: minor for currency, minor in sums.items() if minor}


def _tax(account: Account, lines: Sequence[Line], as_of: date) -> list[Line]:
    """The tax of each month's document, under the rule each line was charged under.

    What is only scheduled is taxed apart, so that it can be shown apart; so is what gives back a charge of
    another month, at the exchange rate of the tax on that. Of rules with one rate, such as with another
    rounding, the second tax line has a number after its name.
    """
    groups: dict[tuple[Span, TaxRule, bool, int | None, Span], list[Line]] = {}
    for item in sorted(lines, key=_order):
        if item.state is LineState.CLOSED:
            continue
        version = account.version_of(item)
        ahead = item.on > as_of and item.state is LineState.ACTUAL
        month, of = month_of(item.on), month_of((item.undoes and item.rate_on) or item.on)
        groups.setdefault((month, version.tax, ahead, version.minor_digits, of), []).append(item)
    made: list[Line] = []
    named: Counter[str] = Counter()
    for (month, rule, ahead, digits, of), group in groups.items():
        last = month.end - timedelta(days=1)
        rate_on = None if of == month else of.end - timedelta(days=1)
        state = LineState.ESTIMATE if last > as_of and not ahead else LineState.ACTUAL
        parts = (str(rule.rate), "scheduled" if ahead else "", f"{of.start:%Y-%m}" if rate_on else "")
        key = "-".join(part for part in parts if part)
        for item in tax_lines(
            account.provider, group, rule, last, key=key, state=state, digits=digits, rate_on=rate_on
        ):
            named[item.id] += 1
            again = named[item.id]
            made.append(replace(item, id=f"{item.id}-{again}") if again > 1 else item)
    return made


def _order(item: Line) -> tuple[date, int, str]:
    return item.on, _RANK[item.kind], item.id


_RANK = {kind: rank for rank, kind in enumerate(LineKind)}
