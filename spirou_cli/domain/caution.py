"""Words that should make a person careful: a question that asks for what nobody should send."""

from __future__ import annotations

import re
import unicodedata

__all__ = ["asks_for_secret"]

_SECRETS = (
    r"pass\s?(?:word|phrase|code)s?",
    r"(?:api|secret|private|access|encryption)[ _-]keys?",
    r"(?:access|api|auth|bearer|session)[ _-]tokens?",
    r"(?:one[ -]time|verification|security|2fa|mfa|sms) codes?",
    r"pin codes?",
    r"mots? de passe",
    r"phrases? secretes?",
    r"cles? (?:d.?\s?api|api|secretes?|privees?|d.acces)",
    r"jetons?(?: d.acces)",
    r"codes? (?:secrets?|pin|de verification|de securite|d.acces)",
)
_ASKED = re.compile(rf"\b(?:{'|'.join(_SECRETS)})\b")


def asks_for_secret(text: str) -> bool:
    """Whether ``text`` names a password, a key or a code, in English or French.

    >>> asks_for_secret("Paste your API key"), asks_for_secret("Which key opens the garage?")
    (True, False)
    """
    plain = unicodedata.normalize("NFKD", text.casefold())
    return bool(_ASKED.search("".join(c for c in plain if not unicodedata.combining(c))))
