"""One ``spirou status`` over a folder, a mailbox, Redmine, RT and CalDAV, each a running server."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from importlib.util import find_spec
from pathlib import Path

import pytest

from spirou_cli.adapters import Ref
from spirou_cli.testing import Assistant
from tests.backends.caldav.phone import Phone
from tests.backends.caldav.world import PASSWORDS, radicale
from tests.backends.mail.house import dovecot, exim, mail_house
from tests.backends.mail.program import MailProgram
from tests.backends.proxy import FaultProxy, house_tls
from tests.backends.redmine.assistant import RedmineAssistant
from tests.backends.redmine.house import running_redmine
from tests.backends.redmine.world import KEYS
from tests.backends.rt.assistant import RTAssistant
from tests.backends.rt.house import running_rt
from tests.backends.servers import require
from tests.backends.story import Desk

PATIENCE_S = 30


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk.at(tmp_path)


@pytest.fixture
def assistants(desk: Desk, pytestconfig: pytest.Config) -> Iterator[Mapping[str, Assistant]]:
    """Who works at each provider of the desk, by the provider's name."""
    cache = Path(pytestconfig.cache.mkdir("backends"))
    with ExitStack() as servers:
        yield {
            "mail": _mail(desk, servers),
            "redmine": _redmine(desk, servers, cache),
            "rt": _rt(desk, servers, cache),
            "caldav": _caldav(desk, servers),
        }


def test_one_status_shows_every_provider(desk: Desk, assistants: Mapping[str, Assistant]) -> None:
    """The same task at five providers: handed over, asked about, and waiting side by side."""
    shared = desk.program.home / "shared"
    desk.connect("folder", "folder", path=str(shared))
    names = [*assistants, "folder"]
    for name in names:
        desk.say("add", f"Book the train by {name}", "--to", name, "-b", "Tuesday morning.")

    for name, assistant in assistants.items():
        assistant.ask(_arrived(assistant), f"Which class, asks {name}?")
    (page,) = shared.glob("*/ANSWER.md")
    page.write_text(page.read_text().replace("## Questions\n", "## Questions\n\nWhich class, asks folder?\n"))

    seen = _status_with(desk, [f"Which class, asks {name}?" for name in names])

    assert f"Needs you ({len(names)})" in seen
    assert [name for name in names if f"Book the train by {name}" not in seen] == []


def _arrived(assistant: Assistant) -> Ref:
    """The one task of an assistant; mail takes a moment."""
    deadline = time.monotonic() + PATIENCE_S
    while not (tasks := assistant.tasks()):
        assert time.monotonic() < deadline, "the task never arrived"
        time.sleep(0.05)
    return Ref(tasks[0].ref)


def _status_with(desk: Desk, words: list[str]) -> str:
    """What ``status`` says once a sync has brought all of ``words``."""
    deadline = time.monotonic() + PATIENCE_S
    while True:
        desk.say("sync")
        said = desk.say("status")
        missing = [word for word in words if word not in said]
        if not missing:
            return said
        assert time.monotonic() < deadline, f"{missing} never came:\n{said}"


def _mail(desk: Desk, servers: ExitStack) -> Assistant:
    require(dovecot(), "Dovecot")
    require(exim(), "Exim")
    house = servers.enter_context(mail_house())
    anna, julie = house.mailbox("anna"), house.mailbox("julie")
    settings = anna.settings() | {"to": f"Julie <{julie.address}>"}
    password = settings.pop("password")
    desk.connect("mail", "email", f"password={password}", **settings)
    return MailProgram(julie)


def _redmine(desk: Desk, servers: ExitStack, cache: Path) -> Assistant:
    redmine = servers.enter_context(running_redmine(cache))
    url, ca_file = _by_tls(desk, servers, redmine.port, "redmine")
    desk.connect(
        "redmine", "redmine", f"api_key={KEYS['client']}", url=url, project="delegated", ca_file=ca_file
    )
    return RedmineAssistant(redmine)


def _rt(desk: Desk, servers: ExitStack, cache: Path) -> Assistant:
    rt = servers.enter_context(running_rt(cache))
    url, ca_file = _by_tls(desk, servers, rt.port, "rt")
    desk.connect("rt", "rt", f"token={rt.tokens['client']}", url=url, queue="Delegated", ca_file=ca_file)
    return RTAssistant(rt)


def _caldav(desk: Desk, servers: ExitStack) -> Assistant:
    require(find_spec("radicale"), "Radicale")
    world = servers.enter_context(radicale())
    path = world.make_list()
    desk.connect(
        "caldav",
        "caldav",
        f"password={PASSWORDS['client']}",
        url=world.origin + path,
        user="client",
        ca_file=str(world.ca_file),
    )
    return Phone(world.client("assistant"), path)


def _by_tls(desk: Desk, servers: ExitStack, port: int, name: str) -> tuple[str, str]:
    """A server that speaks plain http, behind a certificate of the house."""
    folder = desk.program.home / f"ca-{name}"
    folder.mkdir()
    context, ca_file = house_tls(folder)
    return servers.enter_context(FaultProxy(port, context)).url, str(ca_file)
