"""One Radicale for the session; each test has a list of its own."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec

import pytest

from spirou_cli.testing.fixtures import make_connection
from tests.backends.caldav.world import World, radicale
from tests.backends.servers import require

__all__ = ["make_connection"]  # a fixture: importing it is using it


@pytest.fixture(scope="session")
def world() -> Iterator[World]:
    require(find_spec("radicale"), "Radicale")
    with radicale() as world:
        yield world
