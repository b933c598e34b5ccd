"""The shared folder as the assistant sees it: the same files, edited by hand."""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass
from pathlib import Path

from tests.cli.program import Done, Program

__all__ = ["Share"]


@dataclass(frozen=True, slots=True)
class Share:
    """``spirou`` in a home of its own, and the folder it shares with an assistant."""

    program: Program

    def run(self, *arguments: str, stdin: bytes = b"", **environ: str) -> Done:
        """One command of the person."""
        return self.program.fork(*arguments, stdin=stdin, **environ)

    def ok(self, *arguments: str, stdin: bytes = b"", **environ: str) -> str:
        """One command of the person that must succeed; what it said."""
        done = self.run(*arguments, stdin=stdin, **environ)
        assert (done.code, done.err) == (0, ""), (done.out, done.err)
        return done.out

    @property
    def path(self) -> Path:
        """What is shared."""
        return self.program.home / "Spirou"

    def folder(self, number: int) -> Path:
        """The folder of a task."""
        (found,) = self.path.glob(f"{number:04}-*")
        return found

    def says(self, number: int, status: str, *, question: str = "", time: str = "") -> None:
        """The assistant writes on their page and saves it; a sync reads it."""
        self.writes(number, status, question=question, time=time)
        self.run("sync")

    def writes(self, number: int, status: str, *, question: str = "", time: str = "") -> None:
        """The assistant writes on their page and saves it."""
        page = self.folder(number) / "ANSWER.md"
        text = re.sub("^Status: .*$", f"Status: {status}", page.read_text("utf-8"), flags=re.MULTILINE)
        text = text.replace("## Time\n", f"{question}\n\n## Time\n\n{time}\n", 1)
        page.write_text(text, "utf-8")

    def makes(self, number: int, name: str, content: str) -> None:
        """The assistant drops a file that they made."""
        (self.folder(number) / "results" / name).write_text(content, "utf-8")
        self.run("sync")

    def wrote(self, number: int) -> str:
        """What the person wrote, as the assistant reads it."""
        return (self.folder(number) / "MESSAGES.md").read_text("utf-8")

    def away(self) -> None:
        """The folder can't be reached: its place is taken by a file."""
        shutil.move(self.path, self.program.home / "elsewhere")
        self.path.write_text("not a folder")

    def back(self) -> None:
        """The folder is there again."""
        self.path.unlink()
        shutil.move(self.program.home / "elsewhere", self.path)
