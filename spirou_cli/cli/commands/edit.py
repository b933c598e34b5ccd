"""``spirou edit``: change a task here and, if possible, there."""

from pathlib import Path
from typing import Annotated, Any

import typer

from spirou_cli.cli import arguments, fields
from spirou_cli.cli.pushing import push_change, push_placed
from spirou_cli.cli.render import changes
from spirou_cli.cli.session import Session
from spirou_cli.cli.several import answer
from spirou_cli.domain.errors import InvalidInput, mark
from spirou_cli.domain.ops import OpKind
from spirou_cli.domain.task import Task
from spirou_cli.service import tasks
from spirou_cli.service.lookup import find
from spirou_cli.service.signals import masked

_O = typer.Option

_EMPTY: dict[str, dict[str, Any]] = {
    "due": {"due_at": None, "due_is_day": True},
    "max-time": {"max_time_s": None},
    "max-cost": {"max_cost": None},
    "body": {"body": ""},
    "project": {"project": ""},
    "attach": {"attachments": ()},
    "priority": {"priority": "normal"},
}
"""What ``--unset`` makes of each field."""


def edit(
    context: typer.Context,
    task: Annotated[
        str, typer.Argument(help=mark("14, #14, the provider's number or address."), metavar="ID")
    ],
    title: Annotated[str, _O("--title", help=mark("What is to be done."))] = "",
    due: Annotated[str, _O("-d", "--due", help=mark("tomorrow, fri, +3d, 2026-11-27, 27 nov 17:00"))] = "",
    max_time: Annotated[str, _O("--max-time", help=mark("15m, 1h30, 90"))] = "",
    max_cost: Annotated[str, _O("--max-cost", help=mark("5EUR, 5.00 USD"))] = "",
    body: Annotated[str, _O("-b", "--body", help=mark("What is known, and what you expect."))] = "",
    body_file: Annotated[
        str, _O("-F", "--body-file", help=mark("The same from a file, - for standard input."))
    ] = "",
    editor: Annotated[bool, _O("-e", "--editor", help=mark("Write it in your editor."))] = False,
    attach: Annotated[
        list[Path] | None, _O("-a", "--attach", help=mark("One more file; may be repeated."))
    ] = None,
    project: Annotated[str, _O("--project", help=mark("A project to count it under."))] = "",
    priority: Annotated[str, _O("--priority", help=mark("low, normal or high"))] = "",
    unset: Annotated[
        list[str] | None, _O("--unset", help=mark("A field to empty; may be repeated."), metavar="FIELD")
    ] = None,
    local: Annotated[bool, _O("--local", help=mark("Here only; the provider isn't told."))] = False,
) -> int:
    """Change a task here and, if possible, there.

    What has not left is checked again against the plan. Tags: spirou tag. Example: spirou edit 14 --due fri
    """
    session: Session = context.obj
    with session.context.read() as connection:
        before = find(connection, task)
    changed = _emptied(unset or [])
    if title:
        changed["title"] = arguments.text_argument(title, "--title")
    if due:
        at, is_day = arguments.day(session, arguments.text_argument(due, "--due"))
        changed |= {"due_at": at, "due_is_day": is_day}
    if max_time:
        changed["max_time_s"] = arguments.duration(session, max_time)
    if max_cost:
        changed["max_cost"] = arguments.cost(session, max_cost)
    if body or body_file or editor:
        changed["body"] = fields.body(session, body, body_file, edit=editor, before=before.body)
    if project:
        changed["project"] = arguments.text_argument(project, "--project")
    if priority:
        changed["priority"] = fields.priority(priority)
    if not changed and not attach:
        raise InvalidInput(
            mark("There is nothing to change."), mark("spirou edit {number} --due fri"), number=before.number
        )
    return _edit(session, before, changed, tuple(attach or ()), local=local)


def _emptied(names: list[str]) -> dict[str, Any]:
    changed: dict[str, Any] = {}
    for name in names:
        if name not in _EMPTY:
            raise InvalidInput(
                mark("There is no field {name} to empty. There is: {known}."),
                mark("spirou edit ID --unset due"),
                name=name,
                known=", ".join(_EMPTY),
            )
        changed |= _EMPTY[name]
    return changed


def _edit(
    session: Session, before: Task, changed: dict[str, Any], attach: tuple[Path, ...], *, local: bool
) -> int:
    told = session.format != "json" and not session.options.quiet
    with masked():
        edited = tasks.edit(session.context, str(before.number), changed, attach=attach, here_only=local)
        if told:
            changes.edited(session.screen, before, edited.placed.task, session.zone)
    task, code = edited.placed.task, 0
    if edited.told is not None:
        task, code = push_change(session, task, edited.told, OpKind.EDIT)
    elif edited.placed.verdict is not None:
        task, code = push_placed(session, edited.placed)
    answer(session, task.number)
    return code
