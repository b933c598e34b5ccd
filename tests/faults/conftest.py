"""The house of the fault tests: one zygote and one provider for all of them."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.injector import compiler
from tests.faults.world import CampaignWorld, world

MEMORY = Path("/dev/shm")


@pytest.fixture(scope="session")
def house() -> Iterator[CampaignWorld]:
    """A world in memory where there is such a folder: a kill needs no disk, and a disk is slow."""
    with (
        tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as folder,
        world(Path(folder)) as made,
    ):
        yield made


@pytest.fixture(scope="session")
def injected(house: CampaignWorld) -> CampaignWorld:
    """The house with its fault injector; skipped where there is no C compiler."""
    if not compiler():
        pytest.skip("no C compiler: the fault injector can't be built")
    return house
