"""Without the extra «ical» everything else works, and this says what to install."""

from __future__ import annotations

import subprocess
import sys

WITHOUT_ICALENDAR = """
import sys
sys.modules["icalendar"] = None
from spirou_cli.adapters import registry
from spirou_cli.domain.errors import PluginFailed
try:
    registry.load("caldav")
except PluginFailed as error:
    print(error, error.hint.format_map(error.fields), sep="\\n")
"""


def test_a_missing_library_is_named_with_its_remedy() -> None:
    """One sentence and one command, no traceback."""
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_ICALENDAR], capture_output=True, text=True, check=False, timeout=60
    )

    assert done.stderr == ""
    assert done.stdout.splitlines() == [
        "“caldav” needs icalendar, which is not installed.",
        "pip install 'spirou-cli[ical]'",
    ]
