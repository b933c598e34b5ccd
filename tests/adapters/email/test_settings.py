"""What a mailbox needs to be told, and what it finds out by itself."""

from __future__ import annotations

import pytest

from spirou_cli.adapters import Unreachable
from spirou_cli.adapters.email.settings import SETTINGS, Lookup, Person, Server, presets, read_settings
from tests.adapters.email.letters import SETTINGS as GIVEN
from tests.adapters.email.letters import settings


def test_a_known_host_needs_two_addresses_and_no_server() -> None:
    """The preset is found by the address, in any case."""
    read = read_settings({"to": "Julie <julie@x.test>", "from": "Anna <anna@GMail.com>"})

    assert (read.to, read.own) == (Person("Julie", "julie@x.test"), Person("Anna", "anna@GMail.com"))
    assert read.smtp == Server("smtp.gmail.com", 465, tls=True)
    assert read.imap == Server("imap.gmail.com", 993, tls=True)
    assert (read.user, read.oauth2, read.lookup) == ("anna@GMail.com", False, Lookup.BCC)


def test_a_preset_knows_its_hosts_ways() -> None:
    """STARTTLS by port, OAuth2 only, a user name without domain."""
    outlook = read_settings({"to": "j@x.test", "from": "anna@outlook.fr"})
    free = read_settings({"to": "j@x.test", "from": "anna@free.fr"})

    assert outlook.smtp == Server("smtp.office365.com", 587, tls=False)
    assert outlook.oauth2
    assert free.user == "anna"


def test_what_is_given_wins_over_the_preset() -> None:
    """A person who knows better is believed."""
    read = read_settings(
        {"to": "j@x.test", "from": "a@gmail.com", "smtp_host": "mx.test", "smtp_port": "2525", "user": "anna"}
    )

    assert read.smtp == Server("mx.test", 2525, tls=True)
    assert read.user == "anna"


@pytest.mark.parametrize(
    ("given", "server"),
    [
        ({}, Server("smtp.client.test", 465, tls=True)),
        ({"smtp_security": "starttls"}, Server("smtp.client.test", 587, tls=False)),
        ({"smtp_port": "587"}, Server("smtp.client.test", 587, tls=False)),
        ({"smtp_port": "587", "smtp_security": "tls"}, Server("smtp.client.test", 587, tls=True)),
    ],
)
def test_port_and_encryption_go_together(given: dict[str, str], server: Server) -> None:
    """Either one tells the other; there is no way to ask for no encryption."""
    assert settings(**given).smtp == server


@pytest.mark.parametrize("name", presets())
def test_every_preset_is_encrypted_and_has_its_source(name: str) -> None:
    """Ports that are encrypted, domains that no other preset claims, and where it was read."""
    preset = presets()[name]
    others = {domain for other in presets() if other != name for domain in _domains(other)}

    assert preset["smtp_port"] in (465, 587)
    assert preset["imap_port"] in (143, 993)
    assert str(preset["source"]).startswith("https://") or str(preset["source"]).endswith((".xml", ".com"))
    assert not _domains(name) & others


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"to": ""}, "Setting to is missing"),
        ({"to": "julie"}, "isn't an email address"),
        ({"to": '"boss@corp.test" <evil@x.test>'}, "would go to evil@x.test"),
        ({"to": "julie@x.test\r\nBcc: evil@x.test"}, "Setting to"),
        ({"smtp_host": ""}, "Setting smtp_host is missing"),
        ({"smtp_port": "99999"}, "1 to 65535"),
        ({"smtp_port": "²"}, "1 to 65535"),
        ({"imap_security": "none"}, "none is none of tls, starttls"),
        ({"lookup": "maybe"}, "maybe is none of"),
        ({"preset": "nohost"}, "no preset nohost"),
        ({"senders": "julie"}, "julie: use addresses"),
        ({"folders": "INBOX\r\nA1 DELETE INBOX"}, "Setting folders"),
    ],
)
def test_what_is_wrong_is_named(given: dict[str, str], said: str) -> None:
    """MSG03: the setting, and what to write instead; a name never hides an address."""
    with pytest.raises(Unreachable, match=said):
        read_settings(GIVEN | given)


def test_a_new_account_is_asked_little() -> None:
    """Two addresses and a password; servers where no preset knows them; the rest has answers."""
    asked = [s.name for s in SETTINGS if not s.advanced]

    assert asked == ["to", "from", "password", "smtp_host", "imap_host"]
    assert [s.name for s in SETTINGS if s.required] == ["to", "from", "password"]
    assert [s.name for s in SETTINGS if s.secret] == ["password"]


def _domains(name: str) -> set[str]:
    domains = presets()[name]["domains"]
    assert isinstance(domains, list)
    return set(domains)
