"""Syncing: push, then pull, account by account side by side; one that fails is named, others go on."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING

from spirou_cli.adapters import base
from spirou_cli.adapters.base import Adapter, Batch, OpenTask, Ref
from spirou_cli.domain import delivery as d
from spirou_cli.domain import events as e
from spirou_cli.domain.errors import SpirouError, Syncing
from spirou_cli.domain.record import field, record
from spirou_cli.domain.text import ATTACHMENT_LIMIT
from spirou_cli.service import delivery, news, plans, providers
from spirou_cli.service.context import Context, milliseconds
from spirou_cli.storage import accounts, files, outbox, queries
from spirou_cli.storage.accounts import Account
from spirou_cli.storage.lock import sync_lock
from spirou_cli.storage.log import Log, last_seq

if TYPE_CHECKING:
    from spirou_cli.service.budgets import Crossing

__all__ = ["Synced", "budgets_crossed", "fetch", "plan", "push_account", "sync"]

_OURS = (base.AdapterError, SpirouError)
_LATE = timedelta(days=60)
_MOST_PAGES = 10_000
_MOST_ACCOUNTS_AT_ONCE = 8


@record(frozen=False)
class Synced:
    """How the sync with one account went. ``error`` is an error of the contract, or of the plugin."""

    account: Account
    pushed: delivery.Pushed | None = None
    news: int = 0
    quarantined: int = 0
    unmatched: int = 0
    known: int = 0
    """Items that were told before."""
    pages: int = 0
    seconds: float = 0
    since: int = 0
    """The number of the log's last fact before: what came after it was done or told in this sync."""
    error: Exception | None = None
    changed: set[str] = field(default_factory=set)

    @property
    def failure(self) -> Exception | None:
        """What went wrong on the way there or back, if anything did."""
        return self.error or (self.pushed.stopped if self.pushed else None)


def sync(
    context: Context,
    names: Iterable[str] = (),
    *,
    full: bool = False,
    wait: bool = False,
    hurry: bool = False,
) -> list[Synced]:
    """Send what may leave and fetch what is new. Syncing at once if another process is at it.

    ``hurry``: a person asked for it now, so that our own waiting times between tries don't count.
    """
    context.store()  # makes or migrates it, which takes the lock too
    with sync_lock(context.path, wait=wait):
        with context.read() as connection:
            newest, since = outbox.newest(connection), last_seq(connection)
            chosen = [providers.named(connection, name) for name in names]
            chosen = chosen or accounts.accounts(connection)
        if hurry:
            with context.write() as log:
                for account in chosen:
                    outbox.hurry_all(log.connection, account.id)
        with ThreadPoolExecutor(_MOST_ACCOUNTS_AT_ONCE, thread_name_prefix="sync") as pool:
            begun = [Synced(account, since=since) for account in chosen]
            synced = list(pool.map(lambda each: _sync_account(context, each, full=full), begun))
    _send_late_ones(context, newest)
    return synced


def budgets_crossed(context: Context) -> list[Crossing]:
    """The thresholds of budgets that were reached since the last time; each is told once a month."""
    with context.read() as connection:
        if not plans.has_budgets(connection):
            return []
    from spirou_cli.service import budgets

    with context.write() as log:
        return budgets.cross(context, log, plans.local_day(context))


def push_account(context: Context, account: Account) -> delivery.Pushed:
    """Send what may leave to one account. Syncing if a sync is running: it will send it."""
    with sync_lock(context.path):
        with context.read() as connection:
            newest = outbox.newest(connection)
        pushed = delivery.push(context, account)
    _send_late_ones(context, newest)
    return pushed


def _send_late_ones(context: Context, newest: int) -> None:
    """Send what was queued by who found the lock taken: they told the person that it leaves with us (R20).

    Looked for once the lock is free, so that nobody can come between the last look and its release.
    """
    while not context.stopping.is_set() and (late := _late_ones(context, newest)):
        try:
            with sync_lock(context.path):
                with context.read() as connection:
                    newest = outbox.newest(connection)
                for account in late:
                    with suppress(SpirouError):  # a plugin that breaks has its own command to say so
                        delivery.push(context, account)
        except Syncing:
            return  # whoever holds it now looks again after us


def _late_ones(context: Context, newest: int) -> list[Account]:
    """The accounts with rows after ``newest`` that nobody has tried to send."""
    with context.read() as connection:
        fresh = {
            op.account_id
            for op in outbox.open_ops(connection)
            if op.seq > newest and op.state is d.OpState.QUEUED and not op.attempts
        }
        known = accounts.accounts(connection)
        return [account for account in known if account.id in fresh and not account.paused]


def plan(context: Context, names: Iterable[str] = ()) -> list[tuple[Account, list[d.Step]]]:
    """What a sync would do with the outbox; nothing is sent."""
    with context.read() as connection:
        chosen = [providers.named(connection, name) for name in names] or accounts.accounts(connection)
        found = []
        for account in chosen:
            capabilities = context.connect(account).capabilities()
            ops = outbox.open_ops(connection, account.id)
            named = queries.with_ref(connection, account.id)
            now = round(context.now().timestamp() * 1000)
            steps = d.plan(ops, capabilities.repeatability, now, has_ref=named.__contains__)
            found.append((account, list(steps)))
        return found


def _sync_account(context: Context, synced: Synced, *, full: bool) -> Synced:
    account, begun = synced.account, time.monotonic()
    try:
        adapter = context.connect(account)
        synced.pushed = delivery.push(context, account, adapter)
        _pull(context, account, adapter, synced, full=full)
        if synced.pushed.stopped is None:  # a place may have become free
            again = delivery.push(context, account, adapter, sent=synced.pushed.tried)
            synced.pushed.done += again.done
            synced.pushed.refused += again.refused
            synced.pushed.held += again.held
            synced.pushed.stopped = again.stopped
    except Exception as error:  # a plugin that breaks costs its own tasks' freshness, nothing else
        synced.error = error
        _remember_failure(context, account, error)
    synced.seconds = time.monotonic() - begun
    return synced


def _pull(context: Context, account: Account, adapter: Adapter, synced: Synced, *, full: bool) -> None:
    """Read page by page; a page's reports and its cursor land in one transaction."""
    with context.read() as connection:
        cursor = None if full else accounts.poll_state(connection, account.id).cursor
    seen: set[str | None] = set()
    forgotten = False
    for _ in range(_MOST_PAGES):
        batch = _page(context, account, adapter, cursor)
        if batch is None:
            if forgotten:
                raise base.ProtocolError("the provider forgets at once what it has told")
            cursor, seen, forgotten = None, set(), True
            continue
        synced.pages += 1
        with context.write() as log:
            for report in batch.reports:
                _take(log, account, report, synced)
            accounts.record_poll(log.connection, account.id, batch.cursor, log.at)
        if adapter.capabilities().fetch_on_pull:
            _fetch_new(context, account, adapter)
        if not batch.more:
            return
        if batch.cursor in seen:
            raise base.ProtocolError("the provider gave the same page twice")
        seen.add(batch.cursor)
        cursor = batch.cursor
    raise base.ProtocolError(f"the provider gave more than {_MOST_PAGES} pages")


def _page(context: Context, account: Account, adapter: Adapter, cursor: str | None) -> Batch | None:
    """The next page; None when the cursor has expired and all is to be read again."""
    late = milliseconds(context.now() - _LATE) if adapter.capabilities().late else None
    with context.read() as connection:
        at_provider = queries.at_provider(connection, account.id, late)
    open_tasks = [
        OpenTask(Ref(task.ref, task.url), task.number, key) for task, key in at_provider if task.ref
    ]
    try:
        return adapter.pull(cursor, open_tasks)
    except base.CursorExpired:
        if cursor is None:
            raise base.ProtocolError("the provider refuses to be read from the start") from None
        return None


def _take(log: Log, account: Account, report: base.Report, synced: Synced) -> None:
    match news.record(log, account, report):
        case news.Taken.NEW:
            synced.news += 1
            synced.changed.add(report.ref)
        case news.Taken.QUARANTINED:
            synced.quarantined += 1
        case news.Taken.UNMATCHED:
            synced.unmatched += 1
        case news.Taken.KNOWN:
            synced.known += 1


def _fetch_new(context: Context, account: Account, adapter: Adapter) -> None:
    """Copy in the deliverables that are near and small enough."""
    with context.read() as connection:
        missing = queries.missing_artifacts(connection, account.id, ATTACHMENT_LIMIT)
    for task_id, artifact in missing:
        try:
            fetch(context, adapter, task_id, artifact)
        except (base.AdapterError, files.TooLarge):
            continue


def fetch(context: Context, adapter: Adapter, task_id: str, artifact: queries.Artifact) -> str:
    """Bring the content of a deliverable here; its path below the file folder."""
    place = os.path.join(task_id, artifact.item_hash)
    path, digest, size = files.receive(
        context.files,
        place,
        artifact.name,
        lambda write: adapter.fetch(artifact.locator, write),
        cap=ATTACHMENT_LIMIT,
    )
    with context.write() as log:
        log.append(task_id, e.ArtifactStored(key=artifact.item, path=path, sha256=digest, size=size))
    return path


def _remember_failure(context: Context, account: Account, error: Exception) -> None:
    text = str(error).removesuffix(".") if isinstance(error, _OURS) else type(error).__name__
    with context.write() as log:
        accounts.record_failure(log.connection, account.id, text, type(error).__name__, log.at)
