"""Where everything stands: what waits on me, what moves, what is stuck; from the local store alone."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Literal

from spirou_cli.domain.errors import InvalidInput, mark
from spirou_cli.domain.money import Money
from spirou_cli.domain.record import record
from spirou_cli.domain.states import TaskState
from spirou_cli.domain.task import Task
from spirou_cli.service import lookup, month
from spirou_cli.service.context import Context, milliseconds
from spirou_cli.service.counts import Group, group_of
from spirou_cli.storage import accounts, queries, tallies

if TYPE_CHECKING:
    from spirou_cli.domain.billing.fixed_price import FixedTask
    from spirou_cli.domain.ops import Op
    from spirou_cli.service.plans import Spend
    from spirou_cli.service.standing import Named
    from spirou_cli.storage.log import Recorded

__all__ = [
    "Cost",
    "Detail",
    "Filter",
    "Freshness",
    "Line",
    "Listing",
    "Status",
    "detail",
    "listing",
    "status",
]


@record
class Cost:
    """What a task cost so far. ``agreed``: at a price of its own; ``included``: the plan pays;
    ``unknown``: nobody told."""

    kind: Literal["agreed", "included", "estimated", "reported", "billed", "unknown", "none"]
    amounts: tuple[Money, ...] = ()


@record
class Line:
    """One task on a screen."""

    task: Task
    provider: str
    seconds: int | None
    cost: Cost
    files: int = 0
    """How many deliverables there are."""
    held: bool = False
    """Only the person can say whether it arrived."""
    pending: tuple[str, ...] = ()
    """What has not reached the provider yet."""

    @property
    def group(self) -> Group | None:
        return "needs_you" if self.held else group_of(self.task.state)


@record
class Freshness:
    """How old what is known of one provider is."""

    provider: str
    synced_at: int | None
    error: str = ""
    error_code: str = ""
    failing_since: int | None = None


@record
class Status:
    """The opinionated view: open tasks in the order of what the person must do."""

    at: int
    lines: tuple[Line, ...]
    synced: tuple[Freshness, ...]
    spend: Spend
    inbox: int = 0
    """Items of the inbox that wait for a person."""
    budgets: tuple[Named, ...] = ()
    """Budgets of which a threshold is reached."""

    def group(self, group: Group) -> list[Line]:
        return [line for line in self.lines if line.group == group]


@record
class Filter:
    """What ``list`` is asked for; times are UTC milliseconds, empty fields don't restrict."""

    states: frozenset[TaskState] = frozenset()
    provider: str = ""
    project: str = ""
    tags: frozenset[str] = frozenset()
    due_from: int | None = None
    due_until: int | None = None
    late: bool = False
    since: int | None = None
    until: int | None = None
    quiet_before: int | None = None
    """Only tasks about which the provider has been silent since this moment."""
    cost_unknown: bool = False
    search: str | None = None
    closed: bool = False
    everything: bool = False
    sort: str = "number"
    limit: int | None = None


@record
class Listing:
    """Filtered tasks; ``hidden_open`` and ``closed`` say what isn't shown."""

    at: int
    lines: tuple[Line, ...]
    open_total: int
    closed_total: int


@record
class Detail:
    """Everything about one task."""

    at: int
    line: Line
    messages: tuple[queries.Message, ...]
    artifacts: tuple[queries.Artifact, ...]
    usage: tuple[queries.Usage, ...]
    ops: tuple[Op, ...]
    events: tuple[Recorded, ...] = ()
    replaced_by: int | None = None
    replaces: int | None = None
    files: str = ""
    """Where the file folder is."""


def status(context: Context, provider: str = "") -> Status:
    """All open tasks, how fresh that is, and what the month costs so far."""
    with context.read() as connection:
        account = lookup.named(connection, provider) if provider else None
        found = queries.open_tasks(connection)
        if account is not None:
            found = [task for task in found if task.account_id == account.id]
        money = month.so_far(connection, context)
        now = Status(
            at=milliseconds(context.now()),
            lines=tuple(_lines(connection, money.flat, found)),
            synced=tuple(_freshness(connection)),
            spend=money.spend,
            inbox=tallies.inbox_waiting(connection),
            budgets=money.budgets,
        )
    month.keep(context, money)
    return now


def listing(context: Context, wanted: Filter) -> Listing:
    """The complete, filtered view."""
    with context.read() as connection:
        account = lookup.named(connection, wanted.provider) if wanted.provider else None
        opened = queries.open_tasks(connection)
        found = opened
        if wanted.closed or wanted.everything:
            closed = queries.tasks(connection, closed_only=True)
            found = closed if wanted.closed else sorted((*opened, *closed), key=lambda task: task.number)
        numbers = None if wanted.search is None else _search(connection, wanted.search)
        keep = _keeper(wanted, account.id if account else None, numbers, milliseconds(context.now()))
        flat = month.flat_accounts(connection, context)
        lines = list(_lines(connection, flat, [task for task in found if keep(task)]))
        if wanted.cost_unknown:
            lines = [line for line in lines if line.cost.kind == "unknown"]
        lines.sort(key=_sorter(wanted.sort))
        return Listing(
            at=milliseconds(context.now()),
            lines=tuple(lines[: wanted.limit]),
            open_total=len(opened),
            closed_total=queries.closed_count(connection),
        )


def detail(context: Context, reference: str, *, events: bool = False) -> Detail:
    """One task: brief, thread, files, time, cost and, if asked, its history."""
    from spirou_cli.storage import outbox
    from spirou_cli.storage.log import history  # loads every kind of fact

    with context.read() as connection:
        task = lookup.find(connection, reference)
        (line,) = _lines(connection, month.flat_accounts(connection, context), [task])
        return Detail(
            at=milliseconds(context.now()),
            line=line,
            messages=tuple(queries.messages(connection, task.id)),
            artifacts=tuple(queries.artifacts(connection, task.id)),
            usage=tuple(queries.usage_of(connection, task.id)),
            ops=tuple(outbox.of_task(connection, task.id)),
            events=tuple(history(connection, task.id)) if events else (),
            replaced_by=queries.number_of_successor(connection, task.id),
            replaces=queries.number_of(connection, task.replaces) if task.replaces else None,
            files=str(context.files),
        )


def _lines(connection: sqlite3.Connection, flat: frozenset[str], found: list[Task]) -> Iterable[Line]:
    from spirou_cli.service import prices

    names = {account.id: account.name for account in accounts.accounts(connection, removed=True)}
    files = queries.artifact_counts(connection, [task.id for task in found])
    totals = queries.totals(connection, [task.id for task in found])
    agreed = prices.agreed(connection)
    waiting = tallies.open_ops(connection)
    for task in found:
        total = totals.get(task.id, queries.Totals())
        ops = waiting.get(task.id, [])
        yield Line(
            task=task,
            provider=names.get(task.account_id or "", ""),
            seconds=total.seconds,
            cost=_cost(task, total, flat, agreed.get((task.account_id or "", task.id))),
            files=files.get(task.id, 0),
            held=any(state == "held" for _, state in ops),
            pending=tuple(kind for kind, _ in ops),
        )


def _cost(task: Task, total: queries.Totals, flat: frozenset[str], fixed: FixedTask | None) -> Cost:
    if fixed is not None:
        from spirou_cli.service import prices

        return Cost("agreed", (prices.cost_of(fixed, task),))
    if total.costs:
        return Cost("estimated" if total.estimated else "reported", total.costs)
    if task.account_id is None or task.state in {TaskState.DRAFT, TaskState.AWAITING_APPROVAL}:
        return Cost("none")
    return Cost("included" if task.account_id in flat else "unknown")


def _freshness(connection: sqlite3.Connection) -> Iterable[Freshness]:
    states = accounts.poll_states(connection)
    for account in accounts.accounts(connection):
        state = states.get(account.id, accounts.PollState(account.id))
        yield Freshness(account.name, state.ok_at, state.error, state.error_code, state.failing_since)


def _search(connection: sqlite3.Connection, phrase: str) -> set[int]:
    if not phrase.strip():
        raise InvalidInput(mark("There is nothing to search for."), mark('spirou list --search "dentist"'))
    return queries.search(connection, phrase)


def _keeper(
    wanted: Filter, account_id: str | None, numbers: set[int] | None, now: int
) -> Callable[[Task], bool]:
    def keep(task: Task) -> bool:
        due = task.due_at
        heard = max(task.heard_at or 0, task.since)
        return (
            (not wanted.states or task.state in wanted.states)
            and (account_id is None or task.account_id == account_id)
            and (not wanted.project or task.project == wanted.project)
            and wanted.tags <= set(task.tags)
            and (wanted.due_from is None or (due is not None and due >= wanted.due_from))
            and (wanted.due_until is None or (due is not None and due <= wanted.due_until))
            and (not wanted.late or (due is not None and due < now))
            and (wanted.since is None or task.created_at >= wanted.since)
            and (wanted.until is None or task.created_at <= wanted.until)
            and (wanted.quiet_before is None or heard < wanted.quiet_before)
            and (numbers is None or task.number in numbers)
        )

    return keep


_FAR = 2**62
_SORTS: dict[str, Callable[[Line], tuple[int | str, ...]]] = {
    "number": lambda line: (line.task.number,),
    "due": lambda line: (line.task.due_at or _FAR, line.task.number),
    "state": lambda line: (list(TaskState).index(line.task.state), line.task.number),
    "provider": lambda line: (line.provider, line.task.number),
    "waiting": lambda line: (line.task.since, line.task.number),
    "priority": lambda line: ({"high": 0, "normal": 1, "low": 2}[line.task.priority], line.task.number),
    "project": lambda line: (line.task.project, line.task.number),
}


def _sorter(name: str) -> Callable[[Line], tuple[int | str, ...]]:
    if name not in _SORTS:
        raise InvalidInput(
            mark("Tasks can't be sorted by {name}. There is: {known}."),
            mark("spirou list --sort due"),
            name=name,
            known=", ".join(_SORTS),
        )
    return _SORTS[name]
