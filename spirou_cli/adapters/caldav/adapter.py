"""CalDAVAdapter: what each op of the contract is in a shared list of to-dos."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date

from spirou_cli.adapters.base import (
    AuthRequired,
    BaseAdapter,
    Batch,
    Brief,
    CancelOutcome,
    Capabilities,
    Changes,
    Connection,
    InvalidState,
    Message,
    NotFound,
    OpenTask,
    Ref,
    Rejected,
    Report,
    Setting,
    Submitted,
    Unreachable,
)
from spirou_cli.adapters.caldav import notes
from spirou_cli.adapters.caldav.dav import ItemList, Listing, Resource, Traits
from spirou_cli.adapters.caldav.item import (
    CANCELED_BY_US,
    Item,
    NotATask,
    due_of,
    due_value,
    plain_text,
    title_of,
)
from spirou_cli.adapters.caldav.news import Memory, Seen, news_of
from spirou_cli.adapters.caldav.written import WRITTEN, Written
from spirou_cli.adapters.tickets.answers import before_writing, speaks_contract
from spirou_cli.adapters.tickets.words import brief_text
from spirou_cli.domain.ops import OpKind, Repeat, Repeatability

__all__ = ["CalDAVAdapter"]

_ATTEMPTS = 5
_TITLE_LIMIT = 1000
_MOST_NAMED = 10
_NAMED = Repeatability(Repeat.NAMED)
_IN_TEXT = {"body", "max_time_s", "max_cost", "project", "tags", "sender"}


class CalDAVAdapter(BaseAdapter):
    """Tasks as to-dos of one list that the assistant has in a task app too.

    Every change is «read, add, put back if nobody else has»: a repeat finds its own mark, so each op
    can be sent again after its answer was lost.
    """

    kind = "caldav"
    settings = (
        Setting(
            "url", "Address of the shared list, such as https://dav.example.org/me/delegated/", type="url"
        ),
        Setting("user", "Your user name on the server"),
        Setting("password", "Your password, or an app password, on the server", secret=True),
    )

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection)
        self._known: ItemList | None = None

    @speaks_contract
    def check(self) -> Capabilities:
        traits = self._list.traits()
        if not traits.is_list:
            raise Rejected(f"That address is no list. {_below(self._list.lists_below())}", "no-list")
        if traits.takes_todos is False:
            raise Rejected("That calendar takes events and no to-dos.", "no-todos")
        if traits.writable is False:
            raise AuthRequired("You may read that list, and not write into it.")
        self._list.changes("")
        return self.capabilities()

    def capabilities(self) -> Capabilities:
        return Capabilities(
            reply=True,
            edit=True,
            cancel=True,
            reopen=True,
            accept=True,
            deadline=True,
            reports_time=True,
            worker="human",
            repeat=dict.fromkeys(OpKind, _NAMED),
            poll_interval_s=300,
        )

    def submit(self, brief: Brief) -> Submitted:
        ref = Ref(notes.short(brief.op_key))
        with before_writing():
            raw = _new_item(brief).to_bytes(self.connection.now())
        if not self._list.create(ref.id, raw):
            with before_writing():
                there = _parsed(self._list.get(ref.id))
            if there.text("UID") != brief.op_key:
                raise Rejected("Another item has the name of this task.", "name-taken")
        return Submitted(ref)

    @speaks_contract
    def pull(self, cursor: str | None, open_tasks: Sequence[OpenTask]) -> Batch:
        memory = Memory.decode(cursor)
        listing = self._list.changes(memory.token)
        names = [task.ref.id for task in open_tasks]
        wanted = [name for name in names if name not in memory.seen or _differs(name, memory, listing)]
        seen = {name: memory.seen[name] for name in names if name in memory.seen}
        reports: list[Report] = []
        for name, found in zip(wanted, self._list.fetch(wanted), strict=True):
            seen[name], news = news_of(name, found, memory.seen.get(name, Seen()))
            reports += news
        return Batch(tuple(reports), Memory(listing.token, seen).encode(), listing.more)

    def reply(self, ref: Ref, op_key: str, message: Message) -> Sequence[Report]:
        self._say(ref, op_key, "reply", message.text)
        return ()

    def edit(self, ref: Ref, op_key: str, changes: Changes) -> Sequence[Report]:
        today, language = self.connection.now().date(), self.connection.language
        self._change(ref, lambda item: _edit(item, ref, op_key, changes, today, language))
        return ()

    def cancel(self, ref: Ref, op_key: str) -> CancelOutcome:
        def cancel(item: Item) -> None:
            if item.status == "COMPLETED":
                raise InvalidState("It is already done.")
            item.put("status", "CANCELLED")
            item.put(CANCELED_BY_US, op_key)

        self._say(ref, op_key, "cancel", "", cancel)
        return CancelOutcome.CONFIRMED

    def reopen(self, ref: Ref, op_key: str, message: Message) -> Sequence[Report]:
        self._say(ref, op_key, "reopen", message.text, Item.reopen)
        return ()

    def accept(self, ref: Ref, op_key: str) -> Sequence[Report]:
        self._say(ref, op_key, "accept", "")
        return ()

    @speaks_contract
    def fetch(self, locator: str, write: Callable[[bytes], object]) -> None:
        name, _, file_id = locator.rpartition("/")
        if not name:
            raise NotFound("There is no such file.")
        item = _parsed(self._list.get(name))
        file = next((file for file in item.attachments() if file.id == file_id), None)
        if file is None:
            raise NotFound("There is no such file in the task any more.")
        if file.content is None:
            self._list.client.stream(file.url, write)
        else:
            write(file.content)

    @property
    def _list(self) -> ItemList:
        if self._known is None:
            client = self.connection.http()
            client.use_basic(self.connection.settings["user"], self.connection.secret("password"))
            self._known = ItemList(client)
        return self._known

    def _say(
        self, ref: Ref, op_key: str, kind: str, text: str, act: Callable[[Item], None] = lambda item: None
    ) -> None:
        """Add a block to the notes, signed with ``op_key``, and ``act``, both or neither, once."""
        words = plain_text(text, "message")
        today = self.connection.now().date()

        def change(item: Item) -> bool:
            before = item.text("DESCRIPTION")
            if notes.has_block(before, op_key):
                return False
            act(item)
            language = self.connection.language
            item.put("description", notes.add_block(before, ref.id, op_key, kind, words, today, language))
            return True

        self._change(ref, change)

    def _change(self, ref: Ref, change: Callable[[Item], bool]) -> None:
        """Read, change, put back; again if somebody else was faster. ``change`` says whether there is any."""
        for _ in range(_ATTEMPTS):
            with before_writing():
                resource = self._list.get(ref.id)
                item = _parsed(resource)
                if not change(item):
                    return
                raw = item.to_bytes(self.connection.now())
            if self._list.replace(resource, raw):
                return
        raise Unreachable("Somebody else keeps changing this task; it was not touched.")


def _new_item(brief: Brief) -> Item:
    text = _text(brief)
    item = Item.new(brief.op_key)
    item.write_brief(brief)
    item.put("status", "NEEDS-ACTION")
    item.put("description", notes.compose(text, brief.op_key, brief.language))
    item.put(WRITTEN, Written.now(item, text).to_text())
    return item


def _edit(item: Item, ref: Ref, op_key: str, changes: Changes, today: date, language: str) -> bool:
    """Write the changed fields; whether there were any.

    Rejected, with both texts, where the assistant has changed the same field in the meantime.
    """
    brief, written, theirs = changes.brief, Written.of(item), dict(Written.of(item).changed(item))
    if notes.has_block(item.text("DESCRIPTION"), op_key):
        return False
    wanted = _wanted(brief)
    now = {"SUMMARY": item.text("SUMMARY"), "DUE": item.due, "DESCRIPTION": written.own_text(item)}
    moved = {name for name in _named(changes.fields) if now[name] != wanted[name]}
    for name in sorted(moved & theirs.keys()):
        raise Rejected(
            f"{name} was changed there to «{theirs[name]}»; yours is «{wanted[name]}».", "conflict"
        )
    if "SUMMARY" in moved:
        item.put("summary", wanted["SUMMARY"])
        written = replace(written, summary=notes.digest(wanted["SUMMARY"]))
    if "DUE" in moved:
        item.put("due", due_value(brief))
        written = replace(written, due=notes.digest(wanted["DUE"]))
    if "DESCRIPTION" in moved:
        description = item.text("DESCRIPTION")
        if now["DESCRIPTION"] is None:
            # an app dropped what says how long our text is: it is added, not replaced
            text = notes.add_block(
                description, ref.id, op_key, "edit", wanted["DESCRIPTION"], today, language
            )
        else:
            text = notes.replace_text(description, written.length, wanted["DESCRIPTION"])
            written = written.with_text(wanted["DESCRIPTION"])
        item.put("description", text)
    if "priority" in changes.fields:
        item.write_priority(brief)
    item.put(WRITTEN, written.to_text())
    return bool(moved) or "priority" in changes.fields


def _named(fields: frozenset[str]) -> set[str]:
    """The properties that hold these fields of a brief."""
    held = {"SUMMARY": {"title"}, "DUE": {"due", "due_is_day"}, "DESCRIPTION": _IN_TEXT}
    return {name for name, holds in held.items() if fields & holds}


def _wanted(brief: Brief) -> dict[str, str]:
    return {"SUMMARY": title_of(brief), "DUE": due_of(due_value(brief)), "DESCRIPTION": _text(brief)}


def _text(brief: Brief) -> str:
    """The brief in words, for the notes."""
    return plain_text(brief_text(brief, title_limit=_TITLE_LIMIT), "brief").strip("\n")


def _differs(name: str, memory: Memory, listing: Listing) -> bool:
    """Whether the server's version of an item isn't the one that was read."""
    known = memory.seen[name].etag
    return (listing.etags.get(name, None if listing.whole else known) or "") != known


def _parsed(resource: Resource) -> Item:
    try:
        return Item.parse(resource.raw)
    except NotATask as error:
        raise Rejected(f"The task can't be read there: {error}.", "unreadable") from error


def _below(lists: Sequence[Traits]) -> str:
    """The lists that the address may have meant, as many as a person reads."""
    found = [f"{each.name} ({each.path})" for each in sorted(lists, key=lambda each: (each.name, each.path))]
    more = [f"{len(found) - _MOST_NAMED} more"] if len(found) > _MOST_NAMED else []
    return f"Below it there are: {', '.join(found[:_MOST_NAMED] + more) or 'none'}."
