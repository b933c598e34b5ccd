"""What may enter a mail header or a mail server's command: one door for both."""

from __future__ import annotations

import re
import unicodedata

from spirou_cli.adapters.base import Rejected

__all__ = ["ADDRESS", "address_problem", "one_line"]

ADDRESS = re.compile(
    r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@(?=.{1,253}\Z)[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?"
)
"""An address as nearly everybody has one (RFC 5321, without quoted local parts)."""

_BREAKS = frozenset("\u2028\u2029")


def one_line(value: str, what: str) -> str:
    """``value`` itself, if it is one line without control characters and can be encoded.

    imaplib (Python 3.11) sends a CR LF in an argument as it stands, and EmailMessage lets NUL and
    ESC through: so everything is refused here, before a library sees it. Raises Rejected.
    """
    if any(unicodedata.category(c) in ("Cc", "Cs") or c in _BREAKS for c in value):
        raise Rejected(f"{what} has a line break or a control character in it", code="control_character")
    return value


def address_problem(address: str) -> str | None:
    """What is wrong with a bare address, or None."""
    if ADDRESS.fullmatch(address) and ".." not in address:
        return None
    return "This isn't an email address: it should look like julie@example.org."
