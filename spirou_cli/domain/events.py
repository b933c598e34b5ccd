"""The facts: what happened, in the past tense. Events are for ever; add fields with defaults only.

A field marked ``personal`` holds words or names of a person; the store keeps it apart from the log
so that ``spirou forget`` can erase it and leave the log whole. A forgotten field reads as its default.
"""

from __future__ import annotations

from typing import Any, Literal

from spirou_cli.domain.money import Money
from spirou_cli.domain.ops import OpKind
from spirou_cli.domain.reason import FileRef, Reason
from spirou_cli.domain.record import field, fields, record
from spirou_cli.domain.states import TaskState

__all__ = [
    "KINDS",
    "Accepted",
    "AnswerMatched",
    "Approved",
    "ArrivalUnknown",
    "Arrived",
    "ArtifactReceived",
    "ArtifactStored",
    "Assigned",
    "BriefEdited",
    "BriefFact",
    "CancelAnswered",
    "CancelAsked",
    "Closed",
    "Event",
    "FileRef",
    "Forgotten",
    "MessageReceived",
    "MessageSent",
    "OpRefused",
    "Postponed",
    "Rated",
    "Reason",
    "RemovedThere",
    "Reopened",
    "StateReported",
    "TagsChanged",
    "TaskAdded",
    "Undone",
    "UsageCorrected",
    "UsageRecorded",
    "brief_of",
]


def personal(default: Any) -> Any:
    """A field whose value is a person's words; erased by ``forget``."""
    return field(default=default, personal=True)


@record(kw_only=True)
class Event:
    """Base of all facts about one task."""


@record(kw_only=True)
class BriefFact(Event):
    """Base of the facts that carry the whole brief."""

    title: str = personal("")
    body: str = personal("")
    due_at: int | None = None
    due_is_day: bool = True
    max_time_s: int | None = None
    max_cost: Money | None = None
    priority: Literal["low", "normal", "high"] = "normal"
    project: str = personal("")
    attachments: tuple[FileRef, ...] = personal(())


# --- what the person decided --------------------------------------------------------------------


@record(kw_only=True)
class TaskAdded(BriefFact):
    """A task exists. ``state`` is draft, queued or awaiting_approval, as fit decided."""

    number: int
    state: TaskState
    reason: Reason | None = None
    account_id: str | None = None
    client_key: str | None = None
    tags: tuple[str, ...] = personal(())
    language: str = ""
    """The brief's language, empty = the account's."""
    approved: bool = False
    """The person agreed to an unknown price or to passing a budget."""
    replaces: str | None = None
    """The task that this one takes over from, after ``reassign``."""


@record(kw_only=True)
class BriefEdited(BriefFact):
    """The brief as it is now; ``changed`` names the fields that differ."""

    changed: tuple[str, ...]
    op_id: str | None = None
    """The op that tells the provider; None where it isn't told."""


@record(kw_only=True)
class Assigned(Event):
    """The task goes to this account; ``state`` and ``reason`` as fit decided."""

    account_id: str
    state: TaskState
    reason: Reason | None = None


@record(kw_only=True)
class Approved(Event):
    """The person agreed to an unknown price or to passing a budget."""


@record(kw_only=True)
class TagsChanged(Event):
    tags: tuple[str, ...] = personal(())


@record(kw_only=True)
class Rated(Event):
    stars: int


@record(kw_only=True)
class MessageSent(Event):
    """An answer or a new piece of information, on its way to the provider by op ``op_id``."""

    op_id: str
    text: str = personal("")
    attachments: tuple[FileRef, ...] = personal(())


@record(kw_only=True)
class Accepted(Event):
    """The person took the delivery: done. ``op_id``: the op that tells a provider who wants to know."""

    op_id: str | None = None


@record(kw_only=True)
class Reopened(Event):
    """Sent back with a reason by op ``op_id``."""

    op_id: str
    text: str = personal("")


@record(kw_only=True)
class CancelAsked(Event):
    """The person wants it stopped; a cancel is a request until the provider answers."""

    op_id: str
    text: str = personal("")


@record(kw_only=True)
class Closed(Event):
    """Canceled here: it never left, or the person stops caring (``known_stopped`` is then false)."""

    known_stopped: bool = True
    text: str = personal("")


@record(kw_only=True)
class Undone(BriefFact):
    """The last local change was taken back: all that a person can change, as it is after that."""

    op_id: str | None = None
    """The op that was withdrawn: words that never left."""
    tags: tuple[str, ...] = personal(())
    rating: int | None = None
    account_id: str | None = None
    approved: bool = False
    cancel_requested: bool = False
    state: TaskState = TaskState.DRAFT
    reason: Reason | None = None
    question: str = personal("")
    choices: tuple[str, ...] = personal(())


@record(kw_only=True)
class Forgotten(Event):
    """The personal words of the task were erased."""


# --- what delivery found -------------------------------------------------------------------------


@record(kw_only=True)
class Postponed(Event):
    """Not sent yet, and why: fit's answer, or a failure that certainly had no effect."""

    state: TaskState
    reason: Reason | None = None


@record(kw_only=True)
class Arrived(Event):
    """The provider has the task, under this name."""

    op_id: str
    ref: str
    url: str | None = None


@record(kw_only=True)
class ArrivalUnknown(Event):
    """The answer to the submit was lost; ``asked`` when only the person can tell."""

    op_id: str
    asked: bool = False
    reason: Reason | None = None


@record(kw_only=True)
class OpRefused(Event):
    """The provider refused an op for good."""

    op_id: str
    kind: OpKind
    reason: Reason | None = None


@record(kw_only=True)
class CancelAnswered(Event):
    """The provider's answer to a cancel."""

    op_id: str
    confirmed: bool


# --- what the provider said ----------------------------------------------------------------------


@record(kw_only=True)
class StateReported(Event):
    """``state`` is None where the provider's word is unknown to us; the state then stays."""

    key: str
    state: TaskState | None
    native: str = ""
    reason: str = personal("")
    reported_at: int | None = None


@record(kw_only=True)
class MessageReceived(Event):
    key: str
    text: str = personal("")
    question: bool = False
    choices: tuple[str, ...] = personal(())
    sender: str = personal("")
    reported_at: int | None = None
    notices: tuple[str, ...] = ()
    """Stable codes of what to know about these words: ``automatic``, ``bounced`` …"""


@record(kw_only=True)
class ArtifactReceived(Event):
    key: str
    name: str = personal("")
    locator: str = personal("")
    size: int | None = None
    media_type: str = "application/octet-stream"
    reported_at: int | None = None


@record(kw_only=True)
class ArtifactStored(Event):
    """The content of a deliverable is here; ``path`` is relative to the store's file folder."""

    key: str
    path: str = personal("")
    sha256: str = ""
    size: int = 0


@record(kw_only=True)
class UsageRecorded(Event):
    """Measured work. ``key`` with the same ``series`` and ``cumulative`` replaces the line.

    ``source``: ``provider`` as reported, ``me`` as noted or corrected by the person.
    """

    key: str
    unit: str
    quantity: int
    cost: Money | None = None
    series: str | None = None
    cumulative: bool = False
    basis: Literal["reported", "estimated", "billed"] = "reported"
    source: Literal["provider", "me"] = "provider"
    note: str = personal("")
    used_at: int | None = None


@record(kw_only=True)
class UsageCorrected(Event):
    """The person's own figure for a line of usage, kept beside the provider's; None takes it back."""

    line: str
    quantity: int | None
    note: str = personal("")


@record(kw_only=True)
class RemovedThere(Event):
    """The provider no longer has it; it stays here."""

    key: str


@record(kw_only=True)
class AnswerMatched(Event):
    """The person linked an unmatched item of the inbox to this task."""

    item: int


KINDS: dict[str, type[Event]] = {
    name: kind
    for name, kind in globals().items()
    if name in __all__ and isinstance(kind, type)
    if issubclass(kind, Event) and kind not in (Event, BriefFact)
}
"""Every kind of fact by its name in the log."""

_BRIEF = tuple(fields(BriefFact))


def brief_of(source: object) -> dict[str, Any]:
    """The fields of a brief, of whatever has them: a fact, a task."""
    return {name: getattr(source, name) for name in _BRIEF}
