"""How every run ends: what failed becomes a message and an exit code, what was saved is told to the hooks."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from spirou_cli.cli.session import Session
from spirou_cli.domain.errors import mark

__all__ = ["ended"]


def ended(session: Session, arguments: Sequence[str], action: Callable[[], int]) -> int:
    """Do ``action``; its exit code, or that of what went wrong."""
    try:
        code = action()
        _warn_of_the_clock(session)
        session.screen.flush()
        _tell_hooks(session)
    except BaseException as error:
        from spirou_cli.cli.failures import report  # loads Typer, to know its errors

        return report(error, session, arguments)
    return code


def _warn_of_the_clock(session: Session) -> None:
    context = vars(session).get("context")  # a cached property: not made for a warning
    if context is not None and context.clock_went_back:
        session.screen.note(
            mark("The clock went back by more than an hour; times in Spirou go on from where they were.")
        )


def _tell_hooks(session: Session) -> None:
    context = vars(session).get("context")
    if context is not None and context.has_written and session.config_path.exists():
        from spirou_cli.cli.hooking import tell_hooks

        tell_hooks(session)
