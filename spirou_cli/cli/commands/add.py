"""``spirou add``: save a task, say where it goes, send it."""

from pathlib import Path
from typing import Annotated

import typer

from spirou_cli.cli import arguments, fields
from spirou_cli.cli.adding import add_one
from spirou_cli.cli.session import Session
from spirou_cli.domain.errors import InvalidInput, mark
from spirou_cli.service.tasks import NewTask

_O = typer.Option


def add(
    context: typer.Context,
    title: Annotated[
        list[str] | None, typer.Argument(help=mark("What is to be done."), metavar="TITLE")
    ] = None,
    to: Annotated[str, _O("-p", "--to", help=mark("The provider; the default one if absent."))] = "",
    due: Annotated[str, _O("-d", "--due", help=mark("tomorrow, fri, +3d, 2026-11-27, 27 nov 17:00"))] = "",
    max_time: Annotated[str, _O("--max-time", help=mark("15m, 1h30, 90"))] = "",
    max_cost: Annotated[str, _O("--max-cost", help=mark("5EUR, 5.00 USD"))] = "",
    body: Annotated[str, _O("-b", "--body", help=mark("What is known, and what you expect."))] = "",
    body_file: Annotated[
        str, _O("-F", "--body-file", help=mark("The same from a file, - for standard input."))
    ] = "",
    editor: Annotated[bool, _O("-e", "--editor", help=mark("Write it in your editor."))] = False,
    template: Annotated[str, _O("-t", "--template", help=mark("Start from a template."))] = "",
    answers: Annotated[
        list[str] | None, _O("--answer", help=mark("An answer to the template's questions, in order."))
    ] = None,
    attach: Annotated[list[Path] | None, _O("-a", "--attach", help=mark("A file; may be repeated."))] = None,
    project: Annotated[str, _O("--project", help=mark("A project to count it under."))] = "",
    tag: Annotated[list[str] | None, _O("--tag", help=mark("A tag; may be repeated."))] = None,
    priority: Annotated[str, _O("--priority", help=mark("low, normal or high"))] = "normal",
    brief_lang: Annotated[str, _O("--brief-lang", help=mark("Language of the brief: en or fr."))] = "",
    draft: Annotated[bool, _O("--draft", help=mark("Keep it here."))] = False,
    dry_run: Annotated[bool, _O("-n", "--dry-run", help=mark("Only say what would happen."))] = False,
    yes: Annotated[bool, _O("-y", "--yes", help=mark("Agree to an unknown price."))] = False,
    key: Annotated[str, _O("--key", help=mark("Your own key: the same command again does nothing."))] = "",
    source: Annotated[
        str, _O("--from", help=mark("Many at once: a file, or -. A title a line, CSV or JSON."))
    ] = "",
    stop_on_error: Annotated[bool, _O("--stop-on-error", help=mark("Stop at the first."))] = False,
    wait: Annotated[bool, _O("--wait", help=mark("Then wait until it needs you or ends."))] = False,
) -> int:
    """Save a task, say where it goes, send it.

    It is saved before anything leaves. What the plan can't take is kept here, with the ways out.

    Examples: spirou add "Book the dentist" -d fri -a card.pdf,
    spirou add "Call plumbers" -p camille --max-time 30m -F brief.md
    """
    session: Session = context.obj
    due_at, is_day = fields.due(session, due)
    common = NewTask(
        title=arguments.title_of(title or []),
        account=to,
        max_time_s=arguments.duration(session, max_time) if max_time else None,
        max_cost=arguments.cost(session, max_cost) if max_cost else None,
        body=fields.body(session, body, body_file, edit=editor),
        project=arguments.text_argument(project, "--project"),
        tags=tuple(arguments.text_argument(name, "--tag") for name in tag or ()),
        priority=fields.priority(priority),
        attach=tuple(attach or ()),
        language=fields.language(brief_lang),
        draft=draft,
        approved=yes,
        client_key=arguments.text_argument(key, "--key") or None,
        due_at=due_at,
        due_is_day=is_day,
    )
    if template:
        from spirou_cli.cli.templates import filled

        common = filled(session, template, common, answers or ())
    if wait and (draft or dry_run or source):
        raise InvalidInput(
            mark("--wait goes with one task that is sent."), mark('spirou add "Book the dentist" --wait')
        )
    if source:
        return _from(session, source, common, dry_run=dry_run, stop_on_error=stop_on_error)
    return add_one(session, common, dry_run=dry_run, wait=wait)


def _from(session: Session, source: str, common: NewTask, *, dry_run: bool, stop_on_error: bool) -> int:
    from spirou_cli.cli.many import add_many

    return add_many(session, source, common, dry_run=dry_run, stop_on_error=stop_on_error)
