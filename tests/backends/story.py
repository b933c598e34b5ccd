"""``spirou`` itself, as a person uses it with a ticket system: what is typed, what the screen says."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from spirou_cli.adapters import Ref
from tests.backends.tickets import PrivateAssistant
from tests.cli.program import Program

__all__ = ["Desk", "the_story"]


@dataclass(frozen=True, slots=True)
class Desk:
    """A person's machine."""

    program: Program

    @classmethod
    def at(cls, home: Path) -> Desk:
        return cls(Program(home, {"DBUS_SESSION_BUS_ADDRESS": "unix:path=/nowhere"}))

    def connect(self, name: str, kind: str, key: str = "", **settings: str) -> str:
        """Add a provider, which tries the connection; ``key`` is ``setting=value``."""
        given = [part for setting in settings.items() for part in ("--set", "=".join(setting))]
        key_name, _, secret = key.partition("=")
        place = ("--secret-stdin", key_name, "--secret-store", "file") if key else ()
        said = self.say(
            "provider", "add", name, "--kind", kind, *given, *place, stdin=secret.encode() + b"\n"
        )
        assert not secret or secret not in said
        return said

    def say(self, *arguments: str, stdin: bytes = b"", code: int = 0) -> str:
        """Run one command; its two streams. It must end with ``code``."""
        done = self.program.run(*arguments, stdin=stdin)
        assert done.code == code, f"spirou {' '.join(arguments)}: {done.code}\n{done.out}{done.err}"
        return done.out + done.err

    def task(self, number: int) -> Any:
        return json.loads(self.say("show", str(number), "--json"))


def the_story(desk: Desk, hands: PrivateAssistant) -> None:
    """A task with a file, a question, an answer, corrected time, a deliverable, sent back, accepted."""
    (desk.program.home / "card.txt").write_text("12345")
    said = desk.say("add", "Book the train", "--to", "office", "-b", "Tuesday morning.", "-a", "card.txt")
    (seen,) = hands.tasks()
    ref = Ref(seen.ref)
    assert f"Sent, their number {ref.id}." in said
    assert (seen.title, seen.files) == ("Book the train", [("card.txt", b"12345")])

    hands.ask(ref, "First or second class?")
    desk.say("sync")
    assert "“First or second class?”" in (told := desk.say("status")), told

    desk.say("reply", "1", "Second.")
    (seen,) = hands.tasks()
    assert any("Second." in message for message in seen.messages)

    hands.work(ref, 20, "searched")
    hands.work(ref, 10, "booked")
    desk.say("sync")
    hands.correct_work(ref, 12, "booked")
    hands.deliver(ref, "ticket.pdf", b"%PDF-1.4 ticket")
    hands.finish(ref)
    desk.say("sync")
    task = desk.task(1)
    assert (task["state"], task["time_used_s"]) == ("delivered", 32 * 60)
    assert [file["name"] for file in task["files"]] == ["ticket.pdf"]
    assert ref.id in task["url"]

    desk.say("cancel", "1", "--yes", code=1)
    desk.say("reopen", "1", "Wrong day.")
    assert desk.task(1)["state"] == "working"

    hands.finish(ref)
    desk.say("sync")
    desk.say("accept", "1")
    (seen,) = hands.tasks()
    assert seen.accepted
    assert desk.task(1)["state"] == "completed"
