"""One Redmine for the session; each test makes issues of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.backends.redmine.house import running_redmine
from tests.backends.redmine.world import World


@pytest.fixture(scope="session")
def redmine(pytestconfig: pytest.Config) -> Iterator[World]:
    """A running Redmine and the people in it."""
    with running_redmine(Path(pytestconfig.cache.mkdir("backends"))) as world:
        yield world
