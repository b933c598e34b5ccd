"""The adapter contract, kept with a real Radicale and an assistant who has a task app."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager

import pytest

from spirou_cli.adapters.caldav import CalDAVAdapter
from spirou_cli.adapters.http import HttpClient, HttpOptions
from spirou_cli.testing import AdapterContract, Connected, ConnectionMaker, Faults
from tests.backends.caldav.phone import Phone
from tests.backends.caldav.world import PASSWORDS, World
from tests.backends.proxy import Fault, FaultProxy


class ProxyFaults(Faults):
    """Faults by the proxy between the adapter and Radicale."""

    def __init__(self, proxy: FaultProxy) -> None:
        self.proxy = proxy

    def lose_answer(self) -> None:
        self.proxy.next_write(Fault.LOSE_ANSWER)

    def refuse_connections(self) -> AbstractContextManager[None]:
        return self.proxy.closed()


class TestCalDAV(AdapterContract):
    """Every clause, against Radicale over TLS."""

    @pytest.fixture
    def connected(self, world: World, make_connection: ConnectionMaker) -> Iterator[Connected]:
        path = world.make_list()
        with FaultProxy(world.port, world.server_context(), world.client_context()) as proxy:
            url = proxy.url + path
            connection = make_connection(
                CalDAVAdapter,
                http=lambda: HttpClient(url, HttpOptions(ca_file=world.ca_file)),
                url=url,
                user="client",
                password=PASSWORDS["client"],
            )
            yield Connected(
                connect=lambda: CalDAVAdapter(connection),
                assistant=Phone(world.client("assistant"), path),
                faults=ProxyFaults(proxy),
            )
