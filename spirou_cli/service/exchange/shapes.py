"""How each column of a whole export is written in JSON, and read back with its type checked."""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from spirou_cli.domain.record import record
from spirou_cli.service.connect import SECRET
from spirou_cli.service.secrets import Keep, Place
from spirou_cli.storage import codec

__all__ = ["SHAPES", "WrongShape", "to_document", "to_row"]


class WrongShape(Exception):
    """A value isn't what stands in its place; the text says where."""


@record
class Kind:
    """One kind of column: what JSON shows, and the way back, which raises ValueError or TypeError."""

    write: Callable[[Any], Any]
    read: Callable[[Any], Any]


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def _same(kind: type) -> Kind:
    def read(value: Any) -> Any:
        if type(value) is not kind:
            raise TypeError(kind.__name__)
        return value

    return Kind(lambda value: value, read)


def _moment(at: int) -> str:
    return (_EPOCH + timedelta(milliseconds=at)).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _milliseconds(text: Any) -> int:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("a time without a zone")
    return (moment - _EPOCH) // timedelta(milliseconds=1)


def _flag(value: Any) -> int:
    if not isinstance(value, bool):
        raise TypeError("bool")
    return int(value)


_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def _id(value: Any) -> str:
    """An id: it names folders too, so that nothing else may stand in its place."""
    if not _UUID.fullmatch(value):
        raise ValueError("id")
    return str(value)


def _settings(value: Any) -> str:
    """An account's settings, without a command that prints a key: no file says what is run here."""
    if not all(isinstance(text, str) for text in value.values()):
        raise TypeError("settings")
    return codec.to_json({name: text for name, text in value.items() if not _runs(name, text)})


def _runs(name: str, text: str) -> bool:
    place = Place.from_text(text) if name.startswith(SECRET) else None
    return place is not None and place.keep is Keep.COMMAND


_TEXT, _NUMBER = _same(str), _same(int)
_ID = Kind(lambda value: value, _id)
_SETTINGS = Kind(json.loads, _settings)
_TIME = Kind(_moment, _milliseconds)
_FLAG = Kind(bool, _flag)
_JSON = Kind(json.loads, codec.to_json)
_BYTES = Kind(
    lambda value: base64.b64encode(value).decode(), lambda value: base64.b64decode(value, validate=True)
)

# An op that waits is «open» wherever it is read: it may have been sent by the store it comes from.
_OPEN = frozenset({"queued", "sending", "uncertain", "held"})


def _state(value: Any) -> str:
    if value == "open":
        return "uncertain"
    if value not in ("done", "rejected", "withdrawn"):
        raise ValueError("state")
    return str(value)


_STATE = Kind(lambda value: "open" if value in _OPEN else value, _state)

SHAPES: dict[str, dict[str, Kind]] = {
    "account": {
        "id": _ID,
        "name": _TEXT,
        "kind": _TEXT,
        "settings": _SETTINGS,
        "language": _TEXT,
        "paused": _FLAG,
        "removed_at": _TIME,
        "created_at": _TIME,
        "capabilities": _JSON,
        "plugin": _TEXT,
    },
    "event": {
        "seq": _NUMBER,
        "id": _ID,
        "origin": _TEXT,
        "at": _TIME,
        "task_id": _ID,
        "account_id": _ID,
        "type": _TEXT,
        "data": _JSON,
        "text": _TEXT,
    },
    "op": {
        "seq": _NUMBER,
        "id": _ID,
        "task_id": _ID,
        "account_id": _ID,
        "kind": _TEXT,
        "state": _STATE,
        "payload": _TEXT,
        "created_at": _TIME,
        "attempts": _NUMBER,
        "first_sent_at": _TIME,
        "last_attempt_at": _TIME,
        "error": _TEXT,
    },
    "inbox": {
        "seq": _NUMBER,
        "account_id": _ID,
        "item": _TEXT,
        "task_id": _ID,
        "raw": _BYTES,
        "received_at": _TIME,
        "quarantined": _TEXT,
        "unmatched": _JSON,
        "ref": _TEXT,
        "fact": _TEXT,
    },
}
"""The columns of each table."""

_NULLABLE = frozenset(
    "removed_at capabilities plugin text first_sent_at last_attempt_at "
    "raw quarantined unmatched ref fact".split()
)


def _may_be_null(table: str, name: str) -> bool:
    return name in _NULLABLE or (name in ("task_id", "account_id") and table in ("event", "inbox"))


def to_document(table: str, row: Mapping[str, Any]) -> dict[str, Any]:
    """A row as JSON values."""
    return {
        name: None if row[name] is None else kind.write(row[name]) for name, kind in SHAPES[table].items()
    }


def to_row(table: str, document: Any) -> dict[str, Any]:
    """The row that ``to_document`` wrote, or WrongShape."""
    if not isinstance(document, dict):
        raise WrongShape(table)
    row = {}
    for name, kind in SHAPES[table].items():
        try:
            value = document[name]
            nothing = value is None and _may_be_null(table, name)
            row[name] = None if nothing else kind.read(value)
        except (LookupError, ValueError, TypeError, AttributeError, OverflowError, binascii.Error) as error:
            raise WrongShape(f"{table}.{name}") from error
    return row
