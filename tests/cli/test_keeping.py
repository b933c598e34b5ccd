"""Undo, forget, tags, ratings, time, history, files and waiting, end to end with a shared folder."""

from __future__ import annotations

import json
import signal
from pathlib import Path
from typing import Any

import pytest

from tests.cli.program import Done, Program
from tests.cli.share import Share
from tests.cli.terminal import Terminal


@pytest.fixture
def share(tmp_path: Path) -> Share:
    """A fresh home, and the folder that the first task makes."""
    return Share(Program(tmp_path))


def document(done: Done) -> Any:
    return json.loads(done.out)


# --- undo -------------------------------------------------------------------------------------------


def test_undo_says_in_a_sentence_what_it_took_back(share: Share) -> None:
    """A change, then the task itself; then nothing is left."""
    share.ok("add", "Book the dentist", "--draft")
    share.ok("edit", "1", "--title", "Book the vet")

    rehearsed = share.ok("undo", "-n")
    first, second, third = (share.ok("undo") for _ in range(3))

    assert rehearsed.endswith("Nothing was changed.\n")
    assert first == "Taken back: the change of 1 (title).\n"
    assert second == "Taken back: 1 “Book the dentist”. It never left; it is canceled.\n"
    assert third == "There is nothing to take back.\n"


def test_undo_of_a_sent_task_points_to_cancel(share: Share) -> None:
    """What has left can't be taken back; the command that stops it is printed."""
    share.ok("add", "Book the dentist")

    done = share.run("undo")

    assert (done.code, done.err.splitlines()[-1]) == (7, "spirou cancel 1")


def test_the_list_of_undo_is_one_document(share: Share) -> None:
    """Newest first, with what is possible."""
    share.ok("add", "Book the dentist")
    share.ok("tag", "1", "--add", "health")

    found = document(share.run("undo", "--list", "--json"))

    assert [(step["undone"], step["possible"]) for step in found["steps"]] == [
        ("TagsChanged", True),
        ("TaskAdded", False),
    ]


# --- what stays on this machine -----------------------------------------------------------------------


def test_forget_erases_the_words_and_asks_first(share: Share) -> None:
    """On a terminal the title is in the question; afterwards no file of the store has it."""
    share.ok("add", "Xylophone lessons", "--draft")
    share.ok("cancel", "1")

    asked = share.run("forget", "1")
    with Terminal(share.program, ("forget", "1")) as run:
        run.answer("“Xylophone lessons” for good? [y/N]", "y")
        code = run.end()

    assert (asked.code, code) == (7, 0)
    kept = [path for path in share.program.home.rglob("*.db*") if b"Xylophone" in path.read_bytes()]
    assert kept == []


def test_tags_of_several_tasks_change_at_once(share: Share) -> None:
    """Added and removed in one command, told for each."""
    share.ok("add", "One", "--draft", "--tag", "later")
    share.ok("add", "Two", "--draft")

    assert share.ok("tag", "1", "2", "--add", "home", "--remove", "later") == "1: home\n2: home\n"


# --- time ---------------------------------------------------------------------------------------------


def test_my_figure_stands_beside_the_providers(share: Share) -> None:
    """A correction keeps theirs, shows the difference and can be taken back."""
    share.ok("add", "Book the dentist")
    share.says(1, "working", time="12 min – called")

    fixed = share.ok("time", "fix", "1", "10m", "--reason", "two minutes were mine")
    entry = document(share.run("time", "list", "1", "--json"))["entries"][0]
    back = share.ok("time", "fix", "1", "--theirs")

    assert fixed == "Entry 1: yours 0:10, theirs 0:12, −0:02.\n"
    assert (entry["seconds"], entry["theirs_s"], entry["mine_s"]) == (600, 720, 600)
    assert back == "Entry 1: folder's 0:12 counts again.\n"


def test_time_that_no_provider_reports_is_noted(share: Share) -> None:
    """It counts in the task's time and in its month only."""
    share.ok("add", "Book the dentist", "--draft")

    share.ok("time", "add", "1", "10m", "--note", "on the phone", "--on", "2026-01-15")

    assert share.ok("time", "list") == ""
    assert share.ok("time", "list", "-m", "2026-01") == "1\t2026-01-15\t1\t\t600\t\t600\ton the phone\n"
    assert document(share.run("show", "1", "--json"))["time_used_s"] == 600


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("time", "fix", "9", "1m"), 6),
        (("time", "fix", "1"), 2),
        (("time", "add", "1", "0"), 2),
        (("time", "list", "-m", "2026-01", "--year", "2026"), 2),
        (("time", "list", "--from", "2026-02-01", "--to", "2026-01-01"), 2),
        (("time", "list", "--year", "soon"), 2),
    ],
)
def test_a_slip_about_time_is_named(share: Share, arguments: tuple[str, ...], code: int) -> None:
    """Each is refused with its exit code."""
    share.ok("add", "Book the dentist", "--draft")

    done = share.run(*arguments)

    assert (done.code, "Traceback" in done.err, done.out) == (code, False, "")


# --- history ------------------------------------------------------------------------------------------


def test_history_tells_who_did_what(share: Share) -> None:
    """Me, the provider, in order; one JSON document a line with --ndjson."""
    share.ok("add", "Book the dentist")
    share.says(1, "question", question="Tuesday?")

    lines = [json.loads(line) for line in share.ok("history", "1", "--ndjson").splitlines()]

    told = [(line["who"], line["event"]) for line in lines]
    assert told[:2] == [("me", "TaskAdded"), ("provider", "Arrived")]
    assert ("provider", "MessageReceived") in told
    assert share.ok("history").count("\n") == len(lines)


def test_history_follows_what_another_process_records(share: Share) -> None:
    """--follow goes on with new facts until it is interrupted."""
    share.ok("add", "Book the dentist", "--draft")

    with Terminal(share.program, ("history", "--follow", "--ndjson")) as run:
        run.until('"event": "TaskAdded"')
        share.ok("tag", "1", "--add", "health")
        run.until('"event": "TagsChanged"')
        run.interrupt()
        assert run.end() == 128 + signal.SIGINT


# --- files --------------------------------------------------------------------------------------------


def test_a_deliverable_is_copied_and_never_overwrites(share: Share) -> None:
    """get prints the path; the same file again is fine, another content needs --force."""
    share.ok("add", "Book the dentist")
    share.makes(1, "letter.txt", "Dear doctor")
    out = share.program.home / "out"

    first = share.ok("files", "1", "get", "-o", str(out))
    again = share.run("files", "1", "get", "-o", str(out))
    (out / "letter.txt").write_text("mine")
    refused = share.run("files", "1", "get", "-o", str(out))
    kept = (out / "letter.txt").read_text()
    share.ok("files", "1", "get", "-o", str(out), "--force")

    assert first == f"{out}/letter.txt\n"
    assert (again.code, refused.code, kept) == (0, 2, "mine")
    assert "--force" in refused.err
    assert (out / "letter.txt").read_text() == "Dear doctor"


def test_a_file_is_attached_before_and_after_it_leaves(share: Share) -> None:
    """To the brief of a draft, with a message to who has the task."""
    (share.program.home / "list.txt").write_text("milk")
    share.ok("add", "Shopping", "--draft")

    before = share.ok("files", "1", "add", "list.txt")
    share.ok("send", "1")
    after = share.ok("files", "1", "add", "list.txt", "-b", "the same again")

    assert before == "Attached to 1: list.txt.\n"
    assert after.startswith("To folder, about 1: your words and 1 file.\n")
    assert (share.folder(1) / "files" / "list.txt").read_text() == "milk"
    assert "the same again" in share.wrote(1)


@pytest.mark.parametrize(
    ("arguments", "code"),
    [(("files", "1", "get", "ghost.txt"), 6), (("files", "1", "burn"), 2), (("files", "1", "add"), 2)],
)
def test_a_slip_about_files_is_named(share: Share, arguments: tuple[str, ...], code: int) -> None:
    """An unknown file, verb, or none."""
    share.ok("add", "Shopping", "--draft")

    assert share.run(*arguments).code == code


# --- wait ---------------------------------------------------------------------------------------------


def test_wait_ends_when_the_assistant_asks(share: Share) -> None:
    """It was started before anything happened, and prints the question with its command."""
    share.ok("add", "Book the dentist")

    with Terminal(share.program, ("wait", "1", "--interval", "1s", "--exit-status")) as run:
        run.until("Waiting for 1.")
        share.says(1, "question", question="Tuesday?")
        run.until('> spirou reply 1 "..."')
        assert run.end() == 8

    assert "Tuesday?" in run.seen


def test_wait_that_runs_out_says_that_nothing_failed(share: Share) -> None:
    """Exit 5, for a program too."""
    share.ok("add", "Book the dentist")

    plain = share.run("wait", "1", "--timeout", "1s")
    as_json = share.run("wait", "1", "--timeout", "1s", "--json")

    assert (plain.code, as_json.code) == (5, 5)
    assert "nothing failed" in plain.err
    assert document(as_json)["error"]["code"] == "TIMED_OUT"


def test_wait_with_nothing_to_wait_for_ends_at_once(share: Share) -> None:
    """No task moves: exit 0, nothing is hidden."""
    assert share.ok("wait") == "Nothing moves; there is nothing to wait for.\n"


def test_ctrl_c_ends_the_waiting_not_the_task(share: Share) -> None:
    """Exit 130; the task is as it was."""
    share.ok("add", "Book the dentist")

    with Terminal(share.program, ("wait", "1")) as run:
        run.until("Waiting for 1.")
        run.interrupt()
        assert run.end() == 128 + signal.SIGINT

    assert document(share.run("show", "1", "--json"))["state"] == "submitted"


def test_add_can_wait_for_the_answer(share: Share) -> None:
    """``add --wait`` sends, then waits as ``wait`` does: a question ends it, with the command to answer."""
    command = ("add", "Book the dentist", "--key", "dentist", "--wait")

    with Terminal(share.program, command) as run:
        run.until("Waiting for 1.")
        run.interrupt()
        interrupted = run.end()
    share.says(1, "question", question="Tuesday?")
    asked = share.run(*command)
    as_json = share.run(*command, "--json")

    assert (interrupted, asked.code) == (130, 0)
    assert "Tuesday?" in asked.out
    assert asked.out.endswith('> spirou reply 1 "..."\n')
    assert document(as_json)["state"] == "input_required"


@pytest.mark.parametrize("flag", ["--draft", "--dry-run"])
def test_add_waits_for_what_is_sent_only(share: Share, flag: str) -> None:
    """What goes nowhere can't be waited for; nothing is saved."""
    done = share.run("add", "Book the dentist", flag, "--wait")

    assert done.code == 2
    assert "--wait goes with one task" in done.err
    assert document(share.run("list", "--all", "--json"))["tasks"] == []


def test_wait_tells_the_hooks_at_each_change(share: Share) -> None:
    """With ``--notify`` a hook hears of each change while the wait goes on."""
    heard = share.program.home / "heard"
    share.ok("add", "Book the dentist")
    share.ok("hook", "add", "working", "--", "touch", str(heard))

    with Terminal(share.program, ("wait", "1", "--until", "done", "--interval", "1s", "--notify")) as run:
        run.until("Waiting for 1.")
        share.writes(1, "working")
        run.until("1 working")
        share.writes(1, "done")
        run.until("1 to review")
        told = heard.exists()
        run.interrupt()
        run.end()

    assert told


ICS = """BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//example//EN
METHOD:REQUEST
BEGIN:VEVENT
UID:1@example
DTSTAMP:20261123T090000Z
DTSTART:20300115T080000Z
DTEND:20300115T083000Z
SUMMARY:Dentist\\, Dr Martin
LOCATION:12 rue de la Paix
END:VEVENT
BEGIN:VEVENT
UID:2@example
DTSTAMP:20261123T090000Z
DTSTART;VALUE=DATE:20300116
SUMMARY:Rest
RRULE:FREQ=SECONDLY
STATUS:CANCELLED
END:VEVENT
END:VCALENDAR
"""


def test_an_appointment_that_came_back_is_shown_and_saved(share: Share) -> None:
    """``--calendar``: in the person's own time, nothing repeated for ever, the file ready to import."""
    share.ok("add", "Book the dentist")
    share.makes(1, "visit.ics", ICS.replace("\n", "\r\n"))
    share.makes(1, "notes.txt", "hello")

    shown = share.ok("files", "1", "--calendar", "-o", str(share.program.home / "out"))
    found = document(share.run("files", "1", "--calendar", "-o", str(share.program.home / "out"), "--json"))

    assert "Tue 15 Jan 2030 09:00–09:30  Dentist, Dr Martin" in shown
    assert "12 rue de la Paix" in shown
    assert [(one["start"], one["end"], one["canceled"], one["repeats"]) for one in found["appointments"]] == [
        ("2030-01-15T08:00:00Z", "2030-01-15T08:30:00Z", False, False),
        ("2030-01-16", None, True, True),
    ]
    assert [path.name for path in (share.program.home / "out").iterdir()] == ["visit.ics"]


def test_a_task_without_a_calendar_says_so(share: Share) -> None:
    """Nothing is saved where nothing came; a file that is no calendar holds no appointment."""
    share.ok("add", "Book the dentist")

    nothing = share.ok("files", "1", "--calendar")
    share.makes(1, "broken.ics", "BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:soon\n")

    assert nothing == "Task 1 has no calendar.\n"
    assert "There is no appointment in it." in share.ok("files", "1", "--calendar")
