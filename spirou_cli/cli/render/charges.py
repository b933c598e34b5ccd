"""What was told about money: one entry, all of them, changed, taken back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from spirou_cli.cli.render import formats
from spirou_cli.cli.render.changes import takes_back
from spirou_cli.cli.render.messages import Words
from spirou_cli.cli.render.records import Json
from spirou_cli.cli.render.screen import Screen
from spirou_cli.cli.render.table import Column, Span, Style, Table
from spirou_cli.cli.render.terms import coupon_words, fee_words, full_day
from spirou_cli.domain import moneyfacts as m
from spirou_cli.domain.billing.plain import to_plain
from spirou_cli.domain.entries import amount_of, day_of, note_of, word_of
from spirou_cli.domain.errors import mark
from spirou_cli.domain.money import Money
from spirou_cli.domain.plan import Span as Days
from spirou_cli.service.charges import Told
from spirou_cli.service.uses import Used

__all__ = ["changed", "imported", "listing", "paid", "removed", "told", "used"]

HEADINGS = ("number", "date", "provider", "kind", "currency", "amount", "task", "note")


def told(screen: Screen, entry: Told, form: str) -> None:
    """An entry that was just made, and how to take it back."""
    if form == "json":
        screen.json("spirou.charge/1", {"charges": [as_json(entry)]})
        return
    screen.say(
        mark("Entry {number}, {provider}: {what}."),
        number=entry.seq,
        provider=entry.provider,
        what=_in_full(screen.words, entry),
    )
    if entry.closed is not None:
        screen.say(mark("That month is closed and keeps its lines, so this isn't in its bill. Reopen it:"))
        screen.line("> ", Span(f"spirou charge remove {entry.closed}", Style.COMMAND))
    takes_back(screen, entry.seq)


def paid(screen: Screen, entry: Told, rest: Money | None, form: str) -> None:
    """A payment, and what of the month it leaves over."""
    if form == "json":
        screen.json("spirou.charge/1", {"charges": [as_json(entry)], "remains": rest})
        return
    told(screen, entry, form)
    if rest is not None and rest.minor:
        text = mark("{amount} of that month remains to pay; it counts as paid all the same.")
        if rest.minor < 0:
            text = mark("That is {amount} more than the month comes to.")
        screen.say(text, amount=formats.amount(screen.words, Money(abs(rest.minor), rest.currency)))


def changed(screen: Screen, before: Told, after: Told, form: str) -> None:
    """An entry said anew."""
    if form == "json":
        screen.json("spirou.charge/1", {"charges": [as_json(after)], "taken_back": [as_json(before)]})
        return
    screen.say(
        mark("Entry {number}, {provider}: {what}. It takes the place of {before}."),
        number=after.seq,
        provider=after.provider,
        what=_in_full(screen.words, after),
        before=before.seq,
    )


def removed(screen: Screen, gone: Sequence[Told], form: str) -> None:
    """Entries that were taken back."""
    if form == "json":
        screen.json("spirou.charge/1", {"charges": [], "taken_back": [as_json(entry) for entry in gone]})
        return
    for entry in gone:
        what = _in_full(screen.words, entry)
        if entry.provider:
            taken = mark("Taken back: entry {number}, {provider}: {what}.")
        else:
            taken = mark("Taken back: entry {number}: {what}.")
        screen.say(taken, number=entry.seq, provider=entry.provider, what=what)


def imported(screen: Screen, found: Sequence[Told], known: int, form: str, *, dry_run: bool) -> None:
    """The rows of a file that were entered, and how many were known."""
    if form == "json":
        document = {"charges": [as_json(entry) for entry in found], "known": known, "dry_run": dry_run}
        screen.json("spirou.charge/1", document)
        return
    words = screen.words
    facts = [words.plural("{n} row entered", "{n} rows entered", len(found))]
    if known:
        facts.append(words.plural("{n} was known", "{n} were known", known))
    screen.text(", ".join(facts) + ".")
    if dry_run:
        screen.say(mark("Nothing was saved."))


def used(screen: Screen, done: Used, form: str) -> None:
    """What a task used on a day, as it counts now."""
    if form == "json":
        document = {"task": done.task.number, "on": done.on, "used": dict(done.quantities)}
        screen.json("spirou.use/1", document)
        return
    words = screen.words
    amounts = [f"{formats.number(words, str(count))} {meter}" for meter, count in done.quantities.items()]
    screen.say(
        mark("Task {number}, {day}: {amounts}."),
        number=done.task.number,
        day=full_day(words, done.on),
        amounts=", ".join(amounts),
    )


def listing(screen: Screen, found: Sequence[Told], form: str, *, header: bool = False) -> None:
    """Every entry, in the order of telling."""
    match form:
        case "json":
            screen.json("spirou.charge/1", {"charges": [as_json(entry) for entry in found]})
        case "csv":
            screen.csv([HEADINGS, *(_record(entry) for entry in found)])
        case "records":
            screen.records([*([HEADINGS] if header else []), *(_record(entry) for entry in found)])
        case _:
            _table(screen, found)


def as_json(entry: Told) -> Json:
    """One entry: its number, its place, and the whole fact."""
    return {
        "number": entry.seq,
        "provider": entry.provider or None,
        "kind": word_of(entry.fact),
        "date": day_of(entry.fact),
        "amount": amount_of(entry.fact),
        "task": entry.task,
        "note": note_of(entry.fact) or None,
        "fact": to_plain(entry.fact),
    }


def _table(screen: Screen, found: Sequence[Told]) -> None:
    words = screen.words
    if not found:
        screen.say(mark("Nothing was told about money in these days. spirou plan adopt, spirou charge add"))
        return
    columns = (
        Column(words.say(mark("NO.")), right=True),
        Column(words.say(mark("DATE"))),
        Column(words.say(mark("PROVIDER"))),
        Column(words.say(mark("WHAT")), title=True),
        Column(words.say(mark("AMOUNT")), right=True),
        Column(words.say(mark("TASK")), right=True, wide=True),
        Column(words.say(mark("NOTE")), wide=True),
    )
    rows = []
    for entry in found:
        day = day_of(entry.fact)
        rows.append(
            (
                str(entry.seq),
                day.isoformat() if day else formats.NOTHING,
                entry.provider or formats.NOTHING,
                what(words, entry.fact),
                formats.amount(words, amount_of(entry.fact)),
                str(entry.task) if entry.task else formats.NOTHING,
                note_of(entry.fact),
            )
        )
    screen.table(Table(columns, rows))


def _in_full(words: Words, entry: Told) -> str:
    """What it is, its sum, its day and its note."""
    amount, day = amount_of(entry.fact), day_of(entry.fact)
    facts = [what(words, entry.fact)]
    facts += [formats.amount(words, amount)] if amount is not None else []
    facts += [full_day(words, day)] if day is not None else []
    facts += [words.say(mark("task {task}"), task=entry.task)] if entry.task else []
    facts += [formats.quoted(words, note_of(entry.fact))] if note_of(entry.fact) else []
    return ", ".join(facts)


def what(words: Words, fact: m.MoneyFact) -> str:
    """A fact of money in a few words, without its sum."""
    match fact:
        case m.PlanAdopted(version=version):
            return words.say(mark("plan {plan}: {fee}"), plan=version.name, fee=fee_words(words, version))
        case m.Subscribed(subscription=held) if held.end is not None:
            ends = full_day(words, held.end - timedelta(days=1))
            return words.say(mark("plan {plan} ends, last day {day}"), plan=held.plan, day=ends)
        case m.Subscribed(subscription=held):
            return words.say(mark("plan {plan} is held"), plan=held.plan)
        case m.CouponRedeemed(coupon=coupon):
            return words.say(
                mark("coupon {coupon}: {off}"), coupon=coupon.id, off=coupon_words(words, coupon)
            )
        case m.PackBought(pack=pack):
            return words.say(mark("pack of {time}"), time=formats.hours(pack.seconds))
        case m.AbsenceNoted(absence=absence):
            return words.say(mark("absent for {time}"), time=formats.hours(absence.seconds))
        case m.RateSet(rate=rate):
            value = formats.number(words, f"{rate.value:f}")
            return words.say(
                mark("1 {base} = {value} {quote}"), base=rate.base, value=value, quote=rate.quote
            )
        case m.RatesImported(rates=rates):
            return words.plural("{n} exchange rate", "{n} exchange rates", len(rates))
        case m.MonthPaid(month=month):
            return words.say(mark("{month} is paid"), month=_month(month))
        case m.InvoiceChecked(number=number, month=month):
            return words.say(mark("invoice {number} for {month}"), number=number or "?", month=_month(month))
        case m.MonthClosed(closed=closed):
            return words.say(mark("{month} is closed"), month=_month(closed.month))
    return words.say(_WORDS[word_of(fact)])


def _month(span: Days) -> str:
    return f"{span.start:%Y-%m}"


_WORDS = {
    "plan": mark("charge for the plan"),
    "time": mark("charge for time"),
    "task": mark("charge for a task"),
    "usage": mark("charge for use"),
    "tax": mark("tax"),
    "expense": mark("purchase"),
    "refund": mark("refund"),
    "credit": mark("credit"),
    "price": mark("price of a task"),
    "budget": mark("budget"),
    "budget_unset": mark("budget no more"),
}


def _record(entry: Told) -> tuple[str | int | None, ...]:
    day, amount = day_of(entry.fact), amount_of(entry.fact)
    return (
        entry.seq,
        day.isoformat() if day else None,
        entry.provider,
        word_of(entry.fact),
        amount.currency if amount else None,
        str(amount.amount) if amount else None,
        entry.task,
        note_of(entry.fact),
    )
