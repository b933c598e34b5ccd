"""A record is to its user what a frozen dataclass is; only its definition is cheaper."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from spirou_cli.domain.record import asdict, field, fields, is_record, record, replace


@record
class Point:
    x: int
    y: int = 0
    note: str | None = None


@record
class Named(Point):
    name: str = ""


@record(kw_only=True)
class Spoken:
    words: str = field(default="", personal=True)
    seen: list[str] = field(default_factory=list)


@record
class Positive:
    value: int

    def __post_init__(self) -> None:
        if self.value < 0:
            raise ValueError(self.value)


@record(frozen=False)
class Tally:
    count: int = 0


@record
class Silent:
    """A value that isn't shown."""

    key: str

    def __repr__(self) -> str:
        return "…"


@dataclass(frozen=True)
class Peer:
    x: int
    y: int = 0
    note: str | None = None


CALLS: list[Callable[[Any], object]] = [
    lambda kind: kind(1),
    lambda kind: kind(1, 2, "three"),
    lambda kind: kind(1, note=None),
    lambda kind: kind(x=1, y=2),
    lambda kind: kind(),
    lambda kind: kind(y=1),
    lambda kind: kind(1, 2, "three", 4),
    lambda kind: kind(1, x=1),
    lambda kind: kind(1, z=1),
    lambda kind: kind(z=1, y=1),
]


@pytest.mark.parametrize("call", CALLS)
def test_it_takes_what_a_dataclass_takes(call: Callable[[Any], object]) -> None:
    """The same arguments make the same value, or are the same mistake."""
    assert outcome(call, Point) == outcome(call, Peer)


def outcome(call: Callable[[Any], Any], kind: Any) -> object:
    try:
        value = call(kind)
    except TypeError:
        return TypeError
    return repr(value).removeprefix(kind.__name__), hash(value)


def test_equal_means_the_same_class_and_the_same_fields() -> None:
    assert Point(1, 2) == Point(1, 2)
    assert hash(Point(1, 2)) == hash(Point(1, 2))
    assert Point(1, 2) != Point(1, 3)
    assert Point(1) != Named(1), "a record of another class is another value"
    other: object = (1, 0, None)
    assert Point(1) != other, "a record is no tuple"


@pytest.mark.parametrize("change", [lambda p: setattr(p, "x", 2), lambda p: setattr(p, "z", 2)])
def test_it_is_never_changed(change: Callable[[Point], None]) -> None:
    """Neither a field nor anything else is set or taken away."""
    point = Point(1)
    with pytest.raises(AttributeError, match="never changed"):
        change(point)
    with pytest.raises(AttributeError, match="never changed"):
        del point.x
    assert point == Point(1)


def test_one_that_may_change_has_no_hash() -> None:
    tally = Tally()
    tally.count += 1
    assert tally == Tally(1)
    with pytest.raises(TypeError, match="unhashable"):
        hash(tally)


def test_bases_come_first() -> None:
    assert list(fields(Named)) == ["x", "y", "note", "name"]
    assert Named(1, 2, None, "n") == Named(x=1, y=2, name="n")


def test_a_pattern_takes_it_apart() -> None:
    match Point(3, 4):
        case Point(x, y):
            assert (x, y) == (3, 4)
        case _:
            pytest.fail("no match")


def test_words_only_by_name() -> None:
    with pytest.raises(TypeError):
        Spoken("hello")  # type: ignore[call-arg]


def test_each_record_has_a_default_of_its_own() -> None:
    one, other = Spoken(), Spoken()
    one.seen.append("x")
    assert (one.seen, other.seen) == (["x"], [])


def test_a_field_says_what_it_holds() -> None:
    """Which words are a person's, and which fields can't be left out."""
    assert {name: known.personal for name, known in fields(Spoken).items()} == {"words": True, "seen": False}
    assert fields(Point)["note"].default is None
    assert fields(Spoken)["seen"].default == []
    assert fields(Point)["x"].default != 0, "what can't be left out has no default that a value could equal"
    assert not hasattr(Point, "y"), "a default is no attribute of the class"


def test_what_must_hold_is_checked_at_birth_and_when_replaced() -> None:
    with pytest.raises(ValueError, match="-1"):
        Positive(-1)
    with pytest.raises(ValueError, match="-1"):
        replace(Positive(1), value=-1)
    with pytest.raises(TypeError):
        replace(Positive(1), other=1)


def test_its_own_functions_are_kept() -> None:
    assert repr(Silent("secret")) == "…"


def test_records_and_other_things() -> None:
    assert is_record(Point)
    assert is_record(Point(1))
    assert not is_record(Peer(1))
    assert asdict(Named(1, name="n")) == {"x": 1, "y": 0, "note": None, "name": "n"}
    with pytest.raises(TypeError, match="no record"):
        fields(Peer(1))


@pytest.mark.parametrize("through", [copy.copy, copy.deepcopy, lambda v: pickle.loads(pickle.dumps(v))])
def test_it_is_copied_whole(through: Callable[[Point], Point]) -> None:
    assert through(Named(1, name="n")) == Named(1, name="n")
