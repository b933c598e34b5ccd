"""What the suite needs from the author of an adapter: how to make it, and hands at its other end."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import date
from typing import NoReturn

import pytest

from spirou_cli.adapters import Adapter, Ref

__all__ = ["Assistant", "Connected", "Faults", "SeenTask"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenTask:
    """A task as the other side sees it. None means that the other side can't see that."""

    ref: str
    """The ``Ref.id`` that the adapter gives this task."""
    title: str
    text: str
    """All that can be read of the brief, as text."""
    messages: Sequence[str] = ()
    """What the person said afterwards, oldest first."""
    files: Sequence[tuple[str, bytes]] = ()
    """Name and content of what was handed over, with the brief or later."""
    due: date | None = None
    canceled: bool | None = None
    accepted: bool | None = None


class Assistant(ABC):
    """Whoever does the work, acting on the provider's own side: its API, its files, its mailbox.

    ``tasks`` is needed; a clause that needs a hand which isn't given is skipped by that hand's name.
    """

    @abstractmethod
    def tasks(self) -> Sequence[SeenTask]:
        """Every task that has reached the other side."""

    def start(self, ref: Ref) -> None:
        """Begin to work."""
        _cannot("start")

    def ask(self, ref: Ref, text: str) -> None:
        """Ask the person something, and wait."""
        _cannot("ask")

    def say(self, ref: Ref, text: str) -> None:
        """Say something that needs no answer."""
        _cannot("say")

    def work(self, ref: Ref, minutes: int, note: str) -> None:
        """Report time; ``note`` is unique in the task."""
        _cannot("work")

    def correct_work(self, ref: Ref, minutes: int, note: str) -> None:
        """Change the line that has this note."""
        _cannot("correct_work")

    def deliver(self, ref: Ref, name: str, content: bytes) -> None:
        """Hand over a file."""
        _cannot("deliver")

    def finish(self, ref: Ref) -> None:
        """Say that the task is done."""
        _cannot("finish")

    def refuse(self, ref: Ref, reason: str) -> None:
        """Decline the task."""
        _cannot("refuse")

    def say_unknown_state(self, ref: Ref) -> str:
        """Put the task in a state that the adapter can't know; returns the provider's word for it."""
        _cannot("say_unknown_state")

    def garble(self, ref: Ref) -> None:
        """Leave something that nobody can read in this task, as a broken client or disk would."""
        _cannot("garble")

    def drop(self, ref: Ref) -> None:
        """Remove the task, without a word."""
        _cannot("drop")


class Faults:
    """What can be made to go wrong between the adapter and its provider."""

    def lose_answer(self) -> None:
        """Let the next write happen, and lose its answer."""
        _cannot("lose_answer")

    def refuse_connections(self) -> AbstractContextManager[None]:
        """Inside this block nothing reaches the provider."""
        _cannot("refuse_connections")


@dataclass(frozen=True, slots=True, kw_only=True)
class Connected:
    """One connection of the adapter under test, with both of its ends."""

    connect: Callable[[], Adapter]
    """Makes the adapter; called again where a clause restarts Spirou, on the same account."""
    assistant: Assistant
    faults: Faults = field(default_factory=Faults)


def _cannot(hand: str) -> NoReturn:
    pytest.skip(f"this fixture has no hand to {hand}")
