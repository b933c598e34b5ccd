"""Which account a task goes to, when it is said and when it isn't."""

from __future__ import annotations

from spirou_cli.domain.errors import InvalidInput, mark
from spirou_cli.service.context import Context
from spirou_cli.service.lookup import named
from spirou_cli.storage import accounts
from spirou_cli.storage.accounts import Account
from spirou_cli.storage.log import Log

__all__ = ["choose"]


def choose(context: Context, log: Log, name: str, *, needed: bool) -> tuple[Account | None, bool]:
    """The account meant, and whether it was made now: by name, the default, the only one, a new folder."""
    if name:
        return named(log.connection, name), False
    if not needed:
        return None, False
    preferred = context.settings.get("default_provider", "")
    if preferred:
        return named(log.connection, preferred), False
    known = accounts.accounts(log.connection)
    if len(known) > 1:
        raise InvalidInput(
            mark("Several providers are set up: {known}. Say which one."),
            mark(
                'spirou add "..." --to NAME   or, once and for all: spirou config set default_provider NAME'
            ),
            known=", ".join(account.name for account in known),
        )
    if known:
        return known[0], False
    from spirou_cli.service.providers import first_folder  # loads the contract: once in a life

    return first_folder(context, log), True
