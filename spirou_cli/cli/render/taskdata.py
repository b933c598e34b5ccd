"""Tasks as data: tab-separated records and JSON, and what can be typed next."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, tzinfo

from spirou_cli.cli.render import formats
from spirou_cli.cli.render.records import Json, with_untrusted
from spirou_cli.domain.caution import asks_for_secret
from spirou_cli.domain.states import FINAL, TaskState
from spirou_cli.service.counts import Group
from spirou_cli.service.overview import Cost, Line, Listing, Status

__all__ = [
    "GROUPS",
    "RECORD_HEADINGS",
    "TASK_FIELDS",
    "UNTRUSTED",
    "is_late",
    "json_task",
    "listing_json",
    "next_commands",
    "record",
    "status_json",
    "utc",
]


GROUPS: tuple[Group, ...] = ("needs_you", "to_review", "in_progress", "not_sent")


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
        "late": is_late(line, now),
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


def is_late(line: Line, now: int) -> bool:
    due = line.task.due_at
    return due is not None and due < now and line.task.state not in FINAL


def utc(at: int) -> str:
    return datetime.fromtimestamp(at // 1000, UTC).isoformat().replace("+00:00", "Z")


def _budgets_json(found: Status) -> list[Json]:
    from spirou_cli.cli.render.budgets import as_json

    return [as_json(each) for each in found.budgets]


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
