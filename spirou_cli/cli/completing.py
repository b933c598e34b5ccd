"""What may stand next on the command line: commands, options, tasks with their titles, providers.

The scripts of ``spirou completion`` run the program with ``_SPIROU_COMPLETE`` set and the words typed so
far as its arguments, the unfinished one last; they read ``value<TAB>words about it``. Nothing is evaluated.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from spirou_cli.cli.app import command_tree
from spirou_cli.cli.session import Session
from spirou_cli.domain.states import TaskState
from spirou_cli.domain.text import cut, safe_line

__all__ = ["VARIABLE", "candidates", "complete"]

VARIABLE = "_SPIROU_COMPLETE"

Candidate = tuple[str, str]

_TITLE_COLUMNS = 60


def complete(words: Sequence[str]) -> int:
    """Write the candidates; what goes wrong while completing is nobody's business."""
    session = Session()
    try:
        session.screen.records(candidates(session, words))
        session.screen.flush()
    except Exception:  # a shell that completes has no place for a message
        return 1
    return 0


def candidates(session: Session, words: Sequence[str]) -> list[Candidate]:
    """What may stand in the place of the last of ``words``, each with a few words about it."""
    *typed, unfinished = words or [""]
    command, pending, place = _walked(command_tree(session), typed)
    if command is None:
        return []
    if pending is not None:
        found = _values(session, pending)
    elif unfinished.startswith("-"):
        found = _options(command)
    elif hasattr(command, "list_commands"):
        found = _commands(command)
    else:
        arguments = [param for param in command.params if param.param_type_name == "argument"]
        found = _values(session, arguments[min(place, len(arguments) - 1)]) if arguments else ()
    return [(value, safe_line(about)) for value, about in found if value.startswith(unfinished)]


# Any: the classes of commands and parameters are Typer's own, and not for importing.
def _walked(command: Any, typed: Iterable[str]) -> tuple[Any, Any, int]:
    """The command that ``typed`` leads to, the option that waits for its value, how many arguments it has."""
    pending, place = None, 0
    for word in typed:
        if pending is not None:
            pending = None
        elif word.startswith("-"):
            option = _option(command, word)
            pending = option if option is not None and not option.is_flag and "=" not in word else None
        elif hasattr(command, "get_command"):
            command, place = command.get_command(None, word), 0
            if command is None:
                return None, None, 0
        else:
            place += 1
    return command, pending, place


def _option(command: Any, word: str) -> Any:
    name = word.partition("=")[0]
    for param in command.params:
        if param.param_type_name == "option" and name in param.opts:
            return param
    return None


def _options(command: Any) -> Iterator[Candidate]:
    for param in command.params:
        if param.param_type_name == "option" and not param.hidden:
            yield max(param.opts, key=len), param.help or ""


def _commands(group: Any) -> Iterator[Candidate]:
    for name in group.list_commands(None):
        yield name, (group.get_command(None, name).help or "").partition("\n")[0]


def _values(session: Session, param: Any) -> Iterable[Candidate]:
    """What an argument or an option may be; nothing where only the person knows, or where it is a file."""
    names = {param.metavar or "", *(param.opts if param.param_type_name == "option" else ())}
    for known, find in _KNOWN.items():
        if names & known:
            return find(session)
    return ()


def _tasks(session: Session) -> Iterator[Candidate]:
    from spirou_cli.service import overview

    for line in overview.listing(session.context, overview.Filter(limit=500)).lines:
        yield str(line.task.number), cut(line.task.title, _TITLE_COLUMNS)


def _providers(session: Session) -> Iterator[Candidate]:
    from spirou_cli.service import providers

    for standing in providers.listing(session.context):
        yield standing.account.name, standing.account.kind


def _kinds(session: Session) -> Iterator[Candidate]:
    from spirou_cli.cli.render.providers import kind_words
    from spirou_cli.service import plugins

    for kind in plugins.usable(session.context):
        yield kind, kind_words(session.words, kind)


def _preferences(session: Session) -> Iterator[Candidate]:
    from spirou_cli.service.settings import PREFERENCES

    for preference in PREFERENCES.values():
        yield preference.name, session.words.say(preference.help)


def _waiting(session: Session) -> Iterator[Candidate]:
    from spirou_cli.service import outbox

    for row in outbox.listing(session.context):
        yield str(row.op.seq), row.task.title


def _topics(session: Session) -> Iterator[Candidate]:
    from spirou_cli.cli.render.topics import TOPICS
    from spirou_cli.cli.tree import COMMANDS

    for topic in TOPICS:
        yield topic, ""
    for name, entry in COMMANDS.items():
        yield name, session.words.say(entry.help)


_KNOWN: dict[frozenset[str], Callable[[Session], Iterable[Candidate]]] = {
    frozenset({"ID", "ID...", "TASK", "--task"}): _tasks,
    frozenset({"PROVIDER", "PROVIDER...", "--to", "-p", "--for"}): _providers,
    frozenset({"--state", "STATE"}): lambda session: ((state.value, "") for state in TaskState),
    frozenset({"--kind"}): _kinds,
    frozenset({"KEY"}): _preferences,
    frozenset({"ITEM"}): _waiting,
    frozenset({"TOPIC"}): _topics,
    frozenset({"SHELL"}): lambda session: ((shell, "") for shell in ("bash", "zsh", "fish")),
    frozenset({"--color"}): lambda session: ((word, "") for word in ("auto", "always", "never")),
    frozenset({"--lang", "--brief-lang"}): lambda session: (("en", "English"), ("fr", "français")),
    frozenset({"--priority"}): lambda session: ((word, "") for word in ("low", "normal", "high")),
}
"""By the name in the help, or the option: who knows the values."""
