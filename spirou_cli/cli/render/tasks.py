"""Tasks on a screen: status, list, show; and the same as records and JSON."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta, tzinfo

from spirou_cli.cli.render import formats
from spirou_cli.cli.render.beginning import first_steps
from spirou_cli.cli.render.reasons import why
from spirou_cli.cli.render.records import Json, with_untrusted
from spirou_cli.cli.render.screen import Screen
from spirou_cli.cli.render.table import Cell, Column, Span, Style, Table
from spirou_cli.domain.caution import asks_for_secret
from spirou_cli.domain.errors import mark
from spirou_cli.domain.money import Money
from spirou_cli.domain.states import MINE, TaskState
from spirou_cli.service.counts import Group
from spirou_cli.service.overview import Cost, Line, Listing, Status
from spirou_cli.service.plans import Spend

__all__ = [
    "GROUPS",
    "RECORD_HEADINGS",
    "TASK_FIELDS",
    "UNTRUSTED",
    "careful",
    "cost_words",
    "json_task",
    "listing",
    "listing_json",
    "next_commands",
    "record",
    "status",
    "status_json",
    "utc",
]


GROUPS: tuple[Group, ...] = ("needs_you", "to_review", "in_progress", "not_sent")

_NEEDS_YOU = mark("Needs you ({n})")
_TO_REVIEW = mark("To review ({n})")
_IN_PROGRESS = mark("In progress ({n})")
_NOT_SENT = mark("Not sent ({n})")


def status(screen: Screen, found: Status, zone: tzinfo) -> None:
    """The opinionated view: groups in the order of what the person must do; empty ones are absent."""
    words = screen.words
    if not found.lines and not found.synced:
        first_steps(screen)
    elif not found.lines:
        screen.say(mark('Nothing delegated. spirou add "..."'))
    first = True
    parts = (
        (_NEEDS_YOU, _needs_you),
        (_TO_REVIEW, _to_review),
        (_IN_PROGRESS, _in_progress),
        (_NOT_SENT, _not_sent),
    )
    for name, (title, write) in zip(GROUPS, parts, strict=True):
        lines = found.group(name)
        if lines:
            if not first:
                screen.blank()
            first = False
            screen.line(Span(words.say(title, n=len(lines)), Style.HEADING))
            write(screen, lines, found, zone)
    _footer(screen, found)


def listing(screen: Screen, found: Listing, zone: tzinfo) -> None:
    """The complete view as a table, and what it leaves out."""
    if found.lines:
        screen.table(_table(screen, found.lines, found.at, zone, indent=0))
        screen.blank()
    words = screen.words
    shown_open = sum(line.task.state not in _CLOSED for line in found.lines)
    counted = words.plural(
        "{shown} of {n} open task.", "{shown} of {n} open tasks.", found.open_total, shown=shown_open
    )
    if found.closed_total and shown_open == len(found.lines):
        more = words.plural("--all adds {n} closed one.", "--all adds {n} closed ones.", found.closed_total)
        counted = f"{counted}  {more}"
    screen.text(counted)


def record(line: Line, zone: tzinfo) -> tuple[str | int | datetime | None, ...]:
    """One task as a tab-separated record: no words, full dates, seconds, plain amounts."""
    task, cost = line.task, line.cost
    money = cost.amounts[0] if cost.amounts else None
    return (
        task.number,
        task.title,
        line.provider,
        task.state.value,
        formats.moment(task.due_at, zone).date().isoformat() if task.due_at is not None else "",
        line.seconds if line.seconds is not None else "",
        str(money.amount) if money else "",
        money.currency if money else "",
        cost.kind,
        utc(task.since),
        task.project,
        task.ref or "",
    )


RECORD_HEADINGS = (
    "id",
    "title",
    "provider",
    "state",
    "due",
    "time_used_s",
    "cost",
    "currency",
    "basis",
    "waiting_since",
    "project",
    "ref",
)


def status_json(found: Status, zone: tzinfo) -> Json:
    """``spirou.status/1``."""
    return {
        "generated_at": utc(found.at),
        "synced": [
            {
                "provider": fresh.provider,
                "ok": not fresh.error,
                "at": utc(fresh.synced_at) if fresh.synced_at else None,
            }
            | (
                {
                    "error": {
                        "code": fresh.error_code,
                        "message": fresh.error,
                        "hint": f"spirou sync {fresh.provider}",
                    }
                }
                if fresh.error
                else {}
            )
            for fresh in found.synced
        ],
        "counts": {name: len(found.group(name)) for name in GROUPS},
        "inbox": found.inbox,
        "tasks": [json_task(line, found.at, zone) for line in found.lines],
        "spend": {
            "from": found.spend.first or None,
            "to": found.spend.last or None,
            "totals": [
                {"amount": str(money.amount), "currency": money.currency, "basis": basis}
                for money, basis in found.spend.totals
            ],
        },
        "budgets": _budgets_json(found) if found.budgets else [],
    }


def _budgets_json(found: Status) -> list[Json]:
    from spirou_cli.cli.render.budgets import as_json  # loads billing

    return [as_json(each) for each in found.budgets]


def listing_json(found: Listing, zone: tzinfo) -> Json:
    """``spirou.list/1``."""
    return {
        "tasks": [json_task(line, found.at, zone) for line in found.lines],
        "open": found.open_total,
        "closed": found.closed_total,
    }


UNTRUSTED = ("title", "question.text", "question.choices", "provider_state", "reason.text", "ref")
"""Where text from outside may stand in a task's JSON."""

TASK_FIELDS = (
    "id",
    "title",
    "provider",
    "ref",
    "url",
    "state",
    "provider_state",
    "reason",
    "due",
    "late",
    "max_time_s",
    "max_cost",
    "priority",
    "project",
    "tags",
    "time_used_s",
    "cost",
    "waiting_since",
    "created_at",
    "cancel_requested",
    "rating",
    "question",
    "pending",
    "next",
)


def json_task(line: Line, now: int, zone: tzinfo) -> Json:
    """One task as JSON. What came from outside is named in ``untrusted``."""
    task = line.task
    document: Json = {
        "id": task.number,
        "title": task.title,
        "provider": line.provider or None,
        "ref": task.ref,
        "url": task.url,
        "state": task.state.value,
        "provider_state": task.native or None,
        "reason": (
            {"code": task.reason.code, "figures": list(task.reason.figures), "text": task.reason.text or None}
            if task.reason
            else None
        ),
        "due": _due_json(line, zone),
        "late": _is_late(line, now),
        "max_time_s": task.max_time_s,
        "max_cost": task.max_cost,
        "priority": task.priority,
        "project": task.project or None,
        "tags": list(task.tags),
        "time_used_s": line.seconds,
        "cost": _cost_json(line.cost),
        "waiting_since": utc(task.since),
        "created_at": utc(task.created_at),
        "cancel_requested": task.cancel_requested,
        "rating": task.rating,
        "question": (
            {
                "text": task.question,
                "asked_at": utc(task.since),
                "choices": list(task.choices) or None,
                "asks_for_secret": asks_for_secret(task.question),
            }
            if task.question
            else None
        ),
        "pending": list(line.pending),
        "next": next_commands(line),
    }
    return with_untrusted(document, *UNTRUSTED)


def next_commands(line: Line, providers: Sequence[str] = ()) -> list[str]:
    """What can be typed next, ready to paste; one of ``providers`` is proposed where another is needed."""
    number = line.task.number
    other = next((name for name in providers if name != line.provider), "NAME")
    if line.held:
        return [f"spirou outbox list --task {number}"]
    match line.task.state:
        case TaskState.INPUT_REQUIRED | TaskState.AUTH_REQUIRED | TaskState.PAUSED:
            return [f'spirou reply {number} "..."']
        case TaskState.DELIVERED:
            return [f"spirou show {number}", f"spirou accept {number}"]
        case TaskState.REJECTED | TaskState.FAILED | TaskState.EXPIRED:
            return [f"spirou reassign {number} --to {other}", f"spirou cancel {number}"]
        case TaskState.AWAITING_APPROVAL:
            return [f"spirou send {number} --yes", f"spirou cancel {number}"]
        case TaskState.DRAFT:
            return [f"spirou send {number}"]
    return []


# --- the parts of status --------------------------------------------------------------------------

_CLOSED = frozenset({TaskState.COMPLETED, TaskState.CANCELED})


def _needs_you(screen: Screen, lines: list[Line], found: Status, zone: tzinfo) -> None:
    words = screen.words
    for line in lines:
        task = line.task
        happened = {
            TaskState.INPUT_REQUIRED: mark("asked {ago}"),
            TaskState.AUTH_REQUIRED: mark("wants an access, {ago}"),
            TaskState.PAUSED: mark("paused {ago}"),
            TaskState.AWAITING_APPROVAL: mark("to approve, {ago}"),
            TaskState.REJECTED: mark("refused {ago}"),
            TaskState.UNCONFIRMED: mark("not sure it arrived, {ago}"),
        }.get(task.state, mark("failed {ago}"))
        if line.held:
            happened = mark("not sure it arrived, {ago}")
        who = words.say(happened, ago=formats.ago(words, _since(task.since, found.at)))
        _headline(screen, line, f"{line.provider}, {who}" if line.provider else who)
        reason = why(words, task.reason, provider=line.provider, zone=zone)
        said = formats.quoted(words, task.question) if task.question else reason
        if said:
            screen.line("      ", said)
        careful(screen, task.question, "      ")
        for number, choice in enumerate(task.choices, 1):
            screen.line(f"      {number}  ", choice)
        commands = next_commands(line, [fresh.provider for fresh in found.synced])
        # with one provider there is nobody to hand it to: the next way out is the first that can be typed
        ready = [command for command in commands if not command.endswith(" NAME")] or commands
        for command in ready[:1]:
            screen.line("      > ", Span(command, Style.COMMAND))


def careful(screen: Screen, question: str, indent: str = "") -> None:
    """A line under a question that asks for what nobody should send."""
    if asks_for_secret(question):
        warning = screen.words.say(mark("It asks for a password or a key. Send neither: no task needs one."))
        screen.line(indent, Span(warning, Style.WARNING))


def _to_review(screen: Screen, lines: list[Line], found: Status, zone: tzinfo) -> None:
    words = screen.words
    for line in lines:
        ago = formats.ago(words, _since(line.task.since, found.at))
        _headline(screen, line, f"{line.provider}, {ago}")
        facts = [
            words.plural("{n} file", "{n} files", line.files) if line.files else "",
            words.say(mark("{time} used"), time=formats.hours(line.seconds))
            if line.seconds is not None
            else "",
            _plan_or_cost(screen, line.cost),
        ]
        screen.line("      ", ", ".join(fact for fact in facts if fact))
        number = line.task.number
        screen.line(
            "      > ",
            Span(words.say(mark("spirou show {id}, then spirou accept {id}"), id=number), Style.COMMAND),
        )


def _in_progress(screen: Screen, lines: list[Line], found: Status, zone: tzinfo) -> None:
    screen.table(_table(screen, lines, found.at, zone, indent=2))


def _not_sent(screen: Screen, lines: list[Line], found: Status, zone: tzinfo) -> None:
    words = screen.words
    for line in lines:
        task = line.task
        if task.state is TaskState.QUEUED:
            reason = why(words, task.reason, provider=line.provider, zone=zone)
            right = formats.state(words, task.state, reason or words.say(mark("leaves with the next sync")))
        else:
            whose = line.provider or words.say(mark("no provider"))
            reason = why(words, task.reason, provider=line.provider, zone=zone)
            right = f"{formats.state(words, task.state)}, {reason or whose}"
        _headline(screen, line, right)


def _headline(screen: Screen, line: Line, right: str) -> None:
    screen.split(f"{line.task.number:>4}  {_title(screen, line)}", right)


def _title(screen: Screen, line: Line) -> str:
    return screen.words.say(mark("(forgotten)")) if line.task.forgotten else line.task.title


def _footer(screen: Screen, found: Status) -> None:
    words = screen.words
    heard = any(fresh.error or fresh.synced_at is not None for fresh in found.synced)
    if found.lines and (found.inbox or found.spend.totals or heard):
        screen.blank()
    if found.inbox:
        screen.text(
            words.plural(
                "{n} item waits in the inbox (spirou inbox list)",
                "{n} items wait in the inbox (spirou inbox list)",
                found.inbox,
            )
        )
    if found.spend.totals:
        sums = " + ".join(
            formats.amount(words, money, estimated=estimated) for money, estimated in _sums(found.spend)
        )
        month = formats.month_name(words, int(found.spend.first[5:7])).capitalize()
        screen.say(mark("{month} so far: {sums} (spirou bill)"), month=month, sums=sums)
    if found.budgets:
        from spirou_cli.cli.render.budgets import reached  # loads billing

        reached(screen, found.budgets)
    _freshness(screen, found)


def _sums(spend: Spend) -> list[tuple[Money, bool]]:
    """The sum of each currency, and whether a part of it is an estimate."""
    sums: dict[str, Money] = {}
    guessed = {money.currency for money, basis in spend.totals if basis == "estimated"}
    for money, _ in spend.totals:
        sums[money.currency] = sums[money.currency] + money if money.currency in sums else money
    return [(money, currency in guessed) for currency, money in sums.items()]


def _freshness(screen: Screen, found: Status) -> None:
    words = screen.words
    fresh = [state for state in found.synced if not state.error and state.synced_at is not None]
    stale = [state for state in found.synced if state.error]
    if not fresh and not stale:
        return
    parts = []
    if fresh:
        oldest = min(state.synced_at or 0 for state in fresh)
        parts.append(words.say(mark("Synced {ago}"), ago=formats.ago(words, _since(oldest, found.at))))
    for state in stale:
        ago = (
            formats.ago(words, _since(state.synced_at, found.at))
            if state.synced_at
            else words.say(mark("never"))
        )
        parts.append(
            words.say(
                mark("{provider}: {ago}, {error} since (spirou sync {provider})"),
                provider=state.provider,
                ago=ago,
                error=state.error,
            )
        )
    separator = words.say(mark(", except "))
    screen.text(separator.join(parts))


# --- tables -----------------------------------------------------------------------------------------


def _table(screen: Screen, lines: Iterable[Line], now: int, zone: tzinfo, *, indent: int) -> Table:
    words = screen.words
    columns = (
        Column(words.say(mark("ID")), right=True),
        Column(words.say(mark("TASK")), title=True),
        Column(words.say(mark("PROVIDER"))),
        Column(words.say(mark("STATE"))),
        Column(words.say(mark("DUE"))),
        Column(words.say(mark("WAITING")), right=True, wide=True),
        Column(words.say(mark("TIME")), right=True),
        Column(words.say(mark("COST")), right=True),
        Column(words.say(mark("PROJECT")), wide=True),
        Column(words.say(mark("REF")), wide=True),
    )
    rows = [_row(screen, line, now, zone) for line in lines]
    return Table(columns, rows, indent=indent)


def _row(screen: Screen, line: Line, now: int, zone: tzinfo) -> tuple[Cell, ...]:
    words, task = screen.words, line.task
    word = formats.state(words, task.state)
    if task.cancel_requested:
        word = words.say(mark("cancel asked"))
    return (
        str(task.number),
        _title(screen, line),
        line.provider,
        Span(word, Style.WARNING if task.state in MINE else Style.PLAIN),
        _due_cell(screen, line, now, zone),
        formats.span(words, _since(task.since, now)),
        formats.hours(line.seconds),
        cost_words(screen, line.cost),
        task.project,
        task.ref or "",
    )


def _due_cell(screen: Screen, line: Line, now: int, zone: tzinfo) -> Cell:
    task = line.task
    if task.due_at is None:
        return formats.NOTHING
    if _is_late(line, now):
        return Span(formats.late(screen.words, _since(task.due_at, now)), Style.BAD)
    return formats.due(
        screen.words,
        formats.moment(task.due_at, zone),
        formats.moment(now, zone).date(),
        is_day=task.due_is_day,
    )


def _plan_or_cost(screen: Screen, cost: Cost) -> str:
    if cost.kind == "included":
        return screen.words.say(mark("included in plan"))
    return cost_words(screen, cost) if cost.kind != "unknown" else ""


def cost_words(screen: Screen, cost: Cost) -> str:
    words = screen.words
    if cost.kind == "included":
        return words.say(mark("included"))
    if cost.kind == "unknown":
        return "?"
    if not cost.amounts:
        return formats.NOTHING
    guessed = cost.kind == "estimated"
    return " + ".join(formats.amount(words, money, estimated=guessed) for money in cost.amounts)


def _cost_json(cost: Cost) -> object:
    amounts = [
        {"amount": str(money.amount), "currency": money.currency, "basis": cost.kind}
        for money in cost.amounts
    ]
    if len(amounts) > 1:
        return amounts
    return amounts[0] if amounts else {"amount": None, "currency": None, "basis": cost.kind}


def _due_json(line: Line, zone: tzinfo) -> Json | None:
    due = line.task.due_at
    return None if due is None else {"date": formats.moment(due, zone).date().isoformat(), "at": utc(due)}


def _is_late(line: Line, now: int) -> bool:
    due = line.task.due_at
    return due is not None and due < now and line.task.state not in _CLOSED


def _since(at: int, now: int) -> timedelta:
    return timedelta(milliseconds=max(now - at, 0))


def utc(at: int) -> str:
    return datetime.fromtimestamp(at // 1000, UTC).isoformat().replace("+00:00", "Z")
