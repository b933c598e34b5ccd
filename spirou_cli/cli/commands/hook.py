"""``spirou hook``: programs to run when a task changes state."""

import shlex
from typing import Annotated

import typer

from spirou_cli.cli.render.records import Json
from spirou_cli.cli.render.table import Column, Table
from spirou_cli.cli.session import Session
from spirou_cli.domain.errors import NoSuchThing, mark
from spirou_cli.service import hooks
from spirou_cli.service.hooks import Hook

app = typer.Typer(
    add_completion=False, rich_markup_mode=None, help=mark("Programs to run when something changes.")
)

_Number = Annotated[int, typer.Argument(help=mark("A number of: spirou hook list"), metavar="NUMBER")]


@app.command("list")
def list_(context: typer.Context) -> None:
    """The hooks: the state each waits for, and its program."""
    session: Session = context.obj
    known = hooks.load(session.config_path)
    match session.format:
        case "json":
            found = [_as_json(number, hook) for number, hook in enumerate(known, 1)]
            session.screen.json("spirou.hooks/1", {"hooks": found})
        case "text" if known:
            columns = (Column("", right=True), Column(""), Column("", title=True))
            rows = [(str(n), hook.state, shlex.join(hook.program)) for n, hook in enumerate(known, 1)]
            session.screen.table(Table(columns, rows, headings=False))
        case "text":
            session.screen.say(mark("There is no hook. spirou hook add input_required -- notify-send Spirou"))
        case _:
            rows_ = [(n, hook.state, shlex.join(hook.program)) for n, hook in enumerate(known, 1)]
            session.screen.records(rows_)


@app.command()
def add(
    context: typer.Context,
    state: Annotated[str, typer.Argument(help=mark("A state as in --json, or any."), metavar="STATE")],
    program: Annotated[
        list[str], typer.Argument(help=mark("The program and its arguments, after --"), metavar="PROGRAM...")
    ],
) -> None:
    """Run a program whenever a task comes into a state.

    It gets one JSON object on its standard input, no shell, and ten seconds: spirou hook test
    """
    session: Session = context.obj
    hook = hooks.add(session.context, session.config_path, state, program)
    number = len(hooks.load(session.config_path))
    if session.format == "json":
        session.screen.json("spirou.hook/1", _as_json(number, hook))
    else:
        session.screen.say(mark("Hook {number} is there. Try it: spirou hook test {number}"), number=number)


@app.command()
def remove(context: typer.Context, number: _Number) -> None:
    """Take a hook away."""
    session: Session = context.obj
    hook = hooks.remove(session.config_path, number)
    if session.format == "json":
        session.screen.json("spirou.hook/1", {**_as_json(number, hook), "removed": True})
    else:
        session.screen.say(
            mark("Hook {number} is gone: {program}"), number=number, program=shlex.join(hook.program)
        )


@app.command()
def test(context: typer.Context, number: _Number) -> int:
    """Run a hook now, with an invented task."""
    session: Session = context.obj
    known = hooks.load(session.config_path)
    if not 0 < number <= len(known):
        raise NoSuchThing(mark("There is no hook {number}."), mark("spirou hook list"), number=number)
    hook = known[number - 1]
    failure = hooks.run(session.context, hook, hooks.sample(hook.state))
    reason = failure.reason if failure else ""
    if session.format == "json":
        session.screen.json(
            "spirou.hook/1", {**_as_json(number, hook), "ok": not reason, "reason": reason or None}
        )
    elif reason:
        session.screen.say(mark("It did not end well: {reason}."), reason=reason)
    else:
        session.screen.say(mark("It ended well."))
    return 1 if reason else 0


def _as_json(number: int, hook: Hook) -> Json:
    return {"id": number, "state": hook.state, "run": list(hook.program)}
