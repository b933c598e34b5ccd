"""``spirou man``: the manual page."""

import typer

from spirou_cli.cli.app import command_tree
from spirou_cli.cli.commands.help import version_number
from spirou_cli.cli.render.manual import manual
from spirou_cli.cli.session import Session


def man(context: typer.Context) -> None:
    """Print the manual page, made of the commands themselves.

    spirou man > ~/.local/share/man/man1/spirou.1, then: man spirou
    """
    session: Session = context.obj
    lines = list(manual(command_tree(session), session.words, version_number()))
    if session.format == "json":
        session.screen.json("spirou.man/1", {"roff": "\n".join(lines) + "\n"})
    else:
        session.screen.lines(lines)
