"""The folder provider: hands tasks over as folders that a person reads without knowing Spirou."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from spirou_cli.adapters import (
    AdapterError,
    Attachment,
    BaseAdapter,
    Batch,
    Brief,
    CancelOutcome,
    Capabilities,
    Changes,
    Connection,
    InvalidState,
    Message,
    NotFound,
    OpenTask,
    OpKind,
    Ref,
    Repeat,
    Repeatability,
    Report,
    Setting,
    Submitted,
    Uncertain,
    Unreachable,
)
from spirou_cli.adapters.folder import disk
from spirou_cli.adapters.folder.news import gone, shown_in
from spirou_cli.adapters.folder.reading import Page, decoded, encoded_like, read_page, restated, state_of
from spirou_cli.adapters.folder.shelf import Shelf, TaskFolder, content, read, refusal, write
from spirou_cli.adapters.folder.telling import Memory
from spirou_cli.adapters.folder.words import Words, words_of
from spirou_cli.adapters.folder.writing import add_message, brief_page, has_message, mark_of, reference
from spirou_cli.domain.states import TaskState

__all__ = ["FolderAdapter"]


def _check_path(value: str) -> str | None:
    if value.startswith(("/", "~")):
        return None
    return "Write the whole path, from / or from ~."


class FolderAdapter(BaseAdapter):
    """A folder that both sides see: Dropbox, Syncthing, Nextcloud, a USB stick.

    Each file has one writer: the brief and the messages are Spirou's, the answer page and the
    results are the assistant's. Spirou touches the answer page once, to turn «done» back into «to do
    again» when the person isn't satisfied.
    """

    kind = "folder"
    settings = (
        Setting(
            name="path",
            help="The folder that you share with your assistant.",
            type="path",
            default="~/Spirou",
            check=_check_path,
        ),
    )

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection)
        self.root = Path(connection.settings["path"]).expanduser()
        self.shelf = Shelf(self.root)

    def check(self) -> Capabilities:
        place = self.root if os.path.lexists(self.root) else self.root.parent
        if not place.is_dir():
            raise Unreachable(f"There is no folder {place}. Is the drive plugged in?")
        if not os.access(place, os.R_OK | os.W_OK | os.X_OK):
            raise Unreachable(f"The folder {place} can’t be written to.")
        return self.capabilities()

    def capabilities(self) -> Capabilities:
        return Capabilities(
            reply=True,
            edit=True,
            cancel=True,
            reopen=True,
            accept=True,
            attach=True,
            deadline=True,
            budget=True,
            reports_time=True,
            fetch_on_pull=True,
            worker="human",
            repeat={kind: Repeatability(Repeat.NAMED) for kind in OpKind},
            poll_interval_s=30,
        )

    # --- to the assistant

    def submit(self, brief: Brief) -> Submitted:
        ref = reference(brief.number, brief.op_key)
        with self._writing():
            if not self.shelf.was_made(ref):
                self.shelf.make(brief, ref)
        with self._writing(Uncertain):
            disk.sync_directory(self.root)
        return Submitted(Ref(ref, url=str(self.shelf.one(ref).path)))

    def reply(self, ref: Ref, op_key: str, message: Message) -> Sequence[Report]:
        with self._writing():
            self._say(self.shelf.one(ref.id), op_key, message)
        return ()

    def edit(self, ref: Ref, op_key: str, changes: Changes) -> Sequence[Report]:
        with self._writing():
            folder = self.shelf.one(ref.id)
            if self._said(folder, op_key):
                return ()
            words = self._words(folder)
            names = _hand_over(folder, words, changes.brief.attachments)
            write(folder.path, words.brief, brief_page(words, changes.brief, ref.id, names))
        with self._writing(Uncertain):
            self._say(folder, op_key, Message(words.see_brief), words.changed)
        return ()

    def reopen(self, ref: Ref, op_key: str, message: Message) -> Sequence[Report]:
        with self._writing():
            folder = self.shelf.one(ref.id)
            if self._said(folder, op_key):
                return ()
        with self._writing(Uncertain):
            words = self._words(folder)
            for mark in (words.accepted, words.canceled):
                disk.remove_inside(folder.path, mark)
            _set_back(folder, words)
            # Last: once the message is there the op is done, and a repeat leaves a new «done» alone.
            self._say(folder, op_key, message, words.sent_back)
        return ()

    def accept(self, ref: Ref, op_key: str) -> Sequence[Report]:
        with self._writing():
            folder = self.shelf.one(ref.id)
            words = self._words(folder)
            write(folder.path, words.accepted, words.accepted_text)
        return ()

    def cancel(self, ref: Ref, op_key: str) -> CancelOutcome:
        """Confirmed where nobody has begun; a person at work can only be asked to stop."""
        with self._writing():
            folder = self.shelf.one(ref.id)
            words = self._words(folder)
            page = _page(folder)
            if page and page.status and state_of(page.status)[0] is TaskState.DELIVERED:
                raise InvalidState("Your assistant says that it is done.")
            write(folder.path, words.canceled, words.canceled_text)
        return CancelOutcome.CONFIRMED if page and _is_untouched(page) else CancelOutcome.REQUESTED

    # --- from the assistant

    def pull(self, cursor: str | None, open_tasks: Sequence[OpenTask]) -> Batch:
        memory = Memory.of(cursor)
        refs = [task.ref.id for task in open_tasks]
        if not refs:
            return Batch((), memory.cursor(refs))
        if not self.shelf.is_there():
            raise Unreachable(f"The folder {self.root} is empty. Is the drive plugged in?")
        found = self.shelf.find(refs)
        reports: list[Report] = []
        for ref in refs:
            shown = shown_in(ref, found[ref], memory) if ref in found else gone(ref, memory)
            reports += memory.tell(ref, shown)
        return Batch(tuple(reports), memory.cursor(refs))

    def fetch(self, locator: str, write: Callable[[bytes], object]) -> None:
        ref, _, path = locator.partition("/")
        folder = self.shelf.one(ref)
        try:
            with disk.open_inside(folder.path, path) as descriptor:
                disk.each_chunk(descriptor, write)
        except (FileNotFoundError, NotADirectoryError) as error:
            raise NotFound(f"The file {path!r} is no longer there.") from error
        except OSError as error:
            raise Unreachable(refusal(folder.path / path, error)) from error

    # --- parts

    @contextmanager
    def _writing(self, failure: type[AdapterError] = Unreachable) -> Iterator[None]:
        """Call what the disk refuses by its name: nothing was done, or (Uncertain) not all of it."""
        try:
            yield
        except OSError as error:
            raise failure(refusal(self.root, error)) from error

    def _words(self, folder: TaskFolder) -> Words:
        return folder.words or words_of(self.connection.language)

    def _said(self, folder: TaskFolder, op_key: str) -> bool:
        words = self._words(folder)
        return has_message(words, read(folder, words.messages), mark_of(op_key))

    def _say(self, folder: TaskFolder, op_key: str, message: Message, subject: str = "") -> None:
        """Add a message for the assistant, once."""
        words = self._words(folder)
        page = read(folder, words.messages)
        if has_message(words, page, mark_of(op_key)):
            return
        with_it = add_message(
            words,
            page,
            at=self.connection.now().astimezone(),
            mark=mark_of(op_key),
            subject=subject,
            text=message.text,
            files=_hand_over(folder, words, message.attachments),
        )
        write(folder.path, words.messages, with_it)


def _hand_over(folder: TaskFolder, words: Words, attachments: Sequence[Attachment]) -> list[str]:
    """Copy files for the assistant; the names they have there."""
    if not attachments:
        return []
    place = folder.path / words.files
    place.mkdir(exist_ok=True)
    return [disk.copy_in(file.path, place, file.name, file.sha256) for file in attachments]


def _page(folder: TaskFolder) -> Page | None:
    """The assistant's page as it is now; None when it can't be read."""
    pages = folder.answer_pages()
    try:
        return read_page(decoded(content(folder, pages[0].name))) if pages else None
    except OSError:
        return None


def _is_untouched(page: Page) -> bool:
    """Whether nothing on the page says that somebody has begun."""
    not_begun = not page.status or state_of(page.status)[0] is TaskState.SUBMITTED
    return not_begun and page == Page(status=page.status)


def _set_back(folder: TaskFolder, words: Words) -> None:
    """Turn «done» on the assistant's page into «to do again», and leave all else as they saved it."""
    pages = folder.answer_pages()
    if not pages:
        return
    raw = content(folder, pages[0].name)
    text = decoded(raw)
    again = restated(text, words.to_do_again)
    if again != text:
        disk.write_inside(folder.path, pages[0].name, encoded_like(raw, again))
