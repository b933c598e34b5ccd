"""T-SRV, T-REDIR, T-BOMB: whatever the provider answers, each op has its effect once, or is asked about."""

from __future__ import annotations

import pytest

from tests.faults.cases import SYNC, Case, at_write, play, snapshot
from tests.faults.invariants import ops
from tests.faults.provider import FAULTS, KEY, Provider, served
from tests.faults.world import HOUR, CampaignWorld

LOST = ("drop_before", "drop_after", "500_before", "500_after", "302_after")


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_of_the_server_is_survived_by_key(house: CampaignWorld, fault: str) -> None:
    """Nothing lost, nothing twice, and nothing left open."""
    result = play(house, Case(SYNC, "K", fault=fault))

    assert result.wrongs() == []
    assert result.findings.held == 0


@pytest.mark.parametrize("fault", LOST)
@pytest.mark.parametrize("how", ["N", "L"])
def test_a_lost_answer_is_settled_by_name_or_look_up(house: CampaignWorld, how: str, fault: str) -> None:
    """Without a key the same holds, from the second write on too."""
    result = play(house, Case(SYNC, how, fault=fault, fault_at=2))

    assert result.wrongs() == []
    assert result.findings.held == 0


@pytest.mark.parametrize("fault", LOST)
def test_a_blind_provider_is_asked_about_and_never_guessed(house: CampaignWorld, fault: str) -> None:
    """One row is held; the others arrive."""
    result = play(house, Case(SYNC, "B", fault=fault))

    assert result.wrongs() == []
    assert result.findings.held == 1


def test_an_account_without_its_key_pauses_and_loses_nothing(house: CampaignWorld) -> None:
    """401: one op is tried, none is rejected, and the exit code says «sign in»."""
    with house.copy(snapshot(house, SYNC, "K")) as home:
        house.provider.fault = lambda request: "401_before"
        ended = home.later(HOUR).run("sync")
        tried = house.provider.seen["POST"]
        states = {row["state"] for row in ops(home.store)[1:]}

    assert (ended.code, tried, states) == (4, 1, {"queued"})


def test_a_provider_that_asks_for_time_is_left_alone(house: CampaignWorld) -> None:
    """429: one op is tried; all wait until then."""
    with house.copy(snapshot(house, SYNC, "K")) as home:
        house.provider.fault = lambda request: "429_before" if request.method == "POST" else None
        home.later(HOUR).run("sync")
        tried = house.provider.seen["POST"]
        states = {row["state"] for row in ops(home.store)[1:]}

    assert (tried, states) == (1, {"queued"})


def test_the_same_server_error_three_times_is_held(house: CampaignWorld) -> None:
    """A provider that replays its stored 500 is not asked for ever, nor given a new key."""
    with house.copy(snapshot(house, SYNC, "K")) as home:
        house.provider.fault = lambda request: "500_before" if request.method == "POST" else None
        codes = [home.later(hours * HOUR).run("sync").code for hours in (1, 10, 20, 30)]
        tried = house.provider.seen["POST"]
        states = [row["state"] for row in ops(home.store)[1:]]

    assert (states, tried) == (["held"] * 3, 9)
    assert codes[-1] == 1


def test_a_key_that_was_used_for_something_else_is_held(house: CampaignWorld) -> None:
    """422 on a key is a mistake of ours: kept, told, and never repeated by itself."""
    with house.copy(snapshot(house, SYNC, "K")) as home:
        first = ops(home.store)[1]["id"]
        house.provider.memory.answers[first] = "other content", {"task": "T9"}
        ended = home.later(HOUR).run("sync")
        states = [row["state"] for row in ops(home.store)[1:]]

    assert (ended.code, states) == (1, ["held", "done", "done"])


@pytest.mark.parametrize("fault", ["302_after", "303_after", "307_after", "308_after"])
def test_no_redirect_takes_the_key_or_the_words_elsewhere(house: CampaignWorld, fault: str) -> None:
    """Another server gets no request at all."""
    with served(Provider()) as thief, house.copy(snapshot(house, SYNC, "K")) as home:
        house.provider.elsewhere = thief.url
        house.provider.fault = lambda request: fault
        home.later(HOUR).run("sync")

        assert sum(thief.seen.values()) == 0
        assert KEY not in "".join(thief.headers_seen)


@pytest.mark.parametrize(
    ("how", "told"),
    [
        ("L", "new task: the answer was lost; the next sync looks whether it arrived"),
        ("B", "new task: may or may not have reached demo"),
    ],
)
def test_the_story_of_a_sync_says_what_is_unsure(house: CampaignWorld, how: str, told: str) -> None:
    """``sync -v`` names the row whose answer was lost, why it waits, and the others' arrival."""
    with house.copy(snapshot(house, SYNC, how)) as home:
        house.provider.fault = at_write("drop_after", 1)
        story = home.later(HOUR).run("sync -v").out

    assert f"     2  {told}" in story
    assert "     3  arrived, their number T3" in story
    assert "     1  they say: done" in story


@pytest.mark.parametrize(
    ("how", "code", "told"),
    [
        ("K", 0, "the next sync sends it again, which they take once.\n> spirou sync\n"),
        ("N", 0, "the next sync sends it again, which they take once.\n> spirou sync\n"),
        ("L", 0, "it is looked up at the next sync.\n> spirou sync\n"),
        ("B", 1, "and they can't tell.\n> spirou outbox show 1\n"),
    ],
)
def test_who_adds_is_told_how_a_lost_answer_is_settled(
    house: CampaignWorld, how: str, code: int, told: str
) -> None:
    """Each way to settle it has its own sentence and command; only a blind provider needs the person now."""
    home = house.with_provider(how)
    house.provider.fault = at_write("drop_after", 1)
    ended = home.run(("add", "Order the cake", "--to", "demo"))
    house.provider.fault = lambda request: None

    assert (ended.code, ended.out.endswith(told)) == (code, True), ended
    assert ("Needs you (1)" in home.run("status").out) == (how == "B")


def test_a_cancel_whose_answer_was_lost_is_not_called_asked(house: CampaignWorld) -> None:
    """They may not have heard it: that is said, in words and in JSON, and the row waits on the person."""
    home = house.with_provider("B")
    home.run("add Cake --to demo", "add Pie --to demo")
    house.provider.seen.clear()
    house.provider.fault = lambda request: "drop_after" if request.method == "POST" else None
    told, document = home.run("cancel 1 --yes"), home.run("cancel 2 --yes --json")
    house.provider.fault = lambda request: None

    assert told.out.startswith(
        "Asked demo to stop 1; they may not have heard; it may run and cost.\nNot sure"
    )
    assert '"cancel": "unsure"' in document.out
    assert (told.code, document.code) == (1, 1)
