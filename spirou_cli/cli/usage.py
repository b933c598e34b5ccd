"""What Typer says by itself, usage errors and the frame of a help page, in the words of Spirou."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import typer

from spirou_cli.cli.render.messages import Words
from spirou_cli.domain.errors import InvalidInput, mark

__all__ = ["UsageError", "refusal", "spoken_context"]

# Typer doesn't export the parent of its usage errors, and its copy of click is not for importing.
UsageError: type[Exception] = typer.BadParameter.__bases__[0]


_NO_SUCH = r"No such command '(?P<name>.*?)'\.(?: Did you mean .*?'(?P<close>\w+)'.*)?"


def refusal(error: Exception, arguments: Sequence[str] = ()) -> InvalidInput:
    """A usage error of Typer as one of ours: what is wrong, and the help that tells."""
    context = getattr(error, "ctx", None)
    command = context.command_path if context is not None else "spirou"
    text = str(getattr(error, "message", error))
    option = getattr(error, "option_name", None)
    if option is not None and hasattr(error, "possibilities"):
        return InvalidInput(
            mark("{command} has no option {option}."),
            mark("{command} -h   or, if it is text: {command} -- {option}"),
            command=command,
            option=_as_typed(option, arguments),
        )
    hint = mark("{command} -h")
    if option is not None and "requires" in text:
        return InvalidInput(mark("{option} needs a value."), hint, option=option, command=command)
    if option is not None:
        return InvalidInput(mark("{option} takes no value."), hint, option=option, command=command)
    name = _parameter(error)
    if name and hasattr(error, "param_type"):
        return InvalidInput(mark("{name} is missing."), hint, name=name, command=command)
    if name and (value := re.match("'?(.*?)'? is not ", text, re.DOTALL)):
        return InvalidInput(
            mark("“{value}” won't do for {name}."), hint, value=value[1], name=name, command=command
        )
    if extra := re.fullmatch(r"Got unexpected extra argument\S* \((.*)\)", text, re.DOTALL):
        return InvalidInput(mark("Too many words: {words}."), hint, words=extra[1], command=command)
    if unknown := re.fullmatch(_NO_SUCH, text, re.DOTALL):
        if unknown["close"]:
            hint = mark("Did you mean: {command} {close}")
        return InvalidInput(mark("{command} has no {name}."), hint, command=command, **unknown.groupdict())
    if text == "Missing command.":
        return InvalidInput(mark("{command} needs one more word."), hint, command=command)
    problem = getattr(error, "format_message", lambda: text)()
    return InvalidInput(mark("{problem}"), hint, problem=problem, command=command)


def _as_typed(option: str, arguments: Sequence[str]) -> str:
    """The whole word that has ``option``: a person who typed -rf doesn't know -r."""
    letter = option[1:]
    clusters = (word for word in arguments if word[:1] == "-" and word[:2] != "--" and letter in word)
    return next(clusters, option) if len(letter) == 1 else option


def _parameter(error: Exception) -> str:
    """The argument or option that an error is about, as the person types it."""
    parameter = getattr(error, "param", None)
    if parameter is None:
        return ""
    if parameter.param_type_name == "option":
        return str(max(parameter.opts, key=len))
    return str(parameter.metavar or parameter.name).upper()


_HEADINGS = (mark("Arguments"), mark("Options"), mark("Commands"))
_HELP = mark("Show this message and exit.")
_FRAME = mark("[OPTIONS] COMMAND [ARGS]...")


def spoken_context(words: Words) -> Any:
    """The context class whose help pages are framed in the language of ``words``."""
    plain: Any = typer.Context.formatter_class

    class Formatter(plain):  # type: ignore[misc]  # Typer's copy of click isn't for importing
        def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
            super().write_usage(
                prog, words.say(_FRAME) if args == _FRAME else args, words.say(mark("Usage: "))
            )

        def write_heading(self, heading: str) -> None:
            label = words.say(heading) if heading in _HEADINGS else heading
            self.write(f"{'':>{self.current_indent}}{words.say(mark('{label}:'), label=label)}\n")

        def write_dl(self, rows: Sequence[tuple[str, str]], *more: int, **named: int) -> None:
            super().write_dl([(term, _spoken(words, text)) for term, text in rows], *more, **named)

    class Context(typer.Context):
        formatter_class = Formatter

    return Context


def _spoken(words: Words, text: str) -> str:
    if text == _HELP:
        return words.say(_HELP)
    text = text.replace("[required]", words.say(mark("[required]")))
    return re.sub(
        r"\[default: (.*?)\]$", lambda found: words.say(mark("[default: {value}]"), value=found[1]), text
    )
