"""The adapter contract, kept with a real Redmine."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from spirou_cli.adapters.http import HttpClient, HttpOptions
from spirou_cli.adapters.redmine import RedmineAdapter
from spirou_cli.testing import AdapterContract, Connected, ConnectionMaker
from tests.backends.proxy import FaultProxy, ProxyFaults
from tests.backends.redmine.assistant import RedmineAssistant
from tests.backends.redmine.world import KEYS, World

STATES = (
    "New = submitted; In Progress = working; Feedback = input_required; Resolved = delivered;"
    " Closed = completed; Rejected = rejected"
)


class TestRedmine(AdapterContract):
    """Every clause, against Redmine 5."""

    patience_s = 20.0

    @pytest.fixture
    def connected(self, redmine: World, make_connection: ConnectionMaker) -> Iterator[Connected]:
        with FaultProxy(redmine.port) as proxy:
            connection = make_connection(
                RedmineAdapter,
                http=lambda: HttpClient(proxy.url, HttpOptions(http_on_loopback=True)),
                url=proxy.url,
                api_key=KEYS["client"],
                project="delegated",
                states=STATES,
            )
            yield Connected(
                connect=lambda: RedmineAdapter(connection),
                assistant=RedmineAssistant(redmine),
                faults=ProxyFaults(proxy),
            )
