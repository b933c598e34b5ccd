"""The plan that a new provider is set up with; what loads billing is loaded when one is told."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from spirou_cli.cli.session import Session
from spirou_cli.domain.errors import InvalidInput, mark
from spirou_cli.domain.record import record
from spirou_cli.storage.accounts import Account

if TYPE_CHECKING:
    from spirou_cli.domain.billing.plain import Plain
    from spirou_cli.domain.plan import Coupon
    from spirou_cli.service.adopting import Adopted
    from spirou_cli.service.charges import Told

__all__ = ["Offer", "adopted_offer", "offer_of", "own_catalogue"]


@record
class Offer:
    """A plan as it was told: of the catalogue, by its figures, or both; and its first coupon."""

    plan: str
    told: Mapping[str, Plain]
    promo: Coupon | None
    typed: str
    """The same as options of a command."""


def own_catalogue(session: Session) -> Path:
    """Where the person's own plans are, beside the preferences."""
    return session.config_path.parent / "catalogue"


def offer_of(session: Session, name: str, typed: Mapping[str, Any]) -> Offer | None:
    """The plan that the options tell, by their names; of the provider's own offers, the plan alone will do.

    InvalidInput while nobody knows what it costs: to be asked before the provider is set up.
    """
    said = {option: value for option, value in typed.items() if option in _OPTIONS and value}
    if not said:
        return None
    from spirou_cli.cli import terms
    from spirou_cli.service import adopting
    from spirou_cli.service.catalogue import load_provider

    told, plan, own = dict(terms.figures(session, _terms(session, said))), "", own_catalogue(session)
    figures = told
    if "plan" in said:
        named = said["plan"] if "/" in said["plan"] else f"{name}/{said['plan']}"
        provider, found = adopting.offered(named, own)
        if "fee" not in told:
            adopting.must_be_known(provider, found, own)
        plan = f"{provider}/{found}"
        figures = load_provider(provider, own).plans[found].values() | told
    elif "fee" not in told:
        raise InvalidInput(mark("What does it cost?"), mark("--price 60USD/month, or --price 0EUR/month"))
    promo = _promo(session, said["promo"], figures) if "promo" in said else None
    words = ((f"--{option.replace('_', '-')}", str(value)) for option, value in said.items())
    return Offer(plan, told, promo, "".join(f" {option} {shlex.quote(value)}" for option, value in words))


def adopted_offer(
    session: Session, account: Account, offer: Offer | None
) -> tuple[Adopted, Told | None] | None:
    """A new provider's plan, held from today on, and its coupon."""
    if offer is None:
        return None
    from spirou_cli.domain.moneyfacts import CouponRedeemed
    from spirou_cli.service import adopting, charges

    wanted = adopting.Adoption(
        provider=account.name, on=session.now().date(), offer=offer.plan, told=offer.told
    )
    adopted = adopting.adopt(session.context, wanted, own_catalogue(session))
    if (promo := offer.promo) is None:
        return adopted, None
    wanted_too = charges.Wanted(account.name, lambda *_: CouponRedeemed(promo))
    return adopted, charges.tell(session.context, wanted_too)


_OPTIONS = ("plan", "price", "max_task", "max_open", "trial_ends", "promo")


def _terms(session: Session, said: Mapping[str, Any]) -> Any:
    """The options as terms of a plan. A price by the hour or the task has no fee beside it."""
    from spirou_cli.cli import terms
    from spirou_cli.domain.phrases import amounts
    from spirou_cli.domain.phrases.amounts import Per

    told: dict[str, Any] = {name: said[name] for name in ("max_task", "max_open") if name in said}
    if "price" in said:
        default = session.settings.get("currency")
        price = amounts.price(said["price"], default=default, language=session.language)
        if price.per in (Per.HOUR, Per.TASK):
            told |= {"fee": f"0{price.money.currency}/month", "overage": (said["price"],)}
        else:
            told["fee"] = said["price"]
    if "trial_ends" in said:
        days = (terms.date_of(session, said["trial_ends"]) - session.now().date()).days + 1
        if days < 1:
            raise InvalidInput(mark("That day is over: there is no trial left."))
        told["trial"] = (f"{days}d",)
    return terms.Terms(**told)


_PROMO = re.compile(r"(?P<off>[^:]+?)(?::(?P<number>[0-9]{1,3})(?P<months>m?))?")


def _promo(session: Session, text: str, figures: Mapping[str, Plain]) -> Coupon:
    """``15%:3``: a coupon for three charges; ``15%:3m`` says the same of a fee by the month."""
    from spirou_cli.cli.charging import coupon_of

    match = _PROMO.fullmatch(text.strip())
    monthly = {"unit": "month", "count": 1}
    if match is None or match["number"] == "0":
        raise InvalidInput(mark("“{text}” is no promotion."), mark("--promo 15%:3m"), text=text)
    if match["months"] and figures.get("interval", monthly) not in (monthly, {"unit": "month"}):
        raise InvalidInput(mark("The fee isn't by the month: say how many charges."), mark("--promo 15%:3"))
    made = coupon_of(session, "PROMO", match["off"], session.now().date(), charges=int(match["number"] or 0))
    if made.amount is not None and made.amount.currency != figures.get("currency"):
        raise InvalidInput(mark("A promotion is in the currency of the fee."), mark("--promo 10USD:3m"))
    return made
