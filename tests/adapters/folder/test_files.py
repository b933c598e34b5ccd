"""Files that people drop, plant or fill a disk with: told, never followed, never run."""

from __future__ import annotations

import os
import stat
from dataclasses import replace
from pathlib import Path

import pytest

from spirou_cli.adapters import (
    ArtifactReceived,
    Message,
    NotFound,
    Ref,
    Unreachable,
    Unreadable,
)
from spirou_cli.domain.text import ATTACHMENT_LIMIT
from spirou_cli.testing import a_brief, new_key
from spirou_cli.testing.clauses.submitting import attachment
from spirou_cli.testing.core import Core
from tests.adapters.folder.hands import FolderHands
from tests.bad_inputs import text_entries


def test_a_file_beside_the_pages_is_a_result_too(core: Core, hands: FolderHands, ref: Ref) -> None:
    """People drop files where they are; a folder in the results keeps its place."""
    folder = hands.folder(ref)
    (folder / "quote.pdf").write_bytes(b"one")
    (folder / "results" / "photos").mkdir()
    (folder / "results" / "photos" / "door.jpg").write_bytes(b"two")

    found = {r.locator: r.name for r in core.news() if isinstance(r, ArtifactReceived)}

    assert found == {f"{ref.id}/quote.pdf": "quote.pdf", f"{ref.id}/results/photos/door.jpg": "door.jpg"}


def test_what_programs_leave_is_no_result(core: Core, hands: FolderHands, ref: Ref) -> None:
    """Lock files, half downloads, thumbnails, empty files and Spirou's own pages are left alone."""
    results = hands.folder(ref) / "results"
    for name in (".DS_Store", "Thumbs.db", "desktop.ini", "~$quote.docx", ".~lock.quote.odt#", "a.part"):
        (results / name).write_bytes(b"x")
    (results / "not-here-yet.pdf").write_bytes(b"")
    core.adapter.reply(ref, new_key(), Message("Take your time"))

    assert core.news() == []


def test_a_changed_file_is_a_new_one(core: Core, hands: FolderHands, ref: Ref) -> None:
    """Other content under the same name is told; a touched file with the same content isn't."""
    hands.deliver(ref, "quote.txt", b"100")
    first = core.news()
    path = hands.folder(ref) / "results" / "quote.txt"

    os.utime(path, (1, 1))
    touched = core.news()
    hands.deliver(ref, "quote.txt", b"90")

    assert [len(first), touched, len(core.news())] == [1, [], 1]


def test_a_huge_file_is_recorded_and_not_read(core: Core, hands: FolderHands, ref: Ref) -> None:
    """Five gigabytes: path and size are known in no time, and not one byte is copied or hashed."""
    path = hands.folder(ref) / "results" / "film.mkv"
    path.touch()
    os.truncate(path, 5 * 1024**3)
    path.chmod(0)  # for an ordinary user a read would fail

    [film] = [report for report in core.news() if isinstance(report, ArtifactReceived)]

    assert film.size == 5 * 1024**3 > ATTACHMENT_LIMIT
    assert path.stat().st_atime_ns <= path.stat().st_mtime_ns
    assert core.news() == []


NAMES = {key: name for key, name in text_entries("FIL").items() if 0 < len(name.encode()) <= 255}


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES.keys())
def test_a_hostile_name_stays_in_its_folder(
    core: Core, hands: FolderHands, tmp_path: Path, name: str
) -> None:
    """An attachment called like a path, a device or an option is a plain file among the task's files."""
    file = attachment(tmp_path / "content", name, b"bytes")

    ref = core.submit(replace(a_brief(), attachments=(file,)))

    [path] = (hands.folder(ref) / "files").iterdir()
    assert path.read_bytes() == b"bytes"
    assert not path.name.startswith(("-", ".", "~"))
    assert sorted(p.name for p in tmp_path.iterdir()) == ["Spirou", "content", "scratch"]


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    path = tmp_path / "secret.txt"
    path.write_text("my diary")
    return path


def test_a_planted_link_is_named_and_never_followed(
    core: Core, hands: FolderHands, ref: Ref, secret: Path
) -> None:
    """A link to a file of the person's, wherever it is put, gives nothing of that file away."""
    folder = hands.folder(ref)
    (folder / "results" / "quote.txt").symlink_to(secret)
    (folder / "results" / "all").symlink_to(secret.parent)
    hands.page(ref).unlink()
    (folder / "ANSWER.md").symlink_to(secret)

    news = core.news()

    assert [type(report) for report in news] == [Unreadable, Unreadable, Unreadable]
    for path in ("results/quote.txt", "results/all/secret.txt", "ANSWER.md"):
        with pytest.raises((NotFound, Unreachable)):
            core.adapter.fetch(f"{ref.id}/{path}", lambda chunk: pytest.fail(f"read {chunk!r}"))


def test_a_planted_link_is_never_written_through(
    core: Core, hands: FolderHands, ref: Ref, secret: Path, tmp_path: Path
) -> None:
    """What Spirou writes replaces a link; a folder that is a link is refused."""
    folder = hands.folder(ref)
    (folder / "MESSAGES.md").symlink_to(secret)
    core.adapter.accept(ref, new_key())
    (folder / "files").rmdir()
    (folder / "files").symlink_to(tmp_path)
    file = attachment(tmp_path / "content", "card.pdf", b"bytes")

    with pytest.raises(Unreachable):
        core.adapter.reply(ref, new_key(), Message("The card", (file,)))

    assert secret.read_text() == "my diary"
    assert not (tmp_path / "card.pdf").exists()


def test_a_pipe_does_not_stop_the_reading(core: Core, hands: FolderHands, ref: Ref) -> None:
    """A named pipe in the results is no file: nobody waits for a writer."""
    os.mkfifo(hands.folder(ref) / "results" / "pipe")

    assert [type(report) for report in core.news()] == [Unreadable]


def test_files_of_the_assistant_are_never_touched(core: Core, hands: FolderHands, ref: Ref) -> None:
    """Reading changes no byte and no time of anything in the folder."""
    hands.work(ref, 12, "phone")
    hands.deliver(ref, "a.txt", b"x")
    before = _states(hands.root)

    core.news()
    core.read_again()

    assert _states(hands.root) == before


def _states(root: Path) -> dict[str, tuple[int, int]]:
    every = ((path, path.lstat()) for path in sorted(root.rglob("*")))
    return {str(p): (s.st_mtime_ns, s.st_size) for p, s in every if stat.S_ISREG(s.st_mode)}
