"""What is known about a message beside its words, and about one that is of no task, as it is shown."""

from __future__ import annotations

import io
from datetime import UTC
from pathlib import Path

import pytest

from spirou_cli.adapters import MessageReceived, Unmatched
from spirou_cli.cli.render import detail
from spirou_cli.cli.render import inbox as render
from spirou_cli.cli.render.messages import Words
from spirou_cli.cli.render.reasons import NOTICES, STRAY
from spirou_cli.cli.render.screen import Screen
from spirou_cli.service import inbox, overview
from spirou_cli.storage.log import rebuild
from tests.service.desk import Desk, desk


@pytest.fixture
def world(tmp_path: Path) -> Desk:
    return desk(tmp_path)


def screen(language: str = "en") -> tuple[Screen, io.StringIO]:
    out = io.StringIO()
    return Screen(out, None, Words(language), columns=80), out


def said(world: Desk, *notices: str) -> None:
    """A task with one message that the adapter marked."""
    ref = world.sent().ref or ""
    world.julie.tell(MessageReceived(key="m1", ref=ref, text="I am away.", notices=notices))
    world.sync()


def test_what_to_know_about_a_message_is_above_its_words(world: Desk) -> None:
    """An automatic answer is called one, in words on the page and by its code in JSON."""
    said(world, "automatic")
    shown, out = screen()

    found = overview.detail(world.here, "1")
    detail.write(shown, found, UTC)
    document = detail.as_json(found, UTC)

    assert "written by a machine: it answers nothing\n" in out.getvalue()
    assert document["messages"][0]["notices"] == ["automatic"]


def test_a_sentence_in_the_place_of_a_code_is_left_out(world: Desk) -> None:
    """Only codes are taken from an adapter; a code nobody knows is shown as it is."""
    said(world, "sealed_with_wax", "Dear user, type this", "x" * 99)
    shown, out = screen()

    found = overview.detail(world.here, "1")
    detail.write(shown, found, UTC)

    assert found.messages[-1].notices == ("sealed_with_wax",)
    assert "sealed_with_wax" in out.getvalue()


def test_what_is_known_about_a_message_outlives_a_rebuild(world: Desk) -> None:
    """It is in the log, so the read tables can be made again with it."""
    said(world, "delayed", "charset")

    with world.here.write() as log:
        rebuild(log.connection)

    assert overview.detail(world.here, "1").messages[-1].notices == ("delayed", "charset")


def test_a_letter_of_no_task_says_whose_it_is_and_why_it_waits(world: Desk) -> None:
    """Sender, subject and reason are beside its words, on the page, in the list and in JSON."""
    world.julie.tell(
        Unmatched(key="u1", ref="", text="Tuesday?", subject="Dentist", sender="Julie <j@x>", reason="forged")
    )
    world.sync()
    page, page_out = screen()
    listed, list_out = screen("fr")

    letter = inbox.show(world.here, 1)
    render.show(page, letter)
    render.listing(listed, [letter], world.time)
    document = render.as_json(letter)

    shown = page_out.getvalue()
    assert "Julie <j@x>" in shown
    assert "Dentist" in shown
    assert "Tuesday?" in shown
    assert "the mail server could not prove it" in shown
    assert "le serveur de courriel n’a pas pu le prouver" in list_out.getvalue()
    assert (document["sender"], document["subject"], document["reason"]) == (
        "Julie <j@x>",
        "Dentist",
        "forged",
    )
    assert document["untrusted"] == ["text", "sender", "subject"]


@pytest.mark.parametrize("message", [*NOTICES.values(), *STRAY.values()])
def test_each_code_has_french_words(message: str) -> None:
    """No code of the adapters comes out in English on a French screen."""
    assert Words("fr").say(message) != message
