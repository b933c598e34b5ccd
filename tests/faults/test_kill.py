"""T-KILL and T-FAULT: killed, torn, without space, interrupted, at the calls that matter (quick set)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.faults.cases import ADDS, SYNC, Case, Scene, play, points
from tests.faults.injector import Arm, Call, Mode, Traced
from tests.faults.world import CampaignWorld


def telling(found: list[Traced], every: int) -> Iterator[int]:
    """Points that tell most: every n-th of those that sync, cut, send, receive or print."""
    loud = [
        at for at, call in enumerate(found, 1) if call.call is not Call.WRITE or call.path.endswith(".out")
    ]
    yield from loud[::every]


def wrongs(house: CampaignWorld, scene: Scene, how: str, mode: Mode, every: int, **more: bool) -> list[str]:
    found = points(house, scene, how)
    ats = list(telling(found, every))
    assert len(ats) > 1
    return [wrong for at in ats for wrong in play(house, Case(scene, how, Arm(at, mode, **more))).wrongs()]


@pytest.mark.parametrize(
    ("scene", "how"), [(ADDS, "K"), (SYNC, "K"), (SYNC, "L")], ids=["add K", "sync K", "sync L"]
)
def test_a_kill_loses_nothing_and_repeats_nothing(injected: CampaignWorld, scene: Scene, how: str) -> None:
    """Whatever was printed is there, and the provider has each thing once."""
    assert wrongs(injected, scene, how, Mode.KILL, 13) == []


@pytest.mark.parametrize("how", ["N", "B"])
def test_a_kill_after_the_call_is_no_different(injected: CampaignWorld, how: str) -> None:
    """The call happened and nobody heard of it; a blind provider is asked about, not guessed."""
    assert wrongs(injected, SYNC, how, Mode.AFTER, 23) == []


def test_a_torn_write_is_undone(injected: CampaignWorld) -> None:
    """Half a page, half a request: then the power of the process is gone."""
    found = [
        at for at, call in enumerate(points(injected, SYNC, "K"), 1) if call.call in (Call.WRITE, Call.SEND)
    ]

    results = [play(injected, Case(SYNC, "K", Arm(at, Mode.TORN))) for at in found[::45]]

    assert [wrong for result in results for wrong in result.wrongs()] == []


@pytest.mark.parametrize("sticky", [False, True], ids=["once", "from then on"])
@pytest.mark.parametrize("mode", [Mode.ENOSPC, Mode.EIO], ids=["full", "broken"])
def test_a_full_or_broken_disk_is_told_truly(injected: CampaignWorld, mode: Mode, sticky: bool) -> None:
    """«Nothing was saved» is said when nothing was, and the number when it was."""
    assert wrongs(injected, ADDS, "K", mode, 41, sticky=sticky) == []
    assert wrongs(injected, SYNC, "K", mode, 53, sticky=sticky) == []


@pytest.mark.parametrize("mode", [Mode.INT, Mode.TERM], ids=["INT", "TERM"])
def test_a_signal_never_saves_in_silence(injected: CampaignWorld, mode: Mode) -> None:
    """Ctrl-C and a shutdown wait while something is saved and its number printed."""
    found = points(injected, ADDS, "K")
    printing = [at for at, call in enumerate(found) if call.path.endswith(".out")]

    results = [play(injected, Case(ADDS, "K", Arm(at - back, mode))) for at in printing for back in (0, 2)]

    assert [wrong for result in results for wrong in result.wrongs()] == []
    assert wrongs(injected, SYNC, "K", mode, 53) == []
