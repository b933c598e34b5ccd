"""The formats for programs: tab-separated, CSV and JSON; the same bytes in every language and terminal."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TextIO

from spirou_cli.domain.errors import InvalidInput
from spirou_cli.domain.money import Money
from spirou_cli.domain.text import csv_cell, hidden_chars, safe_line

__all__ = ["Json", "Value", "json_text", "pick", "tab_line", "with_untrusted", "write_csv"]

Value = str | int | Decimal | date | None
"""What a cell of a record may be; a number stays a number, a datetime is aware."""

Json = dict[str, object]


def tab_line(values: Iterable[Value]) -> str:
    """One record: no header, no cut, nothing that could be taken for a tab or a line."""
    return "\t".join(safe_line(text, len(text)) for text in map(_text, values))


def write_csv(out: TextIO, rows: Iterable[Sequence[Value]], *, raw: bool = False) -> None:
    """RFC 4180 rows; text that a spreadsheet would run or a terminal obey is disarmed unless ``raw``."""
    import csv

    writer = csv.writer(out, quoting=csv.QUOTE_MINIMAL, lineterminator="\r\n")
    for row in rows:
        writer.writerow(
            [_lines(csv_cell(value)) if isinstance(value, str) and not raw else _text(value) for value in row]
        )


def json_text(schema: str, document: Mapping[str, object], *, one_line: bool = False) -> str:
    """One JSON document in pure printable ASCII: exact values, and no byte that acts on a terminal."""
    text = json.dumps(
        {"schema": schema, **document},
        ensure_ascii=True,
        indent=None if one_line else 1,
        default=_jsonable,
        allow_nan=False,
    )
    return text.replace("\x7f", "\\u007f")  # the one control that JSON leaves as it is


def with_untrusted(thing: Json, *paths: str) -> Json:
    """``thing`` with the names of the fields that a provider wrote, and how much of them can't be seen.

    >>> with_untrusted({"id": 1, "question": {"text": "When?"}}, "question.text")["untrusted"]
    ['question.text']
    """
    found = {path: text for path in paths if (text := _at(thing, path))}
    return {**thing, "untrusted": list(found), "hidden_chars": sum(map(hidden_chars, found.values()))}


def pick(things: Iterable[Json], fields: Sequence[str], valid: Sequence[str]) -> list[Json]:
    """Each thing with only ``fields``, in that order; InvalidInput lists the valid ones."""
    for name in fields:
        if name not in valid:
            raise InvalidInput(
                "There is no field “{field}”.", "Fields: {fields}.", field=name, fields=", ".join(valid)
            )
    return [{name: thing.get(name) for name in fields} for thing in things]


def _lines(text: str) -> str:
    return "\n".join(safe_line(line, len(line)) for line in text.split("\n"))


def _text(value: Value) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return _utc(value)
    return value.isoformat() if isinstance(value, date) else str(value)


def _utc(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _jsonable(value: object) -> object:
    for kind, write in _WRITERS:
        if isinstance(value, kind):
            return write(value)
    raise TypeError(f"no JSON form for {type(value).__name__}")


_WRITERS: tuple[tuple[type, Callable[..., object]], ...] = (
    (Money, lambda money: {"amount": str(money.amount), "currency": money.currency}),
    (datetime, _utc),
    (date, date.isoformat),
    (Decimal, str),
    ((frozenset), sorted),
)


def _at(thing: object, path: str) -> str:
    """All the text at ``path``, which goes through lists."""
    if isinstance(thing, list):
        return "".join(_at(item, path) for item in thing)
    if not path:
        return thing if isinstance(thing, str) else ""
    name, _, rest = path.partition(".")
    return _at(thing.get(name), rest) if isinstance(thing, dict) else ""
