"""The adapter contract as a suite of tests, shipped to whoever writes an adapter."""

from __future__ import annotations

from spirou_cli.testing.clauses.basics import BasicClauses
from spirou_cli.testing.clauses.failing import FailureClauses
from spirou_cli.testing.clauses.news import NewsClauses
from spirou_cli.testing.clauses.submitting import SubmitClauses
from spirou_cli.testing.clauses.talking import TalkClauses

__all__ = ["AdapterContract"]


class AdapterContract(BasicClauses, SubmitClauses, NewsClauses, TalkClauses, FailureClauses):
    """Subclass it, give the fixture ``connected``, and every clause of the contract runs.

    ::

        class TestMyAdapter(AdapterContract):
            @pytest.fixture
            def connected(self, make_connection):
                server = ...
                connection = make_connection(MyAdapter, url=server.url, token="secret")
                return Connected(connect=lambda: MyAdapter(connection), assistant=MyAssistant(server))

    A clause about a capability that the connection doesn't declare, or that needs a hand which the
    assistant of the fixture doesn't have, is skipped by that name: run pytest with ``-rs`` to read them.
    """
