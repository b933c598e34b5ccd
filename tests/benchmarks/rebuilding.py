"""How long the read tables take to be made again from a long log, and how much memory."""

from __future__ import annotations

import itertools
import resource
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from spirou_cli.domain import events as e
from spirou_cli.domain.states import TaskState
from spirou_cli.storage.log import Log, rebuild
from spirou_cli.storage.store import Store

EVENTS_PER_TASK = 10


def rows(folder: Path, row: Callable[..., Any], *, events: int) -> Iterator[Any]:
    """Seconds for ``events`` facts against the target of 60, and what the peak of memory grew by."""
    with Store.open(folder / "rebuild" / "spirou.db") as store:
        _fill(store, events)
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        start = time.perf_counter()
        with store.write() as connection:
            rebuild(connection)
        seconds = time.perf_counter() - start
        grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    yield row(f"rebuild from {events:,} events, s", seconds * 1000, "s", seconds, 60)
    unit = 1 if sys.platform == "darwin" else 1024
    yield row("memory that the rebuild added, MB", 0.0, "MB", grown * unit / 1e6, 40)


def _fill(store: Store, events: int) -> None:
    numbers = itertools.count()
    with store.write() as connection:
        for task in range(1, events // EVENTS_PER_TASK + 1):
            log = Log(connection, task, lambda: f"e{next(numbers)}")
            task_id = f"t{task}"
            log.append(
                task_id, e.TaskAdded(number=task, state=TaskState.QUEUED, title="A task", account_id="a")
            )
            log.append(task_id, e.Arrived(op_id=f"o{task}", ref=f"R-{task}"))
            for n in range(EVENTS_PER_TASK - 3):
                log.append(task_id, e.UsageRecorded(key=f"{task}-{n}", unit="second", quantity=60))
            log.append(task_id, e.Accepted())
