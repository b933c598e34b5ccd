"""Facts of money in the log: plans adopted, coupons, packs, purchases, refunds, rates, budgets, payments.

A fact is never changed: it is taken back by a counter-entry, ``TakenBack``. Values are those of the billing
engine, kept exactly by ``billing.plain``. Facts are for ever: add fields with defaults only.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from spirou_cli.domain.billing.account import Absence, ClosedMonth, OtherCharge
from spirou_cli.domain.billing.adjustments import Refund
from spirou_cli.domain.billing.budget import Budget
from spirou_cli.domain.billing.currency import Rate
from spirou_cli.domain.billing.expenses import Expense
from spirou_cli.domain.billing.fixed_price import FixedTask
from spirou_cli.domain.money import Money
from spirou_cli.domain.plan import Coupon, HourPack, PlanVersion, Span, Subscription
from spirou_cli.domain.record import record

__all__ = [
    "KINDS",
    "AbsenceNoted",
    "BudgetReached",
    "BudgetSet",
    "BudgetUnset",
    "ChargeEntered",
    "CouponRedeemed",
    "ExpenseEntered",
    "InvoiceChecked",
    "MoneyFact",
    "MonthClosed",
    "MonthPaid",
    "PackBought",
    "PlanAdopted",
    "PriceAgreed",
    "RateSet",
    "RatesImported",
    "RefundEntered",
    "Subscribed",
    "TakenBack",
]


@record
class MoneyFact:
    """Base of all facts of money; the account it belongs to is told beside it in the log."""


@record
class PlanAdopted(MoneyFact):
    """These terms hold from ``version.effective_on``. A change is a new version."""

    version: PlanVersion


@record
class Subscribed(MoneyFact):
    """A plan is held; the same id again replaces it, as when it ends."""

    subscription: Subscription


@record
class CouponRedeemed(MoneyFact):
    coupon: Coupon


@record
class PackBought(MoneyFact):
    pack: HourPack


@record
class ExpenseEntered(MoneyFact):
    """A purchase passed on; ``note`` says what it was."""

    expense: Expense
    note: str = ""


@record
class RefundEntered(MoneyFact):
    refund: Refund
    note: str = ""


@record
class ChargeEntered(MoneyFact):
    """An amount that no plan explains, or a credit."""

    charge: OtherCharge


@record
class AbsenceNoted(MoneyFact):
    absence: Absence


@record
class PriceAgreed(MoneyFact):
    """A task has a price of its own, agreed ``on`` a day; the same task again replaces it.

    How it ended is told by the task.
    """

    task: FixedTask
    on: date | None = None


@record
class RateSet(MoneyFact):
    """A dated exchange rate; of one day, the last one counts."""

    rate: Rate


@record
class RatesImported(MoneyFact):
    """The rates of a file, taken in and taken back together."""

    rates: tuple[Rate, ...]
    sha256: str = ""


@record
class BudgetSet(MoneyFact):
    """A monthly limit; the same scope again replaces it. ``ask``: past a hard limit ask, don't refuse.

    The scope is ``all``, ``provider:ID`` of an account, ``project:NAME`` or ``tag:NAME``.
    """

    budget: Budget
    ask: bool = True


@record
class BudgetUnset(MoneyFact):
    scope: str


@record
class BudgetReached(MoneyFact):
    """The person was told that a month's spending reached this part of the budget; told once."""

    scope: str
    month: Span
    part: Decimal


@record
class MonthPaid(MoneyFact):
    """The person paid what a provider asked for a month."""

    month: Span
    on: date
    amount: Money | None = None
    note: str = ""


@record
class InvoiceChecked(MoneyFact):
    """An invoice was compared with what was computed, with this result."""

    number: str
    month: Span
    issued_on: date
    total: Money
    computed: Money
    status: str
    explained_by: tuple[str, ...] = ()
    sha256: str | None = None


@record
class MonthClosed(MoneyFact):
    """A settled month keeps its lines, whatever is learned later."""

    closed: ClosedMonth


@record
class TakenBack(MoneyFact):
    """A counter-entry: fact number ``seq`` of the log no longer counts."""

    seq: int


KINDS: dict[str, type[MoneyFact]] = {
    name: kind
    for name, kind in list(globals().items())
    if name in __all__ and isinstance(kind, type)
    if issubclass(kind, MoneyFact) and kind is not MoneyFact
}
"""Every kind of fact of money by its name in the log."""
