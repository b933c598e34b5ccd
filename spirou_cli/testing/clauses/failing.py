"""Clauses on failing: what is said is true, and only the contract's errors are used to say it."""

from __future__ import annotations

from contextlib import suppress

import pytest

from spirou_cli.adapters import AdapterError, OpKind, PendingOp, Ref, Repeat, Uncertain, Unreachable
from spirou_cli.testing.clauses.base import AFTER_SUBMIT, Clauses, perform
from spirou_cli.testing.connected import Connected
from spirou_cli.testing.core import Core, a_brief, new_key

NOWHERE = Ref("no-such-task-of-yours")


class FailureClauses(Clauses):
    """What errors mean."""

    def test_an_unreachable_provider_has_nothing(self, core: Core, connected: Connected) -> None:
        """A submit that could not leave says so, and left nothing behind."""
        before = connected.assistant.tasks()

        with connected.faults.refuse_connections(), pytest.raises(Unreachable):
            connected.connect().submit(a_brief())

        assert connected.assistant.tasks() == before

    def test_an_unreachable_provider_has_no_news(self, core: Core, connected: Connected) -> None:
        """Neither ``pull`` nor ``check`` mistakes silence for an answer."""
        core.submit(a_brief())

        with connected.faults.refuse_connections():
            with pytest.raises(Unreachable):
                connected.connect().pull(None, tuple(core.open_tasks))
            with pytest.raises(Unreachable):
                connected.connect().check()

    def test_an_unreachable_provider_can_find_nothing(self, core: Core, connected: Connected) -> None:
        """``find`` raises where it can't tell: None would mean «it never arrived»."""
        core.require("find")

        with connected.faults.refuse_connections(), pytest.raises(Unreachable):
            connected.connect().find(PendingOp(OpKind.SUBMIT, new_key(), None))

    def test_a_lost_answer_is_uncertain(self, core: Core, connected: Connected) -> None:
        """A submit whose answer was lost may have happened, and is never called anything else."""
        connected.faults.lose_answer()

        with pytest.raises(Uncertain):
            core.adapter.submit(a_brief())

    @pytest.mark.parametrize("kind", AFTER_SUBMIT)
    def test_a_lost_answer_to_an_op_is_uncertain(
        self, core: Core, connected: Connected, kind: OpKind
    ) -> None:
        """The same holds for every op after the first."""
        core.require(kind)
        brief = a_brief()
        ref = core.submit(brief)
        connected.faults.lose_answer()

        with pytest.raises(Uncertain):
            perform(core.adapter, kind, ref, brief, new_key())

    def test_a_submit_of_unknown_outcome_is_found(self, core: Core, connected: Connected) -> None:
        """After a lost answer ``find`` names the task that was made."""
        core.require("find")
        if core.capabilities.repeatability(OpKind.SUBMIT).how is not Repeat.LOOKUP:
            pytest.skip("this connection declares no look-up for submit")
        brief = a_brief()
        connected.faults.lose_answer()
        with pytest.raises(Uncertain):
            core.adapter.submit(brief)

        core.restart()
        ref = core.poll(
            lambda: core.adapter.find(PendingOp(OpKind.SUBMIT, brief.op_key, None, brief)),
            "the task that was made was not found",
        )

        assert len(core.seen(ref)) == 1

    @pytest.mark.parametrize("kind", AFTER_SUBMIT)
    def test_an_op_on_an_unknown_task_fails_by_contract(self, core: Core, kind: OpKind) -> None:
        """A task that was never there gives a contract error, or nothing where nobody can tell."""
        core.require(kind)

        with suppress(AdapterError):
            perform(core.adapter, kind, NOWHERE, a_brief(), new_key())

    @pytest.mark.parametrize("locator", ["", "no-such-file", "../../../../etc/passwd", "/etc/passwd", "a\0b"])
    def test_a_made_up_locator_opens_nothing(self, core: Core, locator: str) -> None:
        """``fetch`` serves what this provider reported, and no other byte."""
        ref = core.submit(a_brief())
        received: list[bytes] = []

        for forged in (locator, f"{ref.id}/{locator}"):
            with pytest.raises(AdapterError):
                core.adapter.fetch(forged, received.append)

        assert received == []
