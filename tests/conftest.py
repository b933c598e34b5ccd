"""What all tests share: nobody's own settings, and no verdict from a slow machine."""

from __future__ import annotations

import os

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
