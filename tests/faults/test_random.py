"""T-RAND: random histories of commands, kills, faults and clocks; Hypothesis shrinks what it finds."""

from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from tests.faults.cases import at_write, heal
from tests.faults.injector import Arm, Mode
from tests.faults.invariants import check, check_words
from tests.faults.provider import FAULTS
from tests.faults.world import HOUR, CampaignWorld, Home, numbers_saved
from tests.faults.zygote import Ended

HISTORIES = int(os.environ.get("FAULTS_HISTORIES", "6"))
SHRINK = "FAULTS_SHRINK" in os.environ
"""Shrinking runs a history hundreds of times: for whoever looks for a bug, not for every test run."""

CLOCKS = st.sampled_from([0, 0, 0, 60, HOUR, -HOUR, 30 * 24 * HOUR, -3650 * 24 * HOUR, 3650 * 24 * HOUR])
POINTS = st.integers(1, 450)
MODES = st.sampled_from([Mode.KILL, Mode.TORN, Mode.AFTER, Mode.ENOSPC, Mode.EIO, Mode.INT, Mode.TERM])


class History(RuleBasedStateMachine):
    """A person, a provider and bad luck."""

    house: CampaignWorld
    home: Home

    @initialize(how=st.sampled_from("KNLB"), connections=st.sampled_from([1, 3]))
    def begin(self, how: str, connections: int) -> None:
        self.home = self.house.with_provider(how, f"connections={connections}")
        self.saved: list[int] = []
        self.titles = 0
        self.words: list[str] = []

    @rule(clock=CLOCKS)
    def adds(self, clock: int) -> None:
        self._add(clock, None)

    @rule(clock=CLOCKS, at=POINTS, mode=MODES, sticky=st.booleans())
    def adds_and_something_breaks(self, clock: int, at: int, mode: Mode, sticky: bool) -> None:
        self._add(clock, Arm(at % 250 + 1, mode, sticky))

    @rule(clock=CLOCKS, fault=st.sampled_from(FAULTS))
    def adds_and_the_server_fails(self, clock: int, fault: str) -> None:
        self.house.provider.seen.clear()
        self.house.provider.fault = at_write(fault, 1)
        self._add(clock, None)
        self.house.provider.fault = lambda request: None

    @rule(clock=CLOCKS)
    def syncs(self, clock: int) -> None:
        self._note(self.home.later(clock).run("sync"))

    @rule(clock=CLOCKS, at=POINTS, mode=MODES, sticky=st.booleans())
    def syncs_and_something_breaks(self, clock: int, at: int, mode: Mode, sticky: bool) -> None:
        self._note(self.home.later(clock).run("sync", arm=Arm(at, mode, sticky)))

    @rule(clock=CLOCKS, fault=st.sampled_from(FAULTS), nth=st.integers(1, 3))
    def syncs_and_the_server_fails(self, clock: int, fault: str, nth: int) -> None:
        self.house.provider.seen.clear()
        self.house.provider.fault = at_write(fault, nth)
        self._note(self.home.later(clock).run("sync"))
        self.house.provider.fault = lambda request: None

    @rule(number=st.integers(1, 4), clock=CLOCKS, verb=st.sampled_from(["reply", "cancel", "accept", "send"]))
    def does(self, number: int, clock: int, verb: str) -> None:
        words = ["more words"] if verb == "reply" else []
        self._note(self.home.later(clock).run((verb, str(number), *words, "--no-input")))

    @rule(task=st.integers(1, 4), minutes=st.integers(0, 90), minor=st.integers(-500, 5000))
    def the_provider_works(self, task: int, minutes: int, minor: int) -> None:
        self.house.provider.tell(f"T{task}", "work", line=f"L{task}", minutes=minutes)
        self.house.provider.tell(f"T{task}", "cost", minor=minor, currency="EUR")
        self.house.provider.tell(f"T{task}", "message", text="words", question=minutes % 2 == 0)

    @rule(task=st.integers(1, 4), state=st.sampled_from(["started", "done", "declined", "on the roof"]))
    def the_provider_moves(self, task: int, state: str) -> None:
        self.house.provider.tell(f"T{task}", "state", state=state)

    @rule()
    def cursors_expire(self) -> None:
        self.house.provider.memory.forgotten_before = len(self.house.provider.memory.events)

    @invariant()
    def nothing_but_sentences_was_said(self) -> None:
        assert self.words == []

    def teardown(self) -> None:
        if hasattr(self, "home"):
            self.house.provider.fault = lambda request: None
            ended = heal(self.home.later(4000 * 24 * HOUR))
            again = self.home.later(4001 * 24 * HOUR).run("sync")
            found = check(self.home.store, self.house.provider.remembered(), acked=self.saved)
            assert found.wrongs() == []
            assert {run.code for run in [*ended, again]} <= {0, 1}

    def _add(self, clock: int, arm: Arm | None) -> None:
        self.titles += 1
        ended = self.home.later(clock).run(("add", f"title {self.titles}", "--to", "demo"), arm=arm)
        self.saved += numbers_saved(ended.out)
        self._note(ended)

    def _note(self, ended: Ended) -> None:
        self.house.provider.settle()
        self.words += check_words(ended)


@pytest.mark.filterwarnings("ignore::hypothesis.errors.NonInteractiveExampleWarning")
def test_no_history_loses_or_repeats_anything(injected: CampaignWorld) -> None:
    """Whatever order things happen and break in: what was printed is there, and arrived once."""
    History.house = injected
    run_state_machine_as_test(
        History,
        settings=settings(
            max_examples=HISTORIES,
            stateful_step_count=12,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            database=None,
            phases=[Phase.generate, *([Phase.shrink] if SHRINK else [])],
            report_multiple_bugs=False,
        ),
    )
