"""The adapter contract, kept with a real Redmine."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager

import pytest

from spirou_cli.adapters.http import HttpClient, HttpOptions
from spirou_cli.adapters.redmine import RedmineAdapter
from spirou_cli.testing import AdapterContract, Connected, ConnectionMaker, Faults
from tests.backends.proxy import Fault, FaultProxy
from tests.backends.redmine.assistant import RedmineAssistant
from tests.backends.redmine.world import KEYS, World

STATES = (
    "New = submitted; In Progress = working; Feedback = input_required; Resolved = delivered;"
    " Closed = completed; Rejected = rejected"
)


class ProxyFaults(Faults):
    """Faults by the proxy between the adapter and Redmine."""

    def __init__(self, proxy: FaultProxy) -> None:
        self.proxy = proxy

    def lose_answer(self) -> None:
        self.proxy.next_write(Fault.LOSE_ANSWER)

    def refuse_connections(self) -> AbstractContextManager[None]:
        return self.proxy.closed()


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
