"""A Handy desk on this machine, and the person who works there."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from spirou_cli.adapters import Ref
from spirou_cli.testing import Assistant, Faults, SeenTask

KEY = "handy-key-of-the-test"


class Desk(Assistant, Faults):
    """The service, its assistant, and what can go wrong on the way to it."""

    def __init__(self) -> None:
        self.made: dict[str, int] = {}
        self.briefs: dict[int, dict[str, str]] = {}
        self.events: list[dict[str, Any]] = []
        self.losing = False
        self.port = 0
        self.open()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    # --- the service

    def open(self) -> None:
        self.server = ThreadingHTTPServer(("127.0.0.1", self.port), _handler_of(self))
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()

    def take(self, key: str, brief: dict[str, str]) -> dict[str, Any]:
        number = self.made.setdefault(key, len(self.made) + 1)
        self.briefs[number] = brief
        return {"id": number}

    def since(self, after: int) -> dict[str, Any]:
        page = self.events[after : after + 100]
        last = after + len(page)
        return {"events": page, "last": last, "more": last < len(self.events)}

    # --- the assistant

    def tasks(self) -> Sequence[SeenTask]:
        return [
            SeenTask(ref=str(number), title=brief["title"], text=brief["text"])
            for number, brief in self.briefs.items()
        ]

    def tell(self, ref: Ref, **what: Any) -> None:
        self.events.append({"id": len(self.events) + 1, "task": int(ref.id), **what})

    def start(self, ref: Ref) -> None:
        self.tell(ref, type="state", state="started")

    def finish(self, ref: Ref) -> None:
        self.tell(ref, type="state", state="done")

    def refuse(self, ref: Ref, reason: str) -> None:
        self.tell(ref, type="state", state="declined", reason=reason)

    def say_unknown_state(self, ref: Ref) -> str:
        self.tell(ref, type="state", state="on the roof")
        return "on the roof"

    def ask(self, ref: Ref, text: str) -> None:
        self.tell(ref, type="message", text=text, question=True)

    def say(self, ref: Ref, text: str) -> None:
        self.tell(ref, type="message", text=text)

    def work(self, ref: Ref, minutes: int, note: str) -> None:
        lines = {event["note"]: event["line"] for event in self.events if event["type"] == "work"}
        self.tell(ref, type="work", line=lines.get(note, len(lines) + 1), minutes=minutes, note=note)

    correct_work = work

    def garble(self, ref: Ref) -> None:
        self.tell(ref, type="gossip")

    # --- faults

    def lose_answer(self) -> None:
        self.losing = True

    @contextmanager
    def refuse_connections(self) -> Iterator[None]:
        self.close()
        try:
            yield
        finally:
            self.open()


def _handler_of(desk: Desk) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            brief = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            if self.headers["X-Handy-Key"] != KEY:
                return self.answer(401, {})
            answer = desk.take(self.headers["Idempotency-Key"], brief)
            if desk.losing:
                desk.losing = False
                self.close_connection = True
                return None
            return self.answer(201, answer)

        def do_GET(self) -> None:
            if self.headers["X-Handy-Key"] != KEY:
                return self.answer(401, {})
            return self.answer(200, desk.since(int(parse_qs(urlsplit(self.path).query)["after"][0])))

        def answer(self, status: int, content: object) -> None:
            body = json.dumps(content).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *arguments: object) -> None:
            pass

    return Handler
