"""Many tasks at once: one title a line, CSV or JSON; one total, one question."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from spirou_cli.cli import arguments, fields
from spirou_cli.cli.agreeing import agreed
from spirou_cli.cli.pushing import after_change, current, exit_code
from spirou_cli.cli.render import documents
from spirou_cli.cli.render import many as render
from spirou_cli.cli.session import Session
from spirou_cli.domain.errors import InvalidInput, SpirouError, mark
from spirou_cli.domain.record import record, replace
from spirou_cli.domain.text import check_title
from spirou_cli.service import overview, tasks
from spirou_cli.service.placing import Placed
from spirou_cli.service.signals import masked
from spirou_cli.service.tasks import NewTask

__all__ = ["add_many", "rows_of"]

Row = Mapping[str, object]
"""One task as it was written; the names are those of ``_FIELDS``."""


@record
class _Wrong:
    """What is wrong with one task of the file, and where it stands."""

    line: int
    error: SpirouError


def add_many(
    session: Session, source: str, common: NewTask, *, dry_run: bool = False, stop_on_error: bool = False
) -> int:
    """Save all, then send; ``common`` is what the options say of each. The exit code."""
    good, wrong = _read(session, source, common)
    for one in wrong:
        problem = session.words.error(one.error)[0]
        if stop_on_error:
            raise InvalidInput(
                mark("Line {line}: {problem} Nothing was saved."),
                one.error.hint,
                **one.error.fields | {"line": one.line, "problem": problem},
            )
        if session.format != "json":
            session.screen.note(mark("Line {line}: {problem}"), line=one.line, problem=problem)
    rehearsed = tasks.rehearse_all(session.context, good)
    if session.format != "json" and not session.options.quiet:
        render.total(session.screen, rehearsed)
    if dry_run:
        return _said(session, rehearsed, wrong)
    if session.may_ask and not common.approved and not common.draft and good:
        question = mark("Save and send them?")
        if not agreed(session, question, command=f"spirou add --from {source} --yes", default=True):
            session.screen.note(mark("Nothing was done."))
            return 7
    return _saved(session, good, wrong)


def _read(session: Session, source: str, common: NewTask) -> tuple[list[NewTask], list[_Wrong]]:
    good, wrong = list[NewTask](), list[_Wrong]()
    for place, row in rows_of(arguments.text_from(source, "--from"), source):
        try:
            new = _new_task(session, common, row)
        except SpirouError as error:
            wrong.append(_Wrong(place, error))
        else:
            key = f"{common.client_key}:{place}" if common.client_key else None
            good.append(replace(new, client_key=new.client_key or key))
    if not good and not wrong:
        raise InvalidInput(mark("{source} has no task in it."), mark("spirou add -h"), source=source)
    return good, wrong


def _saved(session: Session, good: list[NewTask], wrong: list[_Wrong]) -> int:
    with masked():
        placed = tasks.add_all(session.context, good)
        if session.format != "json":
            for one in placed:
                render.saved(session.screen, one, quiet=session.options.quiet)
            session.screen.flush()
    accounts = {one.account.id: one.account for one in placed if one.account is not None}
    codes = [exit_code(after_change(session, account)) for account in accounts.values()]
    now = [current(session, one.task) for one in placed]
    if session.format == "json":
        found = [overview.detail(session.context, str(task.number)) for task in now]
        session.screen.json(
            "spirou.tasks/1",
            {
                "tasks": [documents.json_change(one.line, one.at, session.zone) for one in found],
                "errors": _errors(session, wrong),
            },
        )
    elif not session.options.quiet:
        names = {account.id: account.name for account in accounts.values()}
        render.outcome(session.screen, now, names, session.zone)
    kept = 7 if any(task.state in render.KEPT for task in now) else 0
    return next((code for code in codes if code), 1 if wrong else kept)


def _said(session: Session, rehearsed: list[Placed], wrong: list[_Wrong]) -> int:
    if session.format == "json":
        found = [documents.json_rehearsed(one, session.zone) for one in rehearsed]
        errors = _errors(session, wrong)
        session.screen.json("spirou.tasks/1", {"dry_run": True, "tasks": found, "errors": errors})
    else:
        session.screen.say(mark("Nothing was saved, nothing was sent."))
    return 1 if wrong else 0


def _errors(session: Session, wrong: list[_Wrong]) -> list[object]:
    return [{"line": one.line, **documents.json_error(session.screen, one.error)} for one in wrong]


# --- the three ways to write them -------------------------------------------------------------------


def rows_of(text: str, source: str) -> Iterator[tuple[int, Row]]:
    """The tasks in ``text`` with their places: JSON, CSV with a header, or one title a line."""
    kind = Path(source).suffix.lower()
    first = text.lstrip()[:1]
    if kind == ".json" or (kind != ".csv" and first in ("[", "{")):
        yield from enumerate(_from_json(text), 1)
    elif kind == ".csv" or _is_csv(text):
        yield from enumerate(csv.DictReader(io.StringIO(text)), 2)
    else:
        yield from (
            (place, {"title": line}) for place, line in enumerate(text.splitlines(), 1) if line.strip()
        )


def _from_json(text: str) -> Iterable[Row]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InvalidInput(
            mark("That is not valid JSON: {error}. Nothing was saved."),
            mark("spirou help json"),
            error=str(error),
        ) from error
    rows = found.get("tasks") if isinstance(found, dict) else found
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise InvalidInput(
            mark("That JSON is no list of tasks. Nothing was saved."),
            mark('[{{"title": "Book the dentist"}}]'),
        )
    return rows


def _is_csv(text: str) -> bool:
    header = text.partition("\n")[0].strip().lower().split(",")
    return len(header) > 1 and "title" in header


def _new_task(session: Session, common: NewTask, row: Row) -> NewTask:
    values: dict[str, Any] = {"client_key": None}
    for name, value in row.items():
        if name not in _FIELDS:
            raise InvalidInput(
                mark("There is no field “{field}”."),
                mark("Fields: {fields}."),
                field=str(name),
                fields=", ".join(_FIELDS),
            )
        if value not in (None, "", []):
            values |= _FIELDS[name](session, value)
    new = replace(common, **values)
    return replace(new, title=check_title(new.title))


def _text(value: object) -> str:
    return arguments.text_argument(str(value), "--from")


def _due(session: Session, value: object) -> dict[str, Any]:
    at, is_day = arguments.day(session, _text(value))
    return {"due_at": at, "due_is_day": is_day}


def _tags(session: Session, value: object) -> dict[str, Any]:
    parts = value if isinstance(value, list) else str(value).replace(";", ",").split(",")
    return {"tags": tuple(_text(part).strip() for part in parts if str(part).strip())}


_FIELDS: dict[str, Callable[[Session, object], dict[str, Any]]] = {
    "title": lambda session, value: {"title": _text(value)},
    "body": lambda session, value: {"body": _text(value)},
    "to": lambda session, value: {"account": _text(value)},
    "due": _due,
    "max_time": lambda session, value: {"max_time_s": arguments.duration(session, _text(value))},
    "max_cost": lambda session, value: {"max_cost": arguments.cost(session, _text(value))},
    "project": lambda session, value: {"project": _text(value)},
    "tags": _tags,
    "priority": lambda session, value: {"priority": fields.priority(_text(value))},
    "language": lambda session, value: {"language": fields.language(_text(value))},
    "key": lambda session, value: {"client_key": _text(value)},
}
