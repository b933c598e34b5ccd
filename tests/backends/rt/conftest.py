"""One RT for the session; each test makes tickets of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.backends.rt.house import running_rt
from tests.backends.rt.world import World


@pytest.fixture(scope="session")
def rt(pytestconfig: pytest.Config) -> Iterator[World]:
    """A running RT and the people in it."""
    with running_rt(Path(pytestconfig.cache.mkdir("backends"))) as world:
        yield world
