"""Every broken adapter here fails the clause that was written for its fault."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from spirou_cli.adapters import (
    Batch,
    Brief,
    CancelOutcome,
    MessageReceived,
    OpenTask,
    OpKind,
    PendingOp,
    Ref,
    Repeat,
    Repeatability,
    StateChanged,
    Submitted,
    TaskState,
    Uncertain,
    Unreachable,
    UsageReported,
)
from spirou_cli.testing import AdapterContract, Connected, FakeAdapter, FakeProvider, connection_maker
from spirou_cli.testing.core import Core
from spirou_cli.testing.fake import everything


class ForgetsKeys(FakeAdapter):
    """Makes a second task for a repeated key."""

    def submit(self, brief: Brief) -> Submitted:
        return self.provider.make(brief)


class CountsReadings(FakeAdapter):
    """Gives the news another key at each reading."""

    readings = 0

    def pull(self, cursor: str | None, open_tasks: Sequence[OpenTask]) -> Batch:
        CountsReadings.readings += 1
        batch = super().pull(None, open_tasks)
        keyed = tuple(replace(r, key=f"{r.key}-{self.readings}") for r in batch.reports)
        return replace(batch, reports=keyed, more=False)


class GuessesStates(FakeAdapter):
    """Takes a state it doesn't know for work under way."""

    def pull(self, cursor: str | None, open_tasks: Sequence[OpenTask]) -> Batch:
        batch = super().pull(cursor, open_tasks)
        guessed = [
            replace(r, state=r.state or TaskState.WORKING) if isinstance(r, StateChanged) else r
            for r in batch.reports
        ]
        return replace(batch, reports=tuple(guessed))


class AddsCorrections(FakeAdapter):
    """Counts a corrected line twice."""

    def pull(self, cursor: str | None, open_tasks: Sequence[OpenTask]) -> Batch:
        batch = super().pull(cursor, open_tasks)
        added = [replace(r, series=None) if isinstance(r, UsageReported) else r for r in batch.reports]
        return replace(batch, reports=tuple(added))


class InventsZero(FakeAdapter):
    """Reports no time as a time of zero."""

    def submit(self, brief: Brief) -> Submitted:
        made = super().submit(brief)
        zero = UsageReported(key=f"{made.ref.id}-0", ref=made.ref.id, unit="second", quantity=0)
        return replace(made, reports=(zero,))


class ReadsItsOwnBrief(FakeAdapter):
    """Takes the person's «Question:» for a question of the provider."""

    def submit(self, brief: Brief) -> Submitted:
        made = super().submit(brief)
        told = MessageReceived(key=f"{made.ref.id}-q", ref=made.ref.id, text=brief.body, question=True)
        return replace(made, reports=(told,) if "Question" in brief.body else ())


class TrimsTitles(FakeAdapter):
    """Cuts a title at 80 characters."""

    def submit(self, brief: Brief) -> Submitted:
        return super().submit(replace(brief, title=brief.title[:80]))


class FindsNothing(FakeAdapter):
    """Looks a lost submit up, and never finds it."""

    def find(self, op: PendingOp) -> Ref | None:
        return None


class FindsAnything(FakeAdapter):
    """Says that every op arrived."""

    def find(self, op: PendingOp) -> Ref | None:
        return Ref(next(iter(self.provider.tasks())).ref)


class CallsALostAnswerUnreachable(FakeAdapter):
    """Says «certainly not sent» of what may have been sent."""

    def submit(self, brief: Brief) -> Submitted:
        try:
            return super().submit(brief)
        except Uncertain as error:
            raise Unreachable(str(error)) from error


class LeaksItsOwnErrors(FakeAdapter):
    """Lets a KeyError out."""

    def cancel(self, ref: Ref, op_key: str) -> CancelOutcome:
        if not any(task.ref == ref.id for task in self.provider.tasks()):
            raise KeyError(ref.id)
        return super().cancel(ref, op_key)


class CountsPerTask(FakeAdapter):
    """Numbers the news of each task from 1."""

    def pull(self, cursor: str | None, open_tasks: Sequence[OpenTask]) -> Batch:
        whole = super().pull(None, open_tasks)
        count: Counter[str] = Counter()
        keyed = []
        for report in whole.reports:
            count[report.ref] += 1
            keyed.append(replace(report, key=str(count[report.ref])))
        return replace(whole, reports=tuple(keyed), more=False)


class ServesAnyPath(FakeAdapter):
    """Opens whatever path a locator names."""

    def fetch(self, locator: str, write: Callable[[bytes], object]) -> None:
        write(b"root:x:0:0")


BROKEN = [
    (ForgetsKeys, "test_a_repeated_submit_makes_one_task", {}),
    (CountsReadings, "test_news_is_told_once", {}),
    (GuessesStates, "test_an_unknown_state_is_none", {}),
    (AddsCorrections, "test_a_corrected_minute_replaces", {}),
    (InventsZero, "test_a_task_reaches_the_other_side", {}),
    (ReadsItsOwnBrief, "test_a_body_is_never_read_back_as_news", {}),
    (TrimsTitles, "test_a_title_arrives_as_typed", {"title": "long " * 90 + "end"}),
    (FindsNothing, "test_a_submit_of_unknown_outcome_is_found", {}),
    (FindsAnything, "test_find_tells_the_truth", {"kind": OpKind.SUBMIT}),
    (CallsALostAnswerUnreachable, "test_a_lost_answer_is_uncertain", {}),
    (CountsPerTask, "test_a_key_is_of_one_task", {}),
    (LeaksItsOwnErrors, "test_an_op_on_an_unknown_task_fails_by_contract", {"kind": OpKind.CANCEL}),
    (ServesAnyPath, "test_a_made_up_locator_opens_nothing", {"locator": "/etc/passwd"}),
]


@pytest.mark.parametrize(("broken", "clause", "arguments"), BROKEN, ids=[b[0].__name__ for b in BROKEN])
def test_a_broken_adapter_fails_its_clause(
    broken: type[FakeAdapter], clause: str, arguments: dict[str, object], tmp_path: Path
) -> None:
    """A clause that can't fail would be worth nothing: the sound fake passes it, the broken one doesn't."""
    how = Repeat.LOOKUP if broken in (FindsNothing, FindsAnything) else Repeat.KEY

    run_clause(FakeAdapter, how, clause, arguments, tmp_path)

    with pytest.raises((AssertionError, LookupError, Unreachable, pytest.fail.Exception)):
        run_clause(broken, how, clause, arguments, tmp_path)


def test_a_look_up_without_find_is_caught(tmp_path: Path) -> None:
    """Declaring L without ``find`` is a promise that can't be kept."""
    blind = replace(everything(), repeat={OpKind.SUBMIT: Repeatability(Repeat.LOOKUP)}, find=False)
    provider = FakeProvider(blind)
    core = Core(_connected(FakeAdapter, provider, tmp_path), patience_s=0.05)

    with pytest.raises(AssertionError):
        AdapterContract().test_every_declared_repeat_can_be_kept(core)


def run_clause(
    adapter: type[FakeAdapter], how: Repeat, clause: str, arguments: dict[str, object], folder: Path
) -> None:
    """Run one clause on a fresh provider, as pytest would."""
    connected = _connected(adapter, FakeProvider(everything(how)), folder)
    core = Core(connected, patience_s=0.05)
    given: dict[str, object] = {"core": core, "connected": connected, "assistant": connected.assistant}
    method = getattr(AdapterContract(), clause)
    code = method.__func__.__code__
    wanted = set(code.co_varnames[1 : code.co_argcount])
    if "ref" in wanted:
        given["ref"] = core.submit(Brief(op_key="first", number=1, title="First"))
    method(**{name: value for name, value in (given | arguments).items() if name in wanted})


def _connected(adapter: type[FakeAdapter], provider: FakeProvider, folder: Path) -> Connected:
    connect = partial(adapter, connection_maker(folder)(adapter), provider)
    return Connected(connect=connect, assistant=provider, faults=provider)
