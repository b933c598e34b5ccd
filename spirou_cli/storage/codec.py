"""Events and small values ↔ JSON; a person's words apart from the rest."""

from __future__ import annotations

import json
import types
import typing
from collections.abc import Callable, Mapping
from enum import Enum
from functools import cache, partial
from typing import Any

from spirou_cli.domain.record import asdict, fields, is_record

__all__ = ["decode", "encode", "fingerprint", "join", "split", "to_json"]


def to_json(value: object) -> str:
    """Canonical JSON: the same value always gives the same bytes."""
    return json.dumps(encode(value), ensure_ascii=True, separators=(",", ":"), sort_keys=True)


def encode(value: object) -> Any:
    """Records as objects without their default values, enums as words, tuples as lists."""
    if isinstance(value, Enum):
        return value.value
    if is_record(value) and not isinstance(value, type):
        return {name: encode(item) for name, item in _set_fields(value)}
    if isinstance(value, (tuple, list)):
        return [encode(item) for item in value]
    if isinstance(value, Mapping):
        return {str(key): encode(item) for key, item in value.items()}
    return value


def decode(hint: Any, value: Any) -> Any:
    """The inverse of ``encode`` for a type made of records, enums, tuples and plain values."""
    read = _reader(hint)
    return value if value is None or read is None else read(value)


@cache
def _reader(hint: Any) -> Callable[[Any], Any] | None:
    """What makes a value of ``hint`` from JSON; None where JSON has it already. ``typing`` is slow to ask."""
    origin = typing.get_origin(hint)
    if origin in (typing.Union, types.UnionType):
        options = [option for option in typing.get_args(hint) if option is not type(None)]
        return _reader(options[0]) if len(options) == 1 else None
    if origin is tuple:
        part = typing.get_args(hint)[0]
        return lambda value: tuple([decode(part, item) for item in value])
    if isinstance(hint, type) and issubclass(hint, Enum):
        return hint
    return partial(_read_record, hint) if isinstance(hint, type) and is_record(hint) else None


def _read_record(kind: Any, value: Mapping[str, Any]) -> Any:
    """A record from its object; what this version doesn't know of it is left out."""
    readers = _readers(kind)
    return kind(
        **{
            name: item if item is None or (read := readers[name]) is None else read(item)
            for name, item in value.items()
            if name in readers
        }
    )


@cache
def _readers(kind: type[Any]) -> dict[str, Callable[[Any], Any] | None]:
    return {name: _reader(hint) for name, hint in typing.get_type_hints(kind).items()}


def split(event: object) -> tuple[str, str]:
    """An event as two JSON objects: what stays for ever, and a person's words (``""`` if none)."""
    lasting: dict[str, Any] = {}
    personal: dict[str, Any] = {}
    for name, value in _set_fields(event):
        (personal if fields(event)[name].personal else lasting)[name] = encode(value)
    return to_json(lasting), to_json(personal) if personal else ""


def join(kind: type[Any], lasting: str, personal: str | None) -> Any:
    """The event that ``split`` parted; forgotten words read as their defaults."""
    return decode(kind, json.loads(lasting) | (json.loads(personal) if personal else {}))


def fingerprint(task_id: str, text: str) -> str:
    """The name of a text: its sha256, salted by the task so that equal words don't look equal."""
    import hashlib  # 2 ms that no screen needs

    return hashlib.sha256(f"{task_id}\0{text}".encode()).hexdigest()


def _set_fields(value: Any) -> list[tuple[str, Any]]:
    known = fields(value)
    return [(name, item) for name, item in asdict(value).items() if item != known[name].default]
