"""What a provider sent and no task could take in: linked to a task by the person, or dropped."""

from __future__ import annotations

import sqlite3

from spirou_cli.adapters import base
from spirou_cli.domain import events as e
from spirou_cli.domain.errors import NoSuchThing, mark
from spirou_cli.domain.record import record
from spirou_cli.domain.task import Task
from spirou_cli.domain.text import ITEM_LIMIT, Source, clean_in
from spirou_cli.service import lookup, news
from spirou_cli.service.context import Context
from spirou_cli.storage import accounts, queries
from spirou_cli.storage.accounts import Account, InboxItem, Stray

__all__ = ["Letter", "drop", "link", "listing", "show"]


@record
class Letter:
    """One item and who sent it."""

    item: InboxItem
    provider: str

    @property
    def stray(self) -> Stray:
        """Who wrote it, about what, and why it found no task; empty for one that can't be read."""
        return self.item.unmatched or Stray("")

    @property
    def text(self) -> str:
        """Its words: as the adapter read them, else the raw item as far as it is text."""
        if self.item.unmatched is not None:
            return self.item.unmatched.text
        raw = (self.item.raw or b"").decode("utf-8", "replace")
        return clean_in(raw, "", source=Source.PROVIDER, limit=ITEM_LIMIT * 2).text


def listing(context: Context) -> list[Letter]:
    """What waits for a person, oldest first."""
    with context.read() as connection:
        return _letters(connection)


def show(context: Context, seq: int) -> Letter:
    """One item."""
    with context.read() as connection:
        return _named(connection, seq)


def link(context: Context, seq: int, reference: str) -> Task:
    """Take the item in as being about a task: read by its adapter as any answer, else as a message.

    It becomes the same facts, however often it is read again.
    """
    with context.read() as connection:
        letter = _named(connection, seq)
        task = lookup.find(connection, reference)
    read = _read_again(context, letter, task)
    with context.write() as log:
        letter = _named(log.connection, seq)
        taken = [news.record(log, account, report, task_id=task.id) for account, report in read]
        if news.Taken.NEW not in taken:
            key = f"inbox:{letter.item.account_id}:{letter.item.item}"
            words = "\n\n".join(filter(None, (letter.stray.subject, letter.text)))
            log.append(task.id, e.MessageReceived(key=key, text=words, sender=letter.stray.sender))
        task = log.append(task.id, e.AnswerMatched(item=seq))
        accounts.settle_item(log.connection, seq, task.id)
        return task


def _read_again(context: Context, letter: Letter, task: Task) -> list[tuple[Account, base.Report]]:
    """What the item says of ``task``, if it came from the task's own provider and that can read it."""
    if letter.item.raw is None or task.ref is None or task.account_id != letter.item.account_id:
        return []
    with context.read() as connection:
        account = next((a for a in accounts.accounts(connection) if a.id == task.account_id), None)
        keys = {known.id: key for known, key in queries.at_provider(connection, task.account_id)}
    if account is None:
        return []
    named = base.OpenTask(base.Ref(task.ref, task.url), task.number, keys.get(task.id, ""))
    try:
        adapter = context.connect(account)
        if not adapter.capabilities().link:
            return []
        return [(account, report) for report in adapter.link(letter.item.raw, named)]
    except base.AdapterError:
        return []  # its words are here all the same


def drop(context: Context, seq: int) -> Letter:
    """Stop asking about an item; what was received stays in the store."""
    with context.write() as log:
        letter = _named(log.connection, seq)
        accounts.settle_item(log.connection, seq, None)
        return letter


def _letters(connection: sqlite3.Connection) -> list[Letter]:
    names = {account.id: account.name for account in accounts.accounts(connection, removed=True)}
    return [Letter(item, names.get(item.account_id, "?")) for item in accounts.inbox_items(connection)]


def _named(connection: sqlite3.Connection, seq: int) -> Letter:
    for letter in _letters(connection):
        if letter.item.seq == seq:
            return letter
    raise NoSuchThing(mark("There is no item {id} in the inbox."), mark("spirou inbox list"), id=seq)
