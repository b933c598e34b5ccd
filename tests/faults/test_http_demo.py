"""The adapter of the provider fake keeps the contract, in each of the four ways to settle a lost answer."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from spirou_cli.adapters import Ref
from spirou_cli.testing import AdapterContract, Assistant, Connected, ConnectionMaker, Faults, SeenTask
from tests.faults.provider import KEY, Provider, served

sys.path.append(str(Path(__file__).parent / "http_demo"))

from http_demo import HttpDemo


class Desk(Assistant, Faults):
    """The hands of the contract, on the fake."""

    def __init__(self, provider: Provider) -> None:
        self.provider = provider
        self.serving = served(provider)
        self.serving.__enter__()

    def close(self) -> None:
        self.serving.__exit__(None, None, None)

    def tasks(self) -> Sequence[SeenTask]:
        effects = self.provider.effects()
        return [
            SeenTask(
                ref=made.task,
                title=made.texts[0],
                text=made.texts[1],
                messages=tuple(e.texts[0] for e in effects if e.kind == "reply" and e.task == made.task),
                canceled=any(e.kind == "cancel" and e.task == made.task for e in effects),
                accepted=any(e.kind == "accept" and e.task == made.task for e in effects),
            )
            for made in effects
            if made.kind == "submit"
        ]

    def start(self, ref: Ref) -> None:
        self.provider.tell(ref.id, "state", state="started")

    def finish(self, ref: Ref) -> None:
        self.provider.tell(ref.id, "state", state="done")

    def refuse(self, ref: Ref, reason: str) -> None:
        self.provider.tell(ref.id, "state", state="declined", reason=reason)

    def say_unknown_state(self, ref: Ref) -> str:
        self.provider.tell(ref.id, "state", state="on the roof")
        return "on the roof"

    def ask(self, ref: Ref, text: str) -> None:
        self.provider.tell(ref.id, "message", text=text, question=True)

    def say(self, ref: Ref, text: str) -> None:
        self.provider.tell(ref.id, "message", text=text)

    def work(self, ref: Ref, minutes: int, note: str) -> None:
        self.provider.tell(ref.id, "work", line=f"{ref.id}/{note}", minutes=minutes, note=note)

    correct_work = work

    def deliver(self, ref: Ref, name: str, content: bytes) -> None:
        self.provider.deliver(ref.id, name, content)

    def garble(self, ref: Ref) -> None:
        self.provider.tell(ref.id, "gossip")

    def lose_answer(self) -> None:
        left = [1]

        def fault(request: Any) -> str | None:
            return "drop_after" if request.method in ("POST", "PUT") and left and left.pop() else None

        self.provider.fault = fault

    @contextmanager
    def refuse_connections(self) -> Iterator[None]:
        self.close()
        try:
            yield
        finally:
            self.serving = served(self.provider)
            self.serving.__enter__()


class TestHttpDemo(AdapterContract):
    @pytest.fixture(params=["K", "N", "L", "B"])
    def connected(
        self, request: pytest.FixtureRequest, make_connection: ConnectionMaker
    ) -> Iterator[Connected]:
        desk = Desk(Provider(request.param))
        connection = make_connection(
            HttpDemo, url=desk.provider.url, key=KEY, how=request.param, http_on_loopback="yes"
        )
        yield Connected(connect=lambda: HttpDemo(connection), assistant=desk, faults=desk)
        desk.close()
