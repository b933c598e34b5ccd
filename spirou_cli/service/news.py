"""What a provider reported, as facts in the log: each item once, however often it is read (R13)."""

from __future__ import annotations

import json
import re
from dataclasses import fields, replace
from datetime import datetime
from enum import StrEnum
from hashlib import sha256

from spirou_cli.adapters import base
from spirou_cli.adapters.flaws import flaw
from spirou_cli.domain import events as e
from spirou_cli.domain.text import ITEM_LIMIT, Source, clean_in
from spirou_cli.service.context import milliseconds
from spirou_cli.storage import accounts, codec, queries
from spirou_cli.storage.accounts import Account, KnownItem, Stray
from spirou_cli.storage.log import Log

__all__ = ["Taken", "adopt", "record"]


class Taken(StrEnum):
    """What became of a report."""

    NEW = "new"
    KNOWN = "known"
    QUARANTINED = "quarantined"
    UNMATCHED = "unmatched"


_CODE = re.compile(r"[a-z_]{1,32}")
"""A stable code of the contract; a plugin's sentence in its place is left out."""
_LONGEST_NAME = 2_000
_NOT_AFTER = 253_402_300_799_000
"""The last millisecond of the year 9999: a later time can't be shown, nor meant."""


def record(log: Log, account: Account, report: base.Report, *, task_id: str | None = None) -> Taken:
    """Take one report in: a fact about its task, or an item that waits for a person in the inbox."""
    report = _sound(report)
    said = _said(report)
    known = accounts.known_item(log.connection, account.id, report.key)
    if known is not None:
        clash = _clash(known, report, said)
        if clash is None:
            return Taken.KNOWN
        report, said = clash, None
    found = task_id or queries.id_by_ref(log.connection, account.id, report.ref)
    problem = _problem(report)
    unmatched = _stray(report) if problem is None and found is None else None
    number = accounts.keep_item(
        log.connection,
        account_id=account.id,
        item=report.key,
        at=log.at,
        task_id=found,
        raw=report.raw,
        quarantined=problem,
        unmatched=unmatched,
        ref=report.ref or None,
        fact=_frozen(report) if unmatched is not None else None,
        said=said,
    )
    if number is None:
        return Taken.KNOWN
    if problem is not None:
        return Taken.QUARANTINED
    if found is None:
        return Taken.UNMATCHED
    log.append(found, _fact(report))
    return Taken.NEW


def _said(report: base.Report) -> str | None:
    """A hash of what makes this report this report; None for what says nothing of a task.

    Left out is what may be read otherwise on another day: who wrote it, when, and what a table of states that
    the person can edit makes of a word.
    """
    match report:
        case base.StateChanged(native=native):
            content: tuple[object, ...] = (native,)
        case base.MessageReceived(text=text):
            content = (_text(text),)
        case base.ArtifactReceived(name=name):
            content = (name,)
        case base.UsageReported(unit=unit, quantity=quantity, cost=cost):
            content = (unit, quantity, cost)
        case base.Gone():
            content = ()
        case _:
            return None
    return codec.fingerprint(report.key, codec.to_json((type(report).__name__, *content)))


def _clash(known: KnownItem, report: base.Report, said: str | None) -> base.Unreadable | None:
    """The report as an item for a person, where its key was used for something else before; else None.

    Nobody can tell whether it is a correction, or another thing under a name that was taken: it is neither
    dropped nor counted a second time.
    """
    if known.ref and report.ref and known.ref != report.ref:
        reason = f"its key {report.key[:80]} was used for another task"
    elif said is None or known.said in (None, said) or (known.raw and known.raw == report.raw):
        return None
    else:
        reason = f"its key {report.key[:80]} was used for something else"
    words = _text(report.text) if isinstance(report, base.MessageReceived) else repr(report)
    content = words.encode("utf-8", "replace")
    key = f"{report.key}{_digest(f'{report.ref} {said or words}'.encode())}"
    return base.Unreadable(key=key, ref=report.ref, at=report.at, raw=report.raw or content, reason=reason)


def adopt(log: Log, account_id: str, task_id: str, ref: str) -> None:
    """Take in what came about a task before its name at the provider was known: its answer had been lost."""
    for seq, frozen in accounts.told_of(log.connection, account_id, ref):
        kind, lasting, personal = json.loads(frozen)
        log.append(task_id, codec.join(e.KINDS[kind], lasting, personal))
        accounts.settle_item(log.connection, seq, task_id)


def _frozen(report: base.Report) -> str | None:
    """What a report without a task would say of it; None for what only a person can match."""
    if isinstance(report, base.Unmatched) or not report.ref:
        return None
    fact = _fact(report)
    return json.dumps([type(fact).__name__, *codec.split(fact)])


def _sound(report: base.Report) -> base.Report:
    """The report with a key and a ref that can be stored; Unreadable where it breaks the contract (R16)."""
    if not isinstance(report, base.Report):
        return base.Unreadable(key=f"?{type(report).__name__}", ref="", reason=flaw(report) or "")
    problem = flaw(report) or _oversize(report)
    if problem is not None:
        whole = repr(report).encode("utf-8", "replace")
        return base.Unreadable(
            key=_name(report.key) or _digest(whole),
            ref=_name(report.ref),
            raw=report.raw if isinstance(report.raw, bytes) else whole[:ITEM_LIMIT],
            reason=problem,
        )
    key = _text(report.key) or _digest(repr(report).encode("utf-8", "replace"))
    return replace(report, key=key, ref=_text(report.ref))


def _oversize(report: base.Report) -> str | None:
    size = len(report.raw or b"") + sum(len(value) for value in _words(report))
    return f"the item has {size} characters; {ITEM_LIMIT} at most" if size > ITEM_LIMIT else None


def _name(value: object) -> str:
    """A key or ref of a report that is not to be trusted; ``""`` if it is none."""
    return _text(value) if isinstance(value, str) and len(value) <= _LONGEST_NAME else ""


def _digest(item: bytes) -> str:
    """The key of an item that has none (R13)."""
    return f"?{sha256(item).hexdigest()}"


def _fact(report: base.Report) -> e.Event:
    key = report.key
    at = _instant(report.at)
    match report:
        case base.StateChanged():
            return e.StateReported(
                key=key,
                state=report.state,
                native=_text(report.native),
                reason=_text(report.reason or ""),
                reported_at=at,
            )
        case base.MessageReceived():
            return e.MessageReceived(
                key=key,
                text=_text(report.text),
                question=report.question,
                choices=tuple(_text(choice) for choice in report.choices),
                sender=_text(report.sender),
                reported_at=at,
                notices=tuple(filter(_CODE.fullmatch, report.notices)),
            )
        case base.ArtifactReceived():
            return e.ArtifactReceived(
                key=key,
                name=_text(report.name),
                locator=_text(report.locator),
                size=report.size,
                media_type=_text(report.media_type),
                reported_at=at,
            )
        case base.UsageReported():
            return e.UsageRecorded(
                key=key,
                unit=_text(report.unit),
                quantity=report.quantity,
                cost=report.cost,
                series=_text(report.series) if report.series else None,
                cumulative=report.cumulative,
                basis=report.basis,
                note=_text(report.note),
                used_at=at,
            )
        case base.Gone():
            return e.RemovedThere(key=key)
    return e.MessageReceived(key=key, text=_summary(report), reported_at=at)


def _problem(report: base.Report) -> str | None:
    """Why an item can't be taken in, or None."""
    if isinstance(report, base.Unreadable):
        return _text(report.reason) or "unreadable"
    if report.at is not None and (report.at.tzinfo is None or not 0 <= milliseconds(report.at) <= _NOT_AFTER):
        return "the item has no possible time"
    return None


def _words(report: base.Report) -> list[str]:
    return [value for field in fields(report) if isinstance(value := getattr(report, field.name), str)]


def _stray(report: base.Report) -> Stray:
    """What to show of a report that is of no known task, so that a person can tell whose it is."""
    if isinstance(report, base.Unmatched):
        reason = report.reason if _CODE.fullmatch(report.reason) else ""
        return Stray(_text(report.text), _text(report.sender), _text(report.subject), reason)
    sender = report.sender if isinstance(report, base.MessageReceived) else ""
    return Stray(_summary(report), sender=_text(sender), reason="unknown_ref")


def _summary(report: base.Report) -> str:
    return _text(getattr(report, "text", "") or getattr(report, "name", "") or report.ref or "?")


def _text(value: str) -> str:
    return clean_in(value, "", source=Source.PROVIDER, limit=ITEM_LIMIT * 2).text


def _instant(at: datetime | None) -> int | None:
    return None if at is None else milliseconds(at)
