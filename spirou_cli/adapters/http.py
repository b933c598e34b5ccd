"""The one HTTP client: bound to one origin, with a deadline and a cap, and exact about what was sent.

An adapter gets it from ``connection.http()`` and says once how it signs::

    client = connection.http()
    client.use_header("X-Redmine-API-Key", connection.secret("key"))      # or use_basic(user, password)

    page = client.read("GET", "issues.json", params={"status_id": "*"}).json()
    made = client.write("POST", "issues.json", json={"issue": {...}}, accept={422})
    if made.status == 422: ...

A path is taken below the account's URL (``issues.json``), from its root (``/dav/x.ics``), or is a whole
URL of the same origin; any other origin is refused. ``read`` is for what changes nothing: it follows at most
three redirects inside the origin and may be repeated. ``write`` goes over a fresh connection, once,
and follows nothing. A 2xx is returned, so is any status in ``accept``; everything else is raised:

====================================================  ==============================  ===================
seen                                                  write                           read
====================================================  ==============================  ===================
no name, refused, TLS, proxy, a local check           Unreachable                     Unreachable
cut, silent, past the deadline after the first byte   Uncertain                       Unreachable
408, 5xx                                              Uncertain                       Unreachable
over the cap, broken compression                      Uncertain                       ProtocolError
3xx                                                   Uncertain                       ProtocolError
401, 403, 407                                         AuthRequired                    AuthRequired
425, 429                                              RateLimited                     RateLimited
503 with Retry-After                                  Uncertain                       RateLimited
404, 410                                              NotFound                        NotFound
other 4xx                                             Rejected, code = the status     the same
====================================================  ==============================  ===================

``Response.json()`` is ``wire.parse_json``: ProtocolError for what can't be trusted, Decimal for numbers
with a point. ``stream`` hands an attachment to ``write`` in pieces; it alone may leave the origin, for
origins on the account's allow list, over https, without the key, and into no private network.
"""

from __future__ import annotations

import base64
import ipaddress
import json as json_codec
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

from spirou_cli.adapters.base import (
    AdapterError,
    AuthRequired,
    ProtocolError,
    Uncertain,
    Unreachable,
)
from spirou_cli.adapters.outcome import refusal, retry_after
from spirou_cli.adapters.wire import excerpt, origin_of, parse_json, plain_value

if TYPE_CHECKING:
    import requests

    from spirou_cli.adapters import transport

__all__ = ["HttpClient", "HttpOptions", "Response"]

DEADLINE_S = 60.0
STREAM_DEADLINE_S = 600.0
BODY_CAP = 8 * 1024 * 1024
FILE_CAP = 100 * 1024 * 1024
MAX_REDIRECTS = 3


@dataclass(frozen=True, slots=True)
class HttpOptions:
    """How one account reaches its server; the environment is never looked at."""

    ca_file: Path | None = None
    """Trust what this file says, and nothing else, for the account's own origin."""
    proxy: str | None = None
    """URL of an http proxy."""
    http_on_loopback: bool = False
    """Allow plain http, to this machine only."""
    allowed_origins: frozenset[str] = frozenset()
    """Origins that ``stream`` may also read, without the key."""
    deadline_s: float = DEADLINE_S
    user_agent: str = "spirou"
    before: Callable[[], None] = lambda: None
    """Called before each exchange; the core asserts here that no transaction is open."""
    now: Callable[[], datetime] = lambda: datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Response:
    """A whole answer. ``headers`` ignores case; ``url`` is where it came from after redirects."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    url: str

    def json(self) -> object:
        """The body as JSON, or ProtocolError."""
        return parse_json(self.body)

    @property
    def text(self) -> str:
        """The body as UTF-8, undecodable bytes replaced."""
        return self.body.decode("utf-8", "replace")


@dataclass(frozen=True, slots=True)
class _Request:
    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    params: Mapping[str, str] | None = None
    body: bytes | IO[bytes] | None = None
    accept: Collection[int] = ()


class HttpClient:
    """Requests to one origin. Several threads may use it at once."""

    def __init__(self, url: str, options: HttpOptions | None = None) -> None:
        self.options = options or HttpOptions()
        self.base = url if url.endswith("/") else url + "/"
        self.origin = _usable_origin(url, http_on_loopback=self.options.http_on_loopback)
        if urlsplit(self.options.proxy or "http:").scheme not in ("http", "https"):
            # going around a proxy that we can't use would tell the network what it should not know
            raise Unreachable("The proxy must be an http:// address.")
        self._sign: tuple[str, str] | None = None
        self._kept: transport.Connections | None = None

    @property
    def host(self) -> str:
        """The server's name, for messages."""
        return urlsplit(self.base).hostname or ""

    def use_header(self, name: str, value: str) -> None:
        """Sign every request to the origin with this header; AuthRequired if ``value`` can't be a key."""
        if not value or not value.isascii() or not value.isprintable():
            raise AuthRequired(f"The key for {self.host} is empty or has characters that no key has.")
        self._sign = (name, value)

    def use_basic(self, user: str, password: str) -> None:
        """Sign every request with a user and a password (RFC 7617, in UTF-8)."""
        if ":" in user:
            raise AuthRequired("A user name for HTTP can't have a colon.")
        pair = base64.b64encode(f"{user}:{password}".encode()).decode()
        self.use_header("Authorization", f"Basic {pair}")

    def read(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        data: bytes | None = None,
        accept: Collection[int] = (),
    ) -> Response:
        """Ask something that changes nothing at the server."""
        request = _Request(method, self.resolve(path), headers or {}, params, data, accept)
        with self._call(self.options.deadline_s) as call:
            return call.whole(request, call.follow(request, self.resolve))

    def write(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        json: object = None,
        data: bytes | IO[bytes] | None = None,
        accept: Collection[int] = (),
        deadline_s: float | None = None,
    ) -> Response:
        """Change something at the server, in one attempt. An open file as ``data`` is streamed."""
        headers = dict(headers or {})
        if json is not None:
            data = json_codec.dumps(json, allow_nan=False).encode()
            headers.setdefault("Content-Type", "application/json")
        try:
            request = _Request(method, self.resolve(path), headers, params, data, accept)
        except ProtocolError as error:
            raise Unreachable(str(error)) from error
        with self._call(deadline_s or self.options.deadline_s, write=True) as call:
            return call.whole(request, call.open(request))

    def stream(
        self,
        url: str,
        write: Callable[[bytes], object],
        *,
        headers: Mapping[str, str] | None = None,
        cap: int = FILE_CAP,
    ) -> None:
        """Hand the content at ``url`` to ``write`` in pieces; ProtocolError past ``cap`` bytes."""
        request = _Request("GET", self._resolve_file(url), headers or {})
        with self._call(STREAM_DEADLINE_S) as call:
            response = call.follow(request, self._resolve_file)
            call.require(response)
            for piece in call.pieces(response, cap):
                write(piece)

    def resolve(self, path: str) -> str:
        """The whole URL of ``path``; ProtocolError if it is of another origin."""
        url = urljoin(self.base, path)
        if _origin(url) != self.origin:
            raise ProtocolError(f"{self.host} points to {_host_of(url)}, which is not followed.")
        return url

    def close(self) -> None:
        """Close the connections kept for reads; the client can still be used."""
        if self._kept is not None:
            self._kept.close()
            self._kept = None

    def _resolve_file(self, path: str) -> str:
        url = urljoin(self.base, path)
        if url.startswith("https://") and _origin(url) in self.options.allowed_origins:
            return url
        return self.resolve(path)

    @contextmanager
    def _call(self, deadline_s: float, *, write: bool = False) -> Iterator[_Call]:
        from spirou_cli.adapters import transport

        self.options.before()
        if self._kept is None:
            self._kept = transport.Connections()
        # a write never meets an idle connection that the server has just closed
        connections = transport.Connections() if write else self._kept
        try:
            with transport.Exchange(deadline_s) as exchange:
                yield _Call(self, exchange, connections, self._sign, deadline_s, write=write)
        finally:
            if write:
                connections.close()


class _Call:
    """One call of the client: its exchange and connections, and the names of its failures."""

    def __init__(
        self,
        client: HttpClient,
        exchange: transport.Exchange,
        connections: transport.Connections,
        sign: tuple[str, str] | None,
        deadline_s: float,
        *,
        write: bool,
    ) -> None:
        self.client = client
        self.exchange = exchange
        self.connections = connections
        self.sign = sign
        self.deadline_s = deadline_s
        self.write = write

    def open(self, request: _Request) -> requests.Response:
        """Send ``request`` and return when the headers of the answer are there."""
        from spirou_cli.adapters import transport

        own = _origin(request.url) == self.client.origin
        self.exchange.public_only = not own and not transport.is_private(self.client.host)
        with self._translated():
            try:
                return self._send(request, own=own)
            except transport.FAILURES:
                # the server may close an idle connection just as we use it again
                if self.write or self.exchange.expired or not self.exchange.on_kept_connection:
                    raise
                return self._send(request, own=own)

    def follow(self, request: _Request, resolve: Callable[[str], str]) -> requests.Response:
        """Send ``request`` again to wherever it is redirected, if ``resolve`` accepts the place."""
        for _ in range(MAX_REDIRECTS):
            response = self.open(request)
            if not response.is_redirect or response.status_code in request.accept:
                return response
            response.close()
            place = urljoin(request.url, response.headers["Location"])
            request = replace(request, url=resolve(place), params=None)
        return self.open(request)

    def require(self, response: requests.Response, accept: Collection[int] = ()) -> None:
        """Raise what the table says for a status that isn't welcome."""
        status = response.status_code
        if not (200 <= status < 300 or status in accept):
            response.close()
            wait_s = retry_after(response.headers, self.client.options.now())
            raise refusal(status, self.client.host, write=self.write, wait_s=wait_s)

    def whole(self, request: _Request, response: requests.Response) -> Response:
        """The answer with its body, within the cap."""
        self.require(response, request.accept)
        body = b"".join(self.pieces(response, BODY_CAP))
        return Response(response.status_code, response.headers, body, response.url)

    def pieces(self, response: requests.Response, cap: int) -> Iterator[bytes]:
        """The decoded body, piece by piece."""
        from spirou_cli.adapters import transport

        with closing(response):
            pieces = transport.body_of(response, cap)
            while True:
                with self._translated():
                    piece = next(pieces, None)
                    if self.exchange.expired:
                        raise transport.TooLate
                if piece is None:
                    return
                yield piece

    def _send(self, request: _Request, *, own: bool) -> requests.Response:
        from spirou_cli.adapters import transport

        options = self.client.options
        headers = {"Accept-Encoding": "gzip", "User-Agent": options.user_agent, **request.headers}
        for name, value in headers.items():
            plain_value(name + value, f"the header {name.strip()!r}")
        return transport.send(
            self.connections,
            request.method,
            request.url,
            params=request.params,
            headers=headers,
            body=request.body,
            auth=transport.HeaderAuth(self.client.origin, *self.sign) if own and self.sign else None,
            verify=_verify(options.ca_file) if own else True,
            proxy=options.proxy,
            deadline_s=self.deadline_s,
        )

    @contextmanager
    def _translated(self) -> Iterator[None]:
        from spirou_cli.adapters import transport

        try:
            yield
        except transport.BodyTooLarge as error:
            raise self._distrusted("sent more than may be read") from error
        except transport.BadEncoding as error:
            raise self._distrusted("sent a compressed answer that can't be read") from error
        except transport.FAILURES as error:
            raise self._cut(transport.reason_of(error)) from None

    def _distrusted(self, what: str) -> AdapterError:
        kind = Uncertain if self.write else ProtocolError
        return kind(f"{self.client.host} {what}.")

    def _cut(self, reason: str) -> AdapterError:
        host = self.client.host
        if self.exchange.expired:
            reason = f"it took longer than {self.deadline_s:g} s"
        if self.write and self.exchange.sent:
            return Uncertain(f"{host} may have it, but its answer was lost: {reason}.")
        return Unreachable(f"{host} can't be reached: {reason}.")


def _verify(ca_file: Path | None) -> bool | str:
    if ca_file is None:
        return True
    if not ca_file.is_file():
        raise Unreachable(f"The certificate file {ca_file} isn't there.")
    return str(ca_file)


def _usable_origin(url: str, *, http_on_loopback: bool) -> str:
    parts = urlsplit(url)
    if parts.username is not None or parts.query or parts.fragment:
        raise Unreachable(f"The address of {parts.hostname} may have no user, query or fragment.")
    origin = _origin(url)
    if origin is None:
        raise Unreachable("An address begins with https:// and a name.")
    if parts.scheme == "http" and not _is_loopback(parts.hostname or ""):
        raise Unreachable(f"{parts.hostname} must be reached by https.")
    if parts.scheme == "http" and not http_on_loopback:
        raise Unreachable(f"{parts.hostname} must be reached by https, or with http_on_loopback=yes.")
    return origin


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _origin(url: str) -> str | None:
    """``scheme://host:port``, the port always there; None for what isn't an http address."""
    try:
        return origin_of(url)
    except ValueError:
        return None


def _host_of(url: str) -> str:
    """The host of a URL that came from outside, fit for a message."""
    return excerpt((urlsplit(url).hostname or "nowhere").encode(), 60)
