"""The two pages over time: what changes is told once, whoever saved it and however often."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from spirou_cli.adapters import (
    CancelOutcome,
    InvalidState,
    Message,
    Ref,
    StateChanged,
    TaskState,
    Unreadable,
    UsageReported,
)
from spirou_cli.testing import a_brief, new_key
from spirou_cli.testing.core import Core, seconds
from tests.adapters.folder.hands import FolderHands


def test_a_state_that_comes_back_is_told_again(core: Core, hands: FolderHands, ref: Ref) -> None:
    """Working, asking, working again, done, working, done: six changes."""
    told = []
    for word in ("working", "question", "working", "done", "working", "done"):
        hands.set_status(ref, word)
        told += [report.native for report in core.news() if isinstance(report, StateChanged)]
        core.restart()

    assert told == ["working", "question", "working", "done", "working", "done"]


def test_minutes_follow_every_correction(core: Core, hands: FolderHands, ref: Ref) -> None:
    """Raised, lowered, raised back, moved, renamed, deleted, written again: the sum is the page's."""
    totals = []

    def after(change: Callable[[], object]) -> None:
        change()
        core.news()
        totals.append(seconds(core.said_of(ref), ref) // 60)

    def edit(old: str, new: str) -> Callable[[], object]:
        def change() -> object:
            page = hands.page(ref)
            text = page.read_text()
            assert old in text
            return page.write_text(text.replace(old, new))

        return change

    after(lambda: hands.work(ref, 12, "phone"))
    after(lambda: hands.work(ref, 5, "mail"))
    after(edit("12 min – phone", "20 min – phone"))
    after(edit("20 min – phone", "12 min – phone"))
    after(edit("12 min – phone\n", "3 min – drive\n12 min – phone\n"))
    after(edit("– mail", "– two mails"))
    after(edit("3 min – drive\n", ""))
    after(lambda: hands.work(ref, 3, "drive"))
    after(lambda: hands.work(ref, 3, "drive"))

    assert totals == [12, 17, 25, 17, 20, 20, 17, 20, 23]


def test_a_full_reading_adds_nothing(core: Core, hands: FolderHands, ref: Ref) -> None:
    """Reading all again from the start, with any other connection, tells the same keys."""
    hands.set_status(ref, "working")
    hands.work(ref, 12, "phone")
    hands.ask(ref, "Morning?")
    core.news()
    hands.deliver(ref, "quote.pdf", b"%PDF")
    hands.set_status(ref, "done")
    core.news()

    core.restart()

    assert core.read_again() == []


CONFLICTS = [
    "ANSWER (Camille's conflicted copy 2026-11-24).md",
    "ANSWER (Copie en conflit de PC-DE-CAMILLE 2026-11-24).md",
    "ANSWER (conflicted copy 2026-11-24 141516).md",
    "ANSWER.sync-conflict-20261124-141516-ABCDEFG.md",
    "ANSWER_conflict-20261124-141516.md",
    "ANSWER-DESKTOP-4F2K.md",
    "ANSWER 2.md",
    "Answer (1).MD",
    "ANSWER - Copie.txt",
]


@pytest.mark.parametrize("name", CONFLICTS)
def test_a_conflict_copy_is_merged_and_named(core: Core, hands: FolderHands, ref: Ref, name: str) -> None:
    """Its own lines count once, its old lines and its status don't, and the person is told of it."""
    hands.work(ref, 12, "phone")
    hands.set_status(ref, "working")
    core.news()
    page = hands.page(ref)
    copy = page.read_text().replace("Status: working", "Status: done")
    copy = copy.replace("12 min – phone", "9 min – phone\n4 min – mail")

    (page.parent / name).write_text(copy)
    news = core.news()

    assert [type(report) for report in news] == [Unreadable, UsageReported]
    assert seconds(core.said_of(ref), ref) == 16 * 60
    assert core.news() == []


@pytest.mark.parametrize("encoding", ["utf-8-sig", "cp1252", "utf-16"])
def test_a_page_saved_by_another_editor_reads_on(
    core: Core, hands: FolderHands, ref: Ref, encoding: str
) -> None:
    """A new encoding and new ends of lines are no news; new words are."""
    hands.work(ref, 12, "réservé")
    core.news()
    page = hands.page(ref)

    page.write_bytes(page.read_text().replace("\n", "\r\n").encode(encoding))
    resaved = core.news()
    page.write_bytes(
        page.read_bytes().decode(encoding).replace("Status: to do", "Status: Terminé").encode(encoding)
    )

    assert resaved == []
    assert [report.state for report in core.news() if isinstance(report, StateChanged)] == [
        TaskState.DELIVERED
    ]


def test_a_page_too_large_is_named_not_read(core: Core, hands: FolderHands, ref: Ref) -> None:
    """Three megabytes on a page are nobody's minutes."""
    with hands.page(ref).open("a") as page:
        page.write("word " * 700_000)

    assert [type(report) for report in core.news()] == [Unreadable]
    assert core.news() == []


def test_a_task_sent_back_can_be_done_again(core: Core, hands: FolderHands, ref: Ref) -> None:
    """The page says «to do again», the mark of acceptance goes, and a second «done» is news."""
    hands.finish(ref)
    core.news()
    core.adapter.accept(ref, new_key())
    key = new_key()

    core.adapter.reopen(ref, key, Message("The address is missing"))
    page = hands.page(ref).read_text()
    core.news()
    hands.finish(ref)
    core.adapter.reopen(ref, key, Message("The address is missing"))  # a repeat comes too late

    assert "Status: to do again\n" in page
    assert not (hands.folder(ref) / "ACCEPTED.md").exists()
    assert [r.state for r in core.news() if isinstance(r, StateChanged)] == [TaskState.DELIVERED]


def test_a_cancel_is_sure_only_where_nobody_began(core: Core, hands: FolderHands) -> None:
    """Untouched: confirmed. At work: asked. Done: too late. The folder says so in capitals."""
    untouched, begun, done = (core.submit(a_brief()) for _ in range(3))
    hands.work(begun, 3, "phone")
    hands.finish(done)

    assert core.adapter.cancel(untouched, new_key()) is CancelOutcome.CONFIRMED
    assert core.adapter.cancel(begun, new_key()) is CancelOutcome.REQUESTED
    with pytest.raises(InvalidState):
        core.adapter.cancel(done, new_key())
    assert [(hands.folder(r) / "CANCELED.md").exists() for r in (untouched, begun, done)] == [
        True,
        True,
        False,
    ]


def test_a_page_of_endless_lines_is_one_problem(core: Core, hands: FolderHands, ref: Ref) -> None:
    """Thousands of lines written by a broken program are named once, not told one by one."""
    hands.say(ref, "\n\n".join(f"line {number}" for number in range(3_000)))

    assert [type(report) for report in core.news()] == [Unreadable]
    assert core.news() == []
