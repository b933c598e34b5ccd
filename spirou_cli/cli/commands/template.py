"""``spirou template``: briefs to use again."""

from pathlib import Path
from typing import Annotated

import typer

from spirou_cli.cli import arguments, fields
from spirou_cli.cli.agreeing import agreed
from spirou_cli.cli.render import templates as render
from spirou_cli.cli.session import Session
from spirou_cli.domain.errors import InvalidInput, mark
from spirou_cli.domain.text import check_title
from spirou_cli.service import templates
from spirou_cli.service.templates import Template

_O = typer.Option
_NAME = typer.Argument(help=mark("The template's name."), metavar="NAME")

app = typer.Typer(
    add_completion=False,
    rich_markup_mode=None,
    help=mark('Briefs to use again. A text may ask: {{{{ask "Which shop?"}}}}. Use one: spirou add -t NAME'),
)


@app.command("list", help=mark("Every template."))
def list_(context: typer.Context) -> None:
    session: Session = context.obj
    render.listing(session.screen, templates.listing(session.config_path), session.format)


@app.command(help=mark("What a template says and asks."))
def show(context: typer.Context, name: Annotated[str, _NAME]) -> None:
    session: Session = context.obj
    render.one(session.screen, name, templates.load(session.config_path, name), session.format)


@app.command(help=mark("Make a template from options; -e opens it in your editor."))
def add(
    context: typer.Context,
    name: Annotated[str, _NAME],
    title: Annotated[str, _O("--title", help=mark("What is to be done."))] = "",
    body: Annotated[str, _O("-b", "--body", help=mark("What is known, and what you expect."))] = "",
    body_file: Annotated[
        str, _O("-F", "--body-file", help=mark("The same from a file, - for standard input."))
    ] = "",
    to: Annotated[str, _O("-p", "--to", help=mark("The provider; the default one if absent."))] = "",
    due: Annotated[str, _O("-d", "--due", help=mark("A date to be read when it is used, such as +3d."))] = "",
    max_time: Annotated[str, _O("--max-time", help=mark("15m, 1h30, 90"))] = "",
    max_cost: Annotated[str, _O("--max-cost", help=mark("5EUR, 5.00 USD"))] = "",
    project: Annotated[str, _O("--project", help=mark("A project to count it under."))] = "",
    tag: Annotated[list[str] | None, _O("--tag", help=mark("A tag; may be repeated."))] = None,
    priority: Annotated[str, _O("--priority", help=mark("low, normal or high"))] = "",
    brief_lang: Annotated[str, _O("--brief-lang", help=mark("Language of the brief: en or fr."))] = "",
    editor: Annotated[bool, _O("-e", "--editor", help=mark("Write it in your editor."))] = False,
) -> None:
    session: Session = context.obj
    made = Template(
        title=check_title(arguments.text_argument(title, "--title")) if title else "",
        body=fields.body(session, body, body_file, edit=False),
        to=to,
        due=_checked_due(session, due),
        max_time=max_time if not max_time or arguments.duration(session, max_time) else "",
        max_cost=max_cost if not max_cost or arguments.cost(session, max_cost) else "",
        project=arguments.text_argument(project, "--project"),
        tags=tuple(arguments.text_argument(one, "--tag") for one in tag or ()),
        priority=fields.priority(priority) if priority else "",
        language=fields.language(brief_lang),
    )
    if made == Template() and not editor:
        raise InvalidInput(
            mark("The template would be empty."),
            mark("spirou template add {name} --title TEXT   or, in your editor: -e"),
            name=name,
        )
    path = templates.save(session.config_path, name, made)
    if editor:
        _in_editor(session, path)
    render.saved(session.screen, name, path, session.format)


@app.command(help=mark("Change a template in your editor."))
def edit(context: typer.Context, name: Annotated[str, _NAME]) -> None:
    session: Session = context.obj
    templates.load(session.config_path, name)
    path = templates.folder(session.config_path) / f"{name}.toml"
    _in_editor(session, path)
    render.saved(session.screen, name, path, session.format)


@app.command(help=mark("Delete a template."))
def remove(
    context: typer.Context,
    name: Annotated[str, _NAME],
    yes: Annotated[bool, _O("-y", "--yes", help=mark("Don't ask."))] = False,
) -> int:
    session: Session = context.obj
    templates.load(session.config_path, name)
    command = f"spirou template remove {name} --yes"
    if not yes and not agreed(session, mark("Delete the template {name}?"), command=command, name=name):
        session.screen.note(mark("Nothing was done."))
        return 7
    templates.remove(session.config_path, name)
    render.removed(session.screen, name, session.format)
    return 0


def _checked_due(session: Session, due: str) -> str:
    if due:
        arguments.day(session, arguments.text_argument(due, "--due"))
    return due


def _in_editor(session: Session, path: Path) -> None:
    """The file itself is replaced only by a text that can be read back."""
    from spirou_cli.cli.editor import edited

    before = path.read_text("utf-8")
    text = edited(session, before, suffix=".toml")
    template = templates.parsed(text.encode(), path.name)
    templates.save(session.config_path, path.stem, template, replace=True)
