"""Pytest fixtures for adapters: connections made of nothing but a temporary folder and a fixed clock.

Load them with ``pytest_plugins = ["spirou_cli.testing.fixtures"]``; AdapterContract brings its own.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import pytest

from spirou_cli.adapters import Adapter, AuthRequired, Connection

if TYPE_CHECKING:
    from spirou_cli.adapters.http import HttpClient

__all__ = ["NOON", "ConnectionMaker", "connection_maker", "make_connection"]

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


class ConnectionMaker(Protocol):
    """Makes a Connection as the core does: defaults filled in, secrets apart from settings.

    Without ``http`` the client is one of the setting ``url``, which may be plain http on this machine.
    """

    def __call__(
        self,
        adapter: type[Adapter],
        *,
        account: str = ...,
        language: str = ...,
        http: Callable[[], HttpClient] | None = ...,
        now: Callable[[], datetime] = ...,
        **settings: str,
    ) -> Connection: ...


@pytest.fixture
def make_connection(tmp_path: Path) -> ConnectionMaker:
    """A maker of connections whose scratch files live in this test's own folder."""
    return connection_maker(tmp_path / "scratch")


def connection_maker(folder: Path) -> ConnectionMaker:
    """The same, for who has a folder and no fixture."""

    def make(
        adapter: type[Adapter],
        *,
        account: str = "test",
        language: str = "en",
        http: Callable[[], HttpClient] | None = None,
        now: Callable[[], datetime] = lambda: NOON,
        **settings: str,
    ) -> Connection:
        folder.mkdir(parents=True, exist_ok=True)
        known = {s.name: s.default for s in adapter.settings if s.default is not None} | settings
        hidden = {s.name for s in adapter.settings if s.secret}
        return Connection(
            account=account,
            settings={name: value for name, value in known.items() if name not in hidden},
            secret=_secrets({name: value for name, value in known.items() if name in hidden}),
            http=http or (lambda: _http_to(known.get("url"))),
            files=folder,
            log=logging.getLogger(f"spirou.adapter.{adapter.kind}"),
            now=now,
            language=language,
        )

    return make


def _secrets(values: dict[str, str]) -> Callable[[str], str]:
    def secret(name: str) -> str:
        if name not in values:
            raise AuthRequired(f"There is no {name}.")
        return values[name]

    return secret


def _http_to(url: str | None) -> HttpClient:
    """A client of a server on this machine, as tests start them, or of any server over https."""
    from spirou_cli.adapters.http import HttpClient, HttpOptions

    if url is None:
        raise RuntimeError("this connection has no setting `url` to make an HTTP client of")
    return HttpClient(url, HttpOptions(http_on_loopback=True))
