"""What is typed without being shown: the one thing read from a terminal by another way than its lines."""

from __future__ import annotations

import getpass
import sys

__all__ = ["typed_unseen"]


def typed_unseen() -> str | None:
    """One line from the terminal, not echoed; None at the end of the input."""
    try:
        return getpass.getpass("", stream=sys.stderr)
    except EOFError:
        return None
