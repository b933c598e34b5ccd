"""What all tests share: nobody's own settings, and no verdict from a slow machine."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import settings

# A property is about values; how long one example takes says something about the machine only.
settings.register_profile("spirou", deadline=None)
settings.load_profile("spirou")

for _name in [
    name for name in os.environ if name.startswith("SPIROU_") and name != "SPIROU_REQUIRE_BACKENDS"
]:
    del os.environ[_name]
# A developer's real keyring is never touched, and neither are their files.
os.environ["PYTHON_KEYRING_BACKEND"] = "keyring.backends.fail.Keyring"

_HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """With several workers, the tests of one server, or of one file, stay together: it starts once."""
    for item in items:
        place = item.path.relative_to(_HERE).parts if item.path.is_relative_to(_HERE) else (item.path.name,)
        group = "/".join(place[:2]) if place[0] == "backends" and len(place) > 2 else "/".join(place)
        item.add_marker(pytest.mark.xdist_group(group))
