"""The sockets under the HTTP client: an exchange knows whether its first byte left, and ends at its deadline.

Only ``http.py`` imports this module, at the first request: requests takes 100 ms to load.
"""

from __future__ import annotations

import contextlib
import http.client
import io
import ipaddress
import logging
import socket
import ssl
import threading
import zlib
from collections.abc import Iterator, Mapping
from contextvars import ContextVar
from typing import IO, Any, Self

import requests
import urllib3
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from spirou_cli.adapters.wire import origin_of

__all__ = [
    "CHUNK",
    "FAILURES",
    "BadEncoding",
    "BodyTooLarge",
    "Connections",
    "Exchange",
    "HeaderAuth",
    "TooLate",
    "body_of",
    "is_private",
    "reason_of",
    "send",
]

CHUNK = 64 * 1024
_CONNECT_S, _READ_S = 5, 20

# Its warnings quote whole URLs, and without a handler of ours they would go to stderr.
logging.getLogger("urllib3").setLevel(logging.CRITICAL)


class BodyTooLarge(Exception):
    """More bytes, once decoded, than the cap."""


class BadEncoding(Exception):
    """A compression that wasn't asked for, or a broken one."""


class TooLate(OSError):
    """The deadline passed before the first byte left."""


class NotPublic(OSError):
    """The name of a foreign server led into the local network."""


FAILURES: tuple[type[Exception], ...] = (
    requests.RequestException,
    urllib3.exceptions.HTTPError,
    http.client.HTTPException,
    OSError,
    UnicodeError,
    BadEncoding,
)
"""All that a server, a network or a library may throw at us during an exchange."""


# the first that fits; urllib3 calls a refused connection a kind of timeout
_REASONS: tuple[tuple[type[BaseException], str], ...] = (
    (NotPublic, "its name leads into a private network"),
    (PermissionError, "the key belongs to another address"),
    (socket.gaierror, "there is no such name"),
    (urllib3.exceptions.ProxyError, "the proxy didn't let us through"),
    (ConnectionRefusedError, "nothing listens there"),
    (ssl.SSLError, "no secure connection could be made"),
    (requests.exceptions.InvalidURL, "the address can't be used"),
    (requests.exceptions.InvalidSchema, "the address can't be used"),
    (TimeoutError, "it was silent for too long"),
    (urllib3.exceptions.TimeoutError, "it was silent for too long"),
)


class Exchange:
    """One call to the client, redirects included, from its start to the end of the body.

    ``sent`` is False as long as it is certain that no byte of the request left. At the deadline the
    socket is shut, which wakes a read that a slow server keeps alive with a byte now and then
    (the timeouts of requests start again with each byte).
    """

    def __init__(self, deadline_s: float) -> None:
        self.sent = False
        self.expired = False
        self.public_only = False
        self._opened = False
        self._connection: HTTPConnection | None = None
        self._sock: socket.socket | None = None
        self._lock = threading.Lock()
        self._timer = threading.Timer(deadline_s, self._expire)
        self._timer.daemon = True

    def __enter__(self) -> Self:
        self._token = _current.set(self)
        self._timer.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._timer.cancel()
        _current.reset(self._token)

    @property
    def on_kept_connection(self) -> bool:
        """The request went over a connection left from an earlier exchange."""
        return self.sent and not self._opened

    def opening(self, connection: HTTPConnection) -> None:
        """``connection`` is about to connect; it is the one to cut."""
        with self._lock:
            self._connection, self._sock, self._opened = connection, None, True

    def sending(self, connection: HTTPConnection) -> None:
        """The next byte is the request's first: the last moment to refuse."""
        if self.public_only and connection.proxy is None:
            _require_public(connection)
        with self._lock:
            if self.expired:
                raise TooLate
            # http.client forgets the socket of an answer that ends with the connection
            self._connection, self._sock, self.sent = connection, connection.sock, True

    def _expire(self) -> None:
        with self._lock:
            self.expired = True
            sock = self._sock or (self._connection.sock if self._connection else None)
        if sock is not None:
            # the plain method: SSLSocket's own would pull the TLS state from under the reader
            with contextlib.suppress(OSError):
                socket.socket.shutdown(sock, socket.SHUT_RDWR)


_current: ContextVar[Exchange] = ContextVar("exchange")


class _Watched(HTTPConnection):
    def connect(self) -> None:
        _current.get().opening(self)
        super().connect()

    def request(self, *args: Any, **kwargs: Any) -> None:
        if self.sock is None:
            self.connect()
        _current.get().sending(self)
        super().request(*args, **kwargs)


class _WatchedTLS(_Watched, HTTPSConnection):
    pass


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Watched


class _TLSPool(HTTPSConnectionPool):
    ConnectionCls = _WatchedTLS


class Connections(HTTPAdapter):
    """Connections that tell the current Exchange what they do.

    requests' Session is left out on purpose: even when told to follow no redirect it prepares the
    next request and reads the whole body, uncapped; and it looks at the environment and netrc.
    """

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": _Pool, "https": _TLSPool}

    def proxy_manager_for(self, proxy: str, **kwargs: Any) -> Any:
        manager = super().proxy_manager_for(proxy, **kwargs)
        manager.pool_classes_by_scheme = {"http": _Pool, "https": _TLSPool}
        return manager


class HeaderAuth(AuthBase):
    """Signs requests to one origin with one header; refuses any other origin."""

    def __init__(self, origin: str, header: str, value: str) -> None:
        self._origin = origin
        self._header = header
        self._value = value

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        if origin_of(request.url or "") != self._origin:
            raise PermissionError(f"this key is for {self._origin}")
        request.headers[self._header] = self._value
        return request


def send(
    connections: Connections,
    method: str,
    url: str,
    *,
    params: Mapping[str, str] | None,
    headers: Mapping[str, str],
    body: bytes | IO[bytes] | None,
    auth: HeaderAuth | None,
    verify: bool | str,
    proxy: str | None,
    deadline_s: float,
) -> requests.Response:
    """Send one request, follow nothing, and return when the headers are there."""
    # a bytes body would go out in one send, which has one timeout for all of it
    data = io.BytesIO(body) if isinstance(body, bytes) and len(body) > CHUNK else body
    request = requests.Request(method, url, params=params, headers=dict(headers), data=data, auth=auth)
    return connections.send(
        request.prepare(),
        stream=True,
        # a TLS handshake can't be cut from outside, but it keeps to its time as a whole
        timeout=(min(_CONNECT_S, deadline_s), min(_READ_S, deadline_s)),
        verify=verify,
        proxies={"https": proxy, "http": proxy} if proxy else {},
    )


def body_of(response: requests.Response, cap: int) -> Iterator[bytes]:
    """The decoded body in pieces of at most CHUNK; BodyTooLarge as soon as ``cap`` is passed."""
    total = 0
    for piece in _decoded(response):
        total += len(piece)
        if total > cap:
            raise BodyTooLarge
        yield piece


def is_private(host: str) -> bool:
    """Whether ``host`` leads to an address that isn't of the public internet, as far as is known."""
    try:
        found = socket.getaddrinfo(host, None)
    except (OSError, UnicodeError):
        return False
    return not all(_is_public(str(address[0])) for *_, address in found)


def reason_of(error: BaseException) -> str:
    """What went wrong in a few words, without addresses or values."""
    causes = list(_causes(error))
    for cause in causes:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return f"its certificate is not trusted ({cause.verify_message.rstrip('.')})"
    return next(
        (words for kind, words in _REASONS if any(isinstance(cause, kind) for cause in causes)),
        "the connection was cut",
    )


def _decoded(response: requests.Response) -> Iterator[bytes]:
    encoding = response.headers.get("Content-Encoding", "identity").strip().lower()
    chunks = iter(lambda: response.raw.read(CHUNK, decode_content=False), b"")
    match encoding:
        case "identity" | "":
            return chunks
        case "gzip" | "x-gzip":
            return _gunzip(chunks)
    raise BadEncoding


def _gunzip(chunks: Iterator[bytes]) -> Iterator[bytes]:
    # our own loop: older urllib3 inflates a whole chunk at once, a thousand times its size
    member = None
    for chunk in chunks:
        data, full = chunk, False
        while data or full:
            if member is None or member.eof:
                member = zlib.decompressobj(31)
            try:
                piece = member.decompress(data, CHUNK)
            except zlib.error as error:
                raise BadEncoding from error
            yield piece
            data = member.unused_data or member.unconsumed_tail
            full = len(piece) == CHUNK and not member.eof
    if member is not None and not member.eof:
        raise BadEncoding


def _require_public(connection: HTTPConnection) -> None:
    # asked of the open socket: the name can't lead elsewhere between a look-up and the connection
    if not _is_public(connection.sock.getpeername()[0]):
        raise NotPublic


def _is_public(address: str) -> bool:
    return ipaddress.ip_address(address.partition("%")[0]).is_global


def _causes(error: BaseException) -> Iterator[BaseException]:
    seen: list[BaseException] = []
    waiting = [error]
    while waiting:
        cause = waiting.pop(0)
        if cause in seen:
            continue
        seen.append(cause)
        yield cause
        linked = [*cause.args, getattr(cause, "reason", None), cause.__cause__, cause.__context__]
        waiting += [other for other in linked if isinstance(other, BaseException)]
