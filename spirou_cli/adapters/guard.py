"""Runs code of a plugin so that whatever it does, print, exit, break or hang, is one error with its name.

An honest limit: a plugin shares our process. This guards against mistakes, not against malice.
"""

from __future__ import annotations

import io
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from spirou_cli.adapters.base import (
    Adapter,
    AdapterError,
    Batch,
    Brief,
    CancelOutcome,
    Capabilities,
    Changes,
    Estimate,
    Message,
    OpenTask,
    PendingOp,
    ProtocolError,
    Ref,
    Report,
    Submitted,
    Uncertain,
)

__all__ = ["Broke", "GuardedAdapter", "Limits", "run"]

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Limits:
    """How long a plugin may take, in seconds: to be imported, and for one call of the contract."""

    load_s: float = 10
    call_s: float = 180


class Broke(Exception):
    """A plugin did what no plugin may do; the text says what, the cause has the details."""


class _Outcome(Generic[T]):
    """What a call gave: a value, or what it raised."""

    value: T
    raised: BaseException | None = None


def run(call: Callable[[], T], limit_s: float) -> T:
    """The value of ``call``. Contract errors and Ctrl-C pass; anything else, and too long, is Broke."""
    outcome = _Outcome[T]()

    def work() -> None:
        try:
            outcome.value = call()
        except BaseException as error:  # SystemExit too: it is judged below, by the thread that waits
            outcome.raised = error

    # A daemon: a thread that never ends must not keep the program from ending.
    thread = threading.Thread(target=work, name="plugin", daemon=True)
    with _quiet(thread):
        thread.join(limit_s)
    if thread.is_alive():
        raise Broke(f"it did not answer in {limit_s:g} s")
    match outcome.raised:
        case None:
            return outcome.value
        case AdapterError() | KeyboardInterrupt() as error:
            raise error
        case SystemExit() as error:
            raise Broke("it tried to end the program") from error
        case error:
            raise Broke(_named(error)) from error


def _named(error: BaseException) -> str:
    words = " ".join(str(error).split())
    return f"{type(error).__name__}: {words[:200]}" if words else type(error).__name__


# --- what a command writes is its own: a plugin's words must not get into it -----------------------


class _Muffled(io.TextIOBase):
    """Stands for a standard stream while plugins run: what their threads print is dropped."""

    def __init__(self, real: Any) -> None:
        self.real = real
        self.muted: set[threading.Thread] = set()

    def write(self, text: str) -> int:
        if threading.current_thread() in self.muted:
            return len(text)
        return int(self.real.write(text))

    def flush(self) -> None:
        self.real.flush()

    def __getattr__(self, name: str) -> Any:
        return getattr(self.real, name)


_lock = threading.Lock()


@contextmanager
def _quiet(thread: threading.Thread) -> Iterator[None]:
    """Run ``thread`` with its prints dropped, and nobody else's."""
    with _lock:
        streams = {name: _muffled(getattr(sys, name)) for name in ("stdout", "stderr")}
        for name, stream in streams.items():
            stream.muted.add(thread)
            setattr(sys, name, stream)
        thread.start()
    try:
        yield
    finally:
        with _lock:
            for name, stream in streams.items():
                if not thread.is_alive():
                    stream.muted.discard(thread)
                if not stream.muted and getattr(sys, name) is stream:
                    setattr(sys, name, stream.real)


def _muffled(stream: Any) -> _Muffled:
    return stream if isinstance(stream, _Muffled) else _Muffled(stream)


# --- an adapter that can't do worse than fail ----------------------------------------------------


class GuardedAdapter:
    """A plugin's adapter: foreign errors, wrong answers and silence become errors of the contract."""

    def __init__(self, make: Callable[[], Adapter], kind: str, limits: Limits) -> None:
        self.kind = kind
        self.limits = limits
        self.adapter = self._read(make, object)

    @property
    def settings(self) -> Any:
        return self.adapter.settings

    def check(self) -> Capabilities:
        return self._read(self.adapter.check, Capabilities)

    def capabilities(self) -> Capabilities:
        return self._read(self.adapter.capabilities, Capabilities)

    def propose_settings(self) -> Mapping[str, str]:
        return self._read(self.adapter.propose_settings, Mapping)

    def submit(self, brief: Brief) -> Submitted:
        return self._write(lambda: self.adapter.submit(brief), Submitted)

    def pull(self, cursor: str | None, open_tasks: Sequence[OpenTask]) -> Batch:
        return self._read(lambda: self.adapter.pull(cursor, open_tasks), Batch)

    def reply(self, ref: Ref, op_key: str, message: Message) -> Sequence[Report]:
        return self._write(lambda: self.adapter.reply(ref, op_key, message), Sequence)

    def edit(self, ref: Ref, op_key: str, changes: Changes) -> Sequence[Report]:
        return self._write(lambda: self.adapter.edit(ref, op_key, changes), Sequence)

    def cancel(self, ref: Ref, op_key: str) -> CancelOutcome:
        return self._write(lambda: self.adapter.cancel(ref, op_key), CancelOutcome)

    def reopen(self, ref: Ref, op_key: str, message: Message) -> Sequence[Report]:
        return self._write(lambda: self.adapter.reopen(ref, op_key, message), Sequence)

    def accept(self, ref: Ref, op_key: str) -> Sequence[Report]:
        return self._write(lambda: self.adapter.accept(ref, op_key), Sequence)

    def find(self, op: PendingOp) -> Ref | None:
        return self._read(lambda: self.adapter.find(op), Ref | None)

    def quote(self, brief: Brief) -> Estimate:
        return self._read(lambda: self.adapter.quote(brief), Estimate)

    def fetch(self, locator: str, write: Callable[[bytes], object]) -> None:
        refused: list[BaseException] = []

        def relay(chunk: bytes) -> object:
            try:
                return write(chunk)
            except BaseException as error:  # ours, as the cap of a file is: it passes unchanged
                refused.append(error)
                raise

        try:
            self._read(lambda: self.adapter.fetch(locator, relay), object)
        except ProtocolError:
            if refused:
                raise refused[0] from None
            raise

    def _read(self, call: Callable[[], T], wanted: Any) -> T:
        return self._guarded(call, wanted, ProtocolError)

    def _write(self, call: Callable[[], T], wanted: Any) -> T:
        return self._guarded(call, wanted, Uncertain)

    def _guarded(self, call: Callable[[], T], wanted: Any, failure: type[AdapterError]) -> T:
        try:
            answer = run(call, self.limits.call_s)
        except Broke as error:
            raise failure(f"The plugin “{self.kind}” broke: {error}.") from error.__cause__
        if not isinstance(answer, wanted):
            raise failure(f"The plugin “{self.kind}” broke: it answered {type(answer).__name__}.")
        return answer
