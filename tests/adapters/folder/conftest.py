"""A shared folder with Spirou at one end and an assistant at the other."""

from __future__ import annotations

from pathlib import Path

import pytest

from spirou_cli.adapters import (
    Ref,
)
from spirou_cli.adapters.folder import FolderAdapter
from spirou_cli.testing import Connected, a_brief, connection_maker
from spirou_cli.testing.core import Core
from tests.adapters.folder.hands import FolderHands


@pytest.fixture
def hands(tmp_path: Path) -> FolderHands:
    return FolderHands(tmp_path / "Spirou")


@pytest.fixture
def core(hands: FolderHands, tmp_path: Path) -> Core:
    connection = connection_maker(tmp_path / "scratch")(FolderAdapter, path=str(hands.root))
    return Core(Connected(connect=lambda: FolderAdapter(connection), assistant=hands), patience_s=1)


@pytest.fixture
def ref(core: Core) -> Ref:
    """A task in the folder where nothing has happened yet."""
    ref = core.submit(a_brief("Book the dentist for Tuesday"))
    core.news()
    return ref
