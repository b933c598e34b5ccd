"""What a change did, as JSON: the task as it is after it."""

from __future__ import annotations

from datetime import tzinfo

from spirou_cli.cli.render.records import Json
from spirou_cli.cli.render.screen import Screen
from spirou_cli.cli.render.taskdata import json_task
from spirou_cli.domain.errors import SpirouError
from spirou_cli.service.overview import Cost, Line
from spirou_cli.service.placing import Placed

__all__ = ["json_change", "json_error", "json_rehearsed"]


def json_change(line: Line, now: int, zone: tzinfo, **more: object) -> Json:
    """``spirou.task/1``: the task of ``spirou.list/1`` after a change, and what became of it."""
    return json_task(line, now, zone) | {"existing": False, "dry_run": False} | more


def json_rehearsed(placed: Placed, zone: tzinfo) -> Json:
    """``spirou.task/1`` of a task as it would be; nothing was saved."""
    task, account = placed.task, placed.account
    line = Line(task=task, provider=account.name if account else "", seconds=None, cost=Cost("none"))
    return json_change(line, task.created_at, zone, existing=placed.existing, dry_run=True)


def json_error(screen: Screen, error: SpirouError) -> Json:
    """An error inside a document that has other answers too."""
    message, hint = screen.words.error(error)
    return {"code": error.code, "message": message, "hint": hint or None}
