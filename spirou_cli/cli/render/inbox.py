"""The inbox on a screen: what providers sent that no task could take in."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from spirou_cli.cli.render import formats
from spirou_cli.cli.render.changes import command
from spirou_cli.cli.render.reasons import stray_words
from spirou_cli.cli.render.records import Json, with_untrusted
from spirou_cli.cli.render.screen import Screen
from spirou_cli.cli.render.table import Column, Span, Style, Table
from spirou_cli.cli.render.taskdata import utc
from spirou_cli.domain.errors import mark
from spirou_cli.service.inbox import Letter

__all__ = ["HEADINGS", "as_json", "listing", "record", "show"]

HEADINGS = ("id", "provider", "received_at", "problem", "headline", "sender")


def listing(screen: Screen, letters: Sequence[Letter], now: datetime) -> None:
    """Each item in two lines."""
    if not letters:
        screen.say(mark("Every answer found its task."))
        return
    for letter in letters:
        age = formats.ago(screen.words, now - formats.moment(letter.item.received_at, UTC))
        screen.split(f"{letter.item.seq:>4}  {_headline(letter)}", f"{letter.provider}, {age}")
        if letter.stray.sender:
            screen.line("      ", Span(letter.stray.sender, Style.FAINT))
        if letter.stray.reason:
            screen.line("      ", stray_words(screen.words, letter.stray.reason))
        if letter.item.quarantined:
            problem = screen.words.say(mark("unreadable: {why}"), why=letter.item.quarantined)
            screen.line("      ", Span(problem, Style.WARNING))
    screen.blank()
    command(screen, "spirou inbox link ITEM TASK   , or: spirou inbox drop ITEM")


def show(screen: Screen, letter: Letter) -> None:
    """One item whole, behind a bar."""
    screen.line(Span(f"{letter.item.seq}  {letter.provider}", Style.HEADING))
    if letter.item.quarantined:
        screen.say(mark("Unreadable: {why}"), why=letter.item.quarantined)
    facts = (
        (mark("From"), letter.stray.sender),
        (mark("Subject"), letter.stray.subject),
        (mark("Why it is here"), stray_words(screen.words, letter.stray.reason)),
    )
    rows = [(screen.words.say(name), value) for name, value in facts if value]
    if rows:
        screen.table(Table((Column(""), Column("", title=True)), rows, headings=False))
    screen.block(letter.text)
    screen.blank()
    command(screen, f"spirou inbox link {letter.item.seq} TASK")
    command(screen, f"spirou inbox drop {letter.item.seq}")


def record(letter: Letter) -> tuple[str | int, ...]:
    """One item as a tab-separated record."""
    when, sender = utc(letter.item.received_at), letter.stray.sender
    return letter.item.seq, letter.provider, when, _problem(letter), _headline(letter), sender


def as_json(letter: Letter) -> Json:
    """One item of ``spirou.inbox/1``."""
    item = letter.item
    document: Json = {
        "id": item.seq,
        "provider": letter.provider,
        "received_at": utc(item.received_at),
        "problem": item.quarantined,
        "reason": letter.stray.reason or None,
        "sender": letter.stray.sender or None,
        "subject": letter.stray.subject or None,
        "text": letter.text,
    }
    return with_untrusted(document, "text", "sender", "subject")


def _problem(letter: Letter) -> str:
    return letter.item.quarantined or letter.stray.reason


def _headline(letter: Letter) -> str:
    """Its subject, else its first line."""
    return letter.stray.subject[:500] or _first_line(letter)


def _first_line(letter: Letter) -> str:
    return next((line for line in letter.text.splitlines() if line.strip()), "?")[:500]
