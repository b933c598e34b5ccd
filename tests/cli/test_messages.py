"""Every message in every language, and how figures are written in each."""

from __future__ import annotations

import gettext
import importlib.util
import re
import string
import sys
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import ModuleType

import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from hypothesis import given
from hypothesis import strategies as st

from spirou_cli.adapters.registry import BUILT_IN, load
from spirou_cli.cli.render import formats
from spirou_cli.cli.render.messages import Words, choose_language
from spirou_cli.cli.render.reasons import CODES, why
from spirou_cli.domain.errors import InvalidInput, NoSuchThing
from spirou_cli.domain.money import Money
from spirou_cli.domain.reason import Reason
from spirou_cli.domain.states import TaskState

ROOT = Path(__file__).parents[2]
ENGLISH, FRENCH = Words("en"), Words("fr")
TODAY = date(2026, 11, 23)


def tool() -> ModuleType:
    """``tests/tools/messages.py``, as a module."""
    spec = importlib.util.spec_from_file_location("messages_tool", ROOT / "tests" / "tools" / "messages.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


TOOL = tool()
SAID = TOOL.messages()
CATALOGUES = TOOL.catalogues()


def catalogue(path: Path) -> Catalog:
    with path.open("rb") as file:
        return read_po(file)


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: path.parts[-3])
def test_every_message_of_the_code_is_translated_and_no_other(path: Path) -> None:
    """A catalogue has exactly what the code says; tests/tools/messages.py lists what is missing."""
    updated = TOOL.updated(path.read_bytes(), SAID)

    assert TOOL.untranslated(updated) == []
    assert TOOL.unused(path.read_bytes(), SAID) == []


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: path.parts[-3])
def test_a_translation_has_the_fields_of_its_message(path: Path) -> None:
    """No translation forgets or invents a {field}, which would be seen only when it is shown."""
    for message in catalogue(path):
        texts = [message.id] if isinstance(message.id, str) else list(message.id)
        translated = [message.string] if isinstance(message.string, str) else list(message.string)
        if not any(translated):
            continue  # found by the test above
        assert fields(translated[-1]) == fields(texts[-1]), message.id
        assert {fields(text) for text in translated} <= {fields(text) for text in texts}, message.id


def fields(template: str) -> frozenset[str]:
    return frozenset(name for _, name, _, _ in string.Formatter().parse(template) if name is not None)


def test_the_code_is_searched_for_messages_by_its_syntax(tmp_path: Path) -> None:
    """Messages of errors, words, counts and helps are found, wherever their class was made."""
    (tmp_path / "code").mkdir()
    (tmp_path / "code" / "some.py").write_text(
        "class SpirouError(Exception): ...\n"
        "class Refused(SpirouError): ...\n"
        "class TooLong(Refused): ...\n"
        "raise TooLong('A {x}.' ' B.', 'hint', x=1)\n"
        "words.say('one' if y else 'two', z='not this')\n"
        "words.plural('{n} file', '{n} files', n)\n"
        "mark('marked'); option(help='helped'); print('silent'); words.say(variable)\n"
        "def show(context: typer.Context):\n    'Its help.'\n"
        "def other(context):\n    'Not a help.'\n"
    )

    found = {message.id for message in TOOL.messages(tmp_path / "code")}

    assert found == {
        "A {x}. B.",
        "hint",
        "one",
        "two",
        ("{n} file", "{n} files"),
        "marked",
        "helped",
        "Its help.",
    }


def test_a_compiled_catalogue_says_the_same_as_its_source(tmp_path: Path) -> None:
    """What an installed Spirou reads is what a source tree says."""
    source = catalogue(CATALOGUES[0])
    with (tmp_path / "spirou.mo").open("wb") as file:
        write_mo(file, source)
    with (tmp_path / "spirou.mo").open("rb") as file:
        compiled = gettext.GNUTranslations(file)

    for message in source:
        if isinstance(message.id, str):
            assert not message.id or compiled.gettext(message.id) == (message.string or message.id)
        else:
            said = message.string if all(message.string) else message.id
            assert [compiled.ngettext(*message.id, n) for n in (1, 2)] == list(said)


@pytest.mark.parametrize(
    ("option", "environ", "language"),
    [
        ("fr", {"SPIROU_LANG": "en"}, "fr"),
        ("fr_CA", {}, "fr"),
        (None, {"SPIROU_LANG": "fr", "LC_ALL": "en_GB.UTF-8"}, "fr"),
        (None, {"LC_ALL": "C", "LC_MESSAGES": "fr_FR.UTF-8"}, "en"),
        (None, {"LC_MESSAGES": "fr_FR.UTF-8", "LANG": "en_US.UTF-8"}, "fr"),
        (None, {"LC_ALL": "", "LANG": "fr_BE@euro"}, "fr"),
        (None, {"LANG": "de_DE.UTF-8"}, "en"),
        (None, {"LANG": "POSIX"}, "en"),
        (None, {}, "en"),
    ],
)
def test_the_first_that_is_set_chooses_the_language(
    option: str | None, environ: dict[str, str], language: str
) -> None:
    """Option, SPIROU_LANG, LC_ALL, LC_MESSAGES, LANG; what Spirou doesn't speak is English."""
    assert choose_language(option, environ) == language


def test_a_language_asked_for_by_name_must_exist() -> None:
    """A slip in --lang is told, not answered in English."""
    with pytest.raises(InvalidInput):
        choose_language("frnch", {})


def test_an_error_is_told_in_the_language_of_the_person() -> None:
    """The template is translated, the fields are data and made safe."""
    error = NoSuchThing("No task {ref}.", "spirou list", ref="\x1b[2J{x}")

    assert ENGLISH.error(error) == ("No task ␛[2J{x}.", "spirou list")
    assert FRENCH.error(error) == ("Pas de tâche ␛[2J{x}.", "spirou list")


def test_the_words_of_a_plugin_are_no_template() -> None:
    """Braces in the help of a plugin are letters; what Spirou has words for is translated."""
    assert FRENCH.known("{0} {title} %s \x1b[2J") == "{0} {title} %s ␛[2J"
    assert FRENCH.known("Name") == "Nom"
    assert FRENCH.known("") == ""


def test_every_state_has_a_word_in_every_language() -> None:
    """No screen shows a word of the machine, and French words are French."""
    english = {state: formats.state(ENGLISH, state) for state in TaskState}
    french = {state: formats.state(FRENCH, state) for state in TaskState}

    assert english[TaskState.INPUT_REQUIRED] == "needs you"
    assert formats.state(FRENCH, TaskState.QUEUED, "10/10") == "en attente\u00a0: 10/10"
    assert all(english[state] != french[state] for state in TaskState)


@pytest.mark.parametrize(
    ("write", "english", "french"),
    [
        (lambda w: formats.day(w, date(2026, 11, 27), TODAY), "Fri 27 Nov", "ven. 27 nov."),
        (lambda w: formats.day(w, date(2027, 2, 1), TODAY), "Mon 1 Feb 2027", "lun. 1 févr. 2027"),
        (
            lambda w: formats.due(w, datetime(2026, 11, 27, 18, tzinfo=UTC), TODAY, is_day=False),
            "Fri 27 Nov 18:00",
            "ven. 27 nov. 18:00",
        ),
        (lambda w: formats.late(w, timedelta(days=2, hours=5)), "late 2 d", "retard 2 j"),
        (lambda w: formats.span(w, timedelta(seconds=59)), "<1 min", "<1 min"),
        (lambda w: formats.span(w, timedelta(minutes=59)), "59 min", "59 min"),
        (lambda w: formats.span(w, timedelta(hours=23)), "23 h", "23 h"),
        (lambda w: formats.span(w, -timedelta(hours=3)), "<1 min", "<1 min"),
        (lambda w: formats.ago(w, timedelta(hours=2)), "2 h ago", "il y a 2 h"),
        (lambda w: formats.ago(w, timedelta(seconds=3)), "just now", "à l’instant"),
        (lambda w: formats.amount(w, Money(60000, "EUR")), "600.00 EUR", "600,00 EUR"),
        (lambda w: formats.amount(w, Money(42, "USD"), estimated=True), "~0.42 USD", "~0,42 USD"),
        (lambda w: formats.amount(w, Money(-50, "EUR")), "-0.50 EUR", "-0,50 EUR"),
        (
            lambda w: formats.amount(w, Money(123456789, "EUR")),
            "1,234,567.89 EUR",
            "1\u202f234\u202f567,89 EUR",
        ),
        (lambda w: formats.amount(w, Money(1234, "JPY")), "1,234 JPY", "1\u202f234 JPY"),
        (lambda w: formats.amount(w, None), "–", "–"),
        (lambda w: formats.period(w, date(2026, 11, 1), TODAY), "1–23 November 2026", "1–23 novembre 2026"),
        (
            lambda w: formats.period(w, date(2026, 10, 30), TODAY),
            "30 October 2026 – 23 November 2026",
            "30 octobre 2026 – 23 novembre 2026",
        ),
        (lambda w: formats.period(w, TODAY, TODAY), "23 November 2026", "23 novembre 2026"),
        (lambda w: formats.quoted(w, "9:00\nor {x}?"), "“9:00 or {x}?”", "«\u00a09:00 or {x}?\u00a0»"),
        (
            lambda w: why(w, Reason("no_place", (10, 10)), provider="timesvr"),
            "timesvr has 10 of 10 open",
            "timesvr en a 10 sur 10",
        ),
        (
            lambda w: why(w, Reason("too_long", (900, 1800)), provider="timesvr"),
            "timesvr takes 0:15 at most, you asked for 0:30",
            "timesvr prend 0:15 au plus, vous demandez 0:30",
        ),
        (
            lambda w: why(w, Reason("over_budget", (5000, 1250), "EUR"), provider="t"),
            "50.00 EUR is more than the 12.50 EUR left in the budget",
            "50,00 EUR dépasse les 12,50 EUR qui restent au budget",
        ),
        (
            lambda w: why(w, Reason("retry", (1_795_456_800_000,)), provider="t"),
            "next try at 18:00",
            "prochain essai à 18:00",
        ),
        (
            lambda w: why(w, Reason("said", text="No\x1b way"), provider="t"),
            "“No␛ way”",
            "«\u00a0No␛ way\u00a0»",
        ),
        (
            lambda w: why(w, Reason("exchange_too_long", text="Too much e-mail."), provider="t"),
            "“Too much e-mail.”",
            "«\u00a0Too much e-mail.\u00a0»",
        ),
        (lambda w: why(w, None, provider="t"), "", ""),
    ],
)
def test_figures_are_written_by_language(write: Callable[[Words], str], english: str, french: str) -> None:
    """Days, ages, sums and reasons read as people of the language write them."""
    assert (write(ENGLISH), write(FRENCH)) == (english, french)


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [(None, "–"), (0, "0:00"), (5, "0:01"), (89, "0:01"), (90, "0:02"), (1500, "0:25"), (114_000, "31:40")],
)
def test_time_used_is_hours_and_minutes(seconds: int | None, shown: str) -> None:
    """Unknown is not zero, and a few seconds are not nothing."""
    assert formats.hours(seconds) == shown


@given(st.integers(-(10**12), 10**12), st.sampled_from(["EUR", "JPY", "KWD"]))
def test_a_sum_on_a_screen_has_every_digit(minor: int, currency: str) -> None:
    """Marks of a language are an ornament: without them it is the exact amount."""
    sum_ = Money(minor, currency)

    assert formats.amount(ENGLISH, sum_).replace(",", "") == str(sum_)
    assert formats.amount(FRENCH, sum_).replace("\u202f", "").replace(",", ".") == str(sum_)


def test_every_reason_code_of_the_core_has_words() -> None:
    """A code that the core can store never reaches a screen as a code."""
    code = re.compile(r'(?:Reason|Hold|Wait)\((?:op, |self\.op, )?"([a-z_]+)"')
    used = {
        name
        for layer in ("domain", "service")
        for path in (ROOT / "spirou_cli" / layer).rglob("*.py")
        for name in code.findall(path.read_text("utf-8"))
    }

    assert used - {"said"} <= CODES.keys()
    assert "no_place" in used


@pytest.mark.parametrize("kind", BUILT_IN)
def test_the_questions_of_every_kind_are_asked_in_french(kind: str) -> None:
    """The help of each setting that comes with Spirou has French words, so the wizard speaks one language."""
    french = Words("fr")

    assert [s.name for s in load(kind).settings if s.help and french.known(s.help) == s.help] == []
