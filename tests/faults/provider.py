"""The provider fake: an HTTP server that counts the effects of each op, and fails when told to."""

from __future__ import annotations

import copy
import gzip
import json
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

__all__ = ["FAULTS", "KEY", "Effect", "Fault", "Provider", "served"]

KEY = "demo-key-of-the-tests"

Fault = Callable[["Request"], str | None]
"""Says what goes wrong with a request: a name of FAULTS, or None."""

FAULTS = (
    "drop_before",
    "drop_after",
    "500_before",
    "500_after",
    "502_after",
    "503_before",
    "429_before",
    "401_before",
    "403_before",
    "408_after",
    "409_before",
    "302_after",
    "307_after",
    "garbage_after",
    "empty_after",
    "short_after",
    "unnamed_after",
    "huge_after",
)
"""``before``: nothing was done. ``after``: it was done, and this is the answer."""


@dataclass(frozen=True, slots=True)
class Request:
    """A request as the fault function sees it; ``number`` counts those of its method, from 1."""

    number: int
    method: str
    path: str


@dataclass(frozen=True, slots=True)
class Effect:
    """Something that really happened at the provider."""

    op: str
    kind: str
    task: str
    texts: tuple[str, ...]


@dataclass
class Memory:
    """All that the provider knows; copied and put back between the cases of a campaign."""

    effects: list[Effect] = field(default_factory=list)
    answers: dict[str, tuple[str, dict[str, str]]] = field(default_factory=dict)
    events: list[dict[str, Any]] = field(default_factory=list)
    files: dict[str, bytes] = field(default_factory=dict)
    forgotten_before: int = 0


class Provider:
    """One fake. ``how`` is how its writes can be repeated, ``lag`` how many look-ups come too early."""

    def __init__(self, how: str = "K") -> None:
        self.how = how
        self.memory = Memory()
        self.fault: Fault = lambda request: None
        self.page_size = 100
        self.page: Callable[[list[dict[str, Any]]], list[dict[str, Any]]] = list
        """What is made of a page before it is told: repeated, reordered …"""
        self.lag = 0
        self.elsewhere = "http://127.0.0.1:9/"
        self.seen: Counter[str] = Counter()
        self.headers_seen: list[str] = []
        self.lock = threading.RLock()
        self.port = 0
        self.busy = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/"

    # --- the campaign's hands

    def reset(self, memory: Memory, how: str | None = None) -> None:
        """Be as ``memory`` says, without faults."""
        with self.lock:
            self.memory = copy.deepcopy(memory)
            self.how = how or self.how
            self.fault, self.page, self.lag = (lambda request: None), list, 0
            self.seen.clear()

    def settle(self) -> None:
        """Wait until every request that was sent has been dealt with: its client may be dead."""
        with socket.create_connection(("127.0.0.1", self.port)) as last:
            last.sendall(b"GET /news HTTP/1.0\r\n\r\n")
            last.recv(1)  # the queue is in order: now all before it have been taken from it
        end = time.monotonic() + 20
        while self.busy:
            if time.monotonic() > end:
                raise TimeoutError("the fake is still at it")
            time.sleep(0.002)

    def remembered(self) -> Memory:
        with self.lock:
            return copy.deepcopy(self.memory)

    def effects(self) -> list[Effect]:
        with self.lock:
            return list(self.memory.effects)

    def tell(self, task: str, kind: str, **what: Any) -> int:
        """Put something in the news; its number."""
        with self.lock:
            number = len(self.memory.events) + 1
            self.memory.events.append(
                {"id": number, "task": task, "type": kind, "at": int(time.time()), **what}
            )
            return number

    def deliver(self, task: str, name: str, content: bytes) -> None:
        locator = f"file{len(self.memory.files) + 1}"
        self.memory.files[locator] = content
        self.tell(task, "file", name=name, locator=locator, size=len(content))

    # --- what the handler calls

    def arrived(self, method: str, path: str) -> str | None:
        with self.lock:
            self.seen[method] += 1
            request = Request(self.seen[method], method, path)
        return self.fault(request)  # outside: a fault may take its time

    def take(self, content: dict[str, Any], key: str | None) -> tuple[int, dict[str, str]]:
        """Do an op; once per key if this provider remembers keys."""
        with self.lock:
            bytes_of = json.dumps(content, sort_keys=True)
            remembered = self.memory.answers.get(content["op"])
            if key is not None and remembered is not None:
                if self.how == "N":
                    return 412, remembered[1]
                return (201 if remembered[0] == bytes_of else 422), remembered[1]
            made = sum(1 for effect in self.memory.effects if effect.kind == "submit")
            task = content["task"] or f"T{made + 1}"
            effect = Effect(content["op"], content["kind"], task, tuple(content["texts"]))
            self.memory.effects.append(effect)
            self.memory.answers[content["op"]] = bytes_of, {"task": task}
            return 201, {"task": task}

    def found(self, op: str) -> dict[str, str] | None:
        with self.lock:
            if self.lag > 0:
                self.lag -= 1
                return None
            known = self.memory.answers.get(op)
            return known[1] if known else None

    def news(self, after: int) -> dict[str, Any]:
        with self.lock:
            events = self.memory.events[after : after + self.page_size]
            last = after + len(events)
            return {"events": self.page(events), "last": last, "more": last < len(self.memory.events)}


@contextmanager
def served(provider: Provider) -> Iterator[Provider]:
    """Let it answer on a port of its own, or on the one it had."""
    server = _Server(("127.0.0.1", provider.port), _handler_of(provider))
    server.provider = provider
    provider.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64
    provider: Provider

    def process_request(self, request: Any, client_address: Any) -> None:
        with self.provider.lock:
            self.provider.busy += 1
        super().process_request(request, client_address)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        try:
            super().process_request_thread(request, client_address)
        finally:
            with self.provider.lock:
                self.provider.busy -= 1

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that was killed is what these tests are about."""


@cache
def bomb() -> bytes:
    """200 KB that are 200 MB of zeros."""
    return gzip.compress(bytes(200_000_000))


class _Cut(Exception):
    """The connection ends without a word."""


def _handler_of(provider: Provider) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_POST(self) -> None:
            self._do(lambda body: provider.take(json.loads(body), self._key()))

        def do_PUT(self) -> None:
            self._do(lambda body: provider.take(json.loads(body), "named"))

        def do_GET(self) -> None:
            self._do(lambda body: self._told())

        def _key(self) -> str | None:
            return self.headers.get("Idempotency-Key") if provider.how == "K" else None

        def _told(self) -> tuple[int, object]:
            parts = urlsplit(self.path)
            name = parts.path.rpartition("/")[2]
            if parts.path.startswith("/ops/"):
                found = provider.found(name)
                return (200, found) if found else (404, {})
            if parts.path.startswith("/files/"):
                content = provider.memory.files.get(name)
                return (200, content) if content is not None else (404, {})
            after = int(parse_qs(parts.query)["after"][0])
            if 0 < after < provider.memory.forgotten_before:
                return 410, {}
            return 200, provider.news(after)

        def _do(self, act: Callable[[bytes], tuple[int, object]]) -> None:
            try:
                self._answered(act)
            except (_Cut, OSError, ValueError):
                self.close_connection = True

        def _answered(self, act: Callable[[bytes], tuple[int, object]]) -> None:
            length = int(self.headers.get("Content-Length", 0))
            body = self.rfile.read(length)
            if len(body) < length:
                raise _Cut
            provider.headers_seen.append(str(self.headers))
            if self.headers["X-Demo-Key"] != KEY:
                return self._send(401, {})
            fault = provider.arrived(self.command, self.path) or ""
            if fault.endswith("_before"):
                return self._fail(fault, {})
            status, answer = act(body)
            return self._fail(fault, answer) if fault else self._send(status, answer)

        def _fail(self, fault: str, answer: object) -> None:
            name = fault.rpartition("_")[0]
            match name:
                case "drop":
                    raise _Cut
                case "garbage":
                    return self._send(200, b"<html>welcome</html>")
                case "empty":
                    return self._send(200, b"")
                case "unnamed":
                    return self._send(201, {"ok": True})
                case "huge":
                    return self._send(200, bomb(), encoding="gzip")
                case "short":
                    self.send_response(201)
                    self.send_header("Content-Length", "500")
                    self.end_headers()
                    self.wfile.write(b'{"task": "T')
                    raise _Cut
                case "drip":
                    return self._drip()
                case "302" | "303" | "307" | "308":
                    return self._send(int(name), {}, location=f"{provider.elsewhere}stolen")
                case "429":
                    return self._send(429, {}, retry_after="7")
            return self._send(int(name), {})

        def _drip(self) -> None:
            """A header that goes on, a byte each 0.9 s, until nobody listens."""
            self.wfile.write(b"HTTP/1.1 200 OK\r\nX-Long: ")
            while True:
                self.wfile.write(b"x")
                self.wfile.flush()
                time.sleep(0.9)

        def _send(self, status: int, answer: object, **headers: str) -> None:
            body = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
            names = {
                "encoding": "Content-Encoding",
                "location": "Location",
                "retry_after": "Retry-After",
            }
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            for name, value in headers.items():
                self.send_header(names[name], value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *arguments: object) -> None:
            pass

    return Handler
