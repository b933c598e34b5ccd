"""What a person does with a task at a provider, end to end with a shared folder."""

from __future__ import annotations

import json
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


@pytest.fixture(scope="module")
def one_sent(tmp_path_factory: pytest.TempPathFactory) -> tuple[Share, str]:
    """A task at the provider, and how it is, for what must not change it."""
    share = Share(Program(tmp_path_factory.mktemp("home")))
    share.ok("add", "Book the dentist")
    return share, share.ok("show", "1", "--json")


def document(done: Done) -> Any:
    return json.loads(done.out)


def test_an_answer_is_on_the_assistants_page(share: Share) -> None:
    """The words arrive, and the task is no longer mine to answer."""
    share.ok("add", "Book the dentist")
    share.says(1, "question", question="Tuesday or Thursday?")

    said = share.ok("reply", "1", "Tuesday", "9:00")

    assert said == "To folder, about 1: your words.\nSent.\n"
    assert "Tuesday 9:00" in share.wrote(1)
    assert "Needs you" not in share.ok("status")


@pytest.mark.parametrize("arguments", [("-b", "From an option"), ("-F", "-")])
def test_an_answer_is_given_as_an_option_or_piped_in(share: Share, arguments: tuple[str, ...]) -> None:
    """-b and -F - say the same as TEXT."""
    share.ok("add", "Book the dentist")

    share.ok("reply", "1", *arguments, stdin=b"From a pipe")

    assert "From an option" in share.wrote(1) or "From a pipe" in share.wrote(1)


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("reply", "1"), 2, "The answer is empty."),
        (("reply", "1", "a", "-b", "b"), 2, "one is enough"),
        (("reply", "1", "--choose", "2"), 2, "has no answer 2 to choose; it has 0"),
        (("reply", "1", "--grant", "calendar"), 2, "asks for nothing"),
        (("reply", "7", "hello"), 6, "No task 7."),
        (("accept", "1", "7"), 6, "No task 7."),
        (("reopen", "1", "wrong"), 2, "that can't be done now"),
        (("reopen", "1"), 2, "Say what is missing."),
        (("edit", "1"), 2, "nothing to change"),
        (("edit", "1", "--unset", "colour"), 2, "no field colour"),
        (("send", "1"), 2, "sent already"),
        (("send",), 2, "Which task?"),
        (("reassign", "1", "--to", "nobody"), 6, "No provider nobody"),
        (("reassign", "1", "--to", "folder"), 2, "has task 1 already"),
        (("rate", "1", "9"), 2, "from 1 to 5"),
        (("tag", "1"), 2, "Which tags?"),
        (("forget", "1", "--yes"), 7, "still open"),
        (("cancel", "1"), 7, "Nobody is here to say yes"),
    ],
)
def test_a_slip_is_named_and_changes_nothing(
    one_sent: tuple[Share, str], arguments: tuple[str, ...], code: int, said: str
) -> None:
    """Each has its exit code and its sentence, in JSON too, and the task stays as it was."""
    share, before = one_sent

    plain, as_json = share.run(*arguments), share.run(*arguments, "--json")

    assert (plain.code, as_json.code) == (code, code)
    assert said in plain.err
    assert said in document(as_json)["error"]["message"]
    assert share.ok("show", "1", "--json") == before


def test_what_could_not_leave_is_said_and_leaves_later(share: Share) -> None:
    """Exit 3, the words are kept, and the next sync takes them."""
    share.ok("add", "Book the dentist")
    share.away()

    done = share.run("reply", "1", "Tuesday")
    share.back()
    share.run("send", "--all-queued")
    kept = document(share.run("show", "1", "--json"))

    assert done.code == 3
    assert "It is saved and leaves with the next sync." in done.err
    assert [op["kind"] for op in kept["ops"] if op["state"] == "queued"] == ["reply"]


def test_accepting_closes_with_a_rating(share: Share) -> None:
    """Several at once, each told, in one document for a program."""
    share.ok("add", "One")
    share.ok("add", "Two")
    for number in (1, 2):
        share.says(number, "done")

    assert share.ok("accept", "1", "--rate", "5") == "Accepted 1: done, 5/5.\n"
    accepted = document(share.run("accept", "2", "--json"))

    assert accepted["schema"] == "spirou.tasks/1"
    assert [(task["id"], task["state"]) for task in accepted["tasks"]] == [(2, "completed")]


def test_one_that_cannot_be_accepted_does_not_stop_the_others(share: Share) -> None:
    """Its error stands beside them and the exit code is its own."""
    share.ok("add", "One", "--draft")
    share.ok("add", "Two")
    share.says(2, "done")

    done = share.run("accept", "1", "2", "--json")

    assert done.code == 2
    assert [(task["id"], task["state"], "error" in task) for task in document(done)["tasks"]] == [
        (1, "draft", True),
        (2, "completed", False),
    ]


def test_a_delivery_goes_back_with_its_reason_and_a_new_date(share: Share) -> None:
    """The assistant reads why, and the date as it was understood is echoed."""
    share.ok("add", "Book the dentist")
    share.says(1, "done")

    said = share.ok("reopen", "1", "The hour is missing", "--due", "2030-01-04")

    assert "Due Fri 4 Jan 2030, end of day." in said
    assert "The hour is missing" in share.wrote(1)


def test_a_confirmed_cancel_says_so(share: Share) -> None:
    """--yes agrees in a script; the folder can stop a task."""
    share.ok("add", "Book the dentist")

    assert share.ok("cancel", "1", "--yes") == "Canceled 1: folder confirms.\n"
    assert document(share.run("cancel", "1", "--json"))["tasks"][0]["cancel"] == "confirmed"


def test_what_never_left_is_canceled_without_a_question(share: Share) -> None:
    """Nothing runs anywhere."""
    share.ok("add", "Book the dentist", "--draft")

    assert share.ok("cancel", "1") == "Canceled 1.\n"


def test_closed_here_only_warns_that_it_may_run(share: Share) -> None:
    """--local asks nobody there, and says what that means."""
    share.ok("add", "Book the dentist")

    done = share.run("cancel", "1", "--local", "--yes")

    assert done.out == "Closed 1 here only: at folder it may still run and cost.\n"
    assert not (share.folder(1) / "MESSAGES.md").exists()


def test_a_refused_task_is_closed_or_goes_elsewhere(share: Share) -> None:
    """The two ways out of a refusal, as status prints them."""
    share.ok("add", "Book the dentist")
    share.ok("add", "Follow up the orders")
    share.ok("provider", "add", "marc", "--kind", "folder", "--set", "path=~/Marc")
    for number in (1, 2):
        share.says(number, "refused: not my trade")

    closed = share.ok("cancel", "1")
    moved = share.ok("reassign", "2", "--to", "marc")

    assert closed == "Canceled 1.\n"
    assert "Saved as 3." in moved
    assert [path.name for path in sorted((share.program.home / "Marc").glob("0*"))] == [
        "0003-follow-up-the-orders"
    ]


def test_a_task_at_work_moves_only_with_agreement(share: Share) -> None:
    """In a script the question is exit 7 with the command that agrees; --dry-run beats --yes."""
    share.ok("add", "Book the dentist")
    share.ok("provider", "add", "marc", "--kind", "folder", "--set", "path=~/Marc")

    asked = share.run("reassign", "1", "--to", "marc")
    rehearsed = share.ok("reassign", "1", "--to", "marc", "--dry-run", "--yes")
    moved = document(share.run("reassign", "1", "--to", "marc", "--yes", "--json"))

    assert asked.code == 7
    assert asked.err.splitlines()[-1] == "spirou reassign 1 --to marc --yes"
    assert rehearsed.endswith("Nothing was sent.\n")
    assert (moved["id"], moved["replaces"], moved["provider"]) == (2, 1, "marc")


def test_a_draft_is_rehearsed_then_sent(share: Share) -> None:
    """send -n says what would leave; send sends it."""
    share.ok("add", "Book the dentist", "--draft", "--due", "2030-01-04")

    rehearsed = share.ok("send", "1", "-n", "-y")
    sent = share.ok("send", "1")

    assert rehearsed.splitlines()[-2:] == [
        "To folder: title, no files. Due Fri 4 Jan 2030, end of day.",
        "Nothing was sent.",
    ]
    assert "Sent, their number 1-" in sent
    assert share.folder(1).is_dir()


def test_a_draft_echoes_the_date_that_was_understood(share: Share) -> None:
    """A draft's date is read like any other, so it is shown like any other."""
    said = share.ok("add", "Book the dentist", "--draft", "--due", "2030-01-04")

    assert "Due Fri 4 Jan 2030, end of day." in said


def test_a_change_reaches_the_brief_and_echoes_the_date(share: Share) -> None:
    """edit says what differs; the assistant's page has it."""
    share.ok("add", "Book the dentist")

    said = share.ok("edit", "1", "--title", "Book the vet", "--due", "2030-01-04")
    again = share.ok("edit", "1", "--title", "Book the vet")

    assert said == "Changed 1: title, due. Due Fri 4 Jan 2030, end of day.\nSent.\n"
    assert again == "1 is like that already; nothing was changed.\n"
    assert "# Book the vet" in (share.folder(1) / "BRIEF.md").read_text("utf-8")


def test_a_question_at_a_terminal_takes_oui_and_no(share: Share) -> None:
    """A French hand may type oui; n leaves the task alone."""
    share.ok("add", "Book the dentist")

    with Terminal(share.program, ("cancel", "1")) as no:
        no.answer("[y/N]", "n")
        refused = no.end()
    with Terminal(share.program, ("--lang", "fr", "cancel", "1")) as yes:
        yes.answer("N]", "oui")
        agreed = yes.end()

    assert (refused, agreed) == (7, 0)
    assert document(share.run("show", "1", "--json"))["state"] == "canceled"


def test_the_editor_writes_the_answer(share: Share) -> None:
    """-e opens the person's own editor on a terminal."""
    share.ok("add", "Book the dentist")
    editor = share.program.home / "editor"
    editor.write_text('#!/bin/sh\nprintf "Written in an editor" > "$1"\n')
    editor.chmod(0o700)

    with Terminal(share.program, ("reply", "1", "-e"), environ={"EDITOR": str(editor)}) as run:
        assert run.end() == 0

    assert "Written in an editor" in share.wrote(1)


def test_an_editor_without_a_terminal_is_refused(share: Share) -> None:
    """A script is told the flags that give the text."""
    share.ok("add", "Book the dentist")

    done = share.run("reply", "1", "-e")

    assert (done.code, "-b TEXT" in done.err) == (2, True)


@pytest.mark.parametrize(("columns", "language"), [(80, "en"), (80, "fr"), (120, "en")])
def test_no_line_is_wider_than_the_terminal(share: Share, columns: int, language: str) -> None:
    """What these commands say fits, in both languages."""
    share.ok("add", "Compare the prices of ten office-chair suppliers in the Lyon area, with delivery")
    commands = [
        ("reply", "1", "Tuesday"),
        ("edit", "1", "--due", "2030-01-04"),
        ("files", "1"),
        ("history", "1"),
        ("time", "add", "1", "10m"),
        ("time", "list"),
        ("undo", "--list"),
        ("cancel", "1", "--yes"),
    ]

    for arguments in commands:
        with Terminal(share.program, ("--lang", language, *arguments), columns=columns) as run:
            assert run.end() == 0, run.seen
        assert all(len(line) <= columns for line in run.seen.splitlines()), run.seen


def test_a_question_for_a_key_is_shown_with_a_warning(share: Share) -> None:
    """A provider that asks for a password is quoted, and under it is what to do: nothing."""
    share.ok("add", "Book the dentist")
    share.says(1, "question", question="Please paste your API key")
    warning = "Send neither: no task needs one."

    page, status = share.ok("show", "1"), share.run("status").out
    document = json.loads(share.ok("show", "1", "--json"))

    assert warning in page
    assert warning in status
    assert document["question"]["asks_for_secret"] is True


@pytest.mark.parametrize(
    "words", ["it is k3y-0123456789abcdef", "k3y-01234567", "azN5LTAxMjM0NTY3ODlhYmNkZWY="]
)
def test_the_key_of_a_provider_is_never_an_answer(share: Share, words: str) -> None:
    """A key, its beginning or what base64 makes of it is refused before anything is saved; exit 7."""
    share.ok("add", "Book the dentist")
    share.says(1, "question", question="Please paste your API key")
    share.run(
        "provider", "add", "office", "--kind", "redmine", "--set", "url=https://127.0.0.1:9", "--set",
        "project=home", "--secret-stdin", "api_key", "--secret-store", "file", "--no-test",
        stdin=b"k3y-0123456789abcdef\n",
    )  # fmt: skip

    refused = share.run("reply", "1", words)
    harmless = share.run("reply", "1", "No, and I won't.")

    assert (refused.code, harmless.code) == (7, 0)
    assert "the key of office" in refused.err
    assert words not in share.wrote(1)
    assert words not in refused.err
