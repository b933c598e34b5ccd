"""What all groups of clauses share: the fixtures, and the ops in their plainest form."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import ClassVar

import pytest

from spirou_cli.adapters import Adapter, Brief, Changes, Message, OpKind, Ref
from spirou_cli.testing.connected import Assistant, Connected
from spirou_cli.testing.core import Core
from spirou_cli.testing.fixtures import ConnectionMaker, connection_maker

AFTER_SUBMIT = [kind for kind in OpKind if kind is not OpKind.SUBMIT]


class Clauses:
    """Fixtures of every clause; a suite overrides ``connected``."""

    patience_s: ClassVar[float] = 5.0
    """How long news may take to cross the provider before a clause fails."""

    @pytest.fixture
    def connected(self) -> Connected:
        """The one fixture to give: an adapter and its other side, on a fresh or a shared account."""
        raise NotImplementedError("an AdapterContract needs its own fixture `connected`")

    @pytest.fixture
    def make_connection(self, tmp_path: Path) -> ConnectionMaker:
        """A maker of connections, to use in ``connected``."""
        return connection_maker(tmp_path / "scratch")

    @pytest.fixture
    def core(self, connected: Connected) -> Core:
        return Core(connected, self.patience_s)

    @pytest.fixture
    def assistant(self, connected: Connected) -> Assistant:
        return connected.assistant


def perform(adapter: Adapter, kind: OpKind, ref: Ref, brief: Brief, key: str) -> None:
    """Do one op of this kind; what it says carries its key, so that it can be recognised and counted."""
    match kind:
        case OpKind.SUBMIT:
            adapter.submit(replace(brief, op_key=key))
        case OpKind.REPLY:
            adapter.reply(ref, key, Message(f"Yes, at ten. ({key})"))
        case OpKind.REOPEN:
            adapter.reopen(ref, key, Message(f"The address is missing. ({key})"))
        case OpKind.EDIT:
            now = replace(brief, title=f"{brief.title} ({key})")
            adapter.edit(ref, key, Changes(frozenset({"title"}), now))
        case OpKind.CANCEL:
            adapter.cancel(ref, key)
        case OpKind.ACCEPT:
            adapter.accept(ref, key)
