"""The folder provider keeps the adapter contract, on real files."""

from __future__ import annotations

from pathlib import Path

import pytest

from spirou_cli.adapters.folder import FolderAdapter
from spirou_cli.testing import AdapterContract, Connected, ConnectionMaker
from tests.adapters.folder.hands import FolderHands


class TestFolder(AdapterContract):
    @pytest.fixture
    def connected(self, make_connection: ConnectionMaker, tmp_path: Path) -> Connected:
        (tmp_path / "drive").mkdir()
        root = tmp_path / "drive" / "Spirou"
        connection = make_connection(FolderAdapter, path=str(root))
        hands = FolderHands(root)
        return Connected(connect=lambda: FolderAdapter(connection), assistant=hands, faults=hands)
