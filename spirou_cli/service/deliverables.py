"""The files of a task: what was attached, what came back, and a copy of it where the person wants one."""

from __future__ import annotations

import filecmp
import os
import shutil
from collections.abc import Sequence
from pathlib import Path

from spirou_cli.adapters import base
from spirou_cli.domain.errors import (
    AuthNeeded,
    InvalidInput,
    NoSuchThing,
    ProviderUnreachable,
    Refused,
    StoreError,
    mark,
)
from spirou_cli.domain.record import record
from spirou_cli.domain.states import UNSENT
from spirou_cli.domain.task import Task
from spirou_cli.domain.text import ATTACHMENT_LIMIT, filename
from spirou_cli.service import answers, sync, tasks
from spirou_cli.service.context import Context
from spirou_cli.service.lookup import by_id, find
from spirou_cli.storage import files, queries
from spirou_cli.storage.accounts import Account
from spirou_cli.storage.queries import Artifact

__all__ = ["Copied", "Shelf", "attach", "copy", "fetched", "here", "shelf"]


@record
class Shelf:
    """A task, its deliverables, and where the file folder is."""

    task: Task
    artifacts: tuple[Artifact, ...]
    folder: Path


@record
class Copied:
    """One deliverable where the person wanted it; ``same``: it was there already."""

    artifact: Artifact
    path: Path
    same: bool = False


def shelf(context: Context, reference: str) -> Shelf:
    """The files of a task."""
    with context.read() as connection:
        task = find(connection, reference)
        return Shelf(task, tuple(queries.artifacts(connection, task.id)), context.files)


def fetched(context: Context, reference: str, names: Sequence[str] = ()) -> Shelf:
    """The deliverables called ``names``, or all, their content brought here first."""
    found = _chosen(shelf(context, reference), names)
    for artifact in found.artifacts:
        if artifact.path is None:
            _fetch(context, found.task, artifact)
    return _chosen(shelf(context, reference), names)


def copy(found: Shelf, folder: Path, *, replace: bool = False) -> list[Copied]:
    """Copy what was fetched into ``folder``. Nothing is overwritten unless ``replace``; checked before."""
    targets = [(artifact, folder / name) for artifact, name in _names(found.artifacts)]
    taken = [path for artifact, path in targets if path.exists() and not _same(found, artifact, path)]
    if taken and not replace:
        raise InvalidInput(
            mark("{path} is there already. Nothing was copied."),
            mark("spirou files {number} get --force   or elsewhere: -o DIR"),
            path=str(taken[0]),
            number=found.task.number,
        )
    return [_copied(found, artifact, path) for artifact, path in targets]


def attach(context: Context, reference: str, paths: Sequence[Path], text: str) -> tuple[Task, Account | None]:
    """Add files: to the brief of what is still here, with a message to a provider that has it."""
    here = shelf(context, reference).task
    if here.state in UNSENT:
        return tasks.edit(context, reference, {}, attach=paths).placed.task, None
    task, account = answers.reply(context, reference, text, paths)
    return task, account


def _chosen(found: Shelf, names: Sequence[str]) -> Shelf:
    known = {artifact.name for artifact in found.artifacts}
    for name in names:
        if name not in known:
            raise NoSuchThing(
                mark("Task {number} has no file {name}. There is: {known}."),
                mark("spirou files {number}"),
                number=found.task.number,
                name=name,
                known=", ".join(sorted(known)) or "-",
            )
    kept = tuple(artifact for artifact in found.artifacts if not names or artifact.name in names)
    return Shelf(found.task, kept, found.folder)


def _fetch(context: Context, task: Task, artifact: Artifact) -> None:
    with context.read() as connection:
        account = by_id(connection, artifact.account_id)
    if account is None or not artifact.locator:
        raise NoSuchThing(
            mark("The content of {name} is no longer known."),
            mark("spirou files {number}"),
            name=artifact.name,
            number=task.number,
        )
    try:
        sync.fetch(context, context.connect(account), task.id, artifact)
    except files.TooLarge as error:
        raise Refused(
            mark("{name} is over {limit} MB; it was not fetched."),
            mark("Take it at your provider: spirou show {number} --web"),
            name=artifact.name,
            limit=ATTACHMENT_LIMIT // (1024 * 1024),
            number=task.number,
        ) from error
    except base.AuthRequired as error:
        raise AuthNeeded(
            mark("{provider} does not accept the key: {error}."),
            mark("spirou provider login {provider}"),
            provider=account.name,
            error=str(error),
        ) from error
    except base.AdapterError as error:
        raise ProviderUnreachable(
            mark("{name} could not be fetched from {provider}: {error}."),
            mark("spirou files {number} get"),
            name=artifact.name,
            provider=account.name,
            error=str(error),
            number=task.number,
        ) from error


def _names(artifacts: Sequence[Artifact]) -> list[tuple[Artifact, str]]:
    """A safe name for each; two files of one name are told apart."""
    used: set[str] = set()
    found = []
    for artifact in artifacts:
        name = first = filename(artifact.name)
        number = 2
        while name in used:
            stem, dot, suffix = first.rpartition(".")
            name = f"{stem}~{number}{dot}{suffix}" if stem else f"{first}~{number}"
            number += 1
        used.add(name)
        found.append((artifact, name))
    return found


def here(found: Shelf, artifact: Artifact) -> Path:
    """Where the content of a fetched deliverable is."""
    return files.below(found.folder, artifact.path or "")


def _same(found: Shelf, artifact: Artifact, path: Path) -> bool:
    return path.is_file() and filecmp.cmp(path, here(found, artifact), shallow=False)


def _copied(found: Shelf, artifact: Artifact, path: Path) -> Copied:
    """A whole file under its name, or none: it is written beside it first."""
    if path.exists() and _same(found, artifact, path):
        return Copied(artifact, path, same=True)
    draft = path.with_name(f".{path.name[:100]}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(here(found, artifact), draft)
        draft.replace(path)
    except OSError as error:
        draft.unlink(missing_ok=True)
        raise StoreError(
            mark("{name} can't be saved: {error}."),
            mark("spirou files {number} get -o DIR"),
            name=str(path),
            error=error.strerror or "",
            number=found.task.number,
        ) from error
    return Copied(artifact, path)
