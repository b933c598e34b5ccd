"""``spirou`` itself, as a person uses it with a ticket system: what is typed, what the screen says."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from spirou_cli.adapters import Ref
from tests.backends.tickets import PrivateAssistant
from tests.cli.program import Program

__all__ = ["Desk", "the_story"]


@dataclass(frozen=True, slots=True)
class Desk:
    """A person's machine with one provider called ``office``."""

    program: Program
    settings: Sequence[str]
    """``--kind`` and ``--set`` of the provider."""
    key_name: str
    key: str

    @classmethod
    def at(cls, home: Path, kind: str, key_name: str, key: str, **settings: str) -> Desk:
        given = [part for name, value in settings.items() for part in ("--set", f"{name}={value}")]
        no_keyring = {"DBUS_SESSION_BUS_ADDRESS": "unix:path=/nowhere"}
        return cls(Program(home, no_keyring), ["--kind", kind, *given], key_name, key)

    def connect(self, *more: str) -> str:
        """Add the provider, which tries the connection."""
        place = ("--secret-stdin", self.key_name, "--secret-store", "file")
        typed = ("provider", "add", "office", *self.settings, *more, *place)
        return self.say(*typed, stdin=self.key.encode() + b"\n")

    def say(self, *arguments: str, stdin: bytes = b"", code: int = 0) -> str:
        """Run one command; its two streams. It must end with ``code``."""
        done = self.program.run(*arguments, stdin=stdin)
        assert done.code == code, f"spirou {' '.join(arguments)}: {done.code}\n{done.out}{done.err}"
        assert self.key not in done.out + done.err
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
