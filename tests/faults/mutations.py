"""Does the quick set notice? Breaks one rule at a time in a copy of this tree and expects red.

python -m tests.faults.mutations            a table; exit 1 if a broken rule passes
python -m tests.faults.mutations lock key   some of them
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
QUICK = ("power", "kill", "together", "server", "random")
"""The files of the quick set, in the order in which they are asked."""


@dataclass(frozen=True)
class Mutation:
    """A rule, and the lines that break it: file, what is there, what is put there."""

    name: str
    rule: str
    changes: tuple[tuple[str, str, str], ...]


MUTATIONS = (
    Mutation(
        "normal",
        "synchronous = NORMAL",
        (("storage/store.py", "PRAGMA synchronous = EXTRA", "PRAGMA synchronous = NORMAL"),),
    ),
    Mutation(
        "mark",
        "marked as done before it is sent",
        (
            ("storage/outbox.py", "SET state = 'sending', in_doubt", "SET state = 'done', in_doubt"),
            (
                "storage/migrations.py",
                "('queued', 'sending'),",
                "('queued', 'sending'), ('queued', 'done'), ('done', 'uncertain'), ('done', 'queued'),",
            ),
        ),
    ),
    Mutation(
        "lock",
        "no sync lock",
        (("storage/lock.py", "fcntl.flock(handle, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))", "pass"),),
    ),
    Mutation(
        "key",
        "a new key for each attempt",
        (
            (
                "service/delivery.py",
                "adapter.submit(thawing.thaw(op.id, payload, context.files))",
                "adapter.submit(thawing.thaw(context.new_id(), payload, context.files))",
            ),
        ),
    ),
    Mutation(
        "begin",
        "deferred BEGIN",
        (("storage/store.py", 'connection.execute("BEGIN IMMEDIATE")', 'connection.execute("BEGIN")'),),
    ),
    Mutation(
        "cursor",
        "the cursor first",
        (
            (
                "service/sync.py",
                "        with context.write() as log:\n            for report in batch.reports:\n",
                "        with context.write() as log:\n"
                "            accounts.record_poll(log.connection, account.id, batch.cursor, log.at)\n"
                "        with context.write() as log:\n            for report in batch.reports:\n",
            ),
        ),
    ),
    Mutation(
        "print",
        "the number printed before the commit",
        (
            (
                "service/tasks.py",
                "        return [_add(context, log, one, attached) for one, attached in "
                "zip(new, kept, strict=True)]\n",
                "        saved = [_add(context, log, one, attached) for one, attached in "
                "zip(new, kept, strict=True)]\n"
                "        import sys\n"
                '        sys.stdout.write("".join(f"Saved as {one.task.number}.\\n" for one in saved))\n'
                "        sys.stdout.flush()\n"
                "        return saved\n",
            ),
        ),
    ),
    Mutation(
        "guess",
        "a blind provider is guessed at",
        (
            (
                "domain/delivery.py",
                '        case _:\n            return Hold(op, "cannot_tell")',
                "        case _:\n            return Claim(op)",
            ),
        ),
    ),
    Mutation(
        "queued",
        "what was under way is queued again",
        (
            (
                "storage/outbox.py",
                "SET state = 'uncertain' WHERE state = 'sending'",
                "SET state = 'queued' WHERE state = 'sending'",
            ),
        ),
    ),
    Mutation(
        "mask",
        "signals are not held back",
        (("service/signals.py", "signal.pthread_sigmask(signal.SIG_BLOCK, _WAITING)", "set()"),),
    ),
)


@dataclass(frozen=True)
class Verdict:
    """Whether the quick set turned red, and the test that did first."""

    mutation: Mutation
    red: bool
    first: str
    seconds: float


def tried(mutation: Mutation) -> Verdict:
    """Break one rule in a copy of the tree and run the quick set there until it fails."""
    with tempfile.TemporaryDirectory() as folder:
        tree = _copy(Path(folder) / "tree")
        for name, old, new in mutation.changes:
            _change(tree / "spirou_cli" / name, old, new)
        begun = time.monotonic()
        files = [f"tests/faults/test_{name}.py" for name in QUICK]
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "-x", "-n", "0", *files],
            cwd=tree,
            capture_output=True,
            text=True,
            check=False,
        )
        first = re.search(r"^(?:FAILED|ERROR) \S+::(.+?)(?: - |$)", done.stdout, re.MULTILINE)
        return Verdict(mutation, done.returncode == 1, first[1] if first else "", time.monotonic() - begun)


def _copy(tree: Path) -> Path:
    tree.mkdir()
    ignored = shutil.ignore_patterns("__pycache__", ".hypothesis")
    for name in ("spirou_cli", "tests"):
        shutil.copytree(ROOT / name, tree / name, ignore=ignored)
    shutil.copy(ROOT / "pyproject.toml", tree)
    return tree


def _change(path: Path, old: str, new: str) -> None:
    source = path.read_text("utf-8")
    if source.count(old) != 1:
        raise LookupError(f"{path.name} has {source.count(old)} times: {old}")
    path.write_text(source.replace(old, new), "utf-8")


def main(names: Sequence[str]) -> int:
    chosen = [mutation for mutation in MUTATIONS if not names or mutation.name in names]
    sys.stdout.write("| Broken rule | Quick set | First test to fail |\n|---|---|---|\n")
    verdicts = []
    for mutation in chosen:
        verdicts.append(verdict := tried(mutation))
        colour = "red" if verdict.red else "**green**"
        sys.stdout.write(f"| {mutation.rule} | {colour} | `{verdict.first}` |\n")
        sys.stdout.flush()
    return 0 if all(verdict.red for verdict in verdicts) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
