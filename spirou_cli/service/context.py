"""Context: all that is impure, in one value that tests make by hand."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, tzinfo
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from spirou_cli.domain.record import field, record
from spirou_cli.storage import clock
from spirou_cli.storage.store import Store

if TYPE_CHECKING:
    import sqlite3

    from spirou_cli.adapters.base import Adapter
    from spirou_cli.service.redaction import Redactor, Secret
    from spirou_cli.service.secrets import Owner, Vault
    from spirou_cli.storage.accounts import Account
    from spirou_cli.storage.log import Log

__all__ = ["Context", "milliseconds", "new_id"]


@record(frozen=False)
class Context:
    """Where things are, what time it is, how to reach providers.

    ``adapter`` makes the connection to an account; ``settings`` are the preferences of config.toml.
    """

    path: Path
    now: Callable[[], datetime]
    adapter: Callable[[Context, Account], Adapter]
    zone: tzinfo
    language: str = "en"
    new_id: Callable[[], str] = field(default_factory=lambda: new_id)
    settings: Mapping[str, str] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)
    spread: Callable[[], float] = lambda: 0.0
    """Where in [-1, 1] a retry time falls."""
    ask: Callable[[Owner], Secret] | None = None
    """Asks the person for a key; None where nobody can answer."""
    vault: Vault | None = None
    """Where keys are kept, made when first needed: a key that was typed lives as long as this does."""

    def __post_init__(self) -> None:
        self.stopping = threading.Event()
        """Set when the person wants an end: what is under way is recorded, nothing more begins."""
        self.clock_went_back = False
        """Whether the wall clock was seen to be put back by hours: the person is warned, once."""
        self._lock = threading.RLock()
        self._writing: Store | None = None
        self._reading: Store | None = None
        self._writer = 0

    @cached_property
    def redactor(self) -> Redactor:
        """Knows every key that passes; what is written goes through it."""
        from spirou_cli.service.redaction import Redactor

        return Redactor()

    @property
    def files(self) -> Path:
        """Where attachments and deliverables are kept."""
        return self.path.parent / "files"

    @property
    def has_written(self) -> bool:
        """Whether this run opened the store for writing."""
        return self._writing is not None

    @contextmanager
    def write(self) -> Iterator[Log]:
        """One durable transaction, at one instant that never goes back (R21)."""
        from spirou_cli.storage.log import Log  # loads every kind of fact; reading needs none

        with self._lock:
            if self._writing is None:
                self._close_reader()
                self._writing = Store.open(self.path)
            with self._writing.write() as connection:
                self._writer = threading.get_ident()
                yield Log(connection, self._instant(connection), self.new_id)

    @contextmanager
    def read(self) -> Iterator[sqlite3.Connection]:
        """One snapshot of the store, which need not exist or be writable."""
        with self._lock:
            store = self._writing
            if store is None:
                store = self._reading = self._reading or Store.open_for_reading(self.path)
            with store.read() as connection:
                yield connection

    def store(self) -> Store:
        """The store itself, open for writing, for what works on it whole."""
        with self._lock:
            if self._writing is None:
                self._close_reader()
                self._writing = Store.open(self.path)
            return self._writing

    def connect(self, account: Account) -> Adapter:
        """The connection to an account."""
        return self.adapter(self, account)

    def assert_idle(self) -> None:
        """A transaction held while a provider answers would block everybody: our own mistake."""
        store = self._writing
        if store is not None and store.connection.in_transaction and self._writer == threading.get_ident():
            raise RuntimeError("a provider was called inside a transaction")

    def close(self) -> None:
        """Let go of the store; the next use opens it again."""
        with self._lock:
            self._close_reader()
            if self._writing is not None:
                self._writing.close()
                self._writing = None

    def _close_reader(self) -> None:
        if self._reading is not None:
            self._reading.close()
            self._reading = None

    def _instant(self, connection: sqlite3.Connection) -> int:
        now, went_back = clock.instant(connection, milliseconds(self.now()))
        self.clock_went_back = self.clock_went_back or went_back
        return now


def milliseconds(moment: datetime) -> int:
    """UTC milliseconds of an aware datetime."""
    return round(moment.timestamp() * 1000)


def new_id() -> str:
    """A UUIDv7 (RFC 9562, 5.7): sortable by the time it was made."""
    import time

    number = (time.time_ns() // 1_000_000) << 80 | int.from_bytes(os.urandom(10), "big")
    number = number & ~(0xF << 76) | 0x7 << 76
    number = number & ~(0x3 << 62) | 0x2 << 62
    text = f"{number:032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"
