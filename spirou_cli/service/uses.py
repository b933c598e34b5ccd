"""Use that no provider reports, such as an agent's tokens: told by the person, by meter and day."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time

from spirou_cli.domain import events as e
from spirou_cli.domain.errors import InvalidInput, mark
from spirou_cli.domain.record import record
from spirou_cli.domain.task import Task
from spirou_cli.service.context import Context, milliseconds
from spirou_cli.service.lookup import find

__all__ = ["Used", "tell"]


@record
class Used:
    """What a task used on a day, by meter; nothing of a meter takes back what was told of it."""

    task: Task
    on: date
    quantities: Mapping[str, int]


def tell(context: Context, reference: str, quantities: Mapping[str, int], on: date) -> Used:
    """Note what a task used. The same meter and day again takes the place of what was told before.

    It counts from the noon of that day.
    """
    if "second" in quantities:
        raise InvalidInput(mark("Time is told by: spirou time add"), mark("spirou time add ID 10m"))
    noon = milliseconds(datetime.combine(on, time(12), context.zone))
    with context.write() as log:
        task = find(log.connection, reference)
        if task.account_id is None:
            raise InvalidInput(
                mark("Task {number} has no provider yet."), mark("spirou send {number}"), number=task.number
            )
        for meter, quantity in quantities.items():
            series = f"me:{task.number}:{meter}:{on.isoformat()}"
            event = e.UsageRecorded(
                key=f"me:{log.new_id()}",
                unit=meter,
                quantity=quantity,
                series=series,
                cumulative=True,
                source="me",
                used_at=noon,
            )
            log.append(task.id, event)
    return Used(task, on, quantities)
