"""Where a key may go: the origin of an account, by its kind and its settings."""

from __future__ import annotations

from datetime import UTC
from pathlib import Path

import pytest

from spirou_cli.adapters import AuthRequired
from spirou_cli.adapters.email import EmailAdapter
from spirou_cli.service.connect import SECRET, connect, origin_for, owner_of, vault
from spirou_cli.service.context import Context
from spirou_cli.service.redaction import Secret
from spirou_cli.service.secrets import Keep, Place
from spirou_cli.storage.accounts import Account
from tests.service.world import NOON

MAIL = {"to": "j@julie.example", "from": "anna@gmail.com"}
GMAIL = "imap.gmail.com:993 smtp.gmail.com:465"


def account(kind: str, **settings: str) -> Account:
    return Account(id="a1", name="julie", kind=kind, created_at=0, settings=settings)


@pytest.mark.parametrize(
    ("kind", "settings", "origin"),
    [
        ("redmine", {"url": "https://tickets.example/redmine"}, "https://tickets.example:443"),
        ("redmine", {"url": "tickets.example"}, ""),
        ("folder", {"path": "/shared"}, ""),
        ("from-a-plugin", {"url": "https://desk.example:8443/"}, "https://desk.example:8443"),
        ("email", MAIL, GMAIL),
        ("email", MAIL | {"imap_host": "IMAP.gmail.com"}, GMAIL),
        ("email", MAIL | {"from": "anna@gmx.net"}, "imap.gmx.net:993 mail.gmx.net:465"),
        ("email", MAIL | {"preset": "gmx"}, "imap.gmx.com:993 mail.gmx.com:465"),
        ("email", MAIL | {"smtp_host": "mx.evil.example"}, "imap.gmail.com:993 mx.evil.example:465"),
        ("email", MAIL | {"imap_port": "10993"}, "imap.gmail.com:10993 smtp.gmail.com:465"),
        ("email", MAIL | {"from": "anna@nobody-knows.example"}, ""),
    ],
)
def test_the_origin_names_every_server_that_gets_the_key(
    kind: str, settings: dict[str, str], origin: str
) -> None:
    """Scheme, host and port of an address; both servers of a mailbox, presets resolved."""
    assert origin_for(account(kind, **settings)) == origin


@pytest.mark.parametrize(
    "change", [{"from": "anna@gmx.net"}, {"preset": "gmx"}, {"smtp_host": "mx.evil.example"}]
)
def test_a_mailbox_that_moves_gets_no_password(tmp_path: Path, change: dict[str, str]) -> None:
    """Another address, preset or server than the password was stored for: it stays where it is."""
    context = Context(
        path=tmp_path / "spirou.db",
        now=lambda: NOON,
        adapter=connect,
        zone=UTC,
        environment={"HOME": str(tmp_path)},
    )
    place = Place(Keep.ASK, GMAIL)
    kept = {SECRET + "password": place.to_text()}
    vault(context).keep(owner_of(account("email"), "password"), Secret("pass-word-123"), place)
    asking = []

    for changed in ({}, change):
        adapter = connect(context, account("email", **MAIL | kept | changed))
        assert isinstance(adapter, EmailAdapter)
        asking.append(adapter.connection.secret)
    given = asking[0]("password")
    with pytest.raises(AuthRequired, match=r"stored for imap\.gmail\.com:993 smtp\.gmail\.com:465"):
        asking[1]("password")

    assert given == "pass-word-123"
