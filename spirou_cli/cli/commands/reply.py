"""``spirou reply``: answer a question, or add information."""

from pathlib import Path
from typing import Annotated

import typer

from spirou_cli.cli import arguments
from spirou_cli.cli.pushing import push_change
from spirou_cli.cli.render import changes
from spirou_cli.cli.session import Session
from spirou_cli.cli.several import answer
from spirou_cli.domain.errors import InvalidInput, SpirouError, mark
from spirou_cli.domain.money import Money
from spirou_cli.domain.ops import OpKind
from spirou_cli.domain.states import TaskState
from spirou_cli.domain.task import Task
from spirou_cli.service import answers
from spirou_cli.service.lookup import find
from spirou_cli.service.signals import masked

_O = typer.Option


def reply(
    context: typer.Context,
    task: Annotated[
        str, typer.Argument(help=mark("14, #14, the provider's number or address."), metavar="ID")
    ],
    text: Annotated[list[str] | None, typer.Argument(help=mark("Your answer."), metavar="TEXT")] = None,
    body: Annotated[str, _O("-b", "--body", help=mark("The same, as an option."))] = "",
    body_file: Annotated[
        str, _O("-F", "--body-file", help=mark("The same from a file, - for standard input."))
    ] = "",
    editor: Annotated[bool, _O("-e", "--editor", help=mark("Write it in your editor."))] = False,
    attach: Annotated[list[Path] | None, _O("-a", "--attach", help=mark("A file; may be repeated."))] = None,
    choose: Annotated[int | None, _O("--choose", help=mark("Their answer number N."), metavar="N")] = None,
    grant: Annotated[
        str, _O("--grant", help=mark("Give what they ask for: an access, or a sum."), metavar="NAME")
    ] = "",
    deny: Annotated[bool, _O("--deny", help=mark("Refuse what they ask for."))] = False,
) -> int:
    """Answer a question or add information.

    Examples: spirou reply 14 "Tuesday 9:00", spirou reply 14 --choose 2, spirou reply 14 -a list.pdf
    """
    session: Session = context.obj
    with session.context.read() as connection:
        about = find(connection, task)
    words = _text(session, about, text or [], body, body_file, editor=editor)
    words = words or _chosen(session, about, choose, grant, deny=deny)
    if not words and not attach:
        raise InvalidInput(
            mark("The answer is empty."), mark('spirou reply {number} "..."'), number=about.number
        )
    with masked():
        now, account = answers.reply(
            session.context, str(about.number), words, attach or (), max_cost=_sum(session, grant)
        )
        if session.format != "json" and not session.options.quiet:
            changes.message_saved(session.screen, now, account.name, files=len(attach or ()))
    now, code = push_change(session, now, account, OpKind.REPLY)
    answer(session, now.number)
    return code


def _text(session: Session, about: Task, words: list[str], body: str, body_file: str, *, editor: bool) -> str:
    given = [name for name, value in (("TEXT", words), ("-b", body), ("-F", body_file)) if value]
    if len(given) > 1:
        raise InvalidInput(
            mark("{ways} are ways to say the same; one is enough."),
            mark('spirou reply {number} "..."'),
            ways=", ".join(given),
            number=about.number,
        )
    text = (
        arguments.text_from(body_file, "-F")
        if body_file
        else arguments.text_argument(body or " ".join(words), "TEXT")
    )
    if not editor:
        return text
    from spirou_cli.cli.editor import edited

    return edited(session, text)


def _chosen(session: Session, about: Task, choose: int | None, grant: str, *, deny: bool) -> str:
    """The answer that a flag stands for, in the language of the task."""
    if choose is not None:
        return _choice(about, choose)
    if not grant and not deny:
        return ""
    if about.state not in {TaskState.AUTH_REQUIRED, TaskState.INPUT_REQUIRED, TaskState.PAUSED}:
        raise InvalidInput(
            mark("Task {number} asks for nothing."), mark("spirou show {number}"), number=about.number
        )
    if deny:
        return session.words.say(mark("No, that is refused."))
    return session.words.say(mark("Granted: {what}."), what=arguments.text_argument(grant, "--grant"))


def _choice(about: Task, choose: int) -> str:
    if not 1 <= choose <= len(about.choices):
        raise InvalidInput(
            mark("Task {number} has no answer {choose} to choose; it has {count}."),
            mark("spirou show {number}"),
            number=about.number,
            choose=choose,
            count=len(about.choices),
        )
    return about.choices[choose - 1]


def _sum(session: Session, grant: str) -> Money | None:
    """What is granted, where it is a sum: the task's new limit."""
    if not grant[:1].isdigit():
        return None
    try:
        return arguments.cost(session, grant)
    except SpirouError:
        return None
