"""Each fact of the log as a sentence, for histories."""

from __future__ import annotations

from datetime import tzinfo

from spirou_cli.cli.render import formats
from spirou_cli.cli.render.messages import Words
from spirou_cli.cli.render.reasons import why
from spirou_cli.domain import events as e
from spirou_cli.domain.errors import mark
from spirou_cli.domain.record import asdict

__all__ = ["sentence"]

_PLAIN: dict[type[e.Event], str] = {
    e.TaskAdded: mark("added: {state}"),
    e.BriefEdited: mark("brief changed"),
    e.Assigned: mark("given to a provider: {state}"),
    e.Approved: mark("price approved"),
    e.TagsChanged: mark("tags: {tags}"),
    e.Rated: mark("rated {stars}/5"),
    e.MessageSent: mark("you wrote: {text}"),
    e.Accepted: mark("accepted"),
    e.Reopened: mark("sent back: {text}"),
    e.CancelAsked: mark("cancel asked"),
    e.Closed: mark("canceled here"),
    e.Undone: mark("last change taken back"),
    e.Forgotten: mark("words erased"),
    e.Postponed: mark("{state}"),
    e.Arrived: mark("arrived, their number {ref}"),
    e.ArrivalUnknown: mark("not sure it arrived"),
    e.OpRefused: mark("refused ({kind})"),
    e.CancelAnswered: mark("cancel answered"),
    e.StateReported: mark("they say: {native}"),
    e.MessageReceived: mark("they wrote: {text}"),
    e.ArtifactReceived: mark("file: {name}"),
    e.ArtifactStored: mark("file fetched"),
    e.UsageRecorded: mark("used: {used}"),
    e.UsageCorrected: mark("your own figure: {mine}"),
    e.RemovedThere: mark("no longer at the provider"),
    e.AnswerMatched: mark("linked from the inbox"),
}


def sentence(words: Words, event: e.Event, *, provider: str, zone: tzinfo) -> str:
    """What happened, in a line."""
    fields: dict[str, str | int] = {}
    for name, value in asdict(event).items():
        if isinstance(value, str | int) and not isinstance(value, bool):
            fields[name] = value
    match event:
        case e.TaskAdded() | e.Assigned() | e.Postponed():
            fields["state"] = formats.state(
                words, event.state, why(words, event.reason, provider=provider, zone=zone)
            )
        case e.TagsChanged(tags=tags):
            fields["tags"] = ", ".join(tags) or formats.NOTHING
        case e.UsageRecorded(unit=unit, quantity=quantity):
            fields["used"] = (
                formats.hours(quantity) if unit in ("second", "own_second") else f"{quantity} {unit}"
            )
        case e.UsageCorrected(quantity=mine):
            fields["mine"] = formats.NOTHING if mine is None else formats.hours(mine)
        case e.OpRefused(kind=kind):
            fields["kind"] = kind.value
    return words.say(_PLAIN.get(type(event), mark("{event}")), **{"event": type(event).__name__, **fields})
