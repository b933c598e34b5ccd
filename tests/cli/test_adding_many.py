"""Many tasks at once, and briefs to use again."""

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


def document(done: Done) -> Any:
    return json.loads(done.out)


def titles(share: Share) -> list[str]:
    return [task["title"] for task in document(share.run("list", "--json"))["tasks"]]


def test_one_title_a_line(share: Share) -> None:
    """Empty lines are nothing; the total comes before, the numbers after."""
    said = share.ok("add", "--from", "-", stdin=b"One\n\nTwo [urgent] #3\n")

    assert said.splitlines() == [
        "2 tasks to folder: 2 leave now. No limit of cost was set.",
        "   1  One",
        "   2  Two [urgent] #3",
        "sent: 2.",
    ]
    assert len(list(share.path.glob("0*"))) == 2


def test_csv_with_a_header_and_options_for_all(share: Share) -> None:
    """A column for each field; what the options say holds for every task that doesn't say otherwise."""
    file = share.program.home / "tasks.csv"
    file.write_text('title,due,tags,project\nOne,2030-01-04,"a,b",\nTwo,,,home\n')

    share.ok("add", "--from", "tasks.csv", "--draft", "--project", "office")
    one, two = document(share.run("list", "--json"))["tasks"]

    assert (one["due"]["date"], one["tags"], one["project"]) == ("2030-01-04", ["a", "b"], "office")
    assert (two["due"], two["tags"], two["project"]) == (None, [], "home")


def test_json_as_a_list_or_as_list_prints_it(share: Share) -> None:
    """Money as a person types it; the limits are added up by currency."""
    text = json.dumps([{"title": "One", "max_cost": "5EUR"}, {"title": "Two", "max_cost": "2.50 USD"}])

    said = share.ok("add", "--from", "-", "-n", stdin=text.encode())

    assert "At most 5.00 EUR + 2.50 USD." in said
    assert said.endswith("Nothing was saved, nothing was sent.\n")
    assert titles(share) == []


def test_a_bad_line_is_named_and_the_others_go_on(share: Share) -> None:
    """Exit 1, with the line's number; --stop-on-error saves nothing at all."""
    text = b"title,due\nOne,2030-01-04\nTwo,someday\n"

    stopped = share.run("add", "--from", "-", "--draft", "--stop-on-error", stdin=text)
    assert (stopped.code, titles(share)) == (2, [])
    went_on = share.run("add", "--from", "-", "--draft", "--json", stdin=text)

    assert stopped.err.startswith("Line 3: “someday” is not a date")
    assert went_on.code == 1
    assert document(went_on)["errors"][0]["line"] == 3
    assert titles(share) == ["One"]


@pytest.mark.parametrize(
    "text", [b"", b"\n \n", b"[", b'{"a": 1}', b"[1]", b'[{"colour": "red"}]', b"\xff\xfe\x00"]
)
def test_what_is_no_list_of_tasks_saves_nothing(share: Share, text: bytes) -> None:
    """Empty, broken or foreign input is refused with a sentence."""
    done = share.run("add", "--from", "-", "--draft", stdin=text)

    assert done.code in (1, 2)
    assert done.err
    assert "Traceback" not in done.err
    assert titles(share) == []


def test_the_same_import_with_a_key_makes_no_second_task(share: Share) -> None:
    """Each line gets a key of its own; with -q only numbers are printed."""
    first, again = (share.ok("add", "--from", "-", "--key", "k", "-q", stdin=b"One\nTwo\n") for _ in "ab")

    assert first == again == "1\n2\n"
    assert titles(share) == ["One", "Two"]


def test_one_question_for_all_of_them(share: Share) -> None:
    """On a terminal nothing is saved before the one question is answered."""
    (share.program.home / "list.txt").write_text("One\nTwo\n")

    with Terminal(share.program, ("add", "--from", "list.txt")) as no:
        no.answer("Save and send them? [Y/n]", "n")
        refused = no.end()
    before = titles(share)
    with Terminal(share.program, ("add", "--from", "list.txt")) as yes:
        yes.answer("[Y/n]", "")
        assert yes.end() == 0

    assert (refused, before) == (7, [])
    assert titles(share) == ["One", "Two"]


SHOP = (
    "template",
    "add",
    "shop",
    "--title",
    'Buy {{ask "What?"}} at {{ask "Which shop?"}}',
    "--tag",
    "errand",
)


def test_a_template_asks_its_questions(share: Share) -> None:
    """On a terminal one after the other, each once."""
    share.ok(*SHOP)

    with Terminal(share.program, ("add", "-t", "shop", "--draft")) as run:
        run.answer("What?", "milk")
        run.answer("Which shop?", "Lidl")
        assert run.end() == 0

    (task,) = document(share.run("list", "--json"))["tasks"]
    assert (task["title"], task["tags"]) == ("Buy milk at Lidl", ["errand"])


def test_a_script_gives_the_answers_by_flags(share: Share) -> None:
    """A missing one is exit 2 with the question; typed fields go before the template's."""
    share.ok(*SHOP, "--due", "2030-01-04", "--project", "home")

    missing = share.run("add", "-t", "shop", "--answer", "milk")
    share.ok("add", "-t", "shop", "--answer", "milk", "--answer", "Lidl", "--draft", "--project", "office")

    assert (missing.code, missing.err.splitlines()[0]) == (2, "The template shop asks: Which shop?")
    (task,) = document(share.run("list", "--json"))["tasks"]
    assert (task["due"]["date"], task["project"]) == ("2030-01-04", "office")


def test_templates_are_listed_shown_changed_and_removed(share: Share) -> None:
    """A life of a template; the editor changes the file only if it can be read back."""
    share.ok(*SHOP)
    editor = share.program.home / "editor"
    editor.write_text('#!/bin/sh\nsed -i "s/errand/shopping/" "$1"\n')
    editor.chmod(0o700)
    broken = share.program.home / "broken"
    broken.write_text('#!/bin/sh\necho "= no" > "$1"\n')
    broken.chmod(0o700)

    with Terminal(share.program, ("template", "edit", "shop"), environ={"EDITOR": str(editor)}) as run:
        assert run.end() == 0
    with Terminal(share.program, ("template", "edit", "shop"), environ={"EDITOR": str(broken)}) as run:
        assert run.end() == 2
    shown = document(share.run("template", "show", "shop", "--json"))
    listed = document(share.run("template", "list", "--json"))
    kept = share.run("template", "remove", "shop")
    share.ok("template", "remove", "shop", "--yes")

    assert (shown["tags"], shown["asks"]) == (["shopping"], ["What?", "Which shop?"])
    assert [one["name"] for one in listed["templates"]] == ["shop"]
    assert kept.code == 7
    assert share.run("template", "show", "shop").code == 6


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("template", "add", "../evil", "--title", "x"), 2),
        (("template", "add", "empty"), 2),
        (("template", "add", "x", "--title", "x", "--due", "someday"), 2),
        (("template", "show", "nobody"), 6),
        (("add", "-t", "nobody"), 6),
    ],
)
def test_a_slip_about_templates_is_named(share: Share, arguments: tuple[str, ...], code: int) -> None:
    """Each has its exit code, and no file is made."""
    done = share.run(*arguments)

    assert done.code == code
    assert list(share.program.home.rglob("*.toml")) == []
