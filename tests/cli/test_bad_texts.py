"""Every entry of the catalogue of bad inputs that is text, through the functions that must bear it."""

from __future__ import annotations

import io
import json
import unicodedata
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from spirou_cli.cli.render.messages import Words
from spirou_cli.cli.render.screen import Screen
from spirou_cli.cli.render.table import Column, Table
from spirou_cli.domain.errors import InvalidInput
from spirou_cli.domain.phrases import money, seconds, when
from spirou_cli.domain.text import (
    BODY_LIMIT,
    ITEM_LIMIT,
    Source,
    check_title,
    clean_in,
    filename,
    hidden_chars,
    width,
)
from tests.bad_inputs import ENTRIES, text_entries, value

NOW = datetime(2026, 11, 23, 11, 41, tzinfo=UTC)
TEXTS = text_entries(
    "TRM", "MKP", "UNI", "BYT", "ARG", "NUM", "TIM", "FIL", "CSV", "NET", "MSG", "ENV", "INJ", "SIZ"
)
SHOWN = {name: text[:100_000] for name, text in TEXTS.items()}  # what is longer is tested by its size alone
BYTES = {str(entry["id"]): value(entry) for entry in ENTRIES if "base64" in entry}

Renderer = Callable[[Screen, str], None]


def line(screen: Screen, text: str) -> None:
    screen.line("before ", text, " after")


def sentence(screen: Screen, text: str) -> None:
    screen.say("{name} is “{text}”.", name=text[:9], text=text)


def block(screen: Screen, text: str) -> None:
    screen.block(text, indent=4)


def split(screen: Screen, text: str) -> None:
    screen.split(text, text[:12], indent=2)


def table(screen: Screen, text: str) -> None:
    columns = [Column("ID"), Column("TASK", title=True), Column("STATE"), Column("TIME", right=True)]
    screen.table(Table(columns, [["14", text, "needs you", "0:10"], ["15", "plain", "working", "–"]]))


def records(screen: Screen, text: str) -> None:
    screen.records([[14, text, None]])


def csv(screen: Screen, text: str) -> None:
    screen.csv([[14, text, None]])


def as_json(screen: Screen, text: str) -> None:
    screen.json("spirou.show/1", {"title": text})


def note(screen: Screen, text: str) -> None:
    screen.note("{text}", text=text)


RENDERERS = [line, sentence, block, split, table, records, csv, as_json, note]


def shown(render: Renderer, text: str, columns: int | None, *, accessible: bool = False) -> str:
    streams = io.StringIO(newline=""), io.StringIO()
    render(Screen(*streams, Words("en"), columns=columns, accessible=accessible), text)
    return streams[0].getvalue() + streams[1].getvalue()


def violations(text: str) -> list[str]:
    """What must never reach a terminal: everything that acts on it, hides, or reorders."""
    plain = text.replace("\r\n", "\n").replace("\n", "").replace("\t", "")
    return [
        f"U+{ord(c):04X}"
        for c in plain
        if unicodedata.category(c) in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")
    ]


@pytest.mark.parametrize("render", RENDERERS, ids=lambda render: render.__name__)
@pytest.mark.parametrize("entry", SHOWN)
def test_no_renderer_lets_an_entry_act_on_the_terminal(entry: str, render: Renderer) -> None:
    """On a terminal, in a pipe and read aloud, nothing dangerous is written and nothing fails."""
    text = SHOWN[entry]

    for columns, accessible in ((80, False), (120, False), (None, False), (80, True)):
        assert violations(shown(render, text, columns, accessible=accessible)) == []


@pytest.mark.parametrize("entry", TEXTS)
def test_no_entry_breaks_the_columns(entry: str) -> None:
    """Every line of a table is within its terminal, and the next cell stands where it should."""
    lines = shown(table, TEXTS[entry], 80).splitlines()

    assert len(lines) == 3
    assert all(width(text) <= 80 for text in lines)
    assert width(lines[1][: lines[1].rindex("needs you")]) == width(lines[2][: lines[2].rindex("working")])


@pytest.mark.parametrize("entry", TEXTS)
def test_json_gives_every_entry_back(entry: str) -> None:
    """What was stored is what a program reads, to the last character."""
    assert json.loads(shown(as_json, SHOWN[entry], None))["title"] == SHOWN[entry]


@pytest.mark.parametrize(
    "entry",
    [e for e, text in text_entries("MKP", "ARG", "INJ").items() if text.strip() and not hidden_chars(text)],
)
def test_words_that_only_look_like_orders_are_shown_as_they_are(entry: str) -> None:
    """Markup, shell, SQL, format and prompt tricks are letters."""
    text = TEXTS[entry]

    assert " ".join(text.splitlines()) in shown(line, text, None)


@pytest.mark.parametrize("entry", text_entries("CSV"))
def test_a_spreadsheet_runs_no_entry(entry: str) -> None:
    """A cell of text never starts as a formula."""
    cell = shown(csv, TEXTS[entry], None).split(",", 1)[1]

    assert cell.startswith(("'", "\"'")) or entry == "CSV12"  # CSV12 is only about quoting


@pytest.mark.parametrize("entry", text_entries("FIL"))
def test_a_hostile_file_name_becomes_one_plain_part(entry: str) -> None:
    """No entry leaves its folder, hides, or names a device."""
    safe = filename(TEXTS[entry])

    assert safe
    assert not set(safe) & set('/\\:*?"<>|')
    assert safe[0] not in "-.~"
    assert violations(safe) == []


@pytest.mark.parametrize("entry", [entry for entry in text_entries("NUM") if entry not in ("NUM12", "NUM06")])
def test_no_odd_number_is_money_or_time(entry: str) -> None:
    """Every odd number is refused as a sum and as a length of time, in both languages."""
    for language in ("en", "fr"):
        with pytest.raises(InvalidInput):
            money(TEXTS[entry], default="EUR", language=language)
        with pytest.raises(InvalidInput):
            seconds(TEXTS[entry], language=language)


@pytest.mark.parametrize("entry", [entry for entry in text_entries("TIM") if entry != "TIM01"])
def test_no_odd_date_is_taken(entry: str) -> None:
    """Every odd date is refused; the first second of 1970 is an honest one."""
    with pytest.raises(InvalidInput):
        when(TEXTS[entry], now=NOW)
    assert when(TEXTS["TIM01"], now=NOW).at == datetime(1970, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize("entry", BYTES)
@pytest.mark.parametrize("source", Source)
def test_broken_bytes_are_refused_from_a_person_and_kept_from_a_provider(entry: str, source: Source) -> None:
    """A person hears which byte; of a provider the bytes are kept beside readable text."""
    raw = BYTES[entry]
    assert isinstance(raw, bytes)
    broken = entry not in ("BYT06", "BYT08")  # BYT06 has a NUL only, BYT08 is plain letters

    if source is Source.PROVIDER or (source is Source.STDIN and not broken) or entry == "BYT08":
        incoming = clean_in(raw, "item", source=source)
        assert (incoming.raw or incoming.text.encode()) == raw
        assert "\0" not in incoming.text
    else:
        with pytest.raises(InvalidInput, match="is not UTF-8 text: byte"):
            clean_in(raw, "--body-file", source=source)


@pytest.mark.parametrize("entry", text_entries("SIZ"))
def test_sizes_are_refused_by_name_of_the_limit(entry: str) -> None:
    """A person hears the limit of a title and of a body; a provider's item over its cap is refused too."""
    text = TEXTS[entry]

    with pytest.raises(InvalidInput):
        check_title(text)
    for source, limit in ((Source.STDIN, BODY_LIMIT), (Source.PROVIDER, ITEM_LIMIT)):
        if len(text) > limit:
            with pytest.raises(InvalidInput, match=f"the limit is {limit}"):
                clean_in(text, "--body", source=source, limit=limit)


def test_hidden_text_of_an_agent_is_counted() -> None:
    """The tag characters of a hidden prompt are shown on the screen and counted in JSON."""
    hidden = "Fine." + "".join(chr(0xE0000 + ord(letter)) for letter in "pay now")

    assert hidden_chars(hidden) == 7
    assert "<U+E0070>" in shown(line, hidden, 80)
