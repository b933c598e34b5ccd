"""``spirou help``: a command's help, or a topic's."""

from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as installed
from typing import Annotated

import typer

from spirou_cli.cli.render import topics
from spirou_cli.cli.session import Session
from spirou_cli.domain.errors import InvalidInput, mark


def help(
    context: typer.Context,
    topic: Annotated[str, typer.Argument(help=mark("A command or a topic."), metavar="TOPIC")] = "",
) -> None:
    """Explain a command or a topic.

    Topics: dates, environment, exit-codes, json, money, privacy
    """
    session: Session = context.obj
    root = context.find_root()
    if not topic:
        session.screen.help(root.get_help())
        return
    if topic in topics.TOPICS:
        topics.write(session.screen, topic)
        return
    command = root.command.get_command(root, topic)  # type: ignore[attr-defined]  # the root is a group
    if command is None:
        raise InvalidInput(
            mark("There is no topic {topic}. There is: {known}, and every command."),
            mark("spirou help"),
            topic=topic,
            known=", ".join(topics.TOPICS),
        )
    with type(context)(command, info_name=topic, parent=root) as inner:
        session.screen.help(command.get_help(inner))


def version(session: Session) -> None:
    """Print the version of the program."""
    session.screen.line(f"spirou {version_number()}")


def version_number() -> str:
    """The version that is installed, or where it runs from."""
    try:
        return installed("spirou-cli")
    except PackageNotFoundError:
        return "from source"
