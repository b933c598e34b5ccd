"""The store's schema, as a list of steps that only grows; a released step is never edited.

Every step runs inside the one write transaction of ``Store.migrate``; a verified backup is made first.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable

__all__ = ["APPLICATION_ID", "MIGRATIONS", "VERSION"]

APPLICATION_ID = 0x53504952
"""«SPIR»: marks the file as ours."""

_FIRST = """
CREATE TABLE meta (
    key TEXT PRIMARY KEY,
    value ANY
) STRICT;

CREATE TABLE account (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    settings TEXT NOT NULL DEFAULT '{}',
    language TEXT NOT NULL DEFAULT '',
    paused INTEGER NOT NULL DEFAULT 0 CHECK (paused IN (0, 1)),
    removed_at INTEGER,
    created_at INTEGER NOT NULL,
    capabilities TEXT,
    plugin TEXT
) STRICT;

CREATE TABLE text (
    hash TEXT PRIMARY KEY,
    task_id TEXT NOT NULL,
    body TEXT NOT NULL
) STRICT;
CREATE INDEX text_task ON text (task_id);

CREATE TABLE event (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    origin TEXT NOT NULL,
    at INTEGER NOT NULL,
    task_id TEXT,
    account_id TEXT,
    type TEXT NOT NULL,
    data TEXT NOT NULL,
    text TEXT
) STRICT;
CREATE INDEX event_task ON event (task_id, seq) WHERE task_id IS NOT NULL;
CREATE INDEX event_ledger ON event (account_id, seq) WHERE task_id IS NULL;

CREATE TABLE op (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    task_id TEXT NOT NULL,
    account_id TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('submit', 'reply', 'edit', 'cancel', 'reopen', 'accept')),
    state TEXT NOT NULL DEFAULT 'queued'
        CHECK (state IN ('queued', 'sending', 'uncertain', 'held', 'done', 'rejected', 'withdrawn')),
    payload TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    in_doubt INTEGER NOT NULL DEFAULT 0 CHECK (in_doubt IN (0, 1)),
    first_sent_at INTEGER,
    last_attempt_at INTEGER,
    not_before INTEGER,
    absent_at INTEGER,
    same_answers INTEGER NOT NULL DEFAULT 0,
    answer TEXT NOT NULL DEFAULT '',
    error TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX op_open ON op (account_id, seq) WHERE state IN ('queued', 'sending', 'uncertain', 'held');
CREATE INDEX op_task ON op (task_id);

CREATE TABLE op_move (
    was TEXT NOT NULL,
    becomes TEXT NOT NULL,
    PRIMARY KEY (was, becomes)
) STRICT;
INSERT INTO op_move VALUES
    ('queued', 'sending'), ('queued', 'held'), ('queued', 'withdrawn'),
    ('sending', 'done'), ('sending', 'rejected'), ('sending', 'uncertain'), ('sending', 'held'),
    ('sending', 'queued'),
    ('uncertain', 'sending'), ('uncertain', 'done'), ('uncertain', 'rejected'), ('uncertain', 'held'),
    ('held', 'done'), ('held', 'queued'), ('held', 'withdrawn');

CREATE TABLE cursor (
    account_id TEXT PRIMARY KEY,
    cursor TEXT,
    polled_at INTEGER,
    ok_at INTEGER,
    error TEXT NOT NULL DEFAULT '',
    error_code TEXT NOT NULL DEFAULT '',
    failing_since INTEGER
) STRICT;

CREATE TABLE inbox (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    account_id TEXT NOT NULL,
    item TEXT NOT NULL,
    task_id TEXT,
    raw BLOB,
    received_at INTEGER NOT NULL,
    quarantined TEXT,
    unmatched TEXT,
    ref TEXT,
    fact TEXT,
    UNIQUE (account_id, item)
) STRICT;
CREATE INDEX inbox_waiting ON inbox (seq) WHERE quarantined IS NOT NULL OR unmatched IS NOT NULL;

CREATE TABLE task (
    id TEXT PRIMARY KEY,
    number INTEGER NOT NULL UNIQUE,
    client_key TEXT UNIQUE,
    state TEXT NOT NULL CHECK (state IN ('draft', 'awaiting_approval', 'queued', 'unconfirmed', 'submitted',
        'working', 'input_required', 'auth_required', 'paused', 'delivered', 'completed', 'rejected',
        'failed', 'expired', 'canceled')),
    created_at INTEGER NOT NULL,
    since INTEGER NOT NULL,
    title TEXT NOT NULL,
    body TEXT NOT NULL,
    reason TEXT,
    native TEXT NOT NULL,
    account_id TEXT,
    ref TEXT,
    url TEXT,
    due_at INTEGER,
    due_is_day INTEGER NOT NULL,
    max_time_s INTEGER CHECK (max_time_s >= 0),
    max_cost TEXT,
    priority TEXT NOT NULL CHECK (priority IN ('low', 'normal', 'high')),
    project TEXT NOT NULL,
    tags TEXT NOT NULL,
    attachments TEXT NOT NULL,
    language TEXT NOT NULL,
    replaces TEXT,
    question TEXT NOT NULL,
    choices TEXT NOT NULL,
    approved INTEGER NOT NULL,
    cancel_requested INTEGER NOT NULL,
    gone INTEGER NOT NULL,
    rating INTEGER CHECK (rating BETWEEN 1 AND 5),
    forgotten INTEGER NOT NULL,
    conflicts INTEGER NOT NULL,
    heard_at INTEGER
) STRICT;
CREATE INDEX task_open ON task (number) WHERE state NOT IN ('completed', 'canceled');
CREATE INDEX task_place ON task (account_id, state) WHERE state NOT IN ('completed', 'canceled');
CREATE INDEX task_since ON task (account_id, since, created_at, state);
CREATE INDEX task_replaces ON task (replaces) WHERE replaces IS NOT NULL;
CREATE INDEX task_ref ON task (account_id, ref) WHERE ref IS NOT NULL;

CREATE TABLE tally (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    closed INTEGER NOT NULL
) STRICT;
INSERT INTO tally VALUES (1, 0);

CREATE TABLE message (
    event INTEGER PRIMARY KEY,
    task_id TEXT NOT NULL,
    at INTEGER NOT NULL,
    mine INTEGER NOT NULL CHECK (mine IN (0, 1)),
    text TEXT NOT NULL,
    question INTEGER NOT NULL DEFAULT 0,
    sender TEXT NOT NULL DEFAULT '',
    op_id TEXT,
    notices TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX message_task ON message (task_id, event);

CREATE TABLE artifact (
    event INTEGER PRIMARY KEY,
    task_id TEXT NOT NULL,
    account_id TEXT,
    item TEXT NOT NULL,
    at INTEGER NOT NULL,
    name TEXT NOT NULL,
    locator TEXT NOT NULL,
    size INTEGER,
    media_type TEXT NOT NULL,
    path TEXT,
    sha256 TEXT,
    UNIQUE (task_id, item)
) STRICT;

CREATE TABLE usage (
    id INTEGER PRIMARY KEY,
    account_id TEXT NOT NULL,
    line TEXT NOT NULL,
    task_id TEXT NOT NULL,
    used_at INTEGER NOT NULL,
    unit TEXT NOT NULL,
    quantity INTEGER NOT NULL,
    mine INTEGER,
    cost_minor INTEGER,
    cost_currency TEXT,
    basis TEXT NOT NULL CHECK (basis IN ('reported', 'estimated', 'billed')),
    source TEXT NOT NULL CHECK (source IN ('provider', 'me')),
    note TEXT NOT NULL DEFAULT '',
    event INTEGER NOT NULL,
    UNIQUE (account_id, line)
) STRICT;
CREATE INDEX usage_task ON usage (task_id, unit, quantity, mine, cost_minor, cost_currency);
CREATE INDEX usage_month
    ON usage (account_id, used_at, unit, quantity, mine, cost_minor, cost_currency, basis, task_id, line);

CREATE VIRTUAL TABLE task_search USING fts5 (title, body, tokenize = 'unicode61 remove_diacritics 2');
"""

_TRIGGERS = (
    """
    CREATE TRIGGER event_frozen BEFORE UPDATE ON event
    BEGIN SELECT RAISE(ABORT, 'events are never changed'); END
    """,
    """
    CREATE TRIGGER event_kept BEFORE DELETE ON event
    BEGIN SELECT RAISE(ABORT, 'events are never deleted'); END
    """,
    """
    CREATE TRIGGER op_kept BEFORE DELETE ON op
    BEGIN SELECT RAISE(ABORT, 'ops are never deleted'); END
    """,
    """
    CREATE TRIGGER op_frozen BEFORE UPDATE OF seq, id, task_id, account_id, kind, payload, created_at ON op
    BEGIN SELECT RAISE(ABORT, 'the payload of an op is frozen'); END
    """,
    """
    CREATE TRIGGER op_moves BEFORE UPDATE OF state ON op
    WHEN OLD.state <> NEW.state
        AND NOT EXISTS (SELECT 1 FROM op_move WHERE was = OLD.state AND becomes = NEW.state)
        AND NOT (NEW.state = 'uncertain' AND OLD.state IN ('queued', 'sending', 'held')
            AND EXISTS (SELECT 1 FROM meta WHERE key = 'restoring' AND value = 1))
    BEGIN SELECT RAISE(ABORT, 'an illegal move in the outbox'); END
    """,
    # Counting what is closed would read all of the past.
    """
    CREATE TRIGGER task_counted AFTER INSERT ON task WHEN NEW.state IN ('completed', 'canceled')
    BEGIN UPDATE tally SET closed = closed + 1; END
    """,
    """
    CREATE TRIGGER task_recounted AFTER UPDATE OF state ON task
    WHEN (OLD.state IN ('completed', 'canceled')) <> (NEW.state IN ('completed', 'canceled'))
    BEGIN UPDATE tally SET closed = closed + iif(NEW.state IN ('completed', 'canceled'), 1, -1); END
    """,
    """
    CREATE TRIGGER task_uncounted AFTER DELETE ON task WHEN OLD.state IN ('completed', 'canceled')
    BEGIN UPDATE tally SET closed = closed - 1; END
    """,
)


def m001_first(connection: sqlite3.Connection) -> None:
    """The log, the outbox, the read tables."""
    for statement in _FIRST.split(";\n"):
        # executescript() would commit the transaction that this step must stay inside.
        connection.execute(statement)
    for trigger in _TRIGGERS:
        connection.execute(trigger)
    connection.execute("INSERT INTO meta (key, value) VALUES ('origin', lower(hex(randomblob(8))))")
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")


def m002_said(connection: sqlite3.Connection) -> None:
    """What an item said, as a hash: a provider that uses its key again for something else is noticed."""
    connection.execute("ALTER TABLE inbox ADD COLUMN said TEXT")


_KEPT = (
    """
    CREATE TABLE kept (
        name TEXT PRIMARY KEY,
        made_of TEXT NOT NULL,
        value TEXT NOT NULL
    ) STRICT
    """,
    "ALTER TABLE tally ADD COLUMN money INTEGER NOT NULL DEFAULT 0",
)
_COUNT_MONEY = "BEGIN UPDATE tally SET money = money + 1; END"
_IN_A_BILL = (
    "({row}.state IN ('delivered', 'completed', 'canceled', 'rejected', 'failed', 'expired')"
    " OR {row}.max_cost IS NOT NULL)"
)
_ASKS_MONEY = "EXISTS (SELECT 1 FROM task WHERE id = NEW.task_id AND max_cost IS NOT NULL)"
_MONEY_MOVES = {
    "fact_told": "INSERT ON event WHEN NEW.task_id IS NULL",
    "use_told": "INSERT ON usage",
    "use_changed": "UPDATE OF account_id, line, task_id, used_at, unit, quantity, mine, cost_minor,"
    " cost_currency, basis ON usage",
    "use_gone": "DELETE ON usage",
    "task_told": f"INSERT ON task WHEN {_IN_A_BILL.format(row='NEW')}",
    "task_cut": "UPDATE OF project, tags ON task"
    " WHEN OLD.project IS NOT NEW.project OR OLD.tags IS NOT NEW.tags",
    "task_moved": "UPDATE OF state, since, account_id, ref, max_cost ON task"
    f" WHEN ({_IN_A_BILL.format(row='OLD')} OR {_IN_A_BILL.format(row='NEW')})"
    " AND (OLD.state, OLD.since, OLD.account_id, OLD.ref, OLD.max_cost)"
    " IS NOT (NEW.state, NEW.since, NEW.account_id, NEW.ref, NEW.max_cost)",
    "task_gone": "DELETE ON task",
    "op_told": f"INSERT ON op WHEN {_ASKS_MONEY}",
    "op_changed": f"UPDATE OF state ON op WHEN {_ASKS_MONEY}",
    "account_told": "INSERT ON account",
    "account_changed": "UPDATE OF id, name, removed_at ON account",
    "account_gone": "DELETE ON account",
}
"""What the sums of a month are made of. A trigger too many costs a computation; one too few, the truth."""


def m003_kept(connection: sqlite3.Connection) -> None:
    """Sums that are kept until something they are made of changes, and the count of such changes."""
    for statement in _KEPT:
        connection.execute(statement)
    for name, when in _MONEY_MOVES.items():
        connection.execute(f"CREATE TRIGGER money_{name} AFTER {when} {_COUNT_MONEY}")


_NUMBERED = (
    "ALTER TABLE usage ADD COLUMN task_number INTEGER",
    "UPDATE usage SET task_number = (SELECT number FROM task WHERE id = task_id)",
    "DROP INDEX usage_month",
    """
    CREATE INDEX usage_month ON usage (account_id, used_at, unit, quantity, mine, cost_minor, cost_currency,
        basis, task_id, line, task_number)
    """,
    "DROP INDEX task_since",
    "CREATE INDEX task_since ON task (account_id, since, created_at, state, number)",
    "CREATE INDEX usage_cost ON usage (used_at) WHERE cost_minor IS NOT NULL",
)


def m004_numbered(connection: sqlite3.Connection) -> None:
    """A month's tasks are counted from two indexes, and whether it cost anything is read from one."""
    for statement in _NUMBERED:
        connection.execute(statement)


MIGRATIONS: tuple[Callable[[sqlite3.Connection], None], ...] = (
    m001_first,
    m002_said,
    m003_kept,
    m004_numbered,
)
VERSION = len(MIGRATIONS)
