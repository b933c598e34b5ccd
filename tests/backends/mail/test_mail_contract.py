"""The adapter contract against a real Exim and a real Dovecot, the other side being a mail program."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import pytest

from spirou_cli.adapters.email import EmailAdapter
from spirou_cli.testing import AdapterContract, Connected, ConnectionMaker
from tests.backends.mail.house import Mailbox
from tests.backends.mail.program import MailProgram
from tests.backends.mail.relay import MailFaults


class Unhurried(EmailAdapter):
    """Sends to a server of our own, which nobody takes for a robot's."""

    pause_s: ClassVar[float] = 0.0


class TestEmailAdapter(AdapterContract):
    patience_s = 10.0

    @pytest.fixture
    def connected(
        self, anna: Mailbox, julie: Mailbox, make_connection: ConnectionMaker
    ) -> Iterator[Connected]:
        # a copy of an earlier mail: on an account that was used before, a look-up can tell at once
        anna.receive(f"From: {anna.address}\r\nX-Spirou-Key: earlier\r\n\r\nx".encode())
        with MailFaults(anna.house).running() as faults:
            settings = anna.settings() | faults.settings()
            connection = make_connection(Unhurried, to=f"Julie <{julie.address}>", **settings)
            yield Connected(
                connect=lambda: Unhurried(connection), assistant=MailProgram(julie), faults=faults
            )
