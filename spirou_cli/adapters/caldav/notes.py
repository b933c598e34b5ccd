"""The notes of a shared to-do: what the person wrote above a line, what the assistant writes below it.

Any task app shows and edits the notes, so the talk about a task is there, in words. Each side keeps to
its own part: neither can be taken for the other's, and both can change at once.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from spirou_cli.domain.errors import InvalidInput
from spirou_cli.domain.phrases import seconds

__all__ = [
    "Said",
    "Work",
    "add_block",
    "compose",
    "digest",
    "has_block",
    "key_mark",
    "parts",
    "read",
    "replace_text",
]

_WORDS = {
    "en": {
        "line": "Your answers below this line. “12 min – what you did” reports time",
        "reply": "Answer",
        "edit": "Changed",
        "reopen": "Sent back",
        "cancel": "Canceled, please stop",
        "accept": "Accepted, thank you",
    },
    "fr": {
        "line": "Vos réponses sous cette ligne. « 12 min – ce que vous avez fait » indique le temps",
        "reply": "Réponse",
        "edit": "Changement",
        "reopen": "À reprendre",
        "cancel": "Annulé, merci d’arrêter",
        "accept": "Accepté, merci",
    },
}

_WORK = re.compile(
    r"\s*[-*•]?\s*(?P<named>(?:time|temps)\s*:\s*)?"
    r"(?P<time>[0-9][^–—-]{0,20}?)\s*(?:[–—-]\s*(?P<note>\S.*))?",
    re.IGNORECASE,
)
# «9h30 – the dentist» and «14:30 – a call» are times of day: without the word only minutes count
_MINUTES = re.compile(r".*[0-9]\s*(?:m|mn|mins?|minutes?)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Said:
    """Lines that belong together. ``digests`` name each line among all those of the notes."""

    lines: tuple[str, ...]
    digests: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Work:
    """A line of time. ``series`` is the same after the time was corrected."""

    series: str
    note: str
    seconds: int


def compose(text: str, key: str, language: str) -> str:
    """The notes of a new task: the brief, and the line below which the assistant writes."""
    line = f"—— {_words(language)['line']} {key_mark(key)} ——"
    return f"{text}\n\n{line}\n"


def replace_text(notes: str, length: int, text: str) -> str:
    """The notes with ``text`` in the place of their first ``length`` characters."""
    rest = _lf(notes)[length:].lstrip("\n")
    return f"{text}\n\n{rest}"


def key_mark(key: str) -> str:
    """A key as it stands in the notes."""
    return f"[{short(key)}]"


def short(key: str) -> str:
    """The end of a key, 48 random bits of a UUIDv7: unique in one list, and short enough to read."""
    return key[-12:]


def parts(notes: str, key: str) -> tuple[str, str, str | None]:
    """What is above the line, the line, and what is below; None below if somebody removed the line."""
    lines = _lf(notes).split("\n")
    for at, line in enumerate(lines):
        if line.startswith("——") and key_mark(key) in line:
            return "\n".join(lines[:at]).rstrip("\n"), line, "\n".join(lines[at + 1 :])
    return _lf(notes), "", None


def add_block(notes: str, key: str, op_key: str, kind: str, text: str, day: date, language: str) -> str:
    """The notes with one more thing that the person said, signed with the key of its op."""
    above, line, below = parts(notes, key)
    block = f"[{_words(language)[kind]} {day:%Y-%m-%d}] {key_mark(op_key)}"
    said = f"{above}\n\n{block}\n{_lf(text)}".strip("\n")
    return f"{said}\n\n{line}\n{below}" if line else said


def has_block(notes: str, op_key: str) -> bool:
    """Whether the op with this key has spoken."""
    return any(line.startswith("[") and line.endswith(key_mark(op_key)) for line in _lf(notes).split("\n"))


def read(below: str, comments: Sequence[str] = ()) -> tuple[list[Said], list[Work]]:
    """What the assistant said, paragraph by paragraph, and the time they reported, line by line.

    A line that is there twice is two lines: the second one has another digest.
    """
    said: list[Said] = []
    work: list[Work] = []
    times = Counter[str]()
    for text in (below, *comments):
        for paragraph in re.split(r"\n[ \t]*(?:\n[ \t]*)+", _lf(text).strip("\n")):
            words: list[tuple[str, str]] = []
            for line in paragraph.split("\n"):
                done = _work(line)
                name = f"{done[0]}\0work" if done else line
                mark = digest(f"{name}\0{times[name]}")
                times[name] += 1
                if done:
                    work.append(Work(mark, *done))
                elif line.strip():
                    words.append((line, mark))
            if words:
                said.append(Said(*(tuple(column) for column in zip(*words, strict=True))))
    return said, work


def digest(text: str) -> str:
    """A short name of a text."""
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:12]


def _work(line: str) -> tuple[str, int] | None:
    """The note and the seconds of a line of time; None for any other line."""
    match = _WORK.fullmatch(line)
    if match is None or not (match["named"] or (match["note"] and _MINUTES.fullmatch(match["time"]))):
        return None
    try:
        duration = seconds(match["time"])
    except InvalidInput:
        return None
    return ((match["note"] or "").strip(), duration) if duration else None


def _words(language: str) -> dict[str, str]:
    return _WORDS.get(language, _WORDS["en"])


def _lf(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")
