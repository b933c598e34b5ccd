"""The reference pages that are made from the program itself.

python -m tests.tools.reference           write docs/reference/
python -m tests.tools.reference --check   change nothing; exit 1 if a page is behind the program
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import sys
import tempfile
from collections.abc import Iterator, Set
from pathlib import Path

from spirou_cli.adapters.registry import load
from spirou_cli.cli import run
from spirou_cli.cli.app import command_tree
from spirou_cli.cli.render.messages import Words
from spirou_cli.cli.render.topics import EXIT_CODES, TOPICS
from spirou_cli.cli.session import Session
from spirou_cli.cli.tree import COMMANDS, SECTIONS
from spirou_cli.domain.fold import REPORTABLE, TRANSITIONS
from spirou_cli.domain.ops import MOVES, OpState
from spirou_cli.domain.states import MINE, TaskState
from spirou_cli.service.settings import PREFERENCES

PAGES = Path(__file__).parents[2] / "docs" / "reference"
_MADE = "<!-- Made by tests/tools/reference.py from the program; edit that, not this. -->\n"

_YES = "yes"
_KINDS = ("folder", "email", "redmine", "rt", "caldav")

# Each document that --json can print, and a line that prints it after those before it.
_SESSION: tuple[tuple[str, ...], ...] = (
    ("add", "Book the dentist", "--due", "2030-01-15", "--max-time", "15m", "--max-cost", "5EUR"),
    ("add", "Find a plumber", "--draft"),
    ("status",),
    ("list", "--all"),
    ("show", "1", "--history"),
    ("reply", "1", "Not before nine"),
    ("sync",),
    ("sync", "--dry-run"),
    ("provider", "list"),
    ("provider", "show", "folder"),
    ("provider", "kinds"),
    ("outbox", "list"),
    ("inbox", "list"),
    ("files", "1"),
    ("time", "add", "1", "12m"),
    ("time", "list"),
    ("bill",),
    ("plan", "catalogue"),
    ("dates",),
    ("worth",),
    ("fx", "list"),
    ("budget", "show"),
    ("charge", "list"),
    ("history",),
    ("config", "list"),
    ("doctor",),
    ("show", "99"),
)


def main() -> int:
    check = "--check" in sys.argv[1:]
    behind = [name for name, text in pages() if not _up_to_date(PAGES / name, text, check=check)]
    for name in behind:
        print(f"docs/reference/{name} {'is behind the program' if check else 'written'}")
    return 1 if check and behind else 0


def pages() -> Iterator[tuple[str, str]]:
    """Each page's name and text."""
    with _quiet_environment():
        yield "commands.md", "\n".join(_commands())
        yield "exit-codes.md", "\n".join(_exit_codes())
        yield "topics.md", "\n".join(_topics())
        yield "states.md", "\n".join(_states())
        yield "settings.md", "\n".join(_settings())
        yield "preferences.md", "\n".join(_preferences())
        yield "json.md", "\n".join(_documents())


def _up_to_date(path: Path, text: str, *, check: bool) -> bool:
    text = text.rstrip() + "\n"
    if path.exists() and path.read_text() == text:
        return True
    if not check:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return False


def _commands() -> Iterator[str]:
    yield f"# Commands\n\n{_MADE}"
    tree = command_tree(Session())
    root = tree.context_class(tree, info_name="spirou")  # type: ignore[attr-defined]  # click's own name
    yield _block(tree.get_help(root))
    names = tree.list_commands(root)
    for section in SECTIONS:
        yield f"\n## {section}"
        for name in (name for name in names if COMMANDS[name].section == section):
            yield from _command(tree.get_command(root, name), root, f"spirou {name}", name)


def _command(command, parent, path: str, name: str) -> Iterator[str]:  # type: ignore[no-untyped-def]
    context = type(parent)(command, info_name=name, parent=parent)
    yield f"\n### {path}\n"
    yield _block(command.get_help(context))
    for child in getattr(command, "commands", {}).values():
        yield from _command(child, context, f"{path} {child.name}", child.name)


def _exit_codes() -> Iterator[str]:
    yield f"# Exit codes\n\n{_MADE}\n| code | meaning |\n|---|---|"
    for code, meaning in EXIT_CODES:
        yield f"| {code} | {meaning} |"


def _topics() -> Iterator[str]:
    yield f"# Topics\n\n{_MADE}"
    for name, lines in TOPICS.items():
        if lines:
            yield f"\n## {name}\n"
            yield " ".join(lines)


def _states() -> Iterator[str]:
    yield f"# States of a task\n\n{_MADE}"
    yield (
        "A task is in one state. JSON has the word of the first column, the screen that of the second.\n"
        "What a provider may say is what its adapter can report; everything else is yours, or Spirou's.\n\n"
        "| state | on the screen | waits on you | a provider may say it |\n|---|---|---|---|"
    )
    words = Words("en")
    for state in TaskState:
        mine, theirs = (_YES if state in group else "" for group in (MINE, REPORTABLE))
        yield f"| `{state}` | {words.state(state)} | {mine} | {theirs} |"
    yield (
        "\n## What may happen in which state\n\nA fact that comes in another state is kept in the history"
        " as a conflict, and moves nothing.\n\n| fact | accepted in |\n|---|---|"
    )
    for event, states in TRANSITIONS.items():
        yield f"| {event.__name__} | {_named(states)} |"
    yield (
        "\n## Rows of the outbox\n\nA trigger of the database refuses any other move. `spirou restore`\n"
        "alone may also make a row `uncertain`.\n\n| from | to |\n|---|---|"
    )
    for op_state, targets in MOVES.items():
        yield f"| `{op_state}` | {', '.join(f'`{one}`' for one in OpState if one in targets) or 'final'} |"


def _named(states: Set[TaskState]) -> str:
    """The states of a row, told by what is missing where that is shorter."""
    missing = [f"`{state}`" for state in TaskState if state not in states]
    if not missing:
        return "every state"
    if len(missing) < 4:
        return f"every state but {', '.join(missing)}"
    return ", ".join(f"`{state}`" for state in TaskState if state in states)


def _settings() -> Iterator[str]:
    yield f"# Settings of each kind of provider\n\n{_MADE}"
    yield (
        "`spirou provider add NAME --kind KIND --set KEY=VALUE` sets them, `spirou provider edit NAME\n"
        "--set KEY=VALUE` changes them, and `SPIROU_PROVIDER_<NAME>_<KEY>` gives them to a script.\n"
        "A *key* is a secret: never a value on the command line, see\n"
        "[where a key is kept](../explanation/security.md)."
    )
    for kind in _KINDS:
        yield f"\n## {kind}\n\n| setting | default | what it is |\n|---|---|---|"
        for setting in load(kind).settings:
            need = "*key*" if setting.secret else "*needed*" if setting.required else "–"
            value = f"`{setting.default}`" if setting.default else need
            choices = f" One of: {', '.join(setting.choices)}." if setting.choices else ""
            yield f"| `{setting.name}` | {value} | {setting.help.rstrip('.')}.{choices} |"


def _preferences() -> Iterator[str]:
    yield f"# Preferences\n\n{_MADE}"
    yield (
        'They stand in `config.toml` ([where](files.md)), one `name = "value"` a line. `spirou config set`\n'
        "checks a value, `spirou config list --origin` says where each comes from. A variable of the\n"
        "[environment](environment.md) wins over the file.\n\n| name | variable | what it is |\n|---|---|---|"
    )
    for name, preference in PREFERENCES.items():
        variable = "SPIROU_LANG" if name == "language" else f"SPIROU_{name.upper()}"
        yield f"| `{name}` | `{variable}` | {preference.help} |"


def _documents() -> Iterator[str]:
    yield f"# JSON\n\n{_MADE}"
    yield (
        "Every command takes `--json` and prints one document whose `schema` names its form. Fields are\n"
        "only added within a number. Money is an amount in text and a currency, times are UTC, lengths of\n"
        "time are seconds."
    )
    for schema, (words, fields) in sorted(_collected().items()):
        yield f"\n## {schema}\n\nAs printed by `spirou {words} --json`.\n\n| field | type |\n|---|---|"
        for path, kinds in sorted(fields.items()):
            yield f"| `{path}` | {', '.join(sorted(kinds))} |"


def _collected() -> dict[str, tuple[str, dict[str, set[str]]]]:
    """The fields of every document that the session prints, with the types that were seen."""
    found: dict[str, tuple[str, dict[str, set[str]]]] = {}
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {"SPIROU_DB": f"{folder}/spirou.db", "SPIROU_FOLDER": f"{folder}/shared"}
        os.environ |= {"SPIROU_CONFIG": f"{folder}/config.toml"}
        for words in _SESSION:
            document = _printed(words)
            schema = document.get("schema")
            if isinstance(schema, str):
                _, fields = found.setdefault(schema, (" ".join(words), {}))
                _describe(document, "", fields)
    return found


def _printed(words: tuple[str, ...]) -> dict[str, object]:
    out = io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(io.StringIO()):
        run([*words, "--json"])
    try:
        document = json.loads(out.getvalue() or "{}")
    except ValueError:
        raise SystemExit(f"spirou {' '.join(words)} --json printed no JSON: {out.getvalue()[:200]}") from None
    return document if isinstance(document, dict) else {}


_NAMES = {str: "text", int: "number", float: "number", bool: "true or false", type(None): "null"}


def _describe(value: object, path: str, fields: dict[str, set[str]]) -> None:
    if isinstance(value, dict):
        for name, item in value.items():
            _describe(item, f"{path}.{name}" if path else name, fields)
    elif isinstance(value, list):
        fields.setdefault(path, set()).add("list")
        for item in value:
            _describe(item, f"{path}[]", fields)
    else:
        fields.setdefault(path, set()).add(_NAMES[type(value)])


def _block(text: str) -> str:
    lines = "\n".join(line.rstrip() for line in text.splitlines())
    return f"```text\n{lines}\n```"


@contextlib.contextmanager
def _quiet_environment() -> Iterator[None]:
    """English, 80 columns, no preferences: the same pages on every machine."""
    before = dict(os.environ)
    os.environ |= {"SPIROU_LANG": "en", "COLUMNS": "80", "TERM": "dumb", "TZ": "UTC"}
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


if __name__ == "__main__":
    sys.exit(main())
