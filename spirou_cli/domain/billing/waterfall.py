"""What pays for time: carried time, then included time, then packs; the rest is overage.

Tasks over a plan's cap go straight to the packs, whole or not at all; what came before them has drawn first.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from itertools import accumulate

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
    of its own, ``refused`` is what nothing pays for, and ``free`` what a trial gives.
    """

    work: tuple[Billed, ...]
    terms: tuple[TermTime, ...]
    draws: tuple[tuple[date, str, Draw], ...]
    capped: tuple[CappedTask, ...]
    refused: tuple[Billed, ...]
    free: tuple[Billed, ...]
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
    """Give every billed second to what pays for it, in order of (start, id): later work moves nothing."""
    by_term, priced, free, outside = _by_term(account, when)
    work = (*(item for items in by_term for item in items), *priced, *free)
    packs = _Packs(pack_order(account.packs, account.pack_order))
    kept, due, capped = _over_cap(when, by_term)
    refused: list[Billed] = []
    balance, held, terms = Allowance(), "", list[TermTime]()
    for term, items, own in zip(when.terms, by_term, kept, strict=True):
        if term.subscription.id != held:
            balance, held = Allowance(), term.subscription.id
        settled, over = _settle(term, own, balance)
        balance = settled.balance if settled else balance
        beyond, left = {item.id: [item] for item in over}, list[Billed]()
        for item in items:
            refused += _cover(due.get(item.id, []), capped, packs)
            left += packs.take(beyond.get(item.id, [])) or []
        terms.append(TermTime(term, tuple(own), settled, tuple(left)))
    return TimeBill(
        work,
        tuple(terms),
        tuple(packs.draws),
        tuple(capped.values()),
        tuple(refused),
        tuple(free),
        tuple(outside),
    )


def measures_time(version: PlanVersion) -> bool:
    """Whether time costs anything under a plan: it includes an amount of it, or prices it."""
    priced = version.overage_tiers is not None or any(p.meter == "second" for p in version.overage)
    return priced or version.included_s is not None


def _by_term(
    account: Account, when: Timeline
) -> tuple[list[list[Billed]], list[Billed], list[Billed], list[Billed]]:
    """Billed time of each term, each under its own version's rounding.

    Apart from it, billed as nothing: time of tasks at a price of their own, of a trial, and under no plan.
    """
    fixed = {task.id for task in account.fixed_tasks}
    given, reported = (
        list(works(entries, account.zone, account.newest.attribute_by))
        for entries in (when.free, when.entries)
    )
    work = [item for item in reported if item.task not in fixed]
    by_term: list[list[Billed]] = [[] for _ in when.terms]
    roundings = dict.fromkeys(term.version.rounding for term in when.terms)
    for rounding in roundings:
        for item in bill_work(rounding, work, when.index_of):
            index = when.index_of(item.on)
            if index is not None and when.terms[index].version.rounding == rounding:
                by_term[index].append(item)
    priced = [_unbilled(item) for item in (*given, *reported) if item.task in fixed]
    free = [_unbilled(item) for item in given if item.task not in fixed]
    outside: list[Billed] = []
    for item in sorted(account.billed, key=lambda b: (b.on, b.id)):
        index = when.index_of(item.on)
        if item.task in fixed:
            priced.append(replace(item, billed_s=0))
        elif index is not None:
            by_term[index].append(item)
        else:
            (outside if when.unplanned(item.on) else free).append(replace(item, billed_s=0))
    for each in work:
        if when.index_of(each.on) is None:
            (outside if when.unplanned(each.on) else free).append(_unbilled(each))
    return by_term, priced, free, outside


def _unbilled(work: Work) -> Billed:
    return Billed(work.id, work.task, work.on, work.seconds, 0)


def _over_cap(
    when: Timeline, by_term: list[list[Billed]]
) -> tuple[list[list[Billed]], dict[str, list[Billed]], dict[str, CappedTask]]:
    """Take tasks over their plan's cap out of the ordinary time, by their raw total.

    The rest of the time; what of those tasks packs must pay, by the id of the item at which it is due; and
    the tasks. All up to the item that goes over the cap is due there, what comes later at its own turn.
    """
    tasks: dict[str, list[Billed]] = {}
    caps: dict[str, TaskCap] = {}
    for term, items in zip(when.terms, by_term, strict=True):
        if (cap := term.version.task_cap) is not None:
            for item in items:
                tasks.setdefault(item.task, []).append(item)
                caps[item.task] = cap
    kept = {item.id: item for items in by_term for item in items}
    due: dict[str, list[Billed]] = {}
    capped: dict[str, CappedTask] = {}
    for task, items in tasks.items():
        cap = caps[task]
        needed = over_cap_s(cap, sum(item.raw_s for item in items))
        if needed == 0:
            continue
        capped[task] = CappedTask(task, Cover.REFUSED if needed is None else Cover.PACK, 0)
        above = {i.id: i for i in (_above(items, cap.seconds) if cap.over is OverCap.EXCESS else items)}
        waiting: list[Billed] = []
        for item, raw_s in zip(items, accumulate(item.raw_s for item in items), strict=True):
            if item.id in above:
                waiting.append(above[item.id])
                kept[item.id] = replace(item, billed_s=item.billed_s - above[item.id].billed_s)
            if raw_s > cap.seconds:
                due[item.id], waiting = waiting, []
    return [[k for i in items if (k := kept[i.id]).billed_s] for items in by_term], due, capped


def _cover(items: list[Billed], capped: dict[str, CappedTask], packs: _Packs) -> list[Billed]:
    """Let packs pay for items of a task over its cap, all or none of them; those refused.

    A task that was refused once stays so.
    """
    if not items:
        return []
    task = capped[items[0].task]
    if task.cover is Cover.REFUSED or packs.take(items, whole=True) is None:
        capped[task.id] = replace(task, cover=Cover.REFUSED)
        return items
    capped[task.id] = replace(task, pack_s=task.pack_s + sum(item.billed_s for item in items))
    return []


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
