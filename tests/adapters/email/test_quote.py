"""A person's own words, without the mail they answer to."""

from __future__ import annotations

import pytest

from spirou_cli.adapters.email.quote import own_words

OWN = "Tuesday at nine is fine.\n\nJulie"

QUOTED = {
    "gmail": "On Mon, Nov 23, 2026 at 10:12 AM Anna <anna@client.test> wrote:\n\n> Could you\n> book?",
    "gmail, folded": "On Mon, Nov 23, 2026 at 10:12 AM Anna\n<anna@client.test> wrote:\n> Could\n>\n> you?",
    "gmail, french": "Le lun. 23 nov. 2026 à 10:12, Anna <anna@client.test> a écrit :\n\n> Pouvez-vous",
    "thunderbird, french": "Le 23/11/2026 à 10:12, Anna a écrit\u00a0:\n> Pouvez-vous\n> réserver",
    "outlook": (
        "________________________________\nFrom: Anna <anna@client.test>\nSent: Monday, November 23, 2026\n"
        "To: Julie\nSubject: Book\n\nCould you book a dentist?"
    ),
    "outlook, french": (
        "De : Anna <anna@client.test>\nEnvoyé : lundi 23 novembre 2026 10:12\nÀ : Julie\nObjet : Dentiste\n\n"
        "Pouvez-vous réserver"
    ),
    "original": "-----Original Message-----\nFrom: Anna\n\nCould you book a dentist?",
    "original, french": "-----Message d'origine-----\nDe : Anna\n\nPouvez-vous réserver",
    "unmarked": "On 23 Nov 2026, at 10:12, Anna <anna@client.test> wrote:\n\nCould you book a dentist?",
    "signature": "-- \nJulie Martin\n+33 1 23 45 67 89",
    "phone": "Sent from my iPhone",
    "phone, french": "Envoyé de mon iPhone",
}


@pytest.mark.parametrize("tail", QUOTED.values(), ids=QUOTED.keys())
def test_what_was_answered_and_signed_is_cut(tail: str) -> None:
    """Only the sender's own words are shown, whatever program wrote around them."""
    assert own_words(f"{OWN}\n\n{tail}\n") == OWN


def test_answers_between_quoted_lines_are_kept() -> None:
    """Who answers point by point loses no point."""
    text = "On Monday Anna wrote:\n> When?\n\nOn Tuesday.\n\n> Where?\n\nIn Lyon.\n"

    assert own_words(text) == "On Tuesday.\n\nIn Lyon."


def test_words_below_a_quotation_are_kept() -> None:
    """Bottom posting is an answer too."""
    assert own_words("On Mon, 23 Nov 2026, Anna wrote:\n> Could you?\n\nYes, done.") == "Yes, done."


def test_nothing_is_lost_when_all_is_quoted() -> None:
    """Somebody who wrote inside the quotation is shown with it."""
    text = "> Could you?\n> Yes: Tuesday"

    assert own_words(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "On Tuesday the shop opens at nine.\nI wrote: call them.",
        "From: the station, 12 minutes on foot.\nThe shop is closed.",
        "Le dentiste est libre mardi.\nIl a écrit une lettre.",
        "2 > 1",
    ],
)
def test_ordinary_sentences_are_not_cut(text: str) -> None:
    """Words that look like a program's are words."""
    assert own_words(text) == text
