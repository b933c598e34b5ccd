"""Relays between the adapter and a real server, which can go away, or lose an answer on the way."""

from __future__ import annotations

import contextlib
import socket
import ssl
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from threading import Event, Thread

from spirou_cli.testing import Faults
from tests.backends.mail.house import MailHouse
from tests.backends.servers import free_port

__all__ = ["MailFaults", "Relay"]


class Relay:
    """Passes bytes on to ``target``. With ``inside`` it opens the TLS, and can see SMTP's final dot."""

    def __init__(self, target: int, inside: tuple[ssl.SSLContext, ssl.SSLContext] | None = None) -> None:
        self.target = target
        self.inside = inside
        self.port = free_port()
        self.lose_next = Event()
        self._listener: socket.socket | None = None

    def open(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", self.port))
        Thread(target=self._accept, args=(self._listener,), daemon=True).start()

    def close(self) -> None:
        if self._listener is not None:
            with contextlib.suppress(OSError):
                self._listener.shutdown(socket.SHUT_RDWR)
            self._listener.close()

    def _accept(self, listener: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = listener.accept()
                Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        server = socket.create_connection(("127.0.0.1", self.target))
        with contextlib.suppress(OSError):
            if self.inside:
                ours, theirs = self.inside
                client = ours.wrap_socket(client, server_side=True)
                server = theirs.wrap_socket(server, server_hostname="localhost")
            ended = Event()
            back = Thread(target=self._pump, args=(server, client, ended, True), daemon=True)
            back.start()
            self._pump(client, server, ended, False)
        client.close()
        server.close()

    def _pump(self, source: socket.socket, target: socket.socket, ended: Event, answering: bool) -> None:
        tail = b""
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                tail = (tail + data)[-5:]
                if not answering and tail == b"\r\n.\r\n":
                    ended.set()
                if answering and ended.is_set() and self.lose_next.is_set():
                    self.lose_next.clear()
                    break  # the server's answer to the final dot goes nowhere
                target.sendall(data)
        for sock in (source, target):
            with contextlib.suppress(OSError):
                socket.socket.shutdown(sock, socket.SHUT_RDWR)


class MailFaults(Faults):
    """Both roads to the mail house, in the hands of the test."""

    def __init__(self, house: MailHouse) -> None:
        ours = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        house.certificate.configure_cert(ours)
        self.smtp = Relay(house.smtps_port, (ours, house.trust))
        self.imap = Relay(house.imaps_port)

    def settings(self) -> dict[str, str]:
        return {"smtp_port": str(self.smtp.port), "imap_port": str(self.imap.port)}

    def lose_answer(self) -> None:
        self.smtp.lose_next.set()

    def refuse_connections(self) -> AbstractContextManager[None]:
        return self._away()

    @contextmanager
    def _away(self) -> Iterator[None]:
        self.smtp.close()
        self.imap.close()
        try:
            yield
        finally:
            self.smtp.open()
            self.imap.open()

    @contextmanager
    def running(self) -> Iterator[MailFaults]:
        with ExitStack() as stack:
            for relay in (self.smtp, self.imap):
                relay.open()
                stack.callback(relay.close)
            yield self
