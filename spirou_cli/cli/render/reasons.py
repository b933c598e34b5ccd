"""Why a task waits, was refused or is unsure: the codes of the core in words, figures by language."""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo

from spirou_cli.cli.render.formats import amount, clock_time, hours, quoted
from spirou_cli.cli.render.messages import Words
from spirou_cli.domain.errors import Field, mark
from spirou_cli.domain.money import Money
from spirou_cli.domain.reason import Reason
from spirou_cli.domain.text import safe_line

__all__ = ["CODES", "NOTICES", "STRAY", "notice_words", "stray_words", "why"]

CODES = {
    "budget_used": mark("the budget is used up"),
    "cannot_tell": mark("{provider} can't tell whether it arrived"),
    "earlier_op": mark("something sent before it comes first"),
    "held": mark("something before it waits for your decision"),
    "key_expired": mark("{provider} no longer knows whether it arrived"),
    "may_still_run": mark("may still run at {provider}"),
    "needs_key": mark("sign in to {provider} first"),
    "no_place": mark("{provider} has {count} of {limit} open"),
    "no_rate": mark("the budget can't be summed without a fresh rate of {pair}"),
    "over_budget": mark("{cost} is more than the {left} left in the budget"),
    "pack_needed": mark("{asked} is over the {limit} of the plan and would use prepaid hours"),
    "price_unknown": mark("price unknown before the work"),
    "provider_paused": mark("{provider} is paused"),
    "retry": mark("next try at {time}"),
    "retry_soon": mark("will be tried again"),
    "retry_time": mark("next try at {time}"),
    "same_answer_three_times": mark("{provider} failed three times in the same way"),
    "too_long": mark("{provider} takes {limit} at most, you asked for {asked}"),
}
"""The words of each code; any other code is the provider's own and comes with its own sentence."""

NOTICES = {
    "automatic": mark("written by a machine: it answers nothing"),
    "bounced": mark("a mail came back: it did not arrive"),
    "charset": mark("its letters were guessed: some may be wrong"),
    "delayed": mark("a mail is late: it may still arrive"),
    "hidden_text": mark("it had text that nobody would see; that was left out"),
    "repeated_id": mark("it has the name of an earlier mail: read it, nothing was done with it"),
    "unknown_sender": mark("not from the address you expect: nothing was done with it"),
}
"""What to know about a message, by the adapter's code; another code is shown as it is."""

STRAY = {
    "forged": mark("may not be from its sender: the mail server could not prove it"),
    "no_open_task": mark("answers no open task"),
    "unknown_ref": mark("is about a task that is not here"),
}
"""Why an item found no task, by code."""


def notice_words(words: Words, code: str) -> str:
    """What to know about a message, in words."""
    return words.say(NOTICES[code]) if code in NOTICES else safe_line(code)


def stray_words(words: Words, code: str) -> str:
    """Why an item found no task, in words; "" where nobody told."""
    return words.say(STRAY[code]) if code in STRAY else safe_line(code)


def why(words: Words, reason: Reason | None, *, provider: str, zone: tzinfo = UTC) -> str:
    """The reason in words, "" when there is none; a provider's own sentence is quoted, not translated."""
    if reason is None:
        return ""
    message = CODES.get(reason.code if any(reason.figures) or reason.code != "retry" else "retry_soon")
    if message is None:
        return quoted(words, reason.text) if reason.text else safe_line(reason.code)
    return words.say(message, provider=provider, **_fields(words, reason, zone))


def _fields(words: Words, reason: Reason, zone: tzinfo) -> dict[str, Field]:
    match reason.code, reason.figures:
        case "no_place", (count, limit):
            return {"count": count, "limit": limit}
        case "too_long" | "pack_needed", (limit, asked):
            return {"limit": hours(limit), "asked": hours(asked)}
        case "no_rate", _:
            return {"pair": reason.text}
        case "over_budget", (cost, left):
            return {
                "cost": amount(words, Money(cost, reason.text)),
                "left": amount(words, Money(left, reason.text)),
            }
        case "retry" | "retry_time", (at,):
            return {"time": clock_time(datetime.fromtimestamp(at / 1000, zone))}
    return {}
