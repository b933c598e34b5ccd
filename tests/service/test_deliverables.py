"""Files of a task: fetched when asked, copied whole, never over another."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from spirou_cli.domain.errors import InvalidInput, NoSuchThing, ProviderUnreachable
from spirou_cli.domain.task import Task
from spirou_cli.service.deliverables import copy, fetched, shelf
from spirou_cli.testing.fake import everything
from tests.service.desk import Desk, desk, ref


def delivered(world: Desk, *files: tuple[str, bytes]) -> Task:
    task = world.sent()
    for name, content in files:
        world.julie.deliver(ref(task), name, content)
    world.sync()
    return task


def test_a_far_file_is_fetched_when_it_is_asked_for(tmp_path: Path) -> None:
    """A sync only notes it; get brings its content."""
    world = desk(tmp_path)
    task = delivered(world, ("letter.txt", b"Dear"))
    noted = shelf(world.here, str(task.number)).artifacts

    found = fetched(world.here, str(task.number))
    (one,) = copy(found, tmp_path / "out")

    assert [artifact.path for artifact in noted] == [None]
    assert one.path.read_bytes() == b"Dear"


def test_two_files_of_one_name_are_both_kept(tmp_path: Path) -> None:
    """The second gets a number."""
    world = desk(tmp_path)
    task = delivered(world, ("letter.txt", b"one"), ("letter.txt", b"two"))

    copies = copy(fetched(world.here, str(task.number)), tmp_path / "out")

    assert {one.path.name: one.path.read_bytes() for one in copies} == {
        "letter.txt": b"one",
        "letter~2.txt": b"two",
    }


def test_a_hostile_name_stays_in_its_folder(tmp_path: Path) -> None:
    """Paths, hidden names and control characters are made harmless."""
    world = desk(tmp_path)
    task = delivered(world, ("../../evil\x1b.sh", b"x"), ("-rf", b"y"), (".bashrc", b"z"))

    copies = copy(fetched(world.here, str(task.number)), tmp_path / "out")

    assert all(one.path.parent == tmp_path / "out" for one in copies)
    assert not any(one.path.name[0] in ".-" for one in copies)


def test_nothing_is_copied_where_one_is_in_the_way(tmp_path: Path) -> None:
    """All are checked before the first is written."""
    world = desk(tmp_path)
    task = delivered(world, ("a.txt", b"a"), ("b.txt", b"b"))
    found = fetched(world.here, str(task.number))
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "b.txt").write_text("mine")

    with pytest.raises(InvalidInput, match="Nothing was copied"):
        copy(found, tmp_path / "out")

    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["b.txt"]
    copy(found, tmp_path / "out", replace=True)
    assert (tmp_path / "out" / "b.txt").read_bytes() == b"b"


def test_only_the_named_file_is_fetched(tmp_path: Path) -> None:
    """An unknown name lists those there are."""
    world = desk(tmp_path, replace(everything(), fetch_on_pull=False))
    task = delivered(world, ("a.txt", b"a"), ("b.txt", b"b"))

    found = fetched(world.here, str(task.number), ["b.txt"])

    assert [artifact.name for artifact in found.artifacts] == ["b.txt"]
    assert [artifact.path is None for artifact in shelf(world.here, "1").artifacts] == [True, False]
    with pytest.raises(NoSuchThing, match=r"a.txt, b.txt"):
        fetched(world.here, str(task.number), ["c.txt"])


def test_an_unreachable_file_is_said_with_its_name(tmp_path: Path) -> None:
    """Exit 3, and nothing half is left."""
    world = desk(tmp_path)
    task = delivered(world, ("letter.txt", b"Dear"))

    with world.julie.refuse_connections(), pytest.raises(ProviderUnreachable, match=r"letter\.txt"):
        fetched(world.here, str(task.number))

    assert list((tmp_path / "files").rglob("*.part")) == []
