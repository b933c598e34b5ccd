"""How the author of an adapter proves it: the contract as a suite, a fake provider, pytest fixtures."""

import pytest

# Clauses live outside test files, where pytest explains a failed assert only if it is told to.
pytest.register_assert_rewrite("spirou_cli.testing.clauses", "spirou_cli.testing.core")

from spirou_cli.testing.connected import Assistant, Connected, Faults, SeenTask  # noqa: E402
from spirou_cli.testing.contract import AdapterContract  # noqa: E402
from spirou_cli.testing.core import a_brief, new_key  # noqa: E402
from spirou_cli.testing.fake import FakeAdapter, FakeProvider, everything  # noqa: E402
from spirou_cli.testing.fixtures import NOON, ConnectionMaker, connection_maker  # noqa: E402

__all__ = [
    "NOON",
    "AdapterContract",
    "Assistant",
    "Connected",
    "ConnectionMaker",
    "FakeAdapter",
    "FakeProvider",
    "Faults",
    "SeenTask",
    "a_brief",
    "connection_maker",
    "everything",
    "new_key",
]
