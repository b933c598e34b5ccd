"""Plans a person adopts, changes and ends: versions with dates, kept in the log."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path

from spirou_cli.domain.billing.ledger import make_ledger
from spirou_cli.domain.billing.lines import Line, LineKind
from spirou_cli.domain.billing.plain import Plain, from_plain, to_plain
from spirou_cli.domain.errors import InvalidInput, NoSuchThing, mark
from spirou_cli.domain.holding import Holding, holding, subscriptions, versions
from spirou_cli.domain.moneyfacts import CouponRedeemed, MoneyFact, PackBought, PlanAdopted, Subscribed
from spirou_cli.domain.plan import Interval, PlanVersion, Subscription
from spirou_cli.domain.record import field, record, replace
from spirou_cli.service import billing
from spirou_cli.service.catalogue import load_provider
from spirou_cli.service.context import Context
from spirou_cli.service.lookup import ever_named
from spirou_cli.storage import accounts, ledger
from spirou_cli.storage.accounts import Account
from spirou_cli.storage.log import Log

__all__ = ["Adopted", "Adoption", "Kept", "adopt", "adopt_in", "end", "held", "must_be_known", "offered"]


@record(kw_only=True)
class Adoption:
    """What was asked for. ``told`` are figures of a plan by field; they complete or replace the offer's.

    ``offer``: a plan of the catalogue, as PROVIDER/PLAN. Without offer and without name, the plan held
    is changed from ``on``.
    """

    provider: str
    on: date
    offer: str = ""
    name: str = ""
    told: Mapping[str, Plain] = field(default_factory=dict)
    anchor: date | None = None


@record
class Adopted:
    """A plan as it is held now; ``before`` is what was held until then. ``seq``: its number in the log.

    ``stands`` is a fee that stays due whole though the plan ends inside its days.
    """

    account: Account
    version: PlanVersion
    subscription: Subscription
    before: Holding | None
    seq: int
    stands: Line | None = None


def adopt(context: Context, wanted: Adoption, own: Path | None = None) -> Adopted:
    """Hold a plan from a day on, or change the one that is held; ``own``: the person's own catalogue."""
    with context.write() as log:
        return adopt_in(context, log, wanted, own)


def adopt_in(context: Context, log: Log, wanted: Adoption, own: Path | None = None) -> Adopted:
    """The same inside a write, as when a provider is set up with its plan."""
    account = ever_named(log.connection, wanted.provider)
    facts = _facts(log, account)
    before = holding(facts, wanted.on)
    version = _version(context, account, facts, before, wanted, own)
    seq = ledger.append(log, account.id, PlanAdopted(version))
    same = before is not None and before.subscription.plan == version.name
    if before is not None and same:
        kept = replace(before.subscription, anchor=wanted.anchor or before.subscription.anchor)
        if kept != before.subscription:
            ledger.append(log, account.id, Subscribed(kept))
        return Adopted(account, version, kept, before, seq)
    if before is not None:
        ledger.append(log, account.id, Subscribed(replace(before.subscription, end=wanted.on)))
    anchor = wanted.anchor or _first_of_month(version, wanted.on)
    later = [held for held in subscriptions(facts) if held.start > wanted.on]
    first = min(later, key=lambda held: (held.start, held.id), default=None)
    if first is not None and first.plan == version.name:  # the same plan, held for longer than was told
        new = replace(first, start=wanted.on, anchor=anchor)
    else:  # never two plans on one day: each has its fee
        end = first.start if first is not None else None
        new = Subscription(_free_id(facts, version.name), version.name, wanted.on, anchor, end)
    ledger.append(log, account.id, Subscribed(new))
    return Adopted(account, version, new, before, seq)


def _first_of_month(version: PlanVersion, on: date) -> date | None:
    """Where nothing is paid in advance, use is counted by calendar months, as its bills come."""
    by_month = version.interval == Interval()
    return on.replace(day=1) if not version.fee and by_month and version.trial is None else None


def end(context: Context, provider: str, last_day: date) -> Adopted:
    """Stop a plan after ``last_day``, which is the last one served; notice is given now."""
    with context.write() as log:
        account = ever_named(log.connection, provider)
        held = holding(_facts(log, account), last_day)
        if held is None:
            raise NoSuchThing(
                mark("{provider} has no plan on {day}."),
                mark("spirou plan show {provider}"),
                provider=provider,
                day=last_day.isoformat(),
            )
        ended = replace(
            held.subscription,
            end=last_day + timedelta(days=1),
            cancelled_at=context.now().replace(microsecond=0),
        )
        seq = ledger.append(log, account.id, Subscribed(ended))
        stands = _standing_fee(log.connection, context, account, ended)
        return Adopted(account, held.version, ended, held, seq, stands)


def _standing_fee(
    connection: sqlite3.Connection, context: Context, account: Account, ended: Subscription
) -> Line | None:
    """A fee paid in advance isn't given back for the days after a plan's end."""
    billed = billing.account_of(connection, context, account, ledger.entries(connection, account.id))
    if billed is None or ended.end is None:
        return None
    made = make_ledger(billed, as_of=ended.end, until=ended.end + timedelta(days=1))
    given_back = {line.undoes for line in made.lines if line.kind is LineKind.FEE_CREDIT}
    fees = (line for line in made.lines if line.kind is LineKind.FEE and ended.id in line.sources)
    whole = (fee for fee in fees if fee.id not in given_back)
    return next((fee for fee in whole if fee.period is not None and fee.period.end > ended.end), None)


def must_be_known(provider: str, plan: str, own: Path | None = None) -> None:
    """InvalidInput while nobody knows what a plan of the catalogue costs."""
    if load_provider(provider, own).missing(plan):
        raise _no_fee(f"{provider}/{plan}")


@record
class Kept:
    """What is known of an account's plans; ``holding`` is None where no plan is held today.

    ``numbered`` are the facts behind it, with their numbers in the log. ``packs_left_s`` are the seconds
    left of each pack.
    """

    account: Account
    holding: Holding | None
    versions: tuple[PlanVersion, ...]
    subscriptions: tuple[Subscription, ...]
    numbered: tuple[tuple[int, MoneyFact], ...]
    coupon_uses: Mapping[str, int] = field(default_factory=dict)
    packs_left_s: Mapping[str, int] = field(default_factory=dict)
    first_fee_on: date | None = None


def held(context: Context, provider: str = "") -> list[Kept]:
    """The plans of one account, or of all."""
    day = context.now().astimezone(context.zone).date()
    with context.read() as connection:
        chosen = [ever_named(connection, provider)] if provider else accounts.accounts(connection)
        return [_kept(connection, context, account, day) for account in chosen]


def _kept(connection: sqlite3.Connection, context: Context, account: Account, day: date) -> Kept:
    entries = ledger.entries(connection, account.id)
    own = [entry for entry in entries if entry.account_id == account.id]
    facts = [entry.fact for entry in own]
    shown = (PlanAdopted, Subscribed, CouponRedeemed, PackBought)
    numbered = tuple((entry.seq, entry.fact) for entry in own if isinstance(entry.fact, shown))
    kept = Kept(account, holding(facts, day), tuple(versions(facts)), tuple(subscriptions(facts)), numbered)
    billed = billing.account_of(connection, context, account, entries) if kept.versions else None
    if billed is None:
        return kept
    made = make_ledger(billed, as_of=day, until=day + timedelta(days=366))
    fees = [line.on for line in made.lines if line.kind is LineKind.FEE]
    return replace(
        kept,
        coupon_uses={coupon.id: made.uses(coupon.id) for coupon in billed.coupons},
        packs_left_s={pack: balance.left_s for pack, balance in made.packs.items()},
        first_fee_on=min(fees, default=None),
    )


def offered(name: str, own: Path | None = None) -> tuple[str, str]:
    """The provider and the plan that ``timesvr/basic`` names; the plan may be left out if it is the only one.

    NoSuchThing if the catalogue has no such plan.
    """
    provider, _, plan = name.partition("/")
    found = load_provider(provider, own)
    if not plan and len(found.plans) == 1:
        plan = next(iter(found.plans))
    if plan not in found.plans:
        raise NoSuchThing(
            mark("{provider} has no plan {plan} in the catalogue. It has: {known}."),
            mark("spirou plan catalogue {provider}"),
            provider=provider,
            plan=plan or "?",
            known=", ".join(found.plans),
        )
    return provider, plan


def _facts(log: Log, account: Account) -> list[MoneyFact]:
    kinds = (PlanAdopted, Subscribed)
    told = ledger.entries(log.connection, account.id, kinds=kinds)
    return [entry.fact for entry in told if entry.account_id == account.id]


def _version(
    context: Context,
    account: Account,
    facts: Sequence[MoneyFact],
    before: Holding | None,
    wanted: Adoption,
    own: Path | None,
) -> PlanVersion:
    figures: dict[str, Plain] = {"zone": getattr(context.zone, "key", "UTC")}
    name = wanted.name
    if wanted.offer:
        provider, plan = offered(wanted.offer, own)
        offer = load_provider(provider, own)
        figures |= offer.plans[plan].values()
        name = name or plan
    elif before is not None and name in ("", before.version.name):
        kept = to_plain(before.version)
        figures |= kept if isinstance(kept, dict) else {}
        name = before.version.name
    elif not name:
        name = next((version.name for version in reversed(versions(facts))), "plan")
    figures |= wanted.told
    lacking = [word for word in ("currency", "fee") if word not in figures]
    if lacking:
        raise _no_fee(wanted.offer or name)
    id = f"{account.name}/{name}/{wanted.on}"
    others = [other for other in versions(facts) if other.id != id]
    if others:  # in another zone, what was charged already would move to other days
        figures["zone"] = others[0].zone
    head: dict[str, Plain] = {
        "id": id,
        "provider": account.name,
        "name": name,
        "effective_on": wanted.on.isoformat(),
    }
    try:
        version = from_plain(PlanVersion, figures | head)
    except (ValueError, TypeError, ArithmeticError) as error:
        raise InvalidInput(mark("That is no plan: {why}."), why=str(error)) from error
    known = {other.currency for other in others}
    if known - {version.currency}:  # its coupons and minimums would no longer meet what was charged before
        raise InvalidInput(
            mark("{provider} is paid in {known}; another currency is another provider."),
            mark("spirou provider add NAME, or take the wrong plan back: spirou charge list"),
            provider=account.name,
            known=", ".join(sorted(known)),
        )
    return version


def _no_fee(plan: str) -> InvalidInput:
    return InvalidInput(
        mark("The fee of {plan} isn't known."),
        mark("Say it: spirou plan adopt PROVIDER --from {plan} --fee 70USD/month"),
        plan=plan,
    )


def _free_id(facts: Sequence[MoneyFact], plan: str) -> str:
    """A name for a subscription: it stands in the ids of its lines."""
    taken = {subscription.id for subscription in subscriptions(facts)}
    number = 1
    while (id := plan if number == 1 else f"{plan}-{number}") in taken:
        number += 1
    return id
