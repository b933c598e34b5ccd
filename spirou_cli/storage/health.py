"""Whether a store is what its rules say: the file, the schema, the references, the hashes, the log."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

from spirou_cli.domain.events import KINDS
from spirou_cli.domain.ops import OpState
from spirou_cli.domain.states import TaskState
from spirou_cli.storage import codec
from spirou_cli.storage.log import rebuild, snapshot
from spirou_cli.storage.store import Store
from spirou_cli.storage.whole import wrapped

__all__ = [
    "ages",
    "changed_texts",
    "copy_of",
    "differing_tables",
    "first_after",
    "foreign_schema",
    "holes",
    "integrity",
    "missing_files",
    "orphans",
    "remember",
    "remembered",
    "repair",
    "unknown_words",
]

_REFERENCES = (
    ("event", "account_id", "account", "id"),
    ("op", "account_id", "account", "id"),
    ("task", "account_id", "account", "id"),
    ("inbox", "account_id", "account", "id"),
    ("inbox", "task_id", "task", "id"),
    ("op", "task_id", "task", "id"),
    ("task", "replaces", "task", "id"),
)
"""Columns that name a row elsewhere: child, column, parent, its key. Declared foreign keys there are none."""

_DERIVED = ("message", "artifact", "usage")
_FORGOTTEN = "SELECT task_id FROM event WHERE type = 'Forgotten'"


def integrity(connection: sqlite3.Connection) -> list[str]:
    """What SQLite itself finds wrong; at most ten lines."""
    rows = connection.execute("PRAGMA integrity_check(10)").fetchall()
    found = [str(row[0]) for row in rows if row[0] != "ok"]
    return found + [f"{row[0]} row {row[1]}" for row in connection.execute("PRAGMA foreign_key_check")]


def foreign_schema(connection: sqlite3.Connection) -> dict[str, str]:
    """Tables, indexes and triggers that are missing, changed or not ours, by name, each with what it is."""
    here = _schema(connection)
    with Store.empty() as fresh:
        ours = _schema(fresh.connection)
    found = dict.fromkeys(ours.keys() - here.keys(), "missing")
    found |= dict.fromkeys(here.keys() - ours.keys(), "not ours")
    return found | {name: "changed" for name in ours.keys() & here.keys() if ours[name] != here[name]}


def holes(connection: sqlite3.Connection) -> list[str]:
    """References to rows that aren't there: «op.account_id: 2»."""
    found = []
    for child, column, parent, key in _REFERENCES:
        (count,) = connection.execute(
            f"""
            SELECT count(*) FROM {child} WHERE {column} IS NOT NULL
                AND NOT EXISTS (SELECT 1 FROM {parent} WHERE {parent}.{key} = {child}.{column})
            """
        ).fetchone()
        if count:
            found.append(f"{child}.{column}: {count}")
    for child, column in (("event", "text"), ("op", "payload")):
        (count,) = connection.execute(
            f"""
            SELECT count(*) FROM {child} WHERE {column} IS NOT NULL
                AND NOT EXISTS (SELECT 1 FROM text WHERE text.hash = {child}.{column})
                AND coalesce(task_id, '') NOT IN ({_FORGOTTEN})
            """
        ).fetchone()
        if count:
            found.append(f"{child}.{column}: {count}")
    return found


def orphans(connection: sqlite3.Connection) -> list[str]:
    """Rows that belong to nothing: read rows without a task, texts that nothing names."""
    found = []
    for table in _DERIVED:
        (count,) = connection.execute(
            f"SELECT count(*) FROM {table} WHERE task_id NOT IN (SELECT id FROM task)"
        ).fetchone()
        if count:
            found.append(f"{table}: {count}")
    (count,) = connection.execute(
        """
        SELECT count(*) FROM text WHERE NOT EXISTS (SELECT 1 FROM event WHERE event.text = text.hash)
            AND NOT EXISTS (SELECT 1 FROM op WHERE op.payload = text.hash)
        """
    ).fetchone()
    return [*found, f"text: {count}"] if count else found


def changed_texts(connection: sqlite3.Connection) -> int:
    """How many texts are no longer what their hash says: payloads and words changed behind our back."""
    rows = connection.execute("SELECT hash, task_id, body FROM text")
    return sum(codec.fingerprint(task_id, body) != name for name, task_id, body in rows)


def unknown_words(connection: sqlite3.Connection) -> list[str]:
    """States and kinds of facts that this program doesn't know."""
    found = []
    for table, column, known in (
        ("task", "state", list(TaskState)),
        ("op", "state", list(OpState)),
        ("event", "type", list(KINDS)),
    ):
        where = "WHERE task_id IS NOT NULL" if table == "event" else ""
        rows = connection.execute(f"SELECT DISTINCT {column} FROM {table} {where}")
        found += [f"{table}.{column}: {row[0]}" for row in rows if row[0] not in known]
    return found


def copy_of(connection: sqlite3.Connection) -> Store:
    """The whole store in memory, to try things out on."""
    store = Store(sqlite3.connect(":memory:", isolation_level=None), None)
    connection.backup(store.connection)
    return store


def differing_tables(connection: sqlite3.Connection) -> list[str]:
    """Read tables that aren't what the log makes of them; tried on a copy."""
    with copy_of(connection) as copy, copy.write() as memory:
        live = snapshot(memory)
        rebuild(memory)
        made = snapshot(memory)
    return [table for table in live if live[table] != made[table]]


def missing_files(connection: sqlite3.Connection) -> Iterator[str]:
    """Paths of deliverables that should be in the file folder, relative to it."""
    return (row[0] for row in connection.execute("SELECT path FROM artifact WHERE path IS NOT NULL"))


def repair(store: Store) -> list[str]:
    """Make missing indexes and triggers again, and read tables that aren't what the log says; says what."""
    with store.read() as connection:
        # A backup of a connection that is writing would wait for itself.
        known = not any(word.startswith("event.") for word in unknown_words(connection))
        differing = differing_tables(connection) if known else []
    with Store.empty() as fresh:
        ours = _schema(fresh.connection)
    with store.write() as connection:
        missing = sorted(ours.keys() - _schema(connection).keys())
        made = [name for name in missing if ours[name].startswith(("CREATE INDEX", "CREATE TRIGGER"))]
        for name in made:
            connection.execute(ours[name])
        if differing:
            rebuild(connection)
    return made + differing


def remembered(connection: sqlite3.Connection, key: str) -> int | None:
    """A number of the store's own memory, such as ``backup_at``; None if it was never noted."""
    row = connection.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
    return int(row[0]) if row else None


def remember(connection: sqlite3.Connection, key: str, value: int) -> None:
    """Note a number in the store's own memory."""
    connection.execute(
        "INSERT INTO meta (key, value) VALUES (?1, ?2) ON CONFLICT (key) DO UPDATE SET value = ?2",
        (key, value),
    )


def first_after(connection: sqlite3.Connection, at: int) -> int | None:
    """When the first fact after ``at`` was written down."""
    found: int | None = connection.execute("SELECT min(at) FROM event WHERE at > ?", (at,)).fetchone()[0]
    return found


def ages(connection: sqlite3.Connection) -> dict[int, int]:
    """When each op was made, by its number."""
    return {row[0]: row[1] for row in connection.execute("SELECT seq, created_at FROM op")}


def _schema(connection: sqlite3.Connection) -> dict[str, str]:
    rows = wrapped(connection).query("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL")
    return {row["name"]: " ".join(row["sql"].split()) for row in rows}
