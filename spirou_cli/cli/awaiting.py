"""Waiting at a terminal: who waits is told what changes, and the hooks are too where that was asked for."""

from __future__ import annotations

import time
from collections.abc import Sequence

from spirou_cli.cli.hooking import tell_hooks
from spirou_cli.cli.render import waiting as render
from spirou_cli.cli.session import Session
from spirou_cli.service import waiting
from spirou_cli.service.waiting import Look, Wish

__all__ = ["await_tasks"]


def await_tasks(
    session: Session,
    references: Sequence[str],
    wish: Wish,
    *,
    interval_s: float | None = None,
    timeout_s: float | None = None,
    ndjson: bool = False,
    notify: bool = False,
) -> Look:
    """Look and sync until the wish is fulfilled or time is out; the last look."""
    found = waiting.looks(
        session.context,
        references,
        wish,
        clock=time.monotonic,
        pause=time.sleep,
        interval_s=interval_s,
        timeout_s=timeout_s,
    )
    look = next(found)
    if not look.settled and not ndjson:
        render.started(session.screen, look)
    while True:
        if ndjson:
            render.changed(session.screen, look, session.zone)
        following = next(found, None)
        if following is None:
            return look
        look = following
        if not ndjson:
            render.progress(session.screen, look)
        if notify:
            tell_hooks(session)
