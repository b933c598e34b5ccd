"""The conformance suite: a fake that keeps the contract passes, one that breaks a clause fails it."""

from __future__ import annotations

from functools import partial

import pytest

from spirou_cli.adapters import Repeat
from spirou_cli.testing import AdapterContract, Connected, ConnectionMaker, FakeAdapter, FakeProvider
from spirou_cli.testing.fake import everything


class FakeContract(AdapterContract):
    """The suite on a fake whose ops repeat in one way."""

    how: Repeat

    @pytest.fixture
    def connected(self, make_connection: ConnectionMaker) -> Connected:
        provider = FakeProvider(everything(self.how), page_size=2)
        connect = partial(FakeAdapter, make_connection(FakeAdapter), provider)
        return Connected(connect=connect, assistant=provider, faults=provider)


class TestFakeThatTakesKeys(FakeContract):
    how = Repeat.KEY


class TestFakeThatCanBeAsked(FakeContract):
    how = Repeat.LOOKUP


class TestFakeThatCannotTell(FakeContract):
    how = Repeat.BLIND
