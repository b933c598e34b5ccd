"""Clauses on reading back: what the other side did, once each, across restarts."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

import pytest

from spirou_cli.adapters import (
    ArtifactReceived,
    CursorExpired,
    Gone,
    MessageReceived,
    Ref,
    StateChanged,
    TaskState,
    UsageReported,
)
from spirou_cli.testing.clauses.base import Clauses
from spirou_cli.testing.connected import Assistant
from spirou_cli.testing.core import Core, a_brief, seconds

WAITS_ON_THE_PERSON = {TaskState.INPUT_REQUIRED, TaskState.AUTH_REQUIRED}
DONE = {TaskState.DELIVERED, TaskState.COMPLETED}


class NewsClauses(Clauses):
    """What ``pull`` and ``fetch`` promise."""

    @pytest.fixture
    def ref(self, core: Core) -> Ref:
        """A task that has reached the other side, where nothing has happened since."""
        ref = core.submit(a_brief())
        core.wait_until_seen(ref)
        core.news()
        return ref

    def test_nothing_happened_is_no_news(self, core: Core, ref: Ref) -> None:
        """Reading again where nobody did anything adds nothing."""
        assert core.news() == []

    def test_started_work_is_told(self, core: Core, assistant: Assistant, ref: Ref) -> None:
        """Work that has begun is ``working``."""
        assistant.start(ref)

        core.wait_for(StateChanged, ref, lambda r: r.state is TaskState.WORKING)

    def test_a_question_waits_on_the_person(self, core: Core, assistant: Assistant, ref: Ref) -> None:
        """The question's words arrive, and something says that an answer is awaited."""
        assistant.ask(ref, "Morning or afternoon?")

        message = core.wait_for(MessageReceived, ref, lambda r: "Morning or afternoon?" in r.text)

        states = {r.state for r in core.said_of(ref) if isinstance(r, StateChanged)}
        assert message.question or states & WAITS_ON_THE_PERSON

    def test_a_remark_asks_nothing(self, core: Core, assistant: Assistant, ref: Ref) -> None:
        """Words that need no answer arrive as such, accents and lines included."""
        words = "J’ai appelé le cabinet.\nIl rappelle à 14 h — « promis » 🦷"
        assistant.say(ref, words)

        message = core.wait_for(MessageReceived, ref, lambda r: "rappelle" in r.text)

        assert words in message.text.replace("\r\n", "\n")
        assert not message.question

    def test_time_arrives_in_seconds(self, core: Core, assistant: Assistant, ref: Ref) -> None:
        """Minutes of work add up, each line with its note."""
        core.require("reports_time")
        assistant.work(ref, 12, "called two dentists")
        assistant.work(ref, 5, "wrote the mail")

        for note in ("called two dentists", "wrote the mail"):
            core.wait_for(UsageReported, ref, lambda r, note=note: note in r.note)  # type: ignore[misc]

        assert seconds(core.said_of(ref), ref) == 17 * 60

    def test_a_corrected_minute_replaces(self, core: Core, assistant: Assistant, ref: Ref) -> None:
        """A line of work that is changed later counts once, with its newest value."""
        core.require("reports_time")
        assistant.work(ref, 12, "called two dentists")
        core.wait_for(UsageReported, ref)

        assistant.correct_work(ref, 7, "called two dentists")

        core.poll(
            lambda: core.news() is None or (seconds(core.said_of(ref), ref) == 7 * 60 or None),
            "7 minutes never replaced 12",
        )

    def test_a_delivered_file_arrives_byte_for_byte(self, core: Core, assistant: Assistant, ref: Ref) -> None:
        """A file is named in the news, and its bytes come from its locator, after a restart too."""
        content = bytes(range(256)) * 300
        assistant.deliver(ref, "quote.bin", content)

        file = core.wait_for(ArtifactReceived, ref, lambda r: r.name == "quote.bin")
        core.restart()
        chunks: list[bytes] = []
        core.adapter.fetch(file.locator, chunks.append)

        assert b"".join(chunks) == content
        assert file.size in (None, len(content))

    def test_done_is_to_review(self, core: Core, assistant: Assistant, ref: Ref) -> None:
        """The other side's «done» is told as such."""
        assistant.finish(ref)

        core.wait_for(StateChanged, ref, lambda r: r.state in DONE)

    def test_a_refusal_has_its_reason(self, core: Core, assistant: Assistant, ref: Ref) -> None:
        """A task that is declined says why."""
        assistant.refuse(ref, "We don't phone abroad")

        refusal = core.wait_for(StateChanged, ref, lambda r: r.state is TaskState.REJECTED)

        words = [r.text for r in core.said_of(ref) if isinstance(r, MessageReceived)]
        assert any("We don't phone abroad" in text for text in [refusal.reason or "", *words])

    def test_an_unknown_state_is_none(self, core: Core, assistant: Assistant, ref: Ref) -> None:
        """A state that this adapter doesn't know is passed on as received, never guessed."""
        word = assistant.say_unknown_state(ref)

        change = core.wait_for(StateChanged, ref, lambda r: r.native == word)

        assert change.state is None

    def test_a_dropped_task_is_gone(self, core: Core, assistant: Assistant, ref: Ref) -> None:
        """A task that was removed is reported, once."""
        assistant.drop(ref)

        core.wait_for(Gone, ref)
        assert [r for r in core.news() if isinstance(r, Gone)] == []

    def test_one_unreadable_task_stops_no_other(self, core: Core, assistant: Assistant, ref: Ref) -> None:
        """What can't be read is one report; the next task's news comes all the same."""
        other = core.submit(a_brief("Order the cake"))
        core.wait_until_seen(other)
        assistant.garble(ref)

        assistant.say(other, "The cake is ordered")

        core.wait_for(MessageReceived, other, lambda r: "The cake is ordered" in r.text)

    def test_news_is_told_once(self, core: Core, assistant: Assistant, ref: Ref) -> None:
        """A second reading, a restart, and a reading from the start add nothing."""
        _busy_day(core, assistant, ref)

        again = core.news()
        core.restart()
        after_restart = core.news()
        from_the_start = [r for r in core.read_again() if r.ref == ref.id]

        assert (again, after_restart, from_the_start) == ([], [], [])

    def test_a_key_is_of_one_task(self, core: Core, assistant: Assistant, ref: Ref) -> None:
        """The same done to two tasks is told of both: what comes under a key that was taken is set aside."""
        other = core.submit(a_brief("Order the cake"))
        core.wait_until_seen(other)

        for each in (ref, other):
            _busy_day(core, assistant, each)

        one, two = ({type(report).__name__ for report in core.said_of(each)} for each in (ref, other))
        assert one == two

    def test_news_after_a_restart_goes_on(self, core: Core, assistant: Assistant, ref: Ref) -> None:
        """A cursor that was stored finds what came later, in another run."""
        assistant.say(ref, "First words")
        core.wait_for(MessageReceived, ref, lambda r: "First words" in r.text)

        core.restart()
        assistant.say(ref, "Second words")

        second = core.wait_for(MessageReceived, ref, lambda r: "Second words" in r.text)
        assert "First words" not in second.text

    def test_a_foreign_cursor_is_expired_or_ignored(self, core: Core, ref: Ref) -> None:
        """A cursor of another time or another server breaks nothing."""
        core.cursor = "no cursor of yours \u00e9"

        try:
            core.news()
        except CursorExpired:
            core.read_again()


def _busy_day(core: Core, assistant: Assistant, ref: Ref) -> None:
    """As much as this other side can do, all of it read."""
    acts: tuple[Callable[[], None], ...] = (
        lambda: assistant.say(ref, "On my way"),
        lambda: assistant.work(ref, 9, "went there"),
        lambda: assistant.deliver(ref, "receipt.txt", b"12.00"),
        lambda: assistant.finish(ref),
    )
    for act in acts:
        with suppress(pytest.skip.Exception):
            act()
    core.poll(lambda: core.news() or (core.said_of(ref) or None), "nothing of it was ever told")
    core.poll(lambda: not core.news() or None, "each reading tells the same news under other keys")
