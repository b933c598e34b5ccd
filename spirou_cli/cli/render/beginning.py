"""The first screen: what to type when nothing was ever delegated."""

from __future__ import annotations

from spirou_cli.cli.render.screen import Screen
from spirou_cli.domain.errors import mark

__all__ = ["first_steps"]


def first_steps(screen: Screen) -> None:
    """What a person sees who has just installed Spirou."""
    words = screen.words
    screen.say(mark("Nothing delegated yet."))
    steps = (
        (f'spirou add "{words.say(mark("Book the dentist"))}"', mark("to a folder that you share")),
        ("spirou provider add", mark("by email, in a ticket system or a to-do list")),
        ("spirou help", mark("every command")),
    )
    screen.definitions([(f"> {command}", words.say(meaning)) for command, meaning in steps])
