"""Many tasks added at once: what they come to, and where they stand."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import tzinfo

from spirou_cli.cli.render import formats
from spirou_cli.cli.render.changes import command
from spirou_cli.cli.render.reasons import why
from spirou_cli.cli.render.screen import Screen
from spirou_cli.domain import fit
from spirou_cli.domain.errors import mark
from spirou_cli.domain.money import Money
from spirou_cli.domain.states import TaskState
from spirou_cli.domain.task import Task
from spirou_cli.service.placing import Placed

__all__ = ["KEPT", "outcome", "saved", "total"]

KEPT = frozenset({TaskState.AWAITING_APPROVAL})
"""What was kept because nobody agreed to it."""


def total(screen: Screen, rehearsed: Sequence[Placed]) -> None:
    """«12 tasks to julie: 10 leave now, 2 wait here. At most 25.00 EUR, 3 of unknown cost.»"""
    words = screen.words
    names = {one.account.name if one.account else "" for one in rehearsed}
    for name in sorted(names):
        own = [one for one in rehearsed if (one.account.name if one.account else "") == name]
        leaving = sum(isinstance(one.verdict, fit.Send) for one in own)
        count = words.plural("{n} task", "{n} tasks", len(own))
        if not name:
            screen.say(mark("{count} kept here as drafts."), count=count)
            continue
        facts = [
            words.say(mark("{count} to {provider}: {n} leave now."), count=count, provider=name, n=leaving)
        ]
        if leaving < len(own):
            facts.append(words.say(mark("{n} stay here for now."), n=len(own) - leaving))
        facts.append(_cost(screen, [one.task for one in own]))
        screen.text(" ".join(facts))


def _cost(screen: Screen, tasks: Sequence[Task]) -> str:
    words = screen.words
    sums: dict[str, int] = {}
    for task in tasks:
        if task.max_cost is not None:
            sums[task.max_cost.currency] = sums.get(task.max_cost.currency, 0) + task.max_cost.minor
    unknown = sum(task.max_cost is None for task in tasks)
    if not sums:
        return words.say(mark("No limit of cost was set."))
    limits = " + ".join(formats.amount(words, Money(minor, code)) for code, minor in sorted(sums.items()))
    if not unknown:
        return words.say(mark("At most {limits}."), limits=limits)
    return words.say(mark("At most {limits}, and {n} without a limit."), limits=limits, n=unknown)


def saved(screen: Screen, placed: Placed, *, quiet: bool) -> None:
    """The number of each, with its title for a person."""
    number = placed.task.number
    if quiet:
        screen.line(str(number))
    elif placed.existing:
        screen.say(mark("Saved before as {number}; nothing was done."), number=number)
    else:
        screen.line(f"{number:>4}  {placed.task.title}")


def outcome(screen: Screen, tasks: Sequence[Task], providers: Mapping[str, str], zone: tzinfo) -> None:
    """How many stand where, and why some didn't leave."""
    words = screen.words
    stands: Counter[str] = Counter()
    for task in tasks:
        reason = why(words, task.reason, provider=providers.get(task.account_id or "", ""), zone=zone)
        stands[formats.state(words, task.state, reason)] += 1
    counts = (words.say("{label}: {value}", label=state, value=n) for state, n in stands.items())
    screen.text(", ".join(counts) + ".")
    for task in tasks:
        if task.state in KEPT:
            command(screen, f"spirou send {task.number} --yes")
