"""The Handy adapter keeps Spirou's contract."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from desk import KEY, Desk
from spirou_handy import HandyAdapter

from spirou_cli.adapters import AuthRequired
from spirou_cli.testing import AdapterContract, Connected, ConnectionMaker


@pytest.fixture
def desk() -> Iterator[Desk]:
    desk = Desk()
    yield desk
    desk.close()


class TestHandy(AdapterContract):
    @pytest.fixture
    def connected(self, desk: Desk, make_connection: ConnectionMaker) -> Connected:
        connection = make_connection(HandyAdapter, url=desk.url, key=KEY)
        return Connected(connect=lambda: HandyAdapter(connection), assistant=desk, faults=desk)

    def test_a_wrong_key_is_said(self, desk: Desk, make_connection: ConnectionMaker) -> None:
        """A clause of our own: what the contract can't know, the author adds."""
        with pytest.raises(AuthRequired):
            HandyAdapter(make_connection(HandyAdapter, url=desk.url, key="another")).check()
