"""Records: values with named fields, as frozen dataclasses are, and cheap to define.

A command defines every class that it loads, each time it is typed. `dataclasses` writes and compiles six
functions for each class, and loads `inspect` to do it; all records share theirs. Type checkers know a record
by PEP 681 and check it like a dataclass. The adapters' contract is of dataclasses, which plugin authors know.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NoReturn, TypeVar, dataclass_transform, overload

__all__ = ["Field", "asdict", "field", "fields", "is_record", "record", "replace"]

T = TypeVar("T")
_NONE: Any = object()
"""No default: ``None`` is one."""
_FIELDS, _DEFAULTS, _FACTORIES = "__record_fields__", "__record_defaults__", "__record_factories__"


class Field:
    """What a class says of one field. ``personal``: it holds a person's words, which may be forgotten."""

    __slots__ = ("factory", "personal", "plain")

    def __init__(self, plain: Any, factory: Callable[[], Any] | None, personal: bool) -> None:
        self.plain = plain
        self.factory = factory
        self.personal = personal

    @property
    def default(self) -> Any:
        """What an omitted field is; what equals no value, if the field can't be omitted."""
        return self.factory() if self.factory else self.plain


def field(
    *, default: Any = _NONE, default_factory: Callable[[], Any] | None = None, personal: bool = False
) -> Any:
    """Stands where a field's default stands, to say more of it; a factory makes each record a new default."""
    return Field(default, default_factory, personal)


@overload
def record(kind: type[T], /) -> type[T]: ...
@overload
def record(*, frozen: bool = True, kw_only: bool = False) -> Callable[[type[T]], type[T]]: ...
@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def record(kind: type[T] | None = None, /, *, frozen: bool = True, kw_only: bool = False) -> Any:
    """Make a class a record of what it annotates, and of what its bases do.

    It gets ``__init__`` (which ends with the class's ``__post_init__``), ``__repr__``, ``__eq__`` and
    ``__match_args__``; a frozen one also ``__hash__``, and AttributeError for who would change it.
    """

    def define(kind: type[T]) -> type[T]:
        known: dict[str, Field] = dict(getattr(kind, _FIELDS, {}))
        own = kind.__annotations__
        for name in own:
            said = vars(kind).get(name, _NONE)
            known[name] = said if isinstance(said, Field) else Field(said, None, False)
            if said is not _NONE:
                delattr(kind, name)  # a default is the record's, never the class's
        given = {
            _FIELDS: known,
            _DEFAULTS: {name: field.plain for name, field in known.items() if field.plain is not _NONE},
            _FACTORIES: {name: field.factory for name, field in known.items() if field.factory},
            "__match_args__": (*getattr(kind, "__match_args__", ()), *(() if kw_only else own)),
            **(_FROZEN if frozen else _SHARED),
        }
        for name, value in given.items():
            if name not in vars(kind):
                setattr(kind, name, value)
        return kind

    return define if kind is None else define(kind)


def fields(of: Any) -> Mapping[str, Field]:
    """The fields of a record or of its class, by name and in order. TypeError for anything else."""
    try:
        found: Mapping[str, Field] = getattr(of, _FIELDS)
    except AttributeError:
        raise TypeError(f"{of!r} is no record") from None
    return found


def is_record(value: object) -> bool:
    """Whether this is a record, or the class of one."""
    return hasattr(value, _FIELDS)


def replace(value: T, /, **changes: Any) -> T:
    """The same record but for these fields. TypeError for one that it has not."""
    return type(value)(**asdict(value) | changes)


def asdict(value: object) -> dict[str, Any]:
    """The values by field, in order; unlike the dataclasses' one, records among them stay records."""
    return dict(zip(fields(value), _values(value), strict=True))


def _init(self: Any, *positional: Any, **named: Any) -> None:
    known, order, values = self.__record_fields__, self.__match_args__, vars(self)
    values.update(self.__record_defaults__)
    for name, make in self.__record_factories__.items():
        values[name] = make()
    values.update(zip(order, positional, strict=False))
    values.update(named)
    twice = positional and named and not named.keys().isdisjoint(order[: len(positional)])
    if twice or len(positional) > len(order) or values.keys() != known.keys():
        raise TypeError(f"{type(self).__name__} takes {', '.join(known)}, each once, and nothing else")
    if check := getattr(self, "__post_init__", None):
        check()


def _values(self: Any) -> tuple[Any, ...]:
    return tuple(map(vars(self).__getitem__, self.__record_fields__))


def _repr(self: Any) -> str:
    told = ", ".join(f"{name}={value!r}" for name, value in asdict(self).items())
    return f"{type(self).__qualname__}({told})"


def _eq(self: Any, other: object) -> Any:
    return _values(self) == _values(other) if type(other) is type(self) else NotImplemented


def _hash(self: Any) -> int:
    return hash(_values(self))


def _refuse(self: Any, name: str, value: object = None) -> NoReturn:
    raise AttributeError(f"a {type(self).__name__} is never changed: {name} stays as it is")


_SHARED: dict[str, Any] = {"__init__": _init, "__repr__": _repr, "__eq__": _eq, "__hash__": None}
_FROZEN = _SHARED | {"__hash__": _hash, "__setattr__": _refuse, "__delattr__": _refuse}
