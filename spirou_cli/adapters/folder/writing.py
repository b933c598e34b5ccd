"""What Spirou writes into a task folder: the brief, the messages. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256

from spirou_cli.adapters import Brief, Money
from spirou_cli.adapters.folder.words import LANGUAGES, Words

__all__ = [
    "add_message",
    "brief_page",
    "folder_name",
    "has_message",
    "language_in",
    "mark_of",
    "reference",
    "reference_in",
]

SLUG_BYTES = 60
_ASCII_ENOUGH = re.compile(r"[^\w]+", re.UNICODE)
_REFERENCE = re.compile(r"\w+ [0-9]+ · r[eé]f\. (?P<ref>[0-9]+-[0-9a-f]{8})")


def reference(number: int, op_key: str) -> str:
    """The name of a task that stays when its folder is renamed: short, made of its key alone."""
    return f"{number}-{mark_of(op_key)}"


def mark_of(op_key: str) -> str:
    """A short mark by which an op's own words are recognised."""
    return sha256(op_key.encode()).hexdigest()[:8]


def reference_in(text: str) -> str | None:
    """The reference that a brief or an answer page carries."""
    found = (_REFERENCE.fullmatch(line.strip()) for line in text.splitlines())
    return next((match["ref"] for match in found if match), None)


def folder_name(number: int, title: str) -> str:
    """``0014-book-the-dentist-for-tuesday``: sorts by number and survives every file system."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", title) if not unicodedata.combining(c))
    words = _ASCII_ENOUGH.sub("-", unicodedata.normalize("NFC", plain).casefold()).replace("_", "-")
    slug = "-".join(part for part in words.split("-") if part)
    while len(slug.encode()) > SLUG_BYTES:
        slug = slug.rpartition("-")[0] or slug[: SLUG_BYTES // 4]
    return f"{number:04d}-{slug}" if slug else f"{number:04d}"


def brief_page(words: Words, brief: Brief, ref: str, files: Sequence[str]) -> str:
    """The brief as Markdown. What the person wrote comes last, and as typed."""
    facts = "".join(f"- **{label}{words.colon}** {fact}\n" for label, fact in _facts(words, brief, files))
    sign = words.task.format(number=brief.number, ref=ref)
    parts = [f"# {_one_line(brief.title)}", sign, words.explanation, facts.rstrip("\n")]
    head = "\n\n".join(part for part in parts if part) + "\n"
    return head + (f"\n---\n\n{brief.body}\n" if brief.body else "")


def _facts(words: Words, brief: Brief, files: Sequence[str]) -> list[tuple[str, str]]:
    label = words.labels
    urgency = {"high": label["high"], "low": label["low"]}.get(brief.priority, "")
    facts = [
        (label["due"], _due(words, brief.due, day_only=brief.due_is_day) if brief.due else ""),
        (label["time"], words.at_most.format(limit=_span(brief.max_time_s)) if brief.max_time_s else ""),
        (label["cost"], _at_most_cost(words, brief.max_cost) if brief.max_cost else ""),
        (label["priority"], urgency),
        (label["project"], brief.project),
        (label["tags"], ", ".join(brief.tags)),
        (label["sender"], brief.sender),
        (label["files"], ", ".join(f"{words.files}/{name}" for name in files)),
    ]
    return [(name, _one_line(fact)) for name, fact in facts if fact]


def _due(words: Words, due: datetime, *, day_only: bool) -> str:
    from babel.dates import format_date  # slow to import, and needed here alone

    day = format_date(due, "full", locale=words.locale).replace(" 1 ", f" {words.first_of_month} ")
    return day if day_only else f"{day}, {due:%H:%M} ({due:%Z})"


def _at_most_cost(words: Words, cost: Money) -> str:
    from babel.numbers import format_currency  # slow to import, and needed here alone

    return words.at_most.format(limit=format_currency(cost.amount, cost.currency, locale=words.locale))


def _span(seconds: int) -> str:
    hours, minutes = divmod(-(-seconds // 60), 60)
    return f"{hours} h {minutes:02d}" if hours else f"{minutes} min"


def _one_line(text: str) -> str:
    return " ".join(text.splitlines())


def add_message(
    words: Words,
    page: str,
    *,
    at: datetime,
    mark: str,
    subject: str = "",
    text: str = "",
    files: Sequence[str] = (),
) -> str:
    """The page of messages with one more at its end."""
    from babel.dates import format_datetime  # slow to import, and needed here alone

    day = format_datetime(at, "d MMMM y, HH:mm", locale=words.locale)
    heading = f"## {day}" + (f" – {subject}" if subject else "")
    attached = words.attached.format(names=", ".join(files)) if files else ""
    parts = [page.rstrip("\n") or "# Messages", heading, text, attached, _sign(words, mark)]
    return "\n\n".join(part for part in parts if part) + "\n"


def has_message(words: Words, page: str, mark: str) -> bool:
    """Whether the message of this mark is on the page, however the file was saved since."""
    return any(line.strip() == _sign(words, mark) for line in page.splitlines())


def _sign(words: Words, mark: str) -> str:
    return f"({words.message} {mark})"


def language_in(names: Sequence[str]) -> Words | None:
    """The language that a task folder was made in, told by the names of its files."""
    present = {name.casefold() for name in names}
    for words in LANGUAGES:
        if {words.brief.casefold(), words.answer.casefold()} & present:
            return words
    return None
