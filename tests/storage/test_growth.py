"""What is asked all day long reads what is open, never what is past: seen in SQLite's own plans."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from spirou_cli.service import overview, tasks
from spirou_cli.service.context import Context
from spirou_cli.service.counts import counts
from spirou_cli.storage import outbox

GROWS = ("event", "text", "op", "inbox", "task", "message", "artifact", "usage")
"""The tables that get longer with every year."""

PARTIAL = ("task_open", "task_place", "op_open", "inbox_waiting", "event_ledger")
"""Indexes on what is open or rare: reading one whole is no reading of the past."""

COMMANDS: dict[str, Callable[[Context], object]] = {
    "status": overview.status,
    "list": lambda context: overview.listing(context, overview.Filter()),
    "add": lambda context: tasks.add(context, tasks.NewTask(title="A task", draft=True)),
    "status --short": lambda context: counts(context.store().connection),
    "push": lambda context: outbox.open_ops(context.store().connection),
}


def read_whole(plan: str) -> bool:
    """Whether a step of a query plan reads a growing table, or an index over all of it, from end to end."""
    scan = re.match(r"SCAN (\w+)(?: USING (?:COVERING )?INDEX (\w+))?$", plan)
    return scan is not None and scan[1] in GROWS and scan[2] not in PARTIAL


@pytest.mark.parametrize("name", COMMANDS)
def test_no_daily_question_reads_the_past(tmp_path: Path, name: str) -> None:
    """No statement goes through a whole table that grows, nor through an index of all of it."""
    context = Context(
        path=tmp_path / "spirou.db",
        now=lambda: datetime(2026, 11, 23, tzinfo=UTC),
        adapter=lambda context, account: pytest.fail("nothing is sent"),
        zone=UTC,
    )
    connection = context.store().connection
    statements: set[str] = set()

    connection.set_trace_callback(statements.add)
    COMMANDS[name](context)
    connection.set_trace_callback(None)

    asked = [text for text in statements if re.match(r"\s*(SELECT|INSERT|UPDATE|DELETE)", text)]
    plans = {
        text: [row["detail"] for row in connection.execute(f"EXPLAIN QUERY PLAN {text}")] for text in asked
    }
    assert plans
    assert {text: plan for text, plan in plans.items() if any(map(read_whole, plan))} == {}
