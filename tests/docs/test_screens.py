"""The screens of the README and of the tutorial are what the program shows."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.tools.screens import PAGES, ROOT, normal, replayed


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_page_shows_what_the_program_shows(page: Path) -> None:
    """Every command of the page is typed again; if it shows something else: python -m tests.tools.screens"""
    for block in replayed(page.read_text("utf-8")):
        assert normal(block.shown) == normal(block.written)


def test_the_first_command_of_the_readme_is_that_of_the_tutorial() -> None:
    """What the README has a newcomer type is what the tutorial explains, and replays, first."""
    readme = (ROOT / "README.md").read_text("utf-8")
    tutorial = (ROOT / "docs/tutorial/first-day.md").read_text("utf-8")

    main_job = re.search(r'<!-- the main job -->\n```sh\n.*(spirou add ".*")\n```', readme)

    assert main_job is not None
    assert re.search(r"^\$ (.*)$", tutorial, re.MULTILINE)[1] == main_job[1]  # type: ignore[index]


def test_no_screen_is_wider_than_a_terminal() -> None:
    """What spirou shows fits on 80 columns, long addresses aside."""
    for page in PAGES:
        for screen in re.findall(
            r"^\$ spirou .*\n((?:(?!\$|```).*\n)*)", page.read_text("utf-8"), re.MULTILINE
        ):
            assert [
                line for line in screen.splitlines() if len(line) > 80 and not re.search(" /|://", line)
            ] == []


def test_what_changes_from_day_to_day_is_not_compared() -> None:
    """References, dates, hours and ages are; figures, states and words are compared."""
    monday = "Sent, their number 1-0a1b2c3d.\nDue Fri 27 Nov\n19:07 asked just now 0:12"
    later = "Sent, their number 1-ffffffff.\nDue Sat 5 Dec\n08:00 asked 2 min ago 0:12"

    assert normal(monday) == normal(later)
    assert normal(monday) != normal(later.replace("0:12", "0:13"))
