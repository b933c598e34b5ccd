"""Sending many tasks to a provider over HTTP that answers slowly, against a bare loop of threads."""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

from spirou_cli.adapters import (
    BaseAdapter,
    Batch,
    Brief,
    Capabilities,
    Connection,
    OpenTask,
    OpKind,
    Ref,
    Repeat,
    Repeatability,
    Submitted,
)
from spirou_cli.adapters.http import HttpClient, HttpOptions
from spirou_cli.service import providers, tasks
from spirou_cli.service.context import Context
from spirou_cli.service.sync import sync
from spirou_cli.storage.accounts import Account

LATENCY_S = 0.05
THREADS = 32
TASKS = 1000


class _Slow(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        time.sleep(LATENCY_S)
        body = json.dumps({"id": self.headers["Idempotency-Key"]}).encode()
        self.send_response(201)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        return


class _Server(ThreadingHTTPServer):
    request_queue_size = 256
    daemon_threads = True


class _Adapter(BaseAdapter):
    kind: ClassVar[str] = "benchmark"

    def check(self) -> Capabilities:
        return self.capabilities()

    def capabilities(self) -> Capabilities:
        return Capabilities(max_connections=THREADS, repeat={OpKind.SUBMIT: Repeatability(Repeat.KEY)})

    def submit(self, brief: Brief) -> Submitted:
        answer = self.connection.http().write(
            "POST", "tasks", json={"title": brief.title}, headers={"Idempotency-Key": brief.op_key}
        )
        document = answer.json()
        if not isinstance(document, dict):
            raise TypeError("the server answered something else")
        return Submitted(Ref(str(document["id"])))

    def pull(self, cursor: str | None, open_tasks: Sequence[OpenTask]) -> Batch:
        return Batch((), None)


def rows(folder: Path, row: Callable[..., Any]) -> Iterator[Any]:
    """The sync of a thousand tasks, as a ratio to the same requests from a bare pool of threads."""
    server = _Server(("127.0.0.1", 0), _Slow)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_port}/"
    try:
        bare = _bare(url)
        ours = _ours(folder / "network", url)
    finally:
        server.shutdown()
    yield row(f"bare loop, {TASKS} requests, {THREADS} threads", bare * 1000, "itself", 1.0)
    yield row(f"sync of {TASKS} tasks, {THREADS} connections", ours * 1000, "bare loop", ours / bare, 1.5)


def _bare(url: str) -> float:
    import requests

    own = threading.local()

    def send(number: int) -> None:
        if not hasattr(own, "session"):
            own.session = requests.Session()
            own.session.trust_env = False
        own.session.post(
            url + "tasks", json={"title": "A task"}, headers={"Idempotency-Key": str(number)}, timeout=30
        )

    start = time.perf_counter()
    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(send, range(TASKS)))
    return time.perf_counter() - start


def _ours(folder: Path, url: str) -> float:
    def connect(context: Context, account: Account) -> _Adapter:
        client = HttpClient(url, HttpOptions(http_on_loopback=True))
        return _Adapter(
            Connection(
                account=account.name,
                settings=account.settings,
                secret=lambda name: "",
                http=lambda: client,
                files=folder,
                log=logging.getLogger("benchmark"),
                now=context.now,
            )
        )

    context = Context(path=folder / "spirou.db", now=lambda: datetime.now(UTC), adapter=connect, zone=UTC)
    providers.add(context, "slow", "benchmark", {"url": url})
    for number in range(TASKS):
        tasks.add(context, tasks.NewTask(title=f"Task {number}"))
    start = time.perf_counter()
    (result,) = sync(context)
    elapsed = time.perf_counter() - start
    if result.failure is not None or result.pushed is None or len(result.pushed.done) != TASKS:
        raise RuntimeError(f"the sync did not send all: {result.failure}")
    return elapsed
