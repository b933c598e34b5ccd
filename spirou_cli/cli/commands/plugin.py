"""``spirou plugin``: adapters that were installed beside Spirou."""

from typing import Annotated

import typer

from spirou_cli.cli.render import plugins as render
from spirou_cli.cli.session import Session
from spirou_cli.domain.errors import NoSuchThing, mark
from spirou_cli.service import plugins, preferences

app = typer.Typer(
    add_completion=False, rich_markup_mode=None, help=mark("Adapters that were installed beside Spirou.")
)

_Name = Annotated[str, typer.Argument(help=mark("A kind: spirou plugin list"), metavar="KIND")]


@app.command("list")
def list_(context: typer.Context) -> int:
    """The installed plugins: where each comes from, its code's hash, whether it works.

    Exit 1 if one doesn't.
    """
    session: Session = context.obj
    found = plugins.listing(session.context)
    match session.format:
        case "json":
            session.screen.json("spirou.plugins/1", {"plugins": [render.as_json(each) for each in found]})
        case "text":
            render.listing(session.screen, found)
        case _:
            session.screen.records(render.record(each) for each in found)
    return 1 if any(each.problem for each in found) else 0


@app.command()
def disable(context: typer.Context, kind: _Name) -> None:
    """Don't load a plugin. Its tasks stay readable."""
    session: Session = context.obj
    _known(session, kind)
    _keep(session, plugins.disabled(session.context) | {kind})
    _told(session, kind, mark("{kind} is not loaded any more; its tasks stay readable."), disabled=True)


@app.command()
def enable(context: typer.Context, kind: _Name) -> None:
    """Load a disabled plugin again."""
    session: Session = context.obj
    _keep(session, plugins.disabled(session.context) - {kind})
    _told(session, kind, mark("{kind} is loaded again."), disabled=False)


@app.command()
def trust(context: typer.Context, kind: _Name) -> None:
    """Let a plugin whose code changed use the keys of its providers again.

    Spirou remembers which code a provider was set up with, and gives other code nothing.
    """
    session: Session = context.obj
    _known(session, kind)
    names = [account.name for account in plugins.trust(session.context, kind)]
    if session.format == "json":
        session.screen.json("spirou.plugin/1", {"kind": kind, "trusted": names})
    else:
        session.screen.say(
            mark("{kind} as it is now may use the keys of: {names}."),
            kind=kind,
            names=", ".join(names) or "-",
        )


def _known(session: Session, kind: str) -> None:
    names = [each.kind for each in plugins.listing(session.context, load=False)]
    if kind not in names:
        raise NoSuchThing(
            mark("There is no plugin {kind}. There is: {known}."),
            mark("spirou plugin list"),
            kind=kind,
            known=", ".join(names) or "-",
        )


def _keep(session: Session, names: frozenset[str]) -> None:
    if names:
        preferences.set_value(session.config_path, plugins.DISABLED, ", ".join(sorted(names)))
    else:
        preferences.unset(session.config_path, plugins.DISABLED)


def _told(session: Session, kind: str, message: str, *, disabled: bool) -> None:
    if session.format == "json":
        session.screen.json("spirou.plugin/1", {"kind": kind, "disabled": disabled})
    else:
        session.screen.say(message, kind=kind)
