"""Real HTTP servers on loopback, with and without TLS, that answer as a test says."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread

import pytest
import trustme


@dataclass
class Seen:
    """One request as the server got it."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    peer: tuple[str, int]


class Exchange(BaseHTTPRequestHandler):
    """The server's side of one request; ``answer`` is what a test's function calls."""

    protocol_version = "HTTP/1.1"
    loopback: LoopbackServer

    def answer(self, status: int = 200, body: bytes = b"", **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def raw(self, data: bytes) -> None:
        """Bytes outside any protocol; the connection ends after them."""
        self.close_connection = True
        self.wfile.write(data)
        self.wfile.flush()

    def hang_up(self) -> None:
        self.close_connection = True

    def _any(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.loopback.seen.append(Seen(self.command, self.path, headers, body, self.client_address))
        try:
            self.loopback.script(self)
        except OSError:
            self.close_connection = True

    do_GET = do_POST = do_PUT = do_DELETE = do_PROPFIND = do_REPORT = do_HEAD = do_CONNECT = _any  # noqa: N815

    def log_message(self, *args: object) -> None:
        """Say nothing."""


Script = Callable[[Exchange], None]


@dataclass
class LoopbackServer:
    script: Script
    origin: str = ""
    seen: list[Seen] = field(default_factory=list)
    ended: Event = field(default_factory=Event)
    """Set when the test is over, for scripts that drip for ever."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that cuts the connection is what many of these tests are about."""


@contextmanager
def serving(script: Script, certificate: trustme.LeafCert | None = None) -> Iterator[LoopbackServer]:
    """A server on a free port of 127.0.0.1, over TLS with ``certificate``."""
    loopback = LoopbackServer(script)
    handler = type("Handler", (Exchange,), {"loopback": loopback})
    with _Server(("127.0.0.1", 0), handler) as server:
        scheme = "http"
        if certificate is not None:
            context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
            certificate.configure_cert(context)
            server.socket = context.wrap_socket(
                server.socket, server_side=True, do_handshake_on_connect=False
            )
            scheme = "https"
        loopback.origin = f"{scheme}://127.0.0.1:{server.server_address[1]}"
        Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        try:
            yield loopback
        finally:
            loopback.ended.set()
            server.shutdown()


Serve = Callable[..., LoopbackServer]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """``serve(script, certificate=None)`` starts a server that ends with the test."""
    with ExitStack() as stack:
        yield lambda script, certificate=None: stack.enter_context(serving(script, certificate))


@pytest.fixture(scope="session")
def authority() -> trustme.CA:
    """A private certificate authority."""
    return trustme.CA()


@pytest.fixture(scope="session")
def ca_file(authority: trustme.CA, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("ca") / "ca.pem"
    authority.cert_pem.write_to_path(str(path))
    return path
