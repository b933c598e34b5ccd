"""Time used: what providers reported, what the person says of it, and time that only they know."""

from __future__ import annotations

import sqlite3

from spirou_cli.domain import events as e
from spirou_cli.domain.errors import InvalidInput, NoSuchThing, mark
from spirou_cli.domain.record import record
from spirou_cli.domain.task import Task
from spirou_cli.service.context import Context
from spirou_cli.service.lookup import by_id, find, named
from spirou_cli.storage import queries, rows
from spirou_cli.storage.queries import Usage

__all__ = ["Entry", "Period", "add", "fix", "listing"]


@record(kw_only=True)
class Period:
    """Which entries: UTC milliseconds, ``until`` included; empty fields don't restrict."""

    since: int | None = None
    until: int | None = None
    task: str = ""
    provider: str = ""


@record
class Entry:
    """One line of time, with whose task it is."""

    usage: Usage
    task: Task
    provider: str

    @property
    def seconds(self) -> int:
        """The figure that counts: the person's own where there is one."""
        return self.usage.quantity if self.usage.mine is None else self.usage.mine


def listing(context: Context, wanted: Period) -> list[Entry]:
    """The lines of time, oldest first."""
    with context.read() as connection:
        task_id = find(connection, wanted.task).id if wanted.task else None
        account_id = named(connection, wanted.provider).id if wanted.provider else None
        lines = queries.time_lines(
            connection, task_id=task_id, account_id=account_id, since=wanted.since, until=wanted.until
        )
        return [_entry(connection, line) for line in lines]


def add(
    context: Context,
    reference: str,
    seconds: int,
    *,
    note: str = "",
    at: int | None = None,
    own: bool = False,
) -> Entry:
    """Note time that no provider reports: theirs, or one's ``own``, which no bill has."""
    if seconds <= 0:
        raise InvalidInput(mark("A time is more than nothing."), mark("spirou time add ID 10m"))
    with context.write() as log:
        task = find(log.connection, reference)
        event = e.UsageRecorded(
            key=f"me:{log.new_id()}",
            unit="own_second" if own else "second",
            quantity=seconds,
            source="me",
            note=note,
            used_at=at,
        )
        log.append(task.id, event)
        return _entry(log.connection, queries.usage_of(log.connection, task.id)[-1])


def fix(context: Context, number: int, seconds: int | None, *, reason: str) -> Entry:
    """Set the person's own figure beside the provider's; None goes back to theirs."""
    with context.write() as log:
        line = queries.usage_numbered(log.connection, number)
        if line is None or line.unit != "second":
            raise NoSuchThing(
                mark("There is no time entry {number}."), mark("spirou time list"), number=number
            )
        log.append(line.task_id, e.UsageCorrected(line=line.line, quantity=seconds, note=reason))
        return _entry(log.connection, queries.usage_numbered(log.connection, number) or line)


def _entry(connection: sqlite3.Connection, line: Usage) -> Entry:
    task = rows.task(connection, line.task_id)
    if task is None:
        raise RuntimeError("a line of time without its task")
    account = by_id(connection, line.account_id)
    return Entry(line, task, account.name if account else "")
