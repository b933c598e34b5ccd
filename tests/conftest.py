"""What all tests share: nobody's own settings, and no verdict from a slow machine."""

from __future__ import annotations

import os
from pathlib import PurePosixPath
from typing import Any

import pytest
from hypothesis import settings
from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-untyped]

# A property is about values; how long one example takes says something about the machine only.
# The verdict on a commit is the same each time; `just search` looks for examples nobody tried yet.
settings.register_profile("search", deadline=None)
settings.register_profile("spirou", deadline=None, derandomize=True)
settings.load_profile("spirou")

for _name in [
    name for name in os.environ if name.startswith("SPIROU_") and name != "SPIROU_REQUIRE_BACKENDS"
]:
    del os.environ[_name]
# A developer's real keyring is never touched, and neither are their files.
os.environ["PYTHON_KEYRING_BACKEND"] = "keyring.backends.fail.Keyring"


class ByPlace(LoadScopeScheduling):  # type: ignore[misc]
    """Tests of one server, or of one file, stay with one worker: what they share starts once.

    Read from the path, since marks don't reach xdist's own groups under every pytest.
    """

    def _split_scope(self, nodeid: str) -> str:
        path = PurePosixPath(nodeid.split("::", 1)[0])
        return str(path.parent if "backends" in path.parts[:-2] else path)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByPlace:
    return ByPlace(config, log)


def pytest_xdist_auto_num_workers() -> int:
    """More than there are cores, since tests of servers wait for them half of their time."""
    cores = os.cpu_count() or 1
    return cores + min(cores, 4)
