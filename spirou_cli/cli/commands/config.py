"""``spirou config``: the person's preferences, and what says so."""

from typing import Annotated

import typer

from spirou_cli.cli.render import preferences as render
from spirou_cli.cli.session import Session
from spirou_cli.domain.errors import InvalidInput, mark
from spirou_cli.service import preferences

app = typer.Typer(add_completion=False, rich_markup_mode=None, help=mark("Your preferences."))

_Name = Annotated[str, typer.Argument(help=mark("A preference: spirou config list"), metavar="KEY")]


@app.command()
def get(context: typer.Context, name: _Name) -> None:
    """Print one preference."""
    session: Session = context.obj
    found = preferences.get(session.config_path, session.environment, name)
    if session.format == "json":
        session.screen.json("spirou.config/1", render.as_json([found]))
    elif found.value:
        session.screen.line(found.value)


@app.command("set")
def set_(
    context: typer.Context,
    name: _Name,
    value: Annotated[str, typer.Argument(help=mark("Its value."), metavar="VALUE")],
) -> None:
    """Keep a preference in config.toml; your comments there stay."""
    session: Session = context.obj
    preferences.set_value(session.config_path, name, value)
    _told(session, name)


@app.command()
def unset(context: typer.Context, name: _Name) -> None:
    """Take a preference out of config.toml."""
    session: Session = context.obj
    preferences.unset(session.config_path, name)
    _told(session, name)


@app.command("list")
def list_(
    context: typer.Context,
    origin: Annotated[bool, typer.Option("--origin", help=mark("What says so, too."))] = False,
) -> None:
    """Every preference and its value."""
    session: Session = context.obj
    found = preferences.listing(session.config_path, session.environment)
    match session.format:
        case "json":
            session.screen.json("spirou.config/1", render.as_json(found))
        case "csv":
            session.screen.csv([render.HEADINGS, *map(render.record, found)])
        case "records":
            head = [render.HEADINGS] if session.options.header else []
            session.screen.records([*head, *map(render.record, found)])
        case "text":
            render.listing(session.screen, found, origin=origin)


@app.command()
def edit(context: typer.Context) -> None:
    """Open config.toml in your editor; what is wrong in it is said, and the file then stays as it was."""
    session: Session = context.obj
    try:
        _ = session.settings
    except InvalidInput:
        session.settings = {}  # the file to be mended is the one that can't be read
    from spirou_cli.cli.asking import confirm
    from spirou_cli.cli.editor import edited

    before = text = preferences.read_text(session.config_path)
    while True:
        text = edited(session, text, suffix=".toml").rstrip() + "\n"
        if text.rstrip() == before.rstrip():
            session.screen.say(mark("Nothing was changed."))
            return
        try:
            preferences.write_text(session.config_path, text)
        except InvalidInput as error:
            session.screen.error(error)
            if not confirm(session, mark("Edit it again? (n forgets it)")):
                raise
        else:
            session.screen.say(mark("Saved in {path}."), path=str(session.config_path))
            return


@app.command()
def path(context: typer.Context) -> None:
    """Print where config.toml is."""
    session: Session = context.obj
    if session.format == "json":
        session.screen.json("spirou.path/1", {"path": str(session.config_path)})
    else:
        session.screen.line(str(session.config_path))


def _told(session: Session, name: str) -> None:
    """The value in force: a variable may be stronger than what was just written."""
    found = preferences.get(session.config_path, session.environment, name)
    if session.format == "json":
        session.screen.json("spirou.config/1", render.as_json([found]))
    elif found.value and found.origin and found.origin != str(session.config_path):
        session.screen.say(
            mark("{name} is {value}, because {origin} says so."),
            name=name,
            value=found.value,
            origin=found.origin,
        )
    elif found.value:
        session.screen.say(mark("{name} is {value}."), name=name, value=found.value)
    else:
        session.screen.say(mark("{name} is not set."), name=name)
