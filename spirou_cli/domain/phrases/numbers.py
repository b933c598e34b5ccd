"""How people write a number: ASCII digits, groups of three, the decimal mark of their language."""

from __future__ import annotations

import re
from decimal import Decimal
from fractions import Fraction

from spirou_cli.domain.errors import InvalidInput

__all__ = ["NUMBER", "decimal", "exact", "is_plain"]

NUMBER = r"(?:[0-9]{1,3}(?:[ \u00a0\u202f][0-9]{3})+|[0-9]+)(?:[.,][0-9]+)?"
"""The shape of a number; ``exact`` says whether the language allows it."""

_COMMA_LANGUAGES = frozenset({"fr"})
_LONGEST = 60


def exact(number: str, language: str) -> Fraction:
    """The exact value of ``number``, which has the shape ``NUMBER``; InvalidInput if a comma reads two ways.

    >>> exact("1 234,50", "fr")
    Fraction(2469, 2)
    """
    if "," in number and language not in _COMMA_LANGUAGES:
        raise InvalidInput(
            "“{text}” reads two ways: a comma can part thousands or decimals.",
            "Write a point before decimals and nothing between thousands, as in 1500.50.",
            text=number,
        )
    return Fraction(re.sub("[ \u00a0\u202f]", "", number).replace(",", "."))


def decimal(number: Fraction) -> Decimal:
    """A number that was typed, as a decimal: exactly, however long it is."""
    places = 4 * len(str(number.denominator))  # a power of ten has its twos and fives within that
    shown = f"{Decimal(f'{number.numerator * (10**places // number.denominator)}E-{places}'):f}"
    return Decimal(shown.rstrip("0").rstrip("."))


def is_plain(text: str) -> bool:
    """Whether ``text`` is short and has no digits but 0 to 9: Python reads the others too, people don't."""
    return len(text) <= _LONGEST and not any(char.isdigit() and not char.isascii() for char in text)
