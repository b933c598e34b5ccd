"""A small process that has loaded all of Spirou, and is copied for each run.

A copy of the tests' own process would cost three times as much: that one has grown large.
"""

from __future__ import annotations

import gc
import importlib
import io
import os
import pickle
import pkgutil
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import NoReturn

__all__ = ["begin", "ended", "load_everything"]

_ROOT = Path(__file__).parents[2]


def load_everything() -> None:
    """Import all of Spirou, so that no copy has to."""
    import spirou_cli

    for module in pkgutil.walk_packages(spirou_cli.__path__, "spirou_cli."):
        if not module.name.startswith(("spirou_cli.testing", "spirou_cli.__main__")):
            importlib.import_module(module.name)


def begin(
    arguments: Sequence[str], home: Path, environment: Mapping[str, str], streams: tuple[int, int, int]
) -> socket.socket:
    """Start ``spirou`` in ``home`` on these streams; what to ask for its end."""
    ours, theirs = socket.socketpair()
    with theirs:
        socket.send_fds(_parent(), [b"run"], [theirs.fileno(), *streams])
    ours.sendall(pickle.dumps((arguments, str(home), dict(environment))))
    return ours


def ended(running: socket.socket) -> int:
    """Its exit code, once it has ended."""
    with running:
        return int(running.recv(16))


@cache
def _parent() -> socket.socket:
    """The process to copy, which lives as long as the one that asks."""
    ours, theirs = socket.socketpair()
    with theirs:
        subprocess.Popen([sys.executable, "-m", "tests.cli.copies"], cwd=_ROOT, stdin=theirs)
    return ours


# --- inside that process ----------------------------------------------------------------------------


def serve() -> None:
    """One run after the other, until nobody asks any more."""
    load_everything()
    gc.collect()
    gc.freeze()  # what is loaded is shared with the copies: their collector would copy it all
    asked = socket.socket(fileno=os.dup(0))
    while True:
        word, (*handles,), _, _ = socket.recv_fds(asked, 16, 4)
        if not word:
            return
        answer, *streams = handles
        child = os.fork()
        if child == 0:
            _become(socket.socket(fileno=answer), streams)
        for stream in streams:
            os.close(stream)
        with socket.socket(fileno=answer) as back:
            back.sendall(str(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])).encode())


def _become(order: socket.socket, streams: Sequence[int]) -> NoReturn:
    """This process is ``spirou`` from here on."""
    code = 99
    try:
        arguments, home, environment = pickle.load(order.makefile("rb"))
        for number, stream in enumerate(streams):
            os.dup2(stream, number)
        os.closerange(3, 64)
        os.environ.clear()
        os.environ.update(environment)
        os.chdir(home)
        sys.stdin = io.TextIOWrapper(io.BufferedReader(io.FileIO(0)), encoding="utf-8")
        sys.stdout = io.TextIOWrapper(io.BufferedWriter(io.FileIO(1, "w")), encoding="utf-8")
        sys.stderr = io.TextIOWrapper(io.BufferedWriter(io.FileIO(2, "w")), encoding="utf-8")
        from spirou_cli.cli import run

        code = run(arguments)
        sys.stdout.flush()
        sys.stderr.flush()
    finally:
        os._exit(code)


if __name__ == "__main__":
    serve()
