"""Signals wait while something is saved and its number printed, then they are delivered (R7)."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event
from types import FrameType

__all__ = ["masked", "stopping_gently"]

_WAITING = {signal.SIGINT, signal.SIGTERM, signal.SIGHUP}


@contextmanager
def masked() -> Iterator[None]:
    """Hold back SIGINT, SIGTERM and SIGHUP from before a commit until its result is on the screen."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _WAITING)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextmanager
def stopping_gently(stop: Event) -> Iterator[None]:
    """The first Ctrl-C lets what is under way be finished and recorded, the second ends at once (R22)."""

    def first(number: int, frame: FrameType | None) -> None:
        stop.set()
        signal.signal(signal.SIGINT, signal.default_int_handler)

    before = signal.signal(signal.SIGINT, first)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
    if stop.is_set():
        raise KeyboardInterrupt
