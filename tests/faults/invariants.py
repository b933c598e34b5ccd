"""What must be true of a healed home, whatever was done to it: I1 to I10, one function for every test.

I1   a number that was printed is a task that is there
I2   an op has had one effect at most, and exactly one once it is done
I3   no effect at the provider without its row here
I4   only legal states, and the read tables are what the log makes of them
I5   what the provider got is what was typed
I6   every event up to the cursor is stored, once
I7   the ledger adds up to the provider's own figures, in each currency
I8   the file is whole: integrity_check and foreign_key_check
I9   the key is nowhere
I10  no control bytes reach the terminal
"""

from __future__ import annotations

import json
import shutil
import sqlite3
import tempfile
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from spirou_cli.domain.events import KINDS
from spirou_cli.domain.ops import FINAL_OPS
from spirou_cli.storage import log
from spirou_cli.storage.codec import fingerprint
from spirou_cli.storage.store import Store
from tests.faults.provider import KEY, Memory
from tests.faults.zygote import Ended

__all__ = ["Findings", "check", "check_words", "ops"]


@dataclass
class Findings:
    """What was found wrong, by the kind of wrong; ``held`` and ``open`` are no wrongs."""

    lost: list[str] = field(default_factory=list)
    duplicated: list[str] = field(default_factory=list)
    ghosts: list[str] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)
    held: int = 0
    held_and_sent: int = 0

    def wrongs(self) -> list[str]:
        """Everything that may never be."""
        named = {
            "lost": self.lost,
            "duplicated": self.duplicated,
            "ghost": self.ghosts,
            "broken": self.broken,
        }
        return [f"{name}: {what}" for name, found in named.items() for what in found]


def check(
    store: Path,
    memory: Memory,
    *,
    acked: Iterable[int] = (),
    expected: Collection[str] = (),
    may_be_open: bool = False,
    inbox: bool = True,
) -> Findings:
    """Look at a healed store beside what the provider remembers.

    ``acked`` are numbers that were printed, ``expected`` titles that must be here and there.
    ``may_be_open``: rows that still wait are no loss. ``inbox``: the provider's news has been read.
    """
    found = Findings()
    with closing(sqlite3.connect(f"file:{store}?mode=ro", uri=True)) as connection:
        connection.row_factory = sqlite3.Row
        _tasks(connection, acked, expected, found)
        _effects(connection, memory, found, may_be_open=may_be_open)
        if inbox:
            _events(connection, memory, found)
            _ledger(connection, memory, found)
        found.broken += _damage(connection)
        origin = connection.execute("SELECT count(*) FROM meta WHERE key = 'origin'").fetchone()
        found.broken += [] if origin[0] == 1 else ["no origin"]
    found.broken += _unlike_the_log(store)
    found.broken += [f"the key is in {path}" for path in _with_the_key(store.parent)]
    return found


def check_words(ended: Ended) -> list[str]:
    """I9 and I10 on what a run wrote, and P20: no traceback."""
    words = ended.out + ended.err
    found = ["a traceback"] if "Traceback (most recent" in words else []
    found += ["the key"] if KEY in words else []
    found += [repr(c) for c in set(words) if (c < " " and c not in "\n\t") or "\x7f" <= c < "\xa0"]
    return found


def ops(store: Path) -> list[sqlite3.Row]:
    """The rows of the outbox, in order."""
    with closing(sqlite3.connect(f"file:{store}?mode=ro", uri=True)) as connection:
        connection.row_factory = sqlite3.Row
        return connection.execute("SELECT * FROM op ORDER BY seq").fetchall()


def _tasks(
    connection: sqlite3.Connection, acked: Iterable[int], expected: Collection[str], found: Findings
) -> None:
    numbers = {row[0] for row in connection.execute("SELECT number FROM task")}
    titles = Counter(row[0] for row in connection.execute("SELECT title FROM task"))
    found.lost += [f"task {number}, printed as saved" for number in acked if number not in numbers]
    found.lost += [f"task {title!r}" for title in expected if not titles[title]]
    found.duplicated += [f"task {title!r} here" for title, n in titles.items() if n > 1 and title in expected]


def _effects(connection: sqlite3.Connection, memory: Memory, found: Findings, *, may_be_open: bool) -> None:
    rows = {row["id"]: row for row in connection.execute("SELECT * FROM op ORDER BY seq")}
    effects = Counter(effect.op for effect in memory.effects)
    found.duplicated += [f"{op}: {n} effects" for op, n in effects.items() if n > 1]
    found.ghosts += [f"{op} has no row" for op in effects if op not in rows]
    first_held = {row["task_id"]: row["seq"] for row in reversed(rows.values()) if row["state"] == "held"}
    for op, row in rows.items():
        if row["state"] == "held":
            found.held += 1
            found.held_and_sent += effects[op] > 0
        elif row["state"] == "done" and not effects[op]:
            found.lost.append(f"{op} is done and never arrived")
        elif row["state"] in ("rejected", "withdrawn", "queued") and effects[op]:
            found.lost.append(f"{op} is {row['state']} and did arrive")
        elif row["state"] == "queued" and first_held.get(row["task_id"], row["seq"]) < row["seq"]:
            pass  # the ops of a task go in order, and the person is asked about the one before
        elif row["state"] not in FINAL_OPS and not may_be_open:
            found.lost.append(f"{op} is still {row['state']}: {row['error']}")
    for effect in memory.effects:
        if effect.op in rows and effect.texts != _typed(connection, rows[effect.op], effect.kind):
            found.broken.append(f"{effect.op} arrived as {effect.texts}")


def _typed(connection: sqlite3.Connection, op: sqlite3.Row, kind: str) -> tuple[str, ...]:
    """The words of an op as they are frozen here."""
    row = connection.execute("SELECT * FROM text WHERE hash = ?", (op["payload"],)).fetchone()
    if row is None or fingerprint(op["task_id"], row["body"]) != row["hash"]:
        return ("a payload that was changed",)
    payload = json.loads(row["body"])["payload"]
    match kind:
        case "submit":
            return payload["title"], payload["body"]
        case "reply":
            return (payload["text"],)
    return ()


def _events(connection: sqlite3.Connection, memory: Memory, found: Findings) -> None:
    cursors = [row[0] for row in connection.execute("SELECT cursor FROM cursor WHERE cursor IS NOT NULL")]
    known = {row[0] for row in connection.execute("SELECT ref FROM task WHERE ref IS NOT NULL")}
    items = Counter(row[0] for row in connection.execute("SELECT item FROM inbox"))
    told = Counter(
        json.loads(row[0]).get("key")
        for row in connection.execute("SELECT data FROM event")
        if '"key"' in row[0]
    )
    last = max((int(cursor) for cursor in cursors), default=0)
    for event in memory.events:
        key = str(event["id"])
        if event["id"] <= last and not items[key]:
            found.lost.append(f"event {key} is before the cursor and not here")
        if told[key] > 1 + (event["type"] == "file"):
            found.duplicated.append(f"event {key} is in the log {told[key]} times")
        if event["task"] in known and event["id"] <= last and not told[key] and event["type"] in _TAKEN:
            found.lost.append(f"event {key} was read and is not in the log")


_TAKEN = {"state", "message", "work", "cost", "file"}


def _ledger(connection: sqlite3.Connection, memory: Memory, found: Findings) -> None:
    read = {row[0] for row in connection.execute("SELECT item FROM inbox WHERE unmatched IS NULL")}
    theirs: Counter[str] = Counter()
    lines: dict[str, int] = {}
    for event in memory.events:
        if str(event["id"]) in read and event["type"] == "cost":
            theirs[event["currency"]] += event["minor"]
        if str(event["id"]) in read and event["type"] == "work":
            lines[event["line"]] = event["minutes"] * 60
    theirs["second"] = sum(lines.values())
    ours: Counter[str] = Counter()
    for row in connection.execute("SELECT unit, quantity, cost_minor, cost_currency FROM usage"):
        if row["cost_currency"]:
            ours[row["cost_currency"]] += row["cost_minor"]
        if row["unit"] == "second":
            ours["second"] += row["quantity"]
    if +ours != +theirs:
        found.broken.append(f"the ledger says {dict(ours)}, the provider {dict(theirs)}")


def _damage(connection: sqlite3.Connection) -> Iterator[str]:
    rows = connection.execute("PRAGMA integrity_check").fetchall()
    yield from (str(row[0]) for row in rows if row[0] != "ok")
    yield from (f"foreign key in {row[0]}" for row in connection.execute("PRAGMA foreign_key_check"))
    unknown = {row[0] for row in connection.execute("SELECT DISTINCT type FROM event")} - set(KINDS)
    yield from (f"an event of type {name}" for name in unknown)
    orphans = connection.execute("SELECT id FROM op WHERE task_id NOT IN (SELECT id FROM task)")
    yield from (f"op {row[0]} without its task" for row in orphans)


def _unlike_the_log(store: Path) -> list[str]:
    """Read tables that aren't what a new fold of the log makes."""
    with tempfile.TemporaryDirectory(dir=store.parent.parent) as folder:
        copied = Path(shutil.copy(store, folder))
        with Store.open(copied) as opened, opened.write() as connection:
            live = log.snapshot(connection)
            log.rebuild(connection)
            made = log.snapshot(connection)
    return [
        f"{table} is not what the log makes" for table in live if _plain(live, table) != _plain(made, table)
    ]


def _plain(tables: dict[str, list[tuple[object, ...]]], table: str) -> list[tuple[object, ...]]:
    rows = tables[table]
    # a usage row's number may differ after a rebuild, and its place in the order is by account and line
    return [row[1:] for row in rows] if table == "usage" else rows


def _with_the_key(folder: Path) -> Iterator[Path]:
    for path in folder.parent.rglob("*"):
        if path.is_file() and KEY.encode() in path.read_bytes():
            yield path
