"""The facts a provider's bill is made of."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Protocol, TypeVar

from spirou_cli.domain.billing.adjustments import Refund
from spirou_cli.domain.billing.expenses import Expense
from spirou_cli.domain.billing.fixed_price import FixedTask
from spirou_cli.domain.billing.lines import Line, LineKind
from spirou_cli.domain.billing.periods import local_date
from spirou_cli.domain.billing.usage import UsageEvent
from spirou_cli.domain.billing.worktime import Billed, TimeEntry
from spirou_cli.domain.money import Money
from spirou_cli.domain.plan import Coupon, HourPack, PackOrder, PlanVersion, Span, Subscription
from spirou_cli.domain.record import record, replace

__all__ = ["Absence", "Account", "ClosedMonth", "DoneRequest", "OtherCharge"]


@record
class DoneRequest:
    """A request answered on a local date, for plans that count requests."""

    id: str
    on: date
    seconds: int = 0


@record
class Absence:
    """Scheduled time of a dedicated assistant who wasn't there: it isn't paid."""

    id: str
    on: date
    seconds: int


@record
class OtherCharge:
    """An amount entered by hand: a charge no plan explains, or a credit (kind ``credit``, after tax)."""

    id: str
    on: date
    kind: LineKind
    amount: Money
    task: str | None = None
    note: str = ""


@record
class ClosedMonth:
    """A month settled with its provider: these lines, whatever is learned later."""

    month: Span
    lines: tuple[Line, ...]


@record
class Account:
    """Everything known about one provider's money; the order of facts changes nothing.

    Time comes as ``entries``, or as ``billed`` sums where those were made before; usage events may be
    sums too. One provider has one currency for its plans and one zone, those of its newest plan version.
    """

    provider: str
    plans: tuple[PlanVersion, ...]
    subscriptions: tuple[Subscription, ...] = ()
    coupons: tuple[Coupon, ...] = ()
    packs: tuple[HourPack, ...] = ()
    pack_order: PackOrder = PackOrder.EXPIRY
    entries: tuple[TimeEntry, ...] = ()
    billed: tuple[Billed, ...] = ()
    usage: tuple[UsageEvent, ...] = ()
    fixed_tasks: tuple[FixedTask, ...] = ()
    requests: tuple[DoneRequest, ...] = ()
    absences: tuple[Absence, ...] = ()
    expenses: tuple[Expense, ...] = ()
    refunds: tuple[Refund, ...] = ()
    charges: tuple[OtherCharge, ...] = ()
    closed: tuple[ClosedMonth, ...] = ()

    def __post_init__(self) -> None:
        if not self.plans:
            raise ValueError(f"{self.provider} has no plan")

    @property
    def newest(self) -> PlanVersion:
        return max(self.plans, key=lambda version: (version.effective_on, version.id))

    @property
    def plan_names(self) -> frozenset[str]:
        return frozenset(version.name for version in self.plans)

    @property
    def currency(self) -> str:
        return self.newest.currency

    @property
    def zone(self) -> str:
        return self.newest.zone

    def version_on(self, day: date, plan: str | None = None) -> PlanVersion:
        """The version of ``plan``, or of the plan held then, in force on a day; before all, the first."""
        name = plan or self._plan_held(day)
        versions = sorted(
            (v for v in self.plans if name in (None, v.name)), key=lambda v: (v.effective_on, v.id)
        )
        if not versions:
            raise ValueError(f"{self.provider} has no plan {name}")
        in_force = [version for version in versions if version.effective_on <= day]
        return in_force[-1] if in_force else versions[0]

    def version_of(self, item: Line) -> PlanVersion:
        """The version a line was charged under; where it names none, the one held on its day."""
        named = (version for version in self.plans if version.id == item.plan_version)
        return next(named, None) or self.version_on(item.rate_on or item.on)

    def _plan_held(self, day: date) -> str | None:
        """The plan of the last subscription begun by a day, else of the first one to come."""
        ordered = sorted(self.subscriptions, key=lambda s: (s.start, s.id))
        begun = [subscription for subscription in ordered if subscription.start <= day]
        held = begun[-1:] or ordered[:1]
        return held[0].plan if held else None

    def told_once(self) -> Account:
        """The account with each fact once by its id, and one closing of each month: the last told counts."""
        return replace(
            self,
            coupons=_once(self.coupons),
            packs=_once(self.packs),
            entries=_once(self.entries),
            billed=_once(self.billed),
            usage=_once(self.usage),
            fixed_tasks=_once(self.fixed_tasks),
            requests=_once(self.requests),
            absences=_once(self.absences),
            expenses=_once(self.expenses),
            refunds=_once(self.refunds),
            charges=_once(self.charges),
            closed=tuple({closed.month: closed for closed in self.closed}.values()),
        )

    def known_on(self, day: date) -> Account:
        """The account without what happened after ``day``; plans and subscriptions stay."""
        zone = self.zone
        return replace(
            self,
            packs=tuple(pack for pack in self.packs if pack.bought_on <= day),
            entries=tuple(e for e in self.entries if local_date(e.start, zone) <= day),
            billed=tuple(b for b in self.billed if b.on <= day),
            usage=tuple(u for u in self.usage if local_date(u.at, zone) <= day),
            fixed_tasks=tuple(task.known_on(day) for task in self.fixed_tasks),
            requests=tuple(r for r in self.requests if r.on <= day),
            absences=tuple(a for a in self.absences if a.on <= day),
            expenses=tuple(e for e in self.expenses if e.on <= day),
            refunds=tuple(r for r in self.refunds if r.on <= day),
        )

    def beside_fixed(self) -> Account:
        """The account without the use and requests of tasks at a price of their own, which pays for all."""
        fixed = {task.id for task in self.fixed_tasks}
        return replace(
            self,
            usage=tuple(event for event in self.usage if event.task not in fixed),
            requests=tuple(request for request in self.requests if request.id not in fixed),
        )


class _Named(Protocol):
    @property
    def id(self) -> str: ...


T = TypeVar("T", bound=_Named)


def _once(facts: Iterable[T]) -> tuple[T, ...]:
    return tuple({fact.id: fact for fact in facts}.values())
