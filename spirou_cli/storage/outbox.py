"""The rows of the outbox: written with the fact they belong to, claimed before a byte leaves."""

from __future__ import annotations

import json
import sqlite3
from typing import TYPE_CHECKING, Any

from spirou_cli.domain.ops import Op, OpKind, OpState
from spirou_cli.domain.record import fields
from spirou_cli.storage import codec

if TYPE_CHECKING:
    from spirou_cli.domain.delivery import Settled

__all__ = [
    "add",
    "claim",
    "count_submits",
    "get",
    "hurry",
    "hurry_all",
    "interrupted",
    "move",
    "newest",
    "of_task",
    "open_ops",
    "payload",
    "settle",
]

_OPEN = "state IN ('queued', 'sending', 'uncertain', 'held')"
_COLUMNS = ", ".join(fields(Op))


def add(
    connection: sqlite3.Connection,
    *,
    op_id: str,
    task_id: str,
    account_id: str,
    kind: OpKind,
    payload: object,
    at: int,
) -> None:
    """Queue work for a provider; ``payload`` is frozen as canonical JSON under its sha256."""
    text = codec.to_json({"op": op_id, "payload": codec.encode(payload)})
    name = codec.fingerprint(task_id, text)
    connection.execute(
        "INSERT INTO text (hash, task_id, body) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
        (name, task_id, text),
    )
    connection.execute(
        """
        INSERT INTO op (id, task_id, account_id, kind, payload, created_at) VALUES (?, ?, ?, ?, ?, ?)
        """,
        (op_id, task_id, account_id, kind.value, name, at),
    )


def open_ops(connection: sqlite3.Connection, account_id: str | None = None) -> list[Op]:
    """What has not surely arrived, in order; of one account or of all.

    The plus keeps SQLite from reading all of the past in order rather than sort what is open.
    """
    where = f"{_OPEN} AND account_id = ?" if account_id else _OPEN
    rows = connection.execute(
        f"SELECT {_COLUMNS} FROM op WHERE {where} ORDER BY +seq",
        (account_id,) if account_id else (),
    )
    return [_op(row) for row in rows]


def of_task(connection: sqlite3.Connection, task_id: str) -> list[Op]:
    """All rows of a task, final ones too."""
    rows = connection.execute(f"SELECT {_COLUMNS} FROM op WHERE task_id = ? ORDER BY seq", (task_id,))
    return [_op(row) for row in rows]


def get(connection: sqlite3.Connection, seq: int) -> Op | None:
    row = connection.execute(f"SELECT {_COLUMNS} FROM op WHERE seq = ?", (seq,)).fetchone()
    return _op(row) if row else None


def newest(connection: sqlite3.Connection) -> int:
    """The number of the newest row, 0 if there is none."""
    return int(connection.execute("SELECT coalesce(max(seq), 0) FROM op").fetchone()[0])


def count_submits(connection: sqlite3.Connection, account_id: str) -> int:
    """Submits that are on their way: each takes a place of the plan before the provider has it."""
    (count,) = connection.execute(
        f"SELECT count(*) FROM op WHERE account_id = ? AND kind = 'submit' AND {_OPEN}",
        (account_id,),
    ).fetchone()
    return int(count)


def payload(connection: sqlite3.Connection, op: Op) -> Any:
    """The frozen payload, or None if it was changed behind our back (its sha256 differs)."""
    row = connection.execute(
        "SELECT text.hash, text.body FROM op JOIN text ON text.hash = op.payload WHERE op.seq = ?", (op.seq,)
    ).fetchone()
    if row is None or codec.fingerprint(op.task_id, row["body"]) != row["hash"]:
        return None
    frozen = json.loads(row["body"])
    return frozen["payload"] if frozen.get("op") == op.id else None


def interrupted(connection: sqlite3.Connection, account_id: str, at: int) -> None:
    """Rows left ``sending`` by a dead process: nobody knows. The caller holds the sync lock."""
    connection.execute(
        "UPDATE op SET state = 'uncertain' WHERE state = 'sending' AND account_id = ?", (account_id,)
    )


def hurry_all(connection: sqlite3.Connection, account_id: str) -> None:
    """A person asks now: what surely didn't leave is tried at once, unless the provider asked for a pause."""
    connection.execute(
        """
        UPDATE op SET not_before = NULL
        WHERE account_id = ? AND state = 'queued' AND not_before IS NOT NULL AND answer <> 'later'
        """,
        (account_id,),
    )


def claim(connection: sqlite3.Connection, op: Op, at: int) -> bool:
    """Take the row for sending; False if it is no longer there to take.

    A row that was queued has certainly had no effect so far, however often it was tried.
    """
    cursor = connection.execute(
        """
        UPDATE op
        SET state = 'sending', in_doubt = (state = 'uncertain'), attempts = attempts + 1,
            last_attempt_at = :at, first_sent_at = coalesce(first_sent_at, :at),
            not_before = NULL, absent_at = NULL
        WHERE seq = :seq AND state IN ('queued', 'uncertain')
        """,
        {"at": at, "seq": op.seq},
    )
    return cursor.rowcount == 1


def hurry(connection: sqlite3.Connection, op: Op) -> None:
    """Let a waiting row go at the next push: a person asked for it now."""
    connection.execute("UPDATE op SET not_before = NULL WHERE seq = ? AND state = 'queued'", (op.seq,))


def settle(connection: sqlite3.Connection, op: Op, settled: Settled) -> None:
    """Record what became of the row."""
    connection.execute(
        """
        UPDATE op
        SET state = ?, error = ?, not_before = ?, absent_at = ?, same_answers = ?, answer = ?
        WHERE seq = ?
        """,
        (
            settled.state.value,
            settled.error,
            settled.not_before,
            settled.absent_at,
            settled.same_answers,
            settled.answer,
            op.seq,
        ),
    )


def move(connection: sqlite3.Connection, op: Op, state: OpState, error: str = "") -> None:
    """A move that a rule or a person decided."""
    connection.execute(
        "UPDATE op SET state = ?, error = ?, not_before = NULL, same_answers = 0 WHERE seq = ?",
        (state.value, error, op.seq),
    )


def _op(row: sqlite3.Row) -> Op:
    values = {name: row[name] for name in fields(Op)}
    words = {"kind": OpKind(row["kind"]), "state": OpState(row["state"])}
    return Op(**values | words | {"in_doubt": bool(row["in_doubt"])})
