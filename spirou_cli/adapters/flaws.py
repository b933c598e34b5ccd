"""What is wrong with a value that an adapter gave, judged by the contract's own annotations."""

from __future__ import annotations

import types
import typing
from dataclasses import fields, is_dataclass
from functools import cache
from typing import Any

from spirou_cli.adapters.base import ArtifactReceived, Ref, UsageReported
from spirou_cli.domain.money import CURRENCIES, Money

__all__ = ["flaw"]

_LARGEST = 10**13
"""No count of anything: 300,000 years of seconds. Above it sums would leave 64 bits."""
_LONGEST_NAME = 2_000


def flaw(value: object) -> str | None:
    """What breaks the contract in a report or a ref, in a few words; None if nothing does."""
    if not is_dataclass(value) or isinstance(value, type):
        return f"it is a {type(value).__name__}"
    hints = _hints(type(value))
    for field in fields(value):
        if not _fits(getattr(value, field.name), hints[field.name]):
            return f"its {field.name} is not possible"
    if isinstance(value, Ref) and not (_is_name(value.id) and _is_name(value.url or "-")):
        return "it is not a name or an address"
    if isinstance(value, UsageReported) and value.quantity < 0:
        return "its quantity is not possible"
    if isinstance(value, ArtifactReceived) and (value.size or 0) < 0:
        return "its size is not possible"
    return None


def _fits(value: object, hint: Any) -> bool:
    origin, inner = typing.get_origin(hint), typing.get_args(hint)
    if origin in (typing.Union, types.UnionType):
        return any(_fits(value, option) for option in inner)
    if origin is typing.Literal:
        return isinstance(value, str) and value in inner
    if origin is tuple:
        return isinstance(value, tuple) and all(_fits(item, inner[0]) for item in value)
    if hint is int:
        return type(value) is int and abs(value) <= _LARGEST
    if hint is Money:
        return isinstance(value, Money) and _fits(value.minor, int) and value.currency in CURRENCIES
    return isinstance(value, hint)


def _is_name(text: str) -> bool:
    """Whether a provider's name for a task can be stored, shown and typed."""
    return 0 < len(text) <= _LONGEST_NAME and text.isprintable()


@cache
def _hints(kind: type) -> dict[str, Any]:
    return typing.get_type_hints(kind)
