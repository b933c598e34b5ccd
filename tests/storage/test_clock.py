"""The time of the store: never back, never still."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

import pytest

from spirou_cli.storage.clock import instant, sure_since
from spirou_cli.storage.store import Store

HOUR = 3_600_000
TEN_YEARS = 3650 * 24 * HOUR
NOW = 1_800_000_000_000


@pytest.fixture
def connection() -> Iterator[sqlite3.Connection]:
    with Store.empty() as store:
        yield store.connection


def test_time_is_the_wall_clock(connection: sqlite3.Connection) -> None:
    """Where nothing is wrong with it."""
    assert [instant(connection, NOW + n) for n in (0, 5, 9)] == [(NOW + n, False) for n in (0, 5, 9)]


def test_time_goes_on_after_a_step_back(connection: sqlite3.Connection) -> None:
    """Ten years back: not a millisecond back, and a minute later it is a minute later."""
    instant(connection, NOW)

    steps = [instant(connection, NOW - TEN_YEARS + n) for n in (0, 60_000)]

    assert steps == [(NOW, True), (NOW + 60_000, False)]
    assert sure_since(connection) == NOW


def test_a_clock_that_is_set_right_after_a_jump_ahead_stops_nothing(connection: sqlite3.Connection) -> None:
    """What is due in a minute stays due in a minute."""
    for wall in (NOW, NOW + TEN_YEARS, NOW):
        instant(connection, wall)

    assert instant(connection, NOW + 60_000) == (NOW + TEN_YEARS + 60_000, False)


def test_a_small_step_back_is_no_event(connection: sqlite3.Connection) -> None:
    """Clocks are corrected by seconds all day."""
    instant(connection, NOW)

    assert instant(connection, NOW - 5_000) == (NOW, False)
    assert sure_since(connection) == 0
