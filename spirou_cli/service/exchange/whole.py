"""The store as one JSON document, and back: exported, imported and exported again it is the same."""

from __future__ import annotations

import json
import sqlite3
from typing import Any

from spirou_cli.adapters.base import ProtocolError
from spirou_cli.adapters.wire import parse_json
from spirou_cli.domain.errors import InvalidInput, Refused, mark
from spirou_cli.domain.events import KINDS
from spirou_cli.domain.record import record
from spirou_cli.service.context import Context
from spirou_cli.service.exchange.shapes import WrongShape, to_document, to_row
from spirou_cli.storage import codec, queries, whole
from spirou_cli.storage.log import rebuild

__all__ = ["SCHEMA", "Taken", "export", "rehearse", "take_in"]

SCHEMA = "spirou.export/1"

_PLURAL = {"account": "accounts", "event": "events", "op": "ops", "inbox": "inbox"}


@record
class Taken:
    """What an import brought. ``known`` was here before, ``skipped`` is closed or can't be taken in."""

    tasks: int = 0
    known: int = 0
    skipped: int = 0
    waiting: int = 0
    """Items that had not surely arrived."""
    ignored: tuple[str, ...] = ()
    """Columns that Spirou has no place for."""


def export(context: Context) -> dict[str, Any]:
    """Accounts, the whole log with its words, the outbox, the inbox; ``tasks`` is for reading only.

    No key is in it, and no file: those are in the folder beside the store.
    """
    with context.read() as connection:
        words = whole.texts(connection)
        document: dict[str, Any] = {
            name: [to_document(table, row) for row in whole.read(connection, table)]
            for table, name in _PLURAL.items()
        }
        for row in document["events"]:
            row["words"] = _content(words, row["text"])
        for row in document["ops"]:
            row["content"] = _content(words, row["payload"])
        document["tasks"] = [codec.encode(task) for task in queries.tasks(connection)]
        return document


def take_in(context: Context, data: bytes, *, dry_run: bool = False) -> Taken:
    """Put an export into an empty store; into the store it came from, it changes nothing.

    What was still to be sent when it was exported may have been sent since by the store it comes from:
    it is looked up, or asked about.
    """
    rows, words = _parsed(data)
    with context.write() as log:
        connection = log.connection
        ids = [row["id"] for row in rows["event"]]
        tasks = sum(row["type"] == "TaskAdded" for row in rows["event"])
        if ids and whole.known_events(connection, ids) == len(ids):
            return Taken(known=tasks)
        if not whole.is_empty(connection):
            raise Refused(
                mark("This store is not empty; a whole export goes into a new one. Nothing was changed."),
                mark("spirou --db NEW.db import FILE"),
            )
        _write(connection, rows, words)
        waiting = sum(row["state"] == "uncertain" for row in rows["op"])
        taken = Taken(tasks=tasks, waiting=waiting)
        if dry_run:
            raise _DryRun(taken)
        return taken


class _DryRun(Exception):
    """Carries the answer out of a transaction that must not be committed."""

    def __init__(self, taken: Taken) -> None:
        super().__init__()
        self.taken = taken


def rehearse(context: Context, data: bytes) -> Taken:
    """What ``take_in`` would bring, without saving anything."""
    try:
        return take_in(context, data, dry_run=True)
    except _DryRun as rehearsal:
        return rehearsal.taken


def _content(words: dict[str, str], name: str | None) -> Any:
    return json.loads(words[name]) if name in words else None


_Texts = list[tuple[str, str, str]]


def _parsed(data: bytes) -> tuple[dict[str, list[dict[str, Any]]], _Texts]:
    """The rows of each table and the texts (hash, task, body), all of them whole, or InvalidInput."""
    try:
        document = parse_json(data)
        if not isinstance(document, dict) or document.get("schema") != SCHEMA:
            raise WrongShape("schema")
        rows = {table: [to_row(table, each) for each in document[name]] for table, name in _PLURAL.items()}
        texts = [_text(each, each["text"], each["words"]) for each in document["events"]]
        texts += [_text(each, each["payload"], each["content"]) for each in document["ops"]]
    except ProtocolError as error:
        raise _unusable("JSON") from error
    except (WrongShape, KeyError, TypeError, AttributeError) as error:
        raise _unusable(str(error)) from error
    strange = {row["type"] for row in rows["event"] if row["task_id"] is not None} - set(KINDS)
    if strange:
        raise _unusable(", ".join(sorted(strange)))
    return rows, [text for text in texts if text is not None]


def _text(row: dict[str, Any], name: str | None, content: Any) -> tuple[str, str, str] | None:
    """A text whose hash is what the row says; None where it was forgotten."""
    if name is None or content is None:
        return None
    body, owner = codec.to_json(content), str(row["task_id"] or "")
    if codec.fingerprint(owner, body) != name:
        raise WrongShape(name)
    return name, owner, body


def _write(connection: sqlite3.Connection, rows: dict[str, list[dict[str, Any]]], texts: _Texts) -> None:
    try:
        for table, found in rows.items():
            whole.load(connection, table, found)
        for text in texts:
            whole.add_text(connection, *text)
        rebuild(connection)
    except (
        sqlite3.IntegrityError,
        sqlite3.ProgrammingError,
        ArithmeticError,
        AttributeError,
        LookupError,
        TypeError,
        ValueError,
    ) as error:
        # a value of the right type in its column that no fact can have
        raise _unusable(f"{type(error).__name__}: {error}") from error


def _unusable(where: str) -> InvalidInput:
    return InvalidInput(
        mark("This is not a whole export of Spirou, or it was changed ({where}). Nothing was changed."),
        mark("spirou export > FILE"),
        where=where,
    )
