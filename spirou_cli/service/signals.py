"""Signals wait while something is saved and its number printed, then they are delivered (R7)."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["masked"]

_WAITING = {signal.SIGINT, signal.SIGTERM, signal.SIGHUP}


@contextmanager
def masked() -> Iterator[None]:
    """Hold back SIGINT, SIGTERM and SIGHUP from before a commit until its result is on the screen."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _WAITING)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
