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
from tests.backends.tickets import Tickets

STATES = (
    "New = submitted; In Progress = working; Feedback = input_required; Resolved = delivered;"
    " Closed = completed; Rejected = rejected"
)


class TestRedmine(AdapterContract, Tickets):
    """Every clause, against Redmine 5."""

    patience_s = 20.0

    @pytest.fixture
    def proxy(self, redmine: World) -> Iterator[FaultProxy]:
        with FaultProxy(redmine.port) as proxy:
            yield proxy

    @pytest.fixture
    def connected(self, redmine: World, proxy: FaultProxy, make_connection: ConnectionMaker) -> Connected:
        connection = make_connection(
            RedmineAdapter,
            http=lambda: HttpClient(proxy.url, HttpOptions(http_on_loopback=True, deadline_s=5)),
            url=proxy.url,
            api_key=KEYS["client"],
            project="delegated",
            states=STATES,
        )
        return Connected(
            connect=lambda: RedmineAdapter(connection),
            assistant=RedmineAssistant(redmine),
            faults=ProxyFaults(proxy),
        )
