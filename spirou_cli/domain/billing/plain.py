"""Billing facts as plain JSON values and back, so that a log can keep them and replay them exactly."""

from __future__ import annotations

import types
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from functools import cache
from math import isfinite
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

from spirou_cli.domain.money import Money
from spirou_cli.domain.record import asdict, fields, is_record

__all__ = ["Plain", "field_from_plain", "from_plain", "to_plain"]

Plain = None | bool | int | str | list["Plain"] | dict[str, "Plain"]
T = TypeVar("T")


def to_plain(value: object) -> Plain:
    """A value as JSON: exact numbers and money as text, and of a record only what isn't its default.

    Money has exactly its currency's digits. TypeError for what isn't a billing value, floats among them.
    """
    match value:
        case None | bool() | int() | str():
            return value.value if isinstance(value, StrEnum) else value
        case Money():
            return {"amount": str(value.amount), "currency": value.currency}
        case Decimal():
            return f"{value:f}"
        case Fraction():
            return str(value)
        case date():
            return value.isoformat()
        case tuple() | list():
            return [to_plain(item) for item in value]
        case Mapping():
            return {str(key): to_plain(item) for key, item in value.items()}
        case _ if is_record(value) and not isinstance(value, type):
            known = fields(value)
            return {
                name: to_plain(item) for name, item in asdict(value).items() if item != known[name].default
            }
    raise TypeError(f"{type(value).__name__} is no billing value")


def from_plain(shape: type[T], plain: object) -> T:
    """The value of type ``shape`` that `to_plain` made this of.

    Fields added since get their defaults. ValueError for a field nobody knows, or a value of another shape.
    """
    return _read(shape, plain)  # type: ignore[no-any-return]


def field_from_plain(shape: type, name: str, plain: object) -> object:
    """The value of one field of a record. ValueError if it has no such field, or the value another shape."""
    hints = _hints(shape)
    if name not in hints:
        raise ValueError(f"{shape.__name__} has no {name}")
    value: object = _read(hints[name], plain)
    return value


def _read(shape: Any, plain: object) -> Any:
    origin = get_origin(shape)
    if origin in (Union, types.UnionType):
        if plain is None:
            return None
        return _read(next(arg for arg in get_args(shape) if arg is not type(None)), plain)
    if origin is tuple and isinstance(plain, list):
        item, *rest = get_args(shape)
        if rest == [...]:
            return tuple(_read(item, each) for each in plain)
        return tuple(_read(one, each) for one, each in zip((item, *rest), plain, strict=True))
    if shape is Money and isinstance(plain, dict):
        if plain.keys() != {"amount", "currency"}:
            raise ValueError(f"{plain!r} is no amount with its currency")
        return Money.of(_read(Decimal, plain["amount"]), plain["currency"])
    if is_record(shape) and isinstance(plain, dict):
        return _record(shape, plain)
    if origin is not None and isinstance(plain, dict):
        return {key: str(item) for key, item in plain.items()}
    return _scalar(shape, plain)


def _record(shape: Any, plain: Mapping[str, object]) -> Any:
    hints = _hints(shape)
    unknown = plain.keys() - hints.keys()
    if unknown:
        raise ValueError(f"{shape.__name__} has no {', '.join(sorted(unknown))}")
    try:
        return shape(**{name: _read(hints[name], item) for name, item in plain.items()})
    except TypeError as error:
        raise ValueError(f"{shape.__name__}: {error}") from error


def _scalar(shape: Any, plain: object) -> Any:
    if shape in (date, datetime) and isinstance(plain, str):
        return shape.fromisoformat(plain)
    if shape in (Decimal, Fraction) and isinstance(plain, str):
        return _number(shape, plain)
    if isinstance(shape, type) and issubclass(shape, StrEnum) and isinstance(plain, str):
        return shape(plain)
    if isinstance(plain, shape) and isinstance(plain, bool) is (shape is bool):
        return plain
    raise ValueError(f"{plain!r} is no {shape.__name__}")


def _number(shape: Any, plain: str) -> Any:
    try:
        number = shape(plain)
    except ArithmeticError as error:  # what a decimal says of a word
        raise ValueError(f"{plain!r} is no number such as 12.50") from error
    if not isfinite(number):
        raise ValueError(f"{plain!r} is no number such as 12.50")
    return number


@cache
def _hints(shape: type) -> dict[str, Any]:
    return get_type_hints(shape)
