"""Tasks on a screen: what status and list show."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta, tzinfo

from spirou_cli.cli.render import formats
from spirou_cli.cli.render.beginning import first_steps
from spirou_cli.cli.render.reasons import why
from spirou_cli.cli.render.screen import Screen
from spirou_cli.cli.render.table import Cell, Column, Span, Style, Table
from spirou_cli.cli.render.taskdata import GROUPS, is_late, next_commands
from spirou_cli.domain.caution import asks_for_secret
from spirou_cli.domain.errors import mark
from spirou_cli.domain.money import Money
from spirou_cli.domain.states import FINAL, MINE, TaskState
from spirou_cli.service.overview import Cost, Line, Listing, Status
from spirou_cli.service.plans import Spend

__all__ = ["careful", "cost_words", "listing", "status"]


_NEEDS_YOU = mark("Needs you ({n})")


_TO_REVIEW = mark("To review ({n})")


_IN_PROGRESS = mark("In progress ({n})")


_NOT_SENT = mark("Not sent ({n})")


def status(screen: Screen, found: Status, zone: tzinfo) -> None:
    """The opinionated view: groups in the order of what the person must do; empty ones are absent."""
    words = screen.words
    if not found.lines and not found.synced:
        first_steps(screen)
    elif not found.lines:
        screen.say(mark('Nothing delegated. spirou add "..."'))
    first = True
    parts = (
        (_NEEDS_YOU, _needs_you),
        (_TO_REVIEW, _to_review),
        (_IN_PROGRESS, _in_progress),
        (_NOT_SENT, _not_sent),
    )
    for name, (title, write) in zip(GROUPS, parts, strict=True):
        lines = found.group(name)
        if lines:
            if not first:
                screen.blank()
            first = False
            screen.line(Span(words.say(title, n=len(lines)), Style.HEADING))
            write(screen, lines, found, zone)
    _footer(screen, found)


def listing(screen: Screen, found: Listing, zone: tzinfo) -> None:
    """The complete view as a table, and what it leaves out."""
    if found.lines:
        screen.table(_table(screen, found.lines, found.at, zone, indent=0))
        screen.blank()
    words = screen.words
    shown_open = sum(line.task.state not in FINAL for line in found.lines)
    counted = words.plural(
        "{shown} of {n} open task.", "{shown} of {n} open tasks.", found.open_total, shown=shown_open
    )
    if found.closed_total and shown_open == len(found.lines):
        more = words.plural("--all adds {n} closed one.", "--all adds {n} closed ones.", found.closed_total)
        counted = f"{counted}  {more}"
    screen.text(counted)


def _needs_you(screen: Screen, lines: list[Line], found: Status, zone: tzinfo) -> None:
    words = screen.words
    for line in lines:
        task = line.task
        happened = {
            TaskState.INPUT_REQUIRED: mark("asked {ago}"),
            TaskState.AUTH_REQUIRED: mark("wants an access, {ago}"),
            TaskState.PAUSED: mark("paused {ago}"),
            TaskState.AWAITING_APPROVAL: mark("to approve, {ago}"),
            TaskState.REJECTED: mark("refused {ago}"),
            TaskState.UNCONFIRMED: mark("not sure it arrived, {ago}"),
        }.get(task.state, mark("failed {ago}"))
        if line.held:
            happened = mark("not sure it arrived, {ago}")
        who = words.say(happened, ago=formats.ago(words, _since(task.since, found.at)))
        _headline(screen, line, f"{line.provider}, {who}" if line.provider else who)
        reason = why(words, task.reason, provider=line.provider, zone=zone)
        said = formats.quoted(words, task.question) if task.question else reason
        if said:
            screen.line("      ", said)
        careful(screen, task.question, "      ")
        for number, choice in enumerate(task.choices, 1):
            screen.line(f"      {number}  ", choice)
        commands = next_commands(line, [fresh.provider for fresh in found.synced])
        # with one provider there is nobody to hand it to: the next way out is the first that can be typed
        ready = [command for command in commands if not command.endswith(" NAME")] or commands
        for command in ready[:1]:
            screen.line("      > ", Span(command, Style.COMMAND))


def careful(screen: Screen, question: str, indent: str = "") -> None:
    """A line under a question that asks for what nobody should send."""
    if asks_for_secret(question):
        warning = screen.words.say(mark("It asks for a password or a key. Send neither: no task needs one."))
        screen.line(indent, Span(warning, Style.WARNING))


def _to_review(screen: Screen, lines: list[Line], found: Status, zone: tzinfo) -> None:
    words = screen.words
    for line in lines:
        ago = formats.ago(words, _since(line.task.since, found.at))
        _headline(screen, line, f"{line.provider}, {ago}")
        facts = [
            words.plural("{n} file", "{n} files", line.files) if line.files else "",
            words.say(mark("{time} used"), time=formats.hours(line.seconds))
            if line.seconds is not None
            else "",
            _plan_or_cost(screen, line.cost),
        ]
        screen.line("      ", ", ".join(fact for fact in facts if fact))
        number = line.task.number
        screen.line(
            "      > ",
            Span(words.say(mark("spirou show {id}, then spirou accept {id}"), id=number), Style.COMMAND),
        )


def _in_progress(screen: Screen, lines: list[Line], found: Status, zone: tzinfo) -> None:
    screen.table(_table(screen, lines, found.at, zone, indent=2))


def _not_sent(screen: Screen, lines: list[Line], found: Status, zone: tzinfo) -> None:
    words = screen.words
    for line in lines:
        task = line.task
        if task.state is TaskState.QUEUED:
            reason = why(words, task.reason, provider=line.provider, zone=zone)
            right = formats.state(words, task.state, reason or words.say(mark("leaves with the next sync")))
        else:
            whose = line.provider or words.say(mark("no provider"))
            reason = why(words, task.reason, provider=line.provider, zone=zone)
            right = f"{formats.state(words, task.state)}, {reason or whose}"
        _headline(screen, line, right)


def _headline(screen: Screen, line: Line, right: str) -> None:
    screen.split(f"{line.task.number:>4}  {_title(screen, line)}", right)


def _title(screen: Screen, line: Line) -> str:
    return screen.words.say(mark("(forgotten)")) if line.task.forgotten else line.task.title


def _footer(screen: Screen, found: Status) -> None:
    words = screen.words
    heard = any(fresh.error or fresh.synced_at is not None for fresh in found.synced)
    if found.lines and (found.inbox or found.spend.totals or heard):
        screen.blank()
    if found.inbox:
        screen.text(
            words.plural(
                "{n} item waits in the inbox (spirou inbox list)",
                "{n} items wait in the inbox (spirou inbox list)",
                found.inbox,
            )
        )
    if found.spend.totals:
        sums = " + ".join(
            formats.amount(words, money, estimated=estimated) for money, estimated in _sums(found.spend)
        )
        month = formats.month_name(words, int(found.spend.first[5:7])).capitalize()
        screen.say(mark("{month} so far: {sums} (spirou bill)"), month=month, sums=sums)
    if found.budgets:
        from spirou_cli.cli.render.budgets import reached

        reached(screen, found.budgets)
    _freshness(screen, found)


def _sums(spend: Spend) -> list[tuple[Money, bool]]:
    """The sum of each currency, and whether a part of it is an estimate."""
    sums: dict[str, Money] = {}
    guessed = {money.currency for money, basis in spend.totals if basis == "estimated"}
    for money, _ in spend.totals:
        sums[money.currency] = sums[money.currency] + money if money.currency in sums else money
    return [(money, currency in guessed) for currency, money in sums.items()]


def _freshness(screen: Screen, found: Status) -> None:
    words = screen.words
    fresh = [state for state in found.synced if not state.error and state.synced_at is not None]
    stale = [state for state in found.synced if state.error]
    if not fresh and not stale:
        return
    parts = []
    if fresh:
        oldest = min(state.synced_at or 0 for state in fresh)
        parts.append(words.say(mark("Synced {ago}"), ago=formats.ago(words, _since(oldest, found.at))))
    for state in stale:
        ago = (
            formats.ago(words, _since(state.synced_at, found.at))
            if state.synced_at
            else words.say(mark("never"))
        )
        parts.append(
            words.say(
                mark("{provider}: {ago}, {error} since (spirou sync {provider})"),
                provider=state.provider,
                ago=ago,
                error=state.error,
            )
        )
    separator = words.say(mark(", except "))
    screen.text(separator.join(parts))


# --- tables -----------------------------------------------------------------------------------------


def _table(screen: Screen, lines: Iterable[Line], now: int, zone: tzinfo, *, indent: int) -> Table:
    words = screen.words
    columns = (
        Column(words.say(mark("ID")), right=True),
        Column(words.say(mark("TASK")), title=True),
        Column(words.say(mark("PROVIDER"))),
        Column(words.say(mark("STATE"))),
        Column(words.say(mark("DUE"))),
        Column(words.say(mark("WAITING")), right=True, wide=True),
        Column(words.say(mark("TIME")), right=True),
        Column(words.say(mark("COST")), right=True),
        Column(words.say(mark("PROJECT")), wide=True),
        Column(words.say(mark("REF")), wide=True),
    )
    rows = [_row(screen, line, now, zone) for line in lines]
    return Table(columns, rows, indent=indent)


def _row(screen: Screen, line: Line, now: int, zone: tzinfo) -> tuple[Cell, ...]:
    words, task = screen.words, line.task
    word = formats.state(words, task.state)
    if task.cancel_requested:
        word = words.say(mark("cancel asked"))
    return (
        str(task.number),
        _title(screen, line),
        line.provider,
        Span(word, Style.WARNING if task.state in MINE else Style.PLAIN),
        _due_cell(screen, line, now, zone),
        formats.span(words, _since(task.since, now)),
        formats.hours(line.seconds),
        cost_words(screen, line.cost),
        task.project,
        task.ref or "",
    )


def _due_cell(screen: Screen, line: Line, now: int, zone: tzinfo) -> Cell:
    task = line.task
    if task.due_at is None:
        return formats.NOTHING
    if is_late(line, now):
        return Span(formats.late(screen.words, _since(task.due_at, now)), Style.BAD)
    return formats.due(
        screen.words,
        formats.moment(task.due_at, zone),
        formats.moment(now, zone).date(),
        is_day=task.due_is_day,
    )


def _plan_or_cost(screen: Screen, cost: Cost) -> str:
    if cost.kind == "included":
        return screen.words.say(mark("included in plan"))
    return cost_words(screen, cost) if cost.kind != "unknown" else ""


def cost_words(screen: Screen, cost: Cost) -> str:
    words = screen.words
    if cost.kind == "included":
        return words.say(mark("included"))
    if cost.kind == "unknown":
        return "?"
    if not cost.amounts:
        return formats.NOTHING
    guessed = cost.kind == "estimated"
    return " + ".join(formats.amount(words, money, estimated=guessed) for money in cost.amounts)


def _since(at: int, now: int) -> timedelta:
    return timedelta(milliseconds=max(now - at, 0))
