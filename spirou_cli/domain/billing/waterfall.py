"""What pays for time: carried time, then included time, then packs; the rest is overage.

Tasks over a plan's cap go straight to the packs, whole or not at all.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date

from spirou_cli.domain.billing.account import Account
from spirou_cli.domain.billing.allowances import Allowance, Settled, grant, settle
from spirou_cli.domain.billing.caps import OverCap, TaskCap, over_cap_s
from spirou_cli.domain.billing.limits import CappedTask, Cover
from spirou_cli.domain.billing.packs import Draw, draw, pack_order
from spirou_cli.domain.billing.rounding import Work
from spirou_cli.domain.billing.timeline import Term, Timeline
from spirou_cli.domain.billing.worktime import Billed, bill_work, works
from spirou_cli.domain.plan import HourPack, PlanVersion
from spirou_cli.domain.record import record, replace

__all__ = ["TermTime", "TimeBill", "pour"]


@record
class TermTime:
    """A term's time and what paid for it; ``settled`` is None where the plan doesn't measure time."""

    term: Term
    billed: tuple[Billed, ...]
    settled: Settled | None
    overage: tuple[Billed, ...]

    @property
    def raw_s(self) -> int:
        return sum(item.raw_s for item in self.billed)

    @property
    def billed_s(self) -> int:
        return sum(item.billed_s for item in self.billed)

    @property
    def overage_s(self) -> int:
        return sum(item.billed_s for item in self.overage)


@record
class TimeBill:
    """All time of an account: by term, what packs gave, tasks over a cap, and time under no plan.

    ``work`` is all of it under a plan; of that, a term has what isn't taken out for a cap or for a price
    of its own, and ``refused`` is what nothing pays for.
    """

    work: tuple[Billed, ...]
    terms: tuple[TermTime, ...]
    draws: tuple[tuple[date, str, Draw], ...]
    capped: tuple[CappedTask, ...]
    refused: tuple[Billed, ...]
    outside: tuple[Billed, ...]


class _Packs:
    """Packs and what was taken of them so far."""

    def __init__(self, packs: Sequence[HourPack]) -> None:
        self._packs = packs
        self._taken: defaultdict[str, int] = defaultdict(int)
        self.draws: list[tuple[date, str, Draw]] = []

    def take(self, items: Sequence[Billed], *, whole: bool = False) -> list[Billed] | None:
        """What of ``items`` no pack covers. ``whole``: all of it is covered, or nothing is taken (None)."""
        if not self._packs:
            return None if whole and items else list(items)
        drawn = draw(self._packs, [Work(i.id, i.task, i.on, i.billed_s) for i in items], self._taken)
        if whole and drawn.overage:
            return None
        by_id = {item.id: item for item in items}
        for each in drawn.draws:
            self._taken[each.pack] += each.seconds
            self.draws.append((by_id[each.entry].on, by_id[each.entry].task, each))
        return [replace(by_id[item], billed_s=seconds) for item, seconds in drawn.overage]


def pour(account: Account, when: Timeline) -> TimeBill:
    """Give every billed second to what pays for it, in order of (start, id)."""
    by_term, priced, outside = _by_term(account, when)
    work = (*(item for items in by_term for item in items), *priced)
    packs = _Packs(pack_order(account.packs, account.pack_order))
    by_term, capped, refused = _over_cap(when, by_term, packs)
    balance, held, terms = Allowance(), "", list[TermTime]()
    for term, items in zip(when.terms, by_term, strict=True):
        if term.subscription.id != held:
            balance, held = Allowance(), term.subscription.id
        settled, over = _settle(term, items, balance)
        balance = settled.balance if settled else balance
        left = packs.take(over) or []
        terms.append(TermTime(term, tuple(items), settled, tuple(left)))
    return TimeBill(work, tuple(terms), tuple(packs.draws), tuple(capped), tuple(refused), tuple(outside))


def measures_time(version: PlanVersion) -> bool:
    """Whether time costs anything under a plan: it includes an amount of it, or prices it."""
    priced = version.overage_tiers is not None or any(p.meter == "second" for p in version.overage)
    return priced or version.included_s is not None


def _by_term(account: Account, when: Timeline) -> tuple[list[list[Billed]], list[Billed], list[Billed]]:
    """Billed time of each term, each under its own version's rounding.

    Apart from it, the time of tasks at a price of their own, billed as nothing; and time under no plan.
    """
    fixed = {task.id for task in account.fixed_tasks}
    reported = list(works(when.entries, account.zone, account.newest.attribute_by))
    work = [item for item in reported if item.task not in fixed]
    by_term: list[list[Billed]] = [[] for _ in when.terms]
    outside: list[Billed] = []
    roundings = dict.fromkeys(term.version.rounding for term in when.terms)
    for rounding in roundings:
        for item in bill_work(rounding, work, when.index_of):
            index = when.index_of(item.on)
            if index is not None and when.terms[index].version.rounding == rounding:
                by_term[index].append(item)
    priced = [Billed(i.id, i.task, i.on, i.seconds, 0) for i in reported if i.task in fixed]
    for item in sorted(account.billed, key=lambda b: (b.on, b.id)):
        index = when.index_of(item.on)
        if index is not None and item.task not in fixed:
            by_term[index].append(item)
        elif item.task in fixed:
            priced.append(replace(item, billed_s=0))
        elif when.unplanned(item.on):
            outside.append(item)
    outside += [
        Billed(item.id, item.task, item.on, item.seconds, 0) for item in work if when.unplanned(item.on)
    ]
    return by_term, priced, outside


def _over_cap(
    when: Timeline, by_term: list[list[Billed]], packs: _Packs
) -> tuple[list[list[Billed]], list[CappedTask], list[Billed]]:
    """Take tasks over their plan's cap out of the ordinary time, by their raw total, first begun first.

    The rest of the time, the tasks that were over, and the time of those refused.
    """
    tasks: dict[str, list[Billed]] = {}
    caps: dict[str, TaskCap] = {}
    for term, items in zip(when.terms, by_term, strict=True):
        if (cap := term.version.task_cap) is not None:
            for item in items:
                tasks.setdefault(item.task, []).append(item)
                caps[item.task] = cap
    covered: list[CappedTask] = []
    refused: list[Billed] = []
    left = {item.id: item for items in by_term for item in items}
    for task, items in tasks.items():
        capped, paid_by_plan = _cover(task, items, caps[task], packs)
        if capped.cover is not Cover.INCLUDED:
            covered.append(capped)
            left |= {item.id: item for item in paid_by_plan}
            refused += items if capped.cover is Cover.REFUSED else []
    rest = [[left[item.id] for item in items] for items in by_term]
    return [[item for item in items if item.billed_s] for items in rest], covered, refused


def _cover(task: str, items: list[Billed], cap: TaskCap, packs: _Packs) -> tuple[CappedTask, list[Billed]]:
    """What covers a task, and what of each of its items the plan itself pays for."""
    needed = over_cap_s(cap, sum(item.raw_s for item in items))
    if needed == 0:
        return CappedTask(task, Cover.INCLUDED, 0), items
    above = items if cap.over is OverCap.WHOLE else _above(items, cap.seconds)
    nothing = [replace(item, billed_s=0) for item in items]
    if needed is None or packs.take(above, whole=True) is None:
        return CappedTask(task, Cover.REFUSED, 0), nothing
    taken = {item.id: item.billed_s for item in above}
    within = [replace(item, billed_s=item.billed_s - taken.get(item.id, 0)) for item in items]
    return CappedTask(task, Cover.PACK, sum(taken.values())), within


def _settle(term: Term, items: Sequence[Billed], balance: Allowance) -> tuple[Settled | None, list[Billed]]:
    """The allowance of a term, and the billed time beyond it."""
    version = term.version
    if not measures_time(version):
        return None, []
    granted = grant(version.included_s or 0, term.period)
    used = sum(item.billed_s for item in items)
    settled = settle(version.rollover, balance, granted, used)
    return settled, _above(items, settled.available)


def _above(items: Iterable[Billed], covered_s: int) -> list[Billed]:
    """What is left of ``items``, in order, once the first ``covered_s`` billed seconds are paid for."""
    left = []
    for item in items:
        paid = min(covered_s, item.billed_s)
        covered_s -= paid
        if paid < item.billed_s:
            left.append(replace(item, billed_s=item.billed_s - paid))
    return left
