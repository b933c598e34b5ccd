"""The promise of the README, as a person and an assistant live it: a folder, two languages, and kill -9."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@dataclass
class Person:
    """Somebody at a shell, whose store and folder are below ``home``."""

    home: Path
    language: str = "en"

    @property
    def environment(self) -> dict[str, str]:
        return {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(ROOT),
            "HOME": str(self.home),
            "SPIROU_FOLDER": str(self.home / "Shared"),
            "SPIROU_LANG": self.language,
            "TZ": "Europe/Paris",
            "LC_ALL": "C.UTF-8",
        }

    def types(self, *words: str, code: int = 0) -> str:
        """Type a command; what the screen says."""
        done = subprocess.run(
            [sys.executable, "-m", "spirou_cli", *words],
            env=self.environment,
            cwd=self.home,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        assert (done.returncode, "Traceback" in done.stderr) == (code, False), done.stdout + done.stderr
        return done.stdout

    def asks(self, *words: str) -> dict[str, object]:
        """Type a command with --json; the document."""
        document = json.loads(self.types(*words, "--json"))
        assert isinstance(document, dict)
        return document

    def task_folder(self, number: int) -> Path:
        (folder,) = (self.home / "Shared").glob(f"{number:04}-*")
        return folder


def rewrite(page: Path, *changes: tuple[str, str]) -> None:
    """The assistant edits a page, as a person does: a few words changed."""
    text = page.read_text()
    for before, after in changes:
        assert before in text, (before, text)
        text = text.replace(before, after, 1)
    page.write_text(text)


@pytest.fixture
def person(tmp_path: Path) -> Person:
    return Person(tmp_path)


def test_a_day_with_an_assistant(person: Person) -> None:
    """Three tasks, an attachment, a question, twelve minutes, a file, a bill."""
    (person.home / "wishes.txt").write_text("not before nine\n")

    first = person.types("add", "Book the dentist for Tuesday", "-a", "wishes.txt", "--due", "fri")
    person.types("add", "Find a plumber for Saturday")
    person.types("add", "Compare ten office chairs", "--max-time", "15m")
    assert first.startswith("Saved as 1.\n")
    assert str(person.task_folder(1)) in first
    assert (person.task_folder(1) / "files" / "wishes.txt").read_text() == "not before nine\n"

    rewrite(
        person.task_folder(1) / "ANSWER.md",
        ("Status: to do", "Status: question"),
        ("## Time", "Tuesday 9:00 or Thursday 16:30?\n\n## Time"),
        ("## Notes", "12 min – called two dentists\n\n## Notes"),
    )
    person.types("sync")
    screen = person.types("status")
    assert "“Tuesday 9:00 or Thursday 16:30?”" in screen

    command = re.search(r"> spirou (reply 1) \"\.\.\.\"", screen)
    assert command is not None
    person.types(*command[1].split(), "Tuesday 9:00, please")
    assert "Tuesday 9:00, please" in (person.task_folder(1) / "MESSAGES.md").read_text()

    (person.task_folder(1) / "results" / "confirmation.txt").write_text("Tuesday 9:00, Dr Martin\n")
    rewrite(person.task_folder(1) / "ANSWER.md", ("Status: question", "Status: done"))
    person.types("sync")
    (shown,) = [task for task in person.asks("status")["tasks"] if task["id"] == 1]  # type: ignore[attr-defined]
    assert (shown["state"], shown["time_used_s"]) == ("delivered", 720)

    person.types("accept", "1")
    (delivery,) = person.asks("show", "1")["files"]  # type: ignore[misc]
    stored = next((person.home / ".local/share/spirou/files").rglob("confirmation.txt"))
    assert stored.read_text() == "Tuesday 9:00, Dr Martin\n"
    assert delivery["name"] == "confirmation.txt"
    assert (person.task_folder(1) / "ACCEPTED.md").exists()
    (row,) = person.asks("bill")["rows"]  # type: ignore[misc]
    assert (row["provider"], row["tasks"], row["time_used_s"]) == ("folder", 3, 720)


def test_the_same_day_in_french(person: Person) -> None:
    """The brief, the assistant's page and the screens are in French."""
    person.language = "fr"

    saved = person.types("add", "Prendre rendez-vous chez le dentiste", "--due", "vendredi")
    page = person.task_folder(1) / "REPONSE.md"
    rewrite(page, ("à faire", "question"), ("## Temps", "Mardi 9 h ?\n\n## Temps"))
    person.types("sync")
    screen = person.types("status")

    assert "Enregistrée" in saved
    assert "À vous de jouer (1)" in screen
    assert "« Mardi 9 h ? »" in screen.replace("\u202f", " ").replace("\u00a0", " ")
    person.types("reply", "1", "Oui, mardi")
    rewrite(page, ("question", "terminé"))
    person.types("sync")
    person.types("accept", "1")
    assert person.asks("show", "1")["state"] == "completed"


@pytest.mark.parametrize("delay_ms", [20, 60, 100, 140, 180, 240, 320])
def test_a_kill_at_any_moment_loses_nothing(person: Person, delay_ms: int) -> None:
    """Killed while adding: the number that was printed is there, and there is one folder a task."""
    person.types("add", "The first task")
    process = subprocess.Popen(
        [sys.executable, "-m", "spirou_cli", "add", "Killed somewhere"],
        env=person.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    time.sleep(delay_ms / 1000)
    process.send_signal(signal.SIGKILL)
    printed, _ = process.communicate()

    person.types("sync")
    tasks = person.asks("list", "--all")["tasks"]

    saved = [task for task in tasks if task["title"] == "Killed somewhere"]  # type: ignore[attr-defined]
    if "Saved as 2." in printed:
        assert [task["id"] for task in saved] == [2]
    assert len(saved) <= 1
    assert all(task["state"] == "submitted" for task in saved)
    folders = list((person.home / "Shared").glob("0002-*"))
    assert len(folders) == len(saved)
