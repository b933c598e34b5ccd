"""The facts of money in the log: appended like all facts, read back without those taken back."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

from spirou_cli.domain.billing.plain import from_plain, to_plain
from spirou_cli.domain.moneyfacts import KINDS, MoneyFact, TakenBack

if TYPE_CHECKING:
    from spirou_cli.storage.log import Log  # loads every kind of fact of tasks; reading needs none

__all__ = ["Entry", "append", "entries", "next_number"]


class Entry(NamedTuple):
    """One fact of money: its number in the log, when it was told, and whose money it is."""

    seq: int
    at: int
    account_id: str | None
    fact: MoneyFact


def append(log: Log, account_id: str | None, fact: MoneyFact) -> int:
    """Record a fact of money; its number in the log. None for what belongs to no account."""
    data = json.dumps(to_plain(fact), ensure_ascii=True, separators=(",", ":"), sort_keys=True)
    cursor = log.connection.execute(
        """
        INSERT INTO event (id, origin, at, task_id, account_id, type, data)
        VALUES (?, (SELECT value FROM meta WHERE key = 'origin'), ?, NULL, ?, ?, ?)
        """,
        (log.new_id(), log.at, account_id, type(fact).__name__, data),
    )
    return int(cursor.lastrowid or 0)


def next_number(connection: sqlite3.Connection) -> int:
    """The number that the next fact of the log will have, inside a write."""
    row = connection.execute("SELECT seq FROM sqlite_sequence WHERE name = 'event'").fetchone()
    return int(row[0]) + 1 if row else 1


def entries(
    connection: sqlite3.Connection,
    account_id: str | None = None,
    *,
    kinds: Iterable[type[MoneyFact]] = (),
    with_taken_back: bool = False,
) -> list[Entry]:
    """The facts of one account and those of none, or all; in order, without those taken back.

    Only those of ``kinds`` where some are named: thousands of rates needn't be read to find a plan.
    """
    names = [kind.__name__ for kind in kinds]
    names += [TakenBack.__name__] if names else []
    where = "AND (account_id = ? OR account_id IS NULL)" if account_id else ""
    where += f" AND type IN ({', '.join('?' * len(names))})" if names else ""
    rows = connection.execute(
        f"SELECT seq, at, account_id, type, data FROM event WHERE task_id IS NULL {where} ORDER BY seq",
        (*([account_id] if account_id else ()), *names),
    )
    found = [
        Entry(seq, at, account, from_plain(KINDS[kind], json.loads(data)))
        for seq, at, account, kind, data in rows
    ]
    if with_taken_back:
        return found
    gone: set[int] = set()
    for entry in reversed(found):  # a counter-entry may itself be taken back
        if isinstance(entry.fact, TakenBack) and entry.seq not in gone:
            gone.add(entry.fact.seq)
    return [e for e in found if e.seq not in gone and not isinstance(e.fact, TakenBack)]
