"""The catalogue of hostile and odd inputs, as values."""

from __future__ import annotations

import base64
import json
from pathlib import Path

__all__ = ["ENTRIES", "text_entries", "value"]

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


def text_entries(*categories: str) -> dict[str, str]:
    """The entries of ``categories`` that are text, by id."""
    chosen = [e for e in ENTRIES if str(e["id"])[:3] in categories and "describe" not in e]
    values = {str(entry["id"]): value(entry) for entry in chosen}
    return {name: text for name, text in values.items() if isinstance(text, str)}
