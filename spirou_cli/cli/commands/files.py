"""``spirou files``: the files of a task: list, fetch, open, attach."""

from pathlib import Path
from typing import Annotated

import typer

from spirou_cli.cli import arguments
from spirou_cli.cli.pushing import push_change
from spirou_cli.cli.render import changes
from spirou_cli.cli.render import files as render
from spirou_cli.cli.session import Session
from spirou_cli.cli.several import answer
from spirou_cli.domain.errors import InvalidInput, mark
from spirou_cli.domain.ops import OpKind
from spirou_cli.service import deliverables
from spirou_cli.service.signals import masked

_O = typer.Option
_VERBS = ("list", "get", "open", "add")


def files(
    context: typer.Context,
    task: Annotated[
        str, typer.Argument(help=mark("14, #14, the provider's number or address."), metavar="ID")
    ],
    verb: Annotated[str, typer.Argument(help=mark("list, get, open or add."), metavar="VERB")] = "list",
    name: Annotated[
        list[str] | None,
        typer.Argument(help=mark("Only these; for add, what to attach."), metavar="FILE"),
    ] = None,
    folder: Annotated[
        Path, _O("-o", "--output", help=mark("Where to put them; here, if absent."), metavar="DIR")
    ] = Path(),
    force: Annotated[bool, _O("--force", help=mark("Overwrite what is there."))] = False,
    calendar: Annotated[
        bool, _O("--calendar", help=mark("Show the appointments that came back, and save their calendar."))
    ] = False,
    body: Annotated[str, _O("-b", "--body", help=mark("For add: words that go with the files."))] = "",
) -> int:
    """The files of a task: list, fetch, open, attach.

    Examples: spirou files 17, spirou files 17 get -o ~/Documents, spirou files 17 add plan.pdf
    """
    session: Session = context.obj
    names = name or []
    if calendar:
        return _calendar(session, task, folder, force=force)
    match verb:
        case "list":
            render.listing(
                session.screen,
                deliverables.shelf(session.context, task),
                session.format,
                header=session.options.header,
            )
        case "get":
            found = deliverables.fetched(session.context, task, names)
            render.copied(
                session.screen, found, deliverables.copy(found, folder, replace=force), session.format
            )
        case "open":
            _open(session, task, names)
        case "add":
            return _add(session, task, [Path(one) for one in names], body)
        case _:
            raise InvalidInput(
                mark("“{verb}” is nothing to do with files. There is: {known}."),
                mark("spirou files {task} get"),
                verb=verb,
                known=", ".join(_VERBS),
                task=task,
            )
    return 0


def _calendar(session: Session, task: str, folder: Path, *, force: bool) -> int:
    from spirou_cli.cli.render import appointments as shown
    from spirou_cli.service import appointments

    shelf = appointments.calendars(session.context, task)
    found = appointments.appointments(shelf, session.zone)
    saved = deliverables.copy(shelf, folder, replace=force)
    if session.format == "json":
        session.screen.json("spirou.appointments/1", shown.as_json(shelf, found, saved))
    else:
        shown.write(session.screen, shelf, found, saved, session.now(), session.zone)
    return 0


def _open(session: Session, task: str, names: list[str]) -> None:
    """One named file, else the folder that has them."""
    found = deliverables.fetched(session.context, task, names)
    if not found.artifacts:
        session.screen.say(mark("Task {number} has no files yet."), number=found.task.number)
        return
    path = deliverables.here(found, found.artifacts[0])
    target = path if names else path.parent.parent
    if session.format == "json":
        session.screen.json("spirou.files/1", {"opened": str(target)})
    else:
        session.screen.note(mark("Opening {path}"), path=str(target))
    typer.launch(str(target))


def _add(session: Session, task: str, paths: list[Path], body: str) -> int:
    if not paths:
        raise InvalidInput(mark("Which file?"), mark("spirou files {task} add plan.pdf"), task=task)
    words = arguments.text_argument(body, "--body") or ", ".join(path.name for path in paths)
    with masked():
        now, account = deliverables.attach(session.context, task, paths, words)
        if session.format != "json" and not session.options.quiet:
            if account is None:
                names = ", ".join(path.name for path in paths)
                session.screen.say(mark("Attached to {number}: {names}."), number=now.number, names=names)
            else:
                changes.message_saved(session.screen, now, account.name, files=len(paths))
    code = 0
    if account is not None:
        now, code = push_change(session, now, account, OpKind.REPLY)
    answer(session, now.number)
    return code
