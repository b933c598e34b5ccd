"""The story of one sync, account by account: what arrived, what was told, what still waits and why."""

from __future__ import annotations

from collections.abc import Sequence

from spirou_cli.domain.ops import OpKind
from spirou_cli.domain.record import record
from spirou_cli.service import histories, outbox
from spirou_cli.service.context import Context
from spirou_cli.service.histories import Fact
from spirou_cli.service.outbox import Row
from spirou_cli.service.sync import Synced
from spirou_cli.storage import queries

__all__ = ["Story", "stories"]

_WITH_A_FACT = frozenset({OpKind.SUBMIT, OpKind.CANCEL})
"""What becomes of these is a fact in the task's history."""


@record
class Story:
    """What one sync did with one account. ``arrived``: kind and task number of ops that leave no fact."""

    synced: Synced
    arrived: tuple[tuple[OpKind, int], ...]
    facts: tuple[Fact, ...]
    waiting: tuple[Row, ...]


def stories(context: Context, results: Sequence[Synced]) -> list[Story]:
    """The story of each result, read back from the log and the outbox: it tells what is recorded."""
    since = min((result.since for result in results), default=0)
    told = [fact for fact in histories.facts(context, after=since) if fact.who != "me"]
    waiting = outbox.listing(context)
    with context.read() as connection:
        return [
            Story(
                result,
                tuple(
                    (op.kind, queries.number_of(connection, op.task_id) or 0)
                    for op in (result.pushed.done if result.pushed else ())
                    if op.kind not in _WITH_A_FACT
                ),
                tuple(fact for fact in told if fact.recorded.account_id == result.account.id),
                tuple(row for row in waiting if row.account.id == result.account.id),
            )
            for result in results
        ]
