"""What the screens ask: bound SQL whose cost follows what is open, not what is closed."""

from __future__ import annotations

import sqlite3
from typing import NamedTuple

from spirou_cli.domain.money import Money
from spirou_cli.domain.task import Task
from spirou_cli.storage.rows import task_of

__all__ = [
    "Artifact",
    "Message",
    "Totals",
    "Usage",
    "artifact_counts",
    "artifacts",
    "at_provider",
    "by_client_key",
    "by_number",
    "by_ref",
    "closed_count",
    "delivered_tasks",
    "id_by_ref",
    "messages",
    "missing_artifacts",
    "number_of",
    "number_of_successor",
    "open_tasks",
    "places_taken",
    "queued_tasks",
    "search",
    "tasks",
    "tasks_worked",
    "time_lines",
    "totals",
    "usage_line",
    "usage_numbered",
    "usage_of",
    "with_ref",
]

_OPEN = "state NOT IN ('completed', 'canceled')"
_ARTIFACT = "item, at, name, locator, size, media_type, path, sha256, account_id"


class Totals(NamedTuple):
    """Time and reported cost of one task; ``seconds`` is None where nobody told."""

    seconds: int | None = None
    costs: tuple[Money, ...] = ()
    estimated: bool = False


class Message(NamedTuple):
    at: int
    mine: bool
    text: str
    question: bool
    sender: str
    op_id: str | None
    notices: tuple[str, ...] = ()


class Artifact(NamedTuple):
    """A deliverable; ``path`` (relative to the file folder) is None while its content isn't here."""

    item: str
    at: int
    name: str
    locator: str
    size: int | None
    media_type: str
    path: str | None
    sha256: str | None
    account_id: str | None

    @property
    def item_hash(self) -> str:
        """A folder name of its own: two deliverables may have one name."""
        import hashlib  # 6 ms that no screen needs

        return hashlib.sha256(self.item.encode()).hexdigest()[:12]


class Usage(NamedTuple):
    """One line of usage; ``mine`` is the person's own figure beside the provider's ``quantity``."""

    id: int
    account_id: str
    line: str
    task_id: str
    used_at: int
    unit: str
    quantity: int
    mine: int | None
    cost: Money | None
    basis: str
    source: str
    note: str


def open_tasks(connection: sqlite3.Connection) -> list[Task]:
    """All that is not closed, oldest first."""
    rows = connection.execute(f"SELECT * FROM task WHERE {_OPEN} ORDER BY number")
    return [task_of(row) for row in rows]


def tasks(connection: sqlite3.Connection, *, closed_only: bool = False) -> list[Task]:
    """Every task, or every closed one."""
    where = f"WHERE NOT ({_OPEN})" if closed_only else ""
    return [task_of(row) for row in connection.execute(f"SELECT * FROM task {where} ORDER BY number")]


def closed_count(connection: sqlite3.Connection) -> int:
    """How many are closed, as the store's triggers count them."""
    return int(connection.execute("SELECT closed FROM tally").fetchone()[0])


def open_count(connection: sqlite3.Connection, account_id: str) -> int:
    """How many tasks of the account aren't closed."""
    row = connection.execute(
        f"SELECT count(*) FROM task WHERE account_id = ? AND {_OPEN}", (account_id,)
    ).fetchone()
    return int(row[0])


def number_of(connection: sqlite3.Connection, task_id: str) -> int | None:
    row = connection.execute("SELECT number FROM task WHERE id = ?", (task_id,)).fetchone()
    return row[0] if row else None


def number_of_successor(connection: sqlite3.Connection, task_id: str) -> int | None:
    """The number of the task that took over from this one."""
    row = connection.execute("SELECT number FROM task WHERE replaces = ?", (task_id,)).fetchone()
    return row[0] if row else None


def by_number(connection: sqlite3.Connection, number: int) -> Task | None:
    return _one(connection, "number = ?", number)


def by_client_key(connection: sqlite3.Connection, key: str) -> Task | None:
    return _one(connection, "client_key = ?", key)


def by_ref(connection: sqlite3.Connection, ref: str) -> list[Task]:
    """Tasks that a provider calls ``ref``, or whose address it is."""
    rows = connection.execute("SELECT * FROM task WHERE ref = ?1 OR url = ?1 ORDER BY number", (ref,))
    return [task_of(row) for row in rows]


def id_by_ref(connection: sqlite3.Connection, account_id: str, ref: str) -> str | None:
    """The id of the account's task that the provider calls ``ref``."""
    row = connection.execute(
        "SELECT id FROM task WHERE account_id = ? AND ref = ? ORDER BY number DESC", (account_id, ref)
    ).fetchone()
    return row[0] if row else None


def queued_tasks(connection: sqlite3.Connection, account_id: str) -> list[Task]:
    """Tasks of the account that wait here, in the order they leave: urgent ones first."""
    rows = connection.execute(
        """
        SELECT * FROM task
        WHERE account_id = ? AND state = 'queued' AND state NOT IN ('completed', 'canceled')
        ORDER BY CASE priority WHEN 'high' THEN 0 WHEN 'normal' THEN 1 ELSE 2 END, number
        """,
        (account_id,),
    )
    return [task_of(row) for row in rows]


def with_ref(connection: sqlite3.Connection, account_id: str) -> set[str]:
    """Ids of the account's tasks with open ops whose name at the provider is known."""
    rows = connection.execute(
        """
        SELECT DISTINCT task.id FROM op JOIN task ON task.id = op.task_id
        WHERE op.account_id = ? AND op.state IN ('queued', 'sending', 'uncertain', 'held')
            AND task.ref IS NOT NULL
        """,
        (account_id,),
    )
    return {row[0] for row in rows}


def at_provider(
    connection: sqlite3.Connection, account_id: str, closed_since: int | None = None
) -> list[tuple[Task, str]]:
    """The account's tasks that may still change there, each with the key of its submit.

    ``closed_since``: also those that were closed after that instant, and not forgotten.
    """
    open_ = _at_provider(connection, account_id, _OPEN)
    if closed_since is None:
        return open_
    closed = "state IN ('completed', 'canceled') AND since >= ? AND NOT forgotten"
    return open_ + _at_provider(connection, account_id, closed, closed_since)


def _at_provider(
    connection: sqlite3.Connection, account_id: str, where: str, *values: int
) -> list[tuple[Task, str]]:
    rows = connection.execute(
        f"""
        SELECT task.*, (
            SELECT op.id FROM op
            WHERE op.task_id = task.id AND op.kind = 'submit' ORDER BY op.seq DESC LIMIT 1
        ) AS op_key
        FROM task
        WHERE account_id = ? AND ref IS NOT NULL AND {where}
        ORDER BY number
        """,
        (account_id, *values),
    )
    return [(task_of(row), row["op_key"] or "") for row in rows]


def missing_artifacts(
    connection: sqlite3.Connection, account_id: str, largest: int
) -> list[tuple[str, Artifact]]:
    """Deliverables whose content isn't here and that aren't known to be over the cap."""
    rows = connection.execute(
        f"""
        SELECT task_id, {_ARTIFACT} FROM artifact
        WHERE account_id = ? AND path IS NULL AND locator <> '' AND coalesce(size, 0) <= ? ORDER BY event
        """,
        (account_id, largest),
    )
    return [(row[0], Artifact(*row[1:])) for row in rows]


def search(connection: sqlite3.Connection, phrase: str) -> set[int]:
    """Numbers of the tasks whose title or body has the words of ``phrase`` in this order."""
    quoted = '"' + phrase.replace('"', '""').replace("\0", " ") + '"'
    rows = connection.execute("SELECT rowid FROM task_search WHERE task_search MATCH ?", (quoted,))
    return {row[0] for row in rows}


def places_taken(connection: sqlite3.Connection, account_id: str) -> int:
    """How many tasks the provider is known to have open."""
    (count,) = connection.execute(
        """
        SELECT count(*) FROM task
        WHERE account_id = ? AND state NOT IN ('completed', 'canceled')
            AND state IN ('submitted', 'working', 'input_required', 'auth_required', 'paused')
        """,
        (account_id,),
    ).fetchone()
    return int(count)


def totals(connection: sqlite3.Connection, task_ids: list[str]) -> dict[str, Totals]:
    """Time and cost of these tasks; a task without usage is absent."""
    found: dict[str, Totals] = {}
    for start in range(0, len(task_ids), 500):
        part = task_ids[start : start + 500]
        rows = connection.execute(
            f"""
            SELECT task_id, unit, sum(coalesce(mine, quantity)), sum(cost_minor), cost_currency,
                max(basis = 'estimated')
            FROM usage
            WHERE task_id IN ({", ".join("?" * len(part))}) GROUP BY task_id, unit, cost_currency
            """,
            part,
        )
        for task_id, unit, quantity, minor, currency, guessed in rows:
            before = found.get(task_id, Totals())
            seconds = (before.seconds or 0) + quantity if unit == "second" else before.seconds
            costs = (*before.costs, Money(minor, currency)) if minor is not None else before.costs
            estimated = before.estimated or (minor is not None and bool(guessed))
            found[task_id] = Totals(seconds, costs, estimated)
    return found


def artifact_counts(connection: sqlite3.Connection, task_ids: list[str]) -> dict[str, int]:
    """How many deliverables each of these tasks has; a task without any is absent."""
    found: dict[str, int] = {}
    for start in range(0, len(task_ids), 500):
        part = task_ids[start : start + 500]
        rows = connection.execute(
            f"""
            SELECT task_id, count(*) FROM artifact
            WHERE task_id IN ({", ".join("?" * len(part))}) GROUP BY task_id
            """,
            part,
        )
        found |= {row[0]: row[1] for row in rows}
    return found


def messages(connection: sqlite3.Connection, task_id: str) -> list[Message]:
    rows = connection.execute(
        """
        SELECT at, mine, text, question, sender, op_id, notices FROM message
        WHERE task_id = ? ORDER BY event
        """,
        (task_id,),
    )
    return [
        Message(at, bool(mine), text, bool(asked), who, op, tuple(notices.split()))
        for at, mine, text, asked, who, op, notices in rows
    ]


def artifacts(connection: sqlite3.Connection, task_id: str) -> list[Artifact]:
    rows = connection.execute(
        f"SELECT {_ARTIFACT} FROM artifact WHERE task_id = ? ORDER BY event",
        (task_id,),
    )
    return [Artifact(*row) for row in rows]


def usage_of(connection: sqlite3.Connection, task_id: str) -> list[Usage]:
    """The lines of one task, in the order they were reported."""
    rows = connection.execute("SELECT * FROM usage WHERE task_id = ? ORDER BY id", (task_id,))
    return [usage_line(row) for row in rows]


def usage_numbered(connection: sqlite3.Connection, number: int) -> Usage | None:
    """The line with this number."""
    row = connection.execute("SELECT * FROM usage WHERE id = ?", (number,)).fetchone()
    return usage_line(row) if row else None


def time_lines(
    connection: sqlite3.Connection,
    *,
    task_id: str | None = None,
    account_id: str | None = None,
    since: int | None = None,
    until: int | None = None,
) -> list[Usage]:
    """The lines of time, oldest first; what is None doesn't restrict."""
    rows = connection.execute(
        """
        SELECT * FROM usage
        WHERE unit = 'second'
            AND (:task IS NULL OR task_id = :task)
            AND (:account IS NULL OR account_id = :account)
            AND (:since IS NULL OR used_at >= :since)
            AND (:until IS NULL OR used_at <= :until)
        ORDER BY used_at, id
        """,
        {"task": task_id, "account": account_id, "since": since, "until": until},
    )
    return [usage_line(row) for row in rows]


def delivered_tasks(
    connection: sqlite3.Connection, account_id: str, since: int = 0
) -> list[tuple[str, int, int]]:
    """Id, instant and seconds of each task that the provider finished from an instant on.

    Finished is when it was first delivered: that the person takes it later, or sends it back, moves nothing.
    """
    rows = connection.execute(
        """
        SELECT task.id,
            (SELECT min(at) FROM event WHERE task_id = task.id AND (
                type = 'Accepted' OR json_extract(data, '$.state') IN ('delivered', 'completed')
            )) AS finished,
            (SELECT coalesce(sum(coalesce(mine, quantity)), 0) FROM usage
                WHERE task_id = task.id AND unit = 'second')
        FROM task
        WHERE account_id = :account AND since >= :since AND state IN ('delivered', 'completed')
            AND finished >= :since
        """,
        {"account": account_id, "since": since},
    )
    return [tuple(row) for row in rows]


def tasks_worked(connection: sqlite3.Connection, start: int, end: int) -> dict[str, list[int]]:
    """Numbers of the tasks that were handed over, changed or worked on between two instants, by account."""
    rows = connection.execute(
        """
        SELECT account_id, number FROM task
        WHERE account_id IS NOT NULL AND ref IS NOT NULL AND (
            created_at BETWEEN ?1 AND ?2 OR since BETWEEN ?1 AND ?2
            OR id IN (SELECT task_id FROM usage WHERE used_at BETWEEN ?1 AND ?2)
        )
        ORDER BY number
        """,
        (start, end),
    )
    found: dict[str, list[int]] = {}
    for account_id, number in rows:
        found.setdefault(account_id, []).append(number)
    return found


def usage_line(row: sqlite3.Row) -> Usage:
    """A row of ``usage`` as a value."""
    minor, currency = row["cost_minor"], row["cost_currency"]
    return Usage(
        id=row["id"],
        account_id=row["account_id"],
        line=row["line"],
        task_id=row["task_id"],
        used_at=row["used_at"],
        unit=row["unit"],
        quantity=row["quantity"],
        mine=row["mine"],
        cost=Money(minor, currency) if minor is not None else None,
        basis=row["basis"],
        source=row["source"],
        note=row["note"],
    )


def _one(connection: sqlite3.Connection, where: str, value: object) -> Task | None:
    row = connection.execute(f"SELECT * FROM task WHERE {where}", (value,)).fetchone()
    return task_of(row) if row else None
