"""After a command that changed something: the person's hooks are told, and none of them can spoil it."""

from __future__ import annotations

from spirou_cli.cli.session import Session
from spirou_cli.domain.errors import SpirouError, mark
from spirou_cli.service import hooks

__all__ = ["tell_hooks"]


def tell_hooks(session: Session) -> None:
    """Tell the hooks what changed, if there are hooks."""
    try:
        known = hooks.load(session.config_path)
        failures = hooks.notify(session.context, known) if known else []
    except SpirouError as error:
        session.screen.note(mark("The hooks were not told: {problem}"), problem=session.words.error(error)[0])
        return
    for failure in failures:
        session.screen.note(
            mark("The hook {program} did not end well ({reason}). Nothing else was disturbed."),
            program=failure.hook.program[0],
            reason=failure.reason,
        )
