"""The terms of a plan as options give them: each word a person types, as the figure it means."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from spirou_cli.cli import arguments
from spirou_cli.cli.session import Session
from spirou_cli.domain.billing.plain import Plain
from spirou_cli.domain.errors import InvalidInput, mark
from spirou_cli.domain.phrases import amounts
from spirou_cli.domain.phrases.amounts import Per
from spirou_cli.domain.phrases.numbers import NUMBER, decimal, exact
from spirou_cli.domain.record import fields, record

__all__ = ["Terms", "date_of", "figures", "percent"]


@record(kw_only=True)
class Terms:
    """What was typed of a plan; what is empty was not."""

    fee: str = ""
    included: str = ""
    included_tasks: str = ""
    task_unit: str = ""
    seat: str = ""
    overage: Sequence[str] = ()
    use: Sequence[str] = ()
    max_task: str = ""
    over: str = ""
    max_open: int = 0
    trial: Sequence[str] = ()
    trial_billed: bool = False
    round_up: str = ""
    round_nearest: str = ""
    round_down: str = ""
    per: str = ""
    min_time: str = ""
    rollover: int = 0
    rollover_cap: str = ""
    rollover_share: str = ""
    prorate: str = ""
    arrears: bool = False
    tax: str = ""
    tax_mode: str = ""
    notice: str = ""
    minimum: str = ""
    maximum: str = ""
    handling: str = ""

    @classmethod
    def of(cls, typed: Mapping[str, Any]) -> Terms:
        """The terms among what a command was given, by the names of its options."""
        return cls(**{name: typed[name] for name in fields(cls) if typed.get(name)})


def figures(session: Session, typed: Terms) -> dict[str, Plain]:
    """The figures of a plan, by field, that the options say; InvalidInput where two of them disagree."""
    currencies: set[str] = set()
    found: dict[str, Plain] = {}
    found |= _fee(session, typed, currencies)
    found |= _allowance(session, typed)
    found |= _prices(session, typed, currencies)
    found |= _limits(session, typed)
    found |= _rounding(session, typed)
    found |= _rest(session, typed, currencies)
    if len(currencies) > 1:
        raise InvalidInput(
            mark("A plan has one currency, not {currencies}."),
            mark("Another currency is another provider."),
            currencies=", ".join(sorted(currencies)),
        )
    return found | ({"currency": currencies.pop()} if currencies else {})


def percent(session: Session, text: str, most: int = 100) -> Decimal:
    """``15%`` or ``15``, exactly, and at most ``most``."""
    match = re.fullmatch(rf"({NUMBER})\s*%?", text.strip())
    if match is None:
        raise InvalidInput(mark("“{text}” is not a percentage."), mark("Write 15% or 7.5%."), text=text)
    value = exact(match[1], session.language)
    if value > most:
        raise InvalidInput(mark("{text} is more than {most} %."), text=text, most=most)
    return decimal(value)


def date_of(session: Session, text: str) -> date:
    """A typed day, past or to come; today where nothing was typed."""
    return session.local(arguments.moment(session, text)).date() if text else session.now().date()


# --- the parts of a plan --------------------------------------------------------------------------


def _fee(session: Session, typed: Terms, currencies: set[str]) -> dict[str, Plain]:
    if not typed.fee:
        return {}
    price = amounts.price(typed.fee, default=session.settings.get("currency"), language=session.language)
    if price.per not in _UNITS:
        raise InvalidInput(
            mark("A fee is paid by the day, week, month or year, not {fee}."),
            mark("--fee 70USD/month; a price by the hour is --overage, by the task too"),
            fee=typed.fee,
        )
    currencies.add(price.money.currency)
    return {"fee": str(price.money.amount), "interval": {"unit": _UNITS[price.per], "count": 1}}


_UNITS: dict[Per, Plain] = {Per.DAY: "day", Per.WEEK: "week", Per.MONTH: "month", Per.YEAR: "year"}


def _allowance(session: Session, typed: Terms) -> dict[str, Plain]:
    found: dict[str, Plain] = {}
    if typed.included:
        found["included_s"] = arguments.duration(session, typed.included)
    if typed.included_tasks:
        found["included_tasks"] = _count(typed.included_tasks, "--included-tasks")
    if typed.task_unit:
        found["unit_s"] = arguments.duration(session, typed.task_unit)
    if typed.seat:
        found["scheduled_s"] = arguments.duration(session, typed.seat) or None
    if typed.rollover or typed.rollover_cap or typed.rollover_share:
        share = percent(session, typed.rollover_share) if typed.rollover_share else Decimal(100)
        found["rollover"] = {
            "valid_periods": typed.rollover or 1,
            "cap_s": arguments.duration(session, typed.rollover_cap) if typed.rollover_cap else None,
            "unused_percent": f"{share:f}",
        }
    return found


def _prices(session: Session, typed: Terms, currencies: set[str]) -> dict[str, Plain]:
    found: dict[str, Plain] = {}
    beyond: list[Plain] = []
    for text in typed.overage:
        price = amounts.price(text, default=session.settings.get("currency"), language=session.language)
        if price.per not in (Per.HOUR, Per.TASK):
            raise InvalidInput(
                mark("More time is paid by the hour, more requests by the task, not {price}."),
                mark("--overage 7USD/hour"),
                price=text,
            )
        currencies.add(price.money.currency)
        by_task: dict[str, Plain] = {"per": 1, "meter": "request"}
        amount: dict[str, Plain] = {"amount": str(price.money.amount)}
        beyond.append(amount | (by_task if price.per is Per.TASK else {}))
    if beyond:
        found["overage"] = beyond  # all is paid for, unless the plan says otherwise
        by_task_too = [isinstance(price, dict) and "meter" in price for price in beyond]
        if not all(by_task_too) and not typed.included:
            found["included_s"] = 0
        if any(by_task_too) and not typed.included_tasks:
            found["included_tasks"] = 0
    if typed.use:
        found["usage"] = [_use(session, text, currencies) for text in typed.use]
    return found


_USE = re.compile(rf"(?P<meter>[a-z][a-z0-9_]*)=(?P<amount>{NUMBER})\s*(?P<currency>[A-Z]{{3}})/(?P<per>\S+)")
_PER = re.compile(r"([0-9]+)([kM]?)|([kM])")


def _use(session: Session, text: str, currencies: set[str]) -> Plain:
    """``input=3USD/1M``: a price with more digits than money has, for a number of units."""
    match = _USE.fullmatch(text)
    per = _PER.fullmatch(match["per"]) if match else None
    if match is None or per is None:
        raise InvalidInput(
            mark("“{text}” is not the price of something counted."), mark("--use input=3USD/1M"), text=text
        )
    value = exact(match["amount"], session.language)
    currencies.add(match["currency"])
    units = int(per[1] or 1) * {"": 1, "k": 1000, "M": 1_000_000}[per[2] or per[3] or ""]
    return {"meter": match["meter"], "amount": f"{decimal(value):f}", "per": units}


def _limits(session: Session, typed: Terms) -> dict[str, Plain]:
    found: dict[str, Plain] = {}
    if typed.max_task:
        _one_of(typed.over, ("", "whole", "excess", "refuse"), "--over")
        longest = arguments.duration(session, typed.max_task)
        found["task_cap"] = {"seconds": longest, "over": typed.over or "whole"} if longest else None
    elif typed.over:
        raise InvalidInput(mark("{name} goes with {other}."), name="--over", other="--max-task")
    if typed.max_open:
        found["open_limit"] = typed.max_open
    if typed.trial:
        trial: dict[str, Plain] = {}
        for text in typed.trial:
            trial |= _trial(session, text)
        billed: dict[str, Plain] = {"on_convert": "retroactive"} if typed.trial_billed else {}
        found["trial"] = trial | billed if any(trial.values()) else None
    elif typed.trial_billed:
        raise InvalidInput(mark("{name} goes with {other}."), name="--trial-billed", other="--trial")
    return found


def _trial(session: Session, text: str) -> dict[str, Plain]:
    """``2d``, ``5h`` or ``2tasks``."""
    match = re.fullmatch(r"\s*([0-9]{1,4})\s*(d|j|days?|jours?|tasks?|tâches?)\s*", text, re.IGNORECASE)
    if match is None:
        return {"seconds": arguments.duration(session, text)}
    return {"tasks" if match[2].lower().startswith("t") else "days": int(match[1])}


def _rounding(session: Session, typed: Terms) -> dict[str, Plain]:
    steps = {"ceil": typed.round_up, "nearest_half_up": typed.round_nearest, "floor": typed.round_down}
    told = [(mode, text) for mode, text in steps.items() if text]
    if len(told) > 1:
        raise InvalidInput(mark("Time is rounded in one way: --round-up, --round-nearest or --round-down."))
    mode, step = told[0] if told else ("none", "")
    if not step and not typed.min_time:
        if typed.per:
            raise InvalidInput(mark("{name} goes with {other}."), name="--per", other="--round-up")
        return {}
    _one_of(typed.per, ("", "entry", "task", "day", "period"), "--per")
    rounding: dict[str, Plain] = {"scope": typed.per or "entry"}
    if step:
        rounding["increment_s"] = arguments.duration(session, step)
        rounding["mode"] = mode
    if typed.min_time:
        rounding["minimum_s"] = arguments.duration(session, typed.min_time)
    return {"rounding": rounding}


def _rest(session: Session, typed: Terms, currencies: set[str]) -> dict[str, Plain]:
    found: dict[str, Plain] = {}
    if typed.prorate:
        _one_of(typed.prorate, ("days", "none", "fixed30"), "--prorate")
        found["prorate"] = typed.prorate
    if typed.arrears:
        found["timing"] = "arrears"
    if typed.tax:
        _one_of(typed.tax_mode, ("", "added", "inside", "reverse"), "--tax-mode")
        mode = {"": "exclusive", "added": "exclusive", "inside": "inclusive", "reverse": "reverse_charge"}
        found["tax"] = {"mode": mode[typed.tax_mode], "rate": f"{percent(session, typed.tax):f}"}
    elif typed.tax_mode:
        raise InvalidInput(mark("{name} goes with {other}."), name="--tax-mode", other="--tax")
    if typed.notice:
        days = typed.notice.strip().lower().removesuffix("d").removesuffix("j")
        found["notice_days"] = _count(days, "--notice")
    for name, text in (("minimum_spend", typed.minimum), ("maximum_spend", typed.maximum)):
        if text:
            money = arguments.cost(session, text)
            currencies.add(money.currency)
            found[name] = str(money.amount)
    if typed.handling:
        found["handling_percent"] = f"{percent(session, typed.handling, 1000):f}"
    return found


def _count(text: str, name: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) < 7):
        raise InvalidInput(mark("{name} takes a whole number, not {text}."), name=name, text=text)
    return int(text)


def _one_of(text: str, known: Sequence[str], name: str) -> None:
    if text not in known:
        raise InvalidInput(
            mark("{name} is one of {known}, not {text}."),
            name=name,
            known=", ".join(filter(None, known)),
            text=text,
        )
