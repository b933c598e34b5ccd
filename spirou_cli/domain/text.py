"""What text may come in, and how it may be shown: outside text is data, never an order to the terminal."""

from __future__ import annotations

import re
import unicodedata
from enum import StrEnum

from spirou_cli.domain.errors import InvalidInput
from spirou_cli.domain.record import record

__all__ = [
    "ATTACHMENT_LIMIT",
    "BODY_LIMIT",
    "ITEM_LIMIT",
    "PAGE_LIMIT",
    "STDIN_LIMIT",
    "TITLE_LIMIT",
    "Incoming",
    "Source",
    "check_title",
    "clean_in",
    "csv_cell",
    "csv_text",
    "cut",
    "filename",
    "has_visible",
    "hidden_chars",
    "safe_block",
    "safe_line",
    "width",
    "wrapped",
]

MB = 1024 * 1024

TITLE_LIMIT = 500
"""Characters of a title that a person types."""
BODY_LIMIT = 1 * MB
"""Bytes of a brief or a message that a person types."""
STDIN_LIMIT = 2 * MB
"""Bytes read from a pipe."""
ITEM_LIMIT = 2 * MB
"""Bytes of one item of a provider; a larger one is quarantined."""
PAGE_LIMIT = 8 * MB
"""Bytes of one answer of a provider."""
ATTACHMENT_LIMIT = 100 * MB
"""Bytes of one file, unless the configuration says otherwise."""

LINE_LIMIT = 1_000
BLOCK_LIMIT = 100_000


# --- coming in ----------------------------------------------------------------------------------


class Source(StrEnum):
    """Where text comes from: it decides whether broken text is refused or repaired."""

    ARGUMENT = "argument"
    FILE = "file"
    STDIN = "stdin"
    PROVIDER = "provider"


@record
class Incoming:
    """Text that may be stored; ``raw`` has the exact bytes when the text can't say them."""

    text: str
    raw: bytes | None = None


def clean_in(data: bytes | str, name: str, *, source: Source, limit: int = BODY_LIMIT) -> Incoming:
    """Text that SQLite, JSON and UTF-8 can all hold, or a refusal that says where it breaks.

    A person is told the byte and can mend it; a provider can't be asked, so what it sent is kept
    raw beside a repaired text. ``limit`` is in bytes of UTF-8. A NUL, which SQLite's functions
    read as the end, becomes its picture; in an argument or a file it is a sign of binary data.
    """
    raw = data if isinstance(data, bytes) else _encoded(data)
    if len(raw) > limit:
        raise InvalidInput(
            "{name} has {size} bytes; the limit is {limit}.",
            "Shorten it, or attach it as a file.",
            name=name,
            size=len(raw),
            limit=limit,
        )
    if source is Source.PROVIDER:
        text = data if isinstance(data, str) else raw.decode("utf-8", "replace")
        text = _repaired(text)
        return Incoming(text, None if text.encode() == raw else raw)
    text = _decoded(raw, name)
    if "\0" not in text:
        return Incoming(text)
    if source is Source.STDIN:
        return Incoming(_repaired(text), raw)
    raise _unreadable(name, raw.index(0))


def check_title(title: str) -> str:
    """``title`` itself, when it is short enough and something of it can be seen."""
    if len(title) > TITLE_LIMIT:
        raise InvalidInput(
            "The title has {size} characters; the limit is {limit}.",
            'Put the rest in the brief: spirou add "…" --body "…"',
            size=len(title),
            limit=TITLE_LIMIT,
        )
    if not title.strip():
        raise InvalidInput("The title is empty.", 'spirou add "Book the dentist"')
    if not has_visible(title):
        raise InvalidInput("The title has no visible character.", 'spirou add "Book the dentist"')
    return title


def has_visible(text: str) -> bool:
    """Whether anything of ``text`` would leave a mark on paper."""
    return any(char.isprintable() and not char.isspace() and not _is_blank(char) for char in text)


def _encoded(text: str) -> bytes:
    # Python hands over argv's broken bytes as lone surrogates ("surrogateescape"); JSON's "\ud800"
    # is a surrogate that no byte stands for.
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return text.encode("utf-8", "surrogatepass")


def _decoded(raw: bytes, name: str) -> str:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise _unreadable(name, error.start) from None


def _unreadable(name: str, offset: int) -> InvalidInput:
    return InvalidInput(
        "{name} is not UTF-8 text: byte {offset} can't be read. Nothing was saved.",
        "Save it as UTF-8, or attach it as a file.",
        name=name,
        offset=offset,
    )


def _repaired(text: str) -> str:
    return _SURROGATE.sub("\ufffd", text).replace("\0", "␀")


_SURROGATE = re.compile("[\ud800-\udfff]")


# --- going to a screen --------------------------------------------------------------------------


def safe_line(text: str, limit: int = LINE_LIMIT) -> str:
    """One line that can't move the cursor, colour, hide or reorder anything; "…" where it was cut.

    ``limit`` is in characters of ``text`` and applies first, so a text of 10 MB costs nothing.
    """
    shown = text[:limit]
    if len(text) > limit:
        shown = shown.rstrip() + "…"
    if shown.isascii() and shown.isprintable():
        return shown
    return _visible(shown.replace("\r\n", " ").replace("\n", " ").replace("\t", " "))


def safe_block(
    text: str, columns: int | None = None, *, bar: str = "│ ", limit: int = BLOCK_LIMIT
) -> list[str]:
    """The lines of ``text``, each behind ``bar``, so that none can pass for a line of Spirou's.

    With ``columns`` a long line goes on behind a bar of its own; a terminal would wrap it without.
    """
    shown = text[:limit] + ("\n…" if len(text) > limit else "")
    lines = [safe_line(line.replace("\t", "    "), limit + 1) for line in _LINE_END.split(shown)]
    if columns is not None:
        room = max(columns - width(bar), 10)
        lines = [part for line in lines for part in wrapped(line, room)]
    return [(bar + line).rstrip() for line in lines]


def hidden_chars(text: str) -> int:
    """How many characters of ``text`` can't be seen as such: controls, bidi, zero-width, tags, fillers."""
    if text.isascii() and text.isprintable():
        return 0
    return sum(len(run) for run in _HIDDEN_ASCII.findall(text)) + sum(
        _shown(run, at, 0) not in (char, "")
        for run in _UNUSUAL.findall(text)
        for at, char in enumerate(run)
        if char > "~"
    )


def width(text: str) -> int:
    """How many columns of a terminal ``text`` takes."""
    if text.isascii():
        return len(text)
    return sum(_char_width(char) for char in text)


def cut(text: str, columns: int) -> str:
    """``text`` in at most ``columns`` columns, with "…" in the last one when something is gone."""
    if width(text) <= columns:
        return text
    kept, used = [], 1
    for char in text:
        used += _char_width(char)
        if used > columns:
            break
        kept.append(char)
    return "".join(kept).rstrip() + "…" if columns > 0 else ""


# Runs outside ASCII, Latin letters and common punctuation: only these are looked at one by one.
_UNUSUAL = re.compile("[^ -~\u00a0-\u00ac\u00ae-\u02ff‐-‧\u202f‰-⁞€]+")
_HIDDEN_ASCII = re.compile("[\x00-\x08\x0b-\x1f\x7f]+")
_LINE_END = re.compile("\r\n|\n")
_MOST_MARKS = 3

# Letters that Unicode draws as nothing at all. A variation selector only picks between two drawings
# and makes the width a matter of the terminal: dropped, but a second one in a row smuggles data.
_BLANK = frozenset("\u115f\u1160\u3164\uffa0\u2800\u034f\u17b4\u17b5")
_SELECTOR = re.compile("[\ufe00-\ufe0f\u180b-\u180d]")


def _is_blank(char: str) -> bool:
    return char in _BLANK or unicodedata.category(char) in ("Mn", "Me")


def _visible(text: str) -> str:
    return _UNUSUAL.sub(lambda match: _visible_run(match[0]), text)


def _visible_run(run: str) -> str:
    out, marks = [], 0
    for at, char in enumerate(run):
        if unicodedata.category(char) in ("Mn", "Me"):
            marks += 1
        elif char not in _JOINERS:
            marks = 0
        out.append(_shown(run, at, marks))
    return "".join(out)


_JOINERS = "\u200c\u200d"


def _shown(run: str, at: int, marks: int) -> str:
    """What stands on the screen for the character at ``at``, the ``marks``-th mark on its letter."""
    char = run[at]
    code = ord(char)
    if code < 0x20:
        return chr(0x2400 + code)
    if code == 0x7F:
        return "␡"
    if 0xD800 <= code <= 0xDFFF:
        return "\ufffd"
    if char in _JOINERS and _joins(run, at):
        return ""
    if _SELECTOR.match(char) and not (at and _SELECTOR.match(run[at - 1])):
        return ""
    category = unicodedata.category(char)
    if category in ("Mn", "Me"):
        if code >= 0xE0100 or char in _BLANK or _SELECTOR.match(char):
            return f"<U+{code:04X}>"
        return char if marks <= _MOST_MARKS else ""
    if category == "Zs":
        return char
    return char if char.isprintable() and char not in _BLANK else f"<U+{code:04X}>"


def _joins(run: str, at: int) -> bool:
    """Whether a joiner stands between two letters of a script that joins, or two emoji: harmless there."""
    if not 0 < at < len(run) - 1:
        return False
    before, after = ord(run[at - 1]), ord(run[at + 1])
    return all(0x0600 <= code < 0x18B0 for code in (before, after)) or (
        (_is_emoji(before) or before == 0xFE0F) and _is_emoji(after)
    )


def _is_emoji(code: int) -> bool:
    return 0x1F000 <= code < 0x1FB00 or 0x2600 <= code < 0x27C0


def _char_width(char: str) -> int:
    if " " <= char <= "~":
        return 1
    category = unicodedata.category(char)
    if category in ("Mn", "Me", "Cf", "Cc", "Cs"):
        return 0
    # The vowels and finals of Hangul are drawn inside the syllable that their initial opened.
    if "\u1160" <= char <= "\u11ff":
        return 0
    return 2 if unicodedata.east_asian_width(char) in ("W", "F") else 1


_COMMAND = " spirou "


def wrapped(line: str, room: int, *, ours: bool = False) -> list[str]:
    """``line`` in pieces of at most ``room`` columns, broken at spaces where there are any.

    In a line of ``ours`` the command to paste that ends it stays in one piece where it fits; somebody
    else's words never begin a line with one for that.
    """
    pieces: list[str] = []
    start = 0
    command = line.rfind(_COMMAND) + 1 if ours else 0
    if not command or width(line[command:]) > room:
        command = len(line)
    while (end := _fitting(line, start, room)) < len(line):
        space = max(line.rfind(" ", start + 1, min(end + 1, max(command, start + 1))), start)
        end = space if line[start:space].strip() else end
        pieces.append(line[start:end].rstrip())
        start = end
        while line.startswith(" ", start):
            start += 1
    return [*pieces, line[start:]]


def _fitting(line: str, start: int, room: int) -> int:
    """Where ``line`` must end to fit in ``room`` columns from ``start``; at least one character on."""
    used = 0
    for at in range(start, len(line)):
        used += _char_width(line[at])
        if used > room:
            return max(at, start + 1)
    return len(line)


# --- going to a spreadsheet or a disk -----------------------------------------------------------

_FORMULA = frozenset("=+-@%|\t\r\n＝＋－＠％｜")
_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?")


def csv_cell(text: str) -> str:
    """``text`` as a cell that a spreadsheet won't run: a leading ' where it would be a formula."""
    return "'" + text if _is_formula(text.lstrip("'")) else text


def csv_text(cell: str) -> str:
    """The text that ``csv_cell`` was given."""
    return cell[1:] if cell.startswith("'") and _is_formula(cell.lstrip("'")) else cell


def _is_formula(text: str) -> bool:
    if _NUMBER.fullmatch(text):  # an amount given back is no formula, and can be added up
        return False
    # A French spreadsheet parts cells at ";": what stands behind one is a first character too.
    for char in text.lstrip(" "):
        if char in _FORMULA:
            return True
        if has_visible(char) and char not in ';,"':
            return False
    return False


_DEVICES = re.compile(
    r"(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$|clock\$) *(\.|$)", re.IGNORECASE
)
_SPECIAL = frozenset({"desktop.ini", "autorun.inf", "thumbs.db"})
_STEM_BYTES = 120
_SUFFIX_BYTES = 20


def filename(name: str) -> str:
    """A name for a file of that ``name`` that is safe in any folder of any system, never empty."""
    last = re.split(r"[/\\]", name)[-1]
    shown = "".join(char if char.isprintable() else "_" for char in unicodedata.normalize("NFC", last))
    plain = re.sub(r'[<>:"|?*]', "_", shown).lstrip("-.~ ").rstrip(". ")
    if not has_visible(plain):
        return "file"
    if _DEVICES.match(plain) or plain.lower() in _SPECIAL:
        plain = "_" + plain
    stem, dot, suffix = plain.rpartition(".")
    if not stem or len(suffix.encode()) > _SUFFIX_BYTES:
        stem, dot, suffix = plain, "", ""
    return stem.encode()[:_STEM_BYTES].decode("utf-8", "ignore").rstrip(". ") + dot + suffix
