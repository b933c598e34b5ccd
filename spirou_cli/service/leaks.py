"""Keys in what a person is about to send: the key of a provider is never an answer."""

from __future__ import annotations

from contextlib import suppress

from spirou_cli.domain.errors import Refused, SpirouError, mark
from spirou_cli.service.connect import SECRET, origin_for, owner_of, vault
from spirou_cli.service.context import Context
from spirou_cli.service.redaction import Redactor
from spirou_cli.storage import accounts
from spirou_cli.storage.accounts import Account

__all__ = ["must_hold_no_key"]

_SHORTEST = 8
"""A shorter key may well be a word of the answer."""


def must_hold_no_key(context: Context, text: str) -> None:
    """Refused if ``text`` has the key of a provider in it, whole, encoded, or its beginning (R62).

    Looks only where a key can be read without asking anybody; a key that is nowhere isn't known.
    """
    with context.read() as connection:
        everyone = accounts.accounts(connection)
    for account in everyone:
        if _keys(context, account).knows(text):
            raise Refused(
                mark("This has the key of {provider} in it. Nothing was saved, nothing was sent."),
                mark("Nobody who works for you needs it. It is only for: spirou provider login {provider}"),
                provider=account.name,
            )


def _keys(context: Context, account: Account) -> Redactor:
    from spirou_cli.service.secrets import Keep, Place

    found = Redactor()
    for setting, text in account.settings.items():
        place = Place.from_text(text) if setting.startswith(SECRET) else None
        if place is None or place.keep in (Keep.ASK, Keep.COMMAND):
            continue
        with suppress(SpirouError):  # a locked keyring has nothing to compare with
            owner = owner_of(account, setting.removeprefix(SECRET))
            secret = vault(context).find(owner, place, origin_for(account))
            if len(secret.reveal()) >= _SHORTEST:
                found.register(secret)
    return found
