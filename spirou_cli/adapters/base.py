"""The adapter contract: what a provider must be able to do, and how it says what happened.

An adapter translates between Spirou and one kind of provider. It never sees the database, the
console, the keyring or the environment; retries, back-off, budgets, states and dedupe are the
core's. A plugin imports ``spirou_cli.adapters`` and ``spirou_cli.testing``, nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Literal, Protocol

from spirou_cli.domain.money import Money
from spirou_cli.domain.ops import BLIND, OpKind, Repeatability
from spirou_cli.domain.states import TaskState

if TYPE_CHECKING:
    from logging import Logger

    from spirou_cli.adapters.http import HttpClient


CONTRACT_VERSION = 1


# --- what goes to the provider ------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file to hand over. ``path`` is a readable local copy whose content has ``sha256``."""

    name: str
    path: Path
    sha256: str
    size: int
    media_type: str = "application/octet-stream"


@dataclass(frozen=True, slots=True)
class Brief:
    """One task, complete enough to be done by somebody who doesn't know Spirou."""

    op_key: str
    """The idempotency key, stored before the first byte leaves: a UUIDv7 in text form."""
    number: int
    title: str
    body: str = ""
    language: str = "en"
    """``en`` or ``fr``: the language to speak to this provider."""
    due: datetime | None = None
    """Aware, with the person's zone. ``due_is_day``: any time of that day will do."""
    due_is_day: bool = True
    max_time_s: int | None = None
    max_cost: Money | None = None
    priority: Literal["low", "normal", "high"] = "normal"
    project: str = ""
    tags: tuple[str, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    sender: str = ""
    """How the person signs; may be empty."""


@dataclass(frozen=True, slots=True)
class Message:
    """Words and files for a task that the provider has."""

    text: str
    attachments: tuple[Attachment, ...] = ()


@dataclass(frozen=True, slots=True)
class Changes:
    """New values of a brief; a field that is absent from ``fields`` stays as it was."""

    fields: frozenset[str]
    """Names of the changed fields of the brief: ``title``, ``body``, ``due`` …"""
    brief: Brief
    """The whole brief as it is now."""


@dataclass(frozen=True, slots=True)
class Ref:
    """The provider's name for a task: short enough to read, stable for ever."""

    id: str
    url: str | None = None


@dataclass(frozen=True, slots=True)
class OpenTask:
    """A task this account has and that may still change."""

    ref: Ref
    number: int
    op_key: str
    """The key of its submit."""


@dataclass(frozen=True, slots=True)
class PendingOp:
    """An op whose answer was lost, to look up."""

    kind: OpKind
    op_key: str
    ref: Ref | None
    """None for a submit."""
    brief: Brief | None = None
    first_sent_at: datetime | None = None


# --- what comes back -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """Something the provider said about one task.

    ``key`` is stable and unique in the account: the same report read twice has the same key and is
    then a no-op. ``at`` is the provider's own time, None when it gave none. ``raw`` is kept as proof.
    """

    key: str
    ref: str
    at: datetime | None = None
    raw: bytes | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StateChanged(Report):
    """A new state. ``state`` is None when ``native`` is a word this adapter doesn't know."""

    state: TaskState | None
    native: str
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageReceived(Report):
    """Words from the provider; ``question`` when the provider waits for an answer."""

    text: str
    question: bool = False
    choices: tuple[str, ...] = ()
    sender: str = ""
    notices: tuple[str, ...] = ()
    """What to know about these words, as stable codes: ``automatic``, ``bounced``, ``delayed``,
    ``unknown_sender``, ``repeated_id``, ``charset`` (decoded by guess), ``hidden_text`` …"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ArtifactReceived(Report):
    """A file made by the provider. ``locator`` is what ``fetch`` needs to get its content."""

    name: str
    locator: str
    size: int | None = None
    media_type: str = "application/octet-stream"


@dataclass(frozen=True, slots=True, kw_only=True)
class UsageReported(Report):
    """Work that was measured. Unknown is None, never 0.

    ``unit`` is ``second`` for time, else the meter's name (``input``, ``output`` … for tokens).
    Lines with one ``series`` are one line: with ``cumulative`` the newest quantity replaces the
    earlier ones (a corrected minute, a running total; 0 removes it), otherwise quantities add up.
    """

    unit: str
    quantity: int
    cost: Money | None = None
    series: str | None = None
    cumulative: bool = False
    basis: Literal["reported", "estimated", "billed"] = "reported"
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gone(Report):
    """The task is no longer at the provider. The local task stays."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unmatched(Report):
    """Something that belongs to no task we know, for ``spirou inbox``; ``ref`` is empty."""

    text: str
    subject: str = ""
    sender: str = ""
    reason: str = ""
    """Why it matched nothing, as a stable code: ``no_open_task``, ``forged`` …"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unreadable(Report):
    """One item that can't be understood. It is kept, named and counted; the others go on."""

    reason: str


@dataclass(frozen=True, slots=True)
class Batch:
    """One page of news. The cursor is stored in the transaction that stores the reports."""

    reports: tuple[Report, ...]
    cursor: str | None
    more: bool = False


@dataclass(frozen=True, slots=True)
class Submitted:
    """The provider has it."""

    ref: Ref
    reports: tuple[Report, ...] = ()


class CancelOutcome(StrEnum):
    """What can truly be said of a cancel; an impossible one raises ``Unsupported`` or ``InvalidState``."""

    CONFIRMED = "confirmed"
    REQUESTED = "requested"


@dataclass(frozen=True, slots=True)
class Estimate:
    """What the provider says a brief would take; None where it can't tell."""

    cost_low: Money | None = None
    cost_high: Money | None = None
    seconds: int | None = None


# --- what a connection can do --------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What *this connection* can do; a command says «timesvr can't do that» instead of failing."""

    reply: bool = False
    edit: bool = False
    cancel: bool = False
    reopen: bool = False
    accept: bool = False
    attach: bool = False
    find: bool = False
    quote: bool = False
    deadline: bool = False
    budget: bool = False
    reports_time: bool = False
    reports_cost: bool = False
    wait: bool = False
    """It can tell at once when there is news."""
    link: bool = False
    """It can read an Unmatched again, once the person says which task it is about."""
    late: bool = False
    """A task costs ``pull`` no request: it also gets those that were closed in the last 60 days."""
    fetch_on_pull: bool = False
    """Files are near: the core copies deliverables in while pulling, else when asked."""
    worker: Literal["human", "agent", "unknown"] = "unknown"
    repeat: Mapping[OpKind, Repeatability] = field(default_factory=dict)
    poll_interval_s: int = 60
    max_body: int | None = None
    """Longest body in characters; None = no limit known."""
    max_connections: int = 1
    """How many writes may be under way at once."""

    def repeatability(self, kind: OpKind) -> Repeatability:
        """How to settle a lost answer of ``kind``: BLIND unless declared."""
        return self.repeat.get(kind, BLIND)


@dataclass(frozen=True, slots=True)
class Setting:
    """One question of ``provider add``: makes the wizard, the flags, the variables, JSON and docs."""

    name: str
    help: str
    type: Literal["text", "int", "bool", "path", "url", "choice"] = "text"
    secret: bool = False
    required: bool = True
    default: str | None = None
    choices: tuple[str, ...] = ()
    advanced: bool = False
    check: Callable[[str], str | None] | None = None
    """Returns what is wrong with a value, or None."""


@dataclass(frozen=True, slots=True)
class Connection:
    """All that an adapter gets: its account's settings and the core's services."""

    account: str
    settings: Mapping[str, str]
    secret: Callable[[str], str]
    """``secret("password")`` → the value; raises AuthRequired when there is none."""
    http: Callable[[], HttpClient]
    """The one HTTP client, bound to the origin of ``settings["url"]``."""
    files: Path
    """A private folder for scratch files, emptied by the core."""
    log: Logger
    now: Callable[[], datetime]
    language: str = "en"


class Adapter(Protocol):
    """One connection to one provider. ``check``, ``submit`` and ``pull`` are enough.

    A method for a capability that isn't declared is never called; subclass ``BaseAdapter`` to
    leave it out.
    """

    kind: ClassVar[str]
    settings: ClassVar[tuple[Setting, ...]]

    def __init__(self, connection: Connection) -> None: ...

    def check(self) -> Capabilities:
        """Prove that the connection works, by one cheap authenticated call that changes nothing."""

    def capabilities(self) -> Capabilities:
        """What this connection can do, without any I/O over the network."""

    def propose_settings(self) -> Mapping[str, str]:
        """Values for settings left empty, read from the provider, for the person to correct."""

    def submit(self, brief: Brief) -> Submitted:
        """Hand the task over, once per ``brief.op_key`` as declared by ``repeat``."""

    def pull(self, cursor: str | None, open_tasks: Sequence[OpenTask]) -> Batch:
        """News since ``cursor`` (None = from the start), each at least once."""

    def reply(self, ref: Ref, op_key: str, message: Message) -> Sequence[Report]: ...

    def edit(self, ref: Ref, op_key: str, changes: Changes) -> Sequence[Report]: ...

    def cancel(self, ref: Ref, op_key: str) -> CancelOutcome: ...

    def reopen(self, ref: Ref, op_key: str, message: Message) -> Sequence[Report]: ...

    def accept(self, ref: Ref, op_key: str) -> Sequence[Report]: ...

    def find(self, op: PendingOp) -> Ref | None:
        """Whether an op arrived: its task's Ref, or None. Raises Unreachable when it can't tell."""

    def quote(self, brief: Brief) -> Estimate: ...

    def fetch(self, locator: str, write: Callable[[bytes], object]) -> None:
        """Send the content of an artifact to ``write``, chunk by chunk; ``write`` enforces the cap."""

    def wait(self, seconds: float) -> bool:
        """Block until there may be news (True) or ``seconds`` have passed (False)."""

    def link(self, raw: bytes, task: OpenTask) -> Sequence[Report]:
        """Read the ``raw`` of an Unmatched again, as being about ``task``: the person said so."""


class BaseAdapter:
    """Says «unsupported» to everything optional."""

    kind: ClassVar[str] = ""
    settings: ClassVar[tuple[Setting, ...]] = ()

    def __init__(self, connection: Connection) -> None:
        self.connection = connection

    @staticmethod
    def origin(settings: Mapping[str, str]) -> str:
        """Where the keys of an account with these settings go; they go nowhere else. ValueError: nowhere.

        Only of kinds that come with Spirou; the keys of a plugin are for the address in ``url``.
        """
        from spirou_cli.adapters.wire import origin_of  # which speaks in the errors of this file

        url = settings.get("url", "")
        return origin_of(url) if url else ""

    def propose_settings(self) -> Mapping[str, str]:
        return {}

    def reply(self, ref: Ref, op_key: str, message: Message) -> Sequence[Report]:
        raise Unsupported("reply")

    def edit(self, ref: Ref, op_key: str, changes: Changes) -> Sequence[Report]:
        raise Unsupported("edit")

    def cancel(self, ref: Ref, op_key: str) -> CancelOutcome:
        raise Unsupported("cancel")

    def reopen(self, ref: Ref, op_key: str, message: Message) -> Sequence[Report]:
        raise Unsupported("reopen")

    def accept(self, ref: Ref, op_key: str) -> Sequence[Report]:
        raise Unsupported("accept")

    def find(self, op: PendingOp) -> Ref | None:
        raise Unsupported("find")

    def quote(self, brief: Brief) -> Estimate:
        raise Unsupported("quote")

    def fetch(self, locator: str, write: Callable[[bytes], object]) -> None:
        raise Unsupported("fetch")

    def wait(self, seconds: float) -> bool:
        raise Unsupported("wait")

    def link(self, raw: bytes, task: OpenTask) -> Sequence[Report]:
        raise Unsupported("link")


# --- what can go wrong: nothing else leaves an adapter -------------------------------------------


KEY_REUSED = "key_reused"


_LONGEST_MESSAGE = 2_000


def _storable(text: object) -> str:
    """A provider's words as they can be kept: short, and no half of a character."""
    return str(text)[:_LONGEST_MESSAGE].encode("utf-8", "replace").decode()


class AdapterError(Exception):
    """Base of the contract's errors. The text is for people: no secret, no URL with a query."""

    def __init__(self, message: str = "") -> None:
        super().__init__(_storable(message))

    @property
    def phrase(self) -> str:
        """The text without its full stop, to stand inside a sentence."""
        return str(self).removesuffix(".")


class Unreachable(AdapterError):
    """Certainly not sent: no route, refused, TLS failure, a local check."""


class RateLimited(AdapterError):
    """Certainly not done; come back later."""

    def __init__(self, message: str, retry_after_s: int | None = None) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class AuthRequired(AdapterError):
    """The key is missing, wrong or has no right to do this."""


class QuotaExceeded(AdapterError):
    """The provider's own limit; ``retry_after_s`` if it says when."""

    def __init__(self, message: str, retry_after_s: int | None = None) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class Rejected(AdapterError):
    """The provider looked at it and said no; repeating won't help. ``code`` is its reason.

    ``KEY_REUSED`` as the code: it remembers our key with other content. The op is held, not refused.
    """

    def __init__(self, message: str, code: str | None = None) -> None:
        super().__init__(message)
        self.code = None if code is None else _storable(code)


class NotFound(AdapterError):
    """The provider doesn't have it."""


class InvalidState(AdapterError):
    """Not in this state: a task already done can't be canceled."""


class Unsupported(AdapterError):
    """This connection can't do that."""


class Uncertain(AdapterError):
    """It may have happened: the answer was lost or can't be trusted.

    ``answer`` names one that was received, as ``500``: after three in a row that are equal the op is held.
    """

    def __init__(self, message: str, answer: str = "") -> None:
        super().__init__(message)
        self.answer = _storable(answer)


class CursorExpired(AdapterError):
    """The cursor is no longer known; the core reads everything again. From ``pull`` only."""


class ProtocolError(AdapterError):
    """The provider answered something that its protocol doesn't allow."""
