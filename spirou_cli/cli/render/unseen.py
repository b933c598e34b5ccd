"""What is typed without being shown: the one thing read from a terminal by another way than its lines."""

from __future__ import annotations

import getpass
import sys

from spirou_cli.domain.text import safe_line

__all__ = ["typed_unseen"]


def typed_unseen(question: str) -> str | None:
    """The answer to ``question``, not echoed; None at the end of the input.

    getpass asks, and not the screen: it hides what is typed first, and drops what was typed before.
    """
    try:
        return getpass.getpass(safe_line(question) + " ", stream=sys.stderr)
    except EOFError:
        return None
