"""A small proxy in front of a real server that loses, cuts, doubles and delays on demand, and counts."""

from __future__ import annotations

import http.client
import ssl
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass, field
from enum import StrEnum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import trustme

from spirou_cli.testing import Faults

__all__ = ["Fault", "FaultProxy", "ProxyFaults", "house_tls"]

_HOP_BY_HOP = {"connection", "keep-alive", "transfer-encoding", "content-length", "date", "server"}


class Fault(StrEnum):
    """What happens to one request."""

    LOSE_REQUEST = "lose_request"
    """It never reaches the server."""
    LOSE_ANSWER = "lose_answer"
    """The server does it, and nobody hears of it."""
    CUT_ANSWER = "cut_answer"
    """Half of the answer's body arrives."""
    DOUBLE = "double"
    """The server gets it twice."""
    DELAY = "delay"
    """The answer waits until the proxy is told to ``release`` it."""


@dataclass
class FaultProxy:
    """Listens on loopback for ``target_port``; speaks TLS where it is given a context."""

    target_port: int
    tls: ssl.SSLContext | None = None
    upstream_tls: ssl.SSLContext | None = None
    """How to reach a target that speaks TLS itself."""
    requests: list[tuple[str, str]] = field(default_factory=list)
    """Method and path of everything that was asked."""
    faults: deque[tuple[str, Fault]] = field(default_factory=deque)
    """Methods, separated by spaces, and what happens to the next request with one of them."""
    release: threading.Event = field(default_factory=threading.Event)
    _server: ThreadingHTTPServer | None = None
    _port: int = 0

    @property
    def url(self) -> str:
        return f"{'https' if self.tls else 'http'}://127.0.0.1:{self._port}"

    def __enter__(self) -> FaultProxy:
        self._listen()
        return self

    def __exit__(self, *exc: object) -> None:
        self.release.set()
        self._close()

    def next_write(self, fault: Fault) -> None:
        """Let this happen to the next request that changes something."""
        self.faults.append(("POST PUT DELETE", fault))

    def next_read(self, fault: Fault) -> None:
        self.faults.append(("GET", fault))

    @contextmanager
    def closed(self) -> Iterator[None]:
        """Refuse every connection inside this block."""
        self._close()
        try:
            yield
        finally:
            self._listen()

    def fault_for(self, method: str) -> Fault | None:
        """The fault that waits for a request of this method; it is used up."""
        if self.faults and method in self.faults[0][0].split():
            return self.faults.popleft()[1]
        return None

    def connect(self) -> http.client.HTTPConnection:
        """A new connection to the real server."""
        if self.upstream_tls:
            return http.client.HTTPSConnection(
                "127.0.0.1", self.target_port, timeout=60, context=self.upstream_tls
            )
        return http.client.HTTPConnection("127.0.0.1", self.target_port, timeout=60)

    def _listen(self) -> None:
        proxy = self

        class Handler(_Handler):
            owner = proxy

        self._server = ThreadingHTTPServer(("127.0.0.1", self._port), Handler)
        self._server.daemon_threads = True
        self._port = self._server.server_address[1]
        if self.tls:
            self._server.socket = self.tls.wrap_socket(self._server.socket, server_side=True)
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def _close(self) -> None:
        if self._server:
            self._server.shutdown()
            self._server.server_close()


def house_tls(folder: Path) -> tuple[ssl.SSLContext, Path]:
    """What serves 127.0.0.1 with a certificate that nobody knows, and the file of its authority."""
    authority, ca_file = trustme.CA(), folder / "ca.pem"
    authority.cert_pem.write_to_path(str(ca_file))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    return context, ca_file


class ProxyFaults(Faults):
    """The hands of the contract suite on a proxy."""

    def __init__(self, proxy: FaultProxy) -> None:
        self.proxy = proxy

    def lose_answer(self) -> None:
        self.proxy.next_write(Fault.LOSE_ANSWER)

    def refuse_connections(self) -> AbstractContextManager[None]:
        return self.proxy.closed()


class _Handler(BaseHTTPRequestHandler):
    """Hands each request on, unless a fault waits for it."""

    owner: FaultProxy
    protocol_version = "HTTP/1.1"

    def handle_one_request(self) -> None:
        with suppress(ConnectionError):
            super().handle_one_request()

    def _relay(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.owner.requests.append((self.command, self.path))
        fault = self.owner.fault_for(self.command)
        if fault is Fault.LOSE_REQUEST:
            self.close_connection = True
            return
        answer = self._forward(body)
        if fault is Fault.DOUBLE:
            answer = self._forward(body)
        if fault is Fault.DELAY:
            self.owner.release.wait()
        if fault is Fault.LOSE_ANSWER:
            self.close_connection = True
            return
        self._answer(*answer, cut=fault is Fault.CUT_ANSWER)

    do_GET = do_POST = do_PUT = do_DELETE = do_PROPFIND = do_REPORT = _relay  # noqa: N815 - the names http.server looks for

    def _forward(self, body: bytes) -> tuple[int, list[tuple[str, str]], bytes]:
        upstream = self.owner.connect()
        try:
            upstream.request(self.command, self.path, body, dict(self.headers.items()))
            response = upstream.getresponse()
            return response.status, response.getheaders(), response.read()
        finally:
            upstream.close()

    def _answer(self, status: int, headers: list[tuple[str, str]], body: bytes, *, cut: bool) -> None:
        self.send_response(status)
        for name, value in headers:
            if name.lower() not in _HOP_BY_HOP:
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if cut:
            self.wfile.write(body[: len(body) // 2])
            self.close_connection = True
        else:
            self.wfile.write(body)

    def log_message(self, *args: Any) -> None:
        """Say nothing: the test does."""
