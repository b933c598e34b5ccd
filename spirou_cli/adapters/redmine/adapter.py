"""RedmineAdapter: what each op of the contract is in Redmine's terms."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

from spirou_cli.adapters.base import (
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
from spirou_cli.adapters.redmine.follow import IssueFollower
from spirou_cli.adapters.redmine.place import Place
from spirou_cli.adapters.redmine.server import Json, Server
from spirou_cli.adapters.tickets.answers import LOOK_UP, after_writing, before_writing, speaks_contract
from spirou_cli.adapters.tickets.states import check_states
from spirou_cli.adapters.tickets.words import brief_text, kept_mark, lines, marked, phrase, says_mark
from spirou_cli.domain.delivery import OpKind
from spirou_cli.domain.states import TaskState

__all__ = ["RedmineAdapter"]

_TITLE_LIMIT = 255
_LOOKED_BACK = timedelta(days=1)
"""How far the server's clock may be from ours when a lost issue is looked for."""
_DONE = frozenset({TaskState.DELIVERED, TaskState.COMPLETED})
_STOPPED = (TaskState.CANCELED, TaskState.REJECTED)


class RedmineAdapter(BaseAdapter):
    """Tasks as issues of one project. Private notes are neither written nor read."""

    kind = "redmine"
    settings = (
        Setting("url", "Address of Redmine, such as https://redmine.example.org", type="url"),
        Setting("api_key", "Your API access key: it is on your account page in Redmine", secret=True),
        Setting("project", "Identifier of the project: the last part of its address"),
        Setting("tracker", "Tracker of new issues; the project's first if empty", required=False),
        Setting("assignee", "Who gets new issues: name or number of a member", required=False, advanced=True),
        Setting(
            "states",
            "What each status means, such as «New = submitted; In Progress = working»",
            required=False,
            check=check_states,
        ),
        Setting("time", "Read time entries", type="bool", default="yes", required=False, advanced=True),
        Setting(
            "key_field",
            "Custom field of issues that holds the key of a task, if there is one",
            default="Spirou key",
            required=False,
            advanced=True,
        ),
    )

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection)
        self._server = Server(connection)
        self._place = Place(self._server, connection.settings)
        self._reads_time = connection.settings.get("time", "yes") != "no"

    # --- what this connection is -----------------------------------------------------------------

    @speaks_contract
    def check(self) -> Capabilities:
        try:
            self._server.get("users/current.json")
        except NotFound as error:
            raise NotFound(f"There is no Redmine at this address of {self._server.http.host}.") from error
        self._place.tracker_id()
        self._place.assignee_id()
        if self._reads_time:
            self._place.require_time()
        return self.capabilities()

    def capabilities(self) -> Capabilities:
        return Capabilities(
            reply=True,
            edit=True,
            cancel=True,
            reopen=True,
            accept=True,
            attach=True,
            find=True,
            deadline=True,
            budget=True,
            reports_time=self._reads_time,
            worker="human",
            repeat=dict.fromkeys(OpKind, LOOK_UP),
            poll_interval_s=120,
        )

    @speaks_contract
    def propose_settings(self) -> Mapping[str, str]:
        """The table of states, from the statuses of this Redmine."""
        return {"states": str(self._server.proposed_table())}

    # --- ops -------------------------------------------------------------------------------------

    @speaks_contract
    def submit(self, brief: Brief) -> Submitted:
        with before_writing():
            fields = {
                "project_id": self._place.name,
                "tracker_id": self._place.tracker_id(),
                "assigned_to_id": self._place.assignee_id(),
                **self._brief_fields(brief),
            }
            field, proven = self._place.key_field()
            if field is not None:
                fields["custom_fields"] = [{"id": field, "value": brief.op_key}]
            if not proven:
                fields["description"] = marked(fields["description"], brief.op_key)
            fields["uploads"] = self._server.upload(brief.attachments)
        made = self._server.create_issue({k: v for k, v in fields.items() if v is not None})
        with after_writing():
            issue = self._server.issue(made["id"])
        ref = Ref(str(issue["id"]), self._server.http.resolve(f"issues/{issue['id']}"))
        return Submitted(ref, tuple(self._ignored(fields, issue, brief.op_key)))

    @speaks_contract
    def reply(self, ref: Ref, op_key: str, message: Message) -> Sequence[Report]:
        issue = self._server.issue(ref.id)
        asked = self._state_of(issue) is TaskState.INPUT_REQUIRED
        status = self._status_for(issue, TaskState.WORKING) if asked else {}
        return self._say(issue, op_key, message, status)

    @speaks_contract
    def edit(self, ref: Ref, op_key: str, changes: Changes) -> Sequence[Report]:
        issue, brief = self._server.issue(ref.id), changes.brief
        wanted = self._brief_fields(brief)
        # the description may be where this task is found again
        kept = kept_mark(issue.get("description") or "")
        wanted["description"] = "\n\n".join(filter(None, (wanted["description"], kept)))
        if "priority" in changes.fields:
            wanted["priority_id"] = self._server.priority_id(brief.priority)
        fields = {name: wanted[name] or "" for name in _edited(changes)}
        there = {(file["filename"], file["filesize"]) for file in issue.get("attachments", ())}
        files = brief.attachments if "attachments" in changes.fields else ()
        message = Message(self._phrase("changed"), tuple(f for f in files if (f.name, f.size) not in there))
        return self._say(issue, op_key, message, fields)

    @speaks_contract
    def cancel(self, ref: Ref, op_key: str) -> CancelOutcome:
        issue = self._server.issue(ref.id)
        state = self._state_of(issue)
        if state in _STOPPED:
            return CancelOutcome.CONFIRMED
        if state in _DONE:
            status = issue["status"]["name"]
            raise InvalidState(f"{self._server.name} says that it is done ({status}): it can't be canceled.")
        self._say(issue, op_key, Message(self._phrase("canceled")), self._status_for(issue, *_STOPPED))
        with after_writing():
            stopped = self._state_of(self._server.issue(ref.id)) in _STOPPED
        return CancelOutcome.CONFIRMED if stopped else CancelOutcome.REQUESTED

    @speaks_contract
    def reopen(self, ref: Ref, op_key: str, message: Message) -> Sequence[Report]:
        issue = self._server.issue(ref.id)
        return self._say(
            issue, op_key, message, self._status_for(issue, TaskState.WORKING, TaskState.SUBMITTED)
        )

    @speaks_contract
    def accept(self, ref: Ref, op_key: str) -> Sequence[Report]:
        issue = self._server.issue(ref.id)
        message = Message(self._phrase("accepted"))
        return self._say(issue, op_key, message, self._status_for(issue, TaskState.COMPLETED))

    @speaks_contract
    def find(self, op: PendingOp) -> Ref | None:
        if op.ref is None:
            return self._find_issue(op.op_key)
        try:
            issue = self._server.issue(op.ref.id)
        except NotFound:
            return None
        return op.ref if _was_said(issue, op.op_key) else None

    @speaks_contract
    def pull(self, cursor: str | None, open_tasks: Sequence[OpenTask]) -> Batch:
        follower = IssueFollower(self._server, lambda: self._place.table, reads_time=self._reads_time)
        return follower.batch(cursor, open_tasks)

    @speaks_contract
    def fetch(self, locator: str, write: Callable[[bytes], object]) -> None:
        number = re.fullmatch(r"attachment:([0-9]{1,18})", locator)
        if not number:
            raise NotFound("This isn't the name of a file in Redmine.")
        self._server.http.stream(f"attachments/download/{number[1]}", write)

    # --- how ----------------------------------------------------------------------------------------

    def _say(self, issue: Json, op_key: str, message: Message, fields: Json) -> Sequence[Report]:
        """Comment on ``issue`` and change ``fields`` in one write, and see whether it was taken."""
        if _was_said(issue, op_key):
            return ()
        number = str(issue["id"])
        with before_writing():
            uploads = self._server.upload(message.attachments)
        notes = {"notes": marked(message.text, op_key), "private_notes": False}
        self._server.update_issue(number, {**fields, **notes, "uploads": uploads})
        with after_writing():
            issue = self._server.issue(number)
        if not _was_said(issue, op_key):
            raise Rejected(f"{self._server.name} ignored the comment: this key may not add notes.", "ignored")
        return tuple(self._ignored({**fields, "uploads": uploads}, issue, op_key))

    def _brief_fields(self, brief: Brief) -> Json:
        """What an issue has of a brief; None where it is left to Redmine."""
        normal = brief.priority == "normal"
        return {
            "subject": brief.title[:_TITLE_LIMIT],
            "description": brief_text(brief, title_limit=_TITLE_LIMIT),
            "due_date": brief.due.date().isoformat() if brief.due else None,
            "priority_id": None if normal else self._server.priority_id(brief.priority),
        }

    def _ignored(self, fields: Json, issue: Json, op_key: str) -> Iterator[Report]:
        """A remark on what Redmine answered «yes» to and didn't take."""
        there = {
            "title": ("subject", issue["subject"]),
            "description": ("description", lines(issue.get("description") or "")),
            "due": ("due_date", issue.get("due_date")),
            "priority": ("priority_id", issue["priority"]["id"]),
            "assignee": ("assigned_to_id", (issue.get("assigned_to") or {}).get("id")),
            "status": ("status_id", issue["status"]["id"]),
        }
        missed = [
            name
            for name, (field, value) in there.items()
            if fields.get(field) is not None and str(fields[field]).strip() != str(value or "").strip()
        ]
        names = {file["filename"] for file in issue.get("attachments", ())}
        if not {upload["filename"] for upload in fields.get("uploads", ())} <= names:
            missed.append("files")
        if missed:
            said = ", ".join(self._phrase(f"field {name}") for name in missed)
            yield MessageReceived(
                key=f"ignored:{op_key}",
                ref=str(issue["id"]),
                text=self._phrase("ignored", self._server.name, said),
                sender=self._server.name,
            )

    def _find_issue(self, op_key: str) -> Ref | None:
        """The oldest issue of this account that carries the key, from the day its brief was written."""
        written = datetime.fromtimestamp((UUID(op_key).int >> 80) / 1000, UTC)
        mine = self._server.all(
            "issues.json",
            "issues",
            author_id="me",
            status_id="*",
            created_on=f">={written - _LOOKED_BACK:%Y-%m-%dT%H:%M:%SZ}",
            sort="id:asc",
        )
        number = next((issue["id"] for issue in mine if _carries(issue, op_key)), None)
        return None if number is None else Ref(str(number), self._server.http.resolve(f"issues/{number}"))

    def _state_of(self, issue: Json) -> TaskState | None:
        return self._place.table.state_of(issue["status"]["name"])

    def _status_for(self, issue: Json, *states: TaskState) -> Json:
        """The change to the first status of ``states`` that the workflow allows; none where none is."""
        if self._state_of(issue) in states:
            return {}
        allowed = [
            (self._place.table.state_of(s["name"]), s["id"]) for s in issue.get("allowed_statuses", ())
        ]
        return next(
            ({"status_id": number} for wanted in states for state, number in allowed if state is wanted), {}
        )

    def _phrase(self, name: str, *values: object) -> str:
        return phrase(self.connection.language, name, *values)


def _edited(changes: Changes) -> set[str]:
    """The fields of an issue that hold what changed."""
    told = {"body", "max_time_s", "max_cost", "project", "tags", "sender", "due_is_day"}
    if len(changes.brief.title) > _TITLE_LIMIT:
        told.add("title")
    if not changes.brief.due_is_day:
        told.add("due")
    sources = {
        "subject": {"title"},
        "description": told,
        "due_date": {"due"},
        "priority_id": {"priority"},
    }
    return {name for name, fields in sources.items() if fields & changes.fields}


def _carries(issue: Json, op_key: str) -> bool:
    """Whether this issue was made by the submit with this key."""
    fields = issue.get("custom_fields", ())
    return says_mark(issue.get("description") or "", op_key) or op_key in [f.get("value") for f in fields]


def _was_said(issue: Json, op_key: str) -> bool:
    """Whether a comment of this op is there."""
    return any(says_mark(journal.get("notes") or "", op_key) for journal in issue.get("journals", ()))
