"""The same change to several tasks: all must exist before the first is touched, and none stops the others."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from spirou_cli.cli.render.records import Json
from spirou_cli.cli.session import Session
from spirou_cli.domain.errors import SpirouError
from spirou_cli.service.lookup import find

__all__ = ["answer", "change_each"]


def change_each(
    session: Session, references: Sequence[str], change: Callable[[str], tuple[int, Json]]
) -> int:
    """Do ``change`` to each task once; the first exit code that isn't 0.

    ``change`` gets a task's number and gives an exit code and what JSON says beside the task.
    """
    with session.context.read() as connection:
        numbers = list(dict.fromkeys(str(find(connection, ref).number) for ref in references))
    code, answers = 0, []
    for number in numbers:
        try:
            one, more = change(number)
        except SpirouError as error:
            if len(numbers) == 1:
                raise
            one, more = error.exit_code, {"error": _error(session, error)}
            if session.format != "json":
                session.screen.error(error)
        code = code or one
        answers.append(_document(session, number, more) if session.format == "json" else {})
    if session.format == "json":
        session.screen.json("spirou.tasks/1", {"tasks": answers})
    return code


def answer(session: Session, number: int, **more: object) -> None:
    """``spirou.task/1``: the task as it is now, where JSON is wanted."""
    if session.format == "json":
        session.screen.json("spirou.task/1", _document(session, str(number), more))


def _document(session: Session, number: str, more: Json) -> Json:
    from spirou_cli.cli.render import documents  # only JSON needs the whole view of a task
    from spirou_cli.service import overview

    found = overview.detail(session.context, number)
    return documents.json_change(found.line, found.at, session.zone, **more)


def _error(session: Session, error: SpirouError) -> Json:
    from spirou_cli.cli.render import documents

    return documents.json_error(session.screen, error)
