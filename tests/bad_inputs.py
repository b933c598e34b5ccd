"""The catalogue of hostile and odd inputs, as values."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

__all__ = ["ENTRIES", "Texts", "text_entries", "value"]

ENTRIES: list[dict[str, object]] = json.loads((Path(__file__).parent / "bad_inputs.json").read_text("utf-8"))[
    "entries"
]


def value(entry: dict[str, object]) -> str | bytes:
    """The value of one entry, written out."""
    match entry:
        case {"text": str(text)}:
            return text
        case {"base64": str(coded)}:
            return base64.b64decode(coded)
        case {"repeat": [str(unit), int(times)]}:
            return unit * times
        case {"parts": list(parts)}:
            return "".join(unit * times for unit, times in parts)
    raise LookupError(entry["id"])


class Texts(Mapping[str, str]):
    """Texts by id, each made when it is asked for: some have millions of characters."""

    def __init__(self, entries: Iterable[dict[str, object]]) -> None:
        self._entries = {str(entry["id"]): entry for entry in entries}

    def __getitem__(self, name: str) -> str:
        text = value(self._entries[name])
        assert isinstance(text, str)
        return text

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)


def text_entries(*categories: str) -> Texts:
    """The entries of ``categories`` that are text."""
    return Texts(
        entry
        for entry in ENTRIES
        if str(entry["id"])[:3] in categories and not {"describe", "base64"} & entry.keys()
    )
