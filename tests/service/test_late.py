"""An answer that comes after a task was closed: whose task it is can still be told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from spirou_cli.adapters import Adapter, Batch, OpenTask
from spirou_cli.service import answers, tasks
from spirou_cli.service.context import Context
from spirou_cli.storage.accounts import Account
from spirou_cli.testing import FakeAdapter, FakeProvider, everything
from tests.service.desk import Desk


class Listening(FakeAdapter):
    """Remembers which tasks it was last asked about."""

    asked: tuple[int, ...] = ()

    def pull(self, cursor: str | None, open_tasks: Sequence[OpenTask]) -> Batch:
        self.asked = tuple(task.number for task in open_tasks)
        return super().pull(cursor, open_tasks)


@dataclass
class Office(Desk):
    """A desk whose adapters are kept to be looked at."""

    adapters: list[Listening] = field(default_factory=list)

    def _connect(self, context: Context, account: Account) -> Adapter:
        fake = super()._connect(context, account)
        assert isinstance(fake, FakeAdapter)
        self.adapters.append(Listening(fake.connection, fake.provider))
        return self.adapters[-1]


def office(folder: Path, *, late: bool) -> Office:
    """One task is open, one was accepted a month ago, and one too that was then forgotten."""
    world = Office(folder)
    world.provider("julie", FakeProvider(replace(everything(), late=late)))
    for title in ("Open", "Accepted", "Forgotten"):
        world.delivered(title)
    answers.accept(world.here, "2")
    answers.accept(world.here, "3")
    world.sync()
    tasks.forget(world.here, "3")
    world.later(days=30)
    world.sync()
    return world


@pytest.mark.parametrize(("late", "asked"), [(True, (1, 2)), (False, (1,))])
def test_who_can_match_late_answers_hears_of_closed_tasks(
    tmp_path: Path, late: bool, asked: tuple[int, ...]
) -> None:
    """Where a task costs no request, those closed lately go along, but none that was forgotten."""
    assert office(tmp_path, late=late).adapters[-1].asked == asked


def test_after_sixty_days_a_closed_task_is_past(tmp_path: Path) -> None:
    """What was closed long ago is not asked about for ever."""
    world = office(tmp_path, late=True)

    world.later(days=31)
    world.sync()

    assert world.adapters[-1].asked == (1,)
