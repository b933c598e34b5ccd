"""Programs of the person that are told when a task changes state: a list of words, one JSON object, a limit.

At most once for each change, whoever noticed it; a hook that fails or hangs blocks nothing.
"""

from __future__ import annotations

import json
import subprocess
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from spirou_cli.domain.errors import InvalidInput, NoSuchThing, mark
from spirou_cli.domain.record import record
from spirou_cli.domain.states import TaskState
from spirou_cli.domain.task import Task
from spirou_cli.service.changes import Change, changes_after
from spirou_cli.service.context import Context
from spirou_cli.service.settings import HOOKS
from spirou_cli.storage import health
from spirou_cli.storage.log import last_seq

__all__ = ["ANY", "Failure", "Hook", "add", "load", "notify", "remove", "run", "sample"]

ANY = "any"
"""The word for every state."""

LIMIT_S = 10
_TOLD = "hooks_told_seq"
"""Up to which fact hooks have been told."""


@record
class Hook:
    """When a task comes into ``state``, ``program`` is run: its path or name, then its arguments."""

    state: str
    program: tuple[str, ...]


@record
class Failure:
    """A hook that did not end well, and how it ended."""

    hook: Hook
    reason: str


def load(path: Path) -> list[Hook]:
    """The hooks of config.toml, in order. InvalidInput names the one that is wrong."""
    try:
        found = tomllib.loads(path.read_text("utf-8-sig")).get(HOOKS, [])
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError):
        return []  # told where the preferences are read
    if not isinstance(found, list):
        raise _wrong(path, 1)
    return [_hook(path, number, each) for number, each in enumerate(found, 1)]


def add(context: Context, path: Path, state: str, program: Sequence[str]) -> Hook:
    """Tell ``program`` of every task that comes into ``state`` from now on."""
    hook = Hook(_state(state), tuple(program))
    if not program:
        raise InvalidInput(
            mark("Which program? Nothing was saved."),
            mark("spirou hook add input_required -- notify-send Spirou"),
        )
    import tomlkit  # only who changes the hooks needs to write TOML

    from spirou_cli.service import preferences

    document = tomlkit.parse(preferences.read_text(path))
    tables = document.setdefault(HOOKS, tomlkit.aot())
    table = tomlkit.table()
    table.update({"state": hook.state, "run": list(hook.program)})
    tables.append(table)
    preferences.write_text(path, tomlkit.dumps(document))
    with context.write() as log:
        if health.remembered(log.connection, _TOLD) is None:
            health.remember(log.connection, _TOLD, last_seq(log.connection))
    return hook


def remove(path: Path, number: int) -> Hook:
    """Take away the hook with this number of ``hook list``."""
    known = load(path)
    if not 0 < number <= len(known):
        raise NoSuchThing(mark("There is no hook {number}."), mark("spirou hook list"), number=number)
    import tomlkit

    from spirou_cli.service import preferences

    document = tomlkit.parse(preferences.read_text(path))
    if len(known) == 1:
        document.remove(HOOKS)
    else:
        del document[HOOKS][number - 1]
    preferences.write_text(path, tomlkit.dumps(document))
    return known[number - 1]


def notify(context: Context, hooks: Sequence[Hook]) -> list[Failure]:
    """Tell the hooks what changed since they were last told; how those ended that failed."""
    changes = _claimed(context)
    return [
        failure
        for change in changes
        for hook in hooks
        if hook.state in (ANY, change.task.state.value)
        if (failure := run(context, hook, as_json(change))) is not None
    ]


def run(context: Context, hook: Hook, document: dict[str, Any]) -> Failure | None:
    """Run one hook: no shell, none of our secrets, one JSON object on its standard input."""
    from spirou_cli.service.secrets import child_environment  # most changes meet no hook

    try:
        done = subprocess.run(
            hook.program,
            input=json.dumps(document).encode(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=child_environment(context.environment),
            timeout=LIMIT_S,
            start_new_session=True,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return Failure(hook, f"{LIMIT_S} s")
    except (OSError, ValueError) as error:
        return Failure(hook, getattr(error, "strerror", None) or str(error))
    return Failure(hook, f"exit {done.returncode}") if done.returncode else None


def as_json(change: Change) -> dict[str, Any]:
    """What a hook reads: ``spirou.hook/1``."""
    task = change.task
    return {
        "schema": "spirou.hook/1",
        "event": "state_changed",
        "task": {
            "id": task.number,
            "title": task.title,
            "state": task.state.value,
            "before": change.before.value if change.before else None,
            "provider": change.provider or None,
            "ref": task.ref,
            "url": task.url,
            "question": task.question or None,
        },
    }


def sample(state: str) -> dict[str, Any]:
    """An object to try a hook with."""
    word = TaskState.INPUT_REQUIRED if state == ANY else TaskState(state)
    task = Task(id="", number=14, state=word, created_at=0, since=0, title="Book the dentist")
    return as_json(Change(task, TaskState.WORKING, "julie"))


def _claimed(context: Context) -> list[Change]:
    """The changes that nobody was told yet; telling them is ours alone once this returns."""
    with context.write() as log:
        connection = log.connection
        told, newest = health.remembered(connection, _TOLD), last_seq(connection)
        if told is None or newest <= told:
            if told is None:
                health.remember(connection, _TOLD, newest)
            return []
        health.remember(connection, _TOLD, newest)
        return changes_after(connection, told)


def _hook(path: Path, number: int, found: Any) -> Hook:
    if not isinstance(found, dict) or set(found) != {"state", "run"} or not isinstance(found["run"], list):
        raise _wrong(path, number)
    if not found["run"] or not all(isinstance(word, str) for word in found["run"]):
        raise _wrong(path, number)
    return Hook(_state(str(found["state"])), tuple(found["run"]))


def _state(word: str) -> str:
    if word != ANY and word not in set(TaskState):
        raise InvalidInput(
            mark("There is no state {word}. There is: any, {known}."),
            mark("spirou hook add input_required -- notify-send Spirou"),
            word=word,
            known=", ".join(TaskState),
        )
    return word


def _wrong(path: Path, number: int) -> InvalidInput:
    return InvalidInput(
        mark("In {path}, hook {number} needs a state, and run, a list of words."),
        mark("spirou config edit"),
        path=str(path),
        number=number,
    )
