"""What an HTTP status that isn't welcome means: the contract's error for it."""

from __future__ import annotations

import email.utils
from collections.abc import Mapping
from datetime import UTC, datetime

from spirou_cli.adapters.base import (
    AdapterError,
    AuthRequired,
    NotFound,
    ProtocolError,
    RateLimited,
    Rejected,
    Uncertain,
    Unreachable,
)

__all__ = ["refusal", "retry_after"]

MAX_WAIT_S = 3600


def refusal(status: int, host: str, *, write: bool, wait_s: int | None) -> AdapterError:
    """The contract's error for a status that isn't welcome: the table of http.py."""
    match status:
        case 401 | 403 | 407:
            return AuthRequired(f"{host} refused the key, or this key may not do that ({status}).")
        case 425 | 429:
            return RateLimited(f"{host} asks us to come back later.", wait_s)
        case 404 | 410:
            return NotFound(f"{host} doesn't have it ({status}).")
        case 408 if write:
            return Uncertain(f"{host} gave up waiting, and may have it (408).", "408")
        case _ if 400 <= status < 500 and status != 408:
            return Rejected(f"{host} refused it ({status}).", str(status))
    if write:
        return Uncertain(f"{host} may have it: it answered {status}.", str(status))
    if 300 <= status < 400:
        return ProtocolError(f"{host} redirects too often or to nowhere ({status}).")
    if status == 503 and wait_s is not None:
        return RateLimited(f"{host} asks us to come back later.", wait_s)
    return Unreachable(f"{host} has a problem of its own ({status}).")


def retry_after(headers: Mapping[str, str], now: datetime) -> int | None:
    """Seconds to wait as Retry-After says, 1 to 3600; None if it doesn't say so in a way we can read."""
    said = headers.get("Retry-After", "").strip()
    if said.lstrip("-").isascii() and said.lstrip("-").isdigit():
        seconds = float(said[:20])
    else:
        # the server's own clock, if it shows it, else ours
        until, since = _http_date(said), _http_date(headers.get("Date", "")) or now
        if until is None:
            return None
        seconds = (until - since).total_seconds()
    return int(min(max(seconds, 1), MAX_WAIT_S))


def _http_date(text: str) -> datetime | None:
    try:
        when = email.utils.parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    return when if when.tzinfo else when.replace(tzinfo=UTC)
