"""Signals wait while something is saved and its number printed, then they are delivered (R7)."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event
from types import FrameType
from typing import NoReturn

__all__ = ["masked", "stopping_gently"]

_PATIENCE_S = 10
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
    """The first Ctrl-C lets what is under way be finished and recorded; a second, or 10 s, ends it (R22)."""

    def first(number: int, frame: FrameType | None) -> None:
        # First: a second one may come at any moment, and set() within set() would wait for ever.
        signal.signal(signal.SIGINT, _end)
        signal.alarm(_PATIENCE_S)
        stop.set()

    interrupted = signal.signal(signal.SIGINT, first)
    alarmed = signal.signal(signal.SIGALRM, _end)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGINT, interrupted)
        signal.signal(signal.SIGALRM, alarmed)
    if stop.is_set():
        raise KeyboardInterrupt


def _end(number: int, frame: FrameType | None) -> NoReturn:
    # As a kill, which costs nothing: threads that wait for a provider would be waited for otherwise.
    os._exit(128 + signal.SIGINT)
