"""What a failure means by where it happens: before the one write of an op, after it, in an answer's shape."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import wraps
from typing import ParamSpec, TypeVar

from spirou_cli.adapters.base import AdapterError, AuthRequired, ProtocolError, Uncertain, Unreachable
from spirou_cli.domain.ops import Repeat, Repeatability

__all__ = [
    "LOOK_UP",
    "SHAPE_ERRORS",
    "Forbidden",
    "after_writing",
    "before_writing",
    "speaks_contract",
    "time_of",
]

P = ParamSpec("P")
R = TypeVar("R")

SHAPE_ERRORS = (KeyError, IndexError, TypeError, ValueError, AttributeError, ArithmeticError)
"""What an answer of another shape than expected leads to."""


_CLOCK_ERROR = timedelta(minutes=10)
"""More than our own clock can be wrong by, where it stands in for the server's."""


LOOK_UP = Repeatability(Repeat.LOOKUP, settle_s=30)
"""A ticket is found as soon as it is written, but a slow server may still be writing after our deadline."""


class Forbidden(AuthRequired):
    """The key is known and has no right to this."""


def speaks_contract(method: Callable[P, R]) -> Callable[P, R]:
    """Let only the contract's errors leave ``method``: an answer of another shape is a ProtocolError."""

    @wraps(method)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return method(*args, **kwargs)
        except SHAPE_ERRORS as error:
            raise ProtocolError(f"The server's answer isn't as expected: {error!r}") from error

    return wrapped


def time_of(headers: Mapping[str, str], now: datetime) -> datetime:
    """What time it is at the server, by its Date header; without one, a time that has surely passed."""
    try:
        said = parsedate_to_datetime(headers.get("Date", ""))
    except (ValueError, TypeError):
        return now - _CLOCK_ERROR
    return said if said.tzinfo else said.replace(tzinfo=UTC)


@contextmanager
def before_writing() -> Iterator[None]:
    """Nothing that matters was sent yet: a lost or strange answer here means that the op didn't happen."""
    try:
        yield
    except (Uncertain, ProtocolError) as error:
        raise Unreachable(str(error)) from error
    except SHAPE_ERRORS as error:
        raise Unreachable(f"The server's answer isn't as expected: {error!r}") from error


@contextmanager
def after_writing() -> Iterator[None]:
    """The op was sent and taken: if it can't be read back, nobody may call it «not done»."""
    try:
        yield
    except AdapterError as error:
        raise Uncertain(f"It was taken, but couldn't be read back. {error}") from error
