"""Email needs no extra; its calendar to-dos do, and say which before anything is sent."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[3]

WITHOUT_ICALENDAR = """
import logging, sys
from datetime import UTC, datetime
from pathlib import Path
sys.modules["icalendar"] = None
from spirou_cli.adapters import AdapterError, Connection, registry
settings = {
    "to": "julie@example.org", "from": "anna@example.com",
    "smtp_host": "127.0.0.1", "imap_host": "127.0.0.1", "ical": "yes",
}
connection = Connection(
    account="julie", settings=settings, secret=lambda name: "", http=lambda: None, files=Path("."),
    log=logging.getLogger("test"), now=lambda: datetime.now(UTC),
)
try:
    registry.connect("email", connection).check()
except AdapterError as error:
    print(error)
"""


def test_the_library_of_calendars_is_named_with_its_remedy() -> None:
    """An account that is to send to-dos says what to install when it is set up, in one sentence."""
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_ICALENDAR],
        capture_output=True,
        cwd=ROOT,
        text=True,
        check=False,
        timeout=60,
    )

    assert done.stderr == ""
    assert done.stdout == "Setting ical needs one more package: pip install 'spirou-cli[ical]'\n"


def test_mail_works_after_a_plain_install() -> None:
    """What reads a mailbox comes with the program itself, not with an extra."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]

    assert any(each.startswith("imap-tools") for each in project["dependencies"])
    assert "email" not in project["optional-dependencies"]


def test_the_library_of_mailboxes_is_loaded_for_mailboxes_only() -> None:
    """Setting up an email account loads no IMAP library: only reading the mailbox does."""
    look = "import sys; from spirou_cli.adapters import registry; registry.load('email'); "
    done = subprocess.run(
        [sys.executable, "-c", look + "print('imap_tools' in sys.modules)"],
        capture_output=True,
        cwd=ROOT,
        text=True,
        check=False,
        timeout=60,
    )

    assert done.stdout == "False\n"
