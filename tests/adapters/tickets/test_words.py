"""The words of a ticket: marks that are found again, questions, briefs whole."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest

from spirou_cli.adapters import Money
from spirou_cli.adapters.tickets.words import asks, brief_text, kept_mark, marked, says_mark
from spirou_cli.testing import a_brief

KEY = "01912345-6789-7abc-8def-0123456789ab"
OTHER = "01912345-6789-7abc-8def-ba9876543210"


@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_a_mark_is_found_by_its_key_alone(line_end: str) -> None:
    """Servers change line ends; another key's mark is another."""
    text = marked("Some words\n\nand more", KEY).replace("\n", line_end)

    assert (says_mark(text, KEY), says_mark(text, OTHER)) == (True, False)
    assert kept_mark(text) == "Spirou ref: 0123456789ab"


def test_a_quoted_mark_is_not_the_message_s_own() -> None:
    """Who quotes a comment doesn't repeat its op."""
    quoted = "> Spirou ref: 0123456789ab\nThanks"

    assert not says_mark(quoted, KEY)


@pytest.mark.parametrize(
    ("text", "question"),
    [
        ("Morning or afternoon?", True),
        ("Le matin ou l’après-midi ?\r\n", True),
        ("He asked «why?»", True),
        ("Why? Because.", False),
        ("> Which day?\nTuesday is booked.", False),
        ("Booked.\n> Which day?", False),
        ("", False),
    ],
)
def test_words_that_end_in_a_question_ask(text: str, question: bool) -> None:
    """The last line of one's own decides; a quoted line is somebody else's."""
    assert asks(text) is question


def test_a_brief_says_what_a_ticket_has_no_field_for() -> None:
    """Limits, budget, project, tags and a time of day are told in the language of the brief."""
    brief = replace(
        a_brief(),
        body="Any dentist.",
        language="fr",
        due=datetime(2026, 12, 1, 17, 30, tzinfo=timezone(timedelta(hours=1), "CET")),
        due_is_day=False,
        max_time_s=901,
        max_cost=Money(2500, "EUR"),
        project="santé",
        tags=("dents", "mardi"),
        sender="Camille",
    )

    assert brief_text(brief, title_limit=255) == "\n".join(
        [
            "Any dentist.",
            "",
            "À faire avant : 2026-12-01 17:30 CET",
            "Pas plus de 16 min",
            "Budget : 25.00 EUR",
            "Projet : santé",
            "Étiquettes : dents, mardi",
            "",
            "Camille",
        ]
    )


def test_a_title_that_is_too_long_is_whole_in_the_text() -> None:
    """What the field would cut is said in full first."""
    brief = replace(a_brief("x" * 300), body="Body")

    assert brief_text(brief, title_limit=255) == f"Title: {'x' * 300}\n\nBody"
