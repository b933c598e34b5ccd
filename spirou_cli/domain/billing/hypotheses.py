"""What a bill would have been with one rule changed: the usual reasons an invoice differs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal
from fractions import Fraction

from spirou_cli.domain.billing.account import Account
from spirou_cli.domain.billing.ledger import ledger_of
from spirou_cli.domain.billing.lines import Line, LineKind
from spirou_cli.domain.billing.reconcile import Document
from spirou_cli.domain.billing.statement import tax_inside
from spirou_cli.domain.billing.tax import Taxed
from spirou_cli.domain.money import round_half_away
from spirou_cli.domain.plan import (
    Duration,
    PlanVersion,
    Proration,
    Rounding,
    RoundMode,
    Scope,
    Span,
    TaxMode,
    TaxRule,
)
from spirou_cli.domain.record import replace

__all__ = ["document", "hypotheses"]

INCREMENTS_S = (60, 360, 900)
RATES = tuple(map(Decimal, (*range(1, 31), "2.1", "2.6", "3.8", "5.5", "8.1", "13.5", "25.5")))
"""Per cent: whole ones, and those that France, Switzerland, Ireland and Finland have beside them."""


def document(account: Account, span: Span, *, as_of: date) -> Document:
    """The bill of a span as the invoice it should be, in the currency of the account's plans."""
    charged = ledger_of(account, span, as_of=as_of).charged(span)
    lines = [item for item in charged if item.amount.currency == account.currency]
    total = sum(item.amount.minor for item in lines)
    added = sum(item.amount.minor for item in lines if item.kind is LineKind.TAX)
    inside = sum(taxed.tax.minor for taxed in _inside(account, lines))
    credit = sum(item.amount.minor for item in lines if item.kind is LineKind.CREDIT)
    service = tuple((item.kind.value, item.amount.minor) for item in lines if item.kind is not LineKind.TAX)
    tax = added + inside
    return Document(account.currency, service, total - tax - credit, tax, total, bool(inside))


def _inside(account: Account, lines: Iterable[Line]) -> Iterator[Taxed]:
    """The tax that lines have in them, each under its own rule."""
    by_rule: dict[TaxRule, list[Line]] = {}
    for item in lines:
        by_rule.setdefault(account.version_of(item).tax, []).append(item)
    for rule, together in by_rule.items():
        yield from tax_inside(together, rule)


def hypotheses(account: Account, span: Span, *, as_of: date, tax: int = 0) -> list[tuple[str, int]]:
    """(name, total in minor units) of the span's bill under each hypothesis that changes anything.

    ``tax`` is the invoice's: at which usual rate it may have been added.
    """
    unchanged = document(account, span, as_of=as_of)
    others = (*_others(account), *_taxed(account, unchanged.net, tax))
    totals = ((name, document(other, span, as_of=as_of).total) for name, other in others)
    return [(name, total) for name, total in totals if total != unchanged.total]


def _others(account: Account) -> Iterator[tuple[str, Account]]:
    account = replace(account, closed=())
    yield from _coupons(account)
    yield "no_proration", _terms(account, prorate=Proration.NONE)
    yield "months_of_30_days", _terms(account, prorate=Proration.FIXED30)
    yield from _roundings(account)
    yield from _taxes(account)
    yield "previous_prices", replace(account, plans=tuple(_previous(account)))


def _previous(account: Account) -> Iterator[PlanVersion]:
    """The versions as they were before each plan's last change."""
    for name in sorted(account.plan_names):
        versions = sorted((v for v in account.plans if v.name == name), key=lambda v: (v.effective_on, v.id))
        yield from versions[:-1] or versions


def _coupons(account: Account) -> Iterator[tuple[str, Account]]:
    if account.coupons:
        yield "coupon_not_applied", replace(account, coupons=())
    for name, more in (("coupon_one_cycle_more", 1), ("coupon_one_cycle_less", -1)):
        changed = tuple(
            replace(c, cycles=max(0, (c.cycles or 0) + more)) if c.duration is Duration.CYCLES else c
            for c in account.coupons
        )
        yield name, replace(account, coupons=changed)


def _roundings(account: Account) -> Iterator[tuple[str, Account]]:
    """Other scopes and increments; sums that were rounded before can't be rounded again."""
    if not account.entries:
        return
    for scope in Scope:
        for step in INCREMENTS_S:
            minimum = account.newest.rounding.minimum_s
            rounding = Rounding(step, RoundMode.CEIL, scope, minimum)
            yield f"rounded_up_{step // 60}_min_per_{scope}", _terms(account, rounding=rounding)


def _taxes(account: Account) -> Iterator[tuple[str, Account]]:
    for name, mode in (("tax_included", TaxMode.INCLUSIVE), ("no_tax", TaxMode.NONE)):
        plans = tuple(replace(v, tax=replace(v.tax, mode=mode)) for v in account.plans)
        yield name, replace(account, plans=plans)


def _taxed(account: Account, net: int, tax: int) -> Iterator[tuple[str, Account]]:
    """The rates at which ``tax`` would be added to ``net``."""
    for rate in RATES:
        if tax and round_half_away(Fraction(rate) * net / 100) == tax:
            rule = TaxRule(TaxMode.EXCLUSIVE, rate)
            yield f"tax_of_{rate}", _terms(replace(account, closed=()), tax=rule)


def _terms(account: Account, **changed: Proration | Rounding | TaxRule) -> Account:
    plans: tuple[PlanVersion, ...] = tuple(replace(v, **changed) for v in account.plans)
    return replace(account, plans=plans)
