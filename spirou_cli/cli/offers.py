"""Plans of the catalogue as a person names them; what loads billing is loaded when a plan is named."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from spirou_cli.cli.session import Session
from spirou_cli.storage.accounts import Account

if TYPE_CHECKING:
    from spirou_cli.service.adopting import Adopted

__all__ = ["adopted_offer", "offer_named", "own_catalogue"]


def own_catalogue(session: Session) -> Path:
    """Where the person's own plans are, beside the preferences."""
    return session.config_path.parent / "catalogue"


def offer_named(session: Session, name: str, plan: str) -> str:
    """The plan of the catalogue that was named, in full; of the provider's own, the plan alone will do.

    InvalidInput while nobody knows what it costs: to be asked before the provider is set up.
    """
    if not plan:
        return ""
    from spirou_cli.service import adopting

    own = own_catalogue(session)
    provider, found = adopting.offered(plan if "/" in plan else f"{name}/{plan}", own)
    adopting.must_be_known(provider, found, own)
    return f"{provider}/{found}"


def adopted_offer(session: Session, account: Account, offer: str) -> Adopted | None:
    """A new provider's plan, held from today on."""
    if not offer:
        return None
    from spirou_cli.service import adopting

    wanted = adopting.Adoption(provider=account.name, on=session.now().date(), offer=offer)
    return adopting.adopt(session.context, wanted, own_catalogue(session))
