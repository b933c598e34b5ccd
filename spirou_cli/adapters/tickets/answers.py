"""What a failure means by where it happens: before the one write of an op, after it, in an answer's shape."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import ParamSpec, TypeVar

from spirou_cli.adapters.base import AdapterError, ProtocolError, Uncertain, Unreachable

__all__ = ["SHAPE_ERRORS", "after_writing", "before_writing", "speaks_contract"]

P = ParamSpec("P")
R = TypeVar("R")

SHAPE_ERRORS = (KeyError, IndexError, TypeError, ValueError, AttributeError, ArithmeticError)
"""What an answer of another shape than expected leads to."""


def speaks_contract(method: Callable[P, R]) -> Callable[P, R]:
    """Let only the contract's errors leave ``method``: an answer of another shape is a ProtocolError."""

    @wraps(method)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return method(*args, **kwargs)
        except SHAPE_ERRORS as error:
            raise ProtocolError(f"The server's answer isn't as expected: {error!r}") from error

    return wrapped


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
