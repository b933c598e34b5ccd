"""Which state of ours each status of a ticket system is: a table that the server proposes and people edit."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from spirou_cli.domain.states import TaskState

__all__ = ["StateTable", "Status", "check_states", "propose"]

SAYABLE = frozenset(TaskState) - {
    TaskState.DRAFT,
    TaskState.AWAITING_APPROVAL,
    TaskState.QUEUED,
    TaskState.UNCONFIRMED,
}
"""What a ticket system can say; the others are ours alone."""

# The first row with a word that is in the status's name gives its state: «not started» stands before «start».
_WORDS: tuple[tuple[TaskState, str], ...] = (
    (TaskState.CANCELED, "cancel annul abandon deleted supprim"),
    (TaskState.REJECTED, "reject rejet refus declin wont won't invalid"),
    (TaskState.PAUSED, "hold pause suspend blocked bloqu"),
    (TaskState.INPUT_REQUIRED, "feedback commentaire wait attente stalled pending question info client"),
    (TaskState.DELIVERED, "resol deliver livr fixed done fini"),
    (TaskState.COMPLETED, "closed clos ferme complete termine accept valid"),
    (TaskState.SUBMITTED, "new nouve submit todo backlog received recu not_started"),
    (TaskState.WORKING, "progress cours open ouvert assign start working active doing"),
)


@dataclass(frozen=True, slots=True)
class Status:
    """A status of the server; ``closed`` when a ticket in it is no longer to be worked on."""

    name: str
    closed: bool = False


@dataclass(frozen=True, slots=True)
class StateTable:
    """Pairs of a status and its state, written ``New = submitted; In Progress = working``."""

    rows: tuple[tuple[str, TaskState], ...]

    @classmethod
    def parse(cls, text: str) -> StateTable:
        """The table that a person typed; ValueError says which row is wrong."""
        rows = []
        for row in filter(None, (part.strip() for part in text.split(";"))):
            name, equals, word = (part.strip() for part in row.rpartition("="))
            if not equals or not name:
                raise ValueError(f"«{row}» isn't of the form «status = state»")
            if word not in SAYABLE:
                raise ValueError(f"«{word}» isn't one of {', '.join(sorted(SAYABLE))}")
            rows.append((name, TaskState(word)))
        names = [_folded(name) for name, _ in rows]
        twice = next((name for name, _ in rows if names.count(_folded(name)) > 1), None)
        if twice:
            raise ValueError(f"«{twice}» is there twice")
        return cls(tuple(rows))

    def state_of(self, status: str) -> TaskState | None:
        """Our state for the server's ``status``; None for one that isn't in the table."""
        return next((state for name, state in self.rows if _folded(name) == _folded(status)), None)

    def __str__(self) -> str:
        return "; ".join(f"{name} = {state}" for name, state in self.rows)


def check_states(text: str) -> str | None:
    """What is wrong with a typed table, or None."""
    try:
        StateTable.parse(text)
    except ValueError as error:
        return str(error)
    return None


def propose(statuses: Iterable[Status]) -> StateTable:
    """A table for the server's own statuses, by the words in their English or French names.

    A name that says nothing is proposed as work, a closed one as the end of it.
    """
    return StateTable(tuple((status.name, _proposed(status)) for status in statuses))


def _proposed(status: Status) -> TaskState:
    name = _folded(status.name)
    for state, words in _WORDS:
        if any(word.replace("_", " ") in name for word in words.split()):
            return state
    return TaskState.COMPLETED if status.closed else TaskState.WORKING


def _folded(name: str) -> str:
    """``name`` without case, accents and doubled spaces: people type it, and servers rename it."""
    plain = unicodedata.normalize("NFKD", name.casefold())
    return " ".join("".join(c for c in plain if not unicodedata.combining(c)).split())
