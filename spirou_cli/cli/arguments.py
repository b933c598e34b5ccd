"""What people type, as values: dates, times, money, text from files, with clear refusals.

The grammars are loaded where a date, a time or a sum was typed: compiling their patterns takes 10 ms.
"""

from __future__ import annotations

import os
import re
import sys
from datetime import datetime, time
from pathlib import Path

from spirou_cli.cli.session import Session
from spirou_cli.domain.errors import InvalidInput, mark
from spirou_cli.domain.money import Money
from spirou_cli.domain.text import BODY_LIMIT, STDIN_LIMIT, Source, clean_in

__all__ = [
    "cost",
    "day",
    "duration",
    "moment",
    "read_stdin",
    "span",
    "text_argument",
    "text_from",
    "title_of",
]


def text_argument(text: str, name: str, *, limit: int = BODY_LIMIT) -> str:
    """Text from the command line, as UTF-8; a broken byte is named with its place."""
    return clean_in(os.fsencode(text), name, source=Source.ARGUMENT, limit=limit).text


def title_of(words: list[str]) -> str:
    """The words of a title, joined."""
    return text_argument(" ".join(words), "TITLE")


def text_from(source: str, name: str) -> str:
    """The text of a file, or of standard input for ``-``."""
    if source == "-":
        return read_stdin(name)
    try:
        with Path(source).open("rb") as stream:
            data = stream.read(BODY_LIMIT + 1)
    except OSError as error:
        raise InvalidInput(
            mark("{path} can't be read: {error}. Nothing was saved."),
            mark("Check the name after {name}."),
            path=source,
            error=error.strerror or "",
            name=name,
        ) from error
    return clean_in(data, source, source=Source.FILE).text


def read_stdin(name: str) -> str:
    """What is piped in, up to its cap."""
    data = sys.stdin.buffer.read(STDIN_LIMIT + 1) if sys.stdin is not None else b""
    return clean_in(data, name, source=Source.STDIN, limit=STDIN_LIMIT).text


def day(session: Session, text: str) -> tuple[int, bool]:
    """A typed date: UTC milliseconds, and whether any time of that day is meant."""
    from spirou_cli.domain.phrases import dates

    found = dates.when(text, now=session.now(), language=session.language)
    return round(found.at.timestamp() * 1000), found.is_day


def moment(session: Session, text: str, *, start: bool = False) -> int:
    """A typed date as UTC milliseconds: its end, or its beginning."""
    from spirou_cli.domain.phrases import dates

    found = dates.when(text, now=session.now(), language=session.language, past=True)
    at = found.at
    if start and found.is_day:
        at = datetime.combine(at.date(), time(), at.tzinfo)
    return round(at.timestamp() * 1000)


def duration(session: Session, text: str) -> int:
    """A typed length of time in seconds."""
    from spirou_cli.domain.phrases import durations

    return durations.seconds(text, language=session.language)


_SPAN = re.compile(r"\s*(\d{1,4})\s*([dwj])\s*", re.IGNORECASE)
_DAY_MS = 86_400_000


def span(session: Session, text: str) -> int:
    """A typed waiting time in milliseconds: ``3d``, ``2w``, or a length of time."""
    match = _SPAN.fullmatch(text)
    if match:
        return int(match[1]) * _DAY_MS * (7 if match[2].lower() == "w" else 1)
    return duration(session, text) * 1000


def cost(session: Session, text: str) -> Money:
    """A typed sum; the currency of the preferences where none is typed."""
    from spirou_cli.domain.phrases import money

    return money(text, default=session.settings.get("currency"), language=session.language)
