"""``spirou provider``: set up by flags and by questions, looked at, changed, signed in, removed."""

from __future__ import annotations

import json
import stat
from pathlib import Path
from typing import Any

import pytest

from tests.cli.program import Done, Program
from tests.cli.terminal import Terminal


@pytest.fixture
def program(tmp_path: Path) -> Program:
    """``spirou`` in a fresh home without a keyring."""
    return Program(tmp_path, {"DBUS_SESSION_BUS_ADDRESS": "unix:path=/nowhere"})


REDMINE = ("--kind", "redmine", "--set", "url=https://127.0.0.1:9", "--set", "project=home")


def document(done: Done) -> Any:
    return json.loads(done.out)


def test_flags_alone_set_up_a_provider(program: Program) -> None:
    """In a script every answer is a flag, and the provider is there afterwards."""
    added = program.fork("provider", "add", "julie", "--kind", "folder", "--set", "path=~/Julie")
    listed = program.fork("provider", "list")

    assert (added.code, added.err) == (0, "")
    assert added.out.splitlines()[0] == "Added julie (folder)."
    assert listed.out == "julie\tfolder\tok\t\t0\t\n"


@pytest.mark.parametrize(
    ("typed", "lacking", "command"),
    [
        ("timesvr --plan basic", "give a kind.", "timesvr --kind folder --set path=~/Spirou --plan basic"),
        ("--kind folder --set path=x", "give a name.", "NAME --kind folder --set path=x"),
        ("", "give a name and a kind.", "NAME --kind folder --set path=~/Spirou"),
    ],
)
def test_only_what_lacks_is_asked_for(program: Program, typed: str, lacking: str, command: str) -> None:
    """What was typed stands in the command to type."""
    done = program.fork("provider", "add", *typed.split(), "--no-input")

    assert done.code == 2
    assert lacking in done.err
    assert f"spirou provider add {command}" in done.err.replace("'", "")


def test_a_missing_answer_names_the_flag(program: Program) -> None:
    """Without a terminal a missing setting is exit 2, named with its flag, and nothing is saved."""
    done = program.fork("provider", "add", "office", "--kind", "redmine", "--set", "url=https://127.0.0.1:9")

    assert done.code == 2
    assert "--secret-stdin api_key" in done.err
    assert program.fork("provider", "list").out == ""


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("add", "x", "--kind", "nonsense"), 6, "no kind of provider nonsense"),
        (("add", "x", "--kind", "folder", "--set", "colour=red"), 2, "no setting colour"),
        (("add", "x", "--kind", "folder", "--set", "path"), 2, "KEY=VALUE"),
        (("add", "a/b", "--kind", "folder"), 2, "up to 32 letters"),
        (("add", "x", *REDMINE, "--set", "api_key=hunter22"), 2, "never an argument"),
        (("add", "x", *REDMINE, "--secret-store", "drawer", "--secret-stdin", "api_key"), 2, "not in drawer"),
        (
            ("add", "x", *REDMINE, "--secret-store", "command", "--secret-stdin", "api_key"),
            2,
            "Which command",
        ),
        (("show", "nobody"), 6, "No provider nobody"),
        (("edit", "nobody", "--set", "a=b"), 6, "No provider nobody"),
        (("login", "nobody"), 6, "No provider nobody"),
    ],
)
def test_a_slip_is_named_and_saves_nothing(
    program: Program, arguments: tuple[str, ...], code: int, said: str
) -> None:
    """Each slip has its exit code and a sentence, the same in JSON, and no account is made."""
    plain = program.fork("provider", *arguments, stdin=b"key1234\n")
    as_json = program.fork("provider", *arguments, "--json", stdin=b"key1234\n")

    assert (plain.code, as_json.code) == (code, code)
    assert said in plain.err
    assert "hunter22" not in plain.out + plain.err + as_json.out
    assert said in document(as_json)["error"]["message"]
    assert document(program.fork("provider", "list", "--json"))["providers"] == []


def test_a_provider_that_does_not_answer_is_not_saved(program: Program) -> None:
    """The connection is tried first: nothing of a provider that can't be reached stays, its key neither."""
    done = program.fork(
        "provider", "add", "office", *REDMINE, "--secret-stdin", "api_key", "--secret-store", "file",
        stdin=b"key1234567\n",
    )  # fmt: skip

    assert done.code == 3
    assert document(program.fork("provider", "list", "--json"))["providers"] == []
    assert list(program.home.rglob("secrets.toml")) == []


def test_a_key_is_kept_where_it_was_said_and_nowhere_else(program: Program) -> None:
    """A key kept in the private file is in no other file, no output, and goes away with its provider."""
    key = b"k3y-0123456789abcdef"
    add = ("provider", "add", "office", *REDMINE, "--secret-stdin", "api_key", "--no-test")

    added = program.fork(*add, "--secret-store", "file", stdin=key + b"\n")
    shown = program.fork("provider", "show", "office", "--json")
    with_key = [path for path in program.home.rglob("*") if path.is_file() and key in path.read_bytes()]
    removed = program.fork("provider", "remove", "office")
    left = [path for path in program.home.rglob("*") if path.is_file() and key in path.read_bytes()]

    assert (added.code, removed.code) == (0, 0)
    assert [path.name for path in with_key] == ["secrets.toml"]
    assert stat.S_IMODE(with_key[0].stat().st_mode) == 0o600
    assert document(shown)["keys"] == {
        "api_key": {"kept": "file", "origin": "https://127.0.0.1:9", "command": None}
    }
    assert key.decode() not in added.out + added.err + shown.out
    assert left == []


def test_no_keyring_is_said_and_nothing_is_kept(program: Program) -> None:
    """Without a keyring and without a choice, a script gets exit 4 and what to type; nothing is saved."""
    done = program.fork(
        "provider", "add", "office", *REDMINE, "--secret-stdin", "api_key", "--no-test", stdin=b"key1234567\n"
    )

    assert done.code == 4
    assert "--secret-store file|command|ask" in done.err
    assert document(program.fork("provider", "list", "--json"))["providers"] == []


def test_variables_answer_what_no_flag_does(program: Program) -> None:
    """``SPIROU_PROVIDER_<NAME>_<KEY>`` gives a setting; a flag wins over it."""
    environ = {"SPIROU_PROVIDER_JULIE_PATH": str(program.home / "Shared")}

    program.fork("provider", "add", "julie", "--kind", "folder", **environ)
    program.fork(
        "provider", "add", "marie", "--kind", "folder", "--set", f"path={program.home}/M",
        SPIROU_PROVIDER_MARIE_PATH="/elsewhere",
    )  # fmt: skip

    found = document(program.fork("provider", "list", "--json"))["providers"]
    assert [each["settings"]["path"] for each in found] == [f"{program.home}/Shared", f"{program.home}/M"]


def test_show_says_what_it_cannot_do_and_how_a_lost_answer_is_settled(program: Program) -> None:
    """The page of a provider has its abilities, its limits and its way out of doubt, in words."""
    program.fork("provider", "add", "julie", "--kind", "folder", "--set", "path=~/Julie")

    page = program.fork("provider", "show", "julie").out

    assert "It can be answered," in page
    assert "It can't say the cost" in page
    assert "sent again under the same name; they see it once" in page


def test_paused_renamed_resumed_removed(program: Program) -> None:
    """A provider is paused, called something else, used again, and removed; its name is then free."""
    add = ("provider", "add", "julie", "--kind", "folder", "--set", "path=~/Julie")
    program.fork(*add)

    codes = [
        program.fork("provider", *arguments).code
        for arguments in (
            ("pause", "julie"),
            ("rename", "julie", "marie"),
            ("resume", "marie"),
            ("test", "marie"),
        )
    ]
    paused = program.fork("provider", "pause", "marie", "--json")
    removed = program.fork("provider", "remove", "marie")

    assert codes == [0, 0, 0, 0]
    assert document(paused)["paused"] is True
    assert removed.code == 0
    assert program.fork(*add).code == 0


def test_edit_tries_the_new_settings_before_saving_them(program: Program) -> None:
    """A setting that doesn't work is refused and the old one stays; one that works is saved."""
    program.fork("provider", "add", "julie", "--kind", "folder", "--set", "path=~/Julie")

    refused = program.fork("provider", "edit", "julie", "--set", "path=/nowhere/at/all")
    saved = program.fork("provider", "edit", "julie", "--set", "path=~/Other", "--brief-lang", "fr")

    assert (refused.code, saved.code) == (3, 0)
    shown = document(program.fork("provider", "show", "julie", "--json"))
    assert (shown["settings"]["path"], shown["language"]) == (f"{program.home}/Other", "fr")


def test_the_questions_lead_back_and_end_with_a_command(tmp_path: Path) -> None:
    """On a terminal: a choice by a part of it, ``b`` back, an error under its question, a summary, a
    test; the command it prints does the same in a script, and a long path is in one piece in both."""
    home = tmp_path / ("a-folder-whose-name-is-longer-than-a-screen-is-wide" * 2)
    home.mkdir()
    program = Program(home, {"DBUS_SESSION_BUS_ADDRESS": "unix:path=/nowhere"})
    with Terminal(program, ("provider", "add")) as terminal:
        terminal.answer("Kind:", "you share")
        terminal.answer("Name [folder]:", "no good")
        terminal.until("not no good.")
        terminal.answer("Name [folder]:", "jule")
        terminal.answer("path [~/Spirou]:", "b")
        terminal.answer("Name [folder]:", "julie")
        terminal.answer("path [~/Spirou]:", "~/Julie")
        summary = terminal.until("Is that right?")
        terminal.answer("[y/n, Enter = y]", "")
        terminal.answer("Price:", "29EUR")
        terminal.until("it must say how often")
        terminal.answer("Price:", "29EUR/month")
        terminal.until("The same as one command:\n> ")
        command = terminal.until("\n").strip()
        code = terminal.end()

    again = Program(program.home, {"SPIROU_DB": str(program.home / "again.db")})
    repeated = again.fork(*command.split()[1:])

    assert code == 0
    assert f"path  {program.home}/Julie" in summary
    same = f"spirou provider add julie --kind folder --set path={program.home}/Julie --price 29EUR/month"
    assert command == same
    assert repeated.code == 0
    before = document(program.fork("provider", "show", "julie", "--json"))
    after = document(again.fork("provider", "show", "julie", "--json"))
    assert before == after
    assert "29.00 EUR a month" in again.fork("plan", "show").out


def test_a_typed_key_is_unseen_and_kept_where_the_person_then_chooses(program: Program) -> None:
    """Without a keyring the wizard asks where to keep the key; it is never on the screen."""
    with Terminal(program, ("provider", "add", "office", *REDMINE, "--no-test")) as terminal:
        terminal.answer("api_key:", "s3cret-value-1")
        terminal.until("tracker")
        for _ in range(2):
            terminal.answer(":", "")
        terminal.answer("See them [no]:", "")
        terminal.answer("Is that right?", "")
        terminal.answer("Price:", "")
        terminal.until("Keep the key in")
        terminal.answer("Choice [1]:", "")
        code = terminal.end()

    assert code == 0, terminal.seen
    assert "s3cret-value-1" not in terminal.seen
    assert "--secret-stdin api_key --secret-store file" in terminal.seen.replace("\n", " ")
    shown = document(program.fork("provider", "show", "office", "--json"))
    assert shown["keys"]["api_key"]["kept"] == "file"


def test_plain_http_is_for_this_machine_and_by_choice(program: Program) -> None:
    """Every kind with an address can be told to use http on this machine, and no other machine."""
    add = ("provider", "add", "office", "--kind", "redmine", "--set", "project=home", "--secret-stdin",
           "api_key", "--secret-store", "file")  # fmt: skip
    here, there = ("--set", "url=http://127.0.0.1:9"), ("--set", "url=http://tickets.example")
    chosen = ("--set", "http_on_loopback=yes")

    plain = program.fork(*add, *here, stdin=b"key1234567\n")
    far = program.fork(*add, *there, *chosen, stdin=b"key1234567\n")
    near = program.fork(*add, *here, *chosen, "--no-test", stdin=b"key1234567\n")

    assert (plain.code, far.code, near.code) == (3, 3, 0)
    assert "http_on_loopback=yes" in plain.err
    assert "tickets.example must be reached by https." in far.err
    shown = document(program.fork("provider", "show", "office", "--json"))
    assert shown["keys"]["api_key"]["origin"] == "http://127.0.0.1:9"


def test_every_kind_with_an_address_takes_an_authority_of_its_own(program: Program) -> None:
    """``ca_file`` and ``http_on_loopback`` belong to the HTTP client, so no kind has to ask for them."""
    found = document(program.fork("provider", "kinds", "--json"))["kinds"]

    asked = {kind["kind"]: [setting["name"] for setting in kind["settings"]] for kind in found}
    assert [kind for kind, names in asked.items() if "url" in names] == ["redmine", "rt", "caldav"]
    for names in asked.values():
        if "url" in names:
            assert names[-2:] == ["ca_file", "http_on_loopback"]


def test_login_and_logout_move_the_key(program: Program) -> None:
    """``login`` replaces where a key is, ``logout`` forgets it; then its provider asks to sign in."""
    program.fork(
        "provider", "add", "office", *REDMINE, "--secret-command", "api_key", "echo key1234567", "--no-test"
    )

    login = program.fork(
        "provider", "login", "office", "--secret-stdin", "--secret-store", "file", "--no-test",
        stdin=b"other-key-123\n",
    )  # fmt: skip
    kept = document(program.fork("provider", "show", "office", "--json"))["keys"]["api_key"]["kept"]
    logout = program.fork("provider", "logout", "office")
    tested = program.fork("provider", "test", "office")

    assert (login.code, kept, logout.code, tested.code) == (0, "file", 0, 4)
    assert "spirou provider login office" in tested.err


def test_the_kinds_and_their_questions(program: Program) -> None:
    """Every kind is listed with its schema, which is what the flags and the questions are made of."""
    found = document(program.fork("provider", "kinds", "--json"))["kinds"]

    folder = next(kind for kind in found if kind["kind"] == "folder")
    assert [setting["name"] for setting in folder["settings"]] == ["path"]


def test_a_command_chosen_in_the_questions_is_in_the_printed_command(program: Program) -> None:
    """Who keeps the key in a password program gets a line that uses it, not one that asks for the key."""
    with Terminal(program, ("provider", "add", "office", *REDMINE, "--no-test"), columns=200) as terminal:
        terminal.answer("api_key:", "s3cret-value-1")
        terminal.until("tracker")
        for _ in range(2):
            terminal.answer(":", "")
        terminal.answer("See them [no]:", "")
        terminal.answer("Is that right?", "")
        terminal.answer("Price:", "")
        terminal.answer("Choice [1]:", "2")
        terminal.answer("The command that prints the key:", "pass show office")
        code = terminal.end()

    assert code == 0, terminal.seen
    assert "--secret-command api_key 'pass show office'" in terminal.seen
    assert "--secret-stdin" not in terminal.seen
