"""Plans that are held: adopted, changed, ended, with their coupons, packs and versions."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from spirou_cli.cli.render import formats
from spirou_cli.cli.render.changes import command, takes_back
from spirou_cli.cli.render.messages import Words
from spirou_cli.cli.render.records import Json
from spirou_cli.cli.render.screen import Screen
from spirou_cli.cli.render.table import Span, Style
from spirou_cli.cli.render.terms import coupon_words, fee_words, full_day, terms
from spirou_cli.domain.billing.plain import to_plain
from spirou_cli.domain.errors import mark
from spirou_cli.domain.moneyfacts import CouponRedeemed, PackBought
from spirou_cli.domain.plan import HourPack
from spirou_cli.service.adopting import Adopted, Kept

__all__ = ["adopted", "held"]


def adopted(screen: Screen, done: Adopted, form: str) -> None:
    """A plan that was just adopted, changed or ended, in its own words."""
    if form == "json":
        screen.json("spirou.plan/1", {"plans": [_adopted_json(done)]})
        return
    words, version, held = screen.words, done.version, done.subscription
    same = done.before is not None and done.before.subscription.id == held.id
    last = None if held.end is None else held.end - timedelta(days=1)
    if same and last is not None:
        ends = mark("{provider}: {plan} ends; {day} is the last day served.")
        screen.say(ends, provider=done.account.name, plan=held.plan, day=full_day(words, last))
        if done.stands is not None:
            screen.say(
                mark(
                    "The fee of {day}, {amount}, stays due whole: what is paid in advance isn't given back."
                ),
                amount=formats.amount(words, done.stands.amount),
                day=full_day(words, done.stands.on),
            )
        takes_back(screen, done.seq)
        return
    text = mark("{provider}: {plan} changes on {day}.") if same else mark("{provider}: {plan} from {day}.")
    screen.say(text, provider=done.account.name, plan=version.name, day=full_day(words, version.effective_on))
    pairs = terms(words, version)
    if last is not None:
        pairs.append((words.say(mark("Ends")), full_day(words, last)))
    screen.definitions([(f"  {label}", said) for label, said in pairs])
    takes_back(screen, done.seq)


def held(screen: Screen, found: Sequence[Kept], today: date, form: str, *, header: bool = False) -> None:
    """The plans held, each with its terms, coupons, packs and versions."""
    match form:
        case "json":
            screen.json("spirou.plan/1", {"plans": [_kept_json(kept) for kept in found]})
        case "csv":
            screen.csv([_HEADINGS, *(_record(kept) for kept in found)])
        case "records":
            screen.records([*([_HEADINGS] if header else []), *(_record(kept) for kept in found)])
        case _:
            for number, kept in enumerate(found):
                if number:
                    screen.blank()
                _kept(screen, kept, today)


def _kept(screen: Screen, kept: Kept, today: date) -> None:
    words, name = screen.words, kept.account.name
    if kept.holding is None:
        if not kept.versions:
            screen.say(mark("{provider}: no plan was told."), provider=name)
            command(screen, f"spirou plan adopt {name} --fee 70USD/month")
            return
        ahead = [s for s in kept.subscriptions if s.start > today]
        text = mark("{provider}: {plan} from {day}.") if ahead else mark("{provider}: no plan is held now.")
        first = ahead[0] if ahead else kept.subscriptions[-1]
        screen.say(text, provider=name, plan=first.plan, day=full_day(words, first.start))
        return
    held, version = kept.holding.subscription, kept.holding.version
    since = words.say(mark("{plan}, since {day}"), plan=held.plan, day=full_day(words, held.start))
    screen.line(Span(name, Style.HEADING), "  ", since)
    pairs = terms(words, version)
    if kept.first_fee_on is not None and kept.first_fee_on > held.start:
        pairs.append((words.say(mark("First fee")), full_day(words, kept.first_fee_on)))
    if held.end is not None:
        pairs.append((words.say(mark("Ends")), full_day(words, held.end - timedelta(days=1))))
    for number, fact in kept.numbered:
        match fact:
            case CouponRedeemed(coupon=coupon):
                said = coupon_words(words, coupon, kept.coupon_uses.get(coupon.id, 0))
                pairs.append((words.say(mark("Coupon {number}"), number=number), f"{coupon.id}: {said}"))
            case PackBought(pack=pack):
                pairs.append((words.say(mark("Pack {number}"), number=number), _pack(words, pack, kept)))
    later = [v for v in kept.versions if v.name == version.name and v.id != version.id]
    for other in later:
        text = mark("before, from {day}") if other.effective_on < version.effective_on else mark("from {day}")
        pairs.append((words.say(text, day=full_day(words, other.effective_on)), fee_words(words, other)))
    screen.definitions([(f"  {label}", said) for label, said in pairs])


def _pack(words: Words, pack: HourPack, kept: Kept) -> str:
    left = formats.hours(kept.packs_left_s.get(pack.id, 0))
    said = words.say(mark("{left} of {all} left"), left=left, all=formats.hours(pack.seconds))
    if pack.expires_on is None:
        return said
    last = pack.expires_on - timedelta(days=1)
    return f"{said}, {words.say(mark('until {day}'), day=full_day(words, last))}"


_HEADINGS = (
    "provider",
    "plan",
    "since",
    "until",
    "currency",
    "fee",
    "interval",
    "task_s",
    "open",
    "included_s",
)


def _record(kept: Kept) -> tuple[str | int | date | None, ...]:
    if kept.holding is None:
        return (kept.account.name, *[None] * 9)
    held, version = kept.holding.subscription, kept.holding.version
    return (
        kept.account.name,
        held.plan,
        held.start,
        held.end,
        version.currency,
        str(version.fee),
        f"{version.interval.count} {version.interval.unit}",
        version.task_cap.seconds if version.task_cap else None,
        version.open_limit,
        version.included_s,
    )


def _adopted_json(done: Adopted) -> Json:
    return {
        "provider": done.account.name,
        "number": done.seq,
        "fee_due": None if done.stands is None else done.stands.amount,
        "plan": to_plain(done.version),
        "subscription": to_plain(done.subscription),
    }


def _kept_json(kept: Kept) -> Json:
    return {
        "provider": kept.account.name,
        "plan": to_plain(kept.holding.version) if kept.holding else None,
        "subscription": to_plain(kept.holding.subscription) if kept.holding else None,
        "first_fee_on": kept.first_fee_on,
        "versions": [to_plain(version) for version in kept.versions],
        "subscriptions": [to_plain(subscription) for subscription in kept.subscriptions],
        "facts": [
            {"number": number, "kind": type(fact).__name__, "fact": to_plain(fact)}
            for number, fact in kept.numbered
        ],
        "coupon_uses": dict(kept.coupon_uses),
        "packs_left_s": dict(kept.packs_left_s),
    }
