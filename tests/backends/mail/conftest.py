"""The mail servers of these tests, started once, and people to write to each other."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from spirou_cli.testing.fixtures import make_connection
from tests.backends.mail.house import Mailbox, MailHouse, dovecot, exim, mail_house
from tests.backends.servers import require

__all__ = ["make_connection"]  # a fixture: importing it is using it


@pytest.fixture(scope="session")
def house() -> Iterator[MailHouse]:
    require(dovecot(), "Dovecot")
    require(exim(), "Exim")
    with mail_house() as house:
        yield house


@pytest.fixture
def anna(house: MailHouse) -> Mailbox:
    """Who delegates."""
    return house.mailbox("anna")


@pytest.fixture
def julie(house: MailHouse) -> Mailbox:
    """Who does the work, with nothing but a mail program."""
    return house.mailbox("julie")
