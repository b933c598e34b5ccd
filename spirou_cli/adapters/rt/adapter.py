"""RTAdapter: what each op of the contract is in RT's terms."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import cached_property
from uuid import UUID

from spirou_cli.adapters.base import (
    Attachment,
    BaseAdapter,
    Batch,
    Brief,
    CancelOutcome,
    Capabilities,
    Changes,
    Connection,
    InvalidState,
    Message,
    MessageReceived,
    NotFound,
    OpenTask,
    PendingOp,
    Ref,
    Rejected,
    Report,
    Setting,
    Submitted,
)
from spirou_cli.adapters.rt.follow import TicketFollower
from spirou_cli.adapters.rt.server import Json, Server, ascii_name, encoded, in_utc
from spirou_cli.adapters.tickets.answers import (
    LOOK_UP,
    Forbidden,
    after_writing,
    before_writing,
    speaks_contract,
)
from spirou_cli.adapters.tickets.states import StateTable, check_states, propose
from spirou_cli.adapters.tickets.words import brief_text, mark, marked, phrase, says_mark
from spirou_cli.domain.delivery import OpKind, Repeat, Repeatability
from spirou_cli.domain.states import TaskState

__all__ = ["RTAdapter"]

_TITLE_LIMIT = 200
_LOOKED_BACK = timedelta(days=2)
"""How far the server's clock and zone may be from ours when a lost ticket is looked for."""
_PRIORITIES = {"low": 0, "normal": 50, "high": 100}
"""Low, medium and high, as RT 5 shows these numbers."""
_DONE = frozenset({TaskState.DELIVERED, TaskState.COMPLETED})
_STOPPED = (TaskState.CANCELED, TaskState.REJECTED)


class RTAdapter(BaseAdapter):
    """Tasks as tickets of one queue. Comments, which are private in RT, are neither written nor read."""

    kind = "rt"
    settings = (
        Setting("url", "Address of RT, such as https://rt.example.org", type="url"),
        Setting("token", "Your auth token: RT makes one under Settings, Auth Tokens", secret=True),
        Setting("queue", "Queue of new tickets"),
        Setting("owner", "Who gets new tickets: a login", required=False, advanced=True),
        Setting(
            "states",
            "What each status means, such as «open = working; stalled = input_required»",
            required=False,
            check=check_states,
        ),
        Setting("time", "Read the time worked", type="bool", default="yes", required=False, advanced=True),
        Setting(
            "key_field",
            "Custom field of tickets that holds the key of a task, if there is one",
            default="Spirou key",
            required=False,
            advanced=True,
        ),
    )

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection)
        self._server = Server(connection)
        self._queue = connection.settings.get("queue", "")
        self._reads_time = connection.settings.get("time", "yes") != "no"

    # --- what this connection is -----------------------------------------------------------------

    @speaks_contract
    def check(self) -> Capabilities:
        try:
            self._server.get("rt")
        except NotFound as error:
            raise NotFound(f"There is no RT 5 at this address of {self._server.http.host}.") from error
        try:
            queue = self._server.queue(self._queue)
        except (NotFound, Forbidden) as error:
            raise NotFound(
                f"{self._server.name} has no queue {self._queue!r}, or this token may not see it."
            ) from error
        if not any(link.get("ref") == "create" for link in queue["_hyperlinks"]):
            raise Forbidden(
                f"This token may not make tickets in the queue {self._queue}."
                " Ask for the right «Create tickets»."
            )
        return self.capabilities()

    def capabilities(self) -> Capabilities:
        accept = TaskState.COMPLETED in self._known_states
        repeat: dict[OpKind, Repeatability] = {k: LOOK_UP for k in OpKind if k is not OpKind.ACCEPT}
        if accept:
            # a status that is already there isn't set again
            repeat[OpKind.ACCEPT] = Repeatability(Repeat.NAMED)
        return Capabilities(
            reply=True,
            edit=True,
            cancel=True,
            reopen=True,
            accept=accept,
            attach=True,
            find=True,
            deadline=True,
            budget=True,
            reports_time=self._reads_time,
            worker="human",
            repeat=repeat,
            poll_interval_s=120,
        )

    @speaks_contract
    def propose_settings(self) -> Mapping[str, str]:
        """The table of states, from the statuses of the queue."""
        return {"states": str(propose(self._server.statuses(self._queue)))}

    # --- ops -------------------------------------------------------------------------------------

    @speaks_contract
    def submit(self, brief: Brief) -> Submitted:
        with before_writing():
            field, proven = self._key_field()
            fields = self._brief_fields(brief)
            text = self._with_names(brief_text(brief, title_limit=_TITLE_LIMIT), brief)
            text = text if proven else marked(text, brief.op_key)
            fields |= {
                "Queue": self._queue,
                "Requestor": self._server.user_name,
                "Owner": self.connection.settings.get("owner"),
                "Content": text or brief.title,
                "ContentType": "text/plain",
                "Attachments": encoded(brief.attachments),
                "CustomFields": {field: brief.op_key} if field else {},
            }
            left_to_rt = {"Priority": brief.priority == "normal", "Due": brief.due is None}
            fields = {k: v for k, v in fields.items() if v is not None and not left_to_rt.get(k)}
        number = self._server.create_ticket(fields)
        ref = Ref(str(number), self._server.page_of(number))
        return Submitted(ref, self._read_back(ref, fields, brief.attachments, brief.op_key))

    @speaks_contract
    def reply(self, ref: Ref, op_key: str, message: Message) -> Sequence[Report]:
        asked = self._table.state_of(self._server.ticket(ref.id)["Status"]) is TaskState.INPUT_REQUIRED
        self._say(ref, op_key, message, *((TaskState.WORKING,) if asked else ()))
        return self._read_back(ref, {}, message.attachments, op_key)

    @speaks_contract
    def edit(self, ref: Ref, op_key: str, changes: Changes) -> Sequence[Report]:
        self._server.ticket(ref.id)
        brief = changes.brief
        sources = {"Subject": "title", "Due": "due", "Priority": "priority"}
        wanted = self._brief_fields(brief)
        fields = {name: wanted[name] for name, source in sources.items() if source in changes.fields}
        if fields:
            self._server.update_ticket(ref.id, fields)
        text = self._phrase("changed")
        if changes.fields - set(sources.values()) or len(brief.title) > _TITLE_LIMIT:
            # what was said can't be changed in RT: say it anew
            text = f"{text}\n\n{brief_text(brief, title_limit=_TITLE_LIMIT)}"
        files = self._new_files(ref, brief) if "attachments" in changes.fields else ()
        self._say(ref, op_key, Message(text, files))
        return self._read_back(ref, fields, files, op_key)

    @speaks_contract
    def cancel(self, ref: Ref, op_key: str) -> CancelOutcome:
        status = self._server.ticket(ref.id)["Status"]
        state = self._table.state_of(status)
        if state in _STOPPED:
            return CancelOutcome.CONFIRMED
        if state in _DONE:
            raise InvalidState(f"{self._server.name} says that it is done ({status}): it can't be canceled.")
        self._say(ref, op_key, Message(self._phrase("canceled")), *_STOPPED)
        with after_writing():
            stopped = self._table.state_of(self._server.ticket(ref.id)["Status"]) in _STOPPED
        return CancelOutcome.CONFIRMED if stopped else CancelOutcome.REQUESTED

    @speaks_contract
    def reopen(self, ref: Ref, op_key: str, message: Message) -> Sequence[Report]:
        self._server.ticket(ref.id)
        self._say(ref, op_key, message, TaskState.WORKING, TaskState.SUBMITTED)
        wanted = self._status_of(TaskState.WORKING, TaskState.SUBMITTED)
        return self._read_back(ref, {"Status": wanted}, message.attachments, op_key)

    @speaks_contract
    def accept(self, ref: Ref, op_key: str) -> Sequence[Report]:
        status = self._server.ticket(ref.id)["Status"]
        if self._table.state_of(status) is TaskState.COMPLETED:
            return ()
        self._server.update_ticket(ref.id, {"Status": self._status_of(TaskState.COMPLETED)})
        with after_writing():
            status = self._server.ticket(ref.id)["Status"]
        if self._table.state_of(status) is not TaskState.COMPLETED:
            raise Rejected(f"{self._server.name} kept the status {status}.", "ignored")
        return ()

    @speaks_contract
    def find(self, op: PendingOp) -> Ref | None:
        if op.ref is None:
            return self._find_ticket(op.op_key)
        try:
            self._server.ticket(op.ref.id)
        except NotFound:
            return None
        history = self._server.history(int(op.ref.id), 0)
        return op.ref if any(mark(op.op_key) in str(item["Data"]) for item in history) else None

    @speaks_contract
    def pull(self, cursor: str | None, open_tasks: Sequence[OpenTask]) -> Batch:
        follower = TicketFollower(self._server, lambda: self._table, reads_time=self._reads_time)
        return follower.batch(cursor, open_tasks)

    @speaks_contract
    def fetch(self, locator: str, write: Callable[[bytes], object]) -> None:
        number = re.fullmatch(r"attachment:([0-9]{1,18})", locator)
        if not number:
            raise NotFound("This isn't the name of a file in RT.")
        write(self._server.content(number[1]))

    # --- how -------------------------------------------------------------------------------------

    def _say(self, ref: Ref, op_key: str, message: Message, *states: TaskState) -> None:
        """Write to the other side, and set the first status that means one of ``states``."""
        with before_writing():
            fields = self._signed(self._with_names(message.text, message), op_key)
            fields["Attachments"] = encoded(message.attachments)
            status = self._status_of(*states)
        if status:
            fields["Status"] = status
        self._server.correspond(ref.id, fields)

    @staticmethod
    def _signed(text: str, op_key: str) -> Json:
        """A message whose subject carries the mark: RT lists subjects with the history, not texts."""
        return {"Content": text or mark(op_key), "ContentType": "text/plain", "Subject": mark(op_key)}

    def _with_names(self, text: str, of: Brief | Message) -> str:
        """``text`` with the true names of files whose name RT would destroy."""
        names = {file.name.replace("\\", "/").rpartition("/")[2] for file in of.attachments}
        renamed = sorted(name for name in names if ascii_name(name) != name)
        told = [self._phrase("files", ascii_name(name), name) for name in renamed]
        return "\n\n".join(filter(None, (text, "\n".join(told))))

    @staticmethod
    def _brief_fields(brief: Brief) -> Json:
        return {
            "Subject": brief.title[:_TITLE_LIMIT],
            "Due": in_utc(brief.due) if brief.due else "1970-01-01 00:00:00",
            "Priority": _PRIORITIES[brief.priority],
        }

    def _new_files(self, ref: Ref, brief: Brief) -> tuple[Attachment, ...]:
        """The files of a brief that the ticket doesn't have yet."""
        there = self._server.files(ref.id)
        return tuple(file for file in brief.attachments if (ascii_name(file.name), file.size) not in there)

    def _read_back(
        self, ref: Ref, fields: Json, files: Sequence[Attachment], op_key: str
    ) -> tuple[Report, ...]:
        """A remark on what RT answered «yes» to and didn't take, if there is any."""
        with after_writing():
            ticket = self._server.ticket(ref.id) if fields else {}
            there = {name for name, _ in self._server.files(ref.id)} if files else set()
        missed = [*_ignored(fields, ticket)]
        if not {ascii_name(file.name) for file in files} <= there:
            missed.append("files")
        if not missed:
            return ()
        said = ", ".join(self._phrase(f"field {name}") for name in missed)
        text = self._phrase("ignored", self._server.name, said)
        return (MessageReceived(key=f"ignored:{op_key}", ref=ref.id, text=text, sender=self._server.name),)

    def _find_ticket(self, op_key: str) -> Ref | None:
        """The oldest ticket of this account that carries the key, from the days its brief was written."""
        written = datetime.fromtimestamp((UUID(op_key).int >> 80) / 1000, UTC)
        for ticket in self._server.own_tickets(written - _LOOKED_BACK):
            if _has_key(ticket, op_key) or self._text_has_mark(ticket, op_key):
                return Ref(str(ticket["id"]), self._server.page_of(ticket["id"]))
        return None

    def _text_has_mark(self, ticket: Json, op_key: str) -> bool:
        """Whether the first message carries the mark; RT can't search in texts unless told to index them."""
        if any(
            any(field["values"])
            for field in ticket.get("CustomFields", ())
            if field["name"] == self._field_name
        ):
            return False
        first = self._server.first_text(int(ticket["id"]))
        return says_mark(first, op_key)

    def _key_field(self) -> tuple[str | None, bool]:
        """The custom field for keys, and whether this account's last ticket proves that it takes them.

        RT drops silently what a queue or a role can't have; without the proof the text carries the key
        as well.
        """
        names = [field["name"] for field in self._server.queue(self._queue)["TicketCustomFields"]]
        if self._field_name not in names:
            return None, False
        newest = self._server.newest_own_ticket(self._queue)
        fields = newest.get("CustomFields", ()) if newest else ()
        return self._field_name, any(any(f["values"]) for f in fields if f["name"] == self._field_name)

    def _status_of(self, *states: TaskState) -> str | None:
        """The first status of the table that means one of ``states``, by their order."""
        rows = self._table.rows
        return next((name for wanted in states for name, state in rows if state is wanted), None)

    @property
    def _field_name(self) -> str:
        return self.connection.settings.get("key_field", "")

    @property
    def _known_states(self) -> frozenset[TaskState]:
        typed = self.connection.settings.get("states")
        return frozenset(state for _, state in StateTable.parse(typed).rows) if typed else frozenset()

    @cached_property
    def _table(self) -> StateTable:
        typed = self.connection.settings.get("states")
        return StateTable.parse(typed) if typed else propose(self._server.statuses(self._queue))

    def _phrase(self, name: str, *values: object) -> str:
        return phrase(self.connection.language, name, *values)


def _has_key(ticket: Json, op_key: str) -> bool:
    return any(op_key in field["values"] for field in ticket.get("CustomFields", ()))


def _ignored(fields: Json, ticket: Json) -> Iterator[str]:
    """The names of ``fields`` that aren't in ``ticket`` as they were sent."""
    there: dict[str, tuple[str, Callable[[], object]]] = {
        "title": ("Subject", lambda: str(ticket["Subject"]).strip()),
        "due": ("Due", lambda: ticket["Due"][:19].replace("T", " ")),
        "priority": ("Priority", lambda: int(ticket["Priority"])),
        "assignee": ("Owner", lambda: ticket["Owner"]["id"]),
        "status": ("Status", lambda: ticket["Status"]),
    }
    for name, (field, value) in there.items():
        sent = fields.get(field)
        if sent is not None and str(sent).strip().casefold() != str(value()).casefold():
            yield name
