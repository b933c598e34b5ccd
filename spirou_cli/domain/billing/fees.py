"""Lines of fees: each period's, what a plan change gives back, and the time a seat was empty."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction

from spirou_cli.domain.billing.account import Absence
from spirou_cli.domain.billing.lines import Formula, Line, LineKind, line
from spirou_cli.domain.billing.pricing import clock_text
from spirou_cli.domain.billing.proration import Share, prorate
from spirou_cli.domain.billing.refunds import left_of, net_of
from spirou_cli.domain.billing.timeline import Term
from spirou_cli.domain.errors import mark
from spirou_cli.domain.money import Money
from spirou_cli.domain.plan import Interval, Proration, Span, Timing

__all__ = ["absence_lines", "fee_credit_line", "fee_lines", "fees_cut_short", "unused_part"]


def fee_lines(term: Term) -> list[Line]:
    """The fee of a term: on its first day if it is charged in advance, else on its last."""
    version, paid = term.version, term.paid
    if not version.fee:
        return []
    share = _share(term, paid)
    full = Money.of(version.fee, version.currency)
    fields = {"fee": str(full.amount), "days": str(share.days), "of": str(share.period_days)}
    partial = share.exact != Fraction(version.fee)
    return [
        line(
            version.provider,
            LineKind.FEE,
            paid.start if version.timing is Timing.ADVANCE else term.last_day,
            share.exact,
            version.currency,
            Formula(mark("{fee} × {days}/{of} days") if partial else "{fee}", fields),
            key=term.subscription.id,
            period=paid,
            plan_version=version.id,
            sources=(term.subscription.id,),
            digits=version.minor_digits,
        )
    ]


def fees_cut_short(terms: Iterable[Term], lines: Sequence[Line]) -> list[tuple[Term, Line]]:
    """Fees paid in advance of terms that another plan cuts short: what is left of them is given back."""
    return [(term, fee) for term in terms if unused_part(term) for fee in _fees(term, lines)]


def unused_part(term: Term) -> Fraction:
    """How much of its fee, from 0 to 1, a term that another plan cuts short leaves unused."""
    version = term.version
    if not term.superseded or version.timing is Timing.ARREARS or version.prorate is Proration.NONE:
        return Fraction(0)
    return Fraction(*_unused_days(term))


def fee_credit_line(term: Term, fee: Line, paid: Money) -> Line:
    """The unused days of a fee, on the day another plan takes over.

    ``paid`` is what was really charged, less what was given back: after a coupon of 100 % there is nothing
    left to give back (stripe-dotnet issue 3103).
    """
    change = term.period.span.end
    left, of = _unused_days(term)
    fields = {"fee": str(paid.amount), "left": str(left), "of": str(of)}
    return line(
        fee.provider,
        LineKind.FEE_CREDIT,
        change,
        -Fraction(paid.amount) * left / of,
        fee.amount.currency,
        Formula(mark("unused time: −{fee} × {left}/{of} days"), fields),
        key=term.subscription.id,
        period=Span(change, term.paid.end),
        plan_version=term.version.id,
        sources=(fee.id,),
        undoes=fee.id,
        rate_on=fee.on,
        digits=term.version.minor_digits,
    )


def absence_lines(terms: Iterable[Term], absences: Iterable[Absence], lines: Sequence[Line]) -> list[Line]:
    """A seat's fee less the scheduled time nobody was there: of what was really paid, what isn't back yet."""
    ordered = sorted(absences, key=lambda absence: (absence.on, absence.id))
    made: list[Line] = []
    for term in terms:
        inside = [absence for absence in ordered if absence.on in term.period.span]
        if term.version.scheduled_s and inside:
            for fee in _fees(term, lines):
                made += _absences(term, fee, inside, lines)
    return made


def _unused_days(term: Term) -> tuple[int, int]:
    """The days that a plan change leaves of those paid for."""
    unused = _share(term, Span(term.period.span.end, term.paid.end))
    return unused.days, unused.period_days if term.paid == term.period.whole else _share(term, term.paid).days


def _fees(term: Term, lines: Iterable[Line]) -> list[Line]:
    return [
        fee
        for fee in lines
        if fee.kind is LineKind.FEE and fee.period == term.paid and term.subscription.id in fee.sources
    ]


def _absences(term: Term, fee: Line, absences: Iterable[Absence], lines: Sequence[Line]) -> Iterator[Line]:
    version, net = term.version, net_of(fee, lines)
    left = left_of(fee, lines)
    scheduled = Fraction(version.scheduled_s or 0) * fee.exact / Fraction(version.fee)
    for absence in absences if net.minor else ():
        absent = min(Fraction(absence.seconds), scheduled * left.minor / net.minor)
        unpaid = line(
            version.provider,
            LineKind.ABSENCE,
            max(absence.on, fee.on),
            -Fraction(net.amount) * absent / scheduled,
            version.currency,
            Formula(
                mark("−{fee} × {absent}/{scheduled} h"),
                {
                    "fee": str(net.amount),
                    "absent": clock_text(int(absent)),
                    "scheduled": clock_text(int(scheduled)),
                },
            ),
            key=absence.id,
            period=term.period.span,
            plan_version=version.id,
            sources=(absence.id,),
            undoes=fee.id,
            rate_on=fee.on,
            digits=version.minor_digits,
        )
        left += unpaid.amount
        yield unpaid


def _share(term: Term, served: Span) -> Share:
    """The fee for ``served`` days of a term. A whole period costs the whole fee.

    Months of 30 days say what a part of a month costs: 28 February to 31 March would count 33 of them,
    and they say nothing of a week or a year.
    """
    version, whole = term.version, term.period.whole
    policy = version.prorate
    if served == whole:
        policy = Proration.NONE
    elif policy is Proration.FIXED30 and version.interval != Interval():
        policy = Proration.DAYS
    return prorate(version.fee, version.currency, whole=whole, served=served, policy=policy)
