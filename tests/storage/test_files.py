"""The file folder: nothing in the store leads out of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from spirou_cli.domain.errors import StoreError
from spirou_cli.storage import files

OUTWARD = ["..", "../../victim", "/victim", "a/../../victim", "../in/../../victim", ".", "a//b"]


@pytest.mark.parametrize("name", OUTWARD)
def test_no_id_leads_out_of_the_folder(tmp_path: Path, name: str) -> None:
    """A task's id from a store of somebody else's making removes, writes and reads nothing elsewhere."""
    folder = tmp_path / "spirou" / "files"
    victim = tmp_path / "victim"
    victim.mkdir()
    (victim / "letter").write_text("mine")
    name = name.replace("/victim", str(victim)) if name == "/victim" else name

    with pytest.raises(StoreError):
        files.forget(folder, name)
    with pytest.raises(StoreError):
        files.receive(folder, name, "letter", lambda write: write(b"theirs"), cap=100)
    with pytest.raises(StoreError):
        files.kept(folder, name)

    assert (victim / "letter").read_text() == "mine"
