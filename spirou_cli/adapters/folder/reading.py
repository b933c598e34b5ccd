"""What an assistant's page says: a forgiving reading of what people type. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from spirou_cli.adapters.folder.words import (
    QUESTIONS,
    REMARKS,
    STATES,
    STATUS,
    TIME,
    folded,
    is_ours,
    without_help,
)
from spirou_cli.domain.errors import InvalidInput
from spirou_cli.domain.phrases.durations import seconds
from spirou_cli.domain.states import TaskState

__all__ = ["Page", "Work", "decoded", "encoded_like", "is_blank", "read_page", "restated", "state_of"]


@dataclass(frozen=True, slots=True)
class Work:
    """One line of time."""

    seconds: int
    note: str


@dataclass(frozen=True, slots=True)
class Page:
    """What the page says. ``status`` is None where it says none; ``unread`` are lines of no clear time."""

    status: str | None = None
    questions: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    work: tuple[Work, ...] = ()
    unread: tuple[str, ...] = ()


def is_blank(raw: bytes) -> bool:
    """Whether nothing has been written yet, or a sync tool or a crash has left only room for it."""
    return not raw.strip(b"\0 \t\r\n\xef\xbb\xbf")


def decoded(raw: bytes) -> str:
    """The text of a file saved by any editor: UTF-8, UTF-16 with its mark, else Windows' Latin-1."""
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        return raw.decode("utf-16", "replace")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return "".join(map(_windows, raw))


def encoded_like(raw: bytes, text: str) -> bytes:
    """``text`` in the encoding, and with the mark, that ``raw`` was saved in."""
    for mark, name in ((b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"), (b"\xef\xbb\xbf", "utf-8")):
        if raw.startswith(mark):
            return mark + text.encode(name)
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        return b"".join(map(_windows_byte, text))
    return text.encode("utf-8")


def _windows_byte(char: str) -> bytes:
    try:
        return char.encode("cp1252")
    except UnicodeEncodeError:
        return char.encode("latin-1", "replace")


def _windows(byte: int) -> str:
    try:
        return bytes([byte]).decode("cp1252")
    except UnicodeDecodeError:
        return chr(byte)  # five bytes that Windows leaves empty and Latin-1 has


# --- lines ---------------------------------------------------------------------------------------

_LABEL = re.compile(
    r"^[\s#>*_+\-\[\]\u2022]*(?P<label>[^\W\d_][\w' \u2019]{2,14}?)[*_]*\s*[:\uff1a](?P<rest>.*)$"
)
_HEADING = re.compile(r"^\s*#{1,6}\s*(?P<label>.+?)\s*[:\uff1a]?\s*#*$")
_BULLET = re.compile(r"^\s*(?:[-*+\u2022]|\d{1,2}[.)]|\[[ xX]?\])\s+")
_DECORATION = '*_~`"«»“” \t\u00a0\u2713\u2714\u2705'

_HOURS = r"(?:h|hrs?|hours?|heures?)"
_MINUTES = r"(?:m|mn|mins?|minutes?)"
_SPAN = (
    rf"(?:\d+\s*{_HOURS}\s*(?:\d{{1,2}}\s*{_MINUTES}\b|\d\d(?!\d))"
    rf"|\d+(?:[.,]\d+)?\s*(?:{_HOURS}|{_MINUTES})\b)"
)
_TIME_FIRST = re.compile(rf"(?P<span>{_SPAN})(?P<note>.*)", re.IGNORECASE)
_TIME_LAST = re.compile(rf"(?P<note>.*?)\b(?P<span>{_SPAN})", re.IGNORECASE)
_BARE_MINUTES = re.compile(r"(?P<span>\d{1,4})(?P<note>(?:\s*[\-–—]|\s*:\s).*)?")
_TIME_LINE = re.compile(rf"\s*(?:[-*+\u2022]\s+)?{_SPAN}\s*(?:[\-–—:].*)?", re.IGNORECASE)
_GAP = " \t\u00a0\u202f-–—:;,.()*_"

# Searching a pattern in a line of megabytes could take hours; nobody types such a line.
LONGEST_LINE = 1_000
LONGEST_LABEL = 200


@dataclass(slots=True)
class _Reader:
    """Collects what the lines say, section by section."""

    has_time_section: bool
    section: frozenset[str] = REMARKS
    status: str | None = None
    questions: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    work: list[Work] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)
    block: list[str] = field(default_factory=list)

    def read(self, line: str) -> None:
        line = without_help(line)
        if is_ours(line):
            self.end_block()
        elif (section := _section(line)) is not None:
            self.end_block()
            self.section = section
        elif not self._labelled(line):
            self._plain(line)

    def _labelled(self, line: str) -> bool:
        match = _LABEL.match(line)
        label = folded(match["label"]) if match else ""
        rest = match["rest"].strip(_DECORATION) if match else ""
        if label in STATUS and self.status is None:
            self.status = rest[:LONGEST_LABEL]
        elif label in QUESTIONS and rest:
            self.end_block()
            self.questions.append(rest)
        elif label in TIME and rest:
            self._time(rest)
        else:
            return False
        return True

    def _plain(self, line: str) -> None:
        if self.section is TIME or (not self.has_time_section and _is_time(line)):
            self._time(_BULLET.sub("", line))
        elif self.section is QUESTIONS:
            if _BULLET.match(line) or (self.block and self.block[-1].endswith("?")):
                self.end_block()
            self.block.append(_BULLET.sub("", line).strip())
        else:
            self.block.append(line.rstrip())

    def _time(self, line: str) -> None:
        work = _work(line)
        if work is None:
            self.unread.append(line.strip())
        elif work.seconds:
            self.work.append(work)

    def end_block(self) -> None:
        text = "\n".join(self.block).strip("\n")
        self.block = []
        if text:
            (self.questions if self.section is QUESTIONS else self.notes).append(text)


def read_page(text: str) -> Page:
    """Everything a page says, in the order it says it."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    reader = _Reader(has_time_section=any(_section(line) is TIME for line in lines))
    for line in lines:
        reader.read(line)
    reader.end_block()
    return Page(
        reader.status,
        tuple(reader.questions),
        tuple(reader.notes),
        tuple(reader.work),
        tuple(reader.unread),
    )


def _section(line: str) -> frozenset[str] | None:
    """The section that a heading opens; a label with nothing after it is a heading too."""
    if len(line) > LONGEST_LABEL:
        return None
    match = _HEADING.match(line) or _LABEL.match(line)
    if match is None or match.groupdict().get("rest", "").strip(_DECORATION):
        return None
    label = folded(match["label"].strip(_DECORATION))
    return next((section for section in (QUESTIONS, TIME, REMARKS) if label in section), None)


def _is_time(line: str) -> bool:
    return len(line) <= LONGEST_LINE and _TIME_LINE.fullmatch(line) is not None


def _work(line: str) -> Work | None:
    """The time in a line and the words around it: first, last, or bare minutes; None when unclear."""
    plain = line.strip(_GAP)
    if len(plain) > LONGEST_LINE:
        return None
    for shape in (_TIME_FIRST, _TIME_LAST, _BARE_MINUTES):
        if match := shape.fullmatch(plain):
            try:
                return Work(seconds(match["span"].replace(",", ".")), (match["note"] or "").strip(_GAP))
            except InvalidInput:
                return None
    return None


# --- states --------------------------------------------------------------------------------------

_WHY = re.compile(r"\s*(?:[–—:;,(!.]|\s-|\bbecause\b|\bcar\b|\bparce que\b)\s*", re.IGNORECASE)


def state_of(native: str) -> tuple[TaskState | None, str | None]:
    """The state that somebody's word means, with the reason given; None for a word we don't know."""
    parts = [part.strip(_DECORATION + ".!)") for part in _WHY.split(native, maxsplit=1)]
    state = STATES.get(folded(native.strip(_DECORATION + ".!"))) or STATES.get(folded(parts[0]))
    reason = parts[1] if state is not None and len(parts) > 1 else ""
    return state, reason or None


def restated(text: str, status: str) -> str:
    """The same page with another word after its status label; all else stays."""
    lines = list(_with_ends(text))
    for index, (line, end) in enumerate(lines):
        match = _LABEL.match(line)
        if match and folded(match["label"]) in STATUS:
            lines[index] = (f"{line[: match.start('rest')]} {status}", end)
            break
    return "".join(line + end for line, end in lines)


def _with_ends(text: str) -> Iterator[tuple[str, str]]:
    for piece in re.findall(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+", text):
        line = piece.rstrip("\r\n")
        yield line, piece[len(line) :]
