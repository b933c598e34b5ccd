"""The assistant of a shared folder: reads and edits files as a person with an editor does."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path

from spirou_cli.adapters import Ref
from spirou_cli.testing import Assistant, Faults, SeenTask

MONTHS = ("January February March April May June July August September October November December").split()


class FolderHands(Assistant, Faults):
    """Works in the shared folder at ``root``, in English."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def tasks(self) -> Sequence[SeenTask]:
        if not self.root.is_dir():
            return []
        return [self._seen(folder) for folder in sorted(self.root.iterdir()) if folder.is_dir()]

    def folder(self, ref: Ref) -> Path:
        """Where a task lies, told by the line that its brief carries."""
        found = [f for f in self.root.iterdir() if f.is_dir() and ref.id in _read(f / _brief(f))]
        return found[0]

    def page(self, ref: Ref) -> Path:
        folder = self.folder(ref)
        return next(folder / name for name in ("ANSWER.md", "REPONSE.md") if (folder / name).exists())

    def start(self, ref: Ref) -> None:
        self.set_status(ref, "working")

    def ask(self, ref: Ref, text: str) -> None:
        self.add(ref, "Questions", f"- {text}")

    def say(self, ref: Ref, text: str) -> None:
        self.add(ref, "Notes", text)

    def work(self, ref: Ref, minutes: int, note: str) -> None:
        self.add(ref, "Time", f"{minutes} min – {note}")

    def correct_work(self, ref: Ref, minutes: int, note: str) -> None:
        page = self.page(ref)
        page.write_text(re.sub(rf"\d+ min – {re.escape(note)}", f"{minutes} min – {note}", _read(page)))

    def deliver(self, ref: Ref, name: str, content: bytes) -> None:
        (self.folder(ref) / "results" / name).write_bytes(content)

    def finish(self, ref: Ref) -> None:
        self.set_status(ref, "done")

    def refuse(self, ref: Ref, reason: str) -> None:
        self.set_status(ref, f"refused: {reason}")

    def say_unknown_state(self, ref: Ref) -> str:
        self.set_status(ref, "half way")
        return "half way"

    def garble(self, ref: Ref) -> None:
        page = self.page(ref)
        page.unlink()
        page.mkdir()

    def drop(self, ref: Ref) -> None:
        shutil.rmtree(self.folder(ref))

    @contextmanager
    def refuse_connections(self) -> Iterator[None]:
        away = self.root.parent.with_name(self.root.parent.name + "-unplugged")
        self.root.parent.rename(away)
        try:
            yield
        finally:
            away.rename(self.root.parent)

    def set_status(self, ref: Ref, words: str) -> None:
        page = self.page(ref)
        page.write_text(re.sub(r"(?m)^Status:.*", f"Status: {words}", _read(page), count=1))

    def add(self, ref: Ref, section: str, line: str) -> None:
        page = self.page(ref)
        head, title, rest = _read(page).partition(f"## {section}\n")
        section_text, following, tail = _split_before(rest, "\n## ", "\n---")
        page.write_text(f"{head}{title}{section_text.rstrip()}\n\n{line}\n{following}{tail}")

    def _seen(self, folder: Path) -> SeenTask:
        text = _read(folder / _brief(folder))
        reference = re.search(r"r[eé]f\. (\S+)", text)
        title = text.partition("\n")[0].removeprefix("# ")
        files = folder / ("files" if (folder / "files").is_dir() else "fichiers")
        return SeenTask(
            ref=reference[1] if reference else "",
            title=title,
            text=text,
            messages=_messages(folder),
            files=[(f.name, f.read_bytes()) for f in sorted(files.iterdir())] if files.is_dir() else [],
            due=_due(text),
            canceled=(folder / "CANCELED.md").exists(),
            accepted=(folder / "ACCEPTED.md").exists(),
        )


def _brief(folder: Path) -> str:
    return "BRIEF.md" if (folder / "BRIEF.md").exists() else "CONSIGNES.md"


def _read(path: Path) -> str:
    return path.read_bytes().decode() if path.is_file() else ""


def _messages(folder: Path) -> list[str]:
    page = _read(folder / "MESSAGES.md")
    return [part for part in re.split(r"(?m)^\(message [0-9a-f]{8}\)$", page) if part.strip()]


def _due(text: str) -> date | None:
    match = re.search(r"\*\*Due:\*\* \w+,? (\d+) (\w+) (\d+)", text)
    if match is None:
        return None
    return datetime(int(match[3]), MONTHS.index(match[2]) + 1, int(match[1])).date()  # noqa: DTZ001


def _split_before(text: str, *marks: str) -> tuple[str, str, str]:
    places = [(text.index(mark), mark) for mark in marks if mark in text]
    if not places:
        return text, "", ""
    place, mark = min(places)
    return text[:place], mark, text[place + len(mark) :]
