"""What a person types and sees. ``main`` is the only place where an error becomes an exit code."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

__all__ = ["main", "run"]


def main() -> None:
    """The ``spirou`` command."""
    try:
        code = run(sys.argv[1:])
    except KeyboardInterrupt:  # before anything that could tell it was loaded
        code = 130
    sys.exit(code)


def run(arguments: Sequence[str]) -> int:
    """Do what was typed; the exit code. What is asked all day is answered before the rest is loaded."""
    if "_SPIROU_COMPLETE" in os.environ:
        from spirou_cli.cli.completing import complete

        return complete(arguments)
    from spirou_cli.cli import quick

    answered = quick.answer(arguments)
    if answered is not None:
        return answered
    from spirou_cli.cli.app import run_command

    return run_command(arguments)
