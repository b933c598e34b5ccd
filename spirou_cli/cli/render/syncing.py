"""What a sync did, provider by provider."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import tzinfo
from typing import TYPE_CHECKING

from spirou_cli.cli.render import failing, formats
from spirou_cli.cli.render.messages import Words
from spirou_cli.cli.render.outbox import explained, kind_words
from spirou_cli.cli.render.records import Json
from spirou_cli.cli.render.screen import Screen
from spirou_cli.cli.render.story import sentence
from spirou_cli.cli.render.table import Span, Style
from spirou_cli.domain import delivery as d
from spirou_cli.domain.errors import mark
from spirou_cli.service.story import Story
from spirou_cli.service.sync import Synced
from spirou_cli.storage.accounts import Account

if TYPE_CHECKING:
    from spirou_cli.service.budgets import Crossing

__all__ = ["as_json", "planned", "summary", "told"]

_STEPS: dict[type[d.Step], str] = {
    d.Claim: mark("{kind} would be sent"),
    d.LookUp: mark("{kind} would be looked up"),
    d.Hold: mark("{kind} would be held and asked about"),
    d.Wait: mark("{kind} waits"),
    d.Withdraw: mark("{kind} would be withdrawn"),
}


def summary(screen: Screen, results: Sequence[Synced]) -> None:
    """One line a provider; two for one that failed."""
    if not results:
        screen.say(mark("No provider is set up yet. spirou provider add"))
    for result in results:
        _one(screen, result)


def told(screen: Screen, stories: Sequence[Story], zone: tzinfo) -> None:
    """The summary, and under each provider what happened, in order, each with its task's number."""
    if not stories:
        summary(screen, ())
    for story in stories:
        _one(screen, story.synced)
        for number, text in _happened(screen.words, story, zone):
            screen.text(f"{number:>6}  {text}")
        screen.text("        " + _effort(screen.words, story.synced), Style.FAINT)


def _happened(words: Words, story: Story, zone: tzinfo) -> Iterator[tuple[int, str]]:
    for kind, number in story.arrived:
        yield number, words.say(mark("{kind}: arrived"), kind=kind_words(words, kind))
    for fact in story.facts:
        yield fact.number, sentence(words, fact.recorded.event, provider=fact.provider, zone=zone)
    for row in story.waiting:
        what, why = kind_words(words, row.op.kind), explained(words, row, zone)
        yield row.task.number, words.say(mark("{what}: {why}"), what=what, why=why)


def _effort(words: Words, synced: Synced) -> str:
    """How much was read and how long it took: what a person looks at when a sync seems slow."""
    facts = [words.plural("{n} page read", "{n} pages read", synced.pages)] if synced.pages else []
    if synced.known:
        facts.append(words.say(mark("{n} told before"), n=synced.known))
    facts.append(f"{formats.number(words, f'{synced.seconds:.1f}')} s")
    return ", ".join(facts)


def _one(screen: Screen, result: Synced) -> None:
    words, name = screen.words, result.account.name
    facts = []
    if result.pushed and result.pushed.done:
        facts.append(words.say(mark("{n} sent"), n=len(result.pushed.done)))
    if result.pushed and result.pushed.held:
        facts.append(words.say(mark("{n} held: spirou outbox list"), n=len(result.pushed.held)))
    if result.pushed and result.pushed.refused:
        facts.append(words.say(mark("{n} refused"), n=len(result.pushed.refused)))
    if result.news:
        facts.append(words.say(mark("{n} new"), n=result.news))
    if result.unmatched:
        facts.append(words.say(mark("{n} match no task: spirou inbox list"), n=result.unmatched))
    if result.quarantined:
        facts.append(words.say(mark("{n} unreadable: spirou inbox list"), n=result.quarantined))
    if result.failure is not None:
        facts.append(failing.text(screen, result.failure))
    text = ", ".join(facts) or words.say(mark("nothing new"))
    style = Style.BAD if result.failure is not None else Style.PLAIN
    screen.line(words.say(mark("{provider}: "), provider=name), Span(text, style))
    if result.failure is not None:
        screen.aside("> " + failing.next_command(screen, result.failure, name))


def as_json(results: Sequence[Synced], crossings: Sequence[Crossing] = ()) -> Json:
    """``spirou.sync/1``."""
    return {
        "budgets": _budgets(crossings) if crossings else [],
        "providers": [
            {
                "provider": result.account.name,
                "ok": result.failure is None,
                "sent": len(result.pushed.done) if result.pushed else 0,
                "held": len(result.pushed.held) if result.pushed else 0,
                "refused": len(result.pushed.refused) if result.pushed else 0,
                "news": result.news,
                "unmatched": result.unmatched,
                "quarantined": result.quarantined,
                "error": (
                    {"code": type(result.failure).__name__, "message": str(result.failure)}
                    if result.failure
                    else None
                ),
            }
            for result in results
        ],
    }


def _budgets(crossings: Sequence[Crossing]) -> list[Json]:
    from spirou_cli.cli.render.budgets import as_json as budget_json  # loads billing

    return [budget_json(crossing.named) for crossing in crossings]


def planned(screen: Screen, plans: Sequence[tuple[Account, list[d.Step]]], *, as_json: bool) -> None:
    """What a sync would send; it sends nothing."""
    if as_json:
        rows = [
            {
                "provider": account.name,
                "op": step.op.seq,
                "kind": step.op.kind.value,
                "step": type(step).__name__,
            }
            for account, found in plans
            for step in found
        ]
        screen.json("spirou.plan/1", {"dry_run": True, "steps": rows})
        return
    for account, steps in plans:
        for step in steps:
            what = screen.words.say(_STEPS[type(step)], kind=step.op.kind.value)
            screen.line(f"{account.name}: {step.op.seq}  ", what)
    screen.say(mark("Nothing was sent."))
