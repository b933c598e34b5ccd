"""The manual page, as roff, made of the command tree: nothing in it is written twice."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from spirou_cli.cli.render.messages import Words
from spirou_cli.cli.render.topics import EXIT_CODES, TOPICS
from spirou_cli.cli.tree import COMMANDS, SECTIONS
from spirou_cli.domain.errors import mark

__all__ = ["manual"]

_FILES = (
    ("~/.local/share/spirou/spirou.db", mark("The store: every task, in one file.")),
    ("~/.local/share/spirou/files/", mark("What was attached, and what was delivered.")),
    ("~/.config/spirou/config.toml", mark("The preferences and the hooks.")),
    ("~/.config/spirou/secrets.toml", mark("Keys, only where you chose so.")),
)


def manual(tree: Any, words: Words, version: str) -> Iterator[str]:
    """The lines of the page; ``tree`` is the ``spirou`` command."""
    yield f'.TH SPIROU 1 "" "spirou {version}" ""'
    yield from _section(words, mark("NAME"))
    yield _text("spirou - " + words.say(mark("the command line of a person who delegates")))
    yield from _section(words, mark("SYNOPSIS"))
    yield r".B spirou"
    yield _text("[" + words.say(mark("COMMAND")) + "] [...]")
    yield from _section(words, mark("DESCRIPTION"))
    yield from _paragraphs(tree.help or "")
    yield from _options(tree)
    for section in SECTIONS:
        yield ".SH " + _quoted(words.say(section).upper())
        for name, entry in COMMANDS.items():
            command = tree.get_command(None, name) if entry.section == section else None
            if command is not None:
                yield from _command(command, f"spirou {name}")
    yield from _section(words, mark("EXIT STATUS"))
    for code, meaning in EXIT_CODES:
        yield from _item(code, words.say(meaning))
    yield from _section(words, mark("ENVIRONMENT"))
    for line in TOPICS["environment"]:
        yield _text(words.say(line))
        yield ".br"
    yield from _section(words, mark("FILES"))
    for path, meaning in _FILES:
        yield from _item(path, words.say(meaning))


def _command(command: Any, path: str) -> Iterator[str]:
    arguments = [param.metavar or param.name.upper() for param in command.params if _is(param, "argument")]
    yield ".SS " + _quoted(" ".join([path, *arguments]))
    yield from _paragraphs(command.help or "")
    yield from _options(command)
    for name, child in getattr(command, "commands", {}).items():
        yield from _command(child, f"{path} {name}")


def _options(command: Any) -> Iterator[str]:
    for param in command.params:
        if _is(param, "option") and not param.hidden:
            value = "" if param.is_flag else f" {param.metavar or param.name.upper()}"
            yield from _item(", ".join(sorted(param.opts, key=len)) + value, param.help or "")


def _is(param: Any, kind: str) -> bool:
    return bool(param.param_type_name == kind)


def _section(words: Words, name: str) -> Iterator[str]:
    yield ".SH " + _quoted(words.say(name))


def _item(term: str, text: str) -> Iterator[str]:
    yield ".TP"
    yield ".B " + _quoted(term)
    yield _text(text)


def _paragraphs(text: str) -> Iterator[str]:
    for line in text.splitlines():
        yield _text(line.strip()) if line.strip() else ".PP"


def _quoted(text: str) -> str:
    return '"' + _escaped(text).replace('"', r"\(dq") + '"'


def _text(text: str) -> str:
    """A line that roff takes for text whatever it begins with."""
    line = _escaped(text)
    return r"\&" + line if line.startswith((".", "'")) else line


def _escaped(text: str) -> str:
    return text.replace("\\", r"\e").replace("-", r"\-")
