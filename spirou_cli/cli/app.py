"""The command tree as Typer sees it: a command's module is imported when it runs.

The global options stand on every command, hidden there, so that they work before and after the verb.
No ``from __future__ import annotations`` here and in the commands: Typer reads the annotations, and would
compile each of them twice.
"""

import importlib
from collections.abc import Sequence
from copy import copy
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup, TyperOption
from typer.main import get_command

from spirou_cli.cli.ending import ended
from spirou_cli.cli.session import Session
from spirou_cli.cli.tree import ALIASES, COMMANDS, SECTIONS
from spirou_cli.cli.usage import spoken_context
from spirou_cli.domain.errors import InvalidInput, mark

__all__ = ["command_tree", "run_command"]

_CONTEXT = {"help_option_names": ["-h", "--help"]}
_COMMANDS_FOLDER = Path(__file__).parent / "commands"


def run_command(arguments: Sequence[str]) -> int:
    """Parse, run, and turn whatever happened into an exit code."""
    session = Session()
    return ended(session, arguments, lambda: _run(session, arguments))


def _run(session: Session, arguments: Sequence[str]) -> int:
    _look_ahead(session, arguments)
    tree = command_tree(session)
    result = tree.main(list(arguments), prog_name="spirou", standalone_mode=False, obj=session)
    return result if isinstance(result, int) else 0


def _look_ahead(session: Session, arguments: Sequence[str]) -> None:
    """Learn the language before the tree is made: help and usage errors are in it, wherever --lang stands."""
    words = list(arguments)
    typed = words[: words.index("--")] if "--" in words else words
    for name in ("lang", "config"):
        for at, word in enumerate(typed):
            option, equals, value = word.partition("=")
            if option == f"--{name}" and (equals or at + 1 < len(typed)):
                setattr(session.options, name, value if equals else typed[at + 1])


def command_tree(session: Session) -> TyperGroup:
    """The ``spirou`` command; only its own options are known until a command is asked for."""
    app = typer.Typer(
        add_completion=False,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        pretty_exceptions_show_locals=False,
        context_settings=_CONTEXT,
    )
    app.callback(cls=_Tree, invoke_without_command=True)(_root)
    tree = get_command(app)
    if not isinstance(tree, _Tree):
        raise TypeError("Typer made another kind of group")
    tree.session = session
    tree.context_class = spoken_context(session.words)
    tree.help = session_words(session, _root.__doc__ or "")
    tree.everywhere = _global_options()
    for option in map(copy, tree.everywhere):
        option.hidden = False
        option.help = session.words.say(option.help or "")
        tree.params.append(option)
    return tree


def _root(context: typer.Context) -> None:
    """Delegate tasks, follow them, and know what they cost."""
    if context.invoked_subcommand is None:
        from spirou_cli.cli.quick import shown

        shown(context.obj)


def _globals(  # one line an option
    json: Annotated[bool, typer.Option("--json", help=mark("One JSON document, errors too."))] = False,
    fields: Annotated[str, typer.Option("--fields", help=mark("Only these fields of the JSON."))] = "",
    plain: Annotated[bool, typer.Option("--plain", help=mark("Tab-separated lines, as in a pipe."))] = False,
    csv: Annotated[bool, typer.Option("--csv", help=mark("CSV with a header."))] = False,
    header: Annotated[
        bool, typer.Option("--header", help=mark("A header above tab-separated lines."))
    ] = False,
    color: Annotated[str, typer.Option("--color", help=mark("auto, always or never."))] = "auto",
    no_input: Annotated[bool, typer.Option("--no-input", help=mark("Never ask anything."))] = False,
    quiet: Annotated[bool, typer.Option("-q", "--quiet", help=mark("Only what a script needs."))] = False,
    verbose: Annotated[bool, typer.Option("-v", "--verbose", help=mark("Tell more."))] = False,
    debug: Annotated[bool, typer.Option("--debug", help=mark("Write what happened to a file."))] = False,
    accessible: Annotated[bool, typer.Option("--accessible", help=mark("One fact a line."))] = False,
    db: Annotated[str, typer.Option("--db", help=mark("The store file."), metavar="FILE")] = "",
    config: Annotated[str, typer.Option("--config", help=mark("The preferences."), metavar="FILE")] = "",
    lang: Annotated[str, typer.Option("--lang", help=mark("en or fr."))] = "",
    version: Annotated[bool, typer.Option("--version", help=mark("Print the version."))] = False,
) -> None:
    """Every global option, once."""


class _Tree(TyperGroup):
    """The root of the tree. Loads a command when it is asked for, by its exact name."""

    session: Session
    everywhere: list[TyperOption]
    """The global options, as they stand on every command."""

    def list_commands(self, ctx: Any) -> list[str]:
        return [name for name in COMMANDS if _module_of(name)]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        name = ALIASES.get(cmd_name, cmd_name)
        if name not in COMMANDS or not _module_of(name):
            return None
        module = importlib.import_module(f"spirou_cli.cli.commands.{_module_name(name)}")
        command = _made(module, name)
        _prepare(command, self.session, self.everywhere)
        return command

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        if self.get_command(ctx, args[0]) is None:
            raise _no_such_command(args[0])
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        known = self.list_commands(ctx)
        for section in SECTIONS:
            rows = [
                (name, self.session.words.say(COMMANDS[name].help))
                for name in known
                if COMMANDS[name].section == section
            ]
            if rows:
                with formatter.section(self.session.words.say(section)):
                    formatter.write_dl(rows)


class _Noun(TyperGroup):
    """A noun and its verbs. Alone it shows what there is of it, where that needs no further word."""

    def invoke(self, ctx: Any) -> Any:
        shown = self.commands.get("list") or self.commands.get("show")
        if shown is not None and not any(param.required for param in shown.params):
            self.invoke_without_command = True
            self.callback = lambda: self._alone(ctx, shown)
        return super().invoke(ctx)

    def _alone(self, ctx: Any, shown: Any) -> Any:
        if ctx.invoked_subcommand is not None:
            return None
        with shown.make_context(shown.name, [], parent=ctx) as inside:
            return shown.invoke(inside)


def session_words(session: Session, text: str) -> str:
    """A docstring in the person's language, its paragraphs kept."""
    from inspect import cleandoc

    return session.words.say(cleandoc(text)) if text else ""


def _module_name(name: str) -> str:
    return f"{name}_" if name in {"import", "list"} else name


def _module_of(name: str) -> bool:
    return (_COMMANDS_FOLDER / f"{_module_name(name)}.py").exists()


def _made(module: Any, name: str) -> Any:
    """A module's ``app`` if it is a group, else the function with the command's name."""
    if hasattr(module, "app"):
        module.app.info.cls, module.app.info.context_settings = _Noun, _CONTEXT
        command = get_command(module.app)
    else:
        app = typer.Typer(add_completion=False, rich_markup_mode=None, context_settings=_CONTEXT)
        app.command(name)(getattr(module, _module_name(name)))
        command = get_command(app)
    command.name = name
    return command


def _prepare(command: Any, session: Session, everywhere: Sequence[TyperOption]) -> None:
    """Translate the help, and let the global options stand here too."""
    command.help = session_words(session, command.help or "")
    command.short_help = None
    command.context_class = spoken_context(session.words)
    for param in command.params:
        if getattr(param, "help", None):
            param.help = session.words.say(param.help)
        if param.metavar:
            param.metavar = session.words.say(param.metavar)
    taken = {name for param in command.params for name in param.opts}
    command.params += [option for option in everywhere if not taken & set(option.opts)]
    for child in getattr(command, "commands", {}).values():
        child.context_settings = {**_CONTEXT, **(child.context_settings or {})}
        _prepare(child, session, everywhere)


def _global_options() -> list[TyperOption]:
    app = typer.Typer(add_completion=False, rich_markup_mode=None)
    app.command()(_globals)
    options = [param for param in get_command(app).params if isinstance(param, TyperOption)]
    for option in options:
        option.hidden = True
        option.expose_value = False
        option.is_eager = True
        option.callback = _remember
    return options


def _remember(context: Any, param: Any, value: Any) -> Any:
    """Keep a global option where it was typed; leave alone what wasn't."""
    session: Session = context.find_root().obj
    if not value or value == param.default:
        return value
    if param.name == "version":
        from spirou_cli.cli.commands.help import version

        version(session)
        raise typer.Exit(0)
    setattr(session.options, param.name, value)
    return value


def _no_such_command(name: str) -> InvalidInput:
    from difflib import get_close_matches

    close = get_close_matches(name, [*COMMANDS, *ALIASES], n=1)
    if close:
        return InvalidInput(
            mark("There is no command {name}. Nothing was done."),
            mark("Did you mean: spirou {close}"),
            name=name,
            close=close[0],
        )
    return InvalidInput(
        mark("There is no command {name}. Nothing was done."),
        mark('spirou help   or, to delegate it: spirou add "{name} …"'),
        name=name,
    )
