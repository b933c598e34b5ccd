"""What a task's folder shows now: the page, its conflict copies, and the files that were made."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from spirou_cli.adapters import (
    ArtifactReceived,
    Gone,
    MessageReceived,
    Report,
    StateChanged,
    Unreadable,
    UsageReported,
)
from spirou_cli.adapters.folder import disk
from spirou_cli.adapters.folder.reading import Page, decoded, is_blank, read_page, state_of
from spirou_cli.adapters.folder.shelf import PAGE_LIMIT, TaskFolder, content, refusal
from spirou_cli.adapters.folder.telling import Memory, Shown, digest
from spirou_cli.adapters.folder.words import folded
from spirou_cli.domain.states import TaskState
from spirou_cli.domain.text import ATTACHMENT_LIMIT

__all__ = ["gone", "shown_in"]

MOST_LINES = 2_000
"""What one page can say; more was written by no person."""


def shown_in(ref: str, folders: Sequence[TaskFolder], memory: Memory) -> list[Shown]:
    """All that a task shows: words, time, files, then its state, which comes of them."""
    folder = folders[0]
    shown = [*_doubles(ref, folders), *_said(ref, folder, memory), *_made(ref, folder, memory)]
    if memory.was(ref, "gone") == "gone":
        shown.append(Shown("gone", "back", None))
        memory.forget(ref, "status")  # so that where it stands is told again
    return sorted(shown, key=lambda item: item.slot == "status")


def gone(ref: str, memory: Memory) -> list[Shown]:
    """A task without a folder."""
    return [Shown("gone", "gone", Gone(key="", ref=ref))]


def _doubles(ref: str, folders: Sequence[TaskFolder]) -> Iterator[Shown]:
    for other in folders[1:]:
        reason = f"a second folder of this task is not read: {other.path.name}"
        yield _problem(ref, f"double/{digest(other.path.name)}", reason)


# --- the page ------------------------------------------------------------------------------------


def _said(ref: str, folder: TaskFolder, memory: Memory) -> list[Shown]:
    """What the page and its copies say; nothing while no page can be read."""
    problems: list[Shown] = []
    pages: list[Page] = []
    for entry in folder.answer_pages():
        slot = f"page/{digest(entry.name)}"
        if entry.size > PAGE_LIMIT:
            problems.append(_problem(ref, slot, f"{entry.name} is larger than {PAGE_LIMIT} bytes"))
            continue
        try:
            raw = content(folder, entry.name)
        except OSError as error:
            problems.append(_problem(ref, slot, refusal(folder.path / entry.name, error)))
            continue
        if is_blank(raw):
            continue
        if pages:
            reason = f"{entry.name} is a second page: its lines are read, its status is not"
            problems.append(_problem(ref, slot, reason))
        pages.append(read_page(decoded(raw)))
    if not pages:
        return problems
    page = _merged(pages)
    if (lines := len(page.questions) + len(page.notes) + len(page.work) + len(page.unread)) > MOST_LINES:
        return [*problems, _problem(ref, "page/long", f"the page says {lines} things; {MOST_LINES} at most")]
    shown = [*problems, *_page(ref, page)]
    return [*shown, *memory.withdrawn(ref, shown)]


def _merged(pages: Sequence[Page]) -> Page:
    """The first page, with what only its copies have; a line of time whose note it has is an old one."""
    first = pages[0]
    work, notes = list(first.work), {line.note for line in first.work}
    for page in pages[1:]:
        work += [line for line in page.work if line.note not in notes]
        notes |= {line.note for line in page.work}
    return Page(
        first.status,
        _union(page.questions for page in pages),
        _union(page.notes for page in pages),
        tuple(work),
        _union(page.unread for page in pages),
    )


def _union(groups: Iterable[Sequence[str]]) -> tuple[str, ...]:
    """All texts of all groups; each as often as in the group that has it most."""
    most: Counter[str] = Counter()
    for group in groups:
        most |= Counter(group)
    return tuple(most.elements())


def _page(ref: str, page: Page) -> Iterator[Shown]:
    for slot, text in _numbered("note", page.notes):
        yield Shown(slot, "said", MessageReceived(key="", ref=ref, text=text))
    for slot, text in _numbered("question", page.questions):
        yield Shown(slot, "said", MessageReceived(key="", ref=ref, text=text, question=True))
    notes = [line.note for line in page.work]
    for (slot, note), line in zip(_numbered("work", notes), page.work, strict=True):
        usage = UsageReported(
            key="",
            ref=ref,
            unit="second",
            quantity=line.seconds,
            series=f"{ref}/{slot}",
            cumulative=True,
            note=note,
        )
        yield Shown(slot, str(line.seconds), usage)
    for slot, text in _numbered("unread", page.unread):
        yield _problem(ref, slot, f"a line of time without a time: {text}")
    if page.status:
        yield Shown("status", folded(page.status), _state(ref, page.status))


def _state(ref: str, native: str) -> Report | None:
    """The report of a state; none for «to do», which Spirou itself wrote and which is no news."""
    state, reason = state_of(native)
    if state is TaskState.SUBMITTED:
        return None
    return StateChanged(key="", ref=ref, state=state, native=native, reason=reason)


def _numbered(kind: str, texts: Sequence[str]) -> list[tuple[str, str]]:
    """A slot for each text, made of its words: lines above or below may come and go."""
    seen: Counter[str] = Counter()
    slots = []
    for text in texts:
        seen[text] += 1
        slots.append((f"{kind}/{digest(text)}.{seen[text]}", text))
    return slots


# --- files ---------------------------------------------------------------------------------------


def _made(ref: str, folder: TaskFolder, memory: Memory) -> Iterator[Shown]:
    for entry in folder.made():
        slot = f"file/{digest(entry.path)}"
        if entry.kind != "file":
            yield _problem(ref, slot, f"{entry.path} is a link or no plain file, and is left alone")
        elif entry.size and (value := _content_of(ref, folder, entry, memory)) is not None:
            file = ArtifactReceived(
                key="", ref=ref, name=entry.name, locator=f"{ref}/{entry.path}", size=entry.size
            )
            yield Shown(slot, value, file)


def _content_of(ref: str, folder: TaskFolder, entry: disk.Entry, memory: Memory) -> str | None:
    """What tells this content from another: its sha256, read again only when the file was touched.

    A file over the cap isn't read: its size and time must do. None while it can't be read or grows.
    """
    if entry.size > ATTACHMENT_LIMIT:
        return f"{entry.size}/{entry.changed_ns}"
    known = memory.files(ref)
    size, changed, sha256 = known.get(entry.path, (None, None, ""))
    if (size, changed) == (entry.size, entry.changed_ns):
        return str(sha256)
    try:
        found = disk.digest_inside(folder.path, entry.path)
        after = (folder.path / entry.path).lstat()
    except OSError:
        return None
    if (after.st_size, after.st_mtime_ns) != (entry.size, entry.changed_ns):
        return None
    known[entry.path] = [entry.size, entry.changed_ns, found]
    return found


def _problem(ref: str, slot: str, reason: str) -> Shown:
    return Shown(slot, reason, Unreadable(key="", ref=ref, reason=reason))
