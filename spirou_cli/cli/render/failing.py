"""Why a provider didn't do what was asked of it, in the person's words, and what to type about it."""

from __future__ import annotations

from spirou_cli.cli.render.screen import Screen
from spirou_cli.domain.errors import SpirouError, mark

__all__ = ["next_command", "text"]


def text(screen: Screen, failure: Exception) -> str:
    """A failure as a phrase: ours in the person's language, an adapter's as it said it."""
    ours = _ours(failure)
    said = screen.words.error(ours)[0] if ours is not None else str(failure)
    return said.removesuffix(".") or type(failure).__name__


def next_command(screen: Screen, failure: Exception, provider: str) -> str:
    """What mends it, else another try."""
    from spirou_cli.adapters.base import AuthRequired  # loaded already where something was sent

    ours = _ours(failure)
    hint = screen.words.error(ours)[1] if ours is not None else ""
    if hint:
        return hint
    wants_key = isinstance(failure, AuthRequired)
    return screen.words.say(
        mark("spirou provider login {provider}") if wants_key else mark("spirou sync {provider}"),
        provider=provider,
    )


def _ours(failure: Exception) -> SpirouError | None:
    """An error of ours, also where an adapter met it and could only say that it has no key."""
    return next((each for each in (failure, failure.__cause__) if isinstance(each, SpirouError)), None)
