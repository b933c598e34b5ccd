"""Histories: the facts of the log, of one task or of all, with who each comes from."""

from __future__ import annotations

from itertools import islice
from typing import Literal

from spirou_cli.domain import events as e
from spirou_cli.domain.record import record
from spirou_cli.service.context import Context
from spirou_cli.service.lookup import find
from spirou_cli.storage import accounts, queries
from spirou_cli.storage.log import Recorded, history

__all__ = ["Fact", "facts"]

Who = Literal["me", "provider", "spirou"]

_SAID = (
    e.StateReported,
    e.MessageReceived,
    e.ArtifactReceived,
    e.RemovedThere,
    e.OpRefused,
    e.CancelAnswered,
    e.Arrived,
)
_FOUND = (e.Postponed, e.ArrivalUnknown, e.ArtifactStored)


@record
class Fact:
    """One fact, whose task it is about and who it comes from."""

    recorded: Recorded
    number: int
    provider: str

    @property
    def who(self) -> Who:
        """The person, the provider, or Spirou by itself."""
        event = self.recorded.event
        if isinstance(event, _SAID) or (isinstance(event, e.UsageRecorded) and event.source == "provider"):
            return "provider"
        return "spirou" if isinstance(event, _FOUND) else "me"


def facts(context: Context, reference: str = "", *, after: int = 0, limit: int | None = None) -> list[Fact]:
    """The newest ``limit`` facts after number ``after``, oldest first; of one task, or of all."""
    with context.read() as connection:
        task_id = find(connection, reference).id if reference else None
        newest = islice(history(connection, task_id, after=after, newest_first=True), limit)
        names = {account.id: account.name for account in accounts.accounts(connection, removed=True)}
        numbers: dict[str, int] = {}

        def told(recorded: Recorded) -> Fact:
            if recorded.task_id not in numbers:
                numbers[recorded.task_id] = queries.number_of(connection, recorded.task_id) or 0
            return Fact(recorded, numbers[recorded.task_id], names.get(recorded.account_id or "", ""))

        return [told(recorded) for recorded in newest][::-1]
