"""A person's desk for tests: a world whose provider is called «julie», with tasks in every standing."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from spirou_cli.adapters import Capabilities, Ref
from spirou_cli.domain.task import Task
from spirou_cli.service import sync
from spirou_cli.service.context import Context
from spirou_cli.service.lookup import find
from spirou_cli.testing.fake import FakeProvider
from tests.service.world import World

__all__ = ["Desk", "desk"]


@dataclass
class Desk(World):
    """``here`` is the person's machine, ``julie`` the provider of every task that names none."""

    @property
    def here(self) -> Context:
        return self.context

    @property
    def julie(self) -> FakeProvider:
        return self.providers["julie"]

    def draft(self, title: str = "Book the dentist", **fields: object) -> Task:
        """A task kept here."""
        return self.add(title, to=str(fields.pop("to", "")), draft=True, **fields).task

    def saved(self, title: str = "Book the dentist", *, to: str = "julie", **fields: object) -> Task:
        """A task that is to leave with the next push."""
        return self.add(title, to=to, **fields).task

    def sent(self, title: str = "Book the dentist", *, to: str = "julie", **fields: object) -> Task:
        """A task that the provider has."""
        task = self.saved(title, to=to, **fields)
        self.sync()
        return self.now(task)

    def delivered(self, title: str = "Book the dentist") -> Task:
        """A task that the provider says is done."""
        task = self.sent(title)
        self.julie.finish(ref(task))
        self.sync()
        return self.now(task)

    def asked(self, question: str = "Tuesday?") -> Task:
        """A task about which the provider asked something."""
        task = self.sent()
        self.julie.ask(ref(task), question)
        self.sync()
        return self.now(task)

    def refused(self) -> Task:
        """A task that the provider won't do."""
        task = self.sent()
        self.julie.refuse(ref(task), "not my trade")
        self.sync()
        return self.now(task)

    def sync(self) -> None:
        """Send what may leave and read what is new."""
        for synced in sync.sync(self.here):
            assert synced.failure is None, synced.failure

    def now(self, task: Task) -> Task:
        """The task as it is now."""
        with self.here.read() as connection:
            return find(connection, str(task.number))


def desk(folder: Path, capabilities: Capabilities | None = None, *, others: tuple[str, ...] = ()) -> Desk:
    """A desk with «julie», who can do what ``capabilities`` say, and others who can do everything."""
    made = Desk(folder)
    made.provider("julie", FakeProvider(capabilities))
    for name in others:
        made.provider(name)
    return made


def ref(task: Task) -> Ref:
    """The provider's name of a task that was sent."""
    assert task.ref is not None
    return Ref(task.ref)
