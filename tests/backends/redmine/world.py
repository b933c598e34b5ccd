"""The people in the test Redmine, and what they do there by hand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import requests

KEYS = {
    "admin": "a" * 40,
    "assistant": "b" * 40,
    "client": "c" * 40,
    "second": "d" * 40,
    "reader": "e" * 40,
    "outsider": "f" * 40,
}


@dataclass(frozen=True, slots=True)
class World:
    """A running Redmine, as its people see it."""

    url: str

    @property
    def port(self) -> int:
        return int(self.url.rpartition(":")[2])

    def call(self, who: str, method: str, path: str, body: object = None, **options: Any) -> Any:
        """One request of one person; the parsed answer, or None where there is none."""
        done = self._send(who, method, path, json=body, **options)
        return done.json() if done.content.strip() else None

    def content(self, who: str, path: str) -> bytes:
        """The bytes of a file."""
        return self._send(who, "GET", path).content

    def _send(self, who: str, method: str, path: str, **options: Any) -> requests.Response:
        session = requests.Session()
        session.trust_env = False
        headers = {"X-Redmine-API-Key": KEYS[who], **options.pop("headers", {})}
        done = session.request(method, self.url + path, headers=headers, timeout=60, **options)
        assert done.ok, f"{method} {path}: {done.status_code} {done.text[:300]}"
        return done
