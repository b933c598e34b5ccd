"""Sums as people type them: 5, 5EUR, 5.00 USD, EUR 5, 5 €, 5,50 € in French, 60USD/month."""

from __future__ import annotations

import re
from enum import StrEnum
from fractions import Fraction

from spirou_cli.domain.errors import InvalidInput
from spirou_cli.domain.money import CURRENCIES, Money, minor_digits
from spirou_cli.domain.phrases.numbers import NUMBER, exact, is_plain
from spirou_cli.domain.record import record

__all__ = ["LARGEST", "Per", "Price", "money", "price"]

LARGEST = 2**63 - 1
"""Minor units; what SQLite can store."""


class Per(StrEnum):
    """What a price is paid for, again and again."""

    TASK = "task"
    HOUR = "hour"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    YEAR = "year"


@record
class Price:
    """A sum for each ``per``."""

    money: Money
    per: Per


def money(text: str, *, default: str | None, language: str = "en", signed: bool = False) -> Money:
    """The exact sum that ``text`` says, in ``default`` where it names no currency.

    Never rounds, never guesses a currency or a thousands mark. ``signed`` allows a minus, as a
    refund has. InvalidInput otherwise.
    """
    match = _SUM.fullmatch(text.strip()) if is_plain(text) else None
    if match is None or (match["before"] and match["after"]):
        raise InvalidInput("“{text}” is not a sum of money.", "Write 5EUR or 5.00 USD.", text=text)
    amount = exact(match["number"], language)
    if match["minus"] and amount and not signed:
        raise InvalidInput("“{text}” is less than nothing.", "Write 5EUR or 5.00 USD.", text=text)
    currency = _currency(match["before"] or match["after"], default, text)
    decimals = len(match["number"].replace(",", ".").partition(".")[2])
    return _exact(-amount if match["minus"] else amount, decimals, currency, text)


def price(text: str, *, default: str | None, language: str = "en") -> Price:
    """A sum and what it is paid for, as in 60USD/month or 700 € par mois."""
    match = _PRICE.fullmatch(text.strip()) if is_plain(text) else None
    per = _PER.get(match["per"].casefold()) if match else None
    if match is None or per is None:
        raise InvalidInput(
            "“{text}” is not a price: it must say how often.",
            "Write 60USD/month, 25EUR/hour or 5EUR/task.",
            text=text,
        )
    return Price(money(match["sum"], default=default, language=language), per)


_WORD = r"[^\W\d_]+|[$€£¥₹₩]"
_SUM = re.compile(
    rf"(?:(?P<before>{_WORD})\s*)?(?P<minus>[-−])?(?P<number>{NUMBER})(?:\s*(?P<after>{_WORD}))?"
)
_PRICE = re.compile(
    r"(?P<sum>.+?)\s*(?:/|\ba\b|\ban\b|\bper\b|\bpar\b|\bl')\s*(?P<per>[^\W\d_]+)", re.IGNORECASE
)

_PER = {
    **dict.fromkeys("task tâche tache".split(), Per.TASK),
    **dict.fromkeys("h hr hour heure".split(), Per.HOUR),
    **dict.fromkeys("d day jour j".split(), Per.DAY),
    **dict.fromkeys("w wk week semaine sem".split(), Per.WEEK),
    **dict.fromkeys("mo month mois".split(), Per.MONTH),
    **dict.fromkeys("y yr year an année annee".split(), Per.YEAR),
}

# $, ¥ and "dollars" are money of several countries: not here, so they are asked for.
_NAMES = {"€": "EUR", "EURO": "EUR", "EUROS": "EUR", "£": "GBP", "₹": "INR", "₩": "KRW"}


def _currency(word: str | None, default: str | None, text: str) -> str:
    if word is None:
        if default is None:
            raise InvalidInput("“{text}” names no currency.", "Write 5EUR or 5.00 USD.", text=text)
        return default
    code = _NAMES.get(word.upper(), word.upper())
    if code in CURRENCIES:
        return code
    if word in ("$", "¥") or word.casefold() in ("dollar", "dollars"):
        raise InvalidInput(
            "“{word}” is money of several countries.", "Write USD, CAD, AUD, JPY or CNY.", word=word
        )
    raise InvalidInput(
        "“{word}” is not a currency.", "Write its three letters, as in 5EUR or 5.00 USD.", word=word
    )


def _exact(amount: Fraction, decimals: int, currency: str, text: str) -> Money:
    # The decimals written count, not their value: to somebody 1.500 is fifteen hundred.
    if decimals > minor_digits(currency):
        raise InvalidInput(
            "“{text}” has more decimals than {currency} has: {digits}.",
            "Nothing is rounded here: write the exact sum.",
            text=text,
            currency=currency,
            digits=minor_digits(currency),
        )
    minor = int(amount * 10 ** minor_digits(currency))
    if abs(minor) > LARGEST:
        raise InvalidInput("“{text}” is too large a sum.", "Write 5EUR or 5.00 USD.", text=text)
    return Money(minor, currency)
