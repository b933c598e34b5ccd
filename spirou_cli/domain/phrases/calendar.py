"""The words for days, months and spans that people type, in English and French, folded to plain letters."""

from __future__ import annotations

import re
import unicodedata

__all__ = ["MONTHS", "RELATIVE_DAYS", "SPANS", "WEEKDAYS", "fold"]


def fold(text: str) -> str:
    """``text`` in small letters without accents, points of abbreviations or doubled spaces."""
    letters = unicodedata.normalize("NFD", text.replace("’", "'").casefold())
    plain = "".join(char for char in letters if not unicodedata.combining(char))
    return re.sub(r"\s+", " ", re.sub(r"(?<=[a-z])\.", "", plain)).strip()


def _numbered(first: int, *names: str) -> dict[str, int]:
    return {word: number for number, words in enumerate(names, first) for word in words.split()}


WEEKDAYS = _numbered(
    0,
    "mon monday lun lundi",
    "tue tues tuesday mardi",
    "wed wednesday mer mercredi",
    "thu thur thurs thursday jeu jeudi",
    "fri friday ven vendredi",
    "sat saturday sam samedi",
    "sun sunday dim dimanche",
)
"""Monday is 0. «mar» is left out: a Tuesday to some, March to others."""

MONTHS = _numbered(
    1,
    "jan january janv janvier",
    "feb february fev fevr fevrier",
    "mar march mars",
    "apr april avr avril",
    "may mai",
    "jun june juin",
    "jul july juil juillet",
    "aug august aout",
    "sep sept september septembre",
    "oct october octobre",
    "nov november novembre",
    "dec december decembre",
)

RELATIVE_DAYS = {
    **dict.fromkeys(("today", "aujourd'hui", "aujourdhui"), 0),
    **dict.fromkeys(("tomorrow", "demain"), 1),
    **dict.fromkeys(("day after tomorrow", "the day after tomorrow", "apres-demain", "apres demain"), 2),
    **dict.fromkeys(("yesterday", "hier"), -1),
    **dict.fromkeys(("day before yesterday", "the day before yesterday", "avant-hier", "avant hier"), -2),
}

SPANS = {
    **dict.fromkeys("min mins minute minutes mn".split(), "minutes"),
    **dict.fromkeys("h hr hrs hour hours heure heures".split(), "hours"),
    **dict.fromkeys("d day days j jour jours".split(), "days"),
    **dict.fromkeys("w wk wks week weeks sem semaine semaines".split(), "weeks"),
    **dict.fromkeys("mo month months mois".split(), "months"),
    **dict.fromkeys("y yr year years an ans annee annees".split(), "years"),
}
"""«m» is left out: months to some, minutes to others."""
