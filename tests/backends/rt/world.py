"""The people in the test RT, and what they do there by hand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import requests


@dataclass(frozen=True, slots=True)
class World:
    """A running RT, as its people see it."""

    url: str
    tokens: Mapping[str, str]

    @property
    def port(self) -> int:
        return int(self.url.rpartition(":")[2])

    def call(self, who: str, method: str, path: str, body: object = None, **options: Any) -> Any:
        """One request of one person to the REST interface; the parsed answer."""
        session = requests.Session()
        session.trust_env = False
        headers = {"Authorization": f"token {self.tokens[who]}", **options.pop("headers", {})}
        done = session.request(
            method, f"{self.url}/REST/2.0{path}", json=body, headers=headers, timeout=60, **options
        )
        assert done.ok, f"{method} {path}: {done.status_code} {done.text[:300]}"
        return done.json()
