"""The screens of the pages: each ```console block is run again, in a home of its own, on 80 columns.

python -m tests.tools.screens           write what the commands show now into the pages
python -m tests.tools.screens --check   change nothing; exit 1 if a page shows something else

In a block a line that begins with ``$`` is typed, and what follows is what the terminal shows. A comment
``<!-- meanwhile: … -->`` is done in silence: it is what somebody else does, such as an assistant in the
shared folder. A block after ``<!-- write: FILE -->`` is the file that they save there.
"""

from __future__ import annotations

import os
import pty
import re
import secrets
import shutil
import sys
import tempfile
import tty
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGES = (
    ROOT / "README.md",
    ROOT / "docs/tutorial/first-day.md",
    ROOT / "docs/how-to/founding-month.md",
)

HOME = "/home/you"
"""What the pages call the home; the real one has a name as long, so that lines break where they do."""

_STEP = re.compile(
    r"<!-- meanwhile:\n(?P<meanwhile>.*?)-->"
    r"|<!-- write: (?P<file>[^\n]*) -->\n```text\n(?P<text>.*?)```"
    r"|```console\n(?P<console>.*?)```",
    re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Block:
    """A block as it stands in the page, and as the program would have it today."""

    written: str
    shown: str


def main(arguments: list[str]) -> int:
    behind = 0
    for page in PAGES:
        text = page.read_text("utf-8")
        for block in replayed(text):
            text = text.replace(block.written, block.shown, 1)
            if normal(block.written) != normal(block.shown):
                behind += 1
                sys.stdout.write(f"{page.relative_to(ROOT)} shows something else now:\n{block.shown}\n")
        if "--check" not in arguments:
            page.write_text(text, "utf-8")
    return int(bool(behind) and "--check" in arguments)


def replayed(page: str) -> Iterator[Block]:
    """Do everything that ``page`` tells, in its order; each console block, and what it shows now."""
    with _home() as home:
        for step in _STEP.finditer(page):
            if step["meanwhile"]:
                _shown(home, "set -e\n" + step["meanwhile"], must_succeed=True)
            elif step["file"]:
                (home / step["file"].removeprefix("~/")).write_text(step["text"], "utf-8")
            else:
                yield Block(step["console"], "".join(_typed(home, step["console"])))


def normal(text: str) -> str:
    """``text`` without what changes from one day, one run or one machine to the next."""
    for pattern, same in _CHANGING:
        text = pattern.sub(same, text)
    return " ".join(text.split())


_MONTHS = (
    "January|February|March|April|May|June|July|August|September|October|November|December"
    "|janvier|février|mars|avril|mai|juin|juillet|août|septembre|octobre|novembre|décembre"
)
_CHANGING = tuple(
    (re.compile(pattern, re.IGNORECASE), same)
    for pattern, same in (
        (r"\b(\d+)-[0-9a-f]{8}\b", r"\1-REF"),
        (r"\(message [0-9a-f]{8}\)", "(message)"),
        (rf"\b(\d+(–\d+)?(er)? )?({_MONTHS})( \d{{4}})?\b", "PERIOD"),
        (r"\b(lun|mar|mer|jeu|ven|sam|dim)\. \d+(er)? \w+\.?", "DAY"),
        # on the last day of a month nothing more is expected
        (r"\babout \S+ [A-Z]{3} expected by \d+ \w+", ""),
        (r"\b(Mon|Tue|Wed|Thu|Fri|Sat|Sun) \d+ \w{3}\b", "DAY"),
        (r"\b\d\d:\d\d\b", "HH:MM"),
        (r"\bjust now\b|(?<!\w)<?\d+ (s|min) ago\b|à l.instant|il y a <?\d+.(s|min)\b", "AGO"),
    )
)


@contextmanager
def _home() -> Iterator[Path]:
    """A home whose name is as long as ``HOME``, with ``spirou`` on the path."""
    home = Path(tempfile.gettempdir(), secrets.token_hex(8)[: len(HOME) - len(tempfile.gettempdir()) - 1])
    home.mkdir(mode=0o700)
    try:
        program = home / ".local/bin/spirou"
        program.parent.mkdir(parents=True)
        program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m spirou_cli "$@"\n')
        program.chmod(0o755)
        yield home
    finally:
        shutil.rmtree(home)


def _typed(home: Path, block: str) -> Iterator[str]:
    """The block with each command followed by what it shows; empty lines stay where they part commands."""
    commands = re.findall(r"^\$ ((?:.*\\\n)*.*)\n", block, re.MULTILINE)
    for at, command in enumerate(commands):
        yield "\n" * bool(at) + f"$ {command}\n"
        yield _shown(home, command).replace(str(home), HOME)


def _shown(home: Path, command: str, *, must_succeed: bool = False) -> str:
    """What a terminal of 80 columns shows of ``command``; RuntimeError if it must succeed and didn't."""
    ours, theirs = pty.openpty()
    tty.setraw(theirs)
    child = os.fork()
    if child == 0:
        for number in range(3):
            os.dup2(theirs, number)
        os.chdir(home)
        os.execve("/bin/sh", ["sh", "-c", command], _environment(home))
    os.close(theirs)
    shown = b""
    while part := _read(ours):
        shown += part
    os.close(ours)
    _, status = os.waitpid(child, 0)
    if must_succeed and status:
        raise RuntimeError(f"{command}\n{shown.decode()}")
    return shown.decode()


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65536)
    except OSError:  # how Linux says that the other end is gone
        return b""


def _environment(home: Path) -> dict[str, str]:
    return {
        "HOME": str(home),
        "PATH": f"{home}/.local/bin:/usr/bin:/bin",
        "PYTHONPATH": str(ROOT),
        "COLUMNS": "80",
        "TERM": "xterm",
        "NO_COLOR": "1",
        "TZ": "Europe/Paris",
        "LC_ALL": "C.UTF-8",
    }


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
