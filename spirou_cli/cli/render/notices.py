"""What a bill says besides its lines, in words and for programs: what is coming, what to look at."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from spirou_cli.cli.render import formats
from spirou_cli.cli.render.messages import Words
from spirou_cli.cli.render.records import Json
from spirou_cli.domain.billing.deadlines import Deadline, DeadlineKind
from spirou_cli.domain.errors import mark
from spirou_cli.service.notices import NO_PLAN, REFUSED, SLOW_LANE, Notices, Watch

__all__ = ["lost", "notices_json", "soon", "soon_all", "watch", "watch_all"]

_SOON = {
    DeadlineKind.TRIAL_END: mark("trial until {day}, then {money}: spirou plan show {provider}"),
    DeadlineKind.RENEWAL: mark("{money} on {day}"),
    DeadlineKind.NOTICE: mark(
        "{day} is the last day to give notice, or {money}: spirou plan show {provider}"
    ),
    DeadlineKind.COUPON_END: mark("coupon {about} ends, {money} more from {day}"),
    DeadlineKind.PACK_EXPIRY: mark(
        'pack {used} of {of} used, until {day}, {time} left worth {money}: spirou add "..." --to {provider}'
    ),
    DeadlineKind.TIME_LAPSE: mark(
        '{time} in the plan until {day}, worth {money}: spirou add "..." --to {provider}'
    ),
    DeadlineKind.PLAN_END: mark("plan {about} until {day}: spirou plan show {provider}"),
}

_WATCH = {
    SLOW_LANE: mark("slow lane {time} h ({limit} open or more): spirou list --to {provider}"),
    NO_PLAN: mark("no plan was told, so nothing is known of the cost: spirou plan adopt {provider} -h"),
    "no_price": mark("{about} has no price: spirou plan show {provider}"),
    "no_plan_then": mark("use outside every plan: spirou plan show {provider}"),
    "coupon_in_other_currency": mark(
        "coupon {about} is in another currency and was not used: spirou charge list {provider}"
    ),
    "fee_in_other_currency": mark(
        "purchase {about} has a fee in another currency, which was left out: spirou charge list {provider}"
    ),
    "refund_too_large": mark(
        "refund {about} is more than was charged and was left out: spirou charge list {provider}"
    ),
    "closed_month_differs": mark(
        "{about} was closed with other lines than the facts give now: spirou bill -m {about} -p {provider}"
    ),
}

_SHOWN_SOON = 4
"""On the bill of all providers; the rest is in `spirou dates`."""


def soon(words: Words, each: Deadline, today: date) -> str:
    """A date with money at stake."""
    fields = _fields(words, each, today)
    if each.charges:
        return words.plural(
            "coupon {about} ends after {n} more charge, {money} more from {day}",
            "coupon {about} ends after {n} more charges, {money} more from {day}",
            each.charges,
            **fields,
        )
    return words.say(_SOON[each.kind], **fields)


def lost(words: Words, each: Deadline, today: date) -> str:
    """What was left of a pack on its last day."""
    text = mark(
        "pack {used} of {of} used, until {day}, {time} lost worth {money}: spirou plan show {provider}"
    )
    return words.say(text, **_fields(words, each, today))


def _fields(words: Words, each: Deadline, today: date) -> dict[str, str]:
    fields = {
        "day": formats.short_day(words, each.on, today),
        "money": formats.amount(words, each.money) if each.money else "?",
        "time": formats.hours(each.seconds),
        "about": each.about,
        "provider": each.provider,
    }
    if each.of_s is not None:
        used = each.of_s - (each.seconds or 0)
        fields |= {"used": formats.hours(used), "of": formats.hours(each.of_s)}
    return fields


def watch(words: Words, each: Watch) -> str:
    """Something to look at, and where."""
    time = formats.hours(each.seconds)
    if each.code == REFUSED:
        return words.plural(
            "{n} task refused (over {limit}, no pack for it), {time} not paid: spirou show {first}",
            "{n} tasks refused (over {limit}, no pack for them), {time} not paid: spirou show {first}",
            len(each.tasks),
            limit=formats.hours(each.limit),
            time=time,
            first=each.tasks[0] if each.tasks else "",
        )
    return words.say(_WATCH[each.code], time=time, limit=each.limit, about=each.about, provider=each.provider)


def soon_all(words: Words, found: Iterable[Notices], today: date) -> list[str]:
    """The nearest dates of all providers; a fee that only goes on is none of them."""
    dates = [each for one in found for each in one.soon if each.kind is not DeadlineKind.RENEWAL]
    dates.sort(key=lambda each: (each.on, each.provider, each.kind))
    lines = [_whose(words, each.provider, soon(words, each, today)) for each in dates[:_SHOWN_SOON]]
    if (more := len(dates) - _SHOWN_SOON) > 0:
        lines.append(words.plural("{n} other: spirou dates", "{n} others: spirou dates", more))
    return lines


def watch_all(words: Words, found: Iterable[Notices]) -> list[str]:
    """What to look at of all providers; those without a plan are told of by their tasks."""
    seen = [each for one in found for each in one.watch if each.code != NO_PLAN]
    return [_whose(words, each.provider, watch(words, each)) for each in seen]


def notices_json(found: Iterable[Notices]) -> Json:
    """``soon``, ``watch`` and ``lost``, for programs."""
    told = list(found)
    return {
        "soon": [_soon_json(each) for one in told for each in one.soon],
        "watch": [_watch_json(each) for one in told for each in one.watch],
        "lost": [_soon_json(each) for one in told for each in one.lost],
    }


def _whose(words: Words, provider: str, text: str) -> str:
    return words.say(mark("{provider}: {text}"), provider=provider, text=text)


def _soon_json(each: Deadline) -> Json:
    return {
        "provider": each.provider,
        "on": each.on,
        "kind": each.kind.value,
        "about": each.about,
        "money": each.money,
        "seconds": each.seconds,
        "of_s": each.of_s,
        "charges": each.charges,
    }


def _watch_json(each: Watch) -> Json:
    return {
        "provider": each.provider,
        "code": each.code,
        "about": each.about,
        "tasks": list(each.tasks),
        "seconds": each.seconds,
        "limit": each.limit,
    }
