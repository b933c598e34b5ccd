"""Lengths of time as people type them: 15m, 1h30, 1 h 30, 1.5h, 1:30, 90 (minutes), PT1H30M."""

from __future__ import annotations

import re
from fractions import Fraction

from spirou_cli.domain.errors import InvalidInput
from spirou_cli.domain.phrases.numbers import NUMBER, exact, is_plain

__all__ = ["LONGEST", "seconds"]

LONGEST = 100_000 * 3600
"""Seconds; more is a mistake, and far from any overflow."""

_HOURS = r"(?:h|hrs?|hours?|heures?)"
_MINUTES = r"(?:m|mn|mins?|minutes?)"
_SECONDS = r"(?:s|secs?|seconds?|secondes?)"

_SHAPES = tuple(
    re.compile(shape)
    for shape in (
        r"(?P<m>[0-9]+)",
        r"(?P<h>[0-9]+):(?P<m>[0-5][0-9])",
        rf"(?P<h>[0-9]+) ?{_HOURS} ?(?P<m>[0-5]?[0-9])",
        rf"(?:(?P<h>{NUMBER}) ?{_HOURS})? ?(?:(?P<m>{NUMBER}) ?{_MINUTES})?"
        rf" ?(?:(?P<s>{NUMBER}) ?{_SECONDS})?",
        r"pt(?:(?P<h>[0-9]+)h)?(?:(?P<m>[0-9]+)m)?(?:(?P<s>[0-9]+)s)?",
    )
)
_UNIT_SECONDS = {"h": 3600, "m": 60, "s": 1}


def seconds(text: str, *, language: str = "en") -> int:
    """The whole seconds that ``text`` says; a bare number is minutes. InvalidInput otherwise.

    Days are not understood: to some a day is 24 hours and to others 8.
    """
    plain = re.sub(r"\s+", " ", text.strip()).casefold()
    if plain == "-0":
        return 0
    parts = _parts(plain) if is_plain(plain) else None
    if parts is None:
        raise InvalidInput(
            "“{text}” is not a length of time.", "Write 15m, 1h30, 1:30, or 90 for 90 minutes.", text=text
        )
    total = sum((exact(number, language) * _UNIT_SECONDS[unit] for unit, number in parts.items()), Fraction())
    if total > LONGEST:
        raise InvalidInput(
            "“{text}” is longer than {hours} hours.",
            "Write 15m, 1h30 or 90.",
            text=text,
            hours=LONGEST // 3600,
        )
    if total.denominator != 1:
        raise InvalidInput("“{text}” is not a whole number of seconds.", "Write 15m, 1h30 or 90.", text=text)
    return int(total)


def _parts(plain: str) -> dict[str, str] | None:
    for shape in _SHAPES:
        if match := shape.fullmatch(plain):
            return {unit: number for unit, number in match.groupdict().items() if number} or None
    return None
