"""Task folders that are renamed, deleted, copied, half there or forbidden: none is lost or doubled."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from spirou_cli.adapters import (
    Gone,
    Message,
    MessageReceived,
    Ref,
    StateChanged,
    TaskState,
    Unreachable,
    Unreadable,
)
from spirou_cli.adapters.folder import FolderAdapter
from spirou_cli.testing import Connected, a_brief, connection_maker, new_key
from spirou_cli.testing.core import Core, seconds
from tests.adapters.folder.hands import FolderHands


def test_a_task_is_a_folder_that_anybody_can_read(core: Core, hands: FolderHands) -> None:
    """Number and title name it; in it lie the brief, the assistant's page, and two places for files."""
    ref = core.submit(replace(a_brief("Book the dentist for Tuesday"), number=14, op_key="k"))

    folder = hands.folder(ref)
    assert folder.name == "0014-book-the-dentist-for-tuesday"
    assert sorted(path.name for path in folder.iterdir()) == ["ANSWER.md", "BRIEF.md", "files", "results"]
    assert (hands.root / "README.md").read_text().startswith("# Tasks for you")


def test_a_french_assistant_gets_french_files(core: Core, hands: FolderHands) -> None:
    """Names, explanation and date are in the language of the brief."""
    ref = core.submit(replace(a_brief("Réserver le dentiste"), language="fr", number=3))

    folder = hands.folder(ref)
    assert folder.name == "0003-reserver-le-dentiste"
    names = sorted(path.name for path in folder.iterdir())
    assert names == ["CONSIGNES.md", "REPONSE.md", "fichiers", "resultats"]
    assert "Voici une tâche pour vous." in (folder / "CONSIGNES.md").read_text()


def test_two_tasks_of_one_number_do_not_meet(core: Core, hands: FolderHands) -> None:
    """Two installations may share a folder: the same number and title make two folders."""
    brief = replace(a_brief(), number=7)

    first, second = core.submit(brief), core.submit(replace(brief, op_key=new_key()))

    assert first != second
    names = sorted(path.name for path in hands.root.iterdir() if path.is_dir())
    assert names == ["0007-book-the-dentist-for-tuesday", "0007-book-the-dentist-for-tuesday-2"]


def test_a_renamed_folder_is_found(core: Core, hands: FolderHands, ref: Ref) -> None:
    """Reading, answering and accepting go on under any other name, with or without the number."""
    for name in ("0001-dentist DONE", "Zahnarzt", "archive of march"):
        hands.folder(ref).rename(hands.root / name)
        hands.say(ref, f"It is called {name}")

        core.wait_for(MessageReceived, ref, lambda r, name=name: name in r.text)  # type: ignore[misc]
        core.adapter.reply(ref, new_key(), Message("Thank you"))

        assert "Thank you" in (hands.root / name / "MESSAGES.md").read_text()


def test_a_renamed_folder_is_not_made_again(core: Core, hands: FolderHands) -> None:
    """A submit that is repeated after a crash finds the folder that was renamed meanwhile."""
    brief = a_brief()
    ref = core.submit(brief)
    folder = hands.folder(ref)
    folder.rename(folder.with_name(f"{brief.number:04d} dentist"))

    core.adapter.submit(brief)

    assert len([path for path in hands.root.iterdir() if path.is_dir()]) == 1


def test_a_crash_while_making_a_folder_leaves_none(core: Core, hands: FolderHands) -> None:
    """What a killed Spirou left half made is finished by the next one, and never seen as a task."""
    brief = a_brief()
    ref = core.submit(brief)
    folder = hands.folder(ref)
    half = hands.root / f".spirou-{ref.id}"
    folder.rename(half)
    (half / "ANSWER.md").unlink()

    core.restart()
    core.adapter.submit(brief)

    assert sorted(path.name for path in hands.root.iterdir()) == [folder.name, "README.md"]
    assert hands.page(ref).exists()


def test_a_deleted_folder_is_gone_until_it_comes_back(core: Core, hands: FolderHands, ref: Ref) -> None:
    """It is told once; a folder that is restored is read on, and where it stands is told again."""
    hands.set_status(ref, "working")
    core.news()
    folder = hands.folder(ref)
    away = hands.root.parent / "bin"
    (hands.root / "0999-other").mkdir()

    folder.rename(away)
    gone = [core.news(), core.news()]
    away.rename(folder)
    back = core.news()

    assert [[type(report) for report in reports] for reports in gone] == [[Gone], []]
    assert [report.state for report in back if isinstance(report, StateChanged)] == [TaskState.WORKING]


def test_an_empty_mount_point_is_not_a_mass_deletion(core: Core, hands: FolderHands, ref: Ref) -> None:
    """An unplugged drive leaves an empty folder: nothing in it is gone, it can't be reached."""
    shutil.move(hands.root, hands.root.parent / "drive")
    hands.root.mkdir()

    with pytest.raises(Unreachable, match="plugged in"):
        core.news()


def test_a_half_copied_folder_is_not_gone(core: Core, hands: FolderHands, ref: Ref) -> None:
    """A folder whose files haven't arrived yet, or are still empty, is waited for."""
    folder = hands.folder(ref)
    hands.work(ref, 12, "phone")
    core.news()
    brief, page = (folder / "BRIEF.md").read_bytes(), hands.page(ref).read_bytes()

    for path in (folder / "BRIEF.md", folder / "ANSWER.md"):
        path.write_bytes(b"")
    empty = core.news()
    for path in (folder / "BRIEF.md", folder / "ANSWER.md"):
        path.unlink()
    missing = core.news()
    with pytest.raises(Unreachable, match="complete"):
        core.adapter.reply(ref, new_key(), Message("Hello?"))
    (folder / "BRIEF.md").write_bytes(brief)
    (folder / "ANSWER.md").write_bytes(page)

    assert (empty, missing, core.news()) == ([], [], [])
    assert seconds(core.said_of(ref), ref) == 720


def test_a_second_copy_of_a_folder_is_named_not_counted(core: Core, hands: FolderHands, ref: Ref) -> None:
    """«Copy of …» made by a file manager doubles no minute."""
    hands.work(ref, 12, "phone")
    core.news()
    folder = hands.folder(ref)

    shutil.copytree(folder, folder.with_name(folder.name + " (copy)"))
    news = core.news()

    assert [type(report) for report in news] == [Unreadable]
    assert seconds(core.said_of(ref), ref) == 720


@pytest.fixture
def public() -> Iterator[Path]:
    """A folder that another user may enter."""
    folder = Path(tempfile.mkdtemp(prefix="spirou-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


def test_a_folder_without_write_permission_is_named(public: Path) -> None:
    """Nothing is written, nothing is left, and the reason is in the message."""
    root = public / "Spirou"
    root.mkdir(mode=0o555)

    outcome = _as_ordinary_user(lambda: _submit_to(root, public))

    assert outcome == f"Unreachable: {root} can’t be used: Permission denied."
    assert list(root.iterdir()) == []


def test_one_unreadable_page_leaves_the_others_readable(public: Path) -> None:
    """A page that may not be read is named; the next task's news comes."""
    hands = FolderHands(public / "Spirou")
    scratch = public / "scratch"
    connection = connection_maker(scratch)(FolderAdapter, path=str(hands.root))
    core = Core(Connected(connect=lambda: FolderAdapter(connection), assistant=hands), patience_s=1)
    closed, other = core.submit(a_brief()), core.submit(a_brief())
    hands.page(closed).chmod(0)
    hands.say(other, "Hello")

    kinds = _as_ordinary_user(lambda: ",".join(sorted(type(report).__name__ for report in core.news())))

    assert kinds == "MessageReceived,Unreadable"


@pytest.mark.parametrize("path", ["/proc/1/root-of-nothing/x", "/dev/null", "/dev/null/Spirou"])
def test_an_impossible_folder_is_unreachable(path: str, tmp_path: Path) -> None:
    """No parent, or a file where a folder should be: said at once, by ``check`` and ``submit``."""
    adapter = FolderAdapter(connection_maker(tmp_path)(FolderAdapter, path=path))

    with pytest.raises(Unreachable):
        adapter.check()
    with pytest.raises(Unreachable):
        adapter.submit(a_brief())


def _submit_to(root: Path, public: Path) -> str:
    adapter = FolderAdapter(connection_maker(root)(FolderAdapter, path=str(root)))
    try:
        adapter.submit(a_brief())
    except Unreachable as error:
        return f"Unreachable: {error}"
    return "submitted"


def _as_ordinary_user(act: Callable[[], str]) -> str:
    """What ``act`` says when it is done without root's power to ignore permissions."""
    if os.geteuid() != 0:
        return act()
    reading, writing = os.pipe()
    if (child := os.fork()) == 0:
        try:
            os.setgid(65534)
            os.setuid(65534)
            said = act()
        except BaseException as error:
            said = f"{type(error).__name__}: {error}"
        os.write(writing, said.encode())
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        said = pipe.read().decode()
    os.waitpid(child, 0)
    return said
