"""Two real mailboxes carry a task from ``spirou add`` to ``spirou bill``."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from spirou_cli.adapters import Ref
from tests.backends.mail.house import Mailbox
from tests.backends.mail.program import MailProgram
from tests.backends.story import Desk

PATIENCE_S = 30
T = TypeVar("T")


def test_a_task_goes_by_mail_from_add_to_bill(anna: Mailbox, julie: Mailbox, tmp_path: Path) -> None:
    """Brief, question, answer, minutes, file, acceptance, and the bill under the assistant's plan."""
    desk, assistant = Desk.at(tmp_path), MailProgram(julie)
    settings = anna.settings() | {"to": f"Julie <{julie.address}>"}
    password = settings.pop("password")
    desk.connect("julie", "email", f"password={password}", **settings)
    desk.say("plan", "adopt", "julie", "--fee", "0EUR/month", "--overage", "30EUR/hour", "--included", "0m")

    desk.say("add", "Find a plumber for Saturday", "--to", "julie", "-b", "In Lyon 3e.")
    ref = Ref(soon(lambda: [task.ref for task in assistant.tasks()])[0])
    assistant.ask(ref, "Morning or afternoon?")
    soon(lambda: synced(desk)["question"])
    desk.say("reply", "1", "In the morning, please.")
    soon(lambda: [task for task in assistant.tasks() if "In the morning, please." in str(task.messages)])
    assistant.deliver(ref, "plumber.txt", b"Saturday 9:00")
    assistant.work(ref, 20, "three calls")
    assistant.finish(ref)
    soon(lambda: synced(desk)["state"] == "delivered")
    desk.say("accept", "1")

    task = desk.task(1)
    (row,) = json.loads(desk.say("bill", "--json"))["rows"]
    assert (task["state"], [file["name"] for file in task["files"]]) == ("completed", ["plumber.txt"])
    assert (row["provider"], row["tasks"], row["time_used_s"]) == ("julie", 1, 1200)
    assert row["total"] == {"amount": "10.00", "currency": "EUR"}


def synced(desk: Desk) -> dict[str, object]:
    desk.say("sync")
    task = desk.task(1)
    assert isinstance(task, dict)
    return task


def soon(look: Callable[[], T]) -> T:
    """What ``look`` finds, once it finds something: mail takes a moment."""
    deadline = time.monotonic() + PATIENCE_S
    while not (found := look()):
        assert time.monotonic() < deadline, "it never came"
        time.sleep(0.1)
    return found
