"""A bill's line: rounded once, with everything needed to check it on paper."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from fractions import Fraction

from spirou_cli.domain.money import Money
from spirou_cli.domain.plan import Span
from spirou_cli.domain.record import field, record

__all__ = ["COUNTED", "Formula", "Line", "LineKind", "LineState", "bases", "line", "task_weights"]


class LineKind(StrEnum):
    """What a line is for; also the tag a coupon works on."""

    FEE = "fee"
    FEE_CREDIT = "fee_credit"
    ABSENCE = "absence"
    PACK = "pack"
    OVERAGE = "overage"
    TASK = "task"
    USAGE = "usage"
    MAXIMUM = "maximum"
    TRUE_UP = "true_up"
    COUPON = "coupon"
    REFUND = "refund"
    EXCHANGE = "exchange"
    EXPENSE = "expense"
    HANDLING = "handling"
    CREDIT = "credit"
    TAX = "tax"


COUNTED = (LineKind.FEE, LineKind.OVERAGE, LineKind.USAGE)
"""Kinds that count towards a period's minimum and maximum."""


class LineState(StrEnum):
    """An estimate may still grow; an actual line changes only with its facts; a closed one never does."""

    ACTUAL = "actual"
    ESTIMATE = "estimate"
    CLOSED = "closed"


@record
class Formula:
    """How an amount came about: a template to translate, and the figures in it."""

    template: str
    fields: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.template.format_map(self.fields)


@record
class Line:
    """One amount of a bill, dated, in its own currency.

    ``exact`` is the amount before its rounding, in major units. ``sources`` are ids of the facts it comes
    from, ``shares`` their exact weights by task, ``parts`` what a discount takes off which lines.
    ``rate_on`` is the day of its exchange rate: its own, or that of the charge a refund undoes.
    ``settled`` is what it came to in the reporting currency, if known; ``card`` is what the card statement
    shows where that is not what the line is converted to, as with a refund: the rest is an exchange line.
    """

    id: str
    provider: str
    kind: LineKind
    on: date
    amount: Money
    exact: Fraction
    formula: Formula
    period: Span | None = None
    plan_version: str | None = None
    sources: tuple[str, ...] = ()
    shares: tuple[tuple[str, Fraction], ...] = ()
    parts: tuple[tuple[str, Money], ...] = ()
    undoes: str | None = None
    taxable: bool = True
    rate_on: date | None = None
    settled: Money | None = None
    card: Money | None = None
    state: LineState = LineState.ACTUAL


def line(
    provider: str,
    kind: LineKind,
    on: date,
    exact: Fraction | Money,
    currency: str,
    formula: Formula,
    *,
    key: str = "",
    period: Span | None = None,
    plan_version: str | None = None,
    sources: tuple[str, ...] = (),
    shares: tuple[tuple[str, Fraction], ...] = (),
    parts: tuple[tuple[str, Money], ...] = (),
    undoes: str | None = None,
    taxable: bool = True,
    rate_on: date | None = None,
    settled: Money | None = None,
    card: Money | None = None,
    state: LineState = LineState.ACTUAL,
    digits: int | None = None,
) -> Line:
    """A line of an exact amount, rounded here and nowhere else; to ``digits`` decimals if that is said.

    Its id is made of what it is about (``key`` tells lines of one day and kind apart), so the same facts
    give the same id whenever the bill is made.
    """
    value = Fraction(exact.amount) if isinstance(exact, Money) else exact
    return Line(
        id="/".join(part for part in (provider, on.isoformat(), kind.value, key) if part),
        provider=provider,
        kind=kind,
        on=on,
        amount=Money.of(value, currency, digits),
        exact=value,
        formula=formula,
        period=period,
        plan_version=plan_version,
        sources=sources,
        shares=shares,
        parts=parts,
        undoes=undoes,
        taxable=taxable,
        rate_on=rate_on,
        settled=settled,
        card=card,
        state=state,
    )


def bases(item: Line, by_id: Mapping[str, Line]) -> dict[str, Fraction]:
    """The lines a discount or a tax is on, as parts of 1; none for a line that stands by itself.

    What isn't among ``by_id`` can't be followed: then the line is taken to stand by itself.
    """
    if item.kind is LineKind.COUPON:
        weights = {base: Fraction(part.minor) for base, part in item.parts}
    elif item.kind is LineKind.TAX and by_id.keys() >= set(item.sources):
        weights = {base: Fraction(by_id[base].amount.minor) for base in item.sources}
    else:
        weights = {}
    whole = sum(weights.values())
    if not whole or not by_id.keys() >= weights.keys():
        return {}
    return {base: weight / whole for base, weight in weights.items()}


def task_weights(item: Line, by_id: Mapping[str, Line]) -> dict[str, Fraction]:
    """What part of a line belongs to which task; ``""`` for what belongs to none, as a fee does.

    To cut an amount by them: ``allocate(amount, list(weights.values()))``.
    """
    whole = sum(weight for _, weight in item.shares)
    if whole:
        return {task: weight / whole for task, weight in item.shares}
    weights: dict[str, Fraction] = {}
    for base, part in bases(item, by_id).items():
        for task, weight in task_weights(by_id[base], by_id).items():
            weights[task] = weights.get(task, Fraction(0)) + part * weight
    return dict(sorted(weights.items())) or {"": Fraction(1)}
