"""What is typed all day long is done before the command tree is loaded.

``spirou``, ``spirou status``, ``spirou list``, ``spirou bill``, ``spirou add TITLE`` with or without
``--draft`` and, for a shell prompt, ``spirou status --short``: exactly these words. Anything else, and any
question that fails, goes the usual way, which says and does the same.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from spirou_cli.cli.session import Session
    from spirou_cli.service.counts import Group

__all__ = ["answer", "listed", "short_line", "shown"]

_MARKS: tuple[tuple[Group, str], ...] = (
    ("needs_you", "!"),
    ("to_review", "?"),
    ("in_progress", ">"),
    ("not_sent", "+"),
)


def answer(arguments: Sequence[str]) -> int | None:
    """The exit code of what was done here, None for all else."""
    match list(arguments):
        case ["status", "--short"]:
            return _prompt()
        case [] | ["status"]:
            return _screen(shown)
        case ["list"] | ["ls"]:
            return _screen(listed)
        case ["bill"]:
            return _screen(_billed)
        case ["add", *words]:
            title = [word for word in words if word != "--draft"]
            if title and not any(word.startswith("-") for word in title):
                return _added(arguments, title, draft="--draft" in words)
    return None


def short_line(counts: Mapping[Group, int]) -> str:
    """``2! 1? 4>``: needs you, to review, in progress, not sent; what is zero is left out."""
    return " ".join(f"{counts[name]}{mark}" for name, mark in _MARKS if counts[name])


def shown(session: Session, provider: str = "") -> int:
    """``spirou status``; how many tasks need the person."""
    from spirou_cli.cli.render import taskdata, tasks
    from spirou_cli.service import overview

    found = overview.status(session.context, provider)
    if session.format == "json":
        session.screen.json("spirou.status/1", taskdata.status_json(found, session.zone))
    else:
        tasks.status(session.screen, found, session.zone)
    return len(found.group("needs_you"))


def listed(session: Session) -> int:
    """``spirou list`` of all that is open."""
    from spirou_cli.cli.render import taskdata, tasks
    from spirou_cli.service import overview

    found = overview.listing(session.context, overview.Filter())
    if session.format == "records":
        session.screen.records(taskdata.record(line, session.zone) for line in found.lines)
    else:
        tasks.listing(session.screen, found, session.zone)
    return 0


def _billed(session: Session) -> None:
    from spirou_cli.cli.billed import Request, shown

    shown(session, Request())


def _added(arguments: Sequence[str], title: list[str], *, draft: bool) -> int:
    """``spirou add TITLE``: to its end here, since what was saved must not be saved again."""
    from spirou_cli.cli.ending import ended
    from spirou_cli.cli.session import Session

    session = Session()

    def add() -> int:
        from spirou_cli.cli.adding import add_one
        from spirou_cli.cli.arguments import title_of
        from spirou_cli.service.tasks import NewTask

        return add_one(session, NewTask(title=title_of(title), draft=draft))

    return ended(session, arguments, add)


def _screen(show) -> int | None:  # type: ignore[no-untyped-def]  # a function of the session
    from spirou_cli.cli.render.screen import OutputLost
    from spirou_cli.cli.session import Session

    session = Session()
    try:
        show(session)
        session.screen.flush()
    except OutputLost as error:
        return error.exit_code
    except Exception:
        return None  # the usual way meets it again and tells it
    return 0


def _prompt() -> int | None:
    from spirou_cli.domain.errors import SpirouError
    from spirou_cli.service.places import store_path
    from spirou_cli.storage.store import Store

    try:
        with Store.open_for_reading(store_path(os.environ)) as store, store.read() as connection:
            from spirou_cli.service.counts import counts

            line = short_line(counts(connection))
    except SpirouError:
        return None
    try:
        sys.stdout.write(line + "\n")
        sys.stdout.flush()
    except (OSError, ValueError, AttributeError):
        return 1
    return 0
