"""The files of a task on a screen, as records and as JSON."""

from __future__ import annotations

from collections.abc import Sequence

from spirou_cli.cli.render import formats
from spirou_cli.cli.render.records import Json, with_untrusted
from spirou_cli.cli.render.screen import Screen
from spirou_cli.cli.render.table import Column, Span, Style, Table
from spirou_cli.domain.errors import mark
from spirou_cli.domain.events import FileRef
from spirou_cli.service.deliverables import Copied, Shelf
from spirou_cli.storage.queries import Artifact

__all__ = ["copied", "listing"]

_HEADINGS = ("from", "name", "size", "path")


def listing(screen: Screen, shelf: Shelf, form: str, *, header: bool = False) -> None:
    """What was attached and what came back."""
    mine, theirs = shelf.task.attachments, shelf.artifacts
    if form == "json":
        screen.json("spirou.files/1", _json(shelf))
        return
    if form in ("records", "csv"):
        rows: list[tuple[str | int | None, ...]] = [("me", ref.name, ref.size, "") for ref in mine]
        rows += [("provider", one.name, one.size, _where(shelf, one)) for one in theirs]
        head = [_HEADINGS] if header or form == "csv" else []
        (screen.csv if form == "csv" else screen.records)([*head, *rows])
        return
    if not mine and not theirs:
        screen.say(mark("Task {number} has no files yet."), number=shelf.task.number)
        return
    _table(screen, shelf, mine, theirs)


def copied(screen: Screen, shelf: Shelf, found: Sequence[Copied], form: str) -> None:
    """Where each file was put; just the paths, so that a script can go on with them."""
    if form == "json":
        files = [{"name": one.artifact.name, "path": str(one.path), "existing": one.same} for one in found]
        screen.json("spirou.files/1", {"id": shelf.task.number, "copied": files})
        return
    if not found:
        screen.note(mark("Task {number} has no files yet."), number=shelf.task.number)
    for one in found:
        screen.line(str(one.path))


def _table(screen: Screen, shelf: Shelf, mine: Sequence[FileRef], theirs: Sequence[Artifact]) -> None:
    words = screen.words
    columns = (
        Column(words.say(mark("FROM"))),
        Column(words.say(mark("FILE")), title=True),
        Column(words.say(mark("SIZE")), right=True),
        Column(words.say(mark("CONTENT"))),
    )
    you, they = words.say(mark("you")), words.say(mark("provider"))
    here, there = words.say(mark("here")), words.say(mark("not fetched"))
    rows = [(you, ref.name, formats.size(words, ref.size), here) for ref in mine]
    rows += [(they, one.name, formats.size(words, one.size), here if one.path else there) for one in theirs]
    screen.table(Table(columns, rows))
    if theirs:
        screen.line("> ", Span(f"spirou files {shelf.task.number} get", Style.COMMAND))


def _where(shelf: Shelf, artifact: Artifact) -> str:
    return str(shelf.folder / artifact.path) if artifact.path else ""


def _json(shelf: Shelf) -> Json:
    return with_untrusted(
        {
            "id": shelf.task.number,
            "attachments": [
                {"name": ref.name, "size": ref.size, "sha256": ref.sha256} for ref in shelf.task.attachments
            ],
            "files": [
                {
                    "name": one.name,
                    "size": one.size,
                    "media_type": one.media_type,
                    "sha256": one.sha256,
                    "path": _where(shelf, one) or None,
                }
                for one in shelf.artifacts
            ],
        },
        "files.name",
    )
