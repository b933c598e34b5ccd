"""Which questions ask for what nobody should send."""

from __future__ import annotations

import pytest

from spirou_cli.domain.caution import asks_for_secret


@pytest.mark.parametrize(
    "text",
    [
        "Please paste your API key.",
        "What is your PASSWORD for the clinic?",
        "Send me the verification code",
        "I need an access token",
        "Quel est votre mot de passe ?",
        "Il me faut la clé d’API",
        "Donnez-moi le code de vérification reçu par SMS",
    ],
)
def test_a_question_for_a_secret_is_seen(text: str) -> None:
    """Passwords, keys, tokens and codes, in English and in French, in any case."""
    assert asks_for_secret(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Tuesday 9:00 or Thursday?",
        "Which key opens the garage?",
        "Le code postal ?",
        "La clé du garage ?",
    ],
)
def test_a_plain_question_is_not(text: str) -> None:
    """Keys of doors and codes of places are no secrets."""
    assert not asks_for_secret(text)
