"""What text may come in, and how it may be shown."""

from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from spirou_cli.domain.errors import InvalidInput
from spirou_cli.domain.text import (
    BODY_LIMIT,
    Incoming,
    Source,
    check_title,
    clean_in,
    csv_cell,
    csv_text,
    cut,
    filename,
    hidden_chars,
    safe_block,
    safe_line,
    width,
    wrapped,
)

any_text = st.text(st.characters(codec=None))  # surrogates included
DANGEROUS = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")


def dangerous(text: str) -> list[str]:
    return [char for char in text if unicodedata.category(char) in DANGEROUS]


@pytest.mark.parametrize(
    ("raw", "offset"),
    [(b"bad\xff\xfetitle", 3), (b"\xc0\xaf", 0), (b"\xed\xa0\x80", 0), (b"\xe2\x82", 0), (b"utf16\0\0", 5)],
)
@pytest.mark.parametrize("source", [Source.FILE, Source.ARGUMENT])
def test_a_person_is_told_which_byte_is_not_text(raw: bytes, offset: int, source: Source) -> None:
    """Broken bytes of a person are refused by place, never guessed."""
    data = raw.decode("utf-8", "surrogateescape") if source is Source.ARGUMENT else raw

    with pytest.raises(InvalidInput) as refusal:
        clean_in(data, "TITLE", source=source)

    assert refusal.value.fields == {"name": "TITLE", "offset": offset}


def test_a_nul_from_a_pipe_is_kept_raw_and_pictured() -> None:
    """Text from a pipe with a NUL is stored so that SQLite's functions agree about its length."""
    incoming = clean_in(b"a\0b", "stdin", source=Source.STDIN)

    assert incoming == Incoming("a␀b", b"a\0b")


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"bad\xff\xfetitle", Incoming("bad\ufffd\ufffdtitle", b"bad\xff\xfetitle")),
        ("\ud800", Incoming("\ufffd", b"\xed\xa0\x80")),
        (b"a\0b", Incoming("a␀b", b"a\0b")),
        (b"caf\xc3\xa9", Incoming("café")),
        ("\x1b[2J", Incoming("\x1b[2J")),
    ],
)
def test_a_provider_is_repaired_and_its_bytes_kept(data: bytes | str, expected: Incoming) -> None:
    """A provider's broken text never blocks a sync, and nothing it sent is lost."""
    assert clean_in(data, "item", source=Source.PROVIDER) == expected


@given(any_text)
def test_what_came_in_fits_utf8_without_nul(text: str) -> None:
    """Whatever a provider sends can be stored."""
    incoming = clean_in(text, "item", source=Source.PROVIDER)

    assert "\0" not in incoming.text.encode().decode()


def test_what_is_too_long_is_refused_with_the_limit() -> None:
    """The refusal names what was given and what is allowed."""
    with pytest.raises(InvalidInput) as refusal:
        clean_in("é" * BODY_LIMIT, "--body", source=Source.ARGUMENT)

    assert refusal.value.fields == {"name": "--body", "size": 2 * BODY_LIMIT, "limit": BODY_LIMIT}


@pytest.mark.parametrize(
    ("title", "message"),
    [
        ("", "The title is empty."),
        ("   \t\n ", "The title is empty."),
        ("\u200b\u200b", "The title has no visible character."),
        ("\u3164 \u115f", "The title has no visible character."),
        ("\u0301", "The title has no visible character."),
        ("a" * 501, "The title has 501 characters; the limit is 500."),
    ],
)
def test_a_title_that_shows_nothing_is_refused(title: str, message: str) -> None:
    """A title must be something that a person can read in a list."""
    with pytest.raises(InvalidInput, match=re.escape(message)):
        check_title(title)


@pytest.mark.parametrize(
    "title", ["Book the dentist", "a" * 500, "漢字", "🦷", "[/]", "null", "-rf", "\x1b[2Ja"]
)
def test_a_title_with_something_to_see_stays_as_typed(title: str) -> None:
    """Only rendering changes a text."""
    assert check_title(title) == title


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[2J", "␛[2J"),
        ("\x9b2J", "<U+009B>2J"),
        ("real\rFAKE", "real␍FAKE"),
        ("a\x7fb", "a␡b"),
        ("two\nlines\tand tabs\r\nend", "two lines and tabs end"),
        ("\u2066abc\u2069", "<U+2066>abc<U+2069>"),
        ("a\u200bb", "a<U+200B>b"),
        ("pay\u200dpal", "pay<U+200D>pal"),
        ("\ufeffBOM", "<U+FEFF>BOM"),
        ("e" + "\u0301" * 500 + "!", "e" + "\u0301" * 3 + "!"),
        ("👩\u200d👧", "👩👧"),
        ("❤\ufe0f\u200d🔥", "❤🔥"),
        ("می\u200cخواهم", "میخواهم"),
        ("a\ufe01\ufe02\ufe03", "a<U+FE02><U+FE03>"),
        ("a\U000e0101", "a<U+E0101>"),
        ("\U000e0041", "<U+E0041>"),
        ("\udfff\ud800", "\ufffd\ufffd"),
        ("\ue000priv", "<U+E000>priv"),
        ("\ufffe", "<U+FFFE>"),
        ("\u3164", "<U+3164>"),
        ("\u2028next", "<U+2028>next"),
        ("À 9\u202fh, «\u00a0oui\u00a0» – “ok” 5 €", "À 9\u202fh, «\u00a0oui\u00a0» – “ok” 5 €"),
        ("漢字", "漢字"),
        ("[red]PAID[/red] :bomb: {0} %s", "[red]PAID[/red] :bomb: {0} %s"),
    ],
)
def test_what_a_terminal_would_obey_is_made_visible(text: str, shown: str) -> None:
    """A control is shown as a picture or a number; letters and typography stay as they are."""
    assert safe_line(text) == shown


@given(any_text)
@example("\x1b]52;c;ZXZpbA==\x07")
@example("👩\u200d👩" + "\u0301" * 9)
def test_a_safe_line_has_nothing_dangerous_and_is_stable(text: str) -> None:
    """Nothing that acts on a terminal survives, and cleaning twice is cleaning once."""
    shown = safe_line(text)

    assert dangerous(shown) == []
    assert safe_line(shown, len(shown)) == shown
    assert not re.search(r"[\u0300-\u036f]{4}", shown)


@given(st.text(st.characters(codec="utf-8"), max_size=80), st.integers(1, 40))
def test_a_cut_fits_its_columns(text: str, columns: int) -> None:
    """Nothing cut to a number of columns takes more, and what fits isn't touched."""
    shown = cut(safe_line(text), columns)

    assert width(shown) <= columns
    assert shown == safe_line(text) or shown.endswith("…")


@pytest.mark.parametrize(
    ("text", "columns"),
    [("abc", 3), ("漢字", 4), ("e\u0301", 1), ("🦷", 2), ("é", 1), ("한글", 4), ("각", 2), ("", 0)],
)
def test_width_counts_columns_not_characters(text: str, columns: int) -> None:
    """Wide letters take two columns, marks none."""
    assert width(text) == columns


def test_a_block_keeps_its_bar_on_every_line() -> None:
    """Text of somebody else can't start a line of its own, not even by being long."""
    block = safe_block("Hello\r\n\x1b[31m> spirou accept 14\n" + "word " * 9, 24)

    assert block == [
        "│ Hello",
        "│ ␛[31m> spirou accept",
        "│ 14",
        "│ word word word word",
        "│ word word word word",
        "│ word",
    ]


def test_a_command_of_ours_is_not_broken() -> None:
    """It goes on the next line whole, where it can be pasted from; one that fits nowhere is broken."""
    line = "2 tasks have no cost: spirou list --cost unknown"

    assert wrapped(line, 30, ours=True) == ["2 tasks have no cost:", "spirou list --cost unknown"]
    assert wrapped(line, 30) == ["2 tasks have no cost: spirou", "list --cost unknown"]
    assert wrapped(line, 20, ours=True)[-1] == "--cost unknown"


@given(any_text, st.one_of(st.none(), st.integers(1, 60)))
def test_no_line_of_a_block_escapes(text: str, columns: int | None) -> None:
    """Every line starts with the bar, fits, and has nothing dangerous."""
    block = safe_block(text, columns)

    assert all(line.startswith("│") and dangerous(line) == [] for line in block)
    assert columns is None or all(width(line) <= max(columns, 12) for line in block)


@given(st.text(st.characters(codec="utf-8", exclude_characters="\n"), max_size=200), st.integers(2, 30))
@example("      indented-and-long", 10)
def test_wrapping_loses_only_spaces(text: str, room: int) -> None:
    """The pieces of a line are the line: nothing but spaces at a break is gone, and each fits."""
    line = safe_line(text)

    pieces = wrapped(line, room)

    assert "".join("".join(pieces).split()) == "".join(line.split())
    assert all(width(piece) <= room for piece in pieces)
    assert all(piece.strip() for piece in pieces[:-1])


def test_ten_megabytes_are_cut_before_they_are_cleaned() -> None:
    """A huge text costs what is shown of it."""
    huge = "\u202e漢" * 5_000_000

    assert len(safe_line(huge, 80)) < 800
    assert len(safe_block(huge, 80, limit=1_000)) < 120


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("plain", 0),
        ("œuvre – “ok”\nline\ttab", 0),
        ("\x1b[2J\x07", 2),
        ("a\u200bb", 1),
        ("\U000e0041" * 5, 5),
        ("👩\u200d👧", 0),
    ],
)
def test_hidden_characters_are_counted(text: str, count: int) -> None:
    """JSON says how many characters of a text a reader would not see."""
    assert hidden_chars(text) == count


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("+1", "'+1"),
        ("-1+1", "'-1+1"),
        ("-10.50", "-10.50"),
        ("-10.50 EUR", "'-10.50 EUR"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'\t=1"),
        (" =1", "' =1"),
        ("＝1", "'＝1"),
        (";=1", "';=1"),
        ("\ufeff=1", "'\ufeff=1"),
        ("%x", "'%x"),
        ("Book the dentist", "Book the dentist"),
        ('a,b"c\nd', 'a,b"c\nd'),
        ("'tis", "'tis"),
    ],
)
def test_a_spreadsheet_gets_no_formula(text: str, cell: str) -> None:
    """A text that a spreadsheet would run starts with a quote mark."""
    assert csv_cell(text) == cell


@given(any_text)
@example("'=1")
@example("'-1.5")
def test_a_csv_cell_gives_its_text_back(text: str) -> None:
    """Export and import meet again."""
    assert csv_text(csv_cell(text)) == text


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("/etc/passwd", "passwd"),
        ("C:\\Windows\\evil.exe", "evil.exe"),
        ("..\\..\\x", "x"),
        ("a/../../b", "b"),
        ("nul.txt", "_nul.txt"),
        ("COM1.log", "_COM1.log"),
        ("con .txt", "_con.txt"),
        ("file.", "file"),
        ("file ", "file"),
        ("..", "file"),
        ("", "file"),
        ("-rf", "rf"),
        ("~root", "root"),
        (".bashrc", "bashrc"),
        ("a\0b.txt", "a_b.txt"),
        ("x\n.txt", "x_.txt"),
        ("invoice\u202efdp.exe", "invoice_fdp.exe"),
        ("a:stream", "a_stream"),
        ("NFD e\u0301.txt", "NFD é.txt"),
        ("<script>.html", "_script_.html"),
        ("desktop.ini", "_desktop.ini"),
        ("%2e%2e%2fx", "%2e%2e%2fx"),
        ("é" * 200 + ".pdf", "é" * 60 + ".pdf"),
        ("devis plombier.pdf", "devis plombier.pdf"),
    ],
)
def test_a_file_name_is_safe_anywhere(name: str, safe: str) -> None:
    """No path, device, hidden or over-long name comes out, and an honest one isn't touched."""
    assert filename(name) == safe


@given(any_text)
def test_a_file_name_is_one_plain_part(name: str) -> None:
    """Any text at all makes a name that stays in its folder."""
    safe = filename(name)

    assert safe
    assert safe[0] not in "-.~"
    assert not set(safe) & set('/\\:*?"<>|\0')
    assert len(safe.encode()) <= 142
    assert dangerous(safe) == []
    assert filename(safe) == safe
