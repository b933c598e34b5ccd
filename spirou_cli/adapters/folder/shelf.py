"""Where each task lies in the shared folder, and what is in it: found again after any renaming."""

from __future__ import annotations

import os
import re
import shutil
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from spirou_cli.adapters import Brief, NotFound, Unreachable
from spirou_cli.adapters.folder import disk
from spirou_cli.adapters.folder.reading import decoded, is_blank
from spirou_cli.adapters.folder.words import LANGUAGES, Words, answer_page, words_of
from spirou_cli.adapters.folder.writing import brief_page, folder_name, language_in, reference_in

__all__ = ["Shelf", "TaskFolder"]

PAGE_LIMIT = 2 * 1024 * 1024
"""Bytes of a page that are read: as much as one item of any provider may have."""
HEAD = 64 * 1024
"""Where in a page its reference must stand; a person's title is long at most."""

# What Dropbox, Nextcloud, Syncthing, OneDrive and file managers add to the name of a second copy.
_COPY = (
    r"(?: ?\(.*\)|\.sync-conflict-.*|_conflict-.*|[ ._-]\d+"
    r"|[ ._-]+(?:copy|copie|conflict|conflit).*|(?-i:-[A-Z0-9-]+))?"
)
_BRIEF = re.compile(rf"(?:brief|consignes){_COPY}\.(?:md|markdown|txt)", re.IGNORECASE)
_ANSWER = re.compile(rf"(?:answer|r[eé]ponse){_COPY}\.(?:md|markdown|txt)", re.IGNORECASE)
_TASK = re.compile(r"(?P<number>\d{4,})(?:\D.*)?")
_OURS = {
    name.casefold()
    for words in LANGUAGES
    for name in (words.messages, words.accepted, words.canceled, words.files, words.readme)
}
_NOT_MADE = re.compile(
    r"\..*|~\$.*|~syncthing~.*|.*\.(?:tmp|part|partial|crdownload|download)|desktop\.ini|thumbs\.db|icon\r",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class TaskFolder:
    """One task's folder, with what stood directly in it when it was looked at."""

    path: Path
    entries: tuple[disk.Entry, ...]

    @property
    def words(self) -> Words | None:
        """The language it was made in, if that can still be seen."""
        return language_in([entry.name for entry in self.entries])

    def answer_pages(self) -> list[disk.Entry]:
        """The assistant's page first, then copies that sync tools made of it."""
        found = [entry for entry in self.entries if entry.kind == "file" and _is_page(_ANSWER, entry)]
        return sorted(found, key=lambda entry: (len(entry.name), entry.name))

    def made(self) -> Iterator[disk.Entry]:
        """Files and links that the assistant dropped: in the folder for results or beside the pages."""
        for entry in self.entries:
            if _NOT_MADE.fullmatch(entry.name) or entry.name.casefold() in _OURS:
                continue
            if entry.kind == "folder":
                inside = disk.walk(self.path, entry.name)
                yield from (e for e in inside if not any(map(_NOT_MADE.fullmatch, e.path.split("/"))))
            elif entry.kind != "file" or not (_is_page(_BRIEF, entry) or _is_page(_ANSWER, entry)):
                yield entry

    def has(self, name: str) -> bool:
        return any(entry.name == name for entry in self.entries)

    def reference(self) -> str | None:
        """The reference that its brief or its answer page carries; None when neither can be read."""
        briefs = [e for e in self.entries if e.kind == "file" and _is_page(_BRIEF, e)]
        for entry in (*briefs, *self.answer_pages()):
            try:
                text = decoded(disk.read_inside(self.path, entry.path, HEAD))
            except OSError:
                continue
            if ref := reference_in(text):
                return ref
        return None


def _is_page(page: re.Pattern[str], entry: disk.Entry) -> bool:
    # macOS hands out accents as two characters.
    return page.fullmatch(unicodedata.normalize("NFC", entry.name)) is not None


class Shelf:
    """The shared folder: ``root`` may be missing until the first task."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def folders(self) -> list[str]:
        """Names of folders that can be tasks. Unreachable when the shared folder can't be read."""
        try:
            return disk.folders(self.root)
        except OSError as error:
            raise Unreachable(refusal(self.root, error)) from error

    def is_there(self) -> bool:
        """Whether this is the shared folder, not the empty place where a drive should be mounted."""
        readmes = (self.root / words.readme for words in LANGUAGES)
        return any(map(_TASK.fullmatch, self.folders())) or any(map(os.path.lexists, readmes))

    def look(self, name: str) -> TaskFolder | None:
        """What is in a folder now; None when it can't be looked into."""
        path = self.root / name
        try:
            return TaskFolder(path, tuple(disk.entries(path)))
        except OSError:
            return None

    def find(self, refs: Iterable[str]) -> dict[str, list[TaskFolder]]:
        """The folders of some tasks, the one to use first.

        Looks at folders that still begin with the number, then at all others for what is missing.
        A folder of that number in which no reference can be read yet comes last, and empty: a task
        that is only half there must not be called gone.
        """
        missing = set(refs)
        names = self.folders()
        numbers = {_number(ref) for ref in missing}
        near = [name for name in names if (m := _TASK.fullmatch(name)) and int(m["number"]) in numbers]
        found: dict[str, list[TaskFolder]] = {}
        unsigned: dict[int, list[TaskFolder]] = {}
        for names_to_read in (near, [name for name in names if name not in set(near)]):
            if not missing:
                break
            for name in sorted(names_to_read, key=lambda name: (len(name), name)):
                folder = self.look(name)
                ref = folder.reference() if folder else None
                if folder and ref in missing | found.keys():
                    found.setdefault(ref, []).append(folder)
                elif ref is None and (match := _TASK.fullmatch(name)):
                    unsigned.setdefault(int(match["number"]), []).append(TaskFolder(self.root / name, ()))
            missing -= found.keys()
        return found | {ref: unsigned[_number(ref)] for ref in missing if _number(ref) in unsigned}

    def one(self, ref: str) -> TaskFolder:
        """The folder of one task. NotFound when there is none."""
        found = self.find([ref]).get(ref)
        if not found:
            raise NotFound(f"There is no folder of task {ref} in {self.root}.")
        if not found[0].entries:
            raise Unreachable(f"{found[0].path} isn’t complete yet.")
        return found[0]

    def was_made(self, ref: str) -> bool:
        """Whether ``make`` has been done. Looks only where it makes them, not at all that is old."""
        if not os.path.lexists(self.root):
            return False
        near = (name for name in self.folders() if name.startswith(f"{_number(ref):04d}"))
        return any(folder.reference() == ref for name in near if (folder := self.look(name)))

    def make(self, brief: Brief, ref: str) -> None:
        """Make a task's folder, whole at once: nobody sees half of it. OSError if nothing was made."""
        words = words_of(brief.language)
        self._make_root(words)
        building = self.root / f".spirou-{ref}"
        shutil.rmtree(building, ignore_errors=True)
        building.mkdir()
        try:
            (building / words.results).mkdir()
            (building / words.files).mkdir()
            names = [
                disk.copy_in(file.path, building / words.files, file.name, file.sha256)
                for file in brief.attachments
            ]
            write(building, words.brief, brief_page(words, brief, ref, names))
            write(building, words.answer, answer_page(words, brief.number, ref))
            building.rename(self._free(folder_name(brief.number, brief.title)))
        except BaseException:
            shutil.rmtree(building, ignore_errors=True)
            raise

    def _make_root(self, words: Words) -> None:
        # Only the last part is made: a missing parent is a drive that isn't plugged in.
        self.root.mkdir(exist_ok=True)
        if not any(os.path.lexists(self.root / each.readme) for each in LANGUAGES):
            write(self.root, words.readme, words.readme_text)

    def _free(self, name: str) -> Path:
        number = 1
        while os.path.lexists(path := self.root / (name if number == 1 else f"{name}-{number}")):
            number += 1
        return path


def write(folder: Path, name: str, text: str) -> None:
    """Write a page as UTF-8."""
    disk.write_inside(folder, name, text.encode("utf-8", "replace"))


def read(folder: TaskFolder, name: str) -> str:
    """A page of ours as it is now; empty when it isn't there."""
    if not folder.has(name):
        return ""
    raw = content(folder, name)
    return "" if is_blank(raw) else decoded(raw)


def content(folder: TaskFolder, name: str) -> bytes:
    """The bytes of a page; OSError where it can't be read."""
    return disk.read_inside(folder.path, name, PAGE_LIMIT)


def refusal(path: Path, error: OSError) -> str:
    """Why a folder or a file can't be used, in words."""
    return f"{path} can’t be used: {error.strerror or error}."


def _number(ref: str) -> int:
    return int(ref.partition("-")[0]) if ref.partition("-")[0].isdecimal() else -1
