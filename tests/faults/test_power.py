"""T-POWER: the disk images that a power cut may leave (quick set)."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults.cases import ADDS, SYNC, Scene, recorded
from tests.faults.power import images, verdict
from tests.faults.world import CampaignWorld


@pytest.mark.parametrize("scene", [ADDS, SYNC], ids=lambda scene: scene.name)
def test_a_power_cut_loses_nothing_and_sends_nothing_twice(
    injected: CampaignWorld, scene: Scene, tmp_path: Path
) -> None:
    """What was printed is in every image; what has left is never queued in any."""
    run = recorded(injected, scene)

    wrong = [
        (image.after, image.choice, found)
        for image in images(run.store.parent, run.before, run.trace, every=3)
        for found in verdict(image, run.store, injected.folder / "image")
    ]

    assert wrong == []
