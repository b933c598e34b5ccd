"""The terms of a plan, a coupon and a price in words."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from fractions import Fraction

from spirou_cli.cli.render import formats
from spirou_cli.cli.render.messages import Words
from spirou_cli.domain.errors import mark
from spirou_cli.domain.money import Money
from spirou_cli.domain.plan import (
    Attribution,
    Coupon,
    Duration,
    LineScope,
    OnConvert,
    OverCap,
    PlanVersion,
    Price,
    Rollover,
    RolloverOrder,
    RoundMode,
    Scope,
    TaxMode,
    Timing,
    Unit,
)

__all__ = ["coupon_words", "fee_words", "full_day", "price_words", "terms"]


def terms(words: Words, version: PlanVersion) -> list[tuple[str, str]]:
    """The terms of a plan, each under its label; what it doesn't have is absent."""
    return [(words.say(label), said) for label, said in _terms(words, version)]


def _terms(words: Words, version: PlanVersion) -> Iterator[tuple[str, str]]:
    yield mark("Fee"), fee_words(words, version)
    if version.trial is not None:
        yield mark("Trial"), _trial_words(words, version)
    if version.scheduled_s is not None:
        seat = mark("{time} a period, used or not")
        yield mark("Seat"), words.say(seat, time=formats.hours(version.scheduled_s))
    if version.included_s is not None:
        yield mark("Included"), formats.hours(version.included_s) if version.included_s else formats.NOTHING
    if version.included_tasks is not None:
        yield (
            mark("Requests"),
            words.plural("{n} request included", "{n} requests included", version.included_tasks),
        )
    if version.rollover.valid_periods:
        yield mark("Carried"), _rollover_words(words, version.rollover)
    yield from ((mark("Beyond"), said) for said in _beyond(words, version))
    for price in version.usage:
        yield mark("By use"), _unit_price(words, price, version.currency)
    if version.task_cap is not None:
        yield mark("Per task"), _cap_words(words, version)
    if version.open_limit is not None:
        yield mark("Open"), words.say(mark("{n} tasks at once"), n=version.open_limit)
    if version.rounding.mode is not RoundMode.NONE or version.rounding.minimum_s:
        yield mark("Rounding"), _rounding_words(words, version)
    if version.tax.mode is not TaxMode.NONE:
        yield (
            mark("Tax"),
            words.say(_TAXES[version.tax.mode], rate=formats.number(words, str(version.tax.rate))),
        )
    if version.notice_days is not None:
        yield mark("Notice"), words.plural("{n} day", "{n} days", version.notice_days)
    for label, amount in (
        (mark("At least"), version.minimum_spend),
        (mark("At most"), version.maximum_spend),
    ):
        if amount is not None:
            yield label, price_words(words, str(amount), version.currency)
    if version.handling_percent or version.handling_fixed:
        percent, fixed = f"{version.handling_percent:f}", str(version.handling_fixed)
        parts = [f"{formats.number(words, percent)} %"] if version.handling_percent else []
        parts += [price_words(words, fixed, version.currency)] if version.handling_fixed else []
        yield mark("Purchases"), words.say(mark("{sum} added"), sum=" + ".join(parts))
    if version.line_scope is not LineScope.PERIOD:
        scope = words.say(_SCOPES[Scope(version.line_scope.value)])
        yield mark("Lines"), words.say(mark("money is rounded for each {scope}"), scope=scope)

    if version.attribute_by is Attribution.END:
        yield mark("Days"), words.say(mark("work counts on the day it ended"))
    if version.minor_digits is not None:
        yield mark("Sums"), words.plural("{n} decimal", "{n} decimals", version.minor_digits)


def _rollover_words(words: Words, rollover: Rollover) -> str:
    parts = [
        words.plural("unused time, {n} period long", "unused time, {n} periods long", rollover.valid_periods)
    ]
    if rollover.unused_percent != 100:
        share = formats.number(words, f"{rollover.unused_percent:f}")
        parts.append(words.say(mark("{percent} % of it"), percent=share))
    if rollover.cap_s is not None:
        parts.append(words.say(mark("{time} at most"), time=formats.hours(rollover.cap_s)))
    if rollover.order is RolloverOrder.BASE_FIRST:
        parts.append(words.say(mark("used after the period's own")))
    return ", ".join(parts)


def _beyond(words: Words, version: PlanVersion) -> Iterator[str]:
    """What time and requests beyond the fee cost: prices, by quantity, at least, at weekends."""
    for price in version.overage:
        yield _unit_price(words, price, version.currency)
    if version.overage_tiers is not None:
        for tier in version.overage_tiers.tiers:
            hour = price_words(words, f"{tier.unit:f}", version.currency)
            flat = price_words(words, f"{tier.flat:f}", version.currency)
            said = words.say(mark("{price} an hour"), price=hour) + (f" + {flat}" if tier.flat else "")
            if tier.up_to is None:
                yield words.say(mark("beyond that: {price}"), price=said)
            else:
                hours = formats.number(words, f"{tier.up_to:f}")
                yield words.say(mark("up to {hours} h: {price}"), hours=hours, price=said)
    if version.overage_minimum_s:
        yield words.say(mark("{time} at least"), time=formats.hours(version.overage_minimum_s))
    if version.weekend_multiplier != 1:
        factor = formats.number(words, f"{version.weekend_multiplier:f}")
        yield words.say(mark("× {factor} at weekends"), factor=factor)


_EVERY = {
    Unit.DAY: (mark("{fee} a day"), mark("{fee} every {n} days")),
    Unit.WEEK: (mark("{fee} a week"), mark("{fee} every {n} weeks")),
    Unit.MONTH: (mark("{fee} a month"), mark("{fee} every {n} months")),
    Unit.YEAR: (mark("{fee} a year"), mark("{fee} every {n} years")),
}
_TAXES = {
    TaxMode.EXCLUSIVE: mark("{rate} % added"),
    TaxMode.INCLUSIVE: mark("{rate} % inside the prices"),
    TaxMode.REVERSE_CHARGE: mark("{rate} %, reverse charge: yours to declare"),
    TaxMode.NONE: mark("none"),
}


def fee_words(words: Words, version: PlanVersion) -> str:
    """«70.00 USD a month»."""
    if not version.fee:
        return words.say(mark("none ({currency})"), currency=version.currency)
    once, several = _EVERY[version.interval.unit]
    fee = price_words(words, str(version.fee), version.currency)
    said = words.say(once if version.interval.count == 1 else several, fee=fee, n=version.interval.count)
    return f"{said}, {words.say(mark('at its end'))}" if version.timing is Timing.ARREARS else said


def _trial_words(words: Words, version: PlanVersion) -> str:
    trial = version.trial
    if trial is None:
        return ""
    parts = [words.plural("{n} day", "{n} days", trial.days)] if trial.days else []
    parts += [formats.hours(trial.seconds)] if trial.seconds is not None else []
    parts += [words.plural("{n} task", "{n} tasks", trial.tasks)] if trial.tasks is not None else []
    said = words.say(mark(" or ")).join(parts)
    billed = trial.on_convert is OnConvert.RETROACTIVE
    return f"{said}, {words.say(mark('billed if you stay'))}" if billed else said


def _cap_words(words: Words, version: PlanVersion) -> str:
    cap = version.task_cap
    if cap is None:
        return ""
    text = {
        OverCap.WHOLE: mark("{limit} at most; a longer one takes prepaid hours"),
        OverCap.EXCESS: mark("{limit} at most; the rest of a longer one takes prepaid hours"),
        OverCap.REFUSE: mark("{limit} at most"),
    }[cap.over]
    return words.say(text, limit=formats.hours(cap.seconds))


def _unit_price(words: Words, price: Price, currency: str) -> str:
    amount = price_words(words, f"{price.amount:f}", currency)
    if price.meter == "second" and price.per == 3600:
        return words.say(mark("{price} an hour"), price=amount)
    if price.meter == "request":
        return words.say(mark("{price} a request"), price=amount)
    per = words.say(
        mark("{price} for {per} {meter}"),
        price=amount,
        per=formats.number(words, str(price.per)),
        meter=price.meter,
    )
    if price.valid_from is None:
        return per
    return words.say(mark("{price} from {day}"), price=per, day=full_day(words, price.valid_from.date()))


_SCOPES = {
    Scope.ENTRY: mark("entry"),
    Scope.TASK: mark("task"),
    Scope.DAY: mark("day"),
    Scope.PERIOD: mark("period"),
}


def _rounding_words(words: Words, version: PlanVersion) -> str:
    rounding = version.rounding
    text = {
        RoundMode.CEIL: mark("up to {step}, each {scope}"),
        RoundMode.FLOOR: mark("down to {step}, each {scope}"),
        RoundMode.NONE: mark("none"),
    }.get(rounding.mode, mark("to the nearest {step}, each {scope}"))
    scope = words.say(_SCOPES[rounding.scope])
    said = words.say(text, step=formats.hours(rounding.increment_s), scope=scope)
    if not rounding.minimum_s:
        return said
    least = words.say(
        mark("at least {time} each {scope}"), time=formats.hours(rounding.minimum_s), scope=scope
    )
    return least if rounding.mode is RoundMode.NONE else f"{said}; {least}"


def coupon_words(words: Words, coupon: Coupon, uses: int | None = None) -> str:
    """«15 % of the fee, 1 of 3 used»."""
    off = (
        words.say(mark("{percent} % off"), percent=formats.number(words, str(coupon.percent)))
        if coupon.percent is not None
        else words.say(mark("{amount} off"), amount=formats.amount(words, coupon.amount))
    )
    match coupon.duration:
        case Duration.CYCLES if uses is not None:
            how = words.say(mark("{uses} of {cycles} used"), uses=uses, cycles=coupon.cycles or 0)
        case Duration.CYCLES:
            how = words.plural("{n} charge", "{n} charges", coupon.cycles or 0)
        case Duration.UNTIL if coupon.until is not None:
            how = words.say(mark("until {day}"), day=full_day(words, coupon.until - timedelta(days=1)))
        case Duration.FOREVER:
            how = words.say(mark("for ever"))
        case _:
            how = words.say(mark("once"))
    return f"{off}, {how}"


def full_day(words: Words, day: date) -> str:
    """«Tue 3 Mar 2026»: terms outlive the year."""
    return formats.day(words, day, date.min)


def price_words(words: Words, amount: str, currency: str) -> str:
    """A price: exactly as it is, with at least the currency's digits."""
    money = Money.of(Fraction(amount), currency)
    exact = Fraction(amount) == Fraction(money.amount)
    return formats.amount(words, money) if exact else f"{formats.number(words, amount)} {currency}"
