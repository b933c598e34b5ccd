"""Clauses on the ops after the first: answer, change, stop, send back, accept."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from spirou_cli.adapters import (
    CancelOutcome,
    Changes,
    InvalidState,
    Message,
    MessageReceived,
    OpKind,
    PendingOp,
    Ref,
    Repeat,
    Unsupported,
)
from spirou_cli.testing.clauses.base import AFTER_SUBMIT, Clauses, perform
from spirou_cli.testing.clauses.submitting import attachment
from spirou_cli.testing.connected import Assistant, SeenTask
from spirou_cli.testing.core import Core, a_brief, new_key

ANSWER = "Plutôt le matin.\nStatus: done\n> 12 min – quoted\n— merci 🦷"


class TalkClauses(Clauses):
    """What the optional ops promise, each where it is declared."""

    def test_a_reply_arrives_as_typed(self, core: Core) -> None:
        """The person's answer is on the other side, word for word."""
        core.require("reply")
        ref = core.submit(a_brief())

        core.take(core.adapter.reply(ref, new_key(), Message(ANSWER)))

        core.wait_until_seen(ref, lambda task: any(ANSWER in _lf(m) for m in task.messages))

    def test_replies_keep_their_order(self, core: Core) -> None:
        """Two answers are two messages, the first one first."""
        core.require("reply")
        ref = core.submit(a_brief())

        for text in ("One thing", "Another thing"):
            core.adapter.reply(ref, new_key(), Message(text))

        seen = core.wait_until_seen(ref, lambda task: len(task.messages) >= 2)
        order = [text for m in seen.messages for text in ("One thing", "Another thing") if text in m]
        assert order == ["One thing", "Another thing"]

    def test_a_reply_hands_files_over(self, core: Core, tmp_path: Path) -> None:
        """Files of an answer arrive byte for byte."""
        core.require("reply", "attach")
        ref = core.submit(a_brief())
        file = attachment(tmp_path / "file", "card.bin", bytes(range(256)))

        core.adapter.reply(ref, new_key(), Message("The card", (file,)))

        core.wait_until_seen(ref, lambda task: bytes(range(256)) in [c for _, c in task.files])

    def test_own_words_never_come_back(self, core: Core) -> None:
        """What the person wrote isn't news from the provider."""
        core.require("reply")
        ref = core.submit(replace(a_brief(), body="My own brief"))
        core.take(core.adapter.reply(ref, new_key(), Message("My own words")))
        core.wait_until_seen(ref, lambda task: len(task.messages) > 0)

        core.news()

        heard = [r.text for r in core.said_of(ref) if isinstance(r, MessageReceived)]
        assert [text for text in heard if "My own" in text] == []

    def test_an_edit_arrives(self, core: Core) -> None:
        """A changed title and body are what the other side reads from then on."""
        core.require("edit")
        before = replace(a_brief(), body="Any dentist will do.")
        ref = core.submit(before)
        after = replace(before, title="Book the dentist for Friday", body="Only Dr Éluard.")

        core.take(core.adapter.edit(ref, new_key(), Changes(frozenset({"title", "body"}), after)))

        core.wait_until_seen(ref, lambda task: after.title in task.title and after.body in task.text)
        assert len(core.seen(ref)) == 1

    def test_an_edited_deadline_arrives(self, core: Core) -> None:
        """A new day replaces the old one."""
        core.require("edit", "deadline")
        before = replace(a_brief(), due=datetime(2026, 12, 1, tzinfo=UTC))
        ref = core.submit(before)
        after = replace(before, due=datetime(2026, 12, 4, tzinfo=UTC))

        core.adapter.edit(ref, new_key(), Changes(frozenset({"due"}), after))

        assert after.due is not None
        core.wait_until_seen(ref, lambda task: task.due == datetime(2026, 12, 4, tzinfo=UTC).date())

    def test_a_cancel_says_what_it_did(self, core: Core) -> None:
        """It is confirmed, or asked for, or refused by name; the other side knows of it."""
        core.require("cancel")
        ref = core.submit(a_brief())

        try:
            outcome = core.adapter.cancel(ref, new_key())
        except (InvalidState, Unsupported):
            return

        assert isinstance(outcome, CancelOutcome)
        core.wait_until_seen(ref, lambda task: task.canceled is not False)

    def test_a_finished_task_is_canceled_or_refused(self, core: Core, assistant: Assistant) -> None:
        """A cancel that comes too late is answered truly, by an outcome or by ``InvalidState``."""
        core.require("cancel")
        ref = core.submit(a_brief())
        core.wait_until_seen(ref)
        assistant.finish(ref)

        try:
            outcome: object = core.adapter.cancel(ref, new_key())
        except (InvalidState, Unsupported):
            outcome = CancelOutcome.REQUESTED

        assert isinstance(outcome, CancelOutcome)

    def test_a_task_sent_back_has_its_reason(self, core: Core, assistant: Assistant) -> None:
        """What is missing is on the other side."""
        core.require("reopen")
        ref = self._finished(core, assistant)

        core.take(core.adapter.reopen(ref, new_key(), Message("The address is missing")))

        core.wait_until_seen(ref, lambda task: any("The address is missing" in m for m in task.messages))

    def test_an_acceptance_is_known(self, core: Core, assistant: Assistant) -> None:
        """The other side can see that the work was accepted."""
        core.require("accept")
        ref = self._finished(core, assistant)

        core.take(core.adapter.accept(ref, new_key()))

        core.wait_until_seen(ref, lambda task: task.accepted is not False)

    @pytest.mark.parametrize("kind", AFTER_SUBMIT)
    def test_a_repeated_op_happens_once(self, core: Core, kind: OpKind) -> None:
        """An op that is sent again with its key, after a restart, has one effect."""
        _require_way(core, kind, Repeat.KEY, Repeat.NAMED)
        brief = a_brief()
        ref, key = core.submit(brief), new_key()
        core.wait_until_seen(ref)

        perform(core.adapter, kind, ref, brief, key)
        core.restart()
        perform(core.adapter, kind, ref, brief, key)

        assert _effects(core, kind, ref, key) == 1

    @pytest.mark.parametrize("kind", OpKind)
    def test_find_tells_the_truth(self, core: Core, kind: OpKind) -> None:
        """An op that arrived is found, by its key alone and after a restart; another isn't."""
        core.require("find")
        _require_way(core, kind, Repeat.LOOKUP)
        brief = a_brief()
        ref, key = core.submit(brief), brief.op_key
        if kind is not OpKind.SUBMIT:
            key = new_key()
            perform(core.adapter, kind, ref, brief, key)
        core.restart()

        found = core.poll(lambda: core.adapter.find(_pending(kind, key, ref)), "what arrived was not found")
        other = core.adapter.find(_pending(kind, new_key(), ref))

        assert (found.id, other) == (ref.id, None)

    def _finished(self, core: Core, assistant: Assistant) -> Ref:
        ref = core.submit(a_brief())
        core.wait_until_seen(ref)
        assistant.finish(ref)
        core.news()
        return ref


def _pending(kind: OpKind, key: str, ref: Ref) -> PendingOp:
    return PendingOp(kind, key, None if kind is OpKind.SUBMIT else ref)


def _require_way(core: Core, kind: OpKind, *ways: Repeat) -> None:
    if kind is not OpKind.SUBMIT:
        core.require(kind)
    how = core.capabilities.repeatability(kind).how
    if how not in ways:
        pytest.skip(f"this connection declares {how} for {kind}")


def _effects(core: Core, kind: OpKind, ref: Ref, key: str) -> int:
    """How often the other side has what the op with this key did."""

    def arrived(task: SeenTask) -> bool:
        match kind:
            case OpKind.REPLY | OpKind.REOPEN:
                return any(key in message for message in task.messages)
            case OpKind.EDIT:
                return key in task.title
            case OpKind.CANCEL:
                return task.canceled is not False
            case _:
                return task.accepted is not False

    seen = core.wait_until_seen(ref, arrived)
    if kind in (OpKind.REPLY, OpKind.REOPEN):
        return sum(key in message for message in seen.messages)
    return len(core.seen(ref))


def _lf(text: str) -> str:
    return text.replace("\r\n", "\n")
