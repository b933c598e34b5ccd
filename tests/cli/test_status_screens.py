"""The status of a delegator on a Monday morning, to the letter, by width and language."""

from __future__ import annotations

import io
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from spirou_cli.cli.render.messages import Words
from spirou_cli.cli.render.screen import Screen
from spirou_cli.cli.render.tasks import listing, status
from spirou_cli.domain.events import Reason
from spirou_cli.domain.money import Money
from spirou_cli.domain.states import TaskState
from spirou_cli.domain.task import Task
from spirou_cli.domain.text import width
from spirou_cli.service.overview import Cost, Freshness, Line, Listing, Status
from spirou_cli.service.plans import Spend

PARIS = ZoneInfo("Europe/Paris")
SCREENS = Path(__file__).parent / "screens"
INCLUDED, MINUTE, HOUR, DAY = Cost("included"), 60_000, 3_600_000, 86_400_000


def at(text: str) -> int:
    return round(datetime.fromisoformat(text).replace(tzinfo=PARIS).timestamp() * 1000)


NOW = at("2026-11-23T11:41")


def task(number: int, title: str, state: TaskState, age: int, due: str = "", **more: object) -> Task:
    ends = at(f"{due}T23:59:59") if due else None
    return Task(
        id=f"task-{number}",
        number=number,
        state=state,
        created_at=NOW - age,
        since=NOW - age,
        title=title,
        due_at=ends,
        **more,
    )  # type: ignore[arg-type]


def line(
    task: Task, provider: str, seconds: int | None = None, cost: Cost = INCLUDED, files: int = 0
) -> Line:
    return Line(task=task, provider=provider, seconds=seconds, cost=cost, files=files)


def delegated(french: bool = False) -> tuple[Line, ...]:
    """Nine open tasks of a person, in their language."""
    ask = "Mardi 9 h ou jeudi 16 h 30 ?" if french else "Tuesday 9:00 or Thursday 16:30?"
    no = (
        "L'échange de courriels prendra plus de 15 minutes."
        if french
        else "E-mail exchange will take more than 15 minutes."
    )
    titles = (SCREENS / ("titles-fr.txt" if french else "titles.txt")).read_text("utf-8").splitlines()
    s = TaskState
    return (
        line(task(14, titles[0], s.INPUT_REQUIRED, 2 * HOUR, question=ask), "smartelia", 600),
        line(task(12, titles[1], s.REJECTED, HOUR, reason=Reason("said", text=no)), "timesvr"),
        line(task(17, titles[2], s.DELIVERED, 20 * MINUTE), "smartelia", 1500, files=2),
        line(
            task(15, titles[3], s.WORKING, 3 * HOUR, "2026-11-30", project="board", ref="SM-8801"),
            "smartelia",
            4800,
        ),
        line(
            task(16, titles[4], s.WORKING, 4 * MINUTE, project="blog", ref="task-5f1c"),
            "agent",
            240,
            Cost("estimated", (Money(42, "USD"),)),
        ),
        line(task(19, titles[5], s.SUBMITTED, DAY, "2026-11-26", project="office", ref="20931"), "timesvr"),
        line(
            task(11, titles[6], s.SUBMITTED, 6 * DAY, "2026-11-20", project="podcast", ref="20877"), "timesvr"
        ),
        line(task(18, titles[7], s.QUEUED, 40 * MINUTE, reason=Reason("no_place", (10, 10))), "timesvr"),
        line(task(20, titles[8], s.DRAFT, HOUR), ""),
    )


def monday(*, french: bool = False) -> Status:
    return Status(
        at=NOW,
        lines=delegated(french),
        synced=(
            Freshness("smartelia", NOW - 3 * MINUTE),
            Freshness("timesvr", NOW - 2 * HOUR, "timed out", "UNREACHABLE"),
        ),
        spend=Spend(
            "2026-11-01", "2026-11-30", ((Money(60000, "EUR"), "billed"), (Money(6392, "USD"), "estimated"))
        ),
    )


def written(found: Status, columns: int, language: str) -> str:
    out = io.StringIO()
    status(Screen(out, None, Words(language), columns=columns), found, PARIS)
    return out.getvalue()


@pytest.mark.parametrize(("columns", "language"), [(80, "en"), (120, "en"), (80, "fr")])
def test_the_status_is_as_drawn(columns: int, language: str) -> None:
    """What needs the person first, each with the command that answers it; only titles are cut."""
    name = f"status-{columns}{'-fr' if language == 'fr' else ''}.txt"
    shown = written(monday(french=language == "fr"), columns, language)

    assert shown == (SCREENS / name).read_text("utf-8")


@pytest.mark.parametrize("language", ["en", "fr"])
def test_a_page_fits_every_terminal_and_cuts_only_titles(language: str) -> None:
    """From narrow to wide, no line of a status or a list passes the edge, and no figure is cut."""
    for columns in range(76, 131, 6):
        found = monday(french=language == "fr")
        listed = io.StringIO()
        listing(
            Screen(listed, None, Words(language), columns=columns), Listing(NOW, found.lines, 9, 41), PARIS
        )
        for page in (written(found, columns, language), listed.getvalue()):
            assert max(map(width, page.splitlines())) <= columns
            assert "~0.42 USD" in page or "~0,42 USD" in page
            assert "smartelia" in page


def test_the_first_screen_says_what_to_type() -> None:
    """Where nothing was ever delegated: what to do, in three lines that fit."""
    empty = Status(at=NOW, lines=(), synced=(), spend=Spend())

    page = written(empty, 80, "en")

    assert page == (
        "Nothing delegated yet.\n"
        '> spirou add "Book the dentist"  to a folder that you share\n'
        "> spirou provider add            by email, in a ticket system or a to-do list\n"
        "> spirou help                    every command\n"
    )
    assert len(written(empty, 80, "fr").splitlines()) == 4


def test_nothing_delegated_is_one_line() -> None:
    """Once a provider is there, an empty page says what to type."""
    idle = Status(at=NOW, lines=(), synced=(Freshness("camille", NOW, "", ""),), spend=Spend())

    assert written(idle, 80, "en").startswith('Nothing delegated. spirou add "..."\n')
    assert written(idle, 80, "fr").startswith('Rien de délégué. spirou add "..."\n')


@pytest.mark.parametrize(
    ("number", "closed", "shown", "page"),
    [
        (1, 0, TaskState.WORKING, "1 of 1 open task.\n"),
        (2, 1, TaskState.WORKING, "1 of 2 open tasks.  --all adds 1 closed one.\n"),
        (2, 41, TaskState.WORKING, "1 of 2 open tasks.  --all adds 41 closed ones.\n"),
        (2, 1, TaskState.COMPLETED, "0 of 2 open tasks.\n"),
    ],
)
def test_a_list_offers_closed_tasks_that_it_hides(
    number: int, closed: int, shown: TaskState, page: str
) -> None:
    """What isn't shown is counted, and what is shown isn't offered."""
    lines = (line(task(1, "A task", shown, MINUTE), "camille"),)
    out = io.StringIO()

    listing(Screen(out, None, Words("en"), columns=80), Listing(NOW, lines, number, closed), PARIS)

    assert out.getvalue().endswith("\n\n" + page)
