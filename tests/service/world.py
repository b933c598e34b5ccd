"""A small world for tests of the service: a real store, a provider in memory, a clock that is set by hand."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from spirou_cli.adapters import Adapter, Connection
from spirou_cli.domain.task import Task
from spirou_cli.service import providers, tasks
from spirou_cli.service.context import Context
from spirou_cli.service.lookup import find
from spirou_cli.service.placing import Placed
from spirou_cli.service.tasks import NewTask
from spirou_cli.storage.accounts import Account
from spirou_cli.testing.fake import FakeAdapter, FakeProvider

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


@dataclass
class World:
    """The person's side in ``context``, the other side in ``providers``, by account name."""

    folder: Path
    providers: dict[str, FakeProvider] = field(default_factory=dict)
    time: datetime = NOON

    def __post_init__(self) -> None:
        self.context = self.restarted()

    def restarted(self) -> Context:
        """A context as a new process would make it."""
        self.context = Context(
            path=self.folder / "spirou.db", now=lambda: self.time, adapter=self._connect, zone=UTC
        )
        return self.context

    def provider(self, name: str, provider: FakeProvider | None = None) -> FakeProvider:
        """Set up an account at a provider in memory."""
        self.providers[name] = provider or FakeProvider()
        providers.add(self.context, name, "fake", {"name": name})
        return self.providers[name]

    def add(self, title: str = "Book the dentist", to: str = "fake", **fields: object) -> Placed:
        return tasks.add(self.context, NewTask(title=title, account=to, **fields))  # type: ignore[arg-type]

    def task(self, number: int = 1) -> Task:
        with self.context.read() as connection:
            return find(connection, str(number))

    def account(self, name: str = "fake") -> Account:
        with self.context.read() as connection:
            return providers.named(connection, name)

    def later(self, **span: float) -> None:
        """Let time pass."""
        self.time += timedelta(**span)

    def _connect(self, context: Context, account: Account) -> Adapter:
        connection = Connection(
            account=account.name,
            settings=account.settings,
            secret=lambda name: "",
            http=lambda: (_ for _ in ()).throw(RuntimeError("no network in this world")),
            files=self.folder / "scratch",
            log=logging.getLogger("test"),
            now=context.now,
        )
        return FakeAdapter(connection, self.providers[account.settings["name"]])
