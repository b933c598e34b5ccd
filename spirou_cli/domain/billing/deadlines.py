"""The money clock: which dates are coming, and how much money is at stake on each."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from enum import StrEnum
from fractions import Fraction

from spirou_cli.domain.billing.ledger import Ledger
from spirou_cli.domain.billing.lines import Line, LineKind
from spirou_cli.domain.billing.refunds import net_of
from spirou_cli.domain.billing.tax import Taxable, tax
from spirou_cli.domain.billing.trials import TrialEnd
from spirou_cli.domain.money import Money
from spirou_cli.domain.plan import Duration, HourPack, Span
from spirou_cli.domain.record import record

__all__ = ["Deadline", "DeadlineKind", "deadlines", "lost"]

_DAY = timedelta(days=1)


class DeadlineKind(StrEnum):
    TRIAL_END = "trial_end"
    RENEWAL = "renewal"
    NOTICE = "notice"
    COUPON_END = "coupon_end"
    PACK_EXPIRY = "pack_expiry"
    TIME_LAPSE = "time_lapse"
    PLAN_END = "plan_end"


@record
class Deadline:
    """What happens on a day: the fee that falls due, or the money or time that is lost from then on.

    ``on`` is the day a charge falls due, or the last day to do something about it: of a trial, of a notice,
    of a pack, of a plan or its time. ``seconds`` are of ``of_s`` that a pack had; a coupon works on
    ``charges`` more, where it counts them.
    """

    on: date
    kind: DeadlineKind
    provider: str
    about: str
    money: Money | None = None
    seconds: int | None = None
    of_s: int | None = None
    charges: int | None = None


def deadlines(ledger: Ledger) -> list[Deadline]:
    """The next of each kind after the ledger's ``as_of``, by date.

    Coupons end, and renewals come, as far ahead as the ledger's lines were made.
    """
    found = [*_trial(ledger), *_renewals(ledger), *_coupons(ledger), *_packs(ledger), *_lapses(ledger)]
    found += _ends(ledger)
    return sorted(found, key=lambda deadline: (deadline.on, deadline.kind, deadline.about))


def _with_tax(ledger: Ledger, fee: Line, amount: Money) -> Money:
    """What is asked for ``amount`` of a fee: its provider's tax is added where prices are without."""
    rule = ledger.account.version_of(fee).tax
    return tax([Taxable(amount, (rule.rate,))], amount.currency, mode=rule.mode).total


def _fees_ahead(ledger: Ledger) -> list[Line]:
    return [item for item in ledger.lines if item.kind is LineKind.FEE and item.on > ledger.as_of]


def _trial_ahead(ledger: Ledger) -> TrialEnd | None:
    trial = ledger.trial
    running = trial is not None and trial.anchor > ledger.as_of and bool(ledger.timeline.terms)
    return trial if running else None


def _trial(ledger: Ledger) -> Iterator[Deadline]:
    if (trial := _trial_ahead(ledger)) is not None:
        first = next(iter(_fees_ahead(ledger)), None)
        money = _with_tax(ledger, first, net_of(first, ledger.lines)) if first else None
        provider = ledger.account.provider
        yield Deadline(trial.anchor - _DAY, DeadlineKind.TRIAL_END, provider, trial.reason, money)


def _renewals(ledger: Ledger) -> Iterator[Deadline]:
    """The next fee, and the last day to keep the next one that can still be refused from falling due.

    Thirty days' notice before 1 April is given on 2 March at the latest.
    """
    provider, noticed = ledger.account.provider, False
    for number, fee in enumerate(_fees_ahead(ledger)):
        money = _with_tax(ledger, fee, net_of(fee, ledger.lines))
        if number == 0 and _trial_ahead(ledger) is None:
            yield Deadline(fee.on, DeadlineKind.RENEWAL, provider, fee.id, money)
        notice = ledger.account.version_on(fee.on).notice_days
        last_day = fee.on - timedelta(days=notice or 0)
        if notice is not None and last_day >= ledger.as_of and not noticed:
            noticed = True
            yield Deadline(last_day, DeadlineKind.NOTICE, provider, fee.id, money)


def _coupons(ledger: Ledger) -> Iterator[Deadline]:
    """The first fee a coupon no longer works on, and what it took off before; others never end at one."""
    for coupon in ledger.account.coupons:
        if coupon.duration is Duration.FOREVER or coupon.applies_to not in ("fee", "all"):
            continue
        worked = [
            item for item in ledger.lines if item.kind is LineKind.COUPON and item.sources[0] == coupon.id
        ]
        if not worked:
            continue
        fees = (item for item in ledger.lines if item.kind is LineKind.FEE and item.on > worked[-1].on)
        without = next(fees, None)
        if without is not None and without.on > ledger.as_of:
            yield Deadline(
                without.on,
                DeadlineKind.COUPON_END,
                ledger.account.provider,
                coupon.id,
                _with_tax(ledger, without, -worked[-1].amount),
                charges=None if coupon.cycles is None else coupon.cycles - ledger.uses(coupon.id),
            )


def _packs(ledger: Ledger) -> Iterator[Deadline]:
    balances = ledger.packs
    for pack in ledger.account.packs:
        left = balances[pack.id].left_s
        if left and pack.expires_on is not None:
            yield Deadline(
                pack.expires_on - _DAY,
                DeadlineKind.PACK_EXPIRY,
                ledger.account.provider,
                pack.id,
                _worth(pack, left),
                left,
                pack.seconds,
            )


def lost(ledger: Ledger, span: Span) -> list[Deadline]:
    """Packs whose last day was in ``span``, with the time that nobody used and what it had cost."""
    balances = ledger.packs
    return [
        Deadline(
            pack.expires_on - _DAY,
            DeadlineKind.PACK_EXPIRY,
            ledger.account.provider,
            pack.id,
            _worth(pack, balances[pack.id].expired_s),
            balances[pack.id].expired_s,
            pack.seconds,
        )
        for pack in ledger.account.packs
        if pack.expires_on is not None and pack.expires_on - _DAY in span and balances[pack.id].expired_s
    ]


def _worth(pack: HourPack, seconds: int) -> Money | None:
    return pack.price.times(Fraction(seconds, pack.seconds)) if pack.price is not None else None


def _ends(ledger: Ledger) -> Iterator[Deadline]:
    """The last day of a plan that was ended, and that no other takes the place of."""
    held = ledger.account.subscriptions
    for each in held:
        if each.end is not None and each.end > ledger.as_of and all(each.end != next.start for next in held):
            yield Deadline(each.end - _DAY, DeadlineKind.PLAN_END, ledger.account.provider, each.plan)


def _lapses(ledger: Ledger) -> Iterator[Deadline]:
    """Time of the period running now that is lost at its end unless it is used."""
    for term in ledger.time.terms:
        period, version = term.term.period, term.term.version
        if term.settled is None or ledger.as_of not in period.span or not term.settled.expired:
            continue
        lost, included = term.settled.expired, version.included_s or 0
        money = None
        if version.fee and included:
            money = Money.of(Fraction(version.fee) * lost / included, version.currency)
        provider = ledger.account.provider
        yield Deadline(period.span.end - _DAY, DeadlineKind.TIME_LAPSE, provider, version.name, money, lost)
