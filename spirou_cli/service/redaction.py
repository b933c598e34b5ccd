"""A secret in memory, and how it is kept out of everything that is written."""

from __future__ import annotations

import base64
import hmac
import logging
from typing import NoReturn
from urllib.parse import quote, quote_plus

from spirou_cli.domain.text import safe_line

__all__ = ["RedactingFilter", "Redactor", "Secret"]

SHOWN = "***"
SHORTEST = 4
"""Shorter values are in half the words of any text: hiding them would show where they are."""
BEGINNING = 12


class Secret:
    """A value that shows itself only to who asks for it by ``reveal``."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """The value itself, for the one place that hands it to a server or a keyring."""
        return self._value

    def __repr__(self) -> str:
        return SHOWN

    __str__ = __repr__

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and hmac.compare_digest(self._value.encode(), other._value.encode())

    def __hash__(self) -> int:
        return hash(Secret)

    def __reduce__(self) -> NoReturn:
        raise TypeError("a secret is not to be written down")


class Redactor:
    """Replaces every secret it knows by ``***``: as it is, encoded, and cut after its beginning."""

    def __init__(self) -> None:
        self._forms: tuple[str, ...] = ()

    def register(self, secret: Secret) -> None:
        """From now on no text that passes has this secret."""
        # the longest first: a part must not be replaced inside a whole
        self._forms = tuple(sorted({*self._forms, *_forms(secret.reveal())}, key=len, reverse=True))

    def redact(self, text: str) -> str:
        """``text`` without any registered secret."""
        for form in self._forms:
            if form in text:
                text = text.replace(form, SHOWN)
        return text

    def knows(self, text: str) -> bool:
        """Whether ``text`` has a registered secret in it."""
        return any(form in text for form in self._forms)


class RedactingFilter(logging.Filter):
    """For every log handler: the finished line is redacted and made safe to show, whoever wrote it."""

    def __init__(self, redactor: Redactor) -> None:
        super().__init__()
        self._redactor = redactor

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = safe_line(self._redactor.redact(record.getMessage())), ()
        # a traceback quotes lines and values; the top-level report has its own, redacted
        record.exc_info = record.exc_text = record.stack_info = None
        return True


def _forms(value: str) -> set[str]:
    if len(value) < SHORTEST:
        return set()
    forms = {value, quote(value, safe=""), quote_plus(value), quote(value), *_base64_forms(value)}
    if len(value) > BEGINNING:
        forms.add(value[:BEGINNING])
    return forms


def _base64_forms(value: str) -> set[str]:
    """What base64 makes of ``value`` wherever it lies in a longer text, as in ``user:password``."""
    forms = set()
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        whole = encode(value.encode()).decode()
        forms |= {whole, whole.rstrip("=")}
        for before in range(3):
            encoded = encode(b"\0" * before + value.encode()).decode().rstrip("=")
            # the first and last characters also hold bits of the neighbours
            inner = encoded[(before * 8 + 5) // 6 : len(encoded) - 1]
            if len(inner) >= 2 * SHORTEST:
                forms.add(inner)
    return forms
