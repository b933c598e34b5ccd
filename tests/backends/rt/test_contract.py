"""The adapter contract, kept with a real RT."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from spirou_cli.adapters.http import HttpClient, HttpOptions
from spirou_cli.adapters.rt import RTAdapter
from spirou_cli.testing import AdapterContract, Connected, ConnectionMaker
from tests.backends.proxy import FaultProxy, ProxyFaults
from tests.backends.rt.assistant import RTAssistant
from tests.backends.rt.world import World
from tests.backends.tickets import Tickets

STATES = (
    "new = submitted; open = working; stalled = input_required; resolved = delivered;"
    " closed = completed; rejected = rejected"
)


class TestRT(AdapterContract, Tickets):
    """Every clause, against RT 5."""

    patience_s = 20.0

    @pytest.fixture
    def proxy(self, rt: World) -> Iterator[FaultProxy]:
        with FaultProxy(rt.port) as proxy:
            yield proxy

    @pytest.fixture
    def connected(self, rt: World, proxy: FaultProxy, make_connection: ConnectionMaker) -> Connected:
        connection = make_connection(
            RTAdapter,
            http=lambda: HttpClient(proxy.url, HttpOptions(http_on_loopback=True, deadline_s=5)),
            url=proxy.url,
            token=rt.tokens["client"],
            queue="Delegated",
            states=STATES,
        )
        return Connected(
            connect=lambda: RTAdapter(connection),
            assistant=RTAssistant(rt),
            faults=ProxyFaults(proxy),
        )
