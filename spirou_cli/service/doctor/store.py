"""The store from the inside: integrity, schema, references, hashes, the log against the read tables."""

from __future__ import annotations

import fcntl
import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import suppress

from spirou_cli.domain.errors import SpirouError, mark
from spirou_cli.domain.ops import OpState
from spirou_cli.service.context import Context, milliseconds
from spirou_cli.service.copies import BACKUP_AT
from spirou_cli.service.doctor.finding import Finding
from spirou_cli.storage import accounts, health, outbox

__all__ = ["findings", "repair"]

_HOUR = 3_600_000
_DAY = 24 * _HOUR
_BACKUP_DAYS = 30

_WAY_OUT = mark(
    "spirou restore BACKUP   or: spirou export > all.json, then spirou --db NEW.db import all.json"
)
_REPAIR = mark("spirou doctor --repair")


def findings(context: Context) -> list[Finding]:
    """What is wrong inside; a store that can't be opened is one finding, in its own words."""
    try:
        with context.read() as connection:
            damage = health.integrity(connection)
            if damage:
                return [_damage(damage)]
            found = [finding for check in _CHECKS for finding in check(connection)]
            return found + [finding for look in _LOOKS for finding in look(context, connection)]
    except SpirouError as error:
        return [Finding.of("STORE", error, stops=True)]
    except sqlite3.DatabaseError as error:
        return [_damage([str(error)])]


def repair(context: Context) -> list[str]:
    """Make again what the log can make."""
    if not context.path.exists():
        return []
    return health.repair(context.store())


def _damage(lines: list[str]) -> Finding:
    return Finding(
        "INTEGRITY",
        mark("The store is damaged: {damage}."),
        _WAY_OUT,
        {"damage": "; ".join(lines)},
        stops=True,
    )


def _schema(connection: sqlite3.Connection) -> Iterator[Finding]:
    for name, what in sorted(health.foreign_schema(connection).items()):
        yield Finding("SCHEMA", mark("In the store {name} is {what}."), _REPAIR, {"name": name, "what": what})


def _references(connection: sqlite3.Connection) -> Iterator[Finding]:
    for where in health.holes(connection):
        yield Finding(
            "HOLE",
            mark("Something in the store names what isn't there ({where})."),
            _WAY_OUT,
            {"where": where},
        )
    for where in health.orphans(connection):
        yield Finding(
            "ORPHAN", mark("Something in the store belongs to nothing ({where})."), _REPAIR, {"where": where}
        )


def _hashes(connection: sqlite3.Connection) -> Iterator[Finding]:
    changed = health.changed_texts(connection)
    if changed:
        yield Finding(
            "CHANGED_TEXT",
            mark("{n} texts are not what was saved: changed behind Spirou's back. They are not sent."),
            mark("spirou outbox list   , then: spirou restore BACKUP"),
            {"n": changed},
        )


def _words(connection: sqlite3.Connection) -> Iterator[Finding]:
    unknown = health.unknown_words(connection)
    for word in unknown:
        yield Finding("UNKNOWN", mark("This program doesn't know {word}."), _REPAIR, {"word": word})
    if any(word.startswith("event.") for word in unknown):
        return  # no reading of the log can be right
    for table in health.differing_tables(connection):
        yield Finding(
            "REBUILD", mark("The table {table} is not what the log says."), _REPAIR, {"table": table}
        )


_CHECKS: tuple[Callable[[sqlite3.Connection], Iterator[Finding]], ...] = (
    _schema,
    _references,
    _hashes,
    _words,
)


def _stuck(context: Context, connection: sqlite3.Connection) -> Iterator[Finding]:
    """Ops that wait for longer than a day, and those that a dead program was sending."""
    now, syncing = milliseconds(context.now()), _is_syncing(context)
    names = {account.id: account for account in accounts.accounts(connection, removed=True)}
    created = health.ages(connection)
    for op in outbox.open_ops(connection):
        account = names.get(op.account_id)
        interrupted = op.state is OpState.SENDING and not syncing
        waits = now - created[op.seq] > _DAY and not (account and account.paused)
        if interrupted or waits:
            held = op.state is OpState.HELD
            yield Finding(
                "STUCK",
                mark("Item {id} of the outbox for {provider} is stuck ({state})."),
                mark("spirou outbox show {id}") if held or waits else mark("spirou sync {provider}"),
                {"id": op.seq, "provider": account.name if account else "?", "state": op.state.value},
            )


def _backups(context: Context, connection: sqlite3.Connection) -> Iterator[Finding]:
    """A store that grew for a month without a backup."""
    now = milliseconds(context.now())
    first = health.first_after(connection, health.remembered(connection, BACKUP_AT) or 0)
    days = 0 if first is None else (now - first) // _DAY
    if days > _BACKUP_DAYS:
        yield Finding(
            "BACKUP",
            mark("What you saved in the last {days} days is in no backup."),
            mark("spirou backup FILE"),
            {"days": days},
        )


def _clock(context: Context, connection: sqlite3.Connection) -> Iterator[Finding]:
    behind = (health.remembered(connection, "last_seen_ms") or 0) - milliseconds(context.now())
    if behind > _HOUR:
        yield Finding(
            "CLOCK",
            mark("The clock of this machine is {hours} h behind what it was."),
            mark("timedatectl status"),
            {"hours": behind // _HOUR},
        )


def _files(context: Context, connection: sqlite3.Connection) -> Iterator[Finding]:
    missing = [path for path in health.missing_files(connection) if not (context.files / path).is_file()]
    if missing:
        yield Finding(
            "FILES",
            mark("{n} files are not where they were put, the first at {path}."),
            mark("spirou files ID get   fetches one again"),
            {"n": len(missing), "path": str(context.files / missing[0])},
        )


_LOOKS: tuple[Callable[[Context, sqlite3.Connection], Iterator[Finding]], ...] = (
    _stuck,
    _backups,
    _clock,
    _files,
)


def _is_syncing(context: Context) -> bool:
    """Whether somebody holds the sync lock; it is not made for the question."""
    try:
        handle = os.open(context.path.with_name(f"{context.path.name}.lock"), os.O_RDWR | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        with suppress(OSError):
            os.close(handle)
    return False
