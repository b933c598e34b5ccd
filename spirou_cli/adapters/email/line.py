"""One encrypted connection under one total deadline, and who signs in on it."""

from __future__ import annotations

import contextlib
import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from threading import Timer
from types import TracebackType

from spirou_cli.adapters.base import AuthRequired, Unreachable
from spirou_cli.adapters.email.guard import one_line
from spirou_cli.adapters.email.settings import Server

__all__ = ["STEP_TIMEOUT_S", "Line", "Login", "tls_context"]

STEP_TIMEOUT_S = 20.0
"""The longest silence."""


@dataclass(frozen=True, slots=True)
class Login:
    """Who signs in, and how; the secret is asked for when it is needed and kept nowhere."""

    user: str
    secret: Callable[[], str]
    oauth2: bool = False

    def name(self) -> str:
        return one_line(self.user, "The user name")

    def password(self) -> str:
        secret = self.secret()
        if not secret or not secret.isascii() or not secret.isprintable():
            raise AuthRequired("The password has characters that can't be sent: type it again.")
        return secret

    def xoauth2(self) -> str:
        """What both protocols send for an OAuth2 token, before base64."""
        return f"user={self.name()}\x01auth=Bearer {self.password()}\x01\x01"


def tls_context(ca_file: Path | None) -> ssl.SSLContext:
    """The system's certificates, or only those of ``ca_file``; names are always checked."""
    try:
        return ssl.create_default_context(cafile=str(ca_file) if ca_file else None)
    except (OSError, ssl.SSLError):
        raise Unreachable(f"The certificates in {ca_file} can't be read") from None


class Line:
    """A connection that is cut when everything on it has taken ``deadline_s`` together.

    A socket's own timeout is per read: a server that drips one byte at a time would hold us for
    ever. The watchdog keeps a duplicate of the socket, which stays the connection's whatever TLS
    is wrapped around it later.
    """

    def __init__(self, server: Server, context: ssl.SSLContext, deadline_s: float) -> None:
        self.server = server
        self.context = context
        self.host = one_line(server.host, "The server's name")
        self.deadline_s = deadline_s
        self._watched: socket.socket | None = None
        self._timer = Timer(deadline_s, self._cut)
        self._timer.daemon = True

    def __enter__(self) -> Line:
        self._timer.start()
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self._timer.cancel()
        if self._watched is not None:
            self._watched.close()

    def dial(self) -> socket.socket:
        """Connect, and encrypt at once where the server wants that."""
        sock = socket.create_connection((self.host, self.server.port), STEP_TIMEOUT_S)
        self._watched = sock.dup()
        return self.context.wrap_socket(sock, server_hostname=self.host) if self.server.tls else sock

    def _cut(self) -> None:
        if self._watched is not None:
            with contextlib.suppress(OSError):
                self._watched.shutdown(socket.SHUT_RDWR)

    def failure(self, error: OSError) -> Unreachable:
        """What to say of a connection that failed before anything could have happened."""
        if isinstance(error, ssl.SSLCertVerificationError):
            return Unreachable(f"{self.host} can't be trusted: {error.verify_message}")
        if isinstance(error, TimeoutError):
            return Unreachable(f"{self.host} did not answer in {STEP_TIMEOUT_S:.0f} s")
        return Unreachable(f"{self.host} can't be reached: {error.strerror or type(error).__name__}")
